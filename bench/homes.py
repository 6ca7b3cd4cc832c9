"""The same worker in the server and outside it, in turn."""

import contextlib
import statistics
import subprocess

from latency import wire_and_done
from machine import WireStub, cpu_seconds, number, postgres_pids, psql, start, until
from pipeline import burst, forget_work, install, no_worker, serve
from throughput import IN_FLIGHT, SOUND, small_answers

PROGRAM = "build/outside/pg_debrief_worker"


@contextlib.contextmanager
def inside():
    yield []


@contextlib.contextmanager
def outside():
    psql("do $$ begin if to_regrole('bench_outer') is null then create role bench_outer login;"
         " perform debrief.grant_access('bench_outer', 'worker'); end if; end $$")
    with no_worker():
        worker = start([PROGRAM, "--dsn", "user=bench_outer", "--allowed-hosts", "127.0.0.1"],
                       stderr=subprocess.DEVNULL)
        try:
            until(lambda: number("select count(*) from debrief.worker_status where process = 'worker'"
                                 " and ordinal >= 100") == 1, "the start of the worker outside")
            yield [worker.pid]
        finally:
            worker.terminate()
            worker.wait()


def rate_and_cost(job, rows, stub, pids):
    """Feedback a second, and processor time of each by the program and by all of the server."""
    serve(stub.url(), IN_FLIGHT)
    burst(job, rows // 4)
    forget_work()
    before = cpu_seconds(pids), cpu_seconds(postgres_pids())
    seconds = burst(job, rows)
    after = cpu_seconds(pids), cpu_seconds(postgres_pids())
    forget_work()
    return (rows / seconds, *((then - now) / rows * 1e6 for now, then in zip(before, after)))


def latency(job, rows):
    stub = WireStub(SOUND, 0)
    serve(stub.url(), IN_FLIGHT)
    to_wire, to_done = wire_and_done(job, rows, 100, stub)
    forget_work()
    return {"commit_to_wire": to_wire, "commit_to_done": to_done}


def homes(quick):
    rows, rounds = (500, 1) if quick else (20_000, 5)
    job, stub = install(), small_answers()
    measured, waits = {"inside": [], "outside": []}, {}
    for turn in range(rounds):
        for home in (inside, outside):
            with home() as pids:
                measured[home.__name__].append(rate_and_cost(job, rows, stub, pids))
                if turn == 0:
                    waits[home.__name__] = latency(job, 100 if quick else 1_500)
    stub.stop()
    figures = {}
    for home, runs in measured.items():
        rate, program, server = (statistics.median(values) for values in zip(*runs))
        figures[home] = {"feedback_per_second": round(rate), "runs": [round(run[0]) for run in runs],
                         "program_cpu_us": round(program, 1), "server_cpu_us": round(server, 1)} | waits[home]
    rates = [figures[home]["feedback_per_second"] for home in ("outside", "inside")]
    return {"value": rates[0], "unit": "feedback/s", "floor": rates[1], "ratio": round(rates[0] / rates[1], 3)} | figures
