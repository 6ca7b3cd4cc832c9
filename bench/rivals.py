"""The same two-step job by pg_debrief and by other queues, in turn: a table for docs/performance.md.

  rivals.py [--quick] [--runs=N]

Each does ROWS feedback N times: the same calls to the same stub, the same bytes of result, and time from
the commit that queues them to the last sound. What each is set to is in bench/rivals/.
"""

import json
import os
import statistics
import sys

from machine import describe, psql, run
from pipeline import burst, forget_work, install, serve, wait_for_workers
from throughput import IN_FLIGHT, small_answers

RIVALS = {"pg-boss": "pg_boss.mjs", "Graphile Worker": "graphile_worker.mjs"}
FOLDER = "bench/rivals"


def version(name):
    package = name.lower().replace(" ", "-")
    with open(f"{FOLDER}/package.json", encoding="utf-8") as file:
        return json.load(file)["dependencies"][package]


def ours(job, rows):
    forget_work()
    return burst(job, rows)


def theirs(script, url, rows):
    environment = os.environ | {"NODE_ENV": "production", "NO_LOG_SUCCESS": "1"}
    seconds = run(["node", "--no-warnings", f"{FOLDER}/{script}", url, str(rows)], env=environment)
    psql("drop schema if exists pgboss, graphile_worker cascade; drop table if exists rival_sounds, rival_ssml;"
         "checkpoint")
    return float(seconds.split()[-1])


def main():
    quick = "--quick" in sys.argv
    runs = max([int(option[7:]) for option in sys.argv if option.startswith("--runs=")], default=1)
    rows = 40 if quick else 20_000
    job, stub = install(), small_answers()
    wait_for_workers(1)
    serve(stub.url(), IN_FLIGHT)
    burst(job, rows // 4)
    rates = {"pg_debrief": []} | {name: [] for name in RIVALS}
    for _ in range(runs):
        rates["pg_debrief"].append(rows / ours(job, rows))
        for name, script in RIVALS.items():
            rates[name].append(rows / theirs(script, stub.url(), rows))
    stub.stop()
    machine = describe()
    print(f"{machine['date']}: {machine['cores']} cores ({machine['cpu']}), PostgreSQL {machine['postgresql']};"
          f" {rows:,} feedback, {runs} runs in turn\n")
    print("| feedback/s | least | median | most | pg_debrief is |\n|---|---|---|---|---|")
    best = statistics.median(rates["pg_debrief"])
    for name, found in rates.items():
        label = name if name == "pg_debrief" else f"{name} {version(name)}"
        times = "" if name == "pg_debrief" else f"{best / statistics.median(found):.1f} times as fast"
        print(f"| {label} | " + " | ".join(f"{round(rate):,}" for rate in
                                           (min(found), statistics.median(found), max(found))) + f" | {times} |")
    if not quick:
        with open("build/rivals.json", "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "rows": rows, "rates": rates}, file, indent=2)


main()
