"""The Cloud Text-to-Speech emulator and its token endpoint."""

import base64
import tempfile
import time
import unittest
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import oauth
from running import Emulator

KEY = {'x-goog-api-key': 'test-key'}


def order(**changes):
    body = {'input': {'ssml': '<speak>Hello there.<break time="200ms"/></speak>'},
            'voice': {'languageCode': 'en-US', 'name': 'en-US-Neural2-C'},
            'audioConfig': {'audioEncoding': 'MP3'}}
    return {**body, **changes}


class GoogleTts(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.key = rsa.generate_private_key(65537, 2048)
        cls.file = tempfile.NamedTemporaryFile()
        cls.file.write(cls.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        cls.file.flush()
        cls.emulator = Emulator('google_tts', public_key=cls.file.name, client_email='a@b')

    @classmethod
    def tearDownClass(cls):
        cls.emulator.close()
        cls.file.close()

    def speak(self, body=None, headers=None):
        return self.emulator.call('POST', '/v1/text:synthesize', body or order(), headers or KEY)

    def claims(self, **changes):
        now = int(time.time())
        return {'iss': 'a@b', 'aud': oauth.AUDIENCE, 'scope': oauth.SCOPE, 'iat': now,
                'exp': now + 3600, **changes}

    def token(self, claims, key=None):
        form = urllib.parse.urlencode({
            'grant_type': oauth.GRANT,
            'assertion': oauth.signed_assertion(key or self.key, claims)})
        return self.emulator.call('POST', '/token', form.encode(), {
            'Content-Type': 'application/x-www-form-urlencoded'})

    def test_speaks_every_encoding(self):
        starts = {'MP3': (b'ID3', b'\xff'), 'LINEAR16': b'RIFF', 'OGG_OPUS': b'OggS',
                  'MULAW': b'RIFF', 'ALAW': b'RIFF', 'PCM': b'', 'M4A': b'\0\0\0'}
        for encoding, start in starts.items():
            with self.subTest(encoding):
                answer = self.speak(order(audioConfig={'audioEncoding': encoding}))
                self.assertEqual(answer.status, 200, answer.body)
                sound = base64.b64decode(answer.json()['audioContent'])
                self.assertTrue(sound.startswith(start))
                self.assertGreater(len(sound), 1000)

    def test_lists_voices(self):
        answer = self.emulator.call('GET', '/v1/voices?languageCode=de-DE', headers=KEY)
        self.assertEqual([voice['name'] for voice in answer.json()['voices']], ['de-DE-Neural2-B'])

    def test_refuses_wrong_requests(self):
        text = {'text': 'Hi.'}
        cases = {
            'one of text': order(input={}),
            'oneof': order(input={'text': 'a', 'ssml': '<speak>a</speak>'}),
            'limit of 5000 bytes': order(input={'text': 'ä' * 2501}),
            'Invalid SSML': order(input={'ssml': '<speak>a & b</speak>'}),
            'root must be speak': order(input={'ssml': '<p>a</p>'}),
            'Unknown element': order(input={'ssml': '<speak><b>a</b></speak>'}),
            'document type': order(input={'ssml': '<!DOCTYPE speak><speak>a</speak>'}),
            'at most 10 s': order(input={'ssml': '<speak>a<break time="11s"/></speak>'}),
            'language_code': order(input=text, voice={'name': 'en-US-Neural2-C'}),
            'does not exist': order(voice={'languageCode': 'en-US', 'name': 'en-US-None'}),
            "doesn't match": order(voice={'languageCode': 'de-DE', 'name': 'en-US-Neural2-C'}),
            'audio_encoding is required': order(audioConfig={}),
            'TYPE_ENUM': order(audioConfig={'audioEncoding': 'WAV'}),
            'speakingRate': order(audioConfig={'audioEncoding': 'MP3', 'speakingRate': 3}),
            'sample rate': order(audioConfig={'audioEncoding': 'MP3', 'sampleRateHertz': 12345}),
            'Cannot find field': order(audio={}),
        }
        for message, body in cases.items():
            with self.subTest(message):
                answer = self.speak(body)
                self.assertEqual(answer.status, 400)
                self.assertIn(message, answer.json()['error']['message'])

    def test_takes_tokens_of_its_own(self):
        answer = self.token(self.claims()).json()
        self.assertEqual((answer['token_type'], answer['expires_in']), ('Bearer', 3600))
        bearer = {'Authorization': f"Bearer {answer['access_token']}"}
        self.assertEqual(self.speak(headers=bearer).status, 200)
        self.emulator.control('set', tokens_epoch='2')
        self.assertEqual(self.speak(headers=bearer).status, 401)

    def test_refuses_bad_grants(self):
        now = int(time.time())
        cases = ({'aud': 'x'}, {'scope': 'x'}, {'iss': 'c@d'}, {'exp': now + 4000},
                 {'iat': now - 3000, 'exp': now + 500}, {'iat': now - 200, 'exp': now - 1},
                 {'iat': '1'})
        for changes in cases:
            with self.subTest(str(changes)):
                answer = self.token(self.claims(**changes))
                self.assertEqual((answer.status, answer.json()['error']), (400, 'invalid_grant'))
        other = rsa.generate_private_key(65537, 2048)
        self.assertIn('Signature', self.token(self.claims(), other).json()['error_description'])

    def test_wants_a_credential(self):
        for headers, status in (({'A': 'b'}, 403), ({'x-goog-api-key': 'x'}, 400),
                                ({'Authorization': 'Bearer x'}, 401)):
            self.assertEqual(self.speak(headers=headers).status, status)

    def test_errors(self):
        for kind in ('400', '400_long_sentence', '401', '403', '429', '429_quota_day', '500',
                     '503_retry_after', 'invalid_grant', '400_key', '429_retry_info'):
            with self.subTest(kind):
                self.emulator.fault(kind)
                answer = self.speak()
                self.assertEqual(answer.status, int(kind[:3]) if kind[0] in '45' else 400)
                self.assertIn('error', answer.json())


if __name__ == '__main__':
    unittest.main()
