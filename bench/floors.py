"""The floors: the worker's statements without the worker, a lean table without ours, libcurl without
anything."""

import os
import re

from machine import pgbench, psql, tool
from pipeline import no_worker


def batches(rows):
    """How many rows each of the worker's statements had on average since statistics were reset."""
    found = psql("select funcname, calls from pg_stat_user_functions where schemaname = 'debrief'"
                 " and funcname in ('_claim_ssml', '_settle_ssml', '_claim_audio', '_settle_audio')")
    calls = dict(line.split("|") for line in found.split("\n"))
    return {name: min(200, max(1, round(rows / max(1, int(count))))) for name, count in calls.items()}


CLAIM = """select array_agg(id)::text as ids, array_agg(token)::text as tokens,
       array_agg({paths})::text as paths, count(*) as found
  from debrief.{claim}(1, {batch}, '1 minute') \\gset
"""

SETTLE_SSML = """select count(*) from debrief._settle_ssml(
  :ids::bigint[], :tokens::bigint[], 'stub', array_fill('stub'::text, array[:found::int]),
  (select array_agg(i) from generate_series(1, :found::int) i), array_fill(0, array[:found::int]),
  array_fill('<speak>Well done.</speak>'::text, array[:found::int]));
"""

SETTLE_AUDIO = """select count(*) from debrief._settle_audio(
  :ids::bigint[], :tokens::bigint[], array_fill(true, array[:found::int]), 'stub', 'database',
  (select array_agg(i) from generate_series(1, :found::int) i), array_fill(0, array[:found::int]),
  array_fill(repeat('a', 64), array[:found::int]), array_fill('pg://database/x'::text, array[:found::int]),
  :paths::text[], array_fill('wav'::text, array[:found::int]), array_fill('audio/wav'::text, array[:found::int]),
  array_fill('100'::text, array[:found::int]), array_fill({bytes}::bigint, array[:found::int]),
  array_fill('stub'::text, array[:found::int]),
  array_fill(decode(repeat('61', {bytes}), 'hex'), array[:found::int]));
"""


def script(stage, claim_batch, sound_bytes):
    paths = "'0'::text" if stage == "ssml" else "object_prefix || '/0-0123456789abcdef.wav'"
    claim = CLAIM.format(paths=paths, claim=f"_claim_{stage}", batch=claim_batch)
    return claim + (SETTLE_SSML if stage == "ssml" else SETTLE_AUDIO.format(bytes=sound_bytes))


# As the worker pins them.
PLANS = " ".join(f"-c {setting}" for setting in (
    "plan_cache_mode=force_generic_plan", "enable_seqscan=off", "enable_hashjoin=off",
    "enable_mergejoin=off", "jit=off"))


def pgbench_seconds(text, transactions):
    said = pgbench(["-t", transactions], text, env=os.environ | {"PGOPTIONS": PLANS})
    rate = re.search(r"tps = ([0-9.]+) \(without", said)
    return transactions / float(rate.group(1))


def statements_seconds(job, rows, sizes, sound_bytes):
    """So long the worker's statements alone take for both stages of so many rows."""
    with no_worker():
        psql(f"insert into debrief.analysis_feedback (analysis_job_id, message)"
             f" select {job}, 'Well done, and keep your pace.' from generate_series(1, {rows})")
        seconds = 0
        for stage in ("ssml", "audio"):
            batch = min(sizes[f"_claim_{stage}"], sizes[f"_settle_{stage}"])
            whole = rows // batch
            seconds += pgbench_seconds(script(stage, batch, sound_bytes), whole) * rows / (whole * batch)
            if rows % batch:
                pgbench_seconds(script(stage, rows % batch, sound_bytes), 1)
        left = psql("select count(*) from debrief.analysis_feedback where audio_status <> 'completed'")
        if left != "0":
            raise SystemExit(f"bench: the floor left {left} rows")
    return seconds


LEAN_TABLES = """
drop table if exists bench_lean_sounds, bench_lean_ssml, bench_lean;
create table bench_lean (
  id bigint generated always as identity primary key, analysis_job_id bigint not null, user_id uuid not null,
  timestamp_seconds numeric, category text, message text not null, confidence numeric, impact numeric,
  ssml_status text not null default 'queued', audio_status text not null default 'queued',
  attempts int not null default 0, due_at timestamptz default now(), lease_expires_at timestamptz,
  created_at timestamptz not null default now());
create index on bench_lean (analysis_job_id);
create index on bench_lean (user_id, created_at);
create index on bench_lean (due_at, id) where due_at is not null;
create index on bench_lean (lease_expires_at) where lease_expires_at is not null;
create table bench_lean_ssml (feedback_id bigint primary key, ssml text not null);
create table bench_lean_sounds (feedback_id bigint primary key, body bytea not null);
insert into bench_lean (analysis_job_id, user_id, message)
select 1, '11111111-1111-4111-8111-111111111111', 'Well done, and keep your pace.' from generate_series(1, {rows});
vacuum analyze bench_lean; checkpoint;
"""

# Claim; settle and hand on; settle: the least that a queue in the row itself needs, a hundred rows a batch.
LEAN_BATCH = """
with due as materialized (
  select ctid as row_ctid from bench_lean where due_at <= now() order by due_at, id limit 100
     for no key update skip locked),
claimed as (
  update bench_lean f set ssml_status = 'processing', due_at = null, attempts = attempts + 1,
         lease_expires_at = now() + interval '1 minute'
    from due where f.ctid = due.row_ctid returning f.id, f.message)
select array_agg(id)::text as ids, max(message) from claimed \\gset
with kept as (
  insert into bench_lean_ssml select id, '<speak>Well done, and keep your pace.</speak>' from unnest(:ids::bigint[]) id)
update bench_lean set ssml_status = 'completed', audio_status = 'processing', attempts = 1,
       lease_expires_at = now() + interval '1 minute' where id = any (:ids::bigint[]);
with kept as (
  insert into bench_lean_sounds select id, decode(repeat('61', {bytes}), 'hex') from unnest(:ids::bigint[]) id)
update bench_lean set audio_status = 'completed', lease_expires_at = null where id = any (:ids::bigint[]);
"""


def lean_seconds(rows, sound_bytes):
    """So long a lean table alone takes for both stages: a floor that does not move when our statements do."""
    batches_of_100 = rows // 100
    psql(LEAN_TABLES.format(rows=batches_of_100 * 100))
    seconds = pgbench_seconds(LEAN_BATCH.format(bytes=sound_bytes), batches_of_100) * rows / (batches_of_100 * 100)
    left = psql("select count(*) from bench_lean where audio_status <> 'completed'")
    psql("drop table bench_lean_sounds, bench_lean_ssml, bench_lean")
    if left != "0":
        raise SystemExit(f"bench: the lean floor left {left} rows")
    return seconds


def calls_per_second(in_flight, calls, url):
    return float(tool("curl_alone", in_flight, calls, 250, f"{url}/v1/ssml", f"{url}/v1/speech"))
