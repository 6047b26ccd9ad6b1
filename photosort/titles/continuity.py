"""Which cluster of a new album is which of the old one, by the Jaccard index of their photos.

A photo is the same if its file has the same path and content, or the same content elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photosort.album.corrections import numbers_by_content
from photosort.album.manifest import Manifest
from photosort.album.plan import Folder, Group, Heading, Member, Placed, cluster
from photosort.dec.arrays import Ints

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
    a match gets the lowest number that is free. A photo that the user corrected is in the cluster
    it belongs to, which is made where no group is matched to it, and counts for that one alone.
    """
    if old is None:
        return Continued(tuple(groups), frozenset(), ())
    clusters = [heading for heading in old.headings if heading.number]
    fresh = [group for group in sorted(groups, key=number_of) if number_of(group)]
    anchors = numbers_by_content(old.corrections)
    matched = _matched(old, clusters, fresh)
    taken = {heading.number for heading in matched.values()} | set(anchors.values())
    free = (number for number in range(1, len(taken) + len(fresh) + 1) if number not in taken)
    result = [group for group in groups if not number_of(group)]
    for row, group in enumerate(fresh):
        heading = matched[row] if row in matched else cluster(next(free))
        result.append(replace(group, headings=(heading,)))
    held = hold(result, anchors, {heading.number: heading for heading in clusters})
    there = {number_of(group) for group in held}
    lost = [c.given for c in clusters if c.given is not None and c.number not in there]
    return replace(_titled(old, clusters, held), lost=tuple(lost))


def wanted_labels(old: Manifest | None, members: Sequence[Member], labels: Ints) -> Ints:
    """Return the group (n,) that each corrected photo of `old` belongs to; -1 for the others.

    `labels` (n,) are the groups as they are, from 0. A cluster that none of them goes on as is a
    new one.
    """
    wanted = np.full(len(members), -1)
    anchors = numbers_by_content(old.corrections) if old is not None else {}
    numbers = [anchors.get(member.content_hash or "", 0) for member in members]
    if old is None or not any(numbers):
        return wanted
    gathered: dict[int, list[Member]] = {}
    for member, label in zip(members, labels.tolist(), strict=True):
        gathered.setdefault(label, []).append(member)
    found = sorted(gathered)
    groups = [Group((cluster(label + 1),), tuple(gathered[label])) for label in found]
    matched = _matched(old, [heading for heading in old.headings if heading.number], groups)
    label_of = {heading.number: found[row] for row, heading in matched.items()}
    for number in sorted(set(numbers) - {0} - label_of.keys()):
        label_of[number] = max(*label_of.values(), found[-1], 0) + 1
    for row, number in enumerate(numbers):
        if number:
            wanted[row] = label_of[number]
    return wanted


def _matched(
    old: Manifest, clusters: Sequence[Heading], groups: Sequence[Group]
) -> dict[int, Heading]:
    """Find which of the old `clusters` a group goes on as, by its place among `groups`."""
    anchors = numbers_by_content(old.corrections)
    rest = [_without(group, anchors) for group in groups]
    likeness = _overlap(old, clusters, rest) + _anchored(anchors, clusters, groups)
    return {row: clusters[column] for row, column in _match(likeness)}


def _titled(old: Manifest, clusters: Sequence[Heading], groups: Sequence[Group]) -> Continued:
    """Keep photosort's titles of groups that have most photos of the old cluster of the number."""
    overlap = _overlap(old, clusters, groups)
    column = {heading.number: index for index, heading in enumerate(clusters)}
    result: list[Group] = []
    kept: set[int] = set()
    for row, group in enumerate(groups):
        if number_of(group) in column:
            alike = overlap[row, column[number_of(group)]] >= MIN_TITLE_OVERLAP
            heading = replace(group.leaf, title=group.leaf.title if alike else None)
            group = replace(group, headings=(heading,))  # noqa: PLW2901 - the same, retitled
            kept.update({number_of(group)} if heading.name is not None else ())
        result.append(group)
    return Continued(tuple(result), frozenset(kept), ())


def _without(group: Group, anchors: Mapping[str, int]) -> Group:
    """Leave corrected photos out."""
    rest = tuple(m for m in group.members if (m.content_hash or "") not in anchors)
    return replace(group, members=rest)


def hold(
    groups: Sequence[Group], anchors: Mapping[str, int], known: Mapping[int | None, Heading]
) -> tuple[Group, ...]:
    """Put photos, by the hashes of their contents, into the clusters of the numbers in `anchors`.

    A cluster that is not among `groups` is made, under its heading in `known` if it is there. A
    group that nothing is left of is dropped.
    """
    wanted: dict[int, list[Member]] = {}
    rest: list[Group] = []
    for group in groups:
        stay = []
        for member in group.members:
            number = anchors.get(member.content_hash or "", number_of(group))
            if number == number_of(group):
                stay.append(member)
            else:
                wanted.setdefault(number, []).append(member)
        rest.append(replace(group, members=tuple(stay)))
    joined = [
        replace(group, members=(*group.members, *wanted.pop(number_of(group), ())))
        for group in rest
    ]
    made = [
        Group((known.get(number, cluster(number)),), tuple(members))
        for number, members in sorted(wanted.items())
    ]
    return tuple(group for group in (*joined, *made) if group.members)


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


def _anchored(
    anchors: Mapping[str, int], clusters: Sequence[Heading], groups: Sequence[Group]
) -> Overlap:
    """Return the share of each cluster's corrected photos that a group has, times `MIN_OVERLAP`.

    Like `_overlap`, (groups, clusters). It makes a group the cluster's that all of them are in, but
    for one that goes on as another cluster anyway.
    """
    column = {heading.number: index for index, heading in enumerate(clusters)}
    found = np.zeros((len(groups), len(clusters)))
    for row, group in enumerate(groups):
        for member in group.members:
            number = anchors.get(member.content_hash or "")
            if number in column:
                found[row, column[number]] += 1
    share: Overlap = MIN_OVERLAP * found / np.maximum(found.sum(axis=0, keepdims=True), 1)
    return share


def _match(overlap: Overlap) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-overlap)
    return [
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if overlap[row, column] >= MIN_OVERLAP
    ]
