"""Clusters from the graph of nearest neighbours alone, where a better start than k-means is wanted.

Spectral clustering (Ng, Jordan, Weiss 2002) with the self-tuning kernel of Zelnik-Manor and Perona
2004, then a random walk with restarts (Zhou et al. 2004, "Learning with local and global
consistency") that lets every row take the cluster its surroundings agree on.
"""

from typing import Any

import numpy as np

from photosort.dec.dec import Ints
from photosort.dec.estimator import kmeans
from photosort.dec.training import Floats
from photosort.grouping.graph import balanced

Sparse = Any  # SciPy ships no types
NEIGHBOURS = 15
VECTORS, PARTS = 2, 3  # for each cluster: eigenvectors, parts it may first fall into
STARTS = 10  # of k-means, in a space where clusters are plain


class Neighbours:
    """Nearest neighbours among the rows of `x` (n, d), and how close they are.

    Closeness is exp(-d² / (s t)), where s and t are how far the last neighbours of both rows are.
    `graph` (n, n), sparse, is `balanced`.
    """

    def __init__(self, x: Floats, count: int = NEIGHBOURS) -> None:
        from sklearn.neighbors import NearestNeighbors

        self._search = NearestNeighbors(n_neighbors=min(count, len(x) - 1)).fit(x)
        distance, nearest = self._search.kneighbors()
        self._reach = distance[:, -1]
        self.graph = balanced(self._links(distance, nearest))

    def links(self, x: Floats) -> Sparse:
        """Return closeness (m, n) of other rows `x` (m, d) to their neighbours; rows sum to 1."""
        from scipy.sparse import diags_array

        found = self._links(*self._search.kneighbors(x))
        return diags_array(1 / np.asarray(found.sum(axis=1)).reshape(-1)) @ found

    def _links(self, distance: Floats, nearest: Ints) -> Sparse:
        from scipy.sparse import csr_array

        # copies of one row have no distance at all
        scale = np.maximum(distance[:, -1:] * self._reach[nearest], 1e-9)
        closeness = np.exp(-(distance**2) / scale).astype(np.float32)
        rows = np.repeat(np.arange(len(nearest)), nearest.shape[1])
        shape = (len(nearest), len(self._reach))
        return csr_array((closeness.reshape(-1), (rows, nearest.reshape(-1))), shape=shape)


def spectral_clusters(graph: Sparse, clusters: int, *, seed: int) -> Ints:
    """Cut `graph` (n, n, balanced) where it is thinnest: labels (n,).

    One cut into `clusters` may halve a large kind and leave two others together. So it is cut into
    three times as many parts, and those are joined that are linked best for their size.
    """
    from scipy.sparse.linalg import eigsh

    parts = min(PARTS * clusters, graph.shape[0])
    size = min(VECTORS * clusters, graph.shape[0] - 1)
    start = np.ones(graph.shape[0])  # ARPACK's own is random
    _, vectors = eigsh(graph, k=size, which="LA", tol=1e-3, v0=start)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    _, labels = kmeans(rows, parts, seed=seed, n_init=STARTS)
    member = np.eye(parts, dtype=np.float32)[labels]
    return joined(member.T @ (graph @ member), clusters)[labels]


def joined(links: Floats, clusters: int) -> Ints:
    """Join parts with total weights `links` (m, m) between them until `clusters` are left: (m,).

    Average linkage: the next two are those with most weight between them for the product of their
    totals.
    """
    group = np.arange(len(links))
    while len(links) > clusters:
        totals = links.sum(axis=1)
        mean = links / np.maximum(np.outer(totals, totals), 1e-12)
        np.fill_diagonal(mean, -1)
        keep, gone = sorted(np.unravel_index(mean.argmax(), mean.shape))
        links[keep] += links[gone]
        links[:, keep] += links[:, gone]
        links = np.delete(np.delete(links, gone, axis=0), gone, axis=1)
        group[group == gone] = keep
        group[group > gone] -= 1
    return group
