"""What a view takes and what it gives: shots with what is known of each, and cuts of an album."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from photosort.photos.metadata.when import Taken


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

    `keys` name the same folders in later runs and in every language; `reason` says in words why
    these photos are together.
    """

    path: tuple[str, ...]
    keys: tuple[str, ...]
    shots: tuple[Shot, ...]
    reason: str

    @property
    def key(self) -> str:
        """Name the folder of the photos."""
        return self.keys[-1]


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
