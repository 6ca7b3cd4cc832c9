"""Emulates Supabase Storage: objects (POST, PUT, GET, HEAD, DELETE, info, list) and buckets.

Nearly every error is HTTP 400; what it means stands in the body. Settings: prefix
('/storage/v1'), jwt_secret, secret_key (sb_secret_...), buckets (comma list), file_size_limit,
mime_types (comma list, 'audio/*' allowed; none: all).
"""

import base64
import re
import time
import urllib.parse
import uuid

import supabase_access
from frame import JsonFault, Refusal, Reply, Service, strict_json
from stored_objects import BadRange, StoredObject, byte_range

KEY_PATTERN = r"[A-Za-z0-9_/!.*'() &$=@;:+,?-]+"
FILE_SIZE_LIMIT = 50 * 1024 * 1024
LIST_ROWS_MAX = 1000
HTTP_STATUS = {'429': 429, '500': 500, '544': 544}
BORN = '2026-01-01T00:00:00.000Z'

# kind -> (statusCode, error, code, message)
ERRORS = {
    '400': ('400', 'invalid_request', 'InvalidRequest', 'The request is invalid'),
    '400_jwt': ('400', 'InvalidJWT', 'InvalidJWT', 'Invalid Compact JWS'),
    '400_key': ('400', 'InvalidKey', 'InvalidKey', 'Invalid key'),
    '400_metadata': ('400', 'InvalidParameter', 'InvalidParameter', 'x-metadata is not base64 of '
                     'a JSON object'),
    '401': ('403', 'Unauthorized', 'AccessDenied', 'signature verification failed'),
    '403': ('403', 'Unauthorized', 'AccessDenied', 'signature verification failed'),
    '403_policy': ('403', 'Unauthorized', 'AccessDenied', 'new row violates row-level security '
                   'policy'),
    '404': ('404', 'not_found', 'NoSuchKey', 'Object not found'),
    '404_bucket': ('404', 'Bucket not found', 'NoSuchBucket', 'Bucket not found'),
    '404_route': ('404', 'Not Found', 'NotFound', 'Route not found'),
    '409': ('409', 'Duplicate', 'KeyAlreadyExists', 'The resource already exists'),
    '413': ('413', 'Payload too large', 'EntityTooLarge', 'The object exceeded the maximum allowed '
            'size'),
    '415': ('415', 'invalid_mime_type', 'InvalidMimeType', 'mime type is not supported'),
    '416': ('416', 'InvalidRange', 'InvalidRange', 'The requested range is not satisfiable'),
    '423': ('423', 'ResourceLocked', 'ResourceLocked', 'The resource is locked'),
    '429': ('429', 'too_many_requests', 'SlowDown', 'Too many requests'),
    '429_quota_day': ('402', 'quota_exceeded', 'QuotaExceeded', 'Service is restricted'),
    '500': ('500', 'internal', 'InternalError', 'Internal Server Error'),
    '503': ('503', 'lock_timeout', 'LockTimeout', 'Lock timeout'),
    '503_read_only': ('503', 'database_read_only', 'DatabaseReadOnly', 'The database is read-only'),
    '544': ('544', 'database_timeout', 'DatabaseTimeout', 'The connection to the database timed '
            'out'),
}


class Supabase(Service):
    """Storage of one project, with buckets that exist from the start."""

    secret_query_names = Service.secret_query_names + ('token', 'apikey')

    def __init__(self, settings):
        super().__init__(settings)
        self.reset()

    def reset(self):
        with self.lock:
            self.objects, self.writes = {}, {}

    def state(self):
        with self.lock:
            return {'objects': {'/'.join(place): stored.summary()
                                for place, stored in self.objects.items()},
                    'writes': {'/'.join(place): count for place, count in self.writes.items()}}

    def error(self, kind):
        headers = {'Retry-After': '2'} if kind.endswith('_retry_after') else {}
        plain = kind.removesuffix('_retry_after')
        if plain in ERRORS:
            return _error(plain, headers=headers)
        return super().error(kind)

    def error_body(self, status, kind):
        """What no Storage answers comes from the gateway in front of it."""
        return {'message': f'emulated gateway error {status}'}

    def refuse(self, request, kind, message):
        return _error(kind if kind in ERRORS else '400', message)

    def handle(self, request):
        prefix = self.text('prefix', '/storage/v1')
        if not request.path.startswith(prefix + '/'):
            return Reply(404, {'message': 'no Route matched with those values'})
        self._check_access(request)
        path = request.path.removeprefix(prefix)
        for pattern, methods, answer in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and request.method in methods:
                return answer(self, request, *match.groups())
        return _error('404_route', f'Route {request.method}:{path} not found')

    def _check_access(self, request):
        try:
            role = supabase_access.role_of(
                request, self.text('jwt_secret', 'test-jwt-secret-of-32-characters'),
                self.text('secret_key', 'sb_secret_test'), time.time())
        except supabase_access.GatewayFault as fault:
            raise Refusal(Reply(401, {'message': str(fault), 'hint': 'Double check your Supabase '
                                      '`anon` or `service_role` API key.'})) from fault
        except supabase_access.AccessFault as fault:
            raise Refusal(_error(fault.kind, str(fault))) from fault
        if role != supabase_access.SERVICE_ROLE:
            # Row-level security hides what the role may not see, and refuses what it writes.
            writes = request.method in ('POST', 'PUT', 'PATCH')
            raise Refusal(_error('403_policy' if writes else '404'))

    def _place(self, bucket, path):
        """(bucket, key) after the checks of both names."""
        try:
            bucket, key = (urllib.parse.unquote(part, errors='strict') for part in (bucket, path))
        except UnicodeDecodeError as error:
            raise Refusal(_error('400_key')) from error
        if not re.fullmatch(KEY_PATTERN, key):
            raise Refusal(_error('400_key', f'Invalid key: {key}'))
        if bucket not in self._buckets():
            raise Refusal(_error('404_bucket'))
        return bucket, key

    def _buckets(self):
        return self.words('buckets', ('test-bucket',))

    def upload(self, request, bucket, path):
        place = self._place(bucket, path)
        self._check_body(request)
        metadata = _metadata(request)
        upsert = request.method == 'PUT' or request.headers.get('x-upsert') == 'true'
        with self.lock:
            if request.method == 'PUT' and place not in self.objects:
                raise Refusal(_error('404'))
            if place in self.objects and not upsert:
                raise Refusal(_error('409'))
            self.writes[place] = self.writes.get(place, 0) + 1
            stored = StoredObject(request.body, request.content_type or 'text/plain', metadata,
                                  self.writes[place])
            stored.id = str(uuid.uuid4())
            stored.cache_control = request.headers.get('cache-control', 'no-cache')
            self.objects[place] = stored
        return Reply(200, {'Id': stored.id, 'Key': '/'.join(place)})

    def _check_body(self, request):
        if request.content_type == 'multipart/form-data':
            raise Refusal(_error('400', 'the emulator takes raw bodies only'))
        if len(request.body) > self.number('file_size_limit', FILE_SIZE_LIMIT):
            raise Refusal(_error('413'))
        allowed = self.words('mime_types')
        kind = request.content_type
        if allowed and not {kind, kind.partition('/')[0] + '/*'} & set(allowed):
            raise Refusal(_error('415', f'mime type {kind} is not supported'))

    def _found(self, bucket, path):
        place = self._place(bucket, path)
        with self.lock:
            stored = self.objects.get(place)
        if stored is None:
            raise Refusal(_error('404'))
        return place, stored

    def download(self, request, bucket, path):
        _, stored = self._found(bucket, path)
        headers = {'Content-Type': stored.content_type, 'ETag': stored.etag,
                   'Cache-Control': stored.cache_control, 'Last-Modified': stored.last_modified,
                   'Accept-Ranges': 'bytes'}
        try:
            limits = byte_range(request.headers.get('range'), len(stored.body))
        except BadRange as error:
            raise Refusal(_error('416')) from error
        if limits is None:
            return Reply(200, stored.body, headers)
        first, last = limits
        headers['Content-Range'] = f'bytes {first}-{last}/{len(stored.body)}'
        return Reply(206, stored.body[first:last + 1], headers)

    def info(self, request, bucket, path):
        del request
        place, stored = self._found(bucket, path)
        return Reply(200, {
            'id': stored.id, 'name': place[1], 'version': stored.id, 'bucket_id': place[0],
            'size': len(stored.body), 'content_type': stored.content_type,
            'cache_control': stored.cache_control, 'etag': stored.etag,
            'metadata': stored.metadata, 'last_modified': stored.modified_iso,
            'created_at': stored.modified_iso})

    def delete(self, request, bucket, path):
        del request
        place, _ = self._found(bucket, path)
        with self.lock:
            self.objects.pop(place, None)
        return Reply(200, {'message': 'Successfully deleted'})

    def delete_many(self, request, bucket):
        prefixes = _member(request, 'prefixes', list)
        removed = []
        for key in prefixes:
            place = self._place(bucket, urllib.parse.quote(str(key)))
            with self.lock:
                stored = self.objects.pop(place, None)
            if stored is not None:
                removed.append(_row(place, stored))
        return Reply(200, removed)

    def list(self, request, bucket):
        prefix = _member(request, 'prefix', str).rstrip('/')
        prefix = prefix + '/' if prefix else ''
        if urllib.parse.unquote(bucket) not in self._buckets():
            raise Refusal(_error('404_bucket'))
        with self.lock:
            rows = [(place[1].removeprefix(prefix), place, stored)
                    for place, stored in sorted(self.objects.items())
                    if place[0] == urllib.parse.unquote(bucket) and place[1].startswith(prefix)]
        return Reply(200, [{**_row(place, stored), 'name': name}
                           for name, place, stored in rows if '/' not in name][:LIST_ROWS_MAX])

    def bucket(self, request, name):
        del request
        name = urllib.parse.unquote(name)
        if name not in self._buckets():
            return _error('404_bucket')
        return Reply(200, self._bucket_row(name))

    def all_buckets(self, request):
        del request
        return Reply(200, [self._bucket_row(name) for name in self._buckets()])

    def _bucket_row(self, name):
        return {'id': name, 'name': name, 'owner': '', 'public': False, 'type': 'STANDARD',
                'file_size_limit': int(self.number('file_size_limit', FILE_SIZE_LIMIT)),
                'allowed_mime_types': self.words('mime_types') or None,
                'created_at': BORN, 'updated_at': BORN}


# The first that fits, as the service's router does.
ROUTES = (
    (r'/bucket/?', ('GET',), Supabase.all_buckets),
    (r'/bucket/([^/]+)', ('GET',), Supabase.bucket),
    (r'/object/list/([^/]+)', ('POST',), Supabase.list),
    (r'/object/info/(?:authenticated/)?([^/]+)/(.*)', ('GET', 'HEAD'), Supabase.info),
    (r'/object/authenticated/([^/]+)/(.*)', ('GET', 'HEAD'), Supabase.download),
    (r'/object/([^/]+)/(.*)', ('GET', 'HEAD'), Supabase.download),
    (r'/object/([^/]+)/(.*)', ('POST', 'PUT'), Supabase.upload),
    (r'/object/([^/]+)/(.*)', ('DELETE',), Supabase.delete),
    (r'/object/([^/]+)', ('DELETE',), Supabase.delete_many),
)


def _error(kind, message=None, headers=None):
    status_code, error, code, standard = ERRORS[kind]
    return Reply(HTTP_STATUS.get(status_code, 400),
                 {'statusCode': status_code, 'error': error, 'message': message or standard,
                  'code': code}, headers)


def _metadata(request):
    """The JSON object in x-metadata."""
    text = request.headers.get('x-metadata')
    if text is None:
        return {}
    try:
        metadata = strict_json(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise Refusal(_error('400_metadata')) from error
    if not isinstance(metadata, dict):
        raise Refusal(_error('400_metadata'))
    return metadata


def _member(request, name, kind):
    try:
        body = request.json()
    except JsonFault as fault:
        raise Refusal(_error('400', str(fault))) from fault
    if not isinstance(body, dict) or not isinstance(body.get(name), kind):
        raise Refusal(_error('400', f'body must have the property {name}'))
    return body[name]


def _row(place, stored):
    return {'name': place[1], 'id': stored.id, 'bucket_id': place[0],
            'created_at': stored.modified_iso, 'updated_at': stored.modified_iso,
            'last_accessed_at': stored.modified_iso,
            'metadata': {'eTag': stored.etag, 'size': len(stored.body),
                         'mimetype': stored.content_type,
                         'cacheControl': stored.cache_control}}


def service(settings):
    return Supabase(settings)
