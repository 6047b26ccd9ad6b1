"""Split a cluster of an album by what its photos show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.photos.records import read_hash

if TYPE_CHECKING:
    from photosort.album.manifest import Manifest
    from photosort.album.plan import Heading, Member, Placed
    from photosort.commands.correct import Change, Step
    from photosort.commands.request import Progress
    from photosort.dec.arrays import Ints


def split(name: str, into: int, progress: Progress) -> Step:
    """Split the cluster called `name`; the largest part keeps its number and title."""
    from photosort.commands.correct import Change
    from photosort.commands.entries import find_cluster, free_numbers

    def step(album: Manifest) -> Change:
        heading = find_cluster(album, name)
        photos = [p for folder in album.folders if folder.cluster == heading for p in folder.photos]
        if len(photos) < into:
            raise PhotosortError(
                f"{name}: has {counted(len(photos), 'photo')}, which cannot be split into {into}"
            )
        parts = _parts(album, photos, into, name, progress)
        fresh = _titled(album, photos, parts, free_numbers(album, into - 1))
        headings = (heading, *fresh)
        return Change(
            "split",
            {photo.place: headings[part] for photo, part in zip(photos, parts, strict=True)},
        )

    return step


def _parts(
    album: Manifest, photos: list[Placed], into: int, name: str, progress: Progress
) -> list[int]:
    """Say which part each photo is in, 0 the largest. Raises PhotosortError."""
    import numpy as np

    from photosort.commands.entries import GONE
    from photosort.commands.networks import pretrained_for
    from photosort.commands.references import as_before, features_of
    from photosort.grouping.split import split_rows

    request, spec = as_before(album)
    features, usable = features_of(photos, spec, request, progress)
    if len(usable) < len(photos):
        gone = photos[min(set(range(len(photos))) - set(usable))]
        raise PhotosortError(f"{gone.path}: {GONE}")
    found: Ints = split_rows(features, into, pretrained_for(spec))
    if len(np.unique(found)) < into:
        raise PhotosortError(f"{name}: its photos are too alike to be split into {into}")
    return [int(part) for part in found]


def _titled(
    album: Manifest, photos: list[Placed], parts: list[int], numbers: list[int]
) -> tuple[Heading, ...]:
    """Head the new parts with numbers, and with titles beside those that the other clusters have.

    Titles are of the photos that the catalog knows.
    """
    from photosort.album.plan import Group, cluster
    from photosort.catalog import Catalog
    from photosort.commands.references import as_before, groups_of
    from photosort.titles.numbering import retitle

    numbered = dict(enumerate(numbers, start=1))
    moving = {p.path: numbered[part] for p, part in zip(photos, parts, strict=True) if part}
    gathered: dict[Heading, list[Member]] = {cluster(number): [] for number in numbers}
    for group in groups_of(album):
        for member in group.members:
            number = moving.get(member.path)
            gathered.setdefault(cluster(number) if number else group.leaf, []).append(member)
    _, spec = as_before(album)
    with Catalog.open() as catalog:
        digests = {m: read_hash(m.content_hash) for some in gathered.values() for m in some}
        held = catalog.held([digest for digest in digests.values() if digest], spec.id)
        members = [member for member, digest in digests.items() if digest in held]
        scores = catalog.scores([digests[member] or b"" for member in members], spec.id)
    seen = frozenset(members)
    known = [
        Group((heading,), tuple(m for m in some if m in seen)) for heading, some in gathered.items()
    ]
    others = frozenset(heading.number or 0 for heading in gathered) - frozenset(numbers)
    titled = retitle([group for group in known if group.members], others, members, scores)
    found = {group.leaf.number: group.leaf for group in titled}
    return tuple(found.get(number, cluster(number)) for number in numbers)
