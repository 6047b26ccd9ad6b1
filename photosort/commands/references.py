"""The photos of an album as it is: their groups, and features to compare new photos with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from photosort.commands.embedding import look
from photosort.commands.request import Request
from photosort.photos.records import read_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Group, Heading, Placed
    from photosort.commands.request import Progress
    from photosort.dec.arrays import Floats, Ints
    from photosort.embed.backbone import ModelSpec
    from photosort.photos.scan import Photo


def references(
    old: Manifest, spec: ModelSpec, request: Request, progress: Progress
) -> tuple[Floats, Ints]:
    """Return features (n, 1280) of photos of `old` and the numbers (n,) of their clusters.

    All photos, or a sample of a large album. A photo whose content the catalog knows by the hash in
    album.json is not opened: it counts as it was when its cluster was made. Others are looked at.
    """
    from photosort.grouping.confidence import representative_rows

    clustered = [
        (photo, folder.cluster.number)
        for folder in old.folders
        if folder.cluster is not None and folder.cluster.number
        for photo in folder.photos
    ]
    labels = np.array([number for _, number in clustered], np.int64)
    rows = representative_rows(labels)
    features, usable = features_of([clustered[row][0] for row in rows], spec, request, progress)
    return features, labels[rows[usable]]


def features_of(
    photos: Sequence[Placed], spec: ModelSpec, request: Request, progress: Progress
) -> tuple[Floats, list[int]]:
    """Return features (n, 1280) of photos, and which of them those are: some may be gone."""
    from photosort.catalog import Catalog

    found = contents_of(photos, spec, request, progress)
    usable = [row for row, digest in enumerate(found) if digest]
    with Catalog.open() as catalog:
        return catalog.features([found[row] or b"" for row in usable], spec.id), usable


def contents_of(
    photos: Sequence[Placed], spec: ModelSpec, request: Request, progress: Progress
) -> list[bytes | None]:
    """Return hashes of contents that the catalog has features of; None for a photo that is gone.

    A photo without one in album.json that the catalog knows is looked at.
    """
    from photosort.catalog import Catalog

    digests = [read_hash(photo.content_hash) for photo in photos]
    with Catalog.open() as catalog:
        held = set() if request.fresh else catalog.held([d for d in digests if d], spec.id)
    unknown = [photo for photo, digest in zip(photos, digests, strict=True) if digest not in held]
    learned = _learned(unknown, spec, request, progress) if unknown else {}
    return [
        digest if digest in held else learned.get(photo)
        for photo, digest in zip(photos, digests, strict=True)
    ]


def standing(photos: Sequence[Placed]) -> list[Photo]:
    """List the photos that are still there."""
    from photosort.photos.scan import Photo, identify

    found = (identify(photo.path) for photo in photos)
    return [photo for photo in found if isinstance(photo, Photo)]


def _learned(
    photos: Sequence[Placed], spec: ModelSpec, request: Request, progress: Progress
) -> dict[Placed, bytes]:
    looked = look(standing(photos), spec, request, progress)
    by_path = {photo.path: digest for photo, digest in looked.photos}
    return {photo: by_path[photo.path] for photo in photos if photo.path in by_path}


def as_before(manifest: Manifest) -> tuple[Request, ModelSpec]:
    """Say how the album was made: photos are to be compared by what the same network sees."""
    from photosort.embed.backbone import DEFAULT_MODEL, find_model

    model = manifest.options.get("model")
    request = Request(manifest.sources, model=model if isinstance(model, str) else DEFAULT_MODEL)
    return request, find_model(request.model)


def groups_of(manifest: Manifest) -> list[Group]:
    """Turn the clusters of an album back into groups, wherever in it their photos lie."""
    from photosort.album.plan import Group, Member

    members: dict[Heading, list[Member]] = {}
    for folder in manifest.folders:
        if folder.cluster is not None:
            members.setdefault(folder.cluster, []).extend(
                Member(p.path, p.confidence, p.content_hash, p.taken) for p in folder.photos
            )
    return [Group((heading,), tuple(some)) for heading, some in members.items()]
