"""What is not kept: retention beside the pipeline, and a person's data."""

import os
import statistics
import time

from machine import number, psql
from pipeline import add_job, forget_work, install, serve, setting, steady
from throughput import IN_FLIGHT, small_answers

OTHER = "33333333-3333-4333-8333-333333333333"


def add_analyses(user, analyses, items, ended):
    """Finished analyses with so many spoken items each; the triggers would queue them."""
    psql(f"""begin; set local session_replication_role = replica;
        create temp table added on commit drop as
          select nextval(pg_get_serial_sequence('debrief.video_recordings', 'id')) as recording,
                 nextval(pg_get_serial_sequence('debrief.analysis_jobs', 'id')) as job
            from generate_series(1, {analyses});
        insert into debrief.video_recordings (id, user_id, storage_path, upload_status, source) overriding system value
          select recording, '{user}', '{user}/talk.mp4', 'completed', 'bench:' || recording from added;
        insert into debrief.analysis_jobs (id, user_id, video_recording_id, status, processing_completed_at) overriding system value
          select job, '{user}', recording, 'completed', {ended} from added;
        insert into debrief.analysis_feedback (analysis_job_id, user_id, message, ssml_status, audio_status)
          select job, '{user}', 'Well done.', 'completed', 'completed' from added, generate_series(1, {items});
        insert into debrief.analysis_audio_segments (feedback_id, user_id, audio_url, storage_path, store, format)
          select f.id, f.user_id, 'database:' || f.id, 'bench/' || f.id, 'database', 'wav'
            from debrief.analysis_feedback f join added a on a.job = f.analysis_job_id;
        insert into debrief.audio_objects (storage_path, user_id, content_type, body)
          select 'bench/' || f.id, f.user_id, 'audio/wav', decode(repeat('5a', 1500), 'hex')
            from debrief.analysis_feedback f join added a on a.job = f.analysis_job_id;
        commit""")


def retention(quick):
    """A pipeline beside the removal of what was kept too long, and without it, in turn."""
    analyses = 2_000 if quick else int(os.environ.get("RETENTION_ANALYSES", 1_000_000))
    seconds, turns = (3, 1) if quick else (20, 3)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)
    forget_work()
    add_analyses(OTHER, analyses, 1, "now() - interval '400 days' + random() * interval '300 days'")
    psql("vacuum analyze; checkpoint")
    steady(job, 2, 2_000)
    without, beside = [], []
    with setting("pg_debrief.safety_poll", "'1s'"):
        for _ in range(turns):
            without += steady(job, seconds, 4_000)
            with setting("pg_debrief.analysis_retention", "'30d'"):
                beside += steady(job, seconds, 4_000)
    left = number(f"select count(*) from debrief.analysis_jobs where user_id = '{OTHER}'")
    stub.stop()
    forget_work()
    psql("truncate debrief.video_recordings cascade")
    floor, value = statistics.mean(without), statistics.mean(beside)
    return {"value": round(value), "unit": "feedback/s", "floor": round(floor),
            "ratio": round(value / floor, 3), "analyses": analyses,
            "removed_per_second": round((analyses - left) / seconds / turns)}


def erase_user(quick):
    """A user of 1,000 analyses, five spoken items each, among as many of another."""
    analyses = 100 if quick else 1_000
    install()
    add_analyses(OTHER, analyses, 5, "now()")
    add_job("44444444-4444-4444-8444-444444444444")
    psql("vacuum analyze")
    began = time.monotonic()
    psql(f"select * from debrief.erase_user('{OTHER}')")
    seconds = time.monotonic() - began
    left = number(f"select count(*) from debrief.export_user('{OTHER}')")
    psql("truncate debrief.video_recordings cascade")
    return {"value": round(seconds, 3), "unit": "s", "floor": None, "ratio": None,
            "analyses": analyses, "rows_left": left}
