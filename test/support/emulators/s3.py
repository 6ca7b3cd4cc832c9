"""Emulates S3: objects by path style and virtual-host style, signed with Signature Version 4.

PUT, GET, HEAD, DELETE of objects, HEAD of a bucket, ListObjectsV2. Settings: access_key_id,
secret_access_key, session_token, region, clock_offset_s, buckets (comma list), domains (suffixes
of Host that leave the bucket's name before them), object_bytes_max.
"""

import base64
import binascii
import hashlib
import time
import urllib.parse
import zlib

import s3_errors
import s3_list
import sigv4
from frame import Refusal, Reply, Service
from stored_objects import BadRange, StoredObject, byte_range

KEY_BYTES_MAX = 1024
METADATA_BYTES_MAX = 2048
OBJECT_BYTES_MAX = 5 * 1024 ** 3
DOMAINS = ('s3.localhost', 'localhost', 's3.us-east-1.amazonaws.com', 's3.amazonaws.com')
CHECKSUMS = {
    'x-amz-checksum-crc32': lambda body: zlib.crc32(body).to_bytes(4, 'big'),
    'x-amz-checksum-sha1': lambda body: hashlib.sha1(body).digest(),
    'x-amz-checksum-sha256': lambda body: hashlib.sha256(body).digest(),
}
OBJECT_QUERY = {'x-id'}


class S3(Service):
    """One account in one region, with buckets that exist from the start."""

    secret_query_names = Service.secret_query_names + ('x-amz-signature', 'x-amz-security-token')

    def __init__(self, settings):
        super().__init__(settings)
        self.reset()

    def reset(self):
        """Empties the buckets. `writes` outlives an object that is deleted."""
        with self.lock:
            self.objects, self.writes = {}, {}

    def state(self):
        with self.lock:
            return {'objects': {f'{bucket}/{key}': stored.summary()
                                for (bucket, key), stored in self.objects.items()},
                    'writes': {f'{bucket}/{key}': count
                               for (bucket, key), count in self.writes.items()}}

    def error(self, kind):
        headers = {'Retry-After': '2'} if kind.endswith('_retry_after') else None
        plain = kind.removesuffix('_retry_after')
        if plain in s3_errors.ERRORS:
            return s3_errors.for_kind(plain, headers=headers)
        return super().error(kind)

    def error_body(self, status, kind):
        return s3_errors.reply(status, 'InternalError', f'emulated {status}').body

    def refuse(self, request, kind, message):
        reply = self.error(kind)
        code = s3_errors.ERRORS.get(kind, (0, 'InvalidRequest'))[1]
        return s3_errors.reply(reply.status, code, message)

    def handle(self, request):
        try:
            sigv4.verify(request, self._keys(), sigv4.Scope(
                self._region(), 's3', time.time() + self.number('clock_offset_s'),
                request.scheme == 'https'))
        except sigv4.SignatureFault as fault:
            return s3_errors.for_signature(fault)
        bucket, key = self._place(request)
        if not bucket:
            raise Refusal(self.error('501' if request.method == 'GET' else '405'))
        if bucket not in self.words('buckets', ('test-bucket',)):
            raise Refusal(s3_errors.for_kind('404_bucket', {'BucketName': bucket}))
        if key:
            return self._object(request, bucket, key)
        return self._bucket(request, bucket)

    def _region(self):
        return self.text('region', 'us-east-1')

    def _keys(self):
        return sigv4.Keys(self.text('access_key_id', 'AKIDEXAMPLE'),
                          self.text('secret_access_key', 'test-secret'),
                          self.text('session_token'))

    def _place(self, request):
        """(bucket, key), the bucket from Host when it stands there."""
        try:
            path = urllib.parse.unquote_to_bytes(request.path).decode('utf-8')
        except UnicodeDecodeError as error:
            raise Refusal(self.error('400_uri')) from error
        host = request.headers.get('host', '').partition(':')[0].lower()
        for domain in self.words('domains', DOMAINS):
            if host == domain:
                break
            if host.endswith('.' + domain):
                return host.removesuffix('.' + domain), path.removeprefix('/')
        bucket, _, key = path.removeprefix('/').partition('/')
        return bucket, key

    def _bucket(self, request, bucket):
        if request.method == 'HEAD':
            return Reply(200, b'', {'x-amz-bucket-region': self._region()})
        if request.method != 'GET':
            raise Refusal(self.error('405'))
        if request.query_get('list-type') != '2':
            raise Refusal(self.error('501'))
        with self.lock:
            objects = {key: stored for (other, key), stored in self.objects.items()
                       if other == bucket}
        return s3_list.answer(bucket, objects, request.query)

    def _object(self, request, bucket, key):
        if len(key.encode('utf-8')) > KEY_BYTES_MAX:
            raise Refusal(self.error('400_key_too_long'))
        if any(name not in OBJECT_QUERY for name, _ in request.query):
            raise Refusal(self.error('501'))
        if request.method == 'PUT':
            return self._put(request, (bucket, key))
        if request.method in ('GET', 'HEAD'):
            return self._get(request, (bucket, key))
        if request.method == 'DELETE':
            with self.lock:
                self.objects.pop((bucket, key), None)
            return Reply(204)
        raise Refusal(self.error('405'))

    def _put(self, request, place):
        self._check_put(request)
        metadata = self._metadata(request)
        with self.lock:
            if 'if-none-match' in request.headers and place in self.objects:
                raise Refusal(s3_errors.for_kind('412', {'Condition': 'If-None-Match'}))
            self.writes[place] = self.writes.get(place, 0) + 1
            stored = StoredObject(
                request.body, request.headers.get('content-type', 'binary/octet-stream'), metadata,
                self.writes[place])
            self.objects[place] = stored
        echoed = {name: request.headers[name] for name in CHECKSUMS if name in request.headers}
        return Reply(200, b'', {'ETag': stored.etag, **echoed})

    def _check_put(self, request):
        if 'x-amz-copy-source' in request.headers or 'if-match' in request.headers \
                or request.headers.get('if-none-match', '*') != '*' \
                or 'aws-chunked' in request.headers.get('content-encoding', ''):
            raise Refusal(self.error('501'))
        if len(request.body) > self.number('object_bytes_max', OBJECT_BYTES_MAX):
            raise Refusal(s3_errors.for_kind('413', {'ProposedSize': len(request.body)}))
        wanted = {'content-md5': hashlib.md5(request.body).digest()}
        wanted.update((name, digest(request.body)) for name, digest in CHECKSUMS.items())
        for name, digest in wanted.items():
            if name not in request.headers:
                continue
            try:
                claimed = base64.b64decode(request.headers[name], validate=True)
            except binascii.Error as error:
                raise Refusal(self.error('400_invalid_digest')) from error
            if claimed != digest:
                raise Refusal(self.error('400_bad_digest'))

    def _metadata(self, request):
        metadata = {name.lower().removeprefix('x-amz-meta-'): value
                    for name, value in request.headers if name.lower().startswith('x-amz-meta-')}
        if sum(len(name) + len(value) for name, value in metadata.items()) > METADATA_BYTES_MAX:
            raise Refusal(s3_errors.reply(400, 'MetadataTooLarge', 'Your metadata headers exceed '
                                          'the maximum allowed metadata size'))
        return metadata

    def _get(self, request, place):
        with self.lock:
            stored = self.objects.get(place)
        if stored is None:
            raise Refusal(s3_errors.for_kind('404', {'Key': place[1]}))
        headers = {'ETag': stored.etag, 'Last-Modified': stored.last_modified,
                   'Content-Type': stored.content_type, 'Accept-Ranges': 'bytes'}
        headers.update((f'x-amz-meta-{name}', value) for name, value in stored.metadata.items())
        try:
            limits = byte_range(request.headers.get('range'), len(stored.body))
        except BadRange as error:
            raise Refusal(s3_errors.for_kind('416', {
                'ActualObjectSize': len(stored.body)})) from error
        if limits is None:
            return Reply(200, stored.body, headers)
        first, last = limits
        headers['Content-Range'] = f'bytes {first}-{last}/{len(stored.body)}'
        return Reply(206, stored.body[first:last + 1], headers)


def service(settings):
    return S3(settings)
