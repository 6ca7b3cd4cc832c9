"""Runs one emulator: python3 run.py SERVICE [--port 0] [--port-file F] [--log F.jsonl]
[--set name=value ...] [--cert F --certkey F] [--watch-stdin].

SERVICE is a module of this folder. The port goes to --port-file (by rename, so it is never half
there) once connections are accepted. Ends on SIGTERM, and with --watch-stdin when stdin closes.
"""

import argparse
import importlib
import os
import pathlib
import signal
import sys
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from server import EmulatorServer  # noqa: E402  pylint: disable=wrong-import-position


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('service')
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--port-file')
    parser.add_argument('--log')
    parser.add_argument('--set', action='append', default=[], metavar='NAME=VALUE', dest='settings')
    parser.add_argument('--cert')
    parser.add_argument('--certkey')
    parser.add_argument('--watch-stdin', action='store_true')
    return parser.parse_args(arguments)


def read_settings(words):
    settings = {}
    for word in words:
        name, equals, value = word.partition('=')
        if not equals:
            raise SystemExit(f'run.py: --set {word}: want name=value')
        settings[name] = value
    return settings


def write_port(path, port):
    temporary = f'{path}.{os.getpid()}.tmp'
    with open(temporary, 'w', encoding='ascii') as file:
        file.write(f'{port}\n')
    os.rename(temporary, path)


def end_with_stdin():
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments):
    options = parse(arguments)
    module = importlib.import_module(options.service)
    service = module.service(read_settings(options.settings))
    tls = (options.cert, options.certkey) if options.cert else None
    server = EmulatorServer(service, options.port, options.log, tls)
    # Threads of connections are daemons: a hanging client does not keep the process.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    if options.watch_stdin:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    if options.port_file:
        write_port(options.port_file, server.port)
    else:
        print(server.port, flush=True)
    server.serve_forever(poll_interval=0.2)


if __name__ == '__main__':
    main(sys.argv[1:])
