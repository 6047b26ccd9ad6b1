"""What writing the links of a large album costs, by turns with bare `os.symlink`.

    python benchmarks/links.py WORK [--count 100000] [--package FOLDER...] [--turns 2]

WORK/photos holds the photos (benchmarks/second_run.py makes them). The album of 30 clusters is
written to WORK/links and removed again. Measured are the plan, the links with their proof and the
journal, and album.json; beside them, as many links in as many folders and nothing else. Each FOLDER
holds a photosort, by default this one. Seconds are those of the processor in the program ("own")
and in the system, and those by the clock; the last column is links a second of processor time.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from made_album import CLUSTERS, write

from photosort.album.plan import Member
from photosort.album.write import claim
from photosort.startup import collect_rarely


def measure(name: str, count: int, work: Callable[[], object]) -> None:
    """Run, and print a line of a table in Markdown."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    work()
    seconds, now = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    own, system = now.ru_utime - used.ru_utime, now.ru_stime - used.ru_stime
    each = count / (own + system)
    print(f"| {name} | {own:.1f} | {system:.1f} | {seconds:.1f} | {each:,.0f} |", flush=True)


def album(source: Path, paths: list[Path], out: Path) -> None:
    """Write the album."""
    members = [Member(path, 0.9, f"{number:032x}") for number, path in enumerate(paths)]
    with claim(out, [source], "symlink") as claimed:
        write(claimed, members, source)


def bare(paths: list[Path], out: Path) -> None:
    """Make as many links in as many folders, and nothing else."""
    for number in range(CLUSTERS):
        (out / str(number)).mkdir(parents=True)
    for number, path in enumerate(paths):
        os.symlink(path, f"{out}/{number % CLUSTERS}/{path.name}")  # noqa: PTH211


def main() -> None:
    """Measure by turns, each in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--package", type=Path, nargs="+", default=[Path(__file__).parents[1]])
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--here", help=argparse.SUPPRESS)
    given = parser.parse_args()
    source, out = given.work.absolute() / "photos", given.work.absolute() / "links"
    if given.here:
        collect_rarely()  # as the command does
        paths = sorted(source.rglob("*.jpg"))[: given.count]
        works = {"os.symlink": lambda: bare(paths, out)}
        work = works.get(given.here, lambda: album(source, paths, out))
        measure(given.here, len(paths), work)
        shutil.rmtree(out)
        return
    print("| links | own | system | clock | links/s |\n|---|---|---|---|---|", flush=True)
    again = [sys.executable, __file__, str(given.work), "--count", str(given.count)]
    for name in [*map(str, given.package), "os.symlink"] * given.turns:
        env = {**os.environ, "PYTHONPATH": name} if os.sep in name else None
        subprocess.run([*again, "--here", name], env=env, check=True)


if __name__ == "__main__":
    main()
