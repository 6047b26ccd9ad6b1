"""An album of photos in an object store: grouped by their features, written as a manifest.

There are no links to make there. The groups, numbers and titles are those that `organize` gives the
same photos as files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from photosort.commands.embedding import Looked
from photosort.commands.features import learned_by_shard, with_model
from photosort.commands.metadata import Described
from photosort.commands.organize import describe_run, group_content, members_of, with_facts
from photosort.commands.request import require_enough
from photosort.commands.views import cut_album
from photosort.errors import PhotosortError
from photosort.grouping.rows import Stored
from photosort.photos.records import Embedded, Failed, Skipped
from photosort.photos.scan import Photo, Scan
from photosort.scale.manifest import Entry, check_manifest, write_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Group, Placed
    from photosort.commands.features import Features
    from photosort.commands.request import Progress, Request
    from photosort.dec.arrays import Floats, Ints

    Halves: TypeAlias = npt.NDArray[np.float16]

OUT: Final = Path("/album")  # names are planned as for a folder that exists nowhere


@dataclass(frozen=True, slots=True)
class RemoteOutcome:
    """A manifest as written, the album it describes, and the photos that failed, by URL."""

    url: str
    album: Manifest
    failed: tuple[tuple[str, str], ...]


class Held(Stored):
    """Features (n, d) in memory, float16: 2.5 kB a photo; rows are read as float32."""

    def __init__(self, features: Halves) -> None:
        self._features = features

    @property
    def shape(self) -> tuple[int, int]:
        """The number of photos and the width of a feature."""
        rows, width = self._features.shape
        return rows, width

    def __getitem__(self, rows: slice | Ints) -> Floats:
        """Read some, in the order asked for."""
        return self._features[rows].astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Photos with features: URLs by path, what was learned, features (n, d), scores (n, 1000)."""

    urls: dict[Path, str]
    photos: tuple[tuple[Photo, bytes], ...]
    described: tuple[Described, ...]
    features: Halves
    scores: Halves
    failed: tuple[tuple[str, str], ...]


def organize_remote(
    features: Features, request: Request, to: str, progress: Progress, *, model_typed: bool
) -> RemoteOutcome:
    """Group the photos of a store and write a manifest at `to`. Raises PhotosortError."""
    from photosort.album.manifest import describe
    from photosort.album.plan import Site, plan_album

    request = with_model(features, request, typed=model_typed)
    place = check_manifest(to)
    seen = _look_up(features, progress)
    sources = tuple(map(Path, features.index.sources))
    if not seen.photos:
        raise PhotosortError(f"{', '.join(features.index.sources)}: no photo that can be read")
    require_enough(request, sources, len(seen.photos))
    groups = _cut(seen, request, progress)
    plan = plan_album(groups, Site(OUT, portable=True))
    skipped = [Skipped(Path(url), why) for url, why in (*features.index.skipped, *seen.failed)]
    found = Scan((), tuple(skipped), (), ())
    about = describe_run(request, sources, found, Looked(seen.photos, ()))
    album = describe(plan, about)
    progress.stage("Placing photos")
    photos = _entries(seen, plan.folders)
    progress.stage("Writing the manifest", total=len(photos))
    write_manifest(
        place,
        [_folder(folder) for folder in plan.folders],
        photos,
        {
            "created": album.created,
            "features": features.store.place.url,
            "model": features.store.model_id,
            "sources": list(features.index.sources),
            "options": dict(album.options),
            "skipped": [{"url": url, "reason": why} for url, why in seen.failed],
        },
    )
    return RemoteOutcome(place.url, album, seen.failed)


def _look_up(features: Features, progress: Progress) -> _Seen:
    """Read what was learned of every photo, in the order of the index."""
    from photosort.catalog.rows import CLASSES, feature_size
    from photosort.photos.metadata.when import when, where

    total = len(features.index.photos)
    vectors = np.zeros((total, feature_size(features.store.model_id)), np.float16)
    scores = np.zeros((total, CLASSES), np.float16)
    results: list[Embedded | Failed | None] = [None] * total
    progress.stage("Reading features", total=total)
    done = 0
    for rows in learned_by_shard(features):
        for number, learned in rows:
            if isinstance(learned.result, Embedded):
                vectors[number] = learned.result.feature
                scores[number] = learned.result.scores
            results[number] = learned.result
        done += len(rows)
        progress.advance(done)
    now = datetime.now(UTC).replace(tzinfo=None)
    urls: dict[Path, str] = {}
    photos, described, failed = [], [], []
    for listed, result in zip(features.index.photos, results, strict=True):
        if not isinstance(result, Embedded):
            why = result.reason if result is not None else "not in its shard"
            failed.append((listed.url, why))
            continue
        path = _path_of(listed.url, urls)
        photo = Photo(path, listed.size_bytes, listed.mtime_ns, listed.ctime_ns, "")
        photos.append((photo, result.content_hash))
        taken = when(result.facts, path.name, listed.mtime_ns, [], now=now)
        described.append(Described(photo, result.facts, taken, where(result.facts, [])))
    kept = [number for number, one in enumerate(results) if isinstance(one, Embedded)]
    return _Seen(urls, tuple(photos), tuple(described), vectors[kept], scores[kept], tuple(failed))


def _path_of(url: str, urls: dict[Path, str]) -> Path:
    """Give a URL as a path, of its own where another has the same once slashes are put together."""
    path = Path(url)
    while path in urls:
        path = path.with_name(f"{path.name}#{len(urls)}")
    urls[path] = url
    return path


def _cut(seen: _Seen, request: Request, progress: Progress) -> Sequence[Group]:
    content: list[Group] = []
    if "content" in request.by:
        looked = Looked(seen.photos, ())
        found = Held(seen.features), partial(seen.scores.astype, np.float32)
        content = group_content(looked, found, request, progress, None)
    if request.by == ("content",):
        return with_facts(content, seen.described, request)
    members = [member for group in content for member in group.members]
    if not content:
        members = members_of(Looked(seen.photos, ()), [1.0] * len(seen.photos))
    return cut_album(request, members, seen.described, content, None)


def _entries(seen: _Seen, folders: Sequence[Folder]) -> list[Entry]:
    """Describe the photos of all folders in order, each with its place on the map."""
    from photosort.grouping.layout import plane

    row_of = {photo.path: row for row, (photo, _) in enumerate(seen.photos)}
    spots = plane(seen.features.astype(np.float32))
    places = {one.photo.path: one.place for one in seen.described}

    def entry(folder: Folder, photo: Placed) -> Entry:
        place = places[photo.path]
        x, y = spots[row_of[photo.path]]
        return Entry(
            seen.urls[photo.path],
            str(folder.place),
            photo.place.name,
            round(float(photo.confidence), 6),
            photo.content_hash or "",
            photo.taken.date,
            photo.taken.date_source,
            photo.taken.location,
            None if place is None else (place.latitude, place.longitude),
            (float(x), float(y)),
        )

    return [entry(folder, photo) for folder in folders for photo in folder.photos]


def _folder(folder: Folder) -> dict[str, Any]:
    return {
        "place": str(folder.place),
        "title": folder.leaf.name,
        "number": folder.leaf.number,
        "headings": [
            {"key": head.key, "number": head.number, "title": head.name} for head in folder.headings
        ],
        "reason": folder.reason,
        "photos": len(folder.photos),
    }
