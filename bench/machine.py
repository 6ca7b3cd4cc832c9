"""What a measurement runs on: PostgreSQL, the stubs, and what the kernel counts of them."""

import atexit
import math
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

TOOLS = pathlib.Path("build/release/bench")
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# What reading /proc says of a process that has ended: before the file was opened, or after it.
GONE = (FileNotFoundError, ProcessLookupError)


def start(command, **options):
    """A process; ends the program when there is no such tool."""
    try:
        return subprocess.Popen(command, text=True, **options)
    except FileNotFoundError:
        raise SystemExit(f"bench: {command[0]} is not installed") from None


def run(command, **options):
    """What a tool prints; where it fails, its own words end the program."""
    given = options.pop("input", None)
    process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    output, errors = process.communicate(given)
    if process.returncode != 0:
        raise SystemExit(f"bench: {pathlib.Path(command[0]).name}: {errors.strip()}\n{given or ''}".rstrip())
    return output


def psql(sql):
    """Runs SQL and answers its last result as text, columns separated by |."""
    return run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input=sql).strip()


def pgbench(arguments, sql=None, **options):
    """What pgbench prints of running `sql`, or its own transactions."""
    command = ["pgbench", "-n", "-M", "prepared", *map(str, arguments)]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(sql or "")
        file.flush()
        return run(command + (["-f", file.name] if sql else []), **options)


def number(sql):
    return float(psql(sql))


def tool(name, *arguments):
    return run([TOOLS / name, *map(str, arguments)])


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what} did not happen within {seconds} s")
        time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sound(seconds):
    """A sine tone as a WAV file: 24,000 samples a second, 16 bits, mono."""
    samples = int(24_000 * seconds)
    wave = b"".join(struct.pack("<h", int(9_000 * math.sin(i / 9))) for i in range(24_000))
    data = (wave * (samples // 24_000 + 1))[:samples * 2]
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1,
                       24_000, 48_000, 2, 16, b"data", len(data))
    return head + data


class Nginx:
    """The stub that is faster than we are: static answers by one nginx worker."""

    def __init__(self, files):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pg_debrief_bench."))
        self.port = free_port()
        self.folder.chmod(0o755)
        for name, content in files.items():
            path = self.folder / "html" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        scratch = " ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in
                           ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.folder / "nginx.conf"
        config.write_text(
            f"worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/log; daemon off;"
            f"worker_rlimit_nofile 8192; events {{ worker_connections 4096; }}"
            f"http {{ access_log off; keepalive_requests 10000000; keepalive_timeout 600s;"
            f" client_max_body_size 16m; client_body_buffer_size 64k; {scratch}"
            f" server {{ listen 127.0.0.1:{self.port} backlog=4096; root {self.folder}/html;"
            f" location / {{ error_page 405 =200 $uri; }} }} }}")
        self.process = start(["nginx", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.process.terminate)  # also when a scenario fails
        until(self.answers, "nginx's start", 10)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def pids(self):
        return [self.process.pid] + children(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


class WireStub:
    """The stub that notes when requests arrive, and answers after a while."""

    def __init__(self, sound_bytes, delay_ms):
        self.file = tempfile.NamedTemporaryFile(suffix=".wav")
        self.file.write(sound_bytes)
        self.file.flush()
        self.port = free_port()
        self.process = start([TOOLS / "wire_stub", str(self.port), self.file.name, str(delay_ms)],
                             stdout=subprocess.PIPE)
        atexit.register(self.process.terminate)
        until(self.answers, "the stub's start", 10)

    answers = Nginx.answers
    url = Nginx.url

    def stop(self):
        """Ends it and answers its calls: (stage, row) -> (arrived, answered) in microseconds."""
        self.process.send_signal(signal.SIGTERM)
        lines = self.process.communicate()[0].split("\n")
        calls = (line.split() for line in lines if line)
        return {(stage, int(row)): (int(arrived), int(answered))
                for stage, row, arrived, answered in calls}


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def cpu_seconds(pids):
    """User and system time, children that have ended included."""
    ticks = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        except GONE:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / CLOCK_TICKS


def status(pid, field):
    """A number of /proc/PID/status; sizes are in kB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().split("\n"):
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)


def workers():
    return [int(pid) for pid in psql(
        "select pid from pg_stat_activity where backend_type = 'pg_debrief worker'").split()]


def command_line(pid):
    """As ps shows it; empty when the process has ended meanwhile."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except GONE:
        return b""


def postgres_pids():
    first = int(psql("select pg_read_file('postmaster.pid')").split("\n")[0])
    return [first] + children(first)


def describe():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), "unknown")
    memory_kb = next(int(line.split()[1]) for line in open("/proc/meminfo")
                     if line.startswith("MemTotal"))
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gb": round(memory_kb / 2**20, 1),
            "kernel": os.uname().release, "postgresql": psql("show server_version"),
            "date": time.strftime("%Y-%m-%d", time.gmtime())}
