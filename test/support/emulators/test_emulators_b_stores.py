"""S3 and Supabase Storage: what the emulators serve and what they refuse.

Run: python3 -m unittest test_emulators_b_stores
"""

import base64
import hashlib
import hmac
import json
import time
import unittest
import xml.etree.ElementTree

import s3
import supabase
from signing_for_tests import Running, percent, signed


class S3(unittest.TestCase):
    """Signed with the test's own signer; the canonical path is built apart from the sent one."""

    def setUp(self):
        self.running = Running(s3.service({}))
        self.addCleanup(self.running.close)

    def call(self, method, key='', body=b'', headers=None, bucket='test-bucket', query='',
             host=None, **options):
        path = (f'/{bucket}' if bucket else '') + '/' + percent(key.encode(), b'/')
        order = (method, host or self.running.host, path, query, headers or {}, body)
        return self.running.send(method, path + ('?' + query if query else ''),
                                 signed(order, **options), body)

    def refused(self, status, code, answer):
        self.assertEqual(answer.status, status, answer.body)
        root = xml.etree.ElementTree.fromstring(answer.body)
        self.assertEqual((root.tag, root.findtext('Code')), ('Error', code))
        return root

    def test_an_object_comes_back_as_it_was_put(self):
        put = self.call('PUT', 'a/b=c+d é.wav', b'sound', {
            'Content-Type': 'audio/wav', 'x-amz-meta-test': '1', 'x-amz-meta-test-two': '2'})
        self.assertEqual((put.status, put.body), (200, b''))
        self.assertEqual(put.headers['ETag'], f'"{hashlib.md5(b"sound").hexdigest()}"')
        got = self.call('GET', 'a/b=c+d é.wav')
        self.assertEqual((got.status, got.body), (200, b'sound'))
        self.assertEqual(got.headers['Content-Type'], 'audio/wav')
        self.assertEqual(got.headers['x-amz-meta-test-two'], '2')
        head = self.call('HEAD', 'a/b=c+d é.wav')
        self.assertEqual((head.status, head.headers['Content-Length'], head.body), (200, '5', b''))

    def test_a_range_comes_as_206(self):
        self.call('PUT', 'k', b'0123456789')
        for wanted, body, told in (('bytes=2-4', b'234', '2-4'), ('bytes=7-', b'789', '7-9'),
                                   ('bytes=-2', b'89', '8-9'), ('bytes=5-99', b'56789', '5-9')):
            got = self.call('GET', 'k', headers={'Range': wanted})
            self.assertEqual((got.status, got.body), (206, body))
            self.assertEqual(got.headers['Content-Range'], f'bytes {told}/10')
        self.refused(416, 'InvalidRange', self.call('GET', 'k', headers={'Range': 'bytes=10-'}))
        self.assertEqual(self.call('GET', 'k', headers={'Range': 'lines=1-2'}).status, 200)

    def test_the_host_may_name_the_bucket(self):
        host = f'test-bucket.s3.localhost:{self.running.server.port}'
        self.assertEqual(self.call('PUT', 'k', b'x', bucket='', host=host).status, 200)
        self.assertEqual(self.call('GET', 'k').body, b'x')

    def test_a_condition_keeps_the_first_object(self):
        once = {'If-None-Match': '*'}
        self.assertEqual(self.call('PUT', 'k', b'first', once).status, 200)
        self.refused(412, 'PreconditionFailed', self.call('PUT', 'k', b'second', once))
        self.assertEqual(self.call('GET', 'k').body, b'first')
        self.assertEqual(self.running.service.state()['writes'], {'test-bucket/k': 1})
        self.refused(501, 'NotImplemented', self.call('PUT', 'n', b'', {'If-None-Match': '"e"'}))

    def test_delete_is_204_also_for_what_is_not_there(self):
        self.call('PUT', 'k', b'x')
        self.assertEqual([self.call('DELETE', 'k').status for _ in range(2)], [204, 204])
        self.refused(404, 'NoSuchKey', self.call('GET', 'k'))
        self.assertEqual(self.call('HEAD', 'k').status, 404)

    def test_buckets_are_known_or_not(self):
        self.refused(404, 'NoSuchBucket', self.call('PUT', 'k', b'x', bucket='other'))
        self.assertEqual(self.call('HEAD').status, 200)
        self.assertEqual(self.call('HEAD', bucket='other').status, 404)

    def test_keys_are_listed_by_prefix_and_page(self):
        for key in ('a/1', 'a/2', 'a/3', 'b'):
            self.call('PUT', key, b'x')
        root = self.listed('list-type=2&max-keys=2&prefix=a%2F')
        self.assertEqual(self.keys(root), ['a/1', 'a/2'])
        token = percent(root.findtext('{*}NextContinuationToken').encode())
        root = self.listed(f'continuation-token={token}&list-type=2&prefix=a%2F')
        self.assertEqual((self.keys(root), root.findtext('{*}IsTruncated')), (['a/3'], 'false'))
        root = self.listed('delimiter=%2F&list-type=2')
        self.assertEqual(root.findtext('{*}CommonPrefixes/{*}Prefix'), 'a/')
        self.assertEqual(self.keys(root), ['b'])
        self.assertEqual(self.keys(self.listed('list-type=2&max-keys=0')), [])
        self.refused(400, 'InvalidArgument', self.call('GET', query='list-type=2&max-keys=x'))

    def listed(self, query):
        answer = self.call('GET', query=query)
        self.assertEqual(answer.status, 200, answer.body)
        return xml.etree.ElementTree.fromstring(answer.body)

    def keys(self, root):
        return [element.text for element in root.findall('{*}Contents/{*}Key')]

    def test_the_signature_is_checked(self):
        root = self.refused(400, 'AuthorizationHeaderMalformed',
                            self.call('PUT', 'k', b'x', region='eu-west-1'))
        self.assertEqual(root.findtext('Region'), 'us-east-1')
        self.refused(403, 'SignatureDoesNotMatch', self.call('PUT', 'k', b'x', secret='no'))
        self.refused(403, 'InvalidAccessKeyId', self.call('PUT', 'k', b'x', key_id='no'))
        self.refused(403, 'AccessDenied', self.running.send('PUT', '/test-bucket/k', {}, b'x'))
        token = {'x-amz-security-token': 'stale'}
        self.refused(400, 'InvalidToken', self.call('PUT', 'k', b'x', token))
        self.running.service.settings['clock_offset_s'] = '1000'
        self.refused(403, 'RequestTimeTooSkewed', self.call('PUT', 'k', b'x'))
        self.assertEqual(self.running.service.state()['objects'], {})

    def test_a_path_signed_raw_is_refused(self):
        order = ('PUT', self.running.host, '/test-bucket/a=b', '', {}, b'x')
        self.refused(403, 'SignatureDoesNotMatch',
                     self.running.send('PUT', '/test-bucket/a=b', signed(order), b'x'))

    def test_a_body_that_changed_is_refused(self):
        order = ('PUT', self.running.host, '/test-bucket/k', '', {}, b'x')
        self.refused(400, 'XAmzContentSHA256Mismatch',
                     self.running.send('PUT', '/test-bucket/k', signed(order), b'y'))
        md5 = {'Content-MD5': base64.b64encode(hashlib.md5(b'y').digest()).decode()}
        self.refused(400, 'BadDigest', self.call('PUT', 'k', b'x', md5))
        self.assertEqual(self.running.service.state()['objects'], {})

    def test_limits_hold(self):
        self.refused(400, 'KeyTooLongError', self.call('PUT', 'k' * 1025, b'x'))
        self.running.service.settings['object_bytes_max'] = '3'
        self.refused(400, 'EntityTooLarge', self.call('PUT', 'k', b'four'))
        self.refused(501, 'NotImplemented', self.call('GET', 'k', query='acl='))


def jwt(claims, secret='test-jwt-secret-of-32-characters', algorithm='HS256'):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b'=').decode()
    text = part(json.dumps({'alg': algorithm, 'typ': 'JWT'}).encode()) + '.' \
        + part(json.dumps(claims).encode())
    return text + '.' + part(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


SERVICE_JWT = jwt({'role': 'service_role', 'exp': int(time.time()) + 3600})


class Supabase(unittest.TestCase):
    """Storage by a legacy JWT, unless a test brings other headers."""

    def setUp(self):
        self.running = Running(supabase.service({}))
        self.addCleanup(self.running.close)

    def call(self, method, path, body=b'', headers=None, access=None):
        if access is None:
            access = {'Authorization': f'Bearer {SERVICE_JWT}', 'apikey': SERVICE_JWT}
        return self.running.send(method, '/storage/v1' + path, {**access, **(headers or {})}, body)

    def put(self, key='a/b.wav', body=b'sound', **headers):
        return self.call('POST', f'/object/test-bucket/{key}', body, {
            'Content-Type': 'audio/wav',
            **{name.replace('_', '-'): value for name, value in headers.items()}})

    def refused(self, status_code, code, answer, status=400):
        self.assertEqual(answer.status, status, answer.body)
        told = answer.json()
        self.assertEqual((told['statusCode'], told['code']), (status_code, code))
        self.assertIsInstance(told['message'], str)

    def test_an_object_comes_back_as_it_was_put(self):
        metadata = base64.b64encode(b'{"sha256":"x"}').decode()
        put = self.put(x_metadata=metadata, Cache_Control='max-age=3600')
        self.assertEqual((put.status, put.json()['Key']), (200, 'test-bucket/a/b.wav'))
        for form in ('', 'authenticated/'):
            got = self.call('GET', f'/object/{form}test-bucket/a/b.wav')
            self.assertEqual((got.status, got.body), (200, b'sound'))
            self.assertEqual(got.headers['Content-Type'], 'audio/wav')
            self.assertEqual(got.headers['Cache-Control'], 'max-age=3600')
        head = self.call('HEAD', '/object/test-bucket/a/b.wav')
        self.assertEqual((head.status, head.headers['Content-Length']), (200, '5'))
        info = self.call('GET', '/object/info/test-bucket/a/b.wav').json()
        self.assertEqual((info['size'], info['metadata']), (5, {'sha256': 'x'}))
        part = self.call('GET', '/object/test-bucket/a/b.wav', headers={'Range': 'bytes=1-2'})
        self.assertEqual((part.status, part.body), (206, b'ou'))

    def test_upsert_decides_about_what_exists(self):
        self.assertEqual(self.put(body=b'1').status, 200)
        self.refused('409', 'KeyAlreadyExists', self.put(body=b'2'))
        self.refused('409', 'KeyAlreadyExists', self.put(body=b'2', x_upsert='false'))
        self.assertEqual(self.put(body=b'3', x_upsert='true').status, 200)
        self.assertEqual(self.call('GET', '/object/test-bucket/a/b.wav').body, b'3')
        self.assertEqual(self.running.service.state()['writes'], {'test-bucket/a/b.wav': 2})
        self.assertEqual(self.call('PUT', '/object/test-bucket/a/b.wav', b'4').status, 200)
        self.refused('404', 'NoSuchKey', self.call('PUT', '/object/test-bucket/new', b'4'))

    def test_names_sizes_types_and_metadata_are_checked(self):
        for key in ('%C3%A9', 'a~b', 'a%23b', 'a%25b', 'a%22b', '%ff', ''):
            self.refused('400', 'InvalidKey', self.put(key))
        self.assertEqual(self.put("a%20b!*'()&$=@;:+,?-".replace('?', '%3F')).status, 200)
        self.refused('404', 'NoSuchBucket', self.call('POST', '/object/other/k', b'x'))
        self.refused('400', 'InvalidParameter', self.put(x_metadata='not base64!'))
        self.refused('400', 'InvalidParameter', self.put(x_metadata='WzFd'))
        self.running.service.settings.update(file_size_limit='3', mime_types='audio/*')
        self.refused('413', 'EntityTooLarge', self.put('k'))
        self.refused('415', 'InvalidMimeType', self.put('k', b'x', Content_Type='text/html'))
        self.assertEqual(self.put('k', b'x').status, 200)

    def test_only_a_service_role_with_a_good_signature_works(self):
        def using(token, **more):
            return self.call('GET', '/bucket/test-bucket', access={
                'Authorization': f'Bearer {token}', **more})
        self.assertEqual(using(SERVICE_JWT).status, 200)
        self.refused('403', 'AccessDenied', using(jwt({'role': 'service_role'}, 'wrong')))
        self.refused('403', 'AccessDenied', using(jwt({'role': 'service_role', 'exp': 1})))
        self.refused('404', 'NoSuchKey', using(jwt({'role': 'anon'})))
        self.refused('400', 'InvalidJWT', using('nonsense'))
        self.refused('400', 'InvalidJWT', using(jwt({'role': 'service_role'}, algorithm='none')))
        self.refused('400', 'InvalidRequest', self.call('GET', '/bucket', access={'X': 'y'}))
        anonymous = {'Authorization': 'Bearer ' + jwt({'role': 'anon'})}
        self.refused('403', 'AccessDenied',
                     self.call('POST', '/object/test-bucket/k', b'x', access=anonymous))

    def test_a_secret_key_works_in_apikey_only(self):
        def using(**access):
            return self.call('GET', '/bucket/test-bucket', access=access)
        self.assertEqual(using(apikey='sb_secret_test').status, 200)
        self.assertEqual(using(apikey='sb_secret_other').status, 401)
        self.refused('400', 'InvalidJWT', using(Authorization='Bearer sb_secret_test'))
        self.refused('400', 'InvalidJWT', using(apikey='sb_secret_test',
                                                Authorization='Bearer sb_secret_test'))
        browser = {'apikey': 'sb_secret_test', 'User-Agent': 'Mozilla/5.0'}
        self.assertEqual(using(**browser).status, 401)

    def test_delete_list_and_buckets(self):
        self.put('a/1')
        self.put('a/2')
        listed = self.call('POST', '/object/list/test-bucket', {'prefix': 'a', 'limit': 10})
        self.assertEqual([row['name'] for row in listed.json()], ['1', '2'])
        self.assertEqual(self.call('DELETE', '/object/test-bucket/a/1').status, 200)
        self.refused('404', 'NoSuchKey', self.call('DELETE', '/object/test-bucket/a/1'))
        self.refused('404', 'NoSuchKey', self.call('GET', '/object/test-bucket/a/1'))
        self.assertEqual(self.call('HEAD', '/object/test-bucket/a/1').status, 400)
        self.refused('404', 'NoSuchBucket', self.call('GET', '/bucket/other'))
        self.assertEqual(self.call('GET', '/bucket').json()[0]['id'], 'test-bucket')

    def test_faults_have_the_service_s_form(self):
        for kind, status, code in (('503', 400, 'LockTimeout'), ('500', 500, 'InternalError'),
                                   ('429_retry_after', 429, 'SlowDown'),
                                   ('544', 544, 'DatabaseTimeout'), ('409', 400,
                                                                     'KeyAlreadyExists')):
            self.running.send('POST', '/_control/fault', {}, {'fault': kind})
            answer = self.call('GET', '/bucket')
            self.assertEqual((answer.status, answer.json()['code']), (status, code))


if __name__ == '__main__':
    unittest.main()
