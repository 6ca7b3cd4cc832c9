"""The floors: the worker's statements without the worker, libcurl without anything."""

import os
import re

from machine import pgbench, psql, tool
from pipeline import no_worker


def batches(rows):
    """How many rows each of the worker's statements had on average since statistics were reset."""
    found = psql("select funcname, calls from pg_stat_user_functions where schemaname = 'debrief'"
                 " and funcname in ('_claim_ssml', '_settle_ssml', '_claim_audio', '_settle_audio')")
    calls = dict(line.split("|") for line in found.split("\n"))
    return {name: min(100, max(1, round(rows / max(1, int(count))))) for name, count in calls.items()}


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


def calls_per_second(in_flight, calls, url):
    return float(tool("curl_alone", in_flight, calls, 250, f"{url}/v1/ssml", f"{url}/v1/speech"))
