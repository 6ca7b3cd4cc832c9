"""The menu of faults: how a good answer is replaced, spoilt, delayed or sent wrongly.

A fault is a name, `name:argument`, several joined by '+' ('429+json_array'), an error name of the
service, or {"status":, "headers":, "body":}. README.md lists them.
"""

import gzip
import json
import re
import struct

import quirks
from frame import Reply

BOMB_MEMBER_BYTES = 10 * 1024 * 1024
BOMB_MEMBERS = 100
HUGE_BYTES = 1024 ** 3
HUGE_CHUNK_BYTES = 64 * 1024
LONG_HEADER_BYTES = 120_000
BASE64_CHARS_MIN = 64
HTML_PAGE = ('<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad '
             'Gateway</h1><p>key=AIzaSyEmulatedLeak000000000000000000000</p></body></html>')


class Plan:
    """What a fault does to one request, from before its body is read to the last byte."""

    def __init__(self):
        self.replacement = None     # Service -> Reply; then handle() is not called: no effects
        self.spoilers = []          # Reply -> Reply
        self.sender = None          # (Wire, Reply) -> None
        self.wait_before_ms = 0
        self.wait_after_ms = 0
        self.request_bytes_max = None
        self.withholds_continue = False


def plan_for(fault, service):
    """Reads a fault order. Raises KeyError for a name that nobody knows."""
    plan = Plan()
    if fault is None:
        return plan
    if isinstance(fault, dict):
        plan.replacement = lambda _: Reply(int(fault['status']), fault.get('body', b''),
                                           fault.get('headers'))
        return plan
    parts = [fault] if fault.startswith('redirect:') else fault.split('+')
    for part in parts:
        name, _, argument = part.partition(':')
        if name in _MENU:
            _MENU[name](plan, argument)
        else:
            service.error(part)     # an unknown name must fail when it is ordered
            plan.replacement = lambda chosen, kind=part: chosen.error(kind)
    return plan


def _replaced(make):
    def order(plan, argument):
        plan.replacement = lambda service: make(service, argument)
    return order


def _spoilt(spoil):
    def order(plan, argument):
        plan.spoilers.append(lambda reply: spoil(reply, argument))
    return order


def _sent(send, has_effects=True):
    def order(plan, argument):
        plan.sender = lambda wire, reply: send(wire, reply, argument)
        if not has_effects:
            plan.replacement = lambda service: Reply(200)
    return order


def _slow_first_byte(plan, argument):
    plan.wait_before_ms = int(argument)


def _after_timeout(plan, argument):
    plan.wait_after_ms = int(argument)


def _reset_request(plan, argument):
    plan.request_bytes_max = int(argument or 0)


def _no_continue(plan, argument):
    del argument
    plan.withholds_continue = True


def _reset(wire, reply, argument):
    del reply, argument
    wire.reset()


def _hang(wire, reply, argument):
    del reply, argument
    wire.hang()


def _drop(wire, reply, argument):
    del reply, argument
    wire.drop()


def _head_and_half(wire, reply):
    wire.head(reply, {'Content-Length': max(2, len(reply.body))})
    wire.body(reply.body[:len(reply.body) // 2] or b'{')


def _reset_mid_body(wire, reply, argument):
    del argument
    _head_and_half(wire, reply)
    # The half must leave this machine before the RST throws away what is unsent.
    wire.wait(0.2)
    wire.reset()


def _truncate(wire, reply, argument):
    del argument
    wire.close = True
    wire.head(reply, {'Content-Length': len(reply.body) + 1000})
    wire.body(reply.body)
    wire.drop()


def _chunked_cut(wire, reply, argument):
    del argument
    wire.close = True
    wire.head(reply, {'Transfer-Encoding': 'chunked'})
    wire.chunks(reply.body[:max(1, len(reply.body) // 2)] or b'{')
    wire.drop()


def _drip(wire, reply, argument):
    wire.head(reply, {'Content-Length': len(reply.body)})
    for index in range(len(reply.body)):
        if not wire.wait(float(argument or 1000) / 1000):
            wire.drop()
        wire.body(reply.body[index:index + 1])


def _huge(wire, reply, argument):
    left = int(argument or HUGE_BYTES)
    wire.close = True
    wire.head(reply, {'Content-Type': 'application/json', 'Content-Length': left})
    while left > 0:
        part = min(left, HUGE_CHUNK_BYTES)
        wire.body(b' ' * part)
        left -= part


def _http10(wire, reply, argument):
    del argument
    wire.version, wire.close = 'HTTP/1.0', True
    wire.head(reply, {})
    wire.body(reply.body)
    wire.drop()


def _with(reply, body=None, headers=None):
    """A copy of the reply with another body or more headers."""
    return Reply(reply.status, reply.body if body is None else body,
                 {**reply.headers, **(headers or {})}, reply.chunked)


def _malformed_json(reply, argument):
    del argument
    cut = reply.body[:len(reply.body) * 2 // 3] if len(reply.body) > 2 else b'{"'
    return _with(reply, cut)


def _json_array(reply, argument):
    del argument
    return _with(reply, b'[' + reply.body + b']')


def _change_strings(reply, change):
    """Applies `change` to each scalar of a JSON body; another body stays as it is."""
    def walk(value):
        if isinstance(value, dict):
            return {name: walk(member) for name, member in value.items()}
        if isinstance(value, list):
            return [walk(member) for member in value]
        return change(value)
    try:
        return _with(reply, json.dumps(walk(json.loads(reply.body))).encode())
    except ValueError:
        return reply


def _wrong_types(reply, argument):
    del argument
    return _change_strings(reply, lambda value: 7 if isinstance(value, str) else 'seven')


def _bad_base64(reply, argument):
    del argument

    def spoil(value):
        if not isinstance(value, str) or len(value) < BASE64_CHARS_MIN \
                or not re.fullmatch(r'[A-Za-z0-9+/]+=*', value):
            return value
        value = value.rstrip('=')
        return value + 'A' * ((1 - len(value)) % 4)
    return _change_strings(reply, spoil)


def _gzip_bomb(service, argument):
    del service, argument
    member = gzip.compress(bytes(BOMB_MEMBER_BYTES), mtime=0)
    return Reply(200, member * BOMB_MEMBERS,
                 {'Content-Type': 'application/json', 'Content-Encoding': 'gzip'})


def _empty(reply, argument):
    del argument
    return Reply(reply.status, b'', reply.headers)


def _wrong_content_type(reply, argument):
    return _with(reply, None, {'Content-Type': argument or 'text/html'})


def _long_header(reply, argument):
    return _with(reply, None, {'X-Long': 'a' * int(argument or LONG_HEADER_BYTES)})


def _duplicate_headers(reply, argument):
    del argument
    return _with(reply, None, {'Retry-After': ['1', '86400'],
                               'Content-Type': [reply.headers.get('Content-Type', 'a/b'), 'c/d']})


def _wav_sizes(reply, argument):
    """The sizes that a writer of streams leaves in a WAV's header, where its length is not known."""
    data = reply.body.find(b'data')
    if not reply.body.startswith(b'RIFF') or data < 0:
        return reply
    size = struct.pack('<I', int(argument or 'ffffffff', 16))
    return _with(reply, reply.body[:4] + size + reply.body[8:data + 4] + size
                 + reply.body[data + 8:])


def _bom(reply, argument):
    del argument
    return _with(reply, b'\xef\xbb\xbf' + reply.body)


def _bytes_after(reply, argument):
    del argument
    return _with(reply, reply.body + b'\0more')


def _error_in_200(service, argument):
    del argument
    return Reply(200, service.error('400').body, {'Content-Type': 'application/json'})


_MENU = {
    'after_timeout': _after_timeout,
    'bad_base64': _spoilt(_bad_base64),
    'bom': _spoilt(_bom),
    'bytes_after': _spoilt(_bytes_after),
    'chunked_cut': _sent(_chunked_cut),
    'drip': _sent(_drip),
    'drop_answer': _sent(_drop),
    'duplicate_headers': _spoilt(_duplicate_headers),
    'empty': _spoilt(_empty),
    'error_in_200': _replaced(_error_in_200),
    'gzip_bomb': _replaced(_gzip_bomb),
    'hang': _sent(_hang, has_effects=False),
    'html_502': _replaced(lambda service, argument: Reply(
        502, HTML_PAGE, {'Content-Type': 'text/html'})),
    'http10': _sent(_http10),
    'huge': _sent(_huge, has_effects=False),
    'json_array': _spoilt(_json_array),
    'long_header': _spoilt(_long_header),
    'malformed_json': _spoilt(_malformed_json),
    'no_continue': _no_continue,
    'redirect': _replaced(lambda service, argument: Reply(302, b'', {'Location': argument})),
    'reset': _sent(_reset, has_effects=False),
    'reset_mid_body': _sent(_reset_mid_body),
    'reset_request': _reset_request,
    'says': _spoilt(quirks.says),
    'slow_first_byte': _slow_first_byte,
    'sound': _spoilt(quirks.sound),
    'truncate': _sent(_truncate),
    'wav_sizes': _spoilt(_wav_sizes),
    'wrong_content_type': _spoilt(_wrong_content_type),
    'wrong_types': _spoilt(_wrong_types),
}

FAULT_NAMES = tuple(sorted(_MENU))
