"""Time and memory of `photosort organize` as a user runs it: whole processes on a real folder.

    python benchmarks/organize.py DIR... [--clusters 8] [--model lite2]

Runs organize twice with a home of its own (the second run finds everything in the catalog; it stops
with an error if that looks at or hashes a photo), then the quick commands five times each, the
fastest counts. Processor time is that of the process and its children. Memory is the proportional
set size summed over them, sampled from /proc every 0.2 s (Linux).
"""

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    said: str  # on stderr


def measure(command: list[str], env: dict[str, str]) -> Measured:
    """Run a command; exit if it fails."""
    began, began_processor = time.perf_counter(), processor_seconds()
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
    return Measured(seconds, processor_seconds() - began_processor, peak, said)


def processor_seconds() -> float:
    """Sum what ended children, and theirs, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
        print("| run | seconds | processor seconds | peak memory, all processes |")
        print("|---|---|---|---|")
        for name in ("organize, first run", "organize, nothing changed"):
            run = measure(organize, env)
            print(
                f"| {name} | {run.seconds:.1f} | {run.processor_seconds:.1f} "
                f"| {run.peak_bytes / 1e9:.2f} GB |",
                flush=True,
            )
            if name.endswith("changed") and ("Looking" in run.said or "Recognising" in run.said):
                raise SystemExit("the second run decoded or hashed photos again")
        for quick in (["--help"], ["list"], ["preview", "cluster-3"]):
            runs = [measure([*photosort, *quick], env) for _ in range(5)]
            seconds = min(run.seconds for run in runs)
            processor = min(run.processor_seconds for run in runs)
            print(f"| {' '.join(quick)}, fastest of 5 | {seconds:.2f} | {processor:.2f} | |")


if __name__ == "__main__":
    main()
