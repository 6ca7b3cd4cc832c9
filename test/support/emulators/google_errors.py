"""Errors of Google's APIs: google.rpc.Status as JSON, and Service.error's names for them."""

from frame import Refusal, Reply

NAMES = {400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED',
         404: 'NOT_FOUND', 405: 'UNIMPLEMENTED', 408: 'DEADLINE_EXCEEDED', 409: 'ABORTED',
         411: 'INVALID_ARGUMENT', 412: 'FAILED_PRECONDITION', 413: 'INVALID_ARGUMENT',
         415: 'INVALID_ARGUMENT', 422: 'INVALID_ARGUMENT', 429: 'RESOURCE_EXHAUSTED',
         499: 'CANCELLED', 500: 'INTERNAL', 501: 'UNIMPLEMENTED', 502: 'UNAVAILABLE',
         503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED'}
MESSAGES = {400: 'Request contains an invalid argument.',
            401: 'Request had invalid authentication credentials.',
            403: 'The caller does not have permission',
            404: 'Requested entity was not found.',
            413: 'Request payload size exceeds the limit.',
            429: 'Resource has been exhausted (e.g. check quota).',
            500: 'An internal error has occurred. Please retry.',
            503: 'The model is overloaded. Please try again later.',
            504: 'Deadline expired before operation could complete.'}


def body(code, message=None, details=None, status=None):
    error = {'code': code, 'message': message or MESSAGES.get(code, 'Error.'),
             'status': status or NAMES[code]}
    if details:
        error['details'] = details
    return {'error': error}


def reply(code, message=None, details=None, status=None):
    return Reply(code, body(code, message, details, status))


def refusal(code, message=None, details=None, status=None):
    return Refusal(reply(code, message, details, status))


def invalid(violation):
    """The 400 for a proto_json.Violation."""
    return refusal(400, violation.description, [
        {'@type': 'type.googleapis.com/google.rpc.BadRequest', 'fieldViolations': [
            {'field': violation.field, 'description': violation.description}]}])


def reason(name, host):
    return {'@type': 'type.googleapis.com/google.rpc.ErrorInfo', 'reason': name,
            'domain': 'googleapis.com', 'metadata': {'service': host}}


def bad_key(host):
    return reply(400, 'API key not valid. Please pass a valid API key.',
                 [reason('API_KEY_INVALID', host)])


def no_credential():
    return reply(403, "Method doesn't allow unregistered callers (callers without established "
                      'identity). Please use API Key or other form of API consumer identity to '
                      'call this API.')


def bad_token(host):
    return reply(401, 'Request had invalid authentication credentials. Expected OAuth 2 access '
                      'token, login cookie or other valid authentication credential.',
                 [reason('ACCESS_TOKEN_EXPIRED', host)])


def quota(retry_seconds, per_day=False):
    """A 429 with QuotaFailure, and RetryInfo unless the day's quota is gone."""
    period = 'PerDay' if per_day else 'PerMinute'
    details = [
        {'@type': 'type.googleapis.com/google.rpc.QuotaFailure', 'violations': [{
            'quotaMetric': 'generativelanguage.googleapis.com/generate_content_requests',
            'quotaId': f'GenerateRequests{period}PerProjectPerModel',
            'quotaDimensions': {'location': 'global'}, 'quotaValue': '10'}]},
        {'@type': 'type.googleapis.com/google.rpc.Help', 'links': [
            {'description': 'Learn more', 'url': 'https://ai.google.dev/gemini-api/docs'}]}]
    message = 'You exceeded your current quota, please check your plan and billing details.'
    if not per_day:
        details.append({'@type': 'type.googleapis.com/google.rpc.RetryInfo',
                        'retryDelay': f'{retry_seconds:g}s'})
        message += f' Please retry in {retry_seconds:g}s.'
    return reply(429, message, details)
