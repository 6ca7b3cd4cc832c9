"""The medians of two commits' runs: FOLDER has 0.RUN.json and 1.RUN.json."""

import json
import pathlib
import statistics
import sys


def medians(folder, which):
    """Of each figure: the median of its runs, and its unit."""
    runs = [json.loads(path.read_text())["scenarios"] for path in sorted(folder.glob(f"{which}.*.json"))]
    return {name: (statistics.median(run[name]["value"] for run in runs), runs[0][name]["unit"]) for name in runs[0]}


def main():
    folder = pathlib.Path(sys.argv[1])
    before, after = medians(folder, 0), medians(folder, 1)
    print(f"{'scenario':<16}{'A':>12}{'B':>12}{'B / A':>8} unit")
    for name in before:
        if name in after:
            (a, unit), (b, _) = before[name], after[name]
            ratio = f"{b / a:.3f}" if a else ""
            print(f"{name:<16}{round(a, 3):>12,}{round(b, 3):>12,}{ratio:>8} {unit}")


main()
