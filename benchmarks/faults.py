"""What photosort survives, as one table: faults, bad inputs and kills, and what they cost.

    python benchmarks/faults.py [--inputs 10500] [--seed 20261125]

The same trials as the slow tests, in processes of their own: every operation of every kind of
write and undo fails with every error (tests/faulty.py), is killed before it (tests/killer.py), and
damaged photos go through scan, decode and EXIF (tests/fuzz.py). Exit code 1 when anything is lost.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[1]
LINKS = ("symlink", "hardlink", "copy")
ACTS = ("first", "write", "undo", "restore", "add")
SHAPES = ("flat", "nested")
SYSTEMS = ("whole", "plain")  # with exclusive renames, and without


def trial(module: str, *arguments: str | Path) -> dict[str, Any]:
    """Run one of the tests' own trials and return what it counted."""
    command = [sys.executable, "-m", f"tests.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE, check=True)
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


def kill_everywhere(base: Path) -> dict[str, Any]:
    """Kill every act on every kind of album at every step, recoveries included; sum up."""
    total: dict[str, Any] = {"kills": 0, "recoveries_killed": 0, "wrong": []}
    for link, act, shape, system in itertools.product(LINKS, ACTS, SHAPES, SYSTEMS):
        counted = trial("killer", base, link, act, shape, "recoveries", system)
        for name in total:
            total[name] += counted[name]
    return total


def main() -> None:
    """Try everything and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_500)
    parser.add_argument("--seed", type=int, default=20_261_125)
    args = parser.parse_args()
    began = time.perf_counter()
    memory = Path("/dev/shm")  # where fsync costs nothing, if there is such a place
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        faults = trial("faulty", Path(folder) / "faults")
        kills = kill_everywhere(Path(folder) / "kills")
        inputs = trial("fuzz", str(args.inputs), str(args.seed))
    wrong = [*faults["wrong"], *kills["wrong"], *inputs["wrong"]]
    changed = sum("changed" in line for line in wrong)
    outcomes: dict[str, int] = {}
    for name, count in inputs["outcomes"].items():
        end = name.rpartition(" ")[2]
        outcomes[end] = outcomes.get(end, 0) + count
    ends = ", ".join(f"{count:,} {end}" for end, count in sorted(outcomes.items()))
    rows = (
        ("faults injected", f"{faults['faults']:,}, of which {faults['told']:,} stopped the run"),
        ("bad inputs tried", f"{inputs['tried']:,} ({ends})"),
        ("peak memory of a worker", f"{inputs['peak_bytes'] / 1e6:,.0f} MB"),
        ("kills survived", f"{kills['kills'] + kills['recoveries_killed']:,}, of which "
                           f"{kills['recoveries_killed']:,} killed a recovery"),
        ("originals changed", f"{changed:,}"),
        ("runs lost", f"{len(wrong) - changed:,}"),
    )  # fmt: skip
    print(f"| seed {args.seed} | {time.perf_counter() - began:,.0f} s |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")
    for line in wrong:
        print(line, file=sys.stderr)
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
