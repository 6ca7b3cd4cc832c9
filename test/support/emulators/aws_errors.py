"""Polly's errors, and the signature faults of every AWS service that answers in JSON."""

import uuid

import sigv4
from frame import Reply

# kind -> (HTTP status, name, message)
ERRORS = {
    '400': (400, 'ValidationException', '1 validation error detected.'),
    '400_ssml': (400, 'InvalidSsmlException', 'Invalid SSML request'),
    '400_length': (400, 'TextLengthExceededException', 'Maximum text length has been exceeded'),
    '400_sample_rate': (400, 'InvalidSampleRateException', 'The specified sample rate is not '
                        'valid.'),
    '400_language': (400, 'LanguageNotSupportedException', 'This voice does not speak the '
                     'language.'),
    '400_engine': (400, 'EngineNotSupportedException', 'This voice does not support the selected '
                   'engine'),
    '400_marks': (400, 'MarksNotSupportedForFormatException', 'Speech marks are only for json.'),
    '400_expired_token': (400, 'ExpiredTokenException', 'The security token included in the '
                          'request is expired'),
    '402': (402, 'ServiceQuotaExceededException', 'The quota of the account is exceeded.'),
    '401': (403, 'UnrecognizedClientException', 'The security token included in the request is '
            'invalid.'),
    '403': (403, 'AccessDeniedException', 'User is not authorized to perform: '
            'polly:SynthesizeSpeech'),
    '404': (404, 'UnknownOperationException', ''),
    '404_lexicon': (404, 'LexiconNotFoundException', 'Lexicon not found'),
    '429': (400, 'ThrottlingException', 'Rate exceeded'),
    '500': (500, 'ServiceFailureException', 'The service failed.'),
    '503': (503, 'ServiceUnavailableException', 'The service is unavailable.'),
}
ERRORS['429_quota_day'] = ERRORS['402']

SIGNATURE_FAULTS = {
    sigv4.MISSING: (403, 'MissingAuthenticationTokenException'),
    sigv4.MALFORMED: (403, 'IncompleteSignatureException'),
    sigv4.WRONG_REGION: (403, 'InvalidSignatureException'),
    sigv4.WRONG_SERVICE: (403, 'InvalidSignatureException'),
    sigv4.UNKNOWN_KEY: (403, 'UnrecognizedClientException'),
    sigv4.BAD_TOKEN: (403, 'UnrecognizedClientException'),
    sigv4.SKEWED: (403, 'InvalidSignatureException'),
    sigv4.UNSIGNED_HEADERS: (403, 'InvalidSignatureException'),
    sigv4.BAD_PAYLOAD_HASH: (403, 'InvalidSignatureException'),
    sigv4.MISMATCH: (403, 'InvalidSignatureException'),
}


def reply(status, name, message, headers=None):
    """A modelled error: its name is in a header, with a URL behind it as the service sends it."""
    return Reply(status, {'message': message}, {
        'Content-Type': 'application/json', 'x-amzn-RequestId': str(uuid.uuid4()),
        'x-amzn-ErrorType': f'{name}:http://internal.amazon.com/coral/com.amazonaws.parrot/',
        **(headers or {})})


def for_kind(kind, headers=None):
    status, name, message = ERRORS[kind]
    return reply(status, name, message, headers)


def for_signature(fault):
    message = str(fault)
    if fault.reason == sigv4.SKEWED:
        message = f"Signature expired: {fault.details['RequestTime']} is too far from now."
    return reply(*SIGNATURE_FAULTS[fault.reason], message)
