"""What the user asked for, checked before anything else happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

View = Literal["content", "time", "place", "event"]
VIEWS: tuple[View, ...] = ("content", "time", "place", "event")

MAX_SEED = 2**32 - 1  # scikit-learn's and NumPy's generators take 32 bits
MAX_COUNT = 2**31 - 1  # of clusters: a C int; an album's own bound is its number of photos
MAX_LEVELS = 2  # of content: clusters, and their kinds
MAX_WORKERS = 1024  # processes: more than the cores of one machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.plan import Linking
    from photosort.photos.records import Skipped
    from photosort.photos.scan import Scan
    from photosort.views.place import Language, Level
    from photosort.views.time import Every


class Progress(Protocol):
    """Whoever watches a long run."""

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
        """Begin a stage of `total` units."""

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""

    def note(self, text: str) -> None:
        """Remark on something the user should know, in one line."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked `organize` for; `out` and `clusters` are chosen when None.

    `files` are photos beside those of the sources. `min_clusters` and `max_clusters` bound the
    number that is chosen. Links are `relative` or absolute; None is relative where the photos are
    on the album's disk. `by` are the ways the album is cut, the outermost first; with 2 `levels` of
    content, clusters stand under their kinds. `replaced_source`
    says that other photos in a source are meant to be there.
    """

    sources: tuple[Path, ...]
    out: Path | None = None
    files: tuple[Path, ...] = ()
    clusters: int | None = None
    min_clusters: int | None = None
    max_clusters: int | None = None
    link: Linking = "symlink"
    relative: bool | None = None
    model: str = "lite2"
    seed: int = 0
    workers: int | None = None
    follow: bool = False
    fresh: bool = False
    misc: bool = False
    set_aside: Literal["review"] | None = None
    levels: int = 1
    by: tuple[View, ...] = ("content",)
    every: Every = "day"
    level: Level = "city"
    language: Language = "english"
    infer: bool = False
    replaced_source: bool = False


def views_of(value: object) -> tuple[View, ...] | None:
    """Read the ways an album is cut, a list or a text with commas; None for what is none."""
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not isinstance(names, list) or not 1 <= len(names) <= 3:
        return None
    known = tuple(view for name in names for view in VIEWS if view == name)
    return known if len(set(known)) == len(names) else None


def absolute(request: Request) -> tuple[tuple[Path, ...], Path]:
    """Name sources and album in full, whatever folder the user is in; links stay links.

    Raises PhotosortError for a source that is no folder of photos, before anything else happens.
    """
    from photosort.photos.walk import check_source

    sources = tuple(dict.fromkeys(in_full(source) for source in request.sources))
    for source in sources:
        check_source(source)
    return sources, in_full(request.out) if request.out else default_out(sources)


def default_out(sources: Sequence[Path]) -> Path:
    """Name the album beside its first source: ~/Pictures -> ~/Pictures-photosort."""
    first = sources[0]
    if not first.name:
        raise PhotosortError(f"{first}: has no folder beside it for the album; use --out DIR")
    return first.with_name(f"{first.name}-photosort")


def require_photos(
    sources: Sequence[Path], count: int, found: Scan, failed: Sequence[Skipped] = ()
) -> None:
    """Refuse an album of nothing, before the long work."""
    where = ", ".join(str(source) for source in sources)
    if not count:
        kinds = Counter[str](file.kind for file in found.unsupported)
        kinds["damaged or unreadable"] = len(found.skipped) + len(failed)
        others = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()) if number)
        raise PhotosortError(
            f"{where}: no photo that can be read ({others or 'no file at all'}); "
            "name a folder that holds JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF photos"
        )


def require_enough(request: Request, sources: Sequence[Path], count: int) -> None:
    """Refuse more clusters than the `count` photos there are, before the long work."""
    needed = request.clusters or request.min_clusters or 1
    if needed > count:
        where = ", ".join(str(source) for source in sources)
        option = "--clusters" if request.clusters else "--min-clusters"
        raise PhotosortError(
            f"{where}: {counted(count, 'photo')} found, "
            f"{needed:,} clusters need at least {needed:,}; use {option} {count} or fewer"
        )
