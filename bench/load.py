"""Large answers and many calls at once: speed, memory, failures."""

import base64
import json
import tempfile
import pathlib
import shutil
import time

from machine import Nginx, WireStub, psql, sound, status, until, workers
from pipeline import (Watch, add_job, burst, forget_work, install, serve, set_setting,
                      wait_for_workers)
from throughput import SOUND

MEGABYTE = 2**20


def failures():
    return int(psql("select count(*) from debrief.attempts where disposition <> 'completed'"))


def big_audio(quick):
    """Sounds of 2 MB in base64, 64 calls at once, into a directory."""
    rows = 32 if quick else 512
    wave = sound(2 * MEGABYTE / 48_000)
    stub = Nginx({"v1/text:synthesize": json.dumps(
        {"audioContent": base64.b64encode(wave).decode()}).encode()})
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg_debrief_bench."))
    keys = folder / "keys"
    keys.write_text(f"bench {stub.url().removeprefix('http://')} secret\n")
    keys.chmod(0o400)
    (folder / "sounds").mkdir()
    owner = pathlib.Path(psql("show data_directory")).owner()
    for path in (folder, keys, folder / "sounds"):
        shutil.chown(path, owner)
    set_setting("pg_debrief.key_file", f"'{keys}'")
    job = install()
    psql("drop server if exists bench_folder")
    psql(f"create server bench_folder foreign data wrapper debrief options"
         f" (kind 'directory', path '{folder}/sounds')")
    serve(stub.url(), 64, ssml="template", audio="google_tts", store="bench_folder",
          options=", key 'bench', voice 'en-US-Neural2-C'")
    forget_work()
    before = failures()
    burst(job, 1)
    resting_kb = status(workers()[0], "RssAnon")
    with Watch(stub.pids()) as watch:
        seconds = burst(job, rows)
    stub.stop()
    failed = failures() - before
    psql("update debrief.stages set store = 'database' where stage = 'audio'")
    forget_work()
    psql("drop server bench_folder; alter system reset pg_debrief.key_file; select pg_reload_conf()")
    shutil.rmtree(folder)
    limit_kb = int(psql("select setting::bigint * 1024 from pg_settings"
                        " where name = 'pg_debrief.memory_limit'"))
    return {"value": round(rows * len(wave) / MEGABYTE / seconds), "unit": "MB/s", "floor": None,
            "ratio": None, "sounds": rows, "failures": failed, "worker_peak_kb": watch.peak_kb,
            "worker_resting_kb": resting_kb, "memory_limit_kb": limit_kb,
            "peak_above_rest_to_limit": round((watch.peak_kb - resting_kb) / limit_kb, 2)}


def in_flight_1000(quick):
    """A thousand calls at once that take three seconds each, at 1,024 open files."""
    rows = 1_000 if quick else 3_000
    delay_ms = 500 if quick else 3_000
    stub = WireStub(SOUND, delay_ms)
    job = install()
    serve(stub.url(), 1_000, ssml="template")
    forget_work()
    before = failures()
    resting_kb = status(workers()[0], "RssAnon")
    with Watch([stub.process.pid]) as watch:
        seconds = burst(job, rows)
    calls = stub.stop()
    begins = sorted((arrived, 1) for arrived, _ in calls.values())
    ends = sorted((answered, -1) for _, answered in calls.values())
    at_once = most = 0
    for _, change in sorted(begins + ends):
        at_once += change
        most = max(most, at_once)
    failed = failures() - before
    forget_work()
    ideal = rows / 1_000 * delay_ms / 1000
    return {"value": round(rows / seconds), "unit": "feedback/s", "floor": round(rows / ideal),
            "ratio": round(ideal / seconds, 3), "most_at_once": most, "failures": failed,
            "worker_resting_kb": resting_kb, "worker_peak_kb": watch.peak_kb,
            "worker_cpu_share": round(watch.delta["worker"] / seconds, 3)}


def in_flight():
    return int(psql("select coalesce(sum(audio_in_flight), 0) from debrief.worker_status"))


def in_flight_5000(quick):
    """Five thousand calls that are held: memory a call, how the worker ends, another user's turn."""
    calls, held_ms = (500, 5_000) if quick else (5_000, 40_000)
    stub = WireStub(SOUND, held_ms)
    job, other = install(), add_job("22222222-2222-4222-8222-222222222222")
    serve(stub.url(), calls, ssml="template")
    forget_work()
    resting_kb = status(workers()[0], "RssAnon")
    began = time.monotonic()
    psql(f"insert into debrief.analysis_feedback (analysis_job_id, message)"
         f" select {job}, 'Well done.' from generate_series(1, {2 * calls})")
    until(lambda: in_flight() == calls, "all calls being under way")
    begun_s = time.monotonic() - began
    full_kb = status(workers()[0], "RssAnon")
    behind = psql(f"insert into debrief.analysis_feedback (analysis_job_id, message)"
                  f" values ({other}, 'Behind.') returning id")
    began = time.monotonic()
    set_setting("pg_debrief.enabled", "off")
    while workers():
        time.sleep(0.01)
    stopped_ms = (time.monotonic() - began) * 1e3
    charged = int(psql("select count(*) from debrief.analysis_feedback where audio_attempts > 0"))
    stub.stop()
    stub = WireStub(SOUND, 500)
    serve(stub.url(), calls, ssml="template")
    psql("alter system reset pg_debrief.enabled; select pg_reload_conf()")
    wait_for_workers(1)
    psql(f"select debrief.wait_for_feedback({behind}, interval '60 s')")
    before = int(psql(f"select count(*) from debrief.analysis_feedback f where f.audio_updated_at <"
                      f" (select b.audio_updated_at from debrief.analysis_feedback b"
                      f" where b.id = {behind}) and f.audio_status = 'completed'"))
    stub.stop()
    forget_work()
    return {"value": round((full_kb - resting_kb) / calls, 1), "unit": "kB a call", "floor": None,
            "ratio": None, "calls": calls, "begun_per_second": round(calls / begun_s),
            "worker_resting_kb": resting_kb, "worker_full_kb": full_kb,
            "stopped_after_ms": round(stopped_ms), "charged_at_the_end": charged,
            "done_before_other_user": before}
