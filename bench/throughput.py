"""How much gets done: bursts, with and without what slows queues down."""

import statistics

from floors import batches, calls_per_second, lean_seconds, statements_seconds
from machine import Nginx, number, psql, sound, status, workers
from pipeline import (Watch, add_job, burst, forget_work, held_snapshot, install, profile,
                      row_versions, serve, setting, steady, wait_for_workers)

SSML = b'{"segments":["<speak>Well done, and keep your pace.</speak>"],"version":"stub"}'
SOUND = sound(0.03)  # small: the queue is measured here, not the disk
IN_FLIGHT = 128


def small_answers():
    return Nginx({"v1/ssml": SSML, "v1/speech": SOUND})


def end_to_end(quick):
    rows, rounds = (500, 1) if quick else (20_000, 3)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)
    burst(job, rows // 4)
    seconds, costs = [], []
    for _ in range(rounds):
        forget_work()
        psql("select pg_stat_reset()")
        with profile("end_to_end"), Watch(stub.pids()) as watch:
            seconds.append(burst(job, rows))
        versions = row_versions(rows)
        costs.append(watch.per_row(rows) | versions)
        sizes = batches(rows)
    forget_work()
    database_s = statements_seconds(job, rows, sizes, len(SOUND))
    lean_s = lean_seconds(rows, len(SOUND))
    calls_s = 2 * rows / calls_per_second(IN_FLIGHT, 2 * rows, stub.url())
    stub.stop()
    rate, floor = rows / statistics.median(seconds), rows / (database_s + calls_s)
    lean = rows / (lean_s + calls_s)
    return {"value": round(rate), "unit": "feedback/s", "floor": round(floor),
            "ratio": round(rate / floor, 3), "rows": rows, "in_flight": IN_FLIGHT,
            "runs": [round(rows / s) for s in seconds], "batches": sizes,
            "lean_floor": round(lean), "lean_ratio": round(rate / lean, 3),
            "floor_statements_us": round(database_s / rows * 1e6, 1),
            "lean_floor_statements_us": round(lean_s / rows * 1e6, 1),
            "floor_calls_us": round(calls_s / rows * 1e6, 1), "per_feedback": costs[-1]}


def workers_2(quick):
    rows, rounds = (500, 1) if quick else (20_000, 3)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)
    rates = {}
    for count in (1, 2):
        with setting("pg_debrief.workers_per_database", count):
            wait_for_workers(count)
            burst(job, rows // 4)
            seconds = []
            for _ in range(rounds):
                forget_work()
                seconds.append(burst(job, rows))
            rates[count] = rows / statistics.median(seconds)
    wait_for_workers(1)
    stub.stop()
    return {"value": round(rates[2]), "unit": "feedback/s", "floor": round(rates[1]),
            "ratio": round(rates[2] / rates[1], 3)}


def long_snapshot(quick):
    seconds, last = (4, 2) if quick else (60, 15)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)
    forget_work()
    steady(job, 2, 2_000)
    without = steady(job, last, 4_000)
    memory_before = status(workers()[0], "RssAnon")
    with held_snapshot():
        held = steady(job, seconds, 4_000)
    memory_after = status(workers()[0], "RssAnon")
    stub.stop()
    forget_work()
    floor, value = statistics.mean(without), statistics.mean(held[-last:])
    return {"value": round(value), "unit": "feedback/s", "floor": round(floor),
            "ratio": round(value / floor, 3), "held_seconds": seconds,
            "every_sixth": [round(statistics.mean(held[i:i + max(1, seconds // 6)]))
                           for i in range(0, seconds, max(1, seconds // 6))],
            "worker_kb_before": memory_before, "worker_kb_after": memory_after,
            "feedback": sum(without) + sum(held)}


def million_future(quick):
    rows, future, rounds = (500, 10_000, 1) if quick else (20_000, 1_000_000, 3)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)

    def rate():
        seconds = [burst(job, rows) for _ in range(rounds)]
        return rows / statistics.median(seconds)

    forget_work()
    burst(job, rows // 4)
    without = rate()
    forget_work()
    # Straight into the queue: the triggers would make them due now.
    psql(f"""begin; alter table debrief.analysis_feedback disable trigger user;
             insert into debrief.analysis_feedback (analysis_job_id, user_id, message, ssml_due_at)
             select j.id, j.user_id, 'Later.', now() + interval '1 day' + n * interval '1 ms'
               from debrief.analysis_jobs j, generate_series(1, {future}) n where j.id = {job};
             alter table debrief.analysis_feedback enable trigger user; commit""")
    psql("vacuum analyze debrief.analysis_feedback; checkpoint")
    value = rate()
    stub.stop()
    forget_work()
    return {"value": round(value), "unit": "feedback/s", "floor": round(without),
            "ratio": round(value / without, 3), "future_rows": future}


def fairness(quick):
    """One user's row behind another's thousands: how much later it is spoken than alone."""
    rows = 500 if quick else 10_000
    job, stub = install(), small_answers()
    other = add_job("22222222-2222-4222-8222-222222222222")
    serve(stub.url(), IN_FLIGHT)
    forget_work()
    burst(job, rows // 4)

    def seconds_of(which):
        return number(f"select extract(epoch from max(audio_updated_at) - min(created_at))"
                      f" from debrief.analysis_feedback where analysis_job_id = {which}")

    psql(f"insert into debrief.analysis_feedback (analysis_job_id, message) values ({other}, 'Alone.')")
    psql("select debrief.wait_for_feedback(max(id), interval '20 s') from debrief.analysis_feedback")
    alone = seconds_of(other)
    forget_work()
    psql(f"insert into debrief.analysis_feedback (analysis_job_id, message)"
         f" select {job}, 'Well done.' from generate_series(1, {rows});"
         f"insert into debrief.analysis_feedback (analysis_job_id, message) values ({other}, 'Behind.')")
    psql("select count(debrief.wait_for_feedback(id, interval '60 s')) from"
         " (select max(id) as id from debrief.analysis_feedback group by analysis_job_id) last")
    behind, all_of_them = seconds_of(other), seconds_of(job)
    stub.stop()
    forget_work()
    return {"value": round(behind * 1e3, 1), "unit": "ms", "floor": round(alone * 1e3, 1),
            "ratio": round(behind / alone, 1), "rows_ahead": rows,
            "all_rows_ms": round(all_of_them * 1e3, 1)}
