"""ElevenLabs, Azure, Polly: what the emulators serve and what they refuse.

Run: python3 -m unittest test_emulators_b   (the stores are in test_emulators_b_stores.py)
"""

import json
import subprocess
import unittest

import azure
import elevenlabs
import polly
from signing_for_tests import Running, signed


def probe(audio, form=None):
    """(codec, rate, seconds decoded) as ffmpeg hears it."""
    options = ['-f', form[0], '-ar', str(form[1]), '-ac', '1'] if form else []
    told = subprocess.run(['ffmpeg', '-hide_banner', *options, '-i', 'pipe:0', '-f', 'null', '-'],
                          input=audio, capture_output=True, check=True).stderr.decode()
    line = next(line for line in told.splitlines() if 'Audio:' in line)
    hours, minutes, seconds = told.rpartition('time=')[2].split()[0].split(':')
    words = line.partition('Audio: ')[2]
    return (words.split()[0].rstrip(','), int(words.partition(' Hz')[0].split()[-1]),
            int(hours) * 3600 + int(minutes) * 60 + float(seconds))


class Emulated(unittest.TestCase):
    """Starts the class's service on a port of its own."""

    module = None
    settings = {}

    def setUp(self):
        self.running = Running(self.module.service(dict(self.settings)))
        self.addCleanup(self.running.close)


class ElevenLabs(Emulated):
    module = elevenlabs
    path = '/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM'

    def say(self, body=None, output_format='pcm_24000', headers=None, path=None):
        query = f'?output_format={output_format}' if output_format else ''
        return self.running.send('POST', (path or self.path) + query,
                                 {'xi-api-key': 'test-key', **(headers or {})},
                                 {'text': 'Good morning.', 'model_id': 'eleven_flash_v2_5'}
                                 if body is None else body)

    def refused(self, status, name, answer):
        self.assertEqual(answer.status, status, answer.body)
        detail = answer.json()['detail']
        self.assertEqual(detail[0]['type'] if status == 422 else detail['status'], name)

    def test_speaks_in_every_format(self):
        for name, encoding in elevenlabs.FORMATS.items():
            answer = self.say(output_format=name)
            self.assertEqual(answer.status, 200, name)
            raw = {'pcm': 's16le', 'mulaw': 'mulaw', 'alaw': 'alaw'}.get(encoding.form)
            _, rate, seconds = probe(answer.body, (raw, encoding.rate) if raw else None)
            self.assertEqual(rate, encoding.rate, name)
            self.assertTrue(0.5 < seconds < 3, name)

    def test_a_break_is_a_pause_and_other_tags_are_noted(self):
        plain = self.say({'text': 'one two'})
        paused = self.say({'text': 'one <break time="2s"/> two'})
        self.assertGreater(len(paused.body) - len(plain.body), 2 * 48000 * 0.8)
        self.assertEqual(self.running.service.state()['foreign_tags'], [])
        self.say({'text': '<emphasis>a</emphasis> <break time="4s"/> & b'})
        self.assertEqual(self.running.service.state()['foreign_tags'],
                         ['<emphasis>', '</emphasis>', '<break time="4s"/>'])

    def test_the_key_is_checked(self):
        self.refused(401, 'needs_authorization', self.running.send('POST', self.path, {}, {}))
        self.refused(401, 'invalid_api_key', self.say(headers={'xi-api-key': 'no'}))

    def test_the_body_is_checked(self):
        for body, kind in (({}, 'missing'), ({'text': 7}, 'str_type'), ({'text': ' '},
                           'string_too_short'), ({'text': 'a', 'modelId': 'b'}, 'extra_forbidden'),
                           ({'text': 'a', 'seed': True}, 'int_type'),
                           ({'text': 'a', 'seed': -1}, 'less_than_equal'),
                           ({'text': 'a', 'voice_settings': {'stability': 2}}, 'value_error'),
                           ({'text': 'a', 'voice_settings': {'pitch': 2}}, 'extra_forbidden'),
                           (b'{"text":', 'model_attributes_type')):
            self.refused(422, kind, self.say(body))
        self.refused(422, 'json_invalid', self.say(b'{"text":', headers={
            'Content-Type': 'application/json'}))

    def test_format_model_voice_and_length_are_checked(self):
        self.refused(422, 'enum', self.say(output_format='pcm_1'))
        self.refused(400, 'model_not_found', self.say({'text': 'a', 'model_id': 'b'}))
        self.refused(404, 'voice_not_found', self.say(path='/v1/text-to-speech/nobody'))
        self.refused(400, 'max_character_limit_exceeded',
                     self.say({'text': 'a' * 5001, 'model_id': 'eleven_v3'}))
        self.running.service.settings['plan'] = 'free'
        self.refused(403, 'output_format_not_allowed', self.say(output_format='pcm_44100'))

    def test_the_quota_ends_with_401(self):
        self.running.service.settings['quota_chars'] = '20'
        self.assertEqual(self.say({'text': 'fifteen letters'}).status, 200)
        self.refused(401, 'quota_exceeded', self.say({'text': 'fifteen letters'}))

    def test_too_many_at_once_are_refused(self):
        self.running.service.settings['concurrency_max'] = '1'
        self.running.service.running = 1
        self.refused(429, 'too_many_concurrent_requests', self.say())
        self.running.service.running = 0
        self.assertEqual(self.say().status, 200)

    def test_models_are_listed(self):
        answer = self.running.send('GET', '/v1/models', {'xi-api-key': 'test-key'})
        self.assertIn('eleven_v3', [model['model_id'] for model in answer.json()])
        self.assertEqual(self.running.send('GET', '/v1/x', {'xi-api-key': 'test-key'}).status, 404)


SSML = ("<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
        "<voice name='en-US-JennyNeural'>Good <break time='500ms'/> morning.</voice></speak>")


class Azure(Emulated):
    module = azure
    headers = {'Ocp-Apim-Subscription-Key': 'test-key', 'Content-Type': 'application/ssml+xml',
               'X-Microsoft-OutputFormat': 'riff-24khz-16bit-mono-pcm'}

    def say(self, ssml=SSML, **headers):
        changed = {name.replace('_', '-'): value for name, value in headers.items()}
        return self.running.send('POST', '/cognitiveservices/v1',
                                 {**self.headers, **changed}, ssml.encode())

    def test_speaks_in_every_format(self):
        for name, encoding in azure.FORMATS.items():
            answer = self.say(X_Microsoft_OutputFormat=name)
            self.assertEqual(answer.status, 200, name)
            raw = {'pcm': 's16le', 'mulaw': 'mulaw', 'alaw': 'alaw'}.get(encoding.form)
            _, rate, seconds = probe(answer.body, (raw, encoding.rate) if raw else None)
            self.assertTrue(0.8 < seconds < 3, name)
            # What decodes Opus always says 48 kHz.
            self.assertIn(rate, (encoding.rate, 48000), name)

    def test_the_headers_are_checked(self):
        self.assertEqual(self.say(Ocp_Apim_Subscription_Key='no').status, 401)
        self.assertEqual(self.say(Content_Type='application/xml').status, 415)
        self.assertEqual(self.say(X_Microsoft_OutputFormat='mp3').status, 400)
        self.assertEqual(self.say(User_Agent='a' * 255).status, 400)
        without = {name: value for name, value in self.headers.items() if 'Ocp' not in name}
        self.assertEqual(self.running.send('POST', '/cognitiveservices/v1', without,
                                           SSML.encode()).status, 401)

    def test_the_ssml_is_checked(self):
        for before, after in ((" version='1.0'", ''), (" xml:lang='en-US'", ''),
                              ('2001/10', '2001/11'), ('</speak>', ''),
                              (" name='en-US-JennyNeural'", ''), ('JennyNeural', 'NobodyNeural'),
                              (SSML[SSML.index('<voice'):], 'Good</speak>'), ('Good', 'Good & bad'),
                              ('Good', '&nbsp;'), ('Good', "<loud/>"), ('500ms', '5 s'),
                              ('Good', "<prosody rate='quick'>a</prosody>"),
                              ('Good', '<sub>a</sub>'), ('<voice', 'text<voice'),
                              ('<speak', '<!DOCTYPE speak><speak'), ('Good', '\x01'),
                              ("Good <break time='500ms'/> morning.", ' ')):
            spoilt = SSML.replace(before, after, 1)
            self.assertEqual(self.say(spoilt).status, 400, spoilt)
        self.assertEqual(self.say('').status, 400)

    def test_speech_is_cut_at_ten_minutes_without_a_word(self):
        pauses = 'word <break time="20s"/>' * 32
        answer = self.say(SSML.replace('Good', pauses), X_Microsoft_OutputFormat=
                          'raw-8khz-16bit-mono-pcm')
        self.assertEqual((answer.status, len(answer.body)), (200, 600 * 16000))
        self.assertEqual(self.running.service.state()['cut'], 1)

    def test_voices_are_listed(self):
        answer = self.running.send('GET', '/cognitiveservices/voices/list', self.headers)
        self.assertIn('en-US-JennyNeural', [voice['ShortName'] for voice in answer.json()])
        self.assertEqual(self.running.send('GET', '/v1', self.headers).status, 404)


class Polly(Emulated):
    module = polly
    order = {'OutputFormat': 'mp3', 'Text': 'Good morning.', 'VoiceId': 'Joanna',
             'Engine': 'neural'}

    def say(self, changes=None, **options):
        body = json.dumps({**self.order, **(changes or {})}).encode()
        headers = signed(('POST', self.running.host, '/v1/speech', '',
                          {'Content-Type': 'application/json'}, body), 'polly', **options)
        return self.running.send('POST', '/v1/speech', headers, body)

    def refused(self, name, answer, status=400):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers['x-amzn-ErrorType'].partition(':')[0], name)

    def test_speaks_in_every_format_and_rate(self):
        for name, (content_type, form, rates, _) in polly.FORMATS.items():
            for rate in rates:
                answer = self.say({'OutputFormat': name, 'SampleRate': str(rate)})
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(answer.headers['Content-Type'], content_type)
                self.assertEqual(answer.headers['x-amzn-RequestCharacters'], '13')
                raw = {'pcm': 's16le', 'mulaw': 'mulaw', 'alaw': 'alaw'}.get(form)
                _, heard, seconds = probe(answer.body, (raw, rate) if raw else None)
                self.assertEqual(heard, rate)
                self.assertTrue(0.5 < seconds < 3)

    def test_tags_are_not_billed(self):
        answer = self.say({'TextType': 'ssml', 'Text': '<speak>a<break time="1s"/>b</speak>'})
        self.assertEqual(answer.headers['x-amzn-RequestCharacters'], '2')

    def test_the_signature_is_checked(self):
        self.refused('InvalidSignatureException', self.say(secret='no'), 403)
        self.refused('InvalidSignatureException', self.say(region='eu-west-1'), 403)
        self.refused('UnrecognizedClientException', self.say(key_id='no'), 403)
        self.running.service.settings['clock_offset_s'] = '1000'
        self.refused('InvalidSignatureException', self.say(), 403)
        self.refused('MissingAuthenticationTokenException',
                     self.running.send('POST', '/v1/speech', {}, self.order), 403)

    def test_the_order_is_checked(self):
        for changes, name in (({'OutputFormat': 'wav'}, 'Validation'),
                              ({'VoiceId': 'Nobody'}, 'Validation'), ({'Pitch': 1}, 'Validation'),
                              ({'Text': ''}, 'Validation'), ({'Text': 5}, 'Serialization'),
                              ({'Engine': 'long-form'}, 'EngineNotSupported'),
                              ({'LanguageCode': 'de-DE'}, 'LanguageNotSupported'),
                              ({'SampleRate': '11025'}, 'InvalidSampleRate'),
                              ({'OutputFormat': 'pcm', 'SampleRate': '24000'},
                               'InvalidSampleRate'),
                              ({'Text': 'a' * 3001}, 'TextLengthExceeded'),
                              ({'SpeechMarkTypes': ['word']}, 'MarksNotSupportedForFormat')):
            self.refused(name + 'Exception', self.say(changes))
        self.assertEqual(self.say({'Text': 'a ' * 1500}).status, 200)

    def test_the_ssml_is_checked_for_the_engine(self):
        emphasis = '<emphasis level="strong">a</emphasis>'
        for text, engine, is_taken in (
                (emphasis, 'neural', False), (emphasis, 'standard', True),
                (emphasis, 'generative', False), ('<prosody pitch="low">a</prosody>', 'neural',
                                                  False),
                ('<prosody rate="slow">a</prosody>', 'neural', True),
                ('<prosody pitch="low">a</prosody>', 'standard', True),
                ('<break time="11s"/>', 'neural', False), ('<b>a</b>', 'standard', False),
                ('a & b', 'standard', False), ('<s><p>a</p></s>', 'neural', False),
                ('<amazon:effect name="drc">a</amazon:effect>', 'neural', True),
                ('<amazon:effect name="whispered">a</amazon:effect>', 'neural', False)):
            answer = self.say({'Engine': engine, 'TextType': 'ssml',
                               'Text': f'<speak>{text}</speak>'})
            if is_taken:
                self.assertEqual(answer.status, 200, text)
            else:
                self.refused('InvalidSsmlException', answer)
        self.refused('InvalidSsmlException', self.say({'TextType': 'ssml', 'Text': 'a'}))
        long = '<speak>' + '<break/>' * 800 + '</speak>'
        self.refused('TextLengthExceededException', self.say({'TextType': 'ssml', 'Text': long}))

    def test_throttling_is_a_400(self):
        self.running.send('POST', '/_control/fault', {}, {'fault': '429'})
        self.refused('ThrottlingException', self.say())

    def test_voices_are_listed(self):
        headers = signed(('GET', self.running.host, '/v1/voices', 'Engine=long-form', {}, b''),
                         'polly')
        answer = self.running.send('GET', '/v1/voices?Engine=long-form', headers)
        self.assertEqual([voice['Id'] for voice in answer.json()['Voices']], ['Ruth'])


if __name__ == '__main__':
    unittest.main()
