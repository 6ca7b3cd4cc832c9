"""The verifier of Signature Version 4 against AWS's published examples and against spoilt requests.

Run: python3 -m unittest test_sigv4
"""

import calendar
import datetime
import unittest

import sigv4
from frame import Request
from signing_for_tests import KEY_ID, SECRET, percent, signed

AWS_KEYS = sigv4.Keys('AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
AWS_DAY = calendar.timegm((2013, 5, 24, 0, 0, 0))
SUITE_KEYS = sigv4.Keys('AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')
SUITE_DAY = calendar.timegm((2015, 8, 30, 12, 36, 0))
KEYS = sigv4.Keys(KEY_ID, SECRET)
NOW = datetime.datetime(2026, 11, 23, 12, 0, 0, tzinfo=datetime.timezone.utc)
HOST = '127.0.0.1:9000'


def scope(service='s3', now=NOW.timestamp(), region='us-east-1', is_tls=False):
    return sigv4.Scope(region, service, now, is_tls)


def aws_example(method, target, signature, headers=(), body=b''):
    """A request of "Authenticating Requests: Using the Authorization Header" (S3's documents)."""
    items = [('Host', 'examplebucket.s3.amazonaws.com'), *headers,
             ('x-amz-content-sha256', sigv4.hashlib.sha256(body).hexdigest())]
    if 'x-amz-date' not in dict(items):
        items.append(('x-amz-date', '20130524T000000Z'))
    names = ';'.join(sorted(name.lower() for name, _ in items))
    items.append(('Authorization', 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/'
                  f'us-east-1/s3/aws4_request,SignedHeaders={names},Signature={signature}'))
    return Request(method, target, items, body)


class PublishedExamples(unittest.TestCase):
    """Signatures that AWS printed; nothing of ours made them."""

    def test_s3_takes_the_example_of_get(self):
        sigv4.verify(aws_example(
            'GET', '/test.txt', 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
            [('Range', 'bytes=0-9')]), AWS_KEYS, scope(now=AWS_DAY))

    def test_s3_takes_the_example_of_put(self):
        sigv4.verify(aws_example(
            'PUT', '/test$file.text',
            '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
            [('Date', 'Fri, 24 May 2013 00:00:00 GMT'), ('x-amz-date', '20130524T000000Z'),
             ('x-amz-storage-class', 'REDUCED_REDUNDANCY')], b'Welcome to Amazon S3.'),
            AWS_KEYS, scope(now=AWS_DAY))

    def test_s3_takes_the_examples_with_a_query(self):
        for target, signature in (
                ('/?lifecycle', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'),
                ('/?max-keys=2&prefix=J',
                 '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'),
                ('/?prefix=J&max-keys=2',
                 '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7')):
            sigv4.verify(aws_example('GET', target, signature), AWS_KEYS, scope(now=AWS_DAY))

    def test_the_suite_s_get_vanilla_is_taken(self):
        request = Request('GET', '/', [
            ('Host', 'example.amazonaws.com'), ('X-Amz-Date', '20150830T123600Z'),
            ('Authorization', 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/'
             'aws4_request, SignedHeaders=host;x-amz-date, Signature='
             '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')])
        sigv4.verify(request, SUITE_KEYS, scope('service', SUITE_DAY))


class Verifier(unittest.TestCase):
    """Requests of the test's own signer, right and spoilt in one point."""

    def request(self, path='/b/k', canonical=None, headers=None, body=b'x', **options):
        query = options.pop('query', '')
        service = options.get('service', 's3')
        order = ('PUT', HOST, canonical or path, options.pop('canonical_query', query),
                 headers or {}, body)
        made = signed(order, at=options.pop('at', NOW), **options)
        return Request('PUT', path + ('?' + query if query else ''), made.items(), body), service

    def refused(self, reason, made, keys=KEYS, **options):
        request, service = made
        with self.assertRaises(sigv4.SignatureFault) as caught:
            sigv4.verify(request, keys, scope(service, **options))
        self.assertEqual(caught.exception.reason, reason)

    def taken(self, made, keys=KEYS, **options):
        request, service = made
        sigv4.verify(request, keys, scope(service, **options))

    def test_a_right_request_is_taken(self):
        self.taken(self.request(headers={'x-amz-meta-a': ' two   blanks ', 'Content-Type': 'a/b'}))

    def test_special_characters_must_be_signed_encoded(self):
        for name in ('a=b', 'a+b', 'a:b', 'a*b', 'a(b)', 'a b', 'é', '~a', 'a%b', "a'b", 'a&b@c'):
            encoded = '/b/' + percent(name.encode())
            self.taken(self.request(encoded))
            raw = '/b/' + name
            if raw != encoded and ' ' not in raw and '%' not in raw and raw.isascii():
                self.taken(self.request(raw, encoded))
                self.refused(sigv4.MISMATCH, self.request(raw, raw))

    def test_lower_case_escapes_must_be_signed_in_upper_case(self):
        self.taken(self.request('/b/%c3%a9', '/b/%C3%A9'))
        self.refused(sigv4.MISMATCH, self.request('/b/%c3%a9', '/b/%c3%a9'))

    def test_other_services_sign_the_path_encoded_twice(self):
        self.taken(self.request('/v1/lexicons/a%20b', '/v1/lexicons/a%2520b', service='polly'))
        self.refused(sigv4.MISMATCH, self.request('/v1/lexicons/a%20b', service='polly'))

    def test_the_query_is_signed_sorted_and_with_equal_signs(self):
        self.taken(self.request(query='prefix=a%2Fb&max-keys=1',
                                canonical_query='max-keys=1&prefix=a%2Fb'))
        self.taken(self.request(query='uploads', canonical_query='uploads='))
        self.refused(sigv4.MISMATCH, self.request(query='b=1&a=2'))
        self.refused(sigv4.MISMATCH, self.request(query='uploads'))

    def test_a_wrong_secret_is_refused(self):
        self.refused(sigv4.MISMATCH, self.request(secret='other'))
        self.refused(sigv4.MISMATCH, self.request(secret='other', service='polly'))

    def test_a_changed_body_is_refused(self):
        for service, reason in (('s3', sigv4.PAYLOAD_MISMATCH), ('polly', sigv4.MISMATCH)):
            made = self.request(service=service)
            made[0].body = b'y'
            self.refused(reason, made)

    def test_a_changed_method_path_query_or_header_is_refused(self):
        for spoil in ({'method': 'GET'}, {'path': '/b/other'}, {'raw_query': 'a=1'}):
            made = self.request()
            for name, value in spoil.items():
                setattr(made[0], name, value)
            self.refused(sigv4.MISMATCH, made)
        made = self.request(headers={'Content-Type': 'a/b'})
        made[0].headers.items = [(name, 'c/d' if value == 'a/b' else value)
                                 for name, value in made[0].headers.items]
        self.refused(sigv4.MISMATCH, made)

    def test_the_clock_may_be_fifteen_minutes_off(self):
        self.taken(self.request(), now=NOW.timestamp() + 899)
        self.taken(self.request(), now=NOW.timestamp() - 899)
        self.refused(sigv4.SKEWED, self.request(), now=NOW.timestamp() + 901)
        self.refused(sigv4.SKEWED, self.request(), now=NOW.timestamp() - 901)

    def test_region_service_key_and_token_must_be_the_server_s(self):
        self.refused(sigv4.WRONG_REGION, self.request(region='eu-west-1'))
        self.refused(sigv4.WRONG_SERVICE, (self.request(service='polly')[0], 's3'))
        self.refused(sigv4.UNKNOWN_KEY, self.request(key_id='AKIAOTHER'))
        with_token = sigv4.Keys(KEY_ID, SECRET, 'token')
        self.refused(sigv4.BAD_TOKEN, self.request(), keys=with_token)
        self.taken(self.request(headers={'x-amz-security-token': 'token'}), keys=with_token)

    def test_every_amz_header_must_be_signed(self):
        made = self.request()
        made[0].headers.items.append(('x-amz-meta-late', '1'))
        self.refused(sigv4.UNSIGNED_HEADERS, made)

    def test_a_signed_header_must_be_sent(self):
        made = self.request(headers={'Expect': ''})
        made[0].headers.items = [item for item in made[0].headers.items if item[0] != 'Expect']
        self.refused(sigv4.MISMATCH, made)

    def test_the_hash_of_the_payload_is_needed_by_s3(self):
        made = self.request()
        made[0].headers.items = [item for item in made[0].headers.items
                                 if item[0] != 'X-Amz-Content-Sha256']
        self.refused(sigv4.MISMATCH, made)
        for name, value in made[0].headers.items:
            if name == 'Authorization':
                made[0].headers.items.remove((name, value))
                made[0].headers.items.append((name, value.replace('x-amz-content-sha256;', '')))
        self.refused(sigv4.NO_PAYLOAD_HASH, made)

    def test_an_unsigned_payload_is_taken_over_tls_only(self):
        headers = {'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD'}
        self.taken(self.request(headers=headers), is_tls=True)
        self.refused(sigv4.BAD_PAYLOAD_HASH, self.request(headers=headers))
        streaming = {'X-Amz-Content-Sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'}
        self.refused(sigv4.BAD_PAYLOAD_HASH, self.request(headers=streaming), is_tls=True)

    def test_what_cannot_be_read_is_refused(self):
        good = self.request()[0].headers.get('authorization')
        self.refused(sigv4.MISSING, (Request('GET', '/', []), 's3'))
        for bad in ('Bearer x', good.replace('Credential=', 'Cred='), good[:-1], good + 'A',
                    good.replace('/aws4_request', ''), good.replace('host;', 'host,'),
                    good.replace('SignedHeaders=host;', 'SignedHeaders=zzz;host;'),
                    good.replace('/2026', '/2025'), good + ', Signature=' + 'a' * 64):
            made = self.request()
            made[0].headers.items = [item for item in made[0].headers.items
                                     if item[0] != 'Authorization'] + [('Authorization', bad)]
            self.refused(sigv4.MALFORMED, made)


if __name__ == '__main__':
    unittest.main()
