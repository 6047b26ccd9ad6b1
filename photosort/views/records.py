"""What a view takes and what it gives: shots with what is known of each, and cuts of an album."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar


class Taken(Protocol):
    """When a photo was taken, and which field of the file says so."""

    @property
    def local(self) -> datetime:
        """The wall clock where it was taken, without a time zone."""

    @property
    def offset_minutes(self) -> int | None:
        """How far that clock was ahead of UTC, where it is known."""

    @property
    def source(self) -> str:
        """The field of the file, the name or the sidecar that holds the date."""

    @property
    def day_only(self) -> bool:
        """Whether the time of day is unknown."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo as the views see it: degrees north and east, `camera` as make and model.

    `from_camera` is false for screenshots, scans and copies that a messenger has stripped.
    `content_hash`, blake2b in hex, finds it again where its file was moved.
    """

    path: Path
    taken: Taken | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    from_camera: bool = True
    content_hash: str | None = None

    @property
    def identity(self) -> str:
        """What stays the same from run to run: the content, else the path."""
        return self.content_hash or str(self.path)


@dataclass(frozen=True, slots=True)
class Cut:
    """One group of a view: the names of its folders from the top, and who is in it.

    `key` names the same group in later runs, in every language; `reason` says in words why these
    photos are together.
    """

    path: tuple[str, ...]
    key: str
    shots: tuple[Shot, ...]
    reason: str


Key = TypeVar("Key", bound=Hashable)


def collect(shots: Iterable[Shot], key: Callable[[Shot], Key]) -> dict[Key, list[Shot]]:
    """Gather shots by `key`, each list in the order of path and content."""
    found: dict[Key, list[Shot]] = {}
    for shot in shots:
        found.setdefault(key(shot), []).append(shot)
    for members in found.values():
        members.sort(key=lambda shot: (str(shot.path), shot.identity))
    return found


def counted(number: int, noun: str) -> str:
    """Say how many: "1 photo", "1,204 photos"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
