"""Find the photos most like a photo or a cluster, in an album or in all that was ever looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from photosort.commands.album import open_album
from photosort.commands.embedding import look
from photosort.commands.references import as_before, contents_of
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full
from photosort.photos.records import read_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Placed
    from photosort.catalog import Catalog
    from photosort.commands.request import Progress, Request
    from photosort.dec.arrays import Floats
    from photosort.embed.backbone import ModelSpec

#: Contents at a time whose features are read: some 40 MB.
CHUNK: Final = 8192
#: Candidates beyond those asked for, in place of photos that are gone.
SPARE: Final = 200


@dataclass(frozen=True, slots=True)
class Alike:
    """A photo that was found; `distance` is the cosine distance of features, 0 for the same."""

    path: Path
    distance: float
    content_hash: str
    folder: str | None = None  # of the album


@dataclass(frozen=True, slots=True)
class Found:
    """The photos most like `wanted` among `compared`, the most alike first.

    `gone` counts those that are more alike than the last of them and out of reach.
    """

    wanted: str
    photos: tuple[Alike, ...]
    compared: int
    gone: int


@dataclass(frozen=True, slots=True)
class _Sought:
    """Contents that the like of is sought; paths and contents that are not to be found."""

    contents: tuple[bytes, ...]
    not_paths: frozenset[Path] = frozenset()
    not_contents: frozenset[bytes] = frozenset()


Places: TypeAlias = "dict[bytes, list[tuple[Path, str | None]]]"  # paths and folders of contents


def find_alike(
    wanted: str, album: Path | None, limit: int, progress: Progress, *, everywhere: bool = False
) -> Found:
    """Find the photos most like a photo, named by a path, or like those of a folder of the album.

    A photo need not be in the album; one that is unknown is looked at. Of a folder: those outside
    it that are most like its photos on the whole. Raises PhotosortError.
    """
    from photosort.catalog import Catalog
    from photosort.grouping.nearest import nearest

    manifest = _album(album, needed=not (everywhere and _is_file(wanted)))
    request, spec = _looking(manifest)
    with Catalog.open() as catalog:  # an open catalog is not cleared meanwhile
        places: Places = {}
        if manifest is not None and not everywhere:
            places = _places(manifest, spec, request, progress)
        sought = _sought(wanted, manifest, spec, request, progress, catalog)
        known = catalog.contents(spec.id) if everywhere else sorted(places)
        contents = [content for content in known if content not in sought.not_contents]
        query = _mean(catalog, sought.contents, spec)
        blocks = (catalog.features(some, spec.id) for some in _chunks(contents))
        rows, distances = nearest(blocks, query, limit + SPARE)
        best = [contents[row] for row in rows]
        if everywhere:
            places = {c: [(p, None) for p in paths] for c, paths in catalog.paths(best).items()}
    entries = (
        Alike(path, round(float(distance), 4), content.hex(), folder)
        for content, distance in zip(best, distances, strict=True)
        for path, folder in places.get(content, ())
        if path not in sought.not_paths
    )
    return _found(wanted, entries, len(contents), limit)


def _found(wanted: str, entries: Iterable[Alike], compared: int, limit: int) -> Found:
    """Take the first photos that are within reach."""
    photos: list[Alike] = []
    gone = 0
    for entry in entries:
        if len(photos) == limit:
            break
        if os.path.isfile(entry.path):  # noqa: PTH113 - False, too, where it may not be seen
            photos.append(entry)
        else:
            gone += 1
    return Found(wanted, tuple(photos), compared, gone)


def _album(album: Path | None, *, needed: bool) -> Manifest | None:
    """Open the album; None where there is none and none is needed."""
    try:
        return open_album(album)
    except PhotosortError:
        if needed or album is not None:
            raise
        return None


def _is_file(wanted: str) -> bool:
    return os.path.isfile(in_full(Path(wanted)))  # noqa: PTH113


def _looking(manifest: Manifest | None) -> tuple[Request, ModelSpec]:
    """Say with which network photos are compared: the album's, where there is one."""
    from photosort.commands.request import Request
    from photosort.embed.backbone import DEFAULT_MODEL, find_model

    if manifest is not None:
        return as_before(manifest)
    return Request((), model=DEFAULT_MODEL), find_model(DEFAULT_MODEL)


def _places(manifest: Manifest, spec: ModelSpec, request: Request, progress: Progress) -> Places:
    """Find the contents of an album, and the paths and folders of each."""
    photos = list(manifest.photos)
    folders = [folder.name for folder in manifest.folders for _ in folder.photos]
    places: Places = {}
    found = contents_of(photos, spec, request, progress)
    for content, photo, folder in zip(found, photos, folders, strict=True):
        if content:
            places.setdefault(content, []).append((photo.path, folder))
    return places


def _sought(
    wanted: str,
    manifest: Manifest | None,
    spec: ModelSpec,
    request: Request,
    progress: Progress,
    catalog: Catalog,
) -> _Sought:
    """Say what a word on the command line names: a photo of the album, a file, or a folder.

    A number is a cluster, even where a file has it for a name.
    """
    from photosort.album.manifest import find_folder

    path = in_full(Path(wanted))
    entry = None if manifest is None else _entry(manifest, path)
    if entry is not None or manifest is None or (_is_file(wanted) and not wanted.isdecimal()):
        shown = Path(os.path.realpath(path)) if entry is None else entry.path
        content = read_hash(entry.content_hash) if entry else None
        if content is None or not catalog.has(content, spec.id):
            content = _look_at(shown, spec, request, progress)
        return _Sought((content,), frozenset({shown, path}))
    inside = path.is_dir() and path.is_relative_to(manifest.out) and path != manifest.out
    name = path.relative_to(manifest.out).as_posix() if inside else wanted
    try:
        folder = find_folder(manifest, name)
    except PhotosortError:
        if Path(wanted).is_absolute() or Path(wanted).suffix or path.is_dir():
            fact = "not a folder of the album" if path.is_dir() else "no such photo"
            raise PhotosortError(
                f"{wanted}: {fact}; name a photo by its path, or a folder of {manifest.out}"
            ) from None
        raise
    found = contents_of(folder.photos, spec, request, progress)
    contents = tuple(dict.fromkeys(content for content in found if content))
    if not contents:
        raise PhotosortError(f"{wanted}: none of its photos can be read; is their disk connected?")
    return _Sought(contents, not_contents=frozenset(contents))


def _entry(manifest: Manifest, path: Path) -> Placed | None:
    """Find the photo of an album at a path, or shown by the entry of the album at that path."""
    below = path.is_relative_to(manifest.out)
    place = path.relative_to(manifest.out).as_posix() if below else None
    return next(
        (one for one in manifest.photos if one.path == path or str(one.place) == place), None
    )


def _look_at(path: Path, spec: ModelSpec, request: Request, progress: Progress) -> bytes:
    """Look at a photo and return its content hash. Raises PhotosortError where it is none."""
    from photosort.photos.scan import Photo, identify

    photo = identify(path)
    if not isinstance(photo, Photo):
        raise PhotosortError(f"{path}: {getattr(photo, 'reason', 'not a photo')}")
    looked = look([photo], spec, request, progress)
    for failed in looked.failed:
        raise PhotosortError(f"{path}: {failed.reason}")
    return looked.photos[0][1]


def _mean(catalog: Catalog, contents: Sequence[bytes], spec: ModelSpec) -> Floats:
    """Return the mean direction of features (1280,)."""
    from photosort.grouping.graph import l2_normalise

    blocks = (l2_normalise(catalog.features(some, spec.id)) for some in _chunks(contents))
    total: Floats = np.sum([block.sum(axis=0) for block in blocks], axis=0)
    return total


def _chunks(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (contents[start : start + CHUNK] for start in range(0, len(contents), CHUNK))
