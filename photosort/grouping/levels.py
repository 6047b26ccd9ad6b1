"""Groups of groups: one tree over the clusters of an album, cut at as many levels as asked for.

Clusters are joined from the bottom up, always the two whose photos have most in common on the graph
of neighbours (average linkage on personalised PageRank of the memberships). Every level is a cut of
the same tree, so that two photos of one cluster are together on every level above.
"""

import math
from typing import Final

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.grouping.graph import (
    REFERENCES,
    l2_normalise,
    neighbour_adjacency,
    propagate_memberships,
)

#: The number of groups on a level is the one, within this factor of an even ladder, where the next
#: join would bring together what has the least in common beside the join before.
_AROUND: Final = 1.5
#: Weight of the cosine of centres beside PageRank, whose largest value is 1. With 0.1, 1 and 10 the
#: coarse level agrees with classes of classes (animals, vehicles, rooms...) by a mean NMI of .72,
#: .75 and .71: labelled albums of ../shared, one by one and together.
_FALLBACK: Final = 1.0


def levels(seen: Floats, labels: Ints, depth: int) -> Ints:
    """Return the groups (depth, k) of clusters 0 to k - 1 on each level, coarsest first.

    `seen` (n, m) are unit rows, `labels` (n,) their clusters, -1 for none. The last level is the
    clusters themselves; on the others a group is numbered by its number of photos, 0 the largest.
    """
    clusters = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=clusters)
    joins, similarity = _tree(common_ground(seen, labels, clusters))
    result: list[Ints] = [np.arange(clusters)]
    finer = clusters
    for level in range(depth - 1, 0, -1):
        finer = _count(similarity, clusters ** (level / depth), finer)
        result.append(_numbered(_cut(joins, clusters, finer), sizes))
    return np.array(result[::-1]).reshape(depth, clusters)


def common_ground(seen: Floats, labels: Ints, clusters: int) -> Floats:
    """Return how much the photos of each two clusters have in common: symmetric (k, k).

    Personalised PageRank from one to the other on the graph of neighbours, and, where that is 0 or
    there are too many photos for a graph, the cosine of their centroids.
    """
    kept = labels >= 0
    rows, mine = seen[kept], labels[kept]
    member = np.zeros((len(rows), clusters), np.float32)
    member[np.arange(len(rows)), mine] = 1
    size = np.maximum(member.sum(axis=0), 1)[:, None]
    centres = l2_normalise(member.T @ rows / size)
    shared: Floats = centres @ centres.T
    if 3 <= len(rows) <= REFERENCES and clusters > 1:
        walks: Floats = member.T @ propagate_memberships(neighbour_adjacency(rows), member) / size
        apart = ~np.eye(clusters, dtype=bool)
        walks /= max(float(walks[apart].max()), 1e-9)
        shared = (walks + _FALLBACK * shared).astype(np.float32)
    both: Floats = ((shared + shared.T) / 2).astype(np.float32)
    return both


def _tree(shared: Floats) -> tuple[list[tuple[int, int]], list[float]]:
    """Join the two groups with most in common until one is left; name each by its least cluster."""
    shared = shared.astype(float).copy()
    np.fill_diagonal(shared, -np.inf)
    weight = np.ones(len(shared))
    joins, similarity = [], []
    for _ in range(len(shared) - 1):
        one, other = sorted(divmod(int(shared.argmax()), len(shared)))
        joins.append((one, other))
        similarity.append(float(shared[one, other]))
        mixed = weight[one] * shared[one] + weight[other] * shared[other]
        shared[one] = shared[:, one] = mixed / (weight[one] + weight[other])
        shared[other] = shared[:, other] = -np.inf
        shared[one, one] = -np.inf
        weight[one] += weight[other]
    return joins, similarity


def _count(similarity: list[float], wanted: float, finer: int) -> int:
    """Choose a number of groups near `wanted` and below `finer`, where joining becomes dear."""
    clusters = len(similarity) + 1
    low = max(1 if clusters < 3 else 2, math.floor(wanted / _AROUND))
    high = max(low, min(finer - 1, math.ceil(wanted * _AROUND), clusters - 1))

    def fall(count: int) -> float:  # what the join to `count` groups kept and the next one loses
        done = clusters - count
        return similarity[done - 1] - similarity[done] if 0 < done < clusters - 1 else -math.inf

    return max(range(low, high + 1), key=lambda count: (fall(count), -abs(count - wanted)))


def _cut(joins: list[tuple[int, int]], clusters: int, count: int) -> Ints:
    """Return the group (k,) of each cluster when `count` groups are left."""
    group = np.arange(clusters)
    for one, other in joins[: clusters - count]:
        group[group == other] = one
    return group


def _numbered(group: Ints, sizes: Ints) -> Ints:
    """Give the group with most photos number 0; of equal ones, that with the least cluster."""
    found, inverse = np.unique(group, return_inverse=True)
    photos = np.bincount(inverse, weights=sizes, minlength=len(found))
    rank = np.empty(len(found), np.int64)
    rank[np.lexsort((found, -photos))] = np.arange(len(found))
    return rank[inverse]
