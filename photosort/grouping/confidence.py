"""How sure it is that a photo belongs to its cluster, from features alone.

Two witnesses that see different things: the photo's neighbours (which cluster are they in?) and the
clusters' middles (which is nearest?). Their geometric mean picks out wrongly grouped photos better
than either, and is near the share of right ones among photos of that confidence.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.dec.training import Floats
from photosort.grouping.graph import REFERENCES, neighbours, unit

Ints = npt.NDArray[np.integer[Any]]

SHARPNESS = 10.0  # of the softmax over cosines with the clusters' middles
UNSURE = 0.5  # below this a photo belongs nowhere in particular


def confidence(x: Floats, labels: Ints, *, seed: int = 0) -> Floats:
    """Return (n,) from 0 to 1 for unit rows `x` (n, d), centred on the album, with `labels` (n,).

    The photo itself never speaks for itself. Above 20,000 rows, neighbours are those among a random
    20,000 of them.
    """
    if len(x) < 2:
        return np.ones(len(x), np.float32)
    found, own = np.unique(labels, return_inverse=True)
    own = own.reshape(-1)
    each = np.arange(len(x))
    known, rows = x, each
    if len(x) > REFERENCES:
        rows = np.sort(np.random.default_rng(seed).choice(each, REFERENCES, replace=False))
        known = x[rows]
    shares = _votes(x, known, own[rows], len(found), rows)
    near = _posterior(_cosines(x, own))
    sure: Floats = np.sqrt(shares[each, own] * near[each, own]).astype(np.float32)
    return sure


def place(new: Floats, known: Floats, labels: Ints) -> tuple[npt.NDArray[np.int64], Floats]:
    """Find the cluster each row of `new` (m, d) fits best, and how sure that is: (m,), (m,).

    `known` (n, d) are the features of photos with `labels` (n,); all are centred on those.
    """
    middle = unit(known).mean(axis=0)
    x, others = unit(unit(known) - middle), unit(unit(new) - middle)
    found, own = np.unique(labels, return_inverse=True)
    own = own.reshape(-1)
    votes = _votes(others, x, own, len(found))
    near = _posterior(others @ unit(_sums(x, own)).T)
    both = np.sqrt(votes * near)
    best = both.argmax(axis=1)
    return found[best].astype(np.int64), both[np.arange(len(new)), best].astype(np.float32)


def _votes(x: Floats, known: Floats, own: Ints, clusters: int, rows: Ints | None = None) -> Floats:
    """Share out the neighbours that `x` has in `known` by their clusters `own`: (n, clusters).

    `rows` says which row of `x` each of `known` is, if any: nobody is their own neighbour. Closer
    neighbours weigh more; rows sum to 1.
    """
    from scipy.sparse import coo_array, csr_array

    graph = coo_array(neighbours(x, known))
    if rows is not None:
        graph.data[rows[graph.col] == graph.row] = 0
    ones = np.ones(len(known), np.float32)
    members = csr_array((ones, (np.arange(len(known)), own)), shape=(len(known), clusters))
    votes = (graph.tocsr() @ members).toarray()
    shares: Floats = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-9)
    return shares


def _sums(x: Floats, own: Ints) -> Floats:
    sums = np.zeros((int(own.max()) + 1, x.shape[1]), np.float32)
    np.add.at(sums, own, x)
    return sums


def _cosines(x: Floats, own: Ints) -> Floats:
    """Compare rows with the clusters' middles, their own without themselves: (n, k)."""
    sums = _sums(x, own)
    cosines: Floats = x @ unit(sums).T
    cosines[np.arange(len(x)), own] = (x * unit(sums[own] - x)).sum(axis=1)
    return cosines


def _posterior(cosines: Floats) -> Floats:
    weights = np.exp(SHARPNESS * (cosines - cosines.max(axis=1, keepdims=True)))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares
