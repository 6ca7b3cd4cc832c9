"""What the tests of the emulators need on the client's side: a server in this process, a client
that sends bytes as they are told, and a signer written apart from sigv4.py."""

import datetime
import hashlib
import hmac
import http.client
import json
import threading

from server import EmulatorServer

KEY_ID, SECRET, REGION = 'AKIDEXAMPLE', 'test-secret', 'us-east-1'
UNRESERVED = b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'


class Answer:
    """One answer of an emulator."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Running:
    """An emulator on a port of its own, until close()."""

    def __init__(self, service):
        self.service = service
        self.server = EmulatorServer(service)
        self.host = f'127.0.0.1:{self.server.port}'
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def send(self, method, target, headers=None, body=b''):
        """Sends the target as it stands. A dict becomes JSON."""
        headers = {'User-Agent': 'test', **(headers or {})}
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers.setdefault('Content-Type', 'application/json')
        connection = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=60)
        try:
            connection.putrequest(method, target, skip_host='Host' in headers,
                                  skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if method in ('POST', 'PUT'):
                connection.putheader('Content-Length', str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def percent(data, keep=b''):
    return ''.join(chr(byte) if byte in UNRESERVED + keep else f'%{byte:02X}' for byte in data)


def signed(order, service='s3', secret=SECRET, key_id=KEY_ID, region=REGION, at=None):
    """Headers for `order` = (method, host, canonical path, canonical query, headers, body)."""
    method, host, path, query, headers, body = order
    at = at or datetime.datetime.now(datetime.timezone.utc)
    stamp, day = at.strftime('%Y%m%dT%H%M%SZ'), at.strftime('%Y%m%d')
    digest = hashlib.sha256(body).hexdigest()
    out = {'Host': host, 'X-Amz-Date': stamp, **headers}
    if service == 's3':
        out.setdefault('X-Amz-Content-Sha256', digest)
    lower = {name.lower(): ' '.join(value.split()) for name, value in out.items()}
    names = ';'.join(sorted(lower))
    canonical = '\n'.join([method, path, query]
                          + [f'{name}:{lower[name]}' for name in sorted(lower)]
                          + ['', names, lower.get('x-amz-content-sha256', digest)])
    scope = f'{day}/{region}/{service}/aws4_request'
    text = '\n'.join(['AWS4-HMAC-SHA256', stamp, scope,
                      hashlib.sha256(canonical.encode('latin-1')).hexdigest()])
    key = f'AWS4{secret}'.encode()
    for step in (day, region, service, 'aws4_request'):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    out['Authorization'] = (f'AWS4-HMAC-SHA256 Credential={key_id}/{scope}, '
                            f'SignedHeaders={names}, Signature={mac}')
    return out
