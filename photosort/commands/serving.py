"""An album as a page that is served and can be corrected: `gallery --serve`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from photosort.commands.album import find_album, open_album
from photosort.commands.served_pictures import Sprites, thumbnail
from photosort.commands.served_steps import Done, StaleError, Work, read, take
from photosort.errors import PhotosortError
from photosort.look.gallery import EDITING, STATIC, page_html
from photosort.look.page import Drawn, as_script, thumbnail_name, thumbnail_place
from photosort.look.records import Exhibit, Finding, Picture
from photosort.look.served import Editing, photo_key, served_data
from photosort.serve.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Heading
    from photosort.commands.request import Progress
    from photosort.serve.server import Server

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
STALE = "The album was changed elsewhere. It is shown as it is now; nothing was done."

Spots = Mapping[Path, tuple[tuple[float, float], tuple[str, ...]]]


def open_server(album: Path | None, port: int | None, progress: Progress) -> tuple[Server, Session]:
    """Take a port of this machine (None: a free one) and gather what is shown. PhotosortError."""
    from photosort.serve.server import Server

    server = Server(port or 0)  # a port that is taken is said before the long work
    try:
        server.site = session = Session(album, progress)
    except BaseException:
        server.server_close()
        raise
    return server, session


@dataclass(frozen=True, slots=True)
class Step:
    """A step taken from the page, and the album it left: its version, and when it was made."""

    told: str
    version: str
    renamed: Heading | None
    created: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows now."""

    version: str = ""
    album: Mapping[str, Any] = field(default_factory=dict)
    html: str = ""
    photos: Mapping[str, Path] = field(default_factory=dict)
    thumbs: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was found of the photos; a correction changes nothing of it."""

    paths: frozenset[Path] = frozenset()
    spots: Spots = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    points: Mapping[Path, tuple[float, float]] = field(default_factory=dict)


class Session:
    """Shows an album and takes steps in it, one after the other. A `Site` of photosort.serve."""

    def __init__(self, album: Path | None, progress: Progress) -> None:
        self._home = find_album(album)
        self._writing = Lock()
        self._steps: list[Step] = []
        self._kept: set[Path] = set()
        self._surveyed = Surveyed()
        self._sprites = Sprites()
        self._static = {
            file.name: Answer(file.read_bytes(), KINDS[file.suffix]) for file in STATIC + EDITING
        }
        self._shown = Shown()
        self._load(progress)

    @property
    def count(self) -> int:
        """How many photos are shown."""
        return len(self._shown.album["names"])

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Wait until no step is being taken, and let none begin."""
        with self._writing:
            yield

    # -------------------------------------------------------------------------- Site

    def page(self, name: str) -> Answer | None:
        """Give the page, a file of it, a thumbnail or a sprite sheet."""
        if not name:
            self._refresh()
            return Answer(self._shown.html.encode("utf-8"), KINDS[".html"])
        if name == "data.js":
            script = f"window.album = {as_script(self._shown.album)};\n"
            return Answer(script.encode("ascii"), KINDS[".js"])
        if name in self._shown.thumbs:
            data = thumbnail(self._shown.thumbs[name])
            return Answer(data or b"", "image/jpeg", 200 if data else 404)
        if name in self._shown.album["sprites"]["files"]:
            return Answer(self._sprites.sheet(name), "image/webp")
        return self._static.get(name)

    def photo(self, key: str) -> Path | None:
        """Find a photo of the album, or one that was set aside from it."""
        return self._shown.photos.get(key)

    def act(self, asked: Mapping[str, Any]) -> Answer:
        """Take a step; answer with its result and the album as it is then. RefusedError."""
        step, quiet = read(asked, self._shown.photos), Quiet()
        version = asked.get("version")
        with self._writing:
            try:
                work = Work(self._home, lambda: self._check(version), quiet)
                work.check()
                told = self._undo(work) if step.action == "undo" else self._done(take(step, work))
            except StaleError as error:
                self._load(quiet)
                return self._answer(409, error=str(error))
            except PhotosortError as error:
                return _json({"error": str(error)}, 422)
            if step.action in {"keep", "unkeep"}:
                self._kept = self._kept.difference(step.photos)
                self._kept |= set(step.photos if step.action == "keep" else ())
            self._load(quiet)
        return self._answer(200, told="; ".join((told, *quiet.notes)))

    # -------------------------------------------------------------------------- steps

    def _check(self, version: object) -> None:
        if not version or version != self._version():
            raise StaleError(STALE)

    def _done(self, done: Done) -> str:
        if done.created is not None:
            version = self._version_of(done.created)
            if version is None:
                self._steps.clear()
            elif version != self._shown.version:
                self._steps.append(Step(done.told, version, done.renamed, done.created))
        return done.told

    def _version_of(self, created: str) -> str | None:
        """Return the version of the album made at `created`; None where it was changed since."""
        version = self._version()
        is_it = open_album(self._home).created == created
        return version if is_it and version == self._version() else None

    def _undo(self, work: Work) -> str:
        from photosort.commands.rename import give_back
        from photosort.commands.undo import undo

        last = self._last()
        if last is None:
            raise PhotosortError("Nothing to take back: no step was taken from this page")
        if last.renamed is not None:
            give_back(last.renamed, self._home)
        else:
            undo(self._home, check=work.check)
        self._steps.pop()
        if self._steps:  # the album before is written anew
            before = self._steps[-1]
            version = self._version_of(before.created)
            if version is None:
                self._steps.clear()
            else:
                self._steps[-1] = replace(before, version=version)
        return f"Taken back: {last.told}"

    def _last(self) -> Step | None:
        """Give the last step from this page; None where another process took one since."""
        if not self._steps or self._steps[-1].version != self._version():
            self._steps.clear()
            return None
        return self._steps[-1]

    def _version(self) -> str:
        """Name the state of the album by its manifest."""
        from photosort.album.album_json import NAME

        try:
            return blake2b((self._home / NAME).read_bytes(), digest_size=12).hexdigest()
        except OSError:
            return ""

    # -------------------------------------------------------------------------- what is shown

    def _refresh(self) -> None:
        """Read the album anew where another process changed it."""
        with self._writing:
            if self._version() != self._shown.version:
                self._load(Quiet())

    def _load(self, progress: Progress) -> None:
        from photosort.commands.aside import rejected_before
        from photosort.commands.exhibit import at_their_places, shown

        manifest = open_album(self._home)  # finishes a step that was cut short
        version = self._version()
        groups = tuple(map(shown, manifest.folders))
        surveyed = self._survey(manifest, progress)
        groups = tuple(at_their_places(group, surveyed.spots) for group in groups)
        pictures = [picture for group in groups for picture in group.pictures]
        points = [surveyed.points.get(picture.path) for picture in pictures]
        layout = [point for point in points if point]
        whole = layout if len(layout) == len(pictures) else None
        exhibit = Exhibit(self._home.name, groups, surveyed.findings, whole)
        aside = rejected_before(manifest)
        last = self._last()
        editing = Editing(
            version,
            last.told if last else None,
            [[heading.key for heading in folder.headings] for folder in manifest.folders],
            [folder.cluster.number if folder.cluster else None for folder in manifest.folders],
            self._sprites.places(pictures, progress),
            frozenset(self._kept),
            aside,
        )
        gone = [n for n, one in enumerate(pictures) if not os.path.exists(one.path)]  # noqa: PTH110 - False, too, where it may not be seen
        drawn = Drawn(self._sprites.ratios, self._sprites.names(), gone)
        data = served_data(exhibit, drawn, editing)
        named = [picture.path for picture in pictures] + [one.path for one in surveyed.findings]
        self._shown = Shown(
            version,
            data,
            page_html(exhibit, served=True),
            {photo_key(path): path for path in (*named, *aside)},
            {thumbnail_place(thumbnail_name(one)): one for one in pictures},
        )

    def _survey(self, manifest: Manifest, progress: Progress) -> Surveyed:
        """Find where photos were taken, what review says and the map, unless that is known."""
        from photosort.commands.exhibit import findings, layout, shown, whereabouts

        paths = frozenset(photo.path for photo in manifest.photos)
        if self._surveyed.paths and paths <= self._surveyed.paths:
            return self._surveyed
        groups = tuple(map(shown, manifest.folders))
        spots = whereabouts(manifest, progress)
        found = findings(self._home, manifest, progress)
        progress.stage("Placing photos", total=None)
        pictures = [picture.path for group in groups for picture in group.pictures]
        points = layout(manifest, groups)
        placed = dict(zip(pictures, points, strict=True)) if points else {}
        self._surveyed = Surveyed(paths, spots, found, placed)
        return self._surveyed

    def _answer(self, status: int, **told: str) -> Answer:
        return _json({**told, "album": self._shown.album}, status)


class Quiet:
    """Watches a step; what it notes is told with the result."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
        """Show nothing."""

    def advance(self, done: int) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Keep what the user should know."""
        self.notes.append(text)


def _json(value: Mapping[str, Any], status: int) -> Answer:
    return Answer(json.dumps(value).encode("ascii"), "application/json", status)
