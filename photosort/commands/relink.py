"""The photos or the album moved: find the photos again, and repair the links."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_album
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Placed
    from photosort.commands.request import Progress
    from photosort.photos.scan import Photo


@dataclass(frozen=True, slots=True)
class Relinked:
    """An album's photos that were found elsewhere, from path to path, and those that were not."""

    out: Path
    moved: dict[Path, Path]
    gone: tuple[Path, ...]
    sources: tuple[Path, ...]


def relink(album: Path | None, sources: Sequence[Path], progress: Progress) -> Relinked:
    """Find the photos of an album that are no longer where they were, and repair its links."""
    from photosort.album import last
    from photosort.album.relink import relink_album

    found = rehearse_relink(album, sources, progress)
    relink_album(found.out, found.moved, found.sources)
    if not last.remember(found.out):
        progress.note(f"{found.out}: could not be noted as the last album; name it with --album")
    return found


def rehearse_relink(album: Path | None, sources: Sequence[Path], progress: Progress) -> Relinked:
    """Find them, and change nothing."""
    from photosort.album.folder import locate
    from photosort.album.relink import remembered
    from photosort.photos.walk import check_source

    out = locate(find_album(album))
    open_album(out)
    now, before = remembered(out)
    given = [in_full(source) for source in sources]
    for source in given:
        check_source(source)
    wanted = {photo.path: photo for some in (before, now) if some for photo in some.photos}
    missing = {path: photo for path, photo in wanted.items() if not os.path.isfile(path)}  # noqa: PTH113
    moved = moved_along(now, out, missing)
    rest = [photo for path, photo in missing.items() if path not in moved]
    places = given or [source for source in now.sources if source.is_dir()]
    taken = {*(wanted.keys() - missing.keys()), *moved.values()}
    moved |= search(rest, places, taken, out, progress)
    along = [_along(now, out, source) for source in now.sources if not source.is_dir()]
    tops = [s for s in (*now.sources, *along, *given) if s.is_dir()]
    gone = tuple(path for path in missing if path not in moved)
    return Relinked(out, moved, gone, tuple(dict.fromkeys(tops)) or now.sources)


def _along(album: Manifest, out: Path, path: Path) -> Path:
    """Say where `path` is when it was moved together with the album."""
    return Path(os.path.normpath(out / os.path.relpath(path, album.out)))


def moved_along(album: Manifest, out: Path, missing: Mapping[Path, Placed]) -> dict[Path, Path]:
    """Find photos that were moved together with the album: as far from it, with their content."""
    if out == album.out:
        return {}
    candidates = {path: _along(album, out, path) for path in missing}
    return {
        path: there
        for path, there in candidates.items()
        if os.path.isfile(there)  # noqa: PTH113
        and missing[path].content_hash in (None, _hash(there))
    }


def search(
    wanted: Sequence[Placed],
    sources: Sequence[Path],
    taken: set[Path],
    out: Path,
    progress: Progress,
) -> dict[Path, Path]:
    """Find photos in `sources` by content; those of unknown content by name and date."""
    from photosort.photos.scan import scan

    if not wanted or not sources:
        return {}
    progress.stage("Scanning")
    photos = [
        photo
        for photo in scan(sources, exclude=[out], on_found=progress.advance).photos
        if photo.path not in taken
    ]
    hashed = [photo for photo in wanted if photo.content_hash is not None]
    moved = _by_content(hashed, [photo.path for photo in photos], progress) if hashed else {}
    found = set(moved.values())
    rest = [photo for photo in photos if photo.path not in found]
    return moved | _by_header([p for p in wanted if p.content_hash is None], rest, progress)


def _by_content(
    wanted: Sequence[Placed], paths: Sequence[Path], progress: Progress
) -> dict[Path, Path]:
    """Find photos by content; of several with one content, those of the same name."""
    progress.stage("Recognising", total=len(paths))
    digests = {photo.content_hash for photo in wanted}
    found: dict[str | None, list[Path]] = {}
    for done, path in enumerate(paths, start=1):
        digest = _hash(path)
        if digest in digests:
            found.setdefault(digest, []).append(path)
        progress.advance(done)
    moved = {}
    for photo in wanted:
        here = found.get(photo.content_hash, [])
        same = [other for other in here if other.name == photo.path.name]
        if here:
            moved[photo.path] = (same or here)[0]
            here.remove(moved[photo.path])
    return moved


def _by_header(
    wanted: Sequence[Placed], photos: Sequence[Photo], progress: Progress
) -> dict[Path, Path]:
    """Find photos by name and date, as albums know those that were not looked at.

    Where two photos of the album have both, or two files of unequal content, neither is guessed.
    """
    from photosort.commands.metadata import describe
    from photosort.commands.views import dated_by

    names = {photo.path.name for photo in wanted}
    described, _ = describe([photo for photo in photos if photo.path.name in names], progress)
    found: dict[tuple[str, str | None], list[Path]] = {}
    for one in described:
        found.setdefault((one.photo.path.name, dated_by(one)), []).append(one.photo.path)
    asked = Counter((photo.path.name, photo.taken.date) for photo in wanted)
    moved = {}
    for photo in wanted:
        mark = photo.path.name, photo.taken.date
        here = found.get(mark, []) if mark[1] is not None and asked[mark] == 1 else []
        if len(here) == 1 or (here and len({_hash(path) for path in here}) == 1):
            moved[photo.path] = here[0]
    return moved


def _hash(path: Path) -> str | None:
    from photosort.photos.records import content_hash

    try:
        return content_hash(path).hex()
    except OSError:
        return None
