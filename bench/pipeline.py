"""The pipeline under measurement: set up, filled, emptied, watched."""

import contextlib
import os
import pathlib
import subprocess
import threading
import time

from machine import GONE, cpu_seconds, number, postgres_pids, psql, run, start, status, tool, until, workers

USER = "11111111-1111-4111-8111-111111111111"
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size",
            "autovacuum", "autovacuum_naptime", "track_functions", "pg_debrief.notify",
            "pg_debrief.workers_per_database", "pg_debrief.safety_poll",
            "pg_debrief.attempt_history", "pg_debrief.memory_limit")


def settings():
    return {name: psql(f"show {name}") for name in SETTINGS}


def install():
    """The extension with one analysis that feedback can hang on; answers the job's id."""
    psql("create extension if not exists pg_debrief")
    return add_job(USER)


def add_job(user):
    return int(psql(f"""
        with recording as (insert into debrief.video_recordings (user_id, storage_path)
                           values ('{user}', '{user}/talk.mp4') returning id)
        insert into debrief.analysis_jobs (video_recording_id, status)
        select id, 'completed' from recording returning id"""))


def serve(url, in_flight, ssml="http", audio="http", store="database", options=""):
    """Both stages by servers at `url`, with so many calls at once each."""
    psql("update debrief.stages set server = null where stage <> 'analysis';"
         "drop server if exists bench_ssml; drop server if exists bench_audio")
    psql(f"create server bench_ssml foreign data wrapper debrief options"
         f" (kind 'http', base_url '{url}')")
    psql(f"create server bench_audio foreign data wrapper debrief options"
         f" (kind '{audio}', base_url '{url}' {options})")
    server = "bench_ssml" if ssml == "http" else "template"
    psql(f"update debrief.stages set server = '{server}', max_in_flight = {in_flight}"
         f" where stage = 'ssml';"
         f"update debrief.stages set server = 'bench_audio', store = '{store}',"
         f" max_in_flight = {in_flight} where stage = 'audio'")


def forget_work():
    """Empty tables and fresh statistics: what came before leaves no trace."""
    psql("truncate debrief.analysis_feedback, debrief.audio_objects, debrief.object_deletions"
         " cascade")
    psql("vacuum analyze debrief.analysis_feedback; vacuum analyze debrief.analysis_jobs")


def set_setting(name, value):
    psql(f"alter system set {name} = {value}")
    psql("select pg_reload_conf()")


@contextlib.contextmanager
def setting(name, value):
    set_setting(name, value)
    try:
        yield
    finally:
        psql(f"alter system reset {name}")
        psql("select pg_reload_conf()")


def wait_for_workers(count):
    until(lambda: len(workers()) == count, f"{count} workers")


@contextlib.contextmanager
def no_worker():
    with setting("pg_debrief.enabled", "off"):
        wait_for_workers(0)
        yield
    wait_for_workers(1)


@contextlib.contextmanager
def held_snapshot():
    """A session that keeps a REPEATABLE READ snapshot open."""
    session = start(["psql", "-XqAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    session.stdin.write("begin isolation level repeatable read; select 1;\n")
    session.stdin.flush()
    session.stdout.readline()
    try:
        yield
    finally:
        session.communicate("rollback;\n")


class Watch:
    """What a stretch of work cost: processor time, WAL, row versions, peak memory of the worker."""

    def __init__(self, stub_pids=()):
        self.stub_pids = list(stub_pids)

    def __enter__(self):
        self.workers = workers()
        # Also of the workers: their counts come with a delay.
        psql("select pg_stat_force_next_flush()")
        self.before = self.read()
        self.peak_kb = 0
        self.done = threading.Event()
        self.sampler = threading.Thread(target=self.sample)
        self.sampler.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.sampler.join()
        after = self.read()
        self.delta = {name: after[name] - self.before[name] for name in after}

    def sample(self):
        while not self.done.wait(0.02):
            with contextlib.suppress(*GONE):
                self.peak_kb = max(self.peak_kb, *(status(pid, "RssAnon") for pid in self.workers))

    def read(self):
        backends = [pid for pid in postgres_pids() if pid not in self.workers]
        return {"worker": cpu_seconds(self.workers), "backends": cpu_seconds(backends),
                "stub": cpu_seconds(self.stub_pids),
                "wal": number("select pg_current_wal_insert_lsn() - '0/0'")}

    def per_row(self, rows):
        figures = {f"{name}_cpu_us": round(self.delta[name] / rows * 1e6, 1)
                   for name in ("worker", "backends", "stub")}
        return figures | {"wal_bytes": round(self.delta["wal"] / rows)}


def row_versions(rows):
    """Versions that the work left dead in all our tables, and those that were heap-only."""
    time.sleep(1.5)  # the worker reports once a second
    dead, hot = psql("select sum(n_tup_upd + n_tup_del), sum(n_tup_hot_upd) from"
                     " pg_stat_user_tables where schemaname = 'debrief'").split("|")
    return {"dead_tuples": round(float(dead) / rows, 2), "hot_updates": round(float(hot) / rows, 2)}


def burst(job, rows):
    """Seconds from the commit of so many rows to the last sound."""
    return float(tool("queue_load", job, "burst", rows))


def steady(job, seconds, waiting):
    """Sounds of each second, with about `waiting` rows in the queue all the time."""
    return [int(line) for line in tool("queue_load", job, "steady", seconds, waiting).split()]


@contextlib.contextmanager
def profile(name):
    """With PERF=1: a profile of the worker in bench/profiles/NAME.txt."""
    if os.environ.get("PERF") != "1":
        yield
        return
    folder = pathlib.Path("bench/profiles")
    folder.mkdir(exist_ok=True)
    data = folder / f"{name}.data"
    recorder = start(["perf", "record", "-q", "-g", "-o", data, "-p", ",".join(map(str, workers()))],
                     stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        recorder.terminate()
        recorder.wait()
        report = run(["perf", "report", "-i", data, "--stdio", "--children", "-g", "none"])
        (folder / f"{name}.txt").write_text(report)


