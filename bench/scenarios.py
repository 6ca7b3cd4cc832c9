"""All scenarios in a row: a table for people, bench/results.json for programs."""

import json
import sys
import time

from latency import enqueue, foreground, idle, wire
from load import big_audio, in_flight_1000
from machine import describe
from pipeline import install, settings, wait_for_workers
from throughput import end_to_end, fairness, long_snapshot, million_future, workers_2

SCENARIOS = {"end_to_end": end_to_end, "wire": wire, "enqueue": enqueue,
             "long_snapshot": long_snapshot, "million_future": million_future,
             "big_audio": big_audio, "in_flight_1000": in_flight_1000, "idle": idle,
             "workers_2": workers_2, "fairness": fairness, "foreground": foreground}


def line(name, figures):
    floor = "" if figures["floor"] is None else f"{figures['floor']:>12,}"
    ratio = "" if figures["ratio"] is None else f"{figures['ratio']:>8}"
    return f"{name:<16}{figures['value']:>12,} {figures['unit']:<24}{floor:>12} {ratio:>8}"


def main():
    quick = "--quick" in sys.argv
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")] or list(SCENARIOS)
    install()
    wait_for_workers(1)
    result = {"machine": describe(), "settings": settings(), "quick": quick, "scenarios": {}}
    for part in ("machine", "settings"):
        print(", ".join(f"{name} {value}" for name, value in result[part].items()))
    print(f"\n{'scenario':<16}{'value':>12} {'unit':<24}{'floor':>12} {'ratio':>8}")
    began = time.monotonic()
    for name in wanted:
        found = SCENARIOS[name](quick)
        for one, figures in (found if "value" not in found else {name: found}).items():
            result["scenarios"][one] = figures
            print(line(one, figures))
            for key, value in figures.items():
                if key not in ("value", "unit", "floor", "ratio"):
                    print(f"    {key}: {json.dumps(value)}")
        sys.stdout.flush()
    result["seconds"] = round(time.monotonic() - began)
    with open("bench/results.json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    print(f"\n{result['seconds']} s; bench/results.json has it all")


main()
