"""Which photos are neighbours, and what a neighbourhood has in common.

A feature says what one photo shows, and much that matters to nobody: framing, light, background.
What its nearest neighbours share is what kind of picture it is. `neighbourhood_means` draws every
feature towards its surroundings (personalised PageRank on the graph of neighbours; Gasteiger et al.
2019, "Predict then propagate"), and that is what the autoencoder is given to encode.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.dec.training import Floats

Sparse = Any  # SciPy ships no types
Ints = npt.NDArray[np.int64]
NEIGHBOURS = 15  # at most; a small album has sqrt(n)
SHARE = 0.9  # of a mean that comes from the neighbours; the rest is the photo itself
ROUNDS = 20  # SHARE**20 = 0.12: what lies farther adds little
ONE_SIDED = 0.2  # weight of a neighbour who does not name the photo back, against 1.4 if it does
REFERENCES = 20_000  # neighbours are sought among at most so many photos: time and memory
BLOCK_ROWS = 1024  # rows whose similarities are held at once


def neighbourhood_means(x: Floats, graph: Sparse | None = None, *, seed: int = 0) -> Floats:
    """Return unit rows (n, d): the unit rows `x`, each drawn towards its neighbourhood.

    `graph` (n, n) is that of their neighbours, balanced, where it is known already. Above 20,000
    rows, neighbours are those among a random 20,000 of them.
    """
    if len(x) < 3:
        return x
    among = x
    if len(x) > REFERENCES:
        chosen = np.random.default_rng(seed).choice(len(x), REFERENCES, replace=False)
        among = x[np.sort(chosen)]
    if graph is None:
        graph = balanced(neighbours(among, among))
    means = among
    for _ in range(ROUNDS):
        means = SHARE * (graph @ means) + (1 - SHARE) * among
    if len(among) < len(x):
        graph = neighbours(x, among)
        totals = np.maximum(np.asarray(graph.sum(axis=1)).reshape(-1, 1), 1e-9)
        means = SHARE * (graph @ unit(means)) / totals + (1 - SHARE) * x
    return unit(means)


def unit(rows: Floats) -> Floats:
    """Give `rows` (n, d) length 1; what is shorter than rounding errors becomes 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = np.where(lengths > 1e-5, rows / np.maximum(lengths, 1e-5), 0)
    return scaled.astype(np.float32)


def neighbours(x: Floats, among: Floats) -> Sparse:
    """Return cosine³ of each row of `x` with its nearest others in `among`: sparse (n, m)."""
    from scipy.sparse import csr_array

    count = min(NEIGHBOURS, max(1, round(math.sqrt(len(among)))))
    nearest = np.empty((len(x), count), np.int64)
    cosine = np.empty((len(x), count), np.float32)
    for start in range(0, len(x), BLOCK_ROWS):
        block = slice(start, min(start + BLOCK_ROWS, len(x)))
        similar = x[block] @ among.T  # (block, m)
        if among is x:
            np.fill_diagonal(similar[:, start:], -np.inf)  # nobody is their own neighbour
        best = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        nearest[block] = best
        cosine[block] = np.take_along_axis(similar, best, axis=1)
    rows = np.repeat(np.arange(len(x)), count)
    weights = np.maximum(cosine, 1e-3).reshape(-1) ** 3  # positive: no photo is without neighbours
    return csr_array((weights, (rows, nearest.reshape(-1))), shape=(len(x), len(among)))


def modularity(graph: Sparse, labels: Ints) -> float:
    """Return how much of the weight of symmetric `graph` (n, n) lies within groups, above chance.

    Newman 2006, "Modularity and community structure in networks": 0 for one group, at most 1.
    """
    within = graph.tocoo()
    inside = within.data[labels[within.row] == labels[within.col]].sum()
    degrees = np.bincount(labels, weights=np.asarray(graph.sum(axis=1)).reshape(-1))
    total = degrees.sum()
    return float(inside / total - ((degrees / total) ** 2).sum())


def balanced(graph: Sparse) -> Sparse:
    """Make `graph` symmetric, prefer neighbours who name each other, and even out degrees.

    Some photos are near to everything and named by everybody ("hubs"); few name them back.
    """
    from scipy.sparse import diags_array

    both = graph.minimum(graph.T) + ONE_SIDED * (graph + graph.T)
    scale = diags_array(1 / np.sqrt(np.asarray(both.sum(axis=1)).reshape(-1)))
    return scale @ both @ scale


def walked(graph: Sparse, belief: Floats, share: float = 0.9) -> Floats:
    """Let `belief` (n, clusters) spread over `graph`: what a walk from each row comes to, (n, k).

    Each step goes on with probability `share`, else back to the start. Clusters count alike however
    large they are; rows sum to 1.
    """
    spread = belief
    for _ in range(ROUNDS):
        spread = share * (graph @ spread) + (1 - share) * belief
    even = spread / np.maximum(spread.sum(axis=0), 1e-9)
    shares: Floats = even / np.maximum(even.sum(axis=1, keepdims=True), 1e-30)
    return shares
