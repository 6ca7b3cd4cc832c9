"""The OpenAI emulator: good paths, and what it must refuse."""

import copy
import json
import unittest

from running import Emulator

KEY = {'Authorization': 'Bearer test-key'}
SCHEMA = {'type': 'object', 'additionalProperties': False, 'required': ['segments'],
          'properties': {'segments': {'type': 'array', 'items': {'type': 'string'}}}}


def chat(**changes):
    return {'model': 'gpt-4o-mini', 'messages': [{'role': 'user', 'content': 'Write JSON.'}],
            'response_format': {'type': 'json_schema', 'json_schema': {
                'name': 'ssml', 'strict': True, 'schema': copy.deepcopy(SCHEMA)}}, **changes}


def speech(**changes):
    return {'model': 'gpt-4o-mini-tts', 'input': 'Hello there.', 'voice': 'nova', **changes}


class OpenAi(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator('openai')

    @classmethod
    def tearDownClass(cls):
        cls.emulator.close()

    def post(self, path, body, headers=None):
        return self.emulator.call('POST', f'/v1/{path}', body, headers or KEY)

    def test_chats_by_the_schema(self):
        answer = self.post('chat/completions', chat()).json()
        choice = answer['choices'][0]
        self.assertEqual(choice['finish_reason'], 'stop')
        self.assertIn('<speak', json.loads(choice['message']['content'])['segments'][0])
        self.assertGreater(answer['usage']['total_tokens'], 1)

    def test_speaks_every_format(self):
        starts = {'mp3': (b'ID3', b'\xff'), 'opus': b'OggS', 'aac': b'\xff', 'flac': b'fLaC',
                  'wav': b'RIFF', 'pcm': b''}
        for form, start in starts.items():
            with self.subTest(form):
                answer = self.post('audio/speech', speech(response_format=form))
                self.assertEqual((answer.status, answer.headers['transfer-encoding']),
                                 (200, 'chunked'))
                self.assertTrue(answer.body.startswith(start))
                self.assertGreater(len(answer.body), 1000)

    def test_lists_models(self):
        self.assertEqual(self.emulator.call('GET', '/v1/models', headers=KEY).status, 200)
        self.assertEqual(self.emulator.call('GET', '/v1/models/tts-1', headers=KEY).json()['id'],
                         'tts-1')
        self.assertEqual(self.emulator.call('GET', '/v1/models/x', headers=KEY).status, 404)

    def test_wants_a_key(self):
        for headers in ({'A': 'b'}, {'Authorization': 'Bearer bad'}):
            self.assertEqual(self.post('audio/speech', speech(), headers).status, 401)

    def test_refuses_wrong_speech(self):
        cases = {
            'Unrecognized request argument supplied: ssml': speech(ssml=True),
            "'voice'": {'model': 'tts-1', 'input': 'a'},
            'voice': speech(voice='nobody'),
            'characters': speech(input='a' * 4097),
            'response_format': speech(response_format='ogg'),
            'speed': speech(speed=5),
            "type for 'speed'": speech(speed='fast'),
            'instructions': speech(model='tts-1', instructions='calm'),
        }
        for message, body in cases.items():
            with self.subTest(message):
                answer = self.post('audio/speech', body)
                self.assertEqual(answer.status, 400)
                self.assertIn(message, answer.json()['error']['message'])
        self.assertEqual(self.post('audio/speech', speech(model='x')).status, 404)

    def test_takes_fields_of_a_dialect_when_told(self):
        with Emulator('openai', extra_fields='ssml', parts='text,video_url') as emulator:
            self.assertEqual(emulator.call('POST', '/v1/audio/speech', speech(ssml=True),
                                           KEY).status, 200)
            parts = [{'type': 'video_url', 'video_url': {'url': 'data:video/mp4;base64,AA=='}}]
            self.assertEqual(emulator.call('POST', '/v1/chat/completions', chat(
                messages=[{'role': 'user', 'content': parts}]), KEY).status, 200)

    def test_refuses_wrong_chats(self):
        open_schema, loose = chat(), chat()
        del open_schema['response_format']['json_schema']['schema']['additionalProperties']
        loose['response_format']['json_schema']['schema']['required'] = []
        unknown = chat()
        unknown['response_format']['json_schema']['schema']['minProperties'] = 1
        cases = {
            'additionalProperties': open_schema, "'required' is required": loose,
            'minProperties': unknown,
            'want at least one': chat(messages=[]),
            'role': chat(messages=[{'role': 'bot', 'content': 'a'}]),
            'video_url': chat(messages=[{'role': 'user', 'content': [
                {'type': 'video_url', 'video_url': {'url': 'a'}}]}]),
            'exclude each other': chat(max_tokens=5, max_completion_tokens=5),
            'Unrecognized request argument': chat(topk=3),
            'name: bad': chat(response_format={'type': 'json_schema', 'json_schema': {
                'name': 'a b', 'schema': {}}}),
            "the word 'json'": chat(response_format={'type': 'json_object'}, messages=[
                {'role': 'user', 'content': 'Hi.'}]),
        }
        for message, body in cases.items():
            with self.subTest(message):
                answer = self.post('chat/completions', body)
                self.assertEqual(answer.status, 400, answer.body)
                self.assertIn(message, answer.json()['error']['message'])

    def test_errors(self):
        for kind in ('400', '401', '403', '404', '413', '429', '429_retry_after', '429_quota',
                     '429_credit', '429_slow_down', '429_quota_day', '500', '503', '503_loading',
                     '404_ollama', '400_context', '422'):
            with self.subTest(kind):
                self.emulator.fault(kind)
                answer = self.post('chat/completions', chat())
                self.assertEqual(answer.status, int(kind[:3]))
                self.assertTrue(answer.json().get('error') or answer.json().get('detail'))
        for kind in ('blocked', 'refusal', 'truncated_answer', 'not_json', 'wrong_schema',
                     'no_choices'):
            self.emulator.fault(kind)
            self.assertIn('choices', self.post('chat/completions', chat()).json())
        for kind in ('audio_short', 'audio_long', 'audio_none', 'audio_not_audio'):
            self.emulator.fault(kind)
            self.assertEqual(self.post('audio/speech', speech()).status, 200)


if __name__ == '__main__':
    unittest.main()
