"""Clusters from the graph of nearest neighbours alone, where a start better than k-means is wanted.

Spectral clustering (Ng, Jordan, Weiss 2002) with the self-tuning kernel of Zelnik-Manor and Perona
2004, then a random walk with restarts (Zhou et al. 2004, "Learning with local and global
consistency") that lets every row take the cluster its surroundings agree on.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.cluster.dec import Ints
from photosort.cluster.estimator import kmeans
from photosort.cluster.graph import balanced
from photosort.cluster.training import Floats

Sparse = Any  # SciPy ships no types
NEIGHBOURS = 10
ROUNDS = 20
STARTS = 10  # of k-means, in a space where clusters are plain


def neighbour_graph(x: Floats, count: int = NEIGHBOURS) -> Sparse:
    """Return closeness (n, n) of each row of `x` (n, d) to its nearest others, sparse, balanced.

    exp(-d² / (s t)), where s and t are how far the last neighbours of both rows are.
    """
    from scipy.sparse import csr_array
    from sklearn.neighbors import NearestNeighbors

    count = min(count, len(x) - 1)
    distance, nearest = NearestNeighbors(n_neighbors=count).fit(x).kneighbors()
    reach = np.maximum(distance[:, -1], 1e-9)  # copies of one row have no distance at all
    closeness = np.exp(-(distance**2) / (reach[:, None] * reach[nearest]))
    rows = np.repeat(np.arange(len(x)), count)
    entries = closeness.astype(np.float32).reshape(-1)
    return balanced(csr_array((entries, (rows, nearest.reshape(-1))), shape=(len(x), len(x))))


def spectral_clusters(graph: Sparse, clusters: int, *, seed: int) -> Ints:
    """Cut `graph` (n, n, balanced) where it is thinnest: labels (n,)."""
    from scipy.sparse.linalg import eigsh

    start = np.ones(graph.shape[0])  # ARPACK's own is random
    _, vectors = eigsh(graph, k=clusters, which="LA", tol=1e-3, v0=start)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return kmeans(rows, clusters, seed=seed, n_init=STARTS)[1]


def walked(graph: Sparse, belief: Floats, share: float = 0.9) -> Floats:
    """Let `belief` (n, clusters) spread over `graph`: what a walk from each row comes to, (n, k).

    Each step goes on with probability `share`, else back to the start. Clusters count alike however
    large they are; rows sum to 1.
    """
    spread = belief
    for _ in range(ROUNDS):
        spread = share * (graph @ spread) + (1 - share) * belief
    even = spread / np.maximum(spread.sum(axis=0), 1e-9)
    shares: npt.NDArray[np.float32] = even / np.maximum(even.sum(axis=1, keepdims=True), 1e-30)
    return shares
