"""The graph of nearest neighbours, and what is computed on it.

A feature says what one photo shows, and with it much that no group depends on: framing, light,
background. What its nearest neighbours have in common is the class of the picture. Personalised
PageRank averages over neighbours (Gasteiger, Bojchevski, Günnemann 2019, "Predict then propagate"):
of features before they are encoded, of memberships before they are DEC's targets (Zhou et al. 2004,
"Learning with local and global consistency").
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
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
COLUMNS = 1000  # sets whose maxima `largest` compares first: of 256 to 2,000 the fastest at 20,000
WIDTH = 128  # columns averaged over the graph at once: 10 MB of 20,000 rows stay in a cache
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
    nearest = np.empty((len(x), count), np.int32)
    products = np.empty((len(x), count), np.float32)
    half = squared_norms(among) * np.float32(0.5)
    rows = min(BLOCK_ROWS, max(1, BLOCK // len(among)))
    # One array for all blocks: the system clears new memory, which costs about as much as its use.
    held = np.empty((min(rows, len(x)), len(among)), np.float32)
    for first in range(0, len(x), rows):
        block = slice(first, min(first + rows, len(x)))
        inner = np.matmul(x[block], among.T, out=held[: block.stop - first])  # (block, m)
        near: Floats = inner if unit else inner - half  # (|x|² - d²) / 2
        if own is not None:
            known = np.flatnonzero(own[block] >= 0)
            near[known, own[block][known]] = -np.inf
        best = largest(near, count)
        nearest[block] = best
        products[block] = np.take_along_axis(inner, best, axis=1)
    return nearest, products


def largest(values: Floats, count: int) -> Ints:
    """Return the columns of the `count` largest of each row of `values` (n, m): (n, count), exact.

    The columns are dealt out to 1,000 sets, and the sets with the `count` largest maxima are
    searched: the others cannot hold one of the largest values. That is some ten times as fast as
    to partition whole rows.
    """
    n, m = values.shape
    deep = m // COLUMNS
    if deep < 2 or count > COLUMNS // 4:
        return np.argpartition(values, m - count, axis=1)[:, m - count :]
    whole = deep * COLUMNS
    maxima = values[:, :whole].reshape(n, deep, COLUMNS).max(axis=1)
    best = np.argpartition(maxima, COLUMNS - count, axis=1)[:, COLUMNS - count :]
    spread = best[:, :, None] + COLUMNS * np.arange(deep)  # (n, count, deep)
    rest = np.broadcast_to(np.arange(whole, m), (n, m - whole))
    columns = np.hstack([spread.reshape(n, -1), rest])
    among = np.take_along_axis(values, columns, axis=1)
    chosen = np.argpartition(among, among.shape[1] - count, axis=1)[:, -count:]
    found: Ints = np.take_along_axis(columns, chosen, axis=1)
    return found


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

    ends = np.arange(0, nearest.size + 1, nearest.shape[1])
    shape = (len(nearest), size)
    return csr_array((weights.reshape(-1), nearest.reshape(-1), ends), shape=shape)


def neighbour_adjacency(x: Floats, count: int | None = None) -> Sparse:
    """Join the unit rows `x` (n, d) to their nearest neighbours: `normalised_adjacency`, (n, n).

    `count` is that of `neighbour_graph`.
    """
    return normalised_adjacency(neighbour_graph(x, x, np.arange(len(x)), count))


def normalised_adjacency(graph: Sparse) -> Sparse:
    """Make `graph` (n, n) symmetric, prefer mutual neighbours, divide by the roots of degrees.

    Some rows ("hubs") are among the neighbours of very many rows, few of which are among theirs:
    those edges are one-sided and weigh less. A row without edges stays without.
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
    """Sum the rows of `graph`, to divide by: a sum of 0 becomes 1."""
    sums = np.asarray(graph.sum(axis=1)).reshape(-1)
    degrees: Floats = np.where(sums > 0, sums, 1)
    return degrees


def personalised_pagerank(graph: Sparse, values: Floats, damping: float) -> Floats:
    """Average `values` (n, m) over `graph` (n, n): 20 steps of a random walk with restarts.

    Each step goes to a neighbour with probability `damping`, else back to the row it began with.
    """

    def averaged(first: int) -> Floats:
        start = np.ascontiguousarray(values[:, first : first + WIDTH])
        result = start
        for _ in range(ITERATIONS):
            result = damping * (graph @ result) + (1 - damping) * start
        return result

    parts = range(0, values.shape[1], WIDTH)
    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as threads:  # SciPy frees the GIL
        return np.hstack(list(threads.map(averaged, parts)))


def propagate_memberships(graph: Sparse, memberships: Floats, damping: float = DAMPING) -> Floats:
    """Personalised PageRank of `memberships` (n, clusters), 20 iterations; rows sum to 1.

    Each cluster is divided by its sum before: clusters count alike whatever their size.
    """
    spread = personalised_pagerank(graph, memberships, damping)
    even = spread / np.maximum(spread.sum(axis=0), 1e-9)
    rows: Floats = even / np.maximum(even.sum(axis=1, keepdims=True), 1e-30)
    return rows


def group_sums(rows: Floats, labels: Ints, groups: int) -> Floats:
    """Sum the `rows` (n, d) of each of the `labels` (n,), 0 to `groups` - 1: (groups, d)."""
    from scipy.sparse import csr_array

    ones = np.ones(len(rows), np.float32)
    shape = (groups, len(rows))
    sums: Floats = csr_array((ones, (labels, np.arange(len(rows)))), shape=shape) @ rows
    return sums


def l2_normalise(rows: Floats) -> Floats:
    """Divide `rows` (n, d) by their lengths; what is shorter than rounding errors becomes 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = np.where(lengths > 1e-5, rows / np.maximum(lengths, 1e-5), 0)
    return scaled.astype(np.float32)
