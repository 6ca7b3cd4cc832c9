"""All scenarios in a row: a table for people, bench/results.json for programs.

  scenarios.py [--quick] [--runs=N] [SCENARIO]...

With N runs, each scenario is measured N times, and the table has the least, the middle and the most.
"""

import json
import math
import statistics
import sys
import time

from console import console
from homes import homes
from latency import enqueue, foreground, idle, wire
from keeping import erase_user, retention
from load import big_audio, in_flight_1000, in_flight_5000
from machine import describe
from pipeline import install, settings, wait_for_workers
from ten_million import ten_million_done
from throughput import end_to_end, fairness, long_snapshot, million_future, workers_2

SCENARIOS = {"end_to_end": end_to_end, "wire": wire, "enqueue": enqueue,
             "long_snapshot": long_snapshot, "million_future": million_future,
             "big_audio": big_audio, "in_flight_1000": in_flight_1000,
             "in_flight_5000": in_flight_5000, "idle": idle, "workers_2": workers_2,
             "fairness": fairness, "foreground": foreground, "retention": retention,
             "erase_user": erase_user, "console": console}
# Asked for by name.
APART = {"ten_million_done": ten_million_done, "homes": homes}


def line(name, figures):
    floor = "" if figures["floor"] is None else f"{figures['floor']:>12,}"
    ratio = "" if figures["ratio"] is None else f"{figures['ratio']:>8}"
    return f"{name:<16}{figures['value']:>12,} {figures['unit']:<24}{floor:>12} {ratio:>8}"


# What bench/results.json promises to hold.
PROMISED = ("end_to_end", "commit_to_wire", "commit_to_done", "enqueue", "long_snapshot",
            "million_future", "big_audio", "in_flight_1000", "idle", "workers_2")


def check_form(scenarios):
    """Ends the program when a figure is missing or is none."""
    for name in PROMISED:
        figures = scenarios.get(name)
        if figures is None:
            sys.exit(f"bench: no scenario {name}")
        for key in ("value", "floor", "ratio"):
            number = figures[key]
            if number is None and key != "value":
                continue
            if not isinstance(number, (int, float)) or not math.isfinite(number) or number < 0:
                sys.exit(f"bench: {name}: {key} is {number!r}")
        if not figures["unit"]:
            sys.exit(f"bench: {name} has no unit")
        if figures.get("failures"):
            sys.exit(f"bench: {name}: {figures['failures']} attempts failed")


def measured(name, quick):
    """The figures of a scenario, by the name of each."""
    found = (SCENARIOS | APART)[name](quick)
    return found if "value" not in found else {name: found}


def repeat(names, runs, quick):
    """Prints and answers what `runs` runs of these scenarios measured."""
    print(f"\n{'scenario':<16}{'min':>12}{'median':>12}{'max':>12} unit")
    result = {}
    for name in names:
        found = [measured(name, quick) for _ in range(runs)]
        for one in found[0]:
            values = [figures[one]["value"] for figures in found]
            spread = {"min": min(values), "value": statistics.median(values), "max": max(values)}
            print(f"{one:<16}" + "".join(f"{round(value, 3):>12,}" for value in spread.values()),
                  found[0][one]["unit"].rsplit(", ", 1)[0])
            result[one] = spread | {"unit": found[0][one]["unit"], "runs": values}
        sys.stdout.flush()
    return result


def main():
    quick = "--quick" in sys.argv
    runs = max([int(option[7:]) for option in sys.argv if option.startswith("--runs=")], default=1)
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")] or list(SCENARIOS)
    unknown = [name for name in wanted if name not in SCENARIOS | APART]
    if unknown:
        sys.exit(f"bench: no scenario {' '.join(unknown)}; there are: {' '.join(SCENARIOS | APART)}")
    install()
    wait_for_workers(1)
    result = {"machine": describe(), "settings": settings(), "quick": quick, "scenarios": {}}
    for part in ("machine", "settings"):
        print(", ".join(f"{name} {value}" for name, value in result[part].items()))
    began = time.monotonic()
    if runs > 1:
        result["scenarios"] = repeat(wanted, runs, quick)
    else:
        print(f"\n{'scenario':<16}{'value':>12} {'unit':<24}{'floor':>12} {'ratio':>8}")
    for name in wanted if runs == 1 else []:
        for one, figures in measured(name, quick).items():
            result["scenarios"][one] = figures
            print(line(one, figures))
            for key, value in figures.items():
                if key not in ("value", "unit", "floor", "ratio"):
                    print(f"    {key}: {json.dumps(value)}")
        sys.stdout.flush()
    result["seconds"] = round(time.monotonic() - began)
    whole = not quick and runs == 1 and wanted == list(SCENARIOS)
    path = "bench/results.json" if whole else "build/bench.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    if runs == 1 and wanted == list(SCENARIOS):
        check_form(result["scenarios"])
    print(f"\n{result['seconds']} s; {path} has it all")


main()
