"""How soon it begins, how soon it ends, what it costs those who write, and what rest costs."""

import re
import statistics
import subprocess
import time

from machine import (TOOLS, WireStub, command_line, cpu_seconds, number, pgbench, postgres_pids, psql, run, start,
                     status, tool, workers)
from pipeline import forget_work, install, serve, setting
from throughput import IN_FLIGHT, SOUND, small_answers

RATES = {"idle": (60, 4), "10_per_second": (150, 10), "100_per_second": (1_500, 100),
         "500_per_second": (6_000, 500)}


def quantiles(microseconds):
    ordered = sorted(microseconds)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000, 3)
    return {"p50": at(0.5), "p99": at(0.99), "max": at(1.0)}


def average_ms(said):
    return float(re.search(r"latency average = ([0-9.]+) ms", said).group(1))


def update_ms(rate, seconds):
    """The floor: what the application's own update of one row, committed, takes at that rate. A
    machine that is nearly idle is slow to wake, whoever asks."""
    said = pgbench(["-R", rate, "-T", seconds], "update bench_floor set n = n + 1;")
    return round(average_ms(said), 3)


def worst(figures, quantile, floors=None):
    """The rate with the largest such quantile, as a scenario."""
    name = max(figures, key=lambda rate: figures[rate][quantile])
    value, floor = figures[name][quantile], floors and floors[name]
    return {"value": value, "unit": f"ms, {quantile}, {name}", "floor": floor,
            "ratio": floor and round(value / floor, 2), "rates": figures}


def wire_and_done(job, rows, rate, stub):
    """Quantiles of the milliseconds from a row's commit to its first request, and to its sound."""
    tool("wire_client", job, 20, 20)  # warm connections, plans
    written = tool("wire_client", job, rows, rate)
    calls = stub.stop()
    wires, dones = [], []
    for line in written.split("\n")[:-1]:
        row, committed, done = map(int, line.split())
        if done < 0:
            raise SystemExit(f"bench: row {row} was not spoken")
        provider = sum(answered - arrived for arrived, answered in
                       (calls["ssml", row], calls["audio", row]))
        wires.append(calls["ssml", row][0] - committed)
        dones.append(done - committed - provider)
    return quantiles(wires), quantiles(dones)


def wire(quick):
    """Milliseconds from a row's commit to its first request, and to its sound."""
    job, to_wire, to_done, floors = install(), {}, {}, {}
    forget_work()
    psql("create table if not exists bench_floor (n int); truncate bench_floor;"
         "insert into bench_floor values (0)")
    for name, (rows, rate) in RATES.items():
        stub = WireStub(SOUND, 0)
        serve(stub.url(), IN_FLIGHT)
        to_wire[name], to_done[name] = wire_and_done(job, rows // 20 if quick else rows, rate, stub)
        floors[name] = update_ms(rate, 1 if quick else 5)
    return {"commit_to_wire": worst(to_wire, "p50", floors) | {"update_ms": floors},
            "commit_to_done": worst(to_done, "p99")}


DUE = {"with": "", "without": ", user_id, ssml_due_at"}
ROW = {"with": "", "without": ", '11111111-1111-4111-8111-111111111111', clock_timestamp()"}


def insert(kind, job, source=""):
    """A row as the application writes it, or as it is once our triggers have filled it."""
    return (f"insert into debrief.analysis_feedback (analysis_job_id, message{DUE[kind]})"
            f" select {job}, 'Well done, and keep your pace.'{ROW[kind]} {source}")


def seconds_of(sql):
    began = time.monotonic()
    psql(sql)
    return time.monotonic() - began


def writers_tps(kind, job, seconds):
    said = pgbench(["-c", 8, "-j", 2, "-T", seconds], insert(kind, job))
    return float(re.search(r"tps = ([0-9.]+) \(without", said).group(1))


def enqueue(quick):
    """Rows are only queued: the stages are paused, the worker is awake and is woken."""
    rows, seconds, rounds = (2_000, 1, 1) if quick else (100_000, 4, 3)
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)
    psql("select debrief.pause('ssml'), debrief.pause('audio')")
    bulk, single, tps = ({"with": [], "without": []} for _ in range(3))
    for _ in range(rounds):
        for kind in ("without", "with"):
            enabled = "enable" if kind == "with" else "disable"
            psql(f"alter table debrief.analysis_feedback {enabled} trigger user")
            forget_work()
            bulk[kind].append(seconds_of(insert(kind, job, f"from generate_series(1, {rows})")))
            forget_work()
            single[kind].append(seconds_of(
                f"do $$ begin for i in 1 .. {rows // 5} loop {insert(kind, job)}; end loop; end $$"))
            forget_work()
            tps[kind].append(writers_tps(kind, job, seconds))
    psql("alter table debrief.analysis_feedback enable trigger user")
    forget_work()
    psql("select debrief.resume('ssml'), debrief.resume('audio')")
    stub.stop()
    median = {kind: statistics.median(tps[kind]) for kind in tps}
    microseconds = lambda taken, count: round(
        (statistics.median(taken["with"]) - statistics.median(taken["without"])) / count * 1e6, 1)
    return {"value": round(median["with"]), "unit": "rows/s by 8 writers",
            "floor": round(median["without"]), "ratio": round(median["with"] / median["without"], 3),
            "bulk_rows_per_second": round(rows / statistics.median(bulk["with"])),
            "bulk_rows_per_second_without": round(rows / statistics.median(bulk["without"])),
            "bulk_added_us_per_row": microseconds(bulk, rows),
            "single_row_added_us": microseconds(single, rows // 5)}


def idle(quick):
    """A minute in which nothing is to be done. Transactions: of the worker's database."""
    seconds = 12 if quick else 60
    install()
    stub = small_answers()
    serve(stub.url(), IN_FLIGHT)
    psql("vacuum analyze; checkpoint")
    # Its transactions would be counted with ours.
    with setting("autovacuum", "off"):
        time.sleep(3)
        return rest(seconds, stub)


def rest(seconds, stub):
    pid = workers()[0]
    ours = [pid for pid in postgres_pids() if b"pg_debrief" in command_line(pid)]
    commits = "select xact_commit from pg_stat_database where datname = current_database()"

    def read():
        return (number(commits), status(pid, "voluntary_ctxt_switches"), cpu_seconds(ours),
                number("select sum(calls) from pg_stat_user_functions where schemaname = 'debrief'"))

    before = read()
    time.sleep(seconds)
    after = read()
    stub.stop()
    poll_s = number("select setting::int / 1000 from pg_settings where name = 'pg_debrief.safety_poll'")
    # Each reading is transactions of its own: two lie between the counts, and the count itself.
    transactions = after[0] - before[0] - 3
    return {"value": transactions, "unit": f"transactions in {seconds} s",
            "floor": seconds / poll_s, "ratio": round(transactions / (seconds / poll_s), 2),
            "wake_ups": after[1] - before[1], "cpu_ms": round((after[2] - before[2]) * 1e3),
            "function_calls": after[3] - before[3]}


def foreground(quick):
    """The application's own queries (pgbench, 2 clients) while the pipeline is never idle."""
    seconds = 2 if quick else 10
    job, stub = install(), small_answers()
    serve(stub.url(), IN_FLIGHT)
    run(["pgbench", "-i", "-q", "-s", "5"])

    def latency_ms():
        return average_ms(pgbench(["-c", 2, "-T", seconds, "-R", 200]))

    alone = latency_ms()
    load = start([TOOLS / "queue_load", str(job), "steady", str(seconds + 2), "2000"],
                 stdout=subprocess.PIPE)
    time.sleep(1)
    beside = latency_ms()
    done = [int(line) for line in load.communicate()[0].split()]
    stub.stop()
    forget_work()
    return {"value": beside, "unit": "ms on average", "floor": alone,
            "ratio": round(beside / alone, 2), "feedback_per_second": round(statistics.mean(done[1:-1]))}
