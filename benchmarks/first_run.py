"""What a first run costs, stage by stage: `organize` from nothing, to the links.

    python benchmarks/many_photos.py PHOTOS DIR --count 20000
    python benchmarks/first_run.py DIR WORK

WORK is made: the catalog and the album go there. The stages are those that the progress shows.
Seconds are by the clock; processor seconds are those of the process and of its children that have
ended by then. Memory is the peak, over the whole run, of the proportional set size of all
processes.
"""

import argparse
import sys
from pathlib import Path

from processes import catalog_in, home, measure
from second_run import Clock


class Stages(Clock):
    """Notes when each stage began, to the end."""

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:  # noqa: ARG002
        """Note the time."""
        self.note_time(name)


def run(photos: Path, out: Path) -> None:
    """Organize, and print a line a stage on stderr."""
    from photosort.commands.organize import organize
    from photosort.commands.request import Request

    clock = Stages()
    organize(Request((photos,), out=out), clock)
    clock.note_time("end")
    for line in clock.lines():
        print(line, file=sys.stderr)


def main() -> None:
    """Run in a process of its own, print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    photos, work = given.photos.absolute(), given.work.absolute()
    if given.here:
        run(photos, work / "album")
        return
    work.mkdir(parents=True)
    command = [sys.executable, __file__, str(photos), str(work), "--here"]
    found = measure(command, home(work))
    print("| stage | seconds | processor |\n|---|---|---|")
    print("\n".join(line for line in found.said.splitlines() if line.startswith("|")))
    print(f"| all | {found.seconds:.0f} | {found.processor_seconds:.0f} |")
    made = (catalog_in(work), work / "album" / "album.json")
    sizes = [file.stat().st_size / 1e6 for file in made]
    print(
        f"\npeak {found.peak_bytes / 1e9:.2f} GB; catalog {sizes[0]:.0f} MB,"
        f" album.json {sizes[1]:.0f} MB"
    )


if __name__ == "__main__":
    main()
