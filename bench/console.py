"""What the console costs the pipeline while people look: a stream for each of many analyses."""

import http.client
import pathlib
import resource
import subprocess
import threading
import time

from machine import TOOLS, Nginx, cpu_seconds, free_port, number, psql, start, status, until
from pipeline import USER, forget_work, install, serve
from throughput import IN_FLIGHT, SOUND, SSML

PROGRAM = pathlib.Path("build/release/console/pg_debrief_console")


class Console:
    """The program, open to whoever comes, as a role that reads."""

    def __init__(self):
        psql("do $$ begin create role looker login; exception when duplicate_object then null; end $$;"
             "select debrief.grant_access('looker', 'reader'), debrief.grant_access('looker', 'monitor')")
        self.port, self.metrics_port = free_port(), free_port()
        self.process = start([PROGRAM, "--dsn", "user=looker", "--open", "--listen",
                              f"127.0.0.1:{self.port}", "--metrics-listen",
                              f"127.0.0.1:{self.metrics_port}"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while self.process.stdout.readline() not in ("ready\n", ""):
            pass

    def health_ms(self):
        """How long /healthz takes."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        return (time.monotonic() - began) * 1000

    def cpu_seconds(self):
        """Of the program, and of the backends that answer it."""
        backends = psql("select pid from pg_stat_activity where usename = 'looker'").split()
        return cpu_seconds([self.process.pid]), cpu_seconds(backends)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Readers:
    """Streams of these analyses, read by a program that costs as little as a reader can: it shares the machine."""

    def __init__(self, port, jobs):
        self.process = start([TOOLS / "stream_readers", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(" ".join(map(str, jobs)) + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("bench: the streams did not begin")

    def cpu_seconds(self):
        return cpu_seconds([self.process.pid])

    def stop(self):
        """How many changes they have read."""
        changes, _ = self.process.communicate()
        return int(changes)


def drain(jobs, rows):
    """Feedback a second, spread over the analyses."""
    forget_work()
    began = time.monotonic()
    psql(f"insert into debrief.analysis_feedback (analysis_job_id, message)"
         f" select (array[{','.join(map(str, jobs))}])[1 + n % {len(jobs)}], 'Well done, and keep your pace ' || n"
         f" from generate_series(1, {rows}) n")
    until(lambda: number("select count(*) from debrief.analysis_feedback"
                         " where audio_status = 'completed'") == rows, "the last sound", 300)
    return rows / (time.monotonic() - began)


def console(quick):
    streams, rows = (50, 500) if quick else (2_000, 20_000)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    stub = Nginx({"v1/ssml": SSML, "v1/speech": SOUND})
    install()
    serve(stub.url(), IN_FLIGHT)
    jobs = [int(job) for job in psql(
        f"""with recording as (insert into debrief.video_recordings (user_id, storage_path)
              select '{USER}', '{USER}/' || n || '.mp4' from generate_series(1, {streams}) n returning id)
            insert into debrief.analysis_jobs (video_recording_id, status)
            select id, 'completed' from recording returning id""").split()]
    drain(jobs, rows // 4)
    alone = [drain(jobs, rows)]
    program = Console()
    readers = Readers(program.port, jobs)
    health, done = [], threading.Event()
    prober = threading.Thread(target=lambda: [health.append(program.health_ms())
                                              for _ in iter(lambda: done.wait(0.1), True)])
    prober.start()
    before = (*program.cpu_seconds(), readers.cpu_seconds())
    watched = [drain(jobs, rows) for _ in range(2)]
    after = (*program.cpu_seconds(), readers.cpu_seconds())
    done.set()
    prober.join()
    memory_mb = round(status(program.process.pid, "VmHWM") / 1024)
    changes = readers.stop()
    program.stop()
    alone.append(drain(jobs, rows))
    stub.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    rate, floor = sum(watched) / 2, sum(alone) / 2
    return {"value": round(rate), "unit": "feedback/s, watched", "floor": round(floor),
            "ratio": round(rate / floor, 3), "streams": streams, "events": changes,
            "memory_mb": memory_mb, "healthz_worst_ms": round(max(health), 1),
            "cpu_us_per_row": {name: round((end - begin) / (2 * rows) * 1e6) for name, begin, end in
                               zip(("console", "its_backends", "readers"), before, after)},
            "alone": [round(r) for r in alone], "watched": [round(r) for r in watched]}
