"""Which cluster of a new album is which of the old one, by the Jaccard index of their photos.

A photo is the same if its file has the same path and content, or the same content elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photosort.album.manifest import Manifest
from photosort.album.plan import Folder, Group, Heading, Placed, cluster

Overlap = npt.NDArray[np.float64]  # (groups, clusters), 0 to 1

# Jaccard index: photos in both over photos in either. The limits are judgement, not measured.
MIN_OVERLAP = 0.3  # from which a group keeps the number and the user's name of an old cluster
MIN_TITLE_OVERLAP = 0.5  # from which it keeps the title that photosort gave it


class PhotoIndex:
    """Finds photos of an album by path or content."""

    def __init__(self, album: Manifest) -> None:
        self._by_path: dict[Path, tuple[Folder, Placed]] = {}
        self._by_hash: dict[str, tuple[Folder, Placed]] = {}
        for folder in album.folders:
            for photo in folder.photos:
                self._by_path[photo.path] = folder, photo
                if photo.content_hash is not None:
                    self._by_hash.setdefault(photo.content_hash, (folder, photo))

    def find(self, path: Path, content_hash: str | None) -> tuple[Folder, Placed] | None:
        """Find the folder that holds the photo, and its entry there; None when none does."""
        found = self._by_path.get(path)
        if found is not None and content_hash in (None, found[1].content_hash):
            return found
        if found is not None and found[1].content_hash is None:
            return found
        return self._by_hash.get(content_hash) if content_hash is not None else None


@dataclass(frozen=True, slots=True)
class Continued:
    """The groups of a new album with the numbers and titles of the old one.

    `kept` are the numbers of groups that keep a title; `lost` are names the user gave to clusters
    that are no more.
    """

    groups: tuple[Group, ...]
    kept: frozenset[int]
    lost: tuple[str, ...]


def carry_on(old: Manifest | None, groups: Sequence[Group]) -> Continued:
    """Give `groups`, numbered from 1 by size (0: misc), the numbers and titles of old clusters.

    Groups are matched to old clusters so that the sum of their overlaps is largest; a group without
    a match gets the lowest number that is free.
    """
    if old is None:
        return Continued(tuple(groups), frozenset(), ())
    clusters = [heading for heading in old.headings if heading.number]
    fresh = [group for group in sorted(groups, key=number_of) if number_of(group)]
    overlap = _overlap(old, clusters, fresh)
    matched = dict(_match(overlap))  # new row: old column
    used = {clusters[column].number for column in matched.values()}
    free = (number for number in range(1, len(used) + len(fresh) + 1) if number not in used)
    result = [group for group in groups if not number_of(group)]
    kept: set[int] = set()
    for row, group in enumerate(fresh):
        if row not in matched:
            result.append(replace(group, headings=(cluster(next(free)),)))
            continue
        before = clusters[matched[row]]
        title = before.title if overlap[row, matched[row]] >= MIN_TITLE_OVERLAP else None
        heading = replace(before, title=title)
        result.append(replace(group, headings=(heading,)))
        kept.update({before.number or 0} if heading.name is not None else ())
    lost = [c.given for c in clusters if c.given is not None and c.number not in used]
    return Continued(tuple(result), frozenset(kept), tuple(lost))


def keep_given(old: Manifest | None, groups: Sequence[Group]) -> Continued:
    """Give times, places and events the names that the user gave those of the same key in `old`.

    Clusters are left to `carry_on`: they are known by their photos, not by their keys.
    """
    given = {
        heading.key: heading.given
        for heading in (old.headings if old is not None else ())
        if heading.number is None and heading.given is not None
    }
    named = tuple(
        replace(
            group,
            headings=tuple(
                replace(heading, given=given.get(heading.key, heading.given))
                if heading.number is None
                else heading
                for heading in group.headings
            ),
        )
        for group in groups
    )
    there = {heading.key for group in named for heading in group.headings}
    return Continued(
        named, frozenset(), tuple(name for key, name in given.items() if key not in there)
    )


def number_of(group: Group) -> int:
    """Give the number of a group of the content; 0 is misc."""
    return group.leaf.number or 0


def _overlap(old: Manifest, clusters: Sequence[Heading], groups: Sequence[Group]) -> Overlap:
    """Return the Jaccard index of each group with each old cluster: (groups, clusters).

    Photos that only one of the albums holds do not count.
    """
    index = PhotoIndex(old)
    column = {heading.key: index for index, heading in enumerate(clusters)}
    common = np.zeros((len(groups), len(clusters)))
    for row, group in enumerate(groups):
        for member in group.members:
            found = index.find(member.path, member.content_hash)
            for heading in found[0].headings if found is not None else ():
                if heading.key in column:
                    common[row, column[heading.key]] += 1
    either = common.sum(axis=1, keepdims=True) + common.sum(axis=0, keepdims=True) - common
    overlap: Overlap = common / np.maximum(either, 1)
    return overlap


def _match(overlap: Overlap) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-overlap)
    return [
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if overlap[row, column] >= MIN_OVERLAP
    ]
