"""Which cluster of a new album is which of the old one: told by the photos they share.

A photo is the same if its file has the same path and content, or the same content elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photosort.album.manifest import Manifest
from photosort.album.plan import Folder, Group, Heading, Placed, cluster

Shares = npt.NDArray[np.float64]  # (groups, clusters)

SAME = 0.3  # of the photos that either cluster has and both albums know, the share they must share
SAME_TITLE = 0.5  # the same, for the title that photosort gave to go on


class Whereabouts:
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
    """The groups of a new album under the numbers and titles they go on with.

    `kept` are the numbers of groups whose title is settled; `lost` are titles the user gave to
    clusters that are no more.
    """

    groups: tuple[Group, ...]
    kept: frozenset[int]
    lost: tuple[str, ...]


def carry_on(old: Manifest | None, groups: Sequence[Group]) -> Continued:
    """Give `groups`, numbered from 1 by size (0: misc), the numbers and titles of old clusters.

    Groups are matched to old clusters so that together they share most; a group without a match
    gets the lowest number that is free.
    """
    if old is None:
        return Continued(tuple(groups), frozenset(), ())
    clusters = [heading for heading in old.headings if heading.number]
    fresh = [group for group in sorted(groups, key=number_of) if number_of(group)]
    overlap = _overlap(old, clusters, fresh)
    heirs = dict(_match(overlap))  # new row: old column
    used = {clusters[column].number for column in heirs.values()}
    free = (number for number in range(1, len(used) + len(fresh) + 1) if number not in used)
    result = [group for group in groups if not number_of(group)]
    kept: set[int] = set()
    for row, group in enumerate(fresh):
        if row not in heirs:
            result.append(replace(group, headings=(cluster(next(free)),)))
            continue
        before, share = clusters[heirs[row]], overlap[row, heirs[row]]
        title = before.title if share >= SAME_TITLE else None
        heading = replace(before, title=title)
        result.append(replace(group, headings=(heading,)))
        kept.update({before.number or 0} if heading.name is not None else ())
    followed = {clusters[column].number for column in heirs.values()}
    lost = [c.given for c in clusters if c.given is not None and c.number not in followed]
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


def _overlap(old: Manifest, clusters: Sequence[Heading], groups: Sequence[Group]) -> Shares:
    """Say which share of the photos in either they have in common: (groups, clusters).

    Photos that only one of the albums holds say nothing about which cluster is which.
    """
    where = Whereabouts(old)
    column = {heading.key: index for index, heading in enumerate(clusters)}
    common = np.zeros((len(groups), len(clusters)))
    for row, group in enumerate(groups):
        for member in group.members:
            found = where.find(member.path, member.content_hash)
            for heading in found[0].headings if found is not None else ():
                if heading.key in column:
                    common[row, column[heading.key]] += 1
    either = common.sum(axis=1, keepdims=True) + common.sum(axis=0, keepdims=True) - common
    shares: Shares = common / np.maximum(either, 1)
    return shares


def _match(overlap: Shares) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-overlap)
    return [
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if overlap[row, column] >= SAME
    ]
