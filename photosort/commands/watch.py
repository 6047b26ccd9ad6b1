"""Watch folders, and file new photos into their album as they come.

Events of the file system only start a scan: new is what the scan finds and the album does not hold.
So a missed event is made up for by the next scan, and what photosort itself writes is never new.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from photosort.commands.album import find_album, open_album
from photosort.commands.changes import TICK_S, changes, identity, is_empty, log_files
from photosort.commands.request import Request, absolute
from photosort.commands.stillness import Stillness
from photosort.commands.update import file_found, rescan
from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.commands.organize import Outcome
    from photosort.commands.request import Progress
    from photosort.photos.records import Skipped
    from photosort.photos.scan import Photo, Scan

SETTLE_S: Final = 3.0  # a copy writes more often than this, or it waits for its disk
LONGEST_WAIT_S: Final = 60.0  # then what has stood still is filed while more is coming
ANYWAY_S: Final = 900.0  # a look without an event: a disk mounted within a source makes none
REST: Final = 9  # times a look's duration, before the next: looking takes a tenth of the time
RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked `watch` for."""

    sources: tuple[Path, ...]
    out: Path | None = None
    workers: int | None = None
    settle_s: float = SETTLE_S
    poll: bool = False


@dataclass(frozen=True, slots=True)
class Began:
    """Watching began; `made` is the album's first run where there was no album."""

    sources: tuple[Path, ...]
    out: Path
    made: Outcome | None


@dataclass(frozen=True, slots=True)
class Filed:
    """A batch was filed: photos that are new in the album, that moved, and that were left out.

    `due` says why the clusters should be made anew, if they should.
    """

    outcome: Outcome
    moved: tuple[Path, ...]
    skipped: tuple[Skipped, ...]
    due: str | None


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing can be filed until this has changed."""

    reason: str


@dataclass(frozen=True, slots=True)
class GoesOn:
    """What was waited for has come."""


News: TypeAlias = Began | Filed | Waits | GoesOn
Open: TypeAlias = "Callable[[], AbstractContextManager[Progress]]"


class Silent:
    """Progress that is not shown: of looking, which mostly finds nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
        """Begin a stage."""

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""

    def note(self, text: str) -> None:
        """Remark on something."""


def watch(wanted: Wanted, open_progress: Open) -> Generator[News]:
    """Make the album where there is none, then file what is new until the caller stops.

    `open_progress` shows the work on one batch. Raises PhotosortError before watching begins, or
    where the system cannot watch; afterwards an error is news, and what failed is tried again.
    """
    from photosort.album.album_json import NAME
    from photosort.commands.organize import organize

    request = Request(wanted.sources, wanted.out, workers=wanted.workers)
    sources, out = absolute(request)
    request = replace(request, sources=sources, out=out)
    made = None
    if os.path.lexists(out / NAME):
        open_album(out)
    else:
        with open_progress() as progress, _elsewhere():
            made = organize(request, progress)
    yield Began(sources, out, made)
    state = _Watch(request, open_progress, Stillness(wanted.settle_s), wanted.settle_s)
    while True:
        with contextlib.closing(
            changes(sources, (*_own_places(out), *log_files()), poll=wanted.poll)
        ) as ticks:
            for changed in ticks:
                yield from state.tick(time.monotonic(), changed=changed)
        yield from state.tick(time.monotonic(), changed=True)
        time.sleep(TICK_S)


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """Name this command, and not organize, where an album cannot be written."""
    from photosort.album.refusals import ELSEWHERE

    try:
        yield
    except PhotosortError as error:
        here = ELSEWHERE.replace("organize", "watch")
        raise PhotosortError(str(error).replace(ELSEWHERE, here)) from error


def _own_places(out: Path) -> Iterator[Path]:
    """Name the folders that filing writes to."""
    from photosort.userdirs import cache_folder, state_folder

    yield out
    for folder in (cache_folder, state_folder):
        with contextlib.suppress(PhotosortError):
            yield folder()


@dataclass(slots=True)
class _Watch:
    """What is known between two looks; times are seconds of the monotonic clock."""

    request: Request
    open_progress: Open
    stillness: Stillness
    settle_s: float
    look_at_s: float = 0.0
    looked_s: float = 0.0  # when the last look ended
    rested_s: float = 0.0  # when the next may begin
    since_s: float | None = None  # the first event since the last look
    waits_for: str | None = None
    retry_s: float = RETRY_S
    done: dict[Path, tuple[int, int]] = field(default_factory=dict)  # size and mtime when filed
    noted: set[str] = field(default_factory=set)
    read: tuple[tuple[int, int, int], Manifest] | None = None  # of album.json, and what it says

    def tick(self, now_s: float, *, changed: bool) -> Iterator[News]:
        """Look if it is time to."""
        if changed:
            self.since_s = now_s if self.since_s is None else self.since_s
            quiet_s = min(now_s + self.settle_s, self.since_s + LONGEST_WAIT_S)
            self.look_at_s = max(quiet_s, self.rested_s)
        away = self._away()
        if away:
            yield from self._wait(away)
        elif now_s >= min(self.look_at_s, self.looked_s + ANYWAY_S):
            self.since_s = None
            try:
                filed = self._look(now_s)
            except PhotosortError as error:
                yield from self._wait(str(error))
                self.look_at_s = time.monotonic() + self.retry_s
                self.retry_s = min(2 * self.retry_s, LONGEST_RETRY_S)
                return
            if self.waits_for is not None:
                self.waits_for, self.retry_s = None, RETRY_S
                yield GoesOn()
            if filed is not None:
                yield filed

    def _wait(self, reason: str) -> Iterator[News]:
        """Say what is waited for, once."""
        self.look_at_s = 0.0  # as soon as it is there
        if reason != self.waits_for:
            self.waits_for, self.retry_s = reason, RETRY_S
            yield Waits(reason)

    def _away(self) -> str | None:
        """Say which source cannot be listed, or is as empty as the folder an unmounted disk leaves.

        One that was empty from the start is none: the album has no photos from there.
        """
        for source in self.request.sources:
            if identity(source) is None:
                return f"{source}: cannot be listed; is its disk connected?"
            if is_empty(source) and self._held_from(source):
                return f"{source}: is empty; is its disk connected?"
        return None

    def _held_from(self, source: Path) -> bool:
        try:
            album = self._album()
        except PhotosortError:  # the next look says so
            return False
        return any(photo.path.is_relative_to(source) for photo in album.photos)

    def _album(self) -> Manifest:
        """Read the album, if it is another than last time. Raises PhotosortError."""
        from photosort.album.album_json import NAME

        file = find_album(self.request.out) / NAME
        try:
            status = file.stat()
            state = status.st_ino, status.st_size, status.st_mtime_ns
        except OSError:
            state = (0, 0, 0)
        if self.read is None or self.read[0] != state:
            self.read = state, open_album(self.request.out)
        return self.read[1]

    def _look(self, now_s: float) -> Filed | None:
        """Scan, and file what is new and has stood still. Raises PhotosortError."""
        began_s = time.monotonic()
        album = self._album()
        request, found = rescan(self.request, Silent())
        new = self._new(found, album)
        still = self.stillness.still(new, now_s)
        self.looked_s = time.monotonic()
        self.rested_s = self.looked_s + REST * (self.looked_s - began_s)
        waited_s = self.stillness.longest_s(now_s)
        self.look_at_s = max(now_s + self.settle_s, self.rested_s) if new else float("inf")
        if not still or (len(still) < len(new) and waited_s < LONGEST_WAIT_S):
            return None
        moving = {photo.path for photo in new} - still
        found = replace(found, photos=tuple(p for p in found.photos if p.path not in moving))
        with self.open_progress() as progress:
            noting = _Noting(progress)
            outcome = file_found(request, found, noting)
            for note in noting.notes:
                if note != outcome.due and note not in self.noted:
                    self.noted.add(note)
                    progress.note(note)
        self.done |= {p.path: (p.size_bytes, p.mtime_ns) for p in new if p.path in still}
        self.look_at_s = time.monotonic() + self.settle_s  # more may have come meanwhile
        return _told(outcome, album, still)

    def _new(self, found: Scan, album: Manifest) -> list[Photo]:
        """List the photos that the album does not hold and that were not filed in vain."""
        held = {photo.path for photo in album.photos}
        new = [
            photo
            for photo in found.photos
            if photo.path not in held
            and self.done.get(photo.path) != (photo.size_bytes, photo.mtime_ns)
        ]
        damaged = _damaged(new, album)
        return [photo for photo in new if photo.path not in damaged]


class _Noting:
    """Progress whose notes are kept: what every batch would say is said once."""

    def __init__(self, shown: Progress) -> None:
        self.stage, self.advance = shown.stage, shown.advance
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep a remark."""
        self.notes.append(text)


def _damaged(photos: Sequence[Photo], album: Manifest) -> set[Path]:
    """Find the photos that were left out of the album for what the catalog still knows of them."""
    from photosort.catalog import Catalog
    from photosort.commands.references import as_before

    left_out = {entry.path for entry in album.skipped}
    suspects = [photo for photo in photos if photo.path in left_out]
    if not suspects:
        return set()
    with Catalog.open() as catalog:
        known = catalog.known(suspects, as_before(album)[1].id)
    return {path for path, why in known.items() if isinstance(why, str)}


def _told(outcome: Outcome, before: Manifest, handed: set[Path]) -> Filed:
    """Say what became of the photos `handed` to a run."""
    held = {photo.path for photo in before.photos}
    filed = set(outcome.filed)
    placed = {photo.path for photo in outcome.album.photos} - held - filed
    return Filed(
        outcome,
        moved=tuple(sorted(placed, key=os.fsencode)),
        skipped=tuple(entry for entry in outcome.album.skipped if entry.path in handed),
        due=outcome.due,
    )
