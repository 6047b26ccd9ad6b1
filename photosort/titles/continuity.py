"""Which cluster of a new album is which of the old one: told by the photos they share.

A photo is the same if its file has the same path and content, or the same content elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photosort.album.manifest import Cluster, Manifest, Placed
from photosort.album.plan import Group

Shares = npt.NDArray[np.float64]  # (groups, clusters)

SAME = 0.3  # of the photos that either cluster has and both albums know, the share they must share
SAME_TITLE = 0.5  # the same, for the title that photosort gave to go on


class Whereabouts:
    """Finds photos of an album by path or content."""

    def __init__(self, album: Manifest) -> None:
        self._by_path: dict[Path, tuple[Cluster, Placed]] = {}
        self._by_hash: dict[str, tuple[Cluster, Placed]] = {}
        for cluster in album.clusters:
            for photo in cluster.photos:
                self._by_path[photo.path] = cluster, photo
                if photo.content_hash is not None:
                    self._by_hash.setdefault(photo.content_hash, (cluster, photo))

    def find(self, path: Path, content_hash: str | None) -> tuple[Cluster, Placed] | None:
        """Find the cluster that holds the photo, and its entry there; None when none does."""
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
    clusters = [cluster for cluster in old.clusters if cluster.number]
    fresh = [group for group in sorted(groups, key=lambda group: group.number) if group.number]
    overlap = _overlap(old, clusters, fresh)
    heirs = dict(_match(overlap))  # new row: old column
    used = {clusters[column].number for column in heirs.values()}
    free = (number for number in range(1, len(used) + len(fresh) + 1) if number not in used)
    result = [group for group in groups if not group.number]
    kept: set[int] = set()
    for row, group in enumerate(fresh):
        if row not in heirs:
            result.append(replace(group, number=next(free)))
            continue
        cluster, share = clusters[heirs[row]], overlap[row, heirs[row]]
        stays = cluster.named or (share >= SAME_TITLE and cluster.title is not None)
        title = cluster.title if stays else None
        result.append(replace(group, number=cluster.number, title=title, named=cluster.named))
        kept.update({cluster.number} if stays else ())
    followed = {clusters[column].number for column in heirs.values()}
    lost = [c.title for c in clusters if c.named and c.title and c.number not in followed]
    return Continued(tuple(result), frozenset(kept), tuple(lost))


def _overlap(old: Manifest, clusters: Sequence[Cluster], groups: Sequence[Group]) -> Shares:
    """Say which share of the photos in either they have in common: (groups, clusters).

    Photos that only one of the albums holds say nothing about which cluster is which.
    """
    where = Whereabouts(old)
    column = {cluster.number: index for index, cluster in enumerate(clusters)}
    common = np.zeros((len(groups), len(clusters)))
    for row, group in enumerate(groups):
        for member in group.members:
            found = where.find(member.path, member.content_hash)
            if found is not None and found[0].number:
                common[row, column[found[0].number]] += 1
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
