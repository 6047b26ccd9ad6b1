"""How sure it is that a photo belongs to its cluster, from features alone.

Two estimates: the share of the photo's nearest neighbours that are in the cluster, and a softmax
over cosines with the clusters' centroids. Their geometric mean picks out wrongly grouped photos
better than either, and is near the share of right ones among photos of that confidence
(BENCHMARKS.md, "Confidence").
"""

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats, Ints
from photosort.grouping.graph import (
    l2_normalise,
    neighbour_graph,
    positions,
    reference_rows,
    row_normalised,
)

# Both were chosen on the labelled albums of ../shared.
SOFTMAX_SCALE = 10.0  # factor on cosines with centroids
LOW_CONFIDENCE = 0.5  # below this a photo is in no cluster in particular
LEAST = 50  # photos of each cluster in a sample of an album: judgement, not measured


def confidence(x: Floats, labels: Ints, *, seed: int = 0) -> Floats:
    """Return (n,) from 0 to 1 for unit rows `x` (n, d), centred on the album, with `labels` (n,).

    The photo itself counts neither among its neighbours nor in its centroid. Above 20,000 rows,
    neighbours are those among a random 20,000 of them.
    """
    if len(x) < 2:
        return np.ones(len(x), np.float32)
    found, own = np.unique(labels, return_inverse=True)
    own = own.reshape(-1)
    each = np.arange(len(x))
    rows = reference_rows(len(x), seed)
    votes = _votes(x, x[rows], own[rows], len(found), positions(rows, len(x)))
    posterior = _softmax(_cosines(x, own))
    result: Floats = np.sqrt(votes[each, own] * posterior[each, own]).astype(np.float32)
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
    """Find the cluster each row of `new` (m, d) fits best, and the confidence of that: (m,), (m,).

    `known` (n, d) are the features of photos with `labels` (n,); all are centred on those.
    """
    unit = l2_normalise(known)
    mean = unit.mean(axis=0)
    x, others = l2_normalise(unit - mean), l2_normalise(l2_normalise(new) - mean)
    found, own = np.unique(labels, return_inverse=True)
    own = own.reshape(-1)
    votes = _votes(others, x, own, len(found))
    posterior = _softmax(others @ l2_normalise(_sums(x, own)).T)
    both = np.sqrt(votes * posterior)
    best = both.argmax(axis=1)
    return found[best].astype(np.int64), both[np.arange(len(new)), best].astype(np.float32)


def _votes(
    x: Floats, known: Floats, labels: Ints, clusters: int, own: Ints | None = None
) -> Floats:
    """Return the share of each cluster among the neighbours of `x` in `known`: (n, clusters).

    `labels` are those of `known`; `own` says which row of `known` each row of `x` is. Closer
    neighbours weigh more; rows sum to 1.
    """
    from scipy.sparse import csr_array

    ones = np.ones(len(known), np.float32)
    members = csr_array((ones, (np.arange(len(known)), labels)), shape=(len(known), clusters))
    votes: Floats = (row_normalised(neighbour_graph(x, known, own)) @ members).toarray()
    return votes


def _sums(x: Floats, own: Ints) -> Floats:
    return np.stack([x[own == cluster].sum(axis=0) for cluster in range(int(own.max()) + 1)])


def _cosines(x: Floats, own: Ints) -> Floats:
    """Compare rows with the clusters' centroids, each without itself in its own: (n, clusters)."""
    sums = _sums(x, own)
    cosines: Floats = x @ l2_normalise(sums).T
    cosines[np.arange(len(x)), own] = (x * l2_normalise(sums[own] - x)).sum(axis=1)
    return cosines


def _softmax(cosines: Floats) -> Floats:
    weights = np.exp(SOFTMAX_SCALE * (cosines - cosines.max(axis=1, keepdims=True)))
    posterior: Floats = weights / weights.sum(axis=1, keepdims=True)
    return posterior
