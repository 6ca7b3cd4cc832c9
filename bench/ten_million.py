"""Ten million feedback that are done: as fast as an empty database, and nothing that people look at is slow.

A scenario of its own (make ten-million), because it takes an hour and tens of gigabytes.
"""

import os
import re
import shutil
import statistics

from machine import psql, run, tool
from pipeline import burst, forget_work, install, serve
from throughput import IN_FLIGHT, small_answers

PER_ANALYSIS = 10
ANALYSES_PER_USER = 20
AT_ONCE = 100_000  # analyses in a transaction
BYTES_PER_ROW = 4_000  # with its indexes, and the WAL that is kept
LIMIT_MS = 50
FEW = 2_000

# As the worker leaves them: two results a row, a small sound. One in a thousand failed.
FILL = """
set session_replication_role = replica;
with recording as (
  insert into debrief.video_recordings (user_id, storage_path, original_filename, upload_status)
  select md5((n / {per_user})::text)::uuid, 'done/' || n || '.mp4', 'talk ' || n || '.mp4', 'completed'
    from generate_series({first}, {last}) n returning id, user_id),
job as (
  insert into debrief.analysis_jobs (video_recording_id, user_id, status, title, progress_percentage, created_at, updated_at,
                                     processing_completed_at)
  select id, user_id, 'completed', 'A talk', 100, now() - random() * interval '300 days', now() - interval '40 days',
         now() - interval '40 days' from recording returning id, user_id),
item as (
  insert into debrief.analysis_feedback (analysis_job_id, user_id, timestamp_seconds, message, ssml_status, audio_status,
                                         ssml_attempts, audio_attempts, audio_error_code, created_at)
  select job.id, job.user_id, n, 'Well done, and keep your pace.', 'completed',
         case when job.id % 100 = 0 and n = 1 then 'failed' else 'completed' end, 1, 1,
         case when job.id % 100 = 0 and n = 1 then 'blocked' end, now() - interval '40 days'
    from job, generate_series(1, {per_analysis}) n returning id, user_id),
text as (
  insert into debrief.analysis_ssml_segments (feedback_id, user_id, segment_index, ssml, provider, version)
  select id, user_id, 0, '<speak>Well done, and keep your pace.</speak>', 'bench_ssml', 'stub' from item)
insert into debrief.analysis_audio_segments (feedback_id, user_id, segment_index, audio_url, storage_path, format,
                                             duration_ms, bytes, provider, version, store, source_hash)
select id, user_id, 0, 'pg://database/done/' || id, 'done/' || id || '.wav', 'wav', 100, 1484, 'bench_audio', 'stub',
       'database', repeat('a', 64) from item;
"""


def fill(rows):
    analyses = rows // PER_ANALYSIS
    for first in range(1, analyses + 1, AT_ONCE):
        psql(FILL.format(first=first, last=min(first + AT_ONCE - 1, analyses), per_analysis=PER_ANALYSIS,
                         per_user=ANALYSES_PER_USER))
    psql("vacuum analyze; checkpoint")


def statements(job, feedback, failed, recording, user):
    """(role, statement) of each; what is prepared belongs to the line that executes it."""
    role, found = None, []
    with open("bench/statements.sql", encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("-- as "):
                role = line.removeprefix("-- as ")
            elif line and not line.startswith("--"):
                found.append((role, line))
    names = {":job": job, ":feedback": feedback, ":failed": failed, ":recording": recording, ":'user'": f"'{user}'"}
    found = [(role, re.sub(r":'user'|:(?:job|feedback|failed|recording)\b", lambda match: str(names[match[0]]), sql))
             for role, sql in found]
    lines = tool("console_statements", job, feedback, recording, user).splitlines()
    return found + [("operator", f"{prepare}\n{execute}") for prepare, execute in zip(lines[::2], lines[1::2])]


def milliseconds(role, sql, user):
    """The median of five, with the plan made: as a connection that has been used sees it."""
    run_once = sql.splitlines()[-1]
    script = (f"set role bench_{role}; set debrief.user_id = '{user}'; set search_path = debrief, public;\n"
              + "\n".join(sql.splitlines()[:-1]) + "\n\\timing on\n" + "".join(
                  f"begin; {run_once} rollback;\n" for _ in range(5)))
    said = run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input=script)
    times = [float(found) for found in re.findall(r"^Time: ([0-9.]+) ms", said, re.MULTILINE)]
    per_run = len(times) // 5
    return statistics.median(max(times[at + 1:at + per_run - 1]) for at in range(0, len(times), per_run))


def times_of_statements():
    user = psql("select user_id from debrief.analysis_feedback where audio_status = 'failed' limit 1")
    for role in ("application", "reader", "operator"):
        psql(f"do $$ begin create role bench_{role}; exception when duplicate_object then null; end $$;"
             f"select debrief.grant_access('bench_{role}', '{role}')")
    failed, job, recording = psql("select f.id, j.id, j.video_recording_id from debrief.analysis_feedback f"
                                  " join debrief.analysis_jobs j on j.id = f.analysis_job_id"
                                  f" where f.user_id = '{user}' and f.audio_status = 'failed' limit 1").split("|")
    feedback = psql(f"select max(id) from debrief.analysis_feedback where analysis_job_id = {job}")
    taken = {}
    for role, sql in statements(job, feedback, failed, recording, user):
        taken[" ".join(sql.splitlines()[0].removeprefix("prepare ").split())[:70]] = milliseconds(role, sql, user)
    return dict(sorted(taken.items(), key=lambda each: -each[1]))


def ten_million_done(quick):
    done = int(os.environ.get("DONE_ROWS", 2_000 if quick else 10_000_000))
    rows, rounds = (500, 1) if quick else (20_000, 3)
    free = shutil.disk_usage(psql("show data_directory").rsplit("/", 1)[0]).free
    if free < max(done * BYTES_PER_ROW, 50e9 if done >= 10_000_000 else 0):
        print(f"ten_million_done: skipped: {free / 1e9:.0f} GB of disk are free, it takes 50")
        raise SystemExit(0)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)

    def rate():
        return rows / statistics.median([burst(job, rows) for _ in range(rounds)])

    forget_work()
    burst(job, rows // 4)
    empty = rate()
    forget_work()
    fill(FEW)
    few = times_of_statements()
    forget_work()
    fill(done)
    value = rate()
    stub.stop()
    taken = times_of_statements()
    slow = {sql: [few[sql], ms] for sql, ms in taken.items() if ms >= LIMIT_MS}
    forget_work()
    # What is slow without rows, too (a check of the catalog), is another matter.
    grown = {sql: times for sql, times in slow.items() if times[1] >= 2 * times[0]}
    if grown:
        raise SystemExit(f"ten_million_done: over {LIMIT_MS} ms with {done:,} rows, and with {FEW:,}: {grown}")
    return {"value": round(value), "unit": "feedback/s", "floor": round(empty), "ratio": round(value / empty, 3),
            "done": done, "statements": len(taken), "over_50_ms": slow, "slowest_ms": dict(list(taken.items())[:5])}
