"""The frame's own test: what it reads, refuses, logs, and every fault it can serve."""

import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
import zlib

import faults
import quirks
from frame import JsonFault, Reply, strict_json
from running import Emulator

KEY = {'Authorization': 'Bearer test-key'}
MODELS = '/v1/models'


def raw(port, data, read_until_end=True):
    """Sends bytes as they are and returns what comes back."""
    with socket.create_connection(('127.0.0.1', port), timeout=10) as link:
        link.sendall(data)
        answer = b''
        while read_until_end:
            part = link.recv(65536)
            if not part:
                break
            answer += part
        return answer


def raw_request(path=MODELS, more=b''):
    return (f'GET {path} HTTP/1.1\r\nHost: a\r\nUser-Agent: t\r\nConnection: close\r\n'
            'Authorization: Bearer test-key\r\n').encode() + more + b'\r\n'


class WithOpenAi(unittest.TestCase):
    """A plain emulator to try the frame on."""

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator('openai')

    @classmethod
    def tearDownClass(cls):
        cls.emulator.close()

    def setUp(self):
        self.emulator.control('reset')

    def models(self, **more):
        return self.emulator.call('GET', MODELS, headers=KEY, **more)


class Frame(WithOpenAi):

    def test_json_is_strict(self):
        for text in ('{"a":1,"a":2}', '[NaN]', '[Infinity]', '{', b'"\xff"', '[' * 100000):
            with self.subTest(str(text)[:20]), self.assertRaises(JsonFault):
                strict_json(text)
        self.assertEqual(strict_json(b'{"a":[1,null]}'), {'a': [1, None]})

    def test_keeps_the_connection(self):
        link = http.client.HTTPConnection('127.0.0.1', self.emulator.port)
        for _ in range(3):
            link.request('GET', MODELS, headers={'User-Agent': 't', **KEY})
            answer = link.getresponse()
            self.assertEqual(answer.status, 200)
            answer.read()
            local_port = link.sock.getsockname()[1]
        self.assertEqual(link.sock.getsockname()[1], local_port)
        link.close()

    def test_takes_chunked_bodies_and_refuses_broken_ones(self):
        head = raw_request(more=b'Transfer-Encoding: chunked\r\n')
        self.assertIn(b' 200 ', raw(self.emulator.port, head + b'5\r\nhello\r\n0\r\n\r\n'))
        self.assertIn(b' 400 ', raw(self.emulator.port, head + b'5\r\nhelloXX0\r\n\r\n'))
        self.assertIn(b' 400 ', raw(self.emulator.port, head + b'zz\r\n'))
        self.assertEqual([line['body_bytes'] for line in self.emulator.log()], [5, 0, 0])

    def test_logs_a_body_that_breaks_off(self):
        raw(self.emulator.port, raw_request(more=b'Content-Length: 10\r\n') + b'half', False)
        self.emulator.wait_for(lambda state: state['in_flight'] == 0 and state['requests'] == 1)
        self.assertIn('4 bytes', self.emulator.log()[0]['fault'])
        self.assertIsNone(self.emulator.log()[0]['status'])

    def test_refuses_two_lengths_and_posts_without_one(self):
        both = b'Content-Length: 1\r\nContent-Length: 2\r\n'
        self.assertIn(b' 400 ', raw(self.emulator.port, raw_request(more=both)))
        post = raw_request().replace(b'GET', b'POST')
        self.assertIn(b' 411 ', raw(self.emulator.port, post))

    def test_refuses_large_bodies(self):
        self.emulator.control('set', body_max=10)
        answer = self.emulator.call('POST', MODELS, b'x' * 11, KEY)
        self.emulator.control('set', body_max=200_000_000)
        self.assertEqual(answer.status, 413)

    def test_wants_a_user_agent(self):
        answer = raw(self.emulator.port, raw_request().replace(b'User-Agent: t\r\n', b''))
        self.assertIn(b' 400 ', answer)
        self.assertEqual(self.emulator.log()[0]['fault'], 'frame: no User-Agent')

    def test_refuses_credentials_in_the_url(self):
        for name in ('key', 'access_token', 'sig'):
            answer = self.emulator.call('GET', f'{MODELS}?{name}=s3cret', headers=KEY)
            self.assertEqual(answer.status, 400)
            self.assertTrue(self.emulator.log()[-1]['secret_in_url'])
        self.assertNotIn('s3cret', self.emulator.log_path.read_text())

    def test_logs_what_came(self):
        body = b'{"model":"none"}'
        self.emulator.call('POST', '/v1/chat%2Fx?a=%20b', body,
                           {**KEY, 'Content-Type': 'application/json'})
        line = json.loads(self.emulator.log_path.read_text().splitlines()[-1])
        self.assertEqual((line['method'], line['path'], line['query'], line['body'],
                          line['body_sha256'], line['status'], line['fault'], line['n']),
                         ('POST', '/v1/chat%2Fx', [['a', ' b']], body.decode(),
                          hashlib.sha256(body).hexdigest(), 404, None, 1))
        self.assertRegex(line['headers']['authorization'], '^sha256:[0-9a-f]{12}$')

    def test_holds_and_releases(self):
        self.emulator.control('hold', match='GET /v1/models')
        threads = [threading.Thread(target=self.models) for _ in range(3)]
        for thread in threads:
            thread.start()
        self.emulator.wait_for(lambda state: state['held'] == 3)
        self.assertEqual(self.emulator.log(), [])
        self.emulator.control('release')
        for thread in threads:
            thread.join(10)
        self.assertEqual([line['status'] for line in self.emulator.log()], [200] * 3)
        self.assertEqual(self.emulator.state()['in_flight_max'], 3)

    def test_control_refuses_nonsense(self):
        for name, order in (('fault', {'fault': 'no_such_fault'}), ('fault', {}), ('none', {}),
                            ('fault', {'fault': '500', 'match': '('})):
            with self.subTest(name), self.assertRaises(ValueError):
                self.emulator.control(name, **order)

    def test_speaks_tls_and_ends_with_stdin(self):
        with tempfile.TemporaryDirectory() as folder:
            cert, key = f'{folder}/cert', f'{folder}/key'
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                            'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert,
                            '-days', '1', '-subj', '/CN=localhost', '-addext',
                            'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)
            with Emulator('openai', '--cert', cert, '--certkey', key) as emulator:
                request = urllib.request.Request(
                    f'https://127.0.0.1:{emulator.port}{MODELS}',
                    headers={'Authorization': 'Bearer test-key'})
                trusting = ssl.create_default_context(cafile=cert)
                with urllib.request.urlopen(request, context=trusting, timeout=20) as answer:
                    self.assertEqual(json.load(answer)['object'], 'list')
                emulator.process.stdin.close()
                emulator.process.wait(10)


class Faults(WithOpenAi):

    def bytes_for(self, fault):
        self.emulator.fault(fault)
        return raw(self.emulator.port, raw_request())

    def test_counts_times_skip_and_match(self):
        self.emulator.fault('500', match='GET /v1/models$', times=2, skip=1)
        statuses = [self.models().status for _ in range(4)]
        self.assertEqual(statuses, [200, 500, 500, 200])
        self.emulator.fault('500', match='POST', times=-1)
        self.assertEqual(self.models().status, 200)

    def test_error_names_and_own_answers(self):
        for kind, status in (('400', 400), ('401', 401), ('429_retry_after', 429), ('503', 503)):
            self.emulator.fault(kind)
            self.assertEqual(self.models().status, status)
        self.emulator.fault({'status': 418, 'headers': {'X-A': 'b'}, 'body': {'own': 1}})
        answer = self.models()
        self.assertEqual((answer.status, answer.headers['X-A'], answer.json()),
                         (418, 'b', {'own': 1}))

    def test_faults_join(self):
        self.emulator.fault('429+json_array')
        answer = self.models()
        self.assertEqual(answer.status, 429)
        self.assertIsInstance(answer.json(), list)

    def test_resets(self):
        for fault in ('reset', 'reset_request', 'reset_request:3'):
            self.emulator.fault(fault)
            with self.subTest(fault), self.assertRaises(ConnectionResetError):
                raw(self.emulator.port, raw_request(more=b'Content-Length: 5\r\n') + b'hello')
        self.assertEqual([line['status'] for line in self.emulator.log()], [None] * 3)

    def test_reset_mid_body(self):
        self.emulator.fault('reset_mid_body')
        with self.assertRaises((ConnectionResetError, http.client.IncompleteRead)):
            self.models()

    def test_truncate_and_chunked_cut(self):
        for fault in ('truncate', 'chunked_cut'):
            self.emulator.fault(fault)
            with self.subTest(fault), self.assertRaises(http.client.IncompleteRead):
                self.models()
            self.assertEqual(self.emulator.log()[-1]['fault'], fault)

    def test_drop_answer_has_the_effects(self):
        self.emulator.fault('drop_answer')
        with self.assertRaises(http.client.RemoteDisconnected):
            self.speak()
        self.assertEqual(self.emulator.state()['service']['calls']['speech'], 1)

    def test_after_timeout_has_the_effects_and_slow_first_byte_not(self):
        for fault, spoken in (('slow_first_byte:5000', 0), ('after_timeout:5000', 1)):
            self.emulator.fault(fault)
            with self.subTest(fault), self.assertRaises(TimeoutError):
                self.speak(timeout=1)
            self.emulator.wait_for(lambda state: state['in_flight'] == 0)
            self.assertEqual(self.emulator.state()['service']['calls']['speech'], spoken)

    def test_slow_answers_come(self):
        for fault in ('slow_first_byte:200', 'after_timeout:200'):
            self.emulator.fault(fault)
            start = time.monotonic()
            self.assertEqual(self.models().status, 200)
            self.assertGreater(time.monotonic() - start, 0.19)

    def test_hang_lasts_until_the_client_goes(self):
        self.emulator.fault('hang')
        with self.assertRaises(TimeoutError):
            self.models(timeout=0.3)
        self.emulator.wait_for(lambda state: state['in_flight'] == 0)

    def test_drip(self):
        self.emulator.fault('404+drip:2')
        start = time.monotonic()
        self.assertEqual(self.models().status, 404)
        self.assertGreater(time.monotonic() - start, 0.1)

    def test_bodies(self):
        self.assertIn(b'502 Bad Gateway</h1>', self.bytes_for('html_502'))
        self.assertTrue(self.bytes_for('empty').endswith(b'Content-Length: 0\r\nServer: emulator'
                                                         b'\r\n\r\n'))
        self.assertTrue(self.bytes_for('http10').startswith(b'HTTP/1.0 200 OK\r\n'))
        self.assertIn(b'Content-Type: text/html', self.bytes_for('wrong_content_type'))
        self.assertIn(b'Location: http://b/+c', self.bytes_for('redirect:http://b/+c'))
        self.assertGreater(len(self.bytes_for('long_header').partition(b'\r\n\r\n')[0]), 120_000)
        self.assertEqual(self.bytes_for('duplicate_headers').count(b'Retry-After'), 2)

    def test_spoilt_json(self):
        self.emulator.fault('malformed_json')
        with self.assertRaises(ValueError):
            self.models().json()
        self.emulator.fault('json_array')
        self.assertIsInstance(self.models().json(), list)
        self.emulator.fault('wrong_types')
        self.assertEqual(self.models().json()['object'], 7)
        self.emulator.fault('error_in_200')
        answer = self.models()
        self.assertEqual((answer.status, 'error' in answer.json()), (200, True))

    def test_bytes_before_and_behind(self):
        self.emulator.fault('bom')
        self.assertTrue(self.models().body.startswith(b'\xef\xbb\xbf{'))
        self.emulator.fault('bytes_after')
        self.assertTrue(self.models().body.endswith(b'}\0more'))

    def test_sizes_of_a_streamed_wav(self):
        self.emulator.fault('wav_sizes:7fffffff')
        sound = self.speak(response_format='wav').body
        data = sound.index(b'data')
        self.assertEqual((sound[4:8], sound[data + 4:data + 8]), (b'\xff\xff\xff\x7f',) * 2)
        self.assertGreater(len(sound), 1000)
        self.emulator.fault('audio_ogg')
        self.assertEqual(self.speak().body[:4], b'OggS')

    def test_quirks_of_models(self):
        text = json.dumps({'feedback': [{'message': 'Speak up.', 'confidence': 0.5}],
                           'segments': ['<speak version="1.1"><p><s>Speak up.</s></p></speak>']})
        body = json.dumps({'choices': [{'message': {'content': text}}]})
        for name in quirks.SAYS_NAMES:
            answer = json.loads(quirks.says(Reply(200, body), name).body)
            self.assertNotEqual(answer['choices'][0]['message']['content'], text, name)
        plain = self.models().json()
        self.emulator.fault('says:fence')
        self.assertEqual(self.models().json(), plain, 'no model speaks here')

    def test_quirks_of_sounds(self):
        for quirk, wavs in (('wav', 1), ('wav_twice', 2), ('mp3', 0)):
            self.emulator.fault(f'sound:{quirk}')
            self.assertEqual(self.speak(response_format='wav').body.count(b'WAVEfmt '), wavs)

    def test_huge_and_bomb(self):
        self.assertGreater(len(self.bytes_for('huge:300000')), 300_000)
        self.emulator.fault('huge')
        with socket.create_connection(('127.0.0.1', self.emulator.port)) as link:
            link.sendall(raw_request())
            self.assertIn(b'Content-Length: 1073741824', link.recv(4096))
        self.emulator.fault('gzip_bomb')
        body = self.models().body
        self.assertLess(len(body), 2_000_000)
        member = zlib.decompressobj(wbits=31).decompress(body)
        self.assertEqual(len(member) * faults.BOMB_MEMBERS, 1_048_576_000)

    def test_no_continue(self):
        data = raw_request(more=b'Content-Length: 2\r\nExpect: 100-continue\r\n')
        for fault, wanted in (({'status': 200}, True), ('no_continue', False)):
            self.emulator.fault(fault)
            with socket.create_connection(('127.0.0.1', self.emulator.port), 0.4) as link:
                link.sendall(data)
                try:
                    first = link.recv(4096)
                except TimeoutError:
                    first = b''
                self.assertEqual(b'100 Continue' in first, wanted)

    def test_every_fault_has_a_test(self):
        with open(__file__, encoding='utf-8') as file:
            text = file.read()
        elsewhere = {'bad_base64'}      # test_gemini.py
        for name in set(faults.FAULT_NAMES) - elsewhere:
            self.assertRegex(text, rf"'(\d+\+)?{name}[':]", name)

    def speak(self, response_format='mp3', **more):
        return self.emulator.call('POST', '/v1/audio/speech', {
            'model': 'tts-1', 'input': 'Hi.', 'voice': 'nova',
            'response_format': response_format}, KEY, **more)


if __name__ == '__main__':
    unittest.main()
