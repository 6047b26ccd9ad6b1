"""What the served page may ask for. Each step is that of the command of the same name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.serve.records import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Heading
    from photosort.commands.correct import Change, Corrected, Step
    from photosort.commands.request import Progress

MOST_PARTS = 40  # as `photosort split --into`
LONGEST = 4000  # characters of a folder's place or a title; the commands have bounds of their own


class StaleError(PhotosortError):
    """The album is no longer the one that the page shows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page asks for: photos by their paths, folders by their places in the album."""

    action: str
    photos: tuple[Path, ...] = ()
    folders: tuple[str, ...] = ()
    title: str | None = None
    into: int = 2


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was taken: what to say of it; for a rename, the heading as it was.

    `created` is that of the album it left, None where it changed no album.
    """

    told: str
    renamed: Heading | None = None
    created: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Where a step is taken: `check` refuses with StaleError an album that changed meanwhile."""

    home: Path
    check: Callable[[], None]
    progress: Progress

    def correct(self, step: Step) -> Corrected:
        """Change the album as `step` says, if it is still the one that is shown."""
        from photosort.commands.correct import correct

        def checked(album: Manifest) -> Change:
            self.check()  # the album is locked from here on
            return step(album)

        return correct(checked, self.home)


def read(asked: Mapping[str, Any], photos: Mapping[str, Path]) -> Asked:
    """Read what the page asks for; `photos` are those of the album by their keys. RefusedError."""
    action, keys, folders = asked.get("action"), asked.get("photos", []), asked.get("folders", [])
    title, into = asked.get("title"), asked.get("into", 2)
    if not isinstance(action, str) or action not in NEEDS:
        raise RefusedError(400, "no such action")
    if not (_texts(keys) and _texts(folders) and (title is None or _texts([title]))):
        raise RefusedError(400, "photos, folders and title are texts")
    if isinstance(into, bool) or not isinstance(into, int) or not 2 <= into <= MOST_PARTS:
        raise RefusedError(400, f"into is a number from 2 to {MOST_PARTS}")
    if any(key not in photos for key in keys):
        raise RefusedError(403, "not a photo of the album")
    least_photos, least_folders = NEEDS[action]
    if len(keys) < least_photos or len(folders) < least_folders:
        raise RefusedError(400, f"{action}: more photos or folders are needed")
    paths = tuple(photos[key] for key in dict.fromkeys(keys))
    return Asked(action, paths, tuple(folders), title, into)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and len(v) <= LONGEST for v in value)


def take(asked: Asked, work: Work) -> Done:
    """Take a step. Raises PhotosortError, StaleError where the album is another one by now."""
    return STEPS[asked.action](asked, work)


def _move(asked: Asked, work: Work) -> Done:
    from photosort.commands.correct import move

    done = work.correct(move(asked.photos, asked.folders[0]))
    return Done(
        f"Moved {counted(len(done.moved), 'photo')} to {_joined(done)}{_left(done)}",
        created=done.album.created,
    )


def _new(asked: Asked, work: Work) -> Done:
    from photosort.commands.correct import new

    done = work.correct(new(asked.title or "", asked.photos))
    told = f"Made {_joined(done)} of {counted(len(done.moved), 'photo')}{_left(done)}"
    return Done(told, created=done.album.created)


def _merge(asked: Asked, work: Work) -> Done:
    from photosort.commands.correct import merge

    done = work.correct(merge(asked.folders, asked.title))
    return Done(f"Merged {' and '.join(asked.folders)}{_left(done)}", created=done.album.created)


def _split(asked: Asked, work: Work) -> Done:
    from photosort.commands.split import split

    done = work.correct(split(asked.folders[0], asked.into, work.progress))
    told = f"Split {asked.folders[0]}: {_joined(done)} came of it{_left(done)}"
    return Done(told, created=done.album.created)


def _rename(asked: Asked, work: Work) -> Done:
    from photosort.album.manifest import find_heading
    from photosort.commands.album import open_album
    from photosort.commands.rename import rename

    work.check()
    album = open_album(work.home)
    before = find_heading(album, asked.folders[0])
    places = rename(asked.folders[0], asked.title, work.home, work.progress)
    return Done(f"{asked.folders[0]} is {places[0]} now", before, album.created)


def _aside(asked: Asked, work: Work) -> Done:
    from photosort.commands.aside import reject

    done = work.correct(reject(asked.photos))
    told = f"Set aside {_named(asked.photos)}; the originals stay{_left(done)}"
    return Done(told, created=done.album.created)


def _back(asked: Asked, work: Work) -> Done:
    from photosort.commands.update import add

    work.check()
    outcome = add(asked.photos, work.home, None, work.progress)
    told = f"Put back {counted(len(outcome.filed), 'photo')}"
    return Done(told, created=outcome.album.created)


def _keep(asked: Asked, _: Work) -> Done:
    from photosort.commands.keeping import keep

    kept = asked.action == "keep"
    keep(asked.photos, kept=kept)
    word = "Kept whatever review finds" if kept else "No longer kept"
    return Done(f"{word}: {_named(asked.photos)}")


def _joined(done: Corrected) -> str:
    """Name the folders that photos came into."""
    return ", ".join(dict.fromkeys(moved.folder for moved in done.moved)) or "where they are"


def _left(done: Corrected) -> str:
    """Say what was left alone because it is no longer as photosort wrote it."""
    if not done.kept:
        return ""
    return f"; left alone, as changed by hand: {', '.join(str(kept.place) for kept in done.kept)}"


def _named(photos: Sequence[Path]) -> str:
    if len(photos) > 1:
        return counted(len(photos), "photo")
    return os.fsencode(photos[0].name).decode("utf-8", "replace")


#: How many photos and folders each action takes at least.
NEEDS = {
    "move": (1, 1), "new": (1, 0), "merge": (0, 2), "split": (0, 1), "rename": (0, 1),
    "aside": (1, 0), "back": (1, 0), "keep": (1, 0), "unkeep": (1, 0), "undo": (0, 0),
}  # fmt: skip
STEPS: Mapping[str, Callable[[Asked, Work], Done]] = {
    "move": _move, "new": _new, "merge": _merge, "split": _split, "rename": _rename,
    "aside": _aside, "back": _back, "keep": _keep, "unkeep": _keep,
}  # fmt: skip
