"""The HTTP side of an emulator: reads a request strictly, lets the service answer, writes the log.

One thread a connection, HTTP/1.1 with keep-alive, TLS when a certificate is given.
"""

import http.server
import re
import ssl
import sys
import time
import traceback

import faults
from control import Control, log_line
from frame import JsonFault, Refusal, Reply, Request, strict_json
from wire import Gone, Wire

BODY_BYTES_MAX = 200 * 1024 * 1024
CONTROL_BODY_BYTES_MAX = 1024 * 1024
DISCARDED_BYTES_MAX = 2 * 1024 ** 3
READ_BYTES = 256 * 1024
LINE_BYTES_MAX = 64 * 1024
IDLE_SECONDS_MAX = 600


class BodyProblem(Exception):
    """The request's body breaks HTTP or a limit; answered with the service's error `kind`."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class ShortBody(Exception):
    """The client stopped before the end it announced; `body` is what came."""

    def __init__(self, body):
        super().__init__(f'the body ends after {len(body)} bytes')
        self.body = body


class EmulatorServer(http.server.ThreadingHTTPServer):
    """One emulated service on 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, service, port=0, log_path=None, tls=None):
        super().__init__(('127.0.0.1', port), Handler)
        self.service = service
        self.control = Control(log_path)
        self.scheme = 'https' if tls else 'http'
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            # The handshake happens at the first read, in the connection's own thread.
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, ssl.SSLError)):
            traceback.print_exc()


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = 'HTTP/1.1'
    timeout = IDLE_SECONDS_MAX
    disable_nagle_algorithm = True
    expects_continue = False

    def log_message(self, *args):
        """The log is ours; nothing goes to stderr."""

    def handle_expect_100(self):
        # Answered when the body is wanted: a refused request never gets its 100.
        self.expects_continue = True
        return True

    def __getattr__(self, name):
        if name.startswith('do_'):
            return self._serve
        raise AttributeError(name)

    def _serve(self):
        wire = Wire(self)
        target = self.requestline.split()[1]
        try:
            if target.startswith('/_control/'):
                wire.send(self._control(target))
            else:
                number = self.server.control.arrive()
                try:
                    self._answer(wire, number, target)
                finally:
                    self.server.control.leave()
        except Gone:
            wire.close = True
        self.expects_continue = False
        self.close_connection = self.close_connection or wire.close

    def _answer(self, wire, number, target):
        control, service = self.server.control, self.server.service
        request = Request(self.command, target, self.headers.items(), b'', self.server.scheme)
        subject = f'{request.method} {request.path}'
        fault = control.take_fault(subject)
        plan = faults.plan_for(fault, service)
        arrived = time.time()

        def log(status, note):
            control.log.append({'n': number, 'time': round(arrived, 6),
                                **log_line(request, service.secret_query_names),
                                'status': status, 'fault': note})

        try:
            request.body = self._read_body(plan)
        except BodyProblem as problem:
            wire.close = True
            reply = service.refuse(request, problem.kind, str(problem))
            log(reply.status, f'frame: {problem}')
            wire.send(reply)
            return
        except ShortBody as short:
            request.body = short.body
            service.handle_partial(request)
            log(None, f'frame: {short}')
            raise Gone from None
        if plan.request_bytes_max is not None:
            service.handle_partial(request)
            log(None, fault)
            wire.reset()
        control.wait_while_held(subject, wire.is_gone)
        delay_ms = service.number('delay_ms') + plan.wait_before_ms
        if not wire.wait(delay_ms / 1000) or wire.is_gone():
            log(None, fault or 'frame: the client has gone')
            raise Gone
        reply, note = self._reply(request, plan)
        sends = plan.sender is None or plan.replacement is None or reply.status != 200
        log(reply.status if sends else None, fault or note)
        if plan.wait_after_ms and not wire.wait(plan.wait_after_ms / 1000):
            raise Gone
        (plan.sender or Wire.send)(wire, reply)

    def _reply(self, request, plan):
        """The answer and, when the frame refused, why."""
        service = self.server.service
        note = None
        try:
            if plan.replacement:
                reply = plan.replacement(service)
            else:
                note = self._complaint(request)
                reply = service.refuse(request, '400', note) if note else service.handle(request)
        except Refusal as refusal:
            reply = refusal.reply
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            reply, note = Reply(500, 'the emulator crashed, see its stderr'), 'emulator_crash'
        for spoil in plan.spoilers:
            reply = spoil(reply)
        return reply, note

    def _complaint(self, request):
        if not request.headers.get('user-agent'):
            return 'frame: no User-Agent'
        names = self.server.service.secret_query_names
        if any(name.lower() in names for name, _ in request.query):
            return 'frame: a credential in the URL'
        return None

    def _read_body(self, plan=None, bytes_max=None):
        """The whole body, or as much of it as the plan lets through."""
        bytes_max = bytes_max or int(self.server.service.number('body_max', BODY_BYTES_MAX))
        cut = plan.request_bytes_max if plan else None
        lengths = self.headers.get_all('content-length', [])
        if 'chunked' in self.headers.get('transfer-encoding', '').lower():
            if lengths:
                raise BodyProblem('400', 'both Content-Length and chunks')
            self._continue(plan)
            return self._read_chunks(bytes_max, cut)
        if not lengths:
            if self.command in ('POST', 'PUT', 'PATCH'):
                raise BodyProblem('411', 'no Content-Length')
            return b''
        if len(set(lengths)) != 1 or not re.fullmatch('[0-9]{1,18}', lengths[0]):
            raise BodyProblem('400', 'bad Content-Length')
        length = int(lengths[0])
        if length > bytes_max:
            if not self.expects_continue and length <= DISCARDED_BYTES_MAX:
                self._read_exactly(length, keep=False)
            raise BodyProblem('413', f'{length} bytes of body')
        self._continue(plan)
        return self._read_exactly(length if cut is None else min(cut, length))

    def _continue(self, plan):
        if self.expects_continue and not (plan and plan.withholds_continue):
            self.wfile.write(b'HTTP/1.1 100 Continue\r\n\r\n')

    def _read_exactly(self, length, keep=True):
        parts = []
        while length > 0:
            try:
                part = self.rfile.read1(min(length, READ_BYTES))
            except OSError:
                part = b''
            if not part:
                raise ShortBody(b''.join(parts))
            length -= len(part)
            if keep:
                parts.append(part)
        return b''.join(parts)

    def _read_line(self):
        try:
            return self.rfile.readline(LINE_BYTES_MAX)
        except OSError:
            return b''

    def _read_chunks(self, bytes_max, cut=None):
        body = bytearray()
        while cut is None or len(body) < cut:
            size = self._read_line().partition(b';')[0].strip()
            if not size:
                raise ShortBody(bytes(body))
            if not re.fullmatch(b'[0-9a-fA-F]{1,15}', size):
                raise BodyProblem('400', 'bad chunk size')
            if int(size, 16) == 0:
                while self._read_line() not in (b'\r\n', b'\n', b''):
                    pass
                return bytes(body)
            if len(body) + int(size, 16) > bytes_max:
                raise BodyProblem('413', 'too many chunks of body')
            try:
                body += self._read_exactly(int(size, 16))
            except ShortBody as short:
                raise ShortBody(bytes(body) + short.body) from None
            if self._read_exactly(2) != b'\r\n':
                raise BodyProblem('400', 'a chunk does not end where it says')
        return bytes(body)

    def _control(self, target):
        """Serves /_control/*; never logged, never spoilt."""
        try:
            body = self._read_body(bytes_max=CONTROL_BODY_BYTES_MAX)
            order = strict_json(body) if body else {}
            return self._obey(f'{self.command} {target}', order)
        except (BodyProblem, ShortBody, JsonFault, KeyError, TypeError, ValueError,
                re.error) as problem:
            return Reply(400, {'error': f'{type(problem).__name__}: {problem}'})

    def _obey(self, subject, order):
        control, service = self.server.control, self.server.service
        if subject == 'GET /_control/log':
            return Reply(200, control.log.lines())
        if subject == 'GET /_control/state':
            return Reply(200, {**control.state(), 'service': service.state()})
        if subject == 'POST /_control/fault':
            faults.plan_for(order['fault'], service)
            control.add_fault(order)
        elif subject == 'POST /_control/hold':
            control.hold(order.get('match', '.*'))
        elif subject == 'POST /_control/release':
            control.release()
        elif subject == 'POST /_control/heal':
            control.heal()
        elif subject == 'POST /_control/set':
            service.settings.update(order)
        elif subject == 'POST /_control/reset':
            control.reset()
            service.reset()
        else:
            return Reply(404, {'error': f'no control {subject}'})
        return Reply(200, {})
