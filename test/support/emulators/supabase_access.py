"""Who a request to Supabase comes from: a legacy JWT (HS256) or a secret key.

The rules of the gateway and of Storage in one place: a secret key is not a JWT, so it works in
`apikey` and is refused as Bearer; it is refused from browsers as well.
"""

import base64
import binascii
import hmac
import re

from frame import JsonFault, strict_json

SERVICE_ROLE = 'service_role'


class AccessFault(Exception):
    """Refused by Storage itself; `kind` is one of supabase.ERRORS."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class GatewayFault(Exception):
    """Refused in front of Storage, in the gateway's form."""


def role_of(request, jwt_secret, secret_key, now):
    """The role a request runs as."""
    api_key = request.headers.get('apikey', '')
    bearer = request.headers.get('authorization')
    if api_key.startswith('sb_'):
        return _role_of_secret_key(request, api_key, secret_key, bearer)
    if bearer is None:
        raise AccessFault('400', "headers must have required property 'authorization'")
    token = bearer.removeprefix('Bearer ')
    if token.startswith('sb_'):
        raise AccessFault('400_jwt', 'Invalid Compact JWS')
    if api_key and api_key != token:
        read_jwt(api_key, jwt_secret, now)
    return read_jwt(token, jwt_secret, now).get('role', 'anon')


def _role_of_secret_key(request, api_key, secret_key, bearer):
    if api_key != secret_key:
        raise GatewayFault('Invalid API key')
    if 'mozilla' in request.headers.get('user-agent', '').lower():
        raise GatewayFault('Forbidden use of secret API key in browser')
    if bearer is not None:
        raise AccessFault('400_jwt', 'Invalid Compact JWS')
    return SERVICE_ROLE


def read_jwt(token, secret, now):
    """The claims of a token that holds."""
    match = re.fullmatch(r'([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)', token)
    if not match:
        raise AccessFault('400_jwt', 'Invalid Compact JWS')
    try:
        header, claims = (strict_json(_base64url(match.group(part))) for part in (1, 2))
        signature = _base64url(match.group(3))
    except (binascii.Error, JsonFault) as error:
        raise AccessFault('400_jwt', 'Invalid Compact JWS') from error
    if not isinstance(header, dict) or not isinstance(claims, dict) \
            or header.get('alg') != 'HS256':
        raise AccessFault('400_jwt', '"alg" (Algorithm) Header Parameter value not allowed')
    signed = f'{match.group(1)}.{match.group(2)}'.encode('ascii')
    if not hmac.compare_digest(hmac.digest(secret.encode('utf-8'), signed, 'sha256'), signature):
        raise AccessFault('403', 'signature verification failed')
    expires = claims.get('exp')
    if expires is not None and (not isinstance(expires, (int, float)) or expires <= now):
        raise AccessFault('403', 'jwt expired')
    return claims


def _base64url(text):
    return base64.b64decode(text + '=' * (-len(text) % 4), altchars=b'-_', validate=True)
