"""Spectral clustering of a graph of nearest neighbours by distance.

Ng, Jordan, Weiss 2002, "On spectral clustering", with the self-tuning kernel of Zelnik-Manor,
Perona 2004, "Self-tuning spectral clustering". The constants were chosen on MNIST.
"""

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.dec.estimator import kmeans
from photosort.grouping.graph import (
    NEIGHBOURS,
    Sparse,
    edges,
    nearest_neighbours,
    normalised_adjacency,
    row_normalised,
    squared_norms,
)

EIGENVECTORS, PARTS = 2, 3  # for each cluster: eigenvectors, and parts before they are merged
TOL, TOL_OF_PARTS = 1e-3, 1e-5  # of eigenvalues, in a graph of one component and of several
N_INIT = 10  # of k-means on eigenvectors, where clusters are compact


class Neighbours:
    """Nearest neighbours among the rows of `x` (n, d), weighed by the self-tuning kernel.

    An edge weighs exp(-d² / (s t)), where s and t are the distances of both rows to their last
    neighbours. `graph` (n, n), sparse, is `normalised_adjacency`.
    """

    def __init__(self, x: Floats, count: int = NEIGHBOURS) -> None:
        self._mean = x.mean(axis=0)  # far from the origin, inner products lose the distances
        self._x, self._count = x - self._mean, min(count, len(x) - 1)
        nearest, squared = self._search(x, np.arange(len(x)))
        self._scale = np.sqrt(squared.max(axis=1))
        self.graph = normalised_adjacency(self._weigh(nearest, squared))

    def edges(self, x: Floats) -> Sparse:
        """Return the edges (m, n) of other rows `x` (m, d) to these; rows sum to 1."""
        return row_normalised(self._weigh(*self._search(x)))

    def _search(self, x: Floats, own: Ints | None = None) -> tuple[Ints, Floats]:
        """Find the neighbours of rows `x` (m, d) and their squared distances: (m, count)."""
        x = x - self._mean
        nearest, products = nearest_neighbours(x, self._x, self._count, own)
        norms = squared_norms(x)[:, None] + squared_norms(self._x)[nearest]
        return nearest, np.maximum(norms - 2 * products, 0)

    def _weigh(self, nearest: Ints, squared: Floats) -> Sparse:
        scale = np.sqrt(squared.max(axis=1, keepdims=True)) * self._scale[nearest]
        # Copies of one row have no distance at all.
        weights = np.exp(-squared / np.maximum(scale, 1e-9))
        return edges(nearest, weights.astype(np.float32), len(self._x))


def spectral_clustering(
    graph: Sparse,
    clusters: int,
    *,
    seed: int,
    eigenvectors: int = EIGENVECTORS,
    parts: int = PARTS,
) -> Ints:
    """Cut `graph` (n, n, a `normalised_adjacency`) into clusters: labels (n,).

    One cut into `clusters` may halve a large class and leave two others together. So the graph is
    cut into `parts` times as many parts, and those with most weight between them are merged.
    """
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import eigsh

    parts = min(parts * clusters, graph.shape[0])
    size = min(eigenvectors * clusters, graph.shape[0] - 1)
    first = np.ones(graph.shape[0])  # ARPACK's own is random
    # Each component brings the eigenvalue 1 once more, which a coarse search finds only once.
    tol = TOL if connected_components(graph, directed=False)[0] == 1 else TOL_OF_PARTS
    _, vectors = eigsh(graph, k=size, which="LA", tol=tol, v0=first)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    _, labels = kmeans(rows, parts, seed=seed, n_init=N_INIT)
    member = np.eye(parts, dtype=np.float32)[labels]
    return merge_parts(member.T @ (graph @ member), clusters)[labels]


def merge_parts(weights: Floats, clusters: int) -> Ints:
    """Merge parts with total edge weights `weights` (m, m) until `clusters` are left: (m,).

    Average linkage: the next two are those with most weight between them for the product of their
    degrees.
    """
    group = np.arange(len(weights))
    while len(weights) > clusters:
        degrees = weights.sum(axis=1)
        mean = weights / np.maximum(np.outer(degrees, degrees), 1e-12)
        np.fill_diagonal(mean, -1)
        keep, merged = sorted(np.unravel_index(mean.argmax(), mean.shape))
        weights[keep] += weights[merged]
        weights[:, keep] += weights[:, merged]
        weights = np.delete(np.delete(weights, merged, axis=0), merged, axis=1)
        group[group == merged] = keep
        group[group > merged] -= 1
    return group
