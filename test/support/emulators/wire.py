"""Bytes on one connection: answers written by hand, so that they can be written wrongly."""

import http.client
import os
import select
import socket
import struct
import time

GONE_POLL_SECONDS = 0.05
HANG_SECONDS_MAX = 3600


class Gone(Exception):
    """The client closed the connection, or it was closed on purpose: nothing more to send."""


class Wire:
    """The sending side of one request's connection. `close` says the connection must end."""

    def __init__(self, handler):
        self._handler = handler
        self._socket = handler.connection
        self.head_only = handler.command == 'HEAD'
        self.close = False
        self.version = 'HTTP/1.1'

    def write(self, data):
        try:
            self._handler.wfile.write(data)
            self._handler.wfile.flush()
        except OSError as error:
            raise Gone from error

    def head(self, reply, framing):
        """Status line and fields; `framing` names the body's length."""
        reason = http.client.responses.get(reply.status, 'Unknown')
        lines = [f'{self.version} {reply.status} {reason}']
        fields = {**reply.headers, **framing, 'Server': 'emulator'}
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                lines.append(f'{name}: {one}')
        if self.close:
            lines.append('Connection: close')
        self.write(('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1', 'replace'))

    def send(self, reply):
        """A correct answer."""
        if reply.status in (204, 304) or reply.status < 200:
            self.head(reply, {})
        elif 'Content-Length' in reply.headers:
            self.head(reply, {})
            self.body(reply.body)
        elif reply.chunked:
            self.head(reply, {'Transfer-Encoding': 'chunked'})
            self.chunks(reply.body)
            self.body(b'0\r\n\r\n')
        else:
            self.head(reply, {'Content-Length': len(reply.body)})
            self.body(reply.body)

    def body(self, data):
        if not self.head_only:
            self.write(data)

    def chunks(self, data, chunk_bytes=64 * 1024):
        for start in range(0, len(data), chunk_bytes):
            part = data[start:start + chunk_bytes]
            self.body(b'%x\r\n%s\r\n' % (len(part), part))

    def reset(self):
        """Ends the connection with RST. The descriptor is closed here, before any FIN can go."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        os.close(self._socket.detach())
        raise Gone

    def drop(self):
        """Ends the connection in good order, without more bytes."""
        raise Gone

    def is_gone(self):
        """True when the client has closed its side, whatever it sent before."""
        ends = select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL
        try:
            poll = select.poll()
            poll.register(self._socket, ends)
            return bool(poll.poll(0))
        except (OSError, ValueError):
            return True

    def wait(self, seconds):
        """Sleeps, but not longer than the client stays. Returns False when it has gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.is_gone():
                return False
            time.sleep(max(0, min(GONE_POLL_SECONDS, deadline - time.monotonic())))
        return True

    def hang(self):
        self.wait(HANG_SECONDS_MAX)
        raise Gone
