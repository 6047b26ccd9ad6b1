"""Time and memory of `photosort organize` as a user runs it: whole processes on a real folder.

    python benchmarks/organize.py DIR... [--clusters 8] [--model lite2]

Runs organize twice with a home of its own (the second run finds everything in the catalog), then
the quick commands five times each. Memory is the proportional set size summed over the process and
its children, sampled from /proc every 0.2 s (Linux).
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INTERVAL_S = 0.2


def descendants(pid: int) -> list[int]:
    """List a process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += descendants(int(child))
    return found


def memory_bytes(pid: int) -> int:
    """Sum the proportional set size of a process and its children; 0 when it is gone."""
    total = 0
    for one in descendants(pid):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
    return total * 1024


def measure(command: list[str], env: dict[str, str]) -> tuple[float, int, str]:
    """Run a command; return seconds, peak bytes and what it said on stderr."""
    began = time.perf_counter()
    peak = 0
    with tempfile.TemporaryFile("w+") as errors:
        run = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=errors)
        code = None
        while code is None:
            with contextlib.suppress(OSError):  # it ended while we looked
                peak = max(peak, memory_bytes(run.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = run.wait(INTERVAL_S)
        seconds = time.perf_counter() - began
        errors.seek(0)
        said = errors.read()
    if code:
        raise SystemExit(f"{' '.join(command)}: exit code {code}\n{said}")
    return seconds, peak, said


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--clusters", default="8")
    parser.add_argument("--model", default="lite2")
    args = parser.parse_args()
    photosort = [sys.executable, "-m", "photosort"]
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "XDG_CACHE_HOME": f"{home}/cache", "XDG_STATE_HOME": f"{home}/state"}
        organize = [*photosort, "organize", *map(str, args.folders), "--out", f"{home}/album"]
        organize += ["--clusters", args.clusters, "--model", args.model]
        print("| run | seconds | peak memory, all processes |\n|---|---|---|")
        for name in ("organize, first run", "organize, nothing changed"):
            seconds, peak, said = measure(organize, env)
            print(f"| {name} | {seconds:.1f} | {peak / 1e9:.2f} GB |")
            if name.endswith("changed") and "Looking" in said:
                raise SystemExit("the second run looked at photos again")
        for quick in (["--help"], ["list"], ["preview", "cluster-3"]):
            times = [measure([*photosort, *quick], env)[0] for _ in range(5)]
            print(f"| {' '.join(quick)}, median of 5 | {statistics.median(times):.2f} | |")


if __name__ == "__main__":
    main()
