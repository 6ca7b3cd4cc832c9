"""What every emulator is made of: Request, Reply, Service.

A service module defines `service(settings: dict) -> Service`. The server (server.py) reads
requests, spoils answers on demand (faults.py) and keeps the log; a Service judges and answers.
`handle` runs on many threads at once: guard shared state with `self.lock`.
"""

import json
import threading
import urllib.parse

# What a kind of error means on the wire; a service adds its own kinds in `error`.
COMMON_ERRORS = {
    '400': (400, {}), '401': (401, {}), '402': (402, {}), '403': (403, {}), '404': (404, {}),
    '405': (405, {}), '408': (408, {}), '409': (409, {}), '411': (411, {}), '412': (412, {}),
    '413': (413, {}), '415': (415, {}), '422': (422, {}),
    '429': (429, {}), '429_retry_after': (429, {'Retry-After': '2'}),
    '500': (500, {}), '501': (501, {}), '502': (502, {}),
    '503': (503, {}), '503_retry_after': (503, {'Retry-After': '2'}), '504': (504, {}),
}


class JsonFault(ValueError):
    """The body is not JSON in UTF-8, repeats a key, or holds NaN or Infinity."""


def strict_json(text):
    """Parses bytes or str; refuses what a careful service refuses."""
    def pairs(members):
        seen = {}
        for name, value in members:
            if name in seen:
                raise JsonFault(f'duplicate key {name!r}')
            seen[name] = value
        return seen

    def constant(name):
        raise JsonFault(f'{name} is not JSON')

    try:
        if isinstance(text, (bytes, bytearray)):
            text = bytes(text).decode('utf-8')
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except JsonFault:
        raise
    except (ValueError, RecursionError) as error:
        raise JsonFault(str(error)) from error


class Headers:
    """Header fields as sent; names compare without case."""

    def __init__(self, items):
        self.items = list(items)

    def get(self, name, default=None):
        """The field's value; repeated fields are joined by ', ' as HTTP allows."""
        values = self.all(name)
        return ', '.join(values) if values else default

    def all(self, name):
        return [value for other, value in self.items if other.lower() == name.lower()]

    def __contains__(self, name):
        return bool(self.all(name))

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self):
        return iter(self.items)


class Request:
    """One request: `path` is percent-encoded as sent and without the query."""

    def __init__(self, method, target, headers, body=b'', scheme='http'):
        self.method = method
        self.scheme = scheme
        self.path, _, self.raw_query = target.partition('?')
        self.query = urllib.parse.parse_qsl(self.raw_query, keep_blank_values=True)
        self.headers = Headers(headers)
        self.body = body

    def json(self):
        return strict_json(self.body)

    def query_get(self, name, default=None):
        return next((value for other, value in self.query if other == name), default)

    @property
    def content_type(self):
        """The media type alone, lower case, without parameters."""
        return self.headers.get('content-type', '').partition(';')[0].strip().lower()

    @property
    def base_url(self):
        """Where the client thinks this server is; for URLs in answers."""
        return f"{self.scheme}://{self.headers.get('host', '127.0.0.1')}"


class Reply:
    """One answer. A dict or list body becomes JSON; `chunked` sends it without Content-Length."""

    def __init__(self, status, body=b'', headers=None, chunked=False):
        self.status = status
        self.headers = dict(headers or {})
        self.chunked = chunked
        kind = 'application/octet-stream'
        if isinstance(body, (dict, list)):
            body, kind = json.dumps(body, ensure_ascii=False), 'application/json; charset=UTF-8'
        elif isinstance(body, str):
            kind = 'text/plain; charset=utf-8'
        self.body = body.encode('utf-8') if isinstance(body, str) else bytes(body)
        if self.body and not any(name.lower() == 'content-type' for name in self.headers):
            self.headers['Content-Type'] = kind


class Refusal(Exception):
    """Raised anywhere inside handle() to answer with `reply`."""

    def __init__(self, reply):
        super().__init__(f'refused with {reply.status}')
        self.reply = reply


class Service:
    """Base of every emulator. Subclasses override handle, error_body and what else they need."""

    # Names in the query that carry a credential: such a request is refused with 400 and logged.
    secret_query_names = ('key', 'access_token', 'sig')

    def __init__(self, settings):
        self.settings = settings
        self.lock = threading.RLock()

    def handle(self, request):
        """Judges and answers one request."""
        raise NotImplementedError

    def handle_partial(self, request):
        """Called for a request whose body broke off: a resumable upload may keep what came."""

    def error(self, kind):
        """The provider's own form of an error, by name; KeyError when it has none."""
        status, headers = COMMON_ERRORS[kind]
        return Reply(status, self.error_body(status, kind), headers)

    def error_body(self, status, kind):
        """The body of a common error."""
        return {'error': {'code': kind, 'message': f'emulated {status}'}}

    def refuse(self, request, kind, message):
        """The answer to what the frame itself refuses (no User-Agent, too large, ...)."""
        del request, message
        return self.error(kind)

    def state(self):
        """What a test may want to see; JSON."""
        return {}

    def reset(self):
        """Forgets everything but the settings."""

    # Settings arrive as text from --set and may change while running (POST /_control/set).
    def text(self, name, default=''):
        return str(self.settings.get(name, default))

    def number(self, name, default=0):
        return float(self.settings.get(name, default))

    def flag(self, name, default=False):
        return str(self.settings.get(name, default)).lower() in ('1', 'true', 'yes', 'on')

    def words(self, name, default=()):
        """A comma-separated setting as a list."""
        value = self.settings.get(name)
        if value is None:
            return list(default)
        return [word.strip() for word in str(value).split(',') if word.strip()]
