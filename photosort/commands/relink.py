"""The photos or the album moved: find the photos again by content, and repair the links."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_album
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.commands.request import Progress


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
    wanted = {photo.path: photo.content_hash for some in (before, now) if some
              for photo in some.photos}  # fmt: skip
    missing = {path: digest for path, digest in wanted.items() if not os.path.isfile(path)}  # noqa: PTH113
    moved = moved_along(now, out, missing)
    rest = {path: digest for path, digest in missing.items() if path not in moved}
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


def moved_along(album: Manifest, out: Path, missing: dict[Path, str | None]) -> dict[Path, Path]:
    """Find photos that were moved together with the album: as far from it, with their content."""
    if out == album.out:
        return {}
    candidates = {path: _along(album, out, path) for path in missing}
    return {
        path: there
        for path, there in candidates.items()
        if os.path.isfile(there)  # noqa: PTH113
        and missing[path] in (None, _hash(there))
    }


def search(
    wanted: dict[Path, str | None],
    sources: Sequence[Path],
    taken: set[Path],
    out: Path,
    progress: Progress,
) -> dict[Path, Path]:
    """Find photos by content in `sources`; of several with one content, those of the same name."""
    from photosort.photos.scan import scan

    digests = {digest for digest in wanted.values() if digest is not None}
    if not digests or not sources:
        return {}
    progress.stage("Scanning")
    photos = [
        photo.path
        for photo in scan(sources, exclude=[out], on_found=progress.advance).photos
        if photo.path not in taken
    ]
    progress.stage("Recognising", total=len(photos))
    found: dict[str, list[Path]] = {}
    for done, path in enumerate(photos, start=1):
        digest = _hash(path)
        if digest in digests:
            found.setdefault(digest, []).append(path)
        progress.advance(done)
    moved = {}
    for path, digest in wanted.items():
        here = found.get(digest or "", [])
        same = [other for other in here if other.name == path.name]
        if here:
            moved[path] = (same or here)[0]
            here.remove(moved[path])
    return moved


def _hash(path: Path) -> str | None:
    from photosort.photos.records import content_hash

    try:
        return content_hash(path).hex()
    except OSError:
        return None
