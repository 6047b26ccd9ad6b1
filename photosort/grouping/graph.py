"""The graph of nearest neighbours, and what is computed on it.

A feature says what one photo shows, and with it much that no group depends on: framing, light,
background. What its nearest neighbours have in common is the class of the picture. Personalised
PageRank averages over neighbours (Gasteiger, Bojchevski, Günnemann 2019, "Predict then propagate"):
of features before they are encoded, of memberships before they are DEC's targets (Zhou et al. 2004,
"Learning with local and global consistency").
"""

import math
from typing import Any

import numpy as np

from photosort.dec.arrays import Floats, Ints

Sparse = Any  # SciPy ships no types
# The constants were chosen on the labelled albums of ../shared.
NEIGHBOURS = 15  # at most; an album of n photos has no more than √n
DAMPING = 0.9  # of a mean that comes from the neighbours; the rest is the photo itself
ITERATIONS = 20  # 0.9**20 = 0.12: what lies farther adds little
ONE_SIDED = 0.2  # weight of an edge that only one end has; one that both have counts 1.4
REFERENCES = 20_000  # rows among which neighbours are searched, at most: bounds time and memory
BLOCK_ROWS = 1024  # rows whose inner products are held at once, at most
BLOCK = BLOCK_ROWS * REFERENCES  # inner products held at once: 80 MB
MIN_COSINE = 1e-3  # of an edge: every row has a neighbour of positive weight


def smooth_features(x: Floats, graph: Sparse | None = None, *, seed: int = 0) -> Floats:
    """Return unit rows (n, d): personalised PageRank of the unit rows `x`, 20 iterations.

    `graph` (n, n) is `normalised_adjacency`, where it is known already. Above 20,000 rows it is
    that of 20,000 random ones; the others take the mean of their neighbours among those.
    """
    if len(x) < 3:
        return x
    references = reference_rows(len(x), seed)
    among = x[references]
    if graph is None:
        graph = neighbour_adjacency(among)
    means = personalised_pagerank(graph, among, DAMPING)
    if len(among) < len(x):
        nearby = row_normalised(neighbour_graph(x, among, positions(references, len(x))))
        means = DAMPING * (nearby @ l2_normalise(means)) + (1 - DAMPING) * x
    return l2_normalise(means)


def reference_rows(n: int, seed: int) -> Ints:
    """Return the rows among which neighbours are searched: all `n`, or a random 20,000, sorted."""
    if n <= REFERENCES:
        return np.arange(n)
    chosen: Ints = np.random.default_rng(seed).choice(n, REFERENCES, replace=False)
    return np.sort(chosen)


def positions(references: Ints, n: int) -> Ints:
    """Return for each of `n` rows where it stands in `references`; -1 for the others."""
    found = np.full(n, -1)
    found[references] = np.arange(len(references))
    return found


def nearest_neighbours(
    x: Floats, among: Floats, count: int, own: Ints | None = None, *, unit: bool = False
) -> tuple[Ints, Floats]:
    """Search the `count` nearest rows of `among` (m, d) for each row of `x` (n, d).

    Returns their row numbers and inner products with the row, both (n, count), in no order. `own`
    (n,) says which row of `among` each row of `x` is, -1 for none: no row is its own neighbour.
    With `unit`, rows have length 1 and the nearest are those of the largest inner product.
    """
    nearest = np.empty((len(x), count), np.int64)
    products = np.empty((len(x), count), np.float32)
    half = 0.0 if unit else squared_norms(among) / 2
    rows = min(BLOCK_ROWS, max(1, BLOCK // len(among)))
    for first in range(0, len(x), rows):
        block = slice(first, min(first + rows, len(x)))
        inner = x[block] @ among.T  # (block, m)
        far = half - inner  # (d² - |x|²) / 2
        if own is not None:
            known = np.flatnonzero(own[block] >= 0)
            far[known, own[block][known]] = np.inf
        best = np.argpartition(far, count - 1, axis=1)[:, :count]
        nearest[block] = best
        products[block] = np.take_along_axis(inner, best, axis=1)
    return nearest, products


def squared_norms(x: Floats) -> Floats:
    """Return the squared length of each row of `x` (n, d): (n,)."""
    norms: Floats = np.einsum("nd,nd->n", x, x)
    return norms


def neighbour_graph(
    x: Floats, among: Floats, own: Ints | None = None, count: int | None = None
) -> Sparse:
    """Join unit rows `x` (n, d) to their nearest in `among` (m, d), by cosine³: sparse (n, m).

    A row has `count` neighbours, √m and at most 15 when None. `own` is that of
    `nearest_neighbours`. On albums cosine³ is better than the self-tuning kernel,
    on digits it is not (BENCHMARKS.md, "Kernels"; bench/spectral.py).
    """
    count = count or min(NEIGHBOURS, max(1, round(math.sqrt(len(among)))))
    nearest, cosine = nearest_neighbours(x, among, count, own, unit=True)
    return edges(nearest, np.maximum(cosine, MIN_COSINE) ** 3, len(among))


def edges(nearest: Ints, weights: Floats, size: int) -> Sparse:
    """Return the graph (n, size) of edges to `nearest` (n, count) with `weights` (n, count)."""
    from scipy.sparse import csr_array

    rows = np.repeat(np.arange(len(nearest)), nearest.shape[1])
    shape = (len(nearest), size)
    return csr_array((weights.reshape(-1), (rows, nearest.reshape(-1))), shape=shape)


def neighbour_adjacency(x: Floats, count: int | None = None) -> Sparse:
    """Join the unit rows `x` (n, d) to their nearest neighbours: `normalised_adjacency`, (n, n).

    `count` is that of `neighbour_graph`.
    """
    return normalised_adjacency(neighbour_graph(x, x, np.arange(len(x)), count))


def normalised_adjacency(graph: Sparse) -> Sparse:
    """Make `graph` (n, n) symmetric, prefer mutual neighbours, divide by the roots of degrees.

    Some rows are among the neighbours of very many ("hubs"); few of those are theirs. A row without
    edges stays without.
    """
    from scipy.sparse import diags_array

    both = graph.minimum(graph.T) + ONE_SIDED * (graph + graph.T)
    scale = diags_array(1 / np.sqrt(_degrees(both)))
    return scale @ both @ scale


def row_normalised(graph: Sparse) -> Sparse:
    """Divide the rows of `graph` (n, m) by their sums: they sum to 1, or to 0 without edges."""
    from scipy.sparse import diags_array

    return diags_array(1 / _degrees(graph)) @ graph


def _degrees(graph: Sparse) -> Floats:
    """Sum the rows of `graph`; 1 stands for 0, which nothing may be divided by."""
    sums = np.asarray(graph.sum(axis=1)).reshape(-1)
    degrees: Floats = np.where(sums > 0, sums, 1)
    return degrees


def personalised_pagerank(graph: Sparse, values: Floats, damping: float) -> Floats:
    """Average `values` (n, m) over `graph` (n, n): 20 steps of a random walk with restarts.

    Each step goes to a neighbour with probability `damping`, else back to the row it began with.
    """
    result = values
    for _ in range(ITERATIONS):
        result = damping * (graph @ result) + (1 - damping) * values
    return result


def propagate_memberships(graph: Sparse, memberships: Floats, damping: float = DAMPING) -> Floats:
    """Personalised PageRank of `memberships` (n, clusters), 20 iterations; rows sum to 1.

    Each cluster is divided by its sum before: clusters count alike whatever their size.
    """
    spread = personalised_pagerank(graph, memberships, damping)
    even = spread / np.maximum(spread.sum(axis=0), 1e-9)
    rows: Floats = even / np.maximum(even.sum(axis=1, keepdims=True), 1e-30)
    return rows


def l2_normalise(rows: Floats) -> Floats:
    """Divide `rows` (n, d) by their lengths; what is shorter than rounding errors becomes 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = np.where(lengths > 1e-5, rows / np.maximum(lengths, 1e-5), 0)
    return scaled.astype(np.float32)
