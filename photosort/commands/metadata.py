"""When, where and with what photos were taken: from the catalog, else from their headers.

Neither the network nor TensorFlow is needed, and no photo is decoded.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from photosort.photos.records import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from photosort.catalog import Catalog
    from photosort.catalog.rows import FileState
    from photosort.commands.request import Progress
    from photosort.photos.metadata import Facts
    from photosort.photos.metadata.clocks import Camera
    from photosort.photos.metadata.sidecars import Sidecars
    from photosort.photos.metadata.when import Place, Taken

#: Files a transaction: headers read in a second or two are lost to a power cut.
BATCH: Final = 2000
#: Reading waits for a disk or a network more than for the processor.
THREADS: Final = 4
#: Batches of files asked of the catalog at a time, so that memory holds few of its rows.
CHUNK: Final = 20_000

AnyState = TypeVar("AnyState", bound="FileState")


@dataclass(frozen=True, slots=True)
class Described:
    """A photo with what is known of it without decoding it."""

    photo: FileState
    facts: Facts
    taken: Taken | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class State:
    """A file as it was when it was looked at."""

    path: Path
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


def describe(
    photos: Sequence[FileState], progress: Progress, *, fresh: bool = False
) -> tuple[list[Described], list[Skipped]]:
    """Say when and where each photo was taken; those whose file cannot be read come second.

    What the catalog knows is not read again, unless `fresh`. Raises PhotosortError.
    """
    from photosort.catalog import Catalog
    from photosort.photos.metadata import read_facts
    from photosort.photos.metadata.sidecars import read_sidecar
    from photosort.photos.metadata.when import when, where

    now = datetime.now(UTC).replace(tzinfo=None)
    failed: list[Skipped] = []
    with Catalog.open() as catalog:
        known = _facts(photos, read_facts, catalog, progress, failed, fresh=fresh)
        beside = _pairs([photo.path for photo in photos])
        sidecars = states(path for pair in beside.values() for path in (pair.xmp, pair.takeout))
        told = _facts(sidecars, read_sidecar, catalog, progress, [], fresh=fresh)
    by_path = {sidecar.path: facts for sidecar, facts in zip(sidecars, told, strict=True) if facts}
    described = []
    for photo, facts in zip(photos, known, strict=True):
        if facts is not None:
            more = _told(beside[photo.path], by_path) if beside and photo.path in beside else []
            taken = when(facts, photo.path.name, photo.mtime_ns, more, now=now)
            described.append(Described(photo, facts, taken, where(facts, more)))
    return described, failed


def clock_notes(described: Sequence[Described]) -> list[str]:
    """Say in a line each which cameras had a wrong clock, as far as their photos show it."""
    from photosort.photos.metadata.clocks import Camera, Reading, odd_clocks

    cameras: dict[tuple[str | None, ...], Camera] = {}
    readings = []
    for one in described:
        facts, taken = one.facts, one.taken
        if taken is None or taken.day_only or not (facts.make or facts.model):
            continue
        if taken.source not in ("EXIF DateTimeOriginal", "EXIF DateTimeDigitized"):
            continue
        name = facts.make, facts.model, facts.serial
        camera = cameras.get(name) or cameras.setdefault(name, Camera(*name))
        is_trusted = facts.place_source == "EXIF" or (taken.offset_source or "").startswith("EXIF")
        readings.append(Reading(camera, taken.local, _by_satellites(one), is_trusted))
    return [str(odd) for odd in odd_clocks(readings)]


def _by_satellites(one: Described) -> datetime | None:
    """Give the wall clock of a photo's own place by the satellites' time."""
    if one.place is None or one.facts.place_source != "EXIF":
        return None
    utc = next((stamp.local for stamp in one.facts.dates if stamp.source == "GPS time"), None)
    if utc is None:
        return None
    from photosort.photos.metadata.zones import to_local, zone_of

    zone = zone_of(one.place.latitude, one.place.longitude)
    there = to_local(utc, zone) if zone else None
    return there[0] if there else None


def _facts(
    files: Sequence[AnyState],
    read: Callable[[Path], Facts],
    catalog: Catalog,
    progress: Progress,
    failed: list[Skipped],
    *,
    fresh: bool,
) -> list[Facts | None]:
    """Give the facts of each file; None for one that cannot be read, which is added to `failed`."""
    known: list[Facts | None] = [None] * len(files)
    if not fresh:
        for start in range(0, len(files), CHUNK):
            known[start : start + CHUNK] = catalog.facts(files[start : start + CHUNK])
    unknown = [at for at, facts in enumerate(known) if facts is None]
    if not unknown:
        return known
    progress.stage("Reading dates", total=len(unknown))
    batch: list[tuple[AnyState, Facts]] = []
    try:
        results = _read([files[at] for at in unknown], read)
        for done, (at, result) in enumerate(zip(unknown, results, strict=True), start=1):
            if isinstance(result, Skipped):
                failed.append(result)
            else:
                known[at] = result
                batch.append((files[at], result))
            if len(batch) == BATCH:
                catalog.store_facts(batch)
                batch = []
            progress.advance(done)
    finally:
        catalog.store_facts(batch)
    return known


def _read(files: Sequence[AnyState], read: Callable[[Path], Facts]) -> Iterator[Facts | Skipped]:
    """Read files in several threads, in their order, a few of them ahead."""
    from photosort.photos.walk import reason

    def attempt(file: AnyState) -> Facts | Skipped:
        try:
            return read(file.path)
        except OSError as error:
            return Skipped(file.path, reason(error))

    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Facts | Skipped]] = deque()
        for file in files:
            waiting.append(pool.submit(attempt, file))
            if len(waiting) > 8 * THREADS:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()


def _pairs(photos: Sequence[Path]) -> Mapping[Path, Sidecars]:
    """Find the sidecars of photos, listing each of their folders once."""
    from pathlib import Path

    from photosort.photos.metadata.sidecars import SUFFIXES, pair

    in_folder: dict[str, list[Path]] = {}
    for photo in photos:
        folder = os.path.dirname(photo)  # noqa: PTH120 (a Path for each of 100,000 costs a second)
        in_folder.setdefault(folder, []).append(photo)
    pairs: dict[Path, Sidecars] = {}
    for folder, its_photos in in_folder.items():
        try:
            with os.scandir(folder) as listing:
                found = sorted(e.path for e in listing if e.name.lower().endswith(SUFFIXES))
        except OSError:  # gone meanwhile, or entered without the right to list
            continue
        if found:
            pairs |= pair(its_photos, map(Path, found))
    return pairs


def states(paths: Iterable[Path | None]) -> list[State]:
    """Look at those of `paths` that are files, each once; none is opened."""
    found = []
    for path in dict.fromkeys(filter(None, paths)):
        try:
            status = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.append(State(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return found


def _told(pair: Sidecars | None, told: Mapping[Path, Facts]) -> list[Facts]:
    """Give the facts in a photo's sidecars, XMP first."""
    if pair is None:
        return []
    return [told[path] for path in (pair.xmp, pair.takeout) if path is not None and path in told]
