"""Runs an emulator as a test does: its own process, its port by file, its control over HTTP."""

import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time

RUN = pathlib.Path(__file__).resolve().parent / 'run.py'
START_SECONDS_MAX = 20
WAIT_SECONDS_MAX = 10
CALL_SECONDS_MAX = 30


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Emulator:
    """A running emulator; use it as a context manager."""

    def __init__(self, name, *arguments, **settings):
        self._folder = tempfile.TemporaryDirectory()
        self.log_path = pathlib.Path(self._folder.name) / 'log.jsonl'
        port_file = pathlib.Path(self._folder.name) / 'port'
        words = [word for pair in settings.items() for word in ('--set', f'{pair[0]}={pair[1]}')]
        self.process = subprocess.Popen(
            [sys.executable, str(RUN), name, '--port-file', str(port_file), '--log',
             str(self.log_path), '--watch-stdin', *arguments, *words], stdin=subprocess.PIPE)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f'the emulator {name} does not start')
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()
        self._folder.cleanup()

    def call(self, method, path, body=b'', headers=None, timeout=CALL_SECONDS_MAX):
        """One request on a new connection. A dict body is JSON."""
        given = {'User-Agent': 'test/1', **(headers or {})}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            given.setdefault('Content-Type', 'application/json')
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        try:
            connection.request(method, path, body, given)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def control(self, name, **order):
        answer = self.call('POST', f'/_control/{name}', order)
        if answer.status != 200:
            raise ValueError(answer.body.decode())
        return answer

    def fault(self, fault, match='.*', times=1, skip=0):
        self.control('fault', fault=fault, match=match, times=times, skip=skip)

    def log(self):
        return self.call('GET', '/_control/log').json()

    def state(self):
        return self.call('GET', '/_control/state').json()

    def wait_for(self, condition):
        """Waits until condition(state) holds; fails loudly."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not condition(self.state()):
            if time.monotonic() > deadline:
                raise TimeoutError(f'still {self.state()}')
            time.sleep(0.02)
