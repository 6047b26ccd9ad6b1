"""What a run over photos that are known costs, until their grouping begins; 100,000 by default.

    python benchmarks/second_run.py WORK [--photos 100000] [--new 1000]
                                    [--commands [FOLDER...] [--organize] [--relink]]

WORK/photos is filled with small JPEGs, and a catalog in WORK/cache with what a first run would have
learned of them. Features and scores are made up: a feature is the mean of one of 30 classes, with
noise. Then `organize` runs twice, each time in a process of its own, and stops where it would begin
to group; the first time the formats of the files are not in the catalog yet. With --new, so many
photos are added for a third run, and the network looks at them. Each line is a stage with its
seconds by the clock and the processor seconds of its process and children; the peak memory of the
process stands below.

--commands measures instead what a user runs on an album of all photos: list, preview, find, move,
undo, rename, undo of the album. With --relink the album is repaired before that undo, twice: the
folder of photos gets another name, then its own again. With --organize the album is made by
`organize`, else its 30 clusters are made up. Memory is the peak of the proportional set size of all
processes. Each FOLDER holds a photosort, by default this one; they run one after the other, each
with an album of its own.
"""

import argparse
import contextlib
import io
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from made_album import CLUSTERS, write
from PIL import Image
from processes import catalog_in, home, measure, processor_seconds

from photosort.album.plan import Member
from photosort.album.write import claim
from photosort.catalog import Catalog
from photosort.catalog.rows import CLASSES, FEATURE_SIZE
from photosort.commands import request as asking
from photosort.embed.backbone import DEFAULT_MODEL, find_model
from photosort.photos.metadata import read_facts
from photosort.photos.records import Embedded, content_hash
from photosort.photos.scan import scan

A_FOLDER = 1000
BATCH = 2000


class GroupingBegins(Exception):  # noqa: N818 (it is no error)
    """Ends a run where its grouping would begin."""


class Clock:
    """Progress that notes when each stage began, and ends the run before photos are compared."""

    def __init__(self) -> None:
        self.began = [("Starting", time.perf_counter(), processor_seconds())]

    def note_time(self, name: str) -> None:
        """Begin a stage."""
        self.began.append((name, time.perf_counter(), processor_seconds()))

    def lines(self) -> list[str]:
        """Return a line of a table for each stage but the last, which has not ended."""
        return [
            f"| {name} | {following[1] - at:.2f} | {following[2] - used:.2f} |"
            for (name, at, used), following in zip(self.began, self.began[1:], strict=False)
        ]

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:  # noqa: ARG002
        """Note the time."""
        self.note_time(name)
        if name == "Comparing photos":
            raise GroupingBegins

    def advance(self, done: int) -> None:
        """Take no note."""

    def note(self, text: str) -> None:
        """Take no note."""


def make_photos(folder: Path, numbers: range) -> list[Path]:
    """Write small JPEGs of noise with a date, a thousand a folder."""
    made = []
    for number in numbers:
        path = folder / f"{number // A_FOLDER:04}" / f"IMG_{number:07}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        made.append(path)
        if path.exists():
            continue
        rng = np.random.default_rng(number)
        small = rng.integers(0, 256, (6, 8, 3), np.uint8)
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(number * 977))
        written = io.BytesIO()
        Image.fromarray(small).resize((64, 48)).save(written, "JPEG", exif=exif)
        path.write_bytes(written.getvalue())
    return made


def looked_at(paths: list[Path]) -> Iterator[Embedded]:
    """Make up what a first run learns of photos."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(CLUSTERS, FEATURE_SIZE)).astype(np.float32)
    for number, path in enumerate(paths):
        feature = means[number % CLUSTERS] + rng.standard_normal(FEATURE_SIZE, np.float32)
        status = path.stat()
        yield Embedded(
            path,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            content_hash(path),
            read_facts(path),
            np.maximum(feature, 0).astype(np.float16),
            rng.random(CLASSES, np.float32).astype(np.float16),
        )


def fill(catalog: Path, paths: list[Path]) -> None:
    """Store what a first run learns."""
    spec = find_model(DEFAULT_MODEL)
    with Catalog.open(catalog) as opened:
        batch: list[Embedded] = []
        for one in looked_at(paths):
            batch.append(one)
            if len(batch) == BATCH:
                opened.store(batch, spec.id)
                batch = []
        opened.store(batch, spec.id)


def run(photos: Path) -> None:
    """Organize up to the grouping and print a line a stage."""
    from photosort.commands.organize import rehearse

    request = replace(asking.Request((photos,)), out=photos.with_name("album"))
    clock = Clock()
    with contextlib.suppress(GroupingBegins):
        rehearse(request, clock)
    whole = (clock.began[-1][1] - clock.began[0][1], clock.began[-1][2] - clock.began[0][2])
    print("\n".join([*clock.lines(), f"| All | {whole[0]:.2f} | {whole[1]:.2f} |"]), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"peak of the process: {peak / 1e9:.2f} GB")


def main() -> None:
    """Prepare, run in processes of their own, print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=0)
    parser.add_argument("--commands", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--organize", action="store_true")
    parser.add_argument("--relink", action="store_true")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--album", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    work = given.work.absolute()
    if given.run:
        run(work / "photos")
        return
    catalog = catalog_in(work)
    paths = make_photos(work / "photos", range(given.photos))
    if given.album:
        write_album_of(work, paths)
        return
    if not catalog.exists():
        fill(catalog, paths)
    again = [sys.executable, __file__, str(work), "--run"]
    if given.commands is not None:
        for package in given.commands or [Path(__file__).parents[1]]:
            env = {**home(work), "PYTHONPATH": str(package.absolute())}
            run_commands(work, paths, env, given)
        return
    runs = ["the second run", "the third run"]
    if given.new:
        runs.append(f"{given.new:,} new photos")
    for name in runs:
        if "new" in name:
            make_photos(work / "photos", range(given.photos, given.photos + given.new))
        print(f"\n{name}\n\n| stage | seconds | processor |\n|---|---|---|", flush=True)
        subprocess.run(again, env=home(work), check=True)


def run_commands(
    work: Path, paths: list[Path], env: dict[str, str], given: argparse.Namespace
) -> None:
    """Run what a user runs on the whole folder, one command after the other; print a line each."""
    album, moved = work / "album", work / "moved"
    shutil.rmtree(album, ignore_errors=True)
    print(f"\n{env['PYTHONPATH']}")
    print("\n| command | seconds | processor | peak, all processes |\n|---|---|---|---|")

    def run(*command: str | Path, name: str | None = None) -> None:
        words = [sys.executable, "-P", "-m", "photosort", *map(str, command)]
        one = measure(words, env)
        print(
            f"| {name or command[0]} | {one.seconds:.1f} | {one.processor_seconds:.1f} "
            f"| {one.peak_bytes / 1e9:.2f} GB |",
            flush=True,
        )

    if given.organize:
        run("organize", work / "photos", "--out", album, "-q")
    else:
        write = [sys.executable, __file__, str(work), "--album"]
        subprocess.run([*write, "--photos", str(len(paths))], env=env, check=True)
    print(f"| album.json: {(album / 'album.json').stat().st_size / 1e6:.0f} MB | | | |")
    at = ["--album", album]
    run("list", *at)
    run("preview", "1", "--limit", "20", *at)
    run("find", paths[0], "-q", *at)
    run("move", paths[0], "3", *at)
    run("undo", *at, name="undo of that")
    run("rename", "1", "Holidays", *at)
    if given.relink:
        (work / "photos").rename(moved)
        try:
            run("relink", moved, "-q", *at)
        finally:
            moved.rename(work / "photos")
        run("relink", work / "photos", "-q", *at, name="relink, back again")
    run("undo", *at, name="undo of the album")
    print(f"catalog: {catalog_in(work).stat().st_size / 1e6:.0f} MB")


def write_album_of(work: Path, paths: list[Path]) -> None:
    """Write the album of made-up clusters; print what plan and links cost."""
    with Catalog.open(catalog_in(work)) as catalog:
        model = find_model(DEFAULT_MODEL).id
        known = catalog.known(list(scan([work / "photos"]).photos), model)
    digests = {path: digest.hex() for path, digest in known.items() if isinstance(digest, bytes)}
    members = [Member(path, 0.9, digests[path]) for path in paths]
    source, out = work / "photos", work / "album"
    options = {"model": DEFAULT_MODEL, "by": ["content"], "seed": 0}
    with claim(out, [source], "symlink") as claimed:
        began, used = time.perf_counter(), processor_seconds()
        write(claimed, members, source, options)
        seconds, used = time.perf_counter() - began, processor_seconds() - used
    each = f"{len(paths) / used:,.0f} links a second of processor time"
    print(f"| plan and links: {each} | {seconds:.1f} | {used:.1f} | |", flush=True)


if __name__ == "__main__":
    main()
