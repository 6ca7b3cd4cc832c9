"""Google's token endpoint: a JWT signed by a service account (RS256) buys an access token.

Settings: public_key (PEM file: public key or certificate), token_audience, client_email,
token_seconds (3600), tokens_epoch (change it while running: tokens issued before die).
"""

import base64
import json
import secrets
import time
import urllib.parse

from frame import Reply, strict_json

GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
AUDIENCE = 'https://oauth2.googleapis.com/token'
SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
LIFETIME_SECONDS_MAX = 3600
CLOCK_SKEW_SECONDS = 300


class BadGrant(ValueError):
    """Why a JWT buys nothing."""


class TokenIssuer:
    """Issues tokens and knows the living ones; `owner` is the service whose settings it reads."""

    def __init__(self, owner):
        self._owner = owner
        self._tokens = {}
        self.issued = 0

    def reset(self):
        self._tokens.clear()
        self.issued = 0

    def is_valid(self, token):
        good_until, epoch = self._tokens.get(token, (0, None))
        return good_until > time.time() and epoch == self._owner.text('tokens_epoch')

    def handle(self, request):
        """POST /token."""
        if request.content_type != 'application/x-www-form-urlencoded':
            return _refused('invalid_request', 'want a form')
        form = dict(urllib.parse.parse_qsl(request.body.decode('utf-8', 'replace')))
        if form.get('grant_type') != GRANT:
            return _refused('unsupported_grant_type', 'Invalid grant_type: '
                            + form.get('grant_type', ''))
        try:
            self._check(form.get('assertion', ''))
        except BadGrant as problem:
            return _refused('invalid_grant', str(problem))
        token = 'ya29.' + secrets.token_urlsafe(40)
        seconds = self._owner.number('token_seconds', LIFETIME_SECONDS_MAX)
        with self._owner.lock:
            self._tokens[token] = (time.time() + seconds, self._owner.text('tokens_epoch'))
            self.issued += 1
        return Reply(200, {'access_token': token, 'expires_in': int(seconds),
                           'token_type': 'Bearer'})

    def _check(self, assertion):
        parts = assertion.split('.')
        if len(parts) != 3:
            raise BadGrant('the assertion is not a JWT')
        head, claims = (_decoded_json(part) for part in parts[:2])
        if head.get('alg') != 'RS256' or head.get('typ', 'JWT') != 'JWT':
            raise BadGrant('want RS256')
        if not self._is_signed('.'.join(parts[:2]).encode(), _decoded(parts[2])):
            raise BadGrant('Invalid JWT Signature.')
        now = time.time()
        issued, expires = claims.get('iat'), claims.get('exp')
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise BadGrant('iat and exp must be whole numbers')
        if expires - issued > LIFETIME_SECONDS_MAX or expires < now \
                or abs(issued - now) > CLOCK_SKEW_SECONDS:
            raise BadGrant('Invalid JWT: Token must be a short-lived token (60 minutes) and in a '
                           'reasonable timeframe.')
        if claims.get('aud') != self._owner.text('token_audience', AUDIENCE):
            raise BadGrant('Invalid JWT: wrong audience')
        if SCOPE not in str(claims.get('scope', '')).split():
            raise BadGrant('Invalid OAuth scope.')
        expected = self._owner.text('client_email')
        if not claims.get('iss') or (expected and claims['iss'] != expected):
            raise BadGrant('Invalid grant: account not found')

    def _is_signed(self, message, signature):
        # Imported here: only tests with service accounts need the package.
        from cryptography import exceptions, x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding
        path = self._owner.text('public_key')
        if not path:
            raise BadGrant('the emulator has no setting public_key')
        with open(path, 'rb') as file:
            pem = file.read()
        key = x509.load_pem_x509_certificate(pem).public_key() if b'CERTIFICATE' in pem \
            else serialization.load_pem_public_key(pem)
        try:
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            return True
        except exceptions.InvalidSignature:
            return False


def _decoded(part):
    if '=' in part:
        raise BadGrant('a JWT has no padding')
    try:
        return base64.b64decode(part + '=' * (-len(part) % 4), altchars=b'-_', validate=True)
    except ValueError as error:
        raise BadGrant('a part of the JWT is not base64url') from error


def _decoded_json(part):
    try:
        value = strict_json(_decoded(part))
    except ValueError as error:
        raise BadGrant(f'a part of the JWT is not JSON: {error}') from error
    if not isinstance(value, dict):
        raise BadGrant('a part of the JWT is not an object')
    return value


def _refused(error, description):
    return Reply(400, {'error': error, 'error_description': description})


def signed_assertion(private_key, claims):
    """A JWT for tests; `private_key` is an object of the package cryptography."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b'=')

    message = b'.'.join(encoded(json.dumps(part).encode())
                        for part in ({'alg': 'RS256', 'typ': 'JWT'}, claims))
    signature = private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return (message + b'.' + encoded(signature)).decode()
