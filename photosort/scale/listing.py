"""What is to be looked at: the photos of local folders, as `organize` finds them, or of buckets.

Listing an object store tells names and sizes and opens nothing: there a photo is told by its name.
"""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from photosort.errors import PhotosortError
from photosort.photos.formats import PHOTO_SUFFIXES
from photosort.photos.records import Skipped
from photosort.photos.scan import scan
from photosort.scale.places import Place, explained, is_remote, local_path, open_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """A photo by its absolute path or URL, and what tells whether it is still the same."""

    url: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int = 0  # an object store has none


@dataclass(frozen=True, slots=True)
class Listing:
    """All photos of the sources, sorted by URL, and what was left out."""

    sources: tuple[str, ...]
    photos: tuple[Listed, ...]
    skipped: tuple[Skipped, ...]
    unsupported: int

    @property
    def is_remote(self) -> bool:
        """Whether no photo is a file of this machine."""
        return any(map(is_remote, self.sources))


def list_photos(
    sources: Sequence[str], *, follow: bool, on_found: Callable[[int], None]
) -> Listing:
    """List the photos of `sources`, all local or all remote. Raises PhotosortError."""
    remote = [source for source in sources if is_remote(source)]
    if not remote:
        paths = tuple(dict.fromkeys(local_path(source) for source in sources))
        return _local(paths, follow=follow, on_found=on_found)
    if len(remote) < len(sources):
        raise PhotosortError(
            f"{remote[0]}: in one run with folders of this machine; run photosort embed for each"
        )
    photos: dict[str, Listed] = {}
    others = Counter[str]()
    for source in sources:
        place = open_place(source)
        for one in _remote(place, others):
            photos[one.url] = one
            on_found(len(photos))
    ordered = tuple(photos[url] for url in sorted(photos, key=os.fsencode))  # as a scan does
    return Listing(tuple(sources), ordered, (), sum(others.values()))


def _local(paths: tuple[Path, ...], *, follow: bool, on_found: Callable[[int], None]) -> Listing:
    found = scan(paths, follow=follow, on_found=on_found)
    photos = tuple(
        Listed(str(photo.path), photo.size_bytes, photo.mtime_ns, photo.ctime_ns)
        for photo in found.photos
    )
    return Listing(tuple(map(str, paths)), photos, found.skipped, len(found.unsupported))


def _remote(place: Place, others: Counter[str]) -> Iterator[Listed]:
    """List what a bucket's folder holds; hidden names are left out without a word."""
    with explained(place.url):
        try:
            entries = place.files.find(place.root, detail=True)
        except FileNotFoundError:
            entries = {}
    if not entries:
        raise PhotosortError(f"{place.url}: nothing there; check its name and your rights")
    protocol = place.url.partition("://")[0]
    for path, entry in entries.items():
        below = path[len(place.root) :]
        if "/." in f"/{below.lstrip('/')}" or entry["type"] != "file":
            continue
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in PHOTO_SUFFIXES:
            others[suffix] += 1
            continue
        yield Listed(f"{protocol}://{path.lstrip('/')}", int(entry["size"]), modified_ns(entry))


def modified_ns(entry: dict[str, Any]) -> int:
    """Say when an object was written, by the name that its file system has for it."""
    for key in ("LastModified", "mtime", "updated", "created"):
        moment = entry.get(key)
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if isinstance(moment, datetime):
            moment = moment.timestamp()
        if isinstance(moment, int | float):
            return round(moment * 1e9)
    return 0


def refuse_inside(to: Place, sources: Sequence[str]) -> None:
    """Refuse a place for features that is a source, lies in one or holds one. PhotosortError."""
    for source in sources:
        if is_remote(source) != is_remote(to.url):
            continue
        if is_remote(source):
            one, other = source.rstrip("/") + "/", to.url + "/"
        else:
            one = os.path.join(os.path.realpath(local_path(source)), "")  # noqa: PTH118
            other = os.path.join(os.path.realpath(to.root), "")  # noqa: PTH118
        if one.startswith(other) or other.startswith(one):
            how = "is or lies in" if other.startswith(one) else "holds"
            raise PhotosortError(
                f"{to.url}: {how} the source {source}; pass --to a place outside it"
            )
