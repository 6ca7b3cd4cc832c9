"""Verifies AWS Signature Version 4 in the Authorization header, from the bytes received.

Written against AWS's description only, and shares nothing with the client under test. What is wrong
is told by a reason of this module; each service turns it into its own code and status. Signatures
in the query (presigned URLs) and signed chunks are not accepted.
"""

import datetime
import hashlib
import hmac
import re
import urllib.parse

ALGORITHM = 'AWS4-HMAC-SHA256'
SKEW_SECONDS_MAX = 15 * 60
EMPTY_SHA256 = hashlib.sha256(b'').hexdigest()
UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'

# Reasons. The first column of every service's table of errors.
MISSING = 'missing'                     # no Authorization at all
MALFORMED = 'malformed'                 # Authorization or x-amz-date cannot be read
WRONG_REGION = 'wrong_region'
WRONG_SERVICE = 'wrong_service'
UNKNOWN_KEY = 'unknown_key'
BAD_TOKEN = 'bad_token'
SKEWED = 'skewed'
UNSIGNED_HEADERS = 'unsigned_headers'
NO_PAYLOAD_HASH = 'no_payload_hash'
BAD_PAYLOAD_HASH = 'bad_payload_hash'   # the header is there and makes no sense here
PAYLOAD_MISMATCH = 'payload_mismatch'
MISMATCH = 'mismatch'


class SignatureFault(Exception):
    """Why a request is not taken. `details` holds what the real service says with it."""

    def __init__(self, reason, message, **details):
        super().__init__(message)
        self.reason = reason
        self.details = details


class Keys:
    """The one account an emulator knows."""

    def __init__(self, key_id, secret, session_token=''):
        self.key_id = key_id
        self.secret = secret
        self.session_token = session_token


class Scope:
    """What a signature must be made for. `now` is seconds since the epoch."""

    def __init__(self, region, service, now, is_tls=False):
        self.region = region
        self.service = service
        self.now = now
        self.is_tls = is_tls

    @property
    def is_s3(self):
        return self.service == 's3'


class Authorization:
    """The three members of the header."""

    def __init__(self, key_id, scope, signed_headers, signature):
        self.key_id = key_id
        self.date, self.region, self.service, self.terminator = scope
        self.signed_headers = signed_headers
        self.signature = signature

    @property
    def scope_text(self):
        return '/'.join((self.date, self.region, self.service, self.terminator))


def verify(request, keys, scope):
    """Returns when the request is signed right; raises SignatureFault when it is not."""
    authorization = parse_authorization(request.headers.get('authorization'))
    _check_scope(authorization, scope)
    signed_at = _signed_at(request, authorization)
    if authorization.key_id != keys.key_id:
        raise SignatureFault(UNKNOWN_KEY, 'The access key id does not exist in our records.',
                             AWSAccessKeyId=authorization.key_id)
    _check_token(request, keys)
    if abs(scope.now - signed_at.timestamp()) > SKEW_SECONDS_MAX:
        raise SignatureFault(SKEWED, 'The difference between the request time and the current time '
                             'is too large.', RequestTime=signed_at.strftime('%Y%m%dT%H%M%SZ'))
    _check_signed_headers(request, authorization)
    payload_hash = _payload_hash(request, scope)
    canonical = canonical_request(request, authorization.signed_headers, payload_hash, scope.is_s3)
    to_sign = string_to_sign(signed_at, authorization.scope_text, canonical)
    wanted = signature(keys.secret, authorization, to_sign)
    if not hmac.compare_digest(wanted, authorization.signature):
        raise SignatureFault(
            MISMATCH, 'The request signature we calculated does not match the signature you '
            'provided. Check your key and signing method.', AWSAccessKeyId=keys.key_id,
            StringToSign=to_sign, SignatureProvided=authorization.signature,
            CanonicalRequest=canonical.decode('latin-1'))
    _check_body(request, scope, payload_hash)


def parse_authorization(header):
    """The header's members; order and blanks after commas are free, nothing else is."""
    if not header:
        raise SignatureFault(MISSING, 'The request carries no Authorization header.')
    algorithm, _, rest = header.partition(' ')
    if algorithm != ALGORITHM:
        raise SignatureFault(MALFORMED, 'The authorization mechanism you have provided is not '
                             'supported. Please use AWS4-HMAC-SHA256.')
    members = {}
    for part in rest.split(','):
        name, equals, value = part.strip().partition('=')
        if not equals or name in members:
            raise SignatureFault(MALFORMED, 'The authorization header is malformed.')
        members[name] = value
    if set(members) != {'Credential', 'SignedHeaders', 'Signature'}:
        raise SignatureFault(MALFORMED, 'The authorization header is malformed; it wants '
                             'Credential, SignedHeaders and Signature.')
    key_id, *scope = members['Credential'].rsplit('/', 4)
    if len(scope) != 4 or not re.fullmatch('[0-9]{8}', scope[0]) or scope[3] != 'aws4_request':
        raise SignatureFault(MALFORMED, 'The authorization header is malformed; the Credential is '
                             'mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/'
                             'aws4_request".')
    if not re.fullmatch('[0-9a-f]{64}', members['Signature']):
        raise SignatureFault(MALFORMED, 'The Signature is not 64 lower-case hex digits.')
    return Authorization(urllib.parse.unquote(key_id), scope,
                         members['SignedHeaders'].split(';'), members['Signature'])


def _check_scope(authorization, scope):
    if authorization.region != scope.region:
        raise SignatureFault(
            WRONG_REGION, f"The authorization header is malformed; the region "
            f"'{authorization.region}' is wrong; expecting '{scope.region}'", Region=scope.region)
    if authorization.service != scope.service:
        raise SignatureFault(
            WRONG_SERVICE, f'The authorization header is malformed; incorrect service '
            f'"{authorization.service}". This endpoint belongs to "{scope.service}".')


def _signed_at(request, authorization):
    """The time in x-amz-date, which must be given once and agree with the scope."""
    stamps = request.headers.all('x-amz-date')
    if len(stamps) != 1 or not re.fullmatch(r'[0-9]{8}T[0-9]{6}Z', stamps[0]):
        raise SignatureFault(MALFORMED, 'AWS authentication requires one valid x-amz-date header.')
    if stamps[0][:8] != authorization.date:
        raise SignatureFault(MALFORMED, 'The date in the Credential scope does not match YYYYMMDD '
                             'of the x-amz-date header.')
    try:
        moment = datetime.datetime.strptime(stamps[0], '%Y%m%dT%H%M%SZ')
    except ValueError as error:
        raise SignatureFault(MALFORMED, f'x-amz-date: {error}') from error
    return moment.replace(tzinfo=datetime.timezone.utc)


def _check_token(request, keys):
    if request.headers.get('x-amz-security-token', '') != keys.session_token:
        raise SignatureFault(BAD_TOKEN, 'The security token included in the request is invalid.')


def _check_signed_headers(request, authorization):
    names = authorization.signed_headers
    if names != sorted(set(names)) or any(name != name.lower() for name in names):
        raise SignatureFault(MALFORMED, 'SignedHeaders must be lower case, sorted, each once.')
    if any(name not in request.headers for name in names):
        raise SignatureFault(MISMATCH, 'A header that was signed was not sent.')
    needed = {'host'} | {name.lower() for name, _ in request.headers
                         if name.lower().startswith('x-amz-')}
    unsigned = sorted(needed - set(names))
    if unsigned:
        raise SignatureFault(UNSIGNED_HEADERS, 'There were headers present in the request which '
                             'were not signed', HeadersNotSigned=', '.join(unsigned))


def _payload_hash(request, scope):
    """What stands in the last line of the canonical request."""
    claimed = request.headers.get('x-amz-content-sha256')
    if claimed is None:
        if scope.is_s3:
            raise SignatureFault(NO_PAYLOAD_HASH, 'Missing required header for this request: '
                                 'x-amz-content-sha256')
        return hashlib.sha256(request.body).hexdigest()
    if claimed == UNSIGNED_PAYLOAD and scope.is_s3 and scope.is_tls:
        return claimed
    if not re.fullmatch('[0-9a-f]{64}', claimed):
        raise SignatureFault(BAD_PAYLOAD_HASH, 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD '
                             '(over https only) or a valid sha256 value.')
    return claimed


def _check_body(request, scope, payload_hash):
    """S3 checks the signature against the claimed hash first, and the body after it."""
    actual = hashlib.sha256(request.body).hexdigest()
    if payload_hash in (actual, UNSIGNED_PAYLOAD):
        return
    reason = PAYLOAD_MISMATCH if scope.is_s3 else MISMATCH
    raise SignatureFault(reason, "The provided 'x-amz-content-sha256' header does not match what "
                         'was computed.', ClientComputedContentSHA256=payload_hash,
                         S3ComputedContentSHA256=actual)


def canonical_request(request, signed_headers, payload_hash, is_s3):
    lines = [request.method.encode('latin-1'), canonical_path(request.path, is_s3),
             canonical_query(request.raw_query)]
    for name in signed_headers:
        values = [re.sub(' +', ' ', value.strip()) for value in request.headers.all(name)]
        lines.append(f"{name}:{','.join(values)}".encode('latin-1'))
    lines += [b'', ';'.join(signed_headers).encode('latin-1'), payload_hash.encode('latin-1')]
    return b'\n'.join(lines)


def canonical_path(path, is_s3):
    """S3 encodes the decoded path once; every other service encodes the path as it was sent, again,
    after taking out empty and dot segments."""
    if is_s3:
        return _encode(urllib.parse.unquote_to_bytes(path), keep='/') or b'/'
    kept = []
    for segment in path.split('/'):
        if segment == '..':
            del kept[-1:]
        elif segment not in ('', '.'):
            kept.append(_encode(segment.encode('latin-1')))
    tail = b'/' if path.endswith('/') and kept else b''
    return b'/' + b'/'.join(kept) + tail


def canonical_query(raw_query):
    pairs = []
    for pair in filter(None, raw_query.split('&')):
        name, _, value = pair.partition('=')
        pairs.append((_encode(urllib.parse.unquote_to_bytes(name)),
                      _encode(urllib.parse.unquote_to_bytes(value))))
    return b'&'.join(name + b'=' + value for name, value in sorted(pairs))


def _encode(data, keep=''):
    return urllib.parse.quote(data, safe='-._~' + keep).encode('ascii')


def string_to_sign(signed_at, scope_text, canonical):
    return '\n'.join((ALGORITHM, signed_at.strftime('%Y%m%dT%H%M%SZ'), scope_text,
                      hashlib.sha256(canonical).hexdigest()))


def signature(secret, authorization, to_sign):
    key = ('AWS4' + secret).encode('utf-8')
    for part in (authorization.date, authorization.region, authorization.service,
                 authorization.terminator):
        key = hmac.digest(key, part.encode('utf-8'), 'sha256')
    return hmac.digest(key, to_sign.encode('latin-1', 'backslashreplace'), 'sha256').hex()
