"""The Gemini emulator: good paths, and what it must refuse."""

import base64
import hashlib
import io
import json
import unittest
import wave

from running import Emulator

KEY = {'x-goog-api-key': 'test-key'}
FLASH, SPEAKER, OLD_SPEAKER = ('gemini-3.8-flash', 'gemini-3.8-flash-tts',
                               'gemini-2.5-flash-preview-tts')
VIDEO = bytes(range(256)) * 2048        # two granules of 256 KiB
SCHEMA = {
    'type': 'object', 'additionalProperties': False, 'required': ['title', 'feedback'],
    'properties': {
        'title': {'type': 'string'},
        'feedback': {'type': 'array', 'items': {
            'type': 'object', 'required': ['timestamp_seconds', 'category', 'message'],
            'properties': {
                'timestamp_seconds': {'type': 'number', 'minimum': 0},
                'category': {'type': 'string', 'enum': ['Movement', 'Speech']},
                'message': {'type': 'string'},
                'confidence': {'type': 'number', 'minimum': 0, 'maximum': 1}}}}}}
SSML_SCHEMA = {'type': 'object', 'required': ['segments'], 'properties': {
    'segments': {'type': 'array', 'items': {'type': 'string'}}}}
START = {'X-Goog-Upload-Protocol': 'resumable', 'X-Goog-Upload-Command': 'start',
         'X-Goog-Upload-Header-Content-Length': str(len(VIDEO)),
         'X-Goog-Upload-Header-Content-Type': 'video/mp4'}


def order(schema=None, *parts, **config):
    if schema:
        config = {'responseMimeType': 'application/json', 'responseJsonSchema': schema, **config}
    return {'contents': [{'role': 'user', 'parts': [*parts, {'text': 'Look at the talk.'}]}],
            'generationConfig': config}


def speech(text='Wait... <short pause> go.', **config):
    return {'contents': [{'role': 'user', 'parts': [{'text': text}]}],
            'generationConfig': {
                'responseModalities': ['AUDIO'],
                'speechConfig': {'voiceConfig': {'prebuiltVoiceConfig': {'voiceName': 'Kore'}}},
                **config}}


class WithGemini(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator('gemini', key='test-key,other-key')

    @classmethod
    def tearDownClass(cls):
        cls.emulator.close()

    def setUp(self):
        self.emulator.control('reset')
        self.emulator.control('set', polls=0, file_fails=0, not_visible=0, thought=0,
                              file_ttl_seconds=1000)

    def generate(self, body, model=FLASH, headers=None):
        return self.emulator.call('POST', f'/v1beta/models/{model}:generateContent', body,
                                  headers or KEY)

    def text(self, body):
        answer = self.generate(body)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()['candidates'][0]['content']['parts'][-1]['text']

    def refused(self, answer, status, text):
        self.assertEqual(answer.status, status, answer.body)
        error = answer.json()['error']
        self.assertEqual(error['code'], status)
        self.assertIn(text, json.dumps(error))

    def start(self, headers=None, body=None):
        answer = self.emulator.call('POST', '/upload/v1beta/files',
                                    {'file': {'mimeType': 'video/mp4'}} if body is None else body,
                                    {**START, **KEY, **(headers or {})})
        return answer, (answer.headers['x-goog-upload-url'] or '').partition(
            f':{self.emulator.port}')[2]

    def send(self, url, command, offset=0, body=b''):
        return self.emulator.call('POST', url, body, {'X-Goog-Upload-Command': command,
                                                      'X-Goog-Upload-Offset': str(offset)})

    def upload(self):
        _, url = self.start()
        return self.send(url, 'upload, finalize', 0, VIDEO).json()['file']

    def part(self, file, **more):
        return {'fileData': {'fileUri': file['uri'], 'mimeType': 'video/mp4'}, **more}


class Files(WithGemini):

    def test_uploads_in_one_step(self):
        file = self.upload()
        self.assertEqual((file['sizeBytes'], file['state']), ('524288', 'ACTIVE'))
        self.assertEqual(base64.b64decode(file['sha256Hash']).decode(),
                         hashlib.sha256(VIDEO).hexdigest())

    def test_uploads_in_chunks_and_finalizes_once(self):
        _, url = self.start()
        half = len(VIDEO) // 2
        self.assertEqual(self.send(url, 'upload', 0, VIDEO[:half])
                         .headers['x-goog-upload-status'], 'active')
        self.assertEqual(self.send(url, 'query').headers['x-goog-upload-size-received'], str(half))
        self.refused(self.send(url, 'upload', 0, VIDEO[:half]), 400, 'Offset')
        self.refused(self.send(url, 'finalize'), 400, 'bytes received')
        self.refused(self.send(url, 'upload', half, b'odd'), 400, 'multiple')
        answer = self.send(url, 'upload, finalize', half, VIDEO[half:])
        self.assertEqual(answer.headers['x-goog-upload-status'], 'final')
        self.refused(self.send(url, 'finalize'), 400, 'already final')

    def test_keeps_what_came_before_a_break(self):
        _, url = self.start()
        self.emulator.fault('reset_request:300000', match='POST /upload')
        with self.assertRaises(ConnectionError):
            self.send(url, 'upload, finalize', 0, VIDEO)
        received = int(self.send(url, 'query').headers['x-goog-upload-size-received'])
        self.assertEqual(received, 262144)
        answer = self.send(url, 'upload, finalize', received, VIDEO[received:])
        self.assertEqual(base64.b64decode(answer.json()['file']['sha256Hash']).decode(),
                         hashlib.sha256(VIDEO).hexdigest())

    def test_refuses_bad_starts(self):
        self.refused(self.start({'X-Goog-Upload-Protocol': 'raw'})[0], 400, 'resumable')
        self.refused(self.start({'X-Goog-Upload-Header-Content-Length': ''})[0], 400, 'Length')
        self.refused(self.start({'X-Goog-Upload-Header-Content-Type': 'a/b'})[0], 400, 'MIME')
        self.refused(self.start(body={'file': {'size': 1}})[0], 400, 'Cannot find field')
        self.refused(self.start(body={'file': {'sizeBytes': '1'}})[0], 400, 'sizeBytes')
        self.refused(self.start(body={'file': {'name': 'files/-a'}})[0], 400, 'name')
        self.refused(self.start({'x-goog-api-key': 'bad'})[0], 400, 'API_KEY_INVALID')
        self.refused(self.send('/upload/v1beta/files?upload_id=no', 'upload'), 404, 'Upload')

    def test_polls_until_active_or_failed(self):
        for fails, last in ((0, 'ACTIVE'), (1, 'FAILED')):
            self.emulator.control('set', polls=2, file_fails=fails, not_visible=1)
            name = self.upload()['name']
            answers = [self.emulator.call('GET', f'/v1beta/{name}', headers=KEY) for _ in range(4)]
            self.assertEqual(answers[0].status, 404)
            states = [answer.json()['state'] for answer in answers[1:]]
            self.assertEqual(states, ['PROCESSING', 'PROCESSING', last])
        self.assertEqual(answers[3].json()['error']['code'], 13)

    def test_deletes_hides_and_expires(self):
        name = self.upload()['name']
        other = {'x-goog-api-key': 'other-key'}
        self.refused(self.emulator.call('GET', f'/v1beta/{name}', headers=other), 403, 'may not')
        self.assertEqual(self.emulator.call('DELETE', f'/v1beta/{name}', headers=KEY).json(), {})
        self.refused(self.emulator.call('GET', f'/v1beta/{name}', headers=KEY), 403, 'may not')
        self.emulator.control('set', file_ttl_seconds=-1)
        name = self.upload()['name']
        self.refused(self.emulator.call('GET', f'/v1beta/{name}', headers=KEY), 403, 'may not')


class Generate(WithGemini):

    def test_analyses_by_the_schema(self):
        answer = json.loads(self.text(order(
            SCHEMA, self.part(self.upload(), videoMetadata={'fps': 2, 'endOffset': '20s'}))))
        self.assertEqual(len(answer['feedback']), 3)
        del answer['feedback'][0]['message']
        self.assertEqual(answer['feedback'][0], {
            'timestamp_seconds': 2.5, 'category': 'Movement', 'confidence': 0.75})

    def test_writes_ssml_of_the_fenced_message(self):
        body = order(SSML_SCHEMA)
        body['contents'][0]['parts'][-1]['text'] = 'Write:\n```\nStand & wait.\n```'
        segments = json.loads(self.text(body))['segments']
        self.assertIn('<s>Stand &amp; wait.</s></speak>', segments[0])

    def test_puts_a_thought_first_when_told(self):
        self.emulator.control('set', thought=1)
        parts = self.generate(order(SCHEMA)).json()['candidates'][0]['content']['parts']
        self.assertTrue(parts[0]['thought'])

    def test_speaks_wav_and_older_models_samples(self):
        data = self.generate(speech(), SPEAKER).json()
        data = data['candidates'][0]['content']['parts'][0]['inlineData']
        self.assertEqual(data['mimeType'], 'audio/wav')
        with wave.open(io.BytesIO(base64.b64decode(data['data']))) as sound:
            self.assertEqual((sound.getframerate(), sound.getnchannels()), (24000, 1))
            self.assertGreater(sound.getnframes(), 12000)
        data = self.generate(speech('Go.'), OLD_SPEAKER).json()
        data = data['candidates'][0]['content']['parts'][0]['inlineData']
        self.assertIn('rate=24000', data['mimeType'])
        self.assertNotEqual(base64.b64decode(data['data'])[:4], b'RIFF')

    def test_bad_base64_is_bad(self):
        self.emulator.fault('bad_base64')
        data = self.generate(speech(), SPEAKER).json()
        data = data['candidates'][0]['content']['parts'][0]['inlineData']['data']
        with self.assertRaises(ValueError):
            base64.b64decode(data, validate=True)

    def test_wants_a_key(self):
        self.refused(self.generate(order(), headers={'A': 'b'}), 403, 'unregistered')
        self.refused(self.generate(order(), headers={'x-goog-api-key': 'x'}), 400,
                     'API_KEY_INVALID')
        self.refused(self.generate(order(), headers={'Authorization': 'Bearer x'}), 401, 'OAuth')

    def test_refuses_files_that_are_not_ready_or_not_ours(self):
        self.emulator.control('set', polls=1)
        file = self.upload()
        self.refused(self.generate(order(SCHEMA, self.part(file))), 400, 'not in an ACTIVE state')
        self.refused(self.generate(order(SCHEMA, self.part(file)),
                                   headers={'x-goog-api-key': 'other-key'}), 403, 'may not exist')
        file['uri'] = 'https://elsewhere/v1beta/files/a'
        self.refused(self.generate(order(SCHEMA, self.part(file))), 403, 'permission')

    def test_refuses_wrong_requests(self):
        text = {'text': 'a'}
        video = {'inlineData': {'mimeType': 'video/mp4', 'data': 'AAAA'}}
        cases = {
            'contents is not specified': {},
            "Unknown name \\\"foo\\\" at 'generation_config'": order(foo=1),
            'Unknown name \\"x\\": Cannot': {**order(), 'x': 1},
            'TYPE_ENUM': {**order(), 'safetySettings': [{'category': 'X'}]},
            'duplicate category': {**order(), 'safetySettings': [
                {'category': 'HARM_CATEGORY_HARASSMENT', 'threshold': 'OFF'}] * 2},
            'TYPE_INT32': order(maxOutputTokens='many'),
            'oneof field is already set': order(None, {**text, **video}),
            'must have one initialized field': order(None, {'videoMetadata': {'fps': 1}}),
            'parts must not be empty': {'contents': [{'parts': []}]},
            'valid role': {'contents': [{'role': 'system', 'parts': [text]}]},
            'only supported with application/json': order(responseJsonSchema=SCHEMA),
            'oneof field is already': order(SCHEMA, responseSchema={'type': 'OBJECT'}),
            'unsupported keyword pattern': order({'type': 'string', 'pattern': 'a'}),
            'TYPE_ENUM"': order(responseMimeType='application/json',
                                responseSchema={'type': 'object'}),
            'fps': order(None, {**video, 'videoMetadata': {'fps': 25}}),
            'start_offset': order(None, {**video, 'videoMetadata': {
                'startOffset': '5s', 'endOffset': '5s'}}),
            'TYPE_DURATION': order(None, {**video, 'videoMetadata': {'startOffset': '5'}}),
            'video_metadata': order(None, {**text, 'videoMetadata': {}}),
            'Unsupported MIME': order(None, {'inlineData': {'mimeType': 'a/b', 'data': 'AA=='}}),
            'TYPE_BYTES': order(None, {'inlineData': {'mimeType': 'video/mp4', 'data': '*'}}),
            'response modalities (AUDIO)': order(responseModalities=['AUDIO']),
            'MINIMAL': order(thinkingConfig={'thinkingLevel': 'MINIMAL'}),
            'only one of thinking': order(thinkingConfig={'thinkingLevel': 'LOW',
                                                          'thinkingBudget': 1}),
            'stop sequences': order(stopSequences=['a'] * 6),
        }
        for message, body in cases.items():
            with self.subTest(message):
                answer = self.generate(body)
                self.assertIn(message.removesuffix('"'), answer.body.decode())
                self.refused(answer, 400, 'INVALID_ARGUMENT')
        self.refused(self.generate(b'{"contents":[],"contents":[]}', headers={
            **KEY, 'Content-Type': 'application/json'}), 400, 'duplicate key')
        self.refused(self.generate(order(), 'gemini-9'), 404, 'is not found')

    def test_takes_snake_case(self):
        body = order()
        body['generation_config'] = {'max_output_tokens': 100}
        del body['generationConfig']
        self.assertEqual(self.generate(body).status, 200)

    def test_refuses_wrong_speech(self):
        styled = speech('Hi.')
        styled['contents'][0]['parts'][0]['speechMetadata'] = {'style': 'calm'}
        self.assertEqual(self.generate(styled, SPEAKER).status, 200)
        self.refused(self.generate(styled, OLD_SPEAKER), 400, 'speech_metadata')
        self.refused(self.generate(speech(temperature=1), SPEAKER), 400, 'temperature')
        self.assertEqual(self.generate(speech(temperature=1), OLD_SPEAKER).status, 200)
        self.refused(self.generate(speech(responseModalities=['TEXT']), SPEAKER), 400, '(TEXT)')
        self.refused(self.generate(speech('<speak>a</speak>'), SPEAKER), 400, 'SSML')
        self.refused(self.generate(speech('word ' * 8000), SPEAKER), 400, 'token count')

    def test_errors_have_googles_shape(self):
        for kind in ('400', '401', '403', '404', '409', '413', '429', '429_retry_after', '500',
                     '502', '503', '503_retry_after', '504', '499', '400_key', '403_file',
                     '400_precondition', '400_not_active', '429_retry_info', '429_quota_day'):
            with self.subTest(kind):
                self.emulator.fault(kind)
                self.refused(self.generate(order()), int(kind[:3]), 'status')
        self.emulator.fault('429_quota_day')
        self.assertIn(b'PerDay', self.generate(order()).body)
        self.emulator.fault('429_retry_info')
        self.assertIn(b'"retryDelay": "2s"', self.generate(order()).body)

    def test_answers_that_are_no_answers(self):
        for kind in ('blocked', 'blocked_safety', 'recitation', 'finish_other', 'finish_unknown',
                     'no_candidates', 'truncated_answer', 'not_json', 'wrong_schema',
                     'audio_none', 'audio_short', 'audio_long', 'audio_not_audio', 'file_failed'):
            with self.subTest(kind):
                self.emulator.fault(kind)
                answer = self.generate(order(SCHEMA))
                self.assertEqual(answer.status, 200)
                answer.json()
        self.assertEqual(self.emulator.state()['service']['generated'], {})


if __name__ == '__main__':
    unittest.main()
