"""What a test steers: the queue of faults, held requests, the log.

All of it is reached over POST and GET /_control/... on the emulator's own port.
"""

import collections
import hashlib
import json
import re
import threading
import time

LOG_LINES_MAX = 100_000
LOGGED_BODY_BYTES_MAX = 64 * 1024
HELD_SECONDS_MAX = 3600
FOREVER = -1

SECRET_HEADERS = {
    'authorization', 'proxy-authorization', 'x-goog-api-key', 'xi-api-key', 'api-key', 'apikey',
    'x-api-key', 'ocp-apim-subscription-key', 'x-amz-security-token', 'cookie',
}


def fingerprint(secret):
    return 'sha256:' + hashlib.sha256(secret.encode('utf-8', 'surrogateescape')).hexdigest()[:12]


class Rule:
    """A fault for the next `times` requests that match, after `skip` of them."""

    def __init__(self, order):
        self.match = re.compile(order.get('match', '.*'))
        self.fault = order['fault']
        self.times = int(order.get('times', 1))
        self.skip = int(order.get('skip', 0))

    def take(self, subject):
        if self.times == 0 or not self.match.search(subject):
            return None
        if self.skip > 0:
            self.skip -= 1
            return None
        if self.times != FOREVER:
            self.times -= 1
        return self.fault


class Log:
    """One JSON line a request, in memory and in a file."""

    def __init__(self, path=None):
        self._lock = threading.Lock()
        self._lines = collections.deque(maxlen=LOG_LINES_MAX)
        self._file = open(path, 'a', encoding='utf-8') if path else None

    def append(self, line):
        with self._lock:
            self._lines.append(line)
            if self._file:
                self._file.write(json.dumps(line, ensure_ascii=True) + '\n')
                self._file.flush()

    def lines(self):
        with self._lock:
            return list(self._lines)

    def clear(self):
        """Empties the memory; the file keeps the whole history."""
        with self._lock:
            self._lines.clear()


class Control:
    """The state behind /_control; one for each server."""

    def __init__(self, log_path=None):
        self.log = Log(log_path)
        self._changed = threading.Condition()
        self._rules = []
        self._holds = []
        self._counts = collections.Counter()

    def add_fault(self, order):
        with self._changed:
            self._rules.append(Rule(order))

    def take_fault(self, subject):
        """The fault of the first rule that wants this request, or None."""
        with self._changed:
            for rule in self._rules:
                fault = rule.take(subject)
                if fault is not None:
                    return fault
        return None

    def heal(self):
        with self._changed:
            self._rules.clear()

    def hold(self, pattern):
        with self._changed:
            self._holds.append(re.compile(pattern))

    def release(self):
        with self._changed:
            self._holds.clear()
            self._changed.notify_all()

    def wait_while_held(self, subject, is_gone):
        """Returns when no hold wants this request, or its client has gone."""
        deadline = time.monotonic() + HELD_SECONDS_MAX
        with self._changed:
            if not self._holds_back(subject):
                return
            self._counts['held'] += 1
            try:
                while self._holds_back(subject):
                    self._changed.wait(0.1)
                    if is_gone() or time.monotonic() > deadline:
                        return
            finally:
                self._counts['held'] -= 1

    def _holds_back(self, subject):
        return any(hold.search(subject) for hold in self._holds)

    def arrive(self):
        """Numbers a request and counts it as in flight."""
        with self._changed:
            self._counts['requests'] += 1
            self._counts['in_flight'] += 1
            self._counts['in_flight_max'] = max(self._counts['in_flight_max'],
                                                self._counts['in_flight'])
            return self._counts['requests']

    def leave(self):
        with self._changed:
            self._counts['in_flight'] -= 1

    def state(self):
        with self._changed:
            names = ('requests', 'in_flight', 'in_flight_max', 'held')
            return {**{name: self._counts[name] for name in names},
                    'faults_waiting': sum(1 for rule in self._rules if rule.times != 0)}

    def reset(self):
        with self._changed:
            self._rules.clear()
            self._counts['requests'] = 0
            self._counts['in_flight_max'] = self._counts['in_flight']
        self.release()
        self.log.clear()


def log_line(request, secret_names):
    """The part of a log line that is known before the answer."""
    headers = {}
    for name, value in request.headers:
        if name.lower() in SECRET_HEADERS:
            value = fingerprint(value)
        headers[name.lower()] = f'{headers[name.lower()]}, {value}' if name.lower() in headers \
            else value
    query, has_secret = [], False
    for name, value in request.query:
        if name.lower() in secret_names:
            value, has_secret = fingerprint(value), True
        query.append([name, value])
    line = {'method': request.method, 'path': request.path, 'query': query, 'headers': headers,
            'body_bytes': len(request.body),
            'body_sha256': hashlib.sha256(request.body).hexdigest(), 'body': _readable(request)}
    if has_secret:
        line['secret_in_url'] = True
    return line


def _readable(request):
    """The body as text when it is small and of a kind people read."""
    if len(request.body) >= LOGGED_BODY_BYTES_MAX:
        return None
    if not re.search(r'json|xml|x-www-form-urlencoded|^text/', request.content_type):
        return None
    try:
        return request.body.decode('utf-8')
    except UnicodeDecodeError:
        return None
