#!/usr/bin/env python3
"""A receiver of pg_debrief's webhook, in Python's own library: receiver.py PORT; the secret is in WEBHOOK_SECRET.

It checks each message as Standard Webhooks says, takes each id once, and prints what it took, a line each."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1 << 20


def key_of(secret):
    return base64.b64decode(secret.removeprefix('whsec_')) if secret.startswith('whsec_') else secret.encode()


def verify(key, headers, body, now):
    """Whether the body is from who knows the key, and not an old one that is sent again by somebody else."""
    message_id, timestamp = headers.get('webhook-id', ''), headers.get('webhook-timestamp', '')
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    code = base64.b64encode(hmac.new(key, f'{message_id}.{timestamp}.'.encode() + body, hashlib.sha256).digest()).decode()
    # Several signatures, while a secret is changed.
    return any(hmac.compare_digest(f'v1,{code}'.encode(), given.encode()) for given in headers.get('webhook-signature', '').split(' '))


class Receiver(http.server.BaseHTTPRequestHandler):
    key = b''
    taken = set()  # in an application: a table with a unique key, written in the transaction that acts on the message

    def do_POST(self):
        length = self.headers.get('Content-Length', '')
        body = self.rfile.read(int(length)) if length.isdecimal() and int(length) <= BODY_BYTES_MAX else b''
        if not verify(self.key, self.headers, body, time.time()):
            return self.answer(401)
        message_id = self.headers['webhook-id']
        if message_id not in self.taken:
            print(json.dumps({'id': message_id, **json.loads(body)}), flush=True)
            self.taken.add(message_id)  # not before: what fails comes again
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == '__main__':
    Receiver.key = key_of(os.environ['WEBHOOK_SECRET'])
    http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Receiver).serve_forever()
