"""S3's errors in XML."""

import uuid
from xml.sax.saxutils import escape

import sigv4
from frame import Reply

# kind -> (HTTP status, code, message)
ERRORS = {
    '301': (301, 'PermanentRedirect', 'The bucket you are attempting to access must be addressed '
            'using the specified endpoint.'),
    '400': (400, 'InvalidRequest', 'The request is not valid.'),
    '400_bad_digest': (400, 'BadDigest', 'The Content-MD5 or checksum you specified did not match '
                       'what we received.'),
    '400_invalid_digest': (400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.'),
    '400_argument': (400, 'InvalidArgument', 'Invalid argument'),
    '400_expired_token': (400, 'ExpiredToken', 'The provided token has expired.'),
    '400_key_too_long': (400, 'KeyTooLongError', 'Your key is too long'),
    '400_name': (400, 'InvalidBucketName', 'The specified bucket is not valid.'),
    '400_request_timeout': (400, 'RequestTimeout', 'Your socket connection to the server was not '
                            'read from or written to within the timeout period.'),
    '400_uri': (400, 'InvalidURI', "Couldn't parse the specified URI."),
    '401': (403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our '
            'records.'),
    '403': (403, 'AccessDenied', 'Access Denied'),
    '403_skew': (403, 'RequestTimeTooSkewed', 'The difference between the request time and the '
                 'current time is too large.'),
    '404': (404, 'NoSuchKey', 'The specified key does not exist.'),
    '404_bucket': (404, 'NoSuchBucket', 'The specified bucket does not exist'),
    '405': (405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'),
    '409': (409, 'ConditionalRequestConflict', 'The conditional request cannot succeed due to a '
            'conflicting operation against this resource.'),
    '411': (411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.'),
    '412': (412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not '
            'hold'),
    '413': (400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size'),
    '416': (416, 'InvalidRange', 'The requested range is not satisfiable'),
    '429': (429, 'TooManyRequests', 'Please reduce your request rate.'),
    '429_quota_day': (503, 'SlowDown', 'Please reduce your request rate.'),
    '500': (500, 'InternalError', 'We encountered an internal error. Please try again.'),
    '501': (501, 'NotImplemented', 'A header or query you provided implies functionality that is '
            'not implemented.'),
    '503': (503, 'ServiceUnavailable', 'Please reduce your request rate.'),
    '503_slow_down': (503, 'SlowDown', 'Please reduce your request rate.'),
}

SIGNATURE_FAULTS = {
    sigv4.MISSING: (403, 'AccessDenied'),
    sigv4.MALFORMED: (400, 'AuthorizationHeaderMalformed'),
    sigv4.WRONG_REGION: (400, 'AuthorizationHeaderMalformed'),
    sigv4.WRONG_SERVICE: (400, 'AuthorizationHeaderMalformed'),
    sigv4.UNKNOWN_KEY: (403, 'InvalidAccessKeyId'),
    sigv4.BAD_TOKEN: (400, 'InvalidToken'),
    sigv4.SKEWED: (403, 'RequestTimeTooSkewed'),
    sigv4.UNSIGNED_HEADERS: (403, 'AccessDenied'),
    sigv4.NO_PAYLOAD_HASH: (400, 'InvalidRequest'),
    sigv4.BAD_PAYLOAD_HASH: (400, 'InvalidArgument'),
    sigv4.PAYLOAD_MISMATCH: (400, 'XAmzContentSHA256Mismatch'),
    sigv4.MISMATCH: (403, 'SignatureDoesNotMatch'),
}


def reply(status, code, message, details=None, headers=None):
    request_id = uuid.uuid4().hex[:16].upper()
    members = {'Code': code, 'Message': message, **(details or {}), 'RequestId': request_id,
               'HostId': 'emulator'}
    body = ''.join(f'<{name}>{escape(_printable(str(value)))}</{name}>'
                   for name, value in members.items())
    return Reply(status, f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{body}</Error>',
                 {'Content-Type': 'application/xml', 'x-amz-request-id': request_id,
                  **(headers or {})})


def for_kind(kind, details=None, headers=None):
    status, code, message = ERRORS[kind]
    return reply(status, code, message, details, headers)


def for_signature(fault):
    status, code = SIGNATURE_FAULTS[fault.reason]
    message = str(fault) if fault.reason != sigv4.MISSING else 'Access Denied'
    return reply(status, code, message, fault.details)


def _printable(text):
    """Without the characters that XML 1.0 cannot hold."""
    return ''.join(char if char >= ' ' or char in '\t\r\n' else '\ufffd' for char in text)
