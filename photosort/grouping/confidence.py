"""How sure it is that a photo belongs to its cluster, from features alone.

There are two estimates: the share of the photo's nearest neighbours that are in the cluster, and a
softmax over cosines with the clusters' centroids. Their geometric mean picks out wrongly grouped
photos better than either. Among photos of one confidence, about that share is grouped rightly
(BENCHMARKS.md, "Confidence").
"""

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats, Ints
from photosort.grouping.graph import (
    Sparse,
    group_sums,
    l2_normalise,
    neighbour_graph,
    positions,
    reference_rows,
    row_normalised,
)
from photosort.grouping.rows import Rows, blocks

# Both were chosen on the labelled albums of ../shared.
SOFTMAX_SCALE = 10.0  # factor on cosines with centroids
LOW_CONFIDENCE = 0.5  # below this a photo is in no cluster in particular
LEAST = 50  # photos of each cluster in a sample of an album, at least: judgement, not measured


def confidence(
    x: Rows | Floats, labels: Ints, votes: Floats | None = None, *, seed: int = 0
) -> Floats:
    """Return (n,) from 0 to 1 for unit rows `x` (n, d), centred on the album, with `labels` (n,).

    The photo itself counts neither among its neighbours nor in its centroid. Above 20,000 rows,
    neighbours are those among a random 20,000 of them. `votes` (n,) are the shares of neighbours
    that are in the photo's cluster, where they are known already.
    """
    if len(x) < 2:
        return np.ones(len(x), np.float32)
    found, own = np.unique(labels, return_inverse=True)
    own = own.reshape(-1)
    if votes is None:
        votes = _own_votes(x, own, seed)
    sums = np.sum([group_sums(rows, own[block], len(found)) for block, rows in blocks(x)], axis=0)
    result = np.empty(len(x), np.float32)
    for block, rows in blocks(x):
        posterior = _softmax(_cosines(rows, own[block], sums))
        result[block] = np.sqrt(votes[block] * posterior[np.arange(len(rows)), own[block]])
    return result


def representative_rows(labels: Ints, *, seed: int = 0) -> Ints:
    """Choose rows that new ones are compared with, by their `labels` (n,): sorted row numbers.

    All of them, or above 20,000 a random 20,000 with `LEAST` of each cluster, where it has as many.
    """
    rows = reference_rows(len(labels), seed)
    if len(rows) == len(labels):
        return rows
    each = (np.flatnonzero(labels == label) for label in np.unique(labels))
    spread = [own[:: max(1, len(own) // LEAST)][:LEAST] for own in each]
    return np.unique(np.concatenate([rows, *spread]))


def assign_new(new: Floats, known: Floats, labels: Ints) -> tuple[npt.NDArray[np.int64], Floats]:
    """Find the cluster that each row of `new` (m, d) fits best, and its confidence: (m,), (m,).

    `known` (n, d) are the features of photos with `labels` (n,); all are centred on their mean.
    """
    unit = l2_normalise(known)
    mean = unit.mean(axis=0)
    x, others = l2_normalise(unit - mean), l2_normalise(l2_normalise(new) - mean)
    found, own = np.unique(labels, return_inverse=True)
    own = own.reshape(-1)
    votes = _votes(neighbour_graph(others, x), own, len(found))
    posterior = _softmax(others @ l2_normalise(group_sums(x, own, len(found))).T)
    both = np.sqrt(votes * posterior)
    best = both.argmax(axis=1)
    return found[best].astype(np.int64), both[np.arange(len(new)), best].astype(np.float32)


def follow_references(
    rows: Rows, references: Ints, neighbours: Sparse, labels: Ints, among: Floats
) -> tuple[Ints, Floats]:
    """Give each photo the label that weighs most among its neighbours: labels (n,), its share (n,).

    Those are searched in `among` (k, m), the rows that are numbered `references` (k,); `neighbours`
    (k, k) is their own graph, and `labels` (k,), from 0, are theirs and stay.
    """
    clusters = int(labels.max()) + 1
    found, share = np.empty(len(rows), np.int64), np.empty(len(rows), np.float32)
    found[references] = labels
    share[references] = _picked(_votes(neighbours, labels, clusters), labels)
    if len(references) < len(rows):
        place = positions(references, len(rows))
        for block, x in blocks(rows):
            others = np.flatnonzero(place[block] < 0)
            votes = _votes(neighbour_graph(x[others], among), labels, clusters)
            best = votes.argmax(axis=1)
            found[block][others] = best
            share[block][others] = _picked(votes, best)
    return found, share


def _own_votes(x: Rows | Floats, labels: Ints, seed: int) -> Floats:
    """Return the share of each photo's label, from 0, among its neighbours: (n,)."""
    references = reference_rows(len(x), seed)
    among, place = x[references], positions(references, len(x))
    clusters = int(labels.max()) + 1
    share = np.empty(len(x), np.float32)
    for block, rows in blocks(x):
        graph = neighbour_graph(rows, among, place[block])
        share[block] = _picked(_votes(graph, labels[references], clusters), labels[block])
    return share


def _picked(votes: Floats, labels: Ints) -> Floats:
    picked: Floats = votes[np.arange(len(labels)), labels]
    return picked


def _votes(graph: Sparse, labels: Ints, clusters: int) -> Floats:
    """Return the share of each cluster among neighbours: (n, clusters), rows sum to 1.

    `graph` (n, k) leads to rows with `labels` (k,). Closer neighbours weigh more.
    """
    from scipy.sparse import csr_array

    ones = np.ones(len(labels), np.float32)
    members = csr_array((ones, (np.arange(len(labels)), labels)), shape=(len(labels), clusters))
    votes: Floats = (row_normalised(graph) @ members).toarray()
    return votes


def _cosines(x: Floats, own: Ints, sums: Floats) -> Floats:
    """Compare rows with the clusters' centroids, each without itself in its own: (n, clusters)."""
    cosines: Floats = x @ l2_normalise(sums).T
    cosines[np.arange(len(x)), own] = (x * l2_normalise(sums[own] - x)).sum(axis=1)
    return cosines


def _softmax(cosines: Floats) -> Floats:
    weights = np.exp(SOFTMAX_SCALE * (cosines - cosines.max(axis=1, keepdims=True)))
    posterior: Floats = weights / weights.sum(axis=1, keepdims=True)
    return posterior
