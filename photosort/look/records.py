"""What a page or a sheet shows of an album, whatever the album was cut by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Thumbnail = Callable[["Picture"], bytes | None]  # JPEG; None where the photo cannot be read


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of a group: `path` is absolute, `taken` local wall-clock time in ISO 8601 or empty.

    `place` goes from the locality to the country. `position` is latitude and longitude in degrees.
    """

    path: Path
    content_hash: str | None
    confidence: float | None = None
    taken: str = ""
    place: tuple[str, ...] = ()
    position: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A group: the names of its folders from the album down, its title, its photos."""

    path: tuple[str, ...]
    title: str | None
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What review says of a photo."""

    path: Path
    reason: str  # of one kind: "blurred"
    why: str
    keeper: Path | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """All that a page shows. `layout` has a point (0 to 1, 0 to 1) for each picture, in order."""

    title: str
    groups: tuple[Shown, ...]
    findings: tuple[Finding, ...] = ()
    layout: Sequence[tuple[float, float]] | None = None

    @property
    def pictures(self) -> list[Picture]:
        """Every picture of every group, in order."""
        return [picture for group in self.groups for picture in group.pictures]
