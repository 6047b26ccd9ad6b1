"""Time and memory of `photosort organize` as a user runs it: whole processes on a real folder.

    python benchmarks/organize.py DIR... [--clusters 8] [--model lite2]

Runs organize twice with a catalog of its own: the second run finds everything there, and it is an
error if that looks at or hashes a photo. Then the quick commands run five times each, and the
fastest counts. Processor time is that of the process and its children. Memory is the proportional
set size summed over them, sampled from /proc every 0.2 s (Linux).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from processes import home, measure


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--clusters", default="8")
    parser.add_argument("--model", default="lite2")
    args = parser.parse_args()
    photosort = [sys.executable, "-m", "photosort"]
    with tempfile.TemporaryDirectory() as folder:
        env = home(Path(folder))
        organize = [*photosort, "organize", *map(str, args.folders), "--out", f"{folder}/album"]
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
