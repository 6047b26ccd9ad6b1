"""How many groups: as many as the graph of neighbours has nearly separate parts.

A random walk from neighbour to neighbour stays long in a part that few edges leave. Each such part
gives the walk an eigenvalue near 1 (von Luxburg 2007, "A tutorial on spectral clustering"), so
their number is counted instead of guessed from distances.
"""

import numpy as np

from photosort.cluster.graph import balanced, neighbours
from photosort.cluster.training import Floats

MOST = 40  # folders somebody would still look through
SAMPLE = 800  # photos that decide: a part is judged at one scale, however large the album
SEPARATE = 0.9  # eigenvalue from which a part counts: of ten steps, one leaves it


def choose_count(rows: Floats, *, seed: int) -> int:
    """Return a number of groups, from 1 to 40, for the unit rows (n, d) centred on the album."""
    rows = np.unique(rows, axis=0) if len(rows) <= SAMPLE else _sample(rows, seed)
    most = min(MOST, len(rows) // 3)
    if most < 2:
        return 1
    eigenvalues = np.linalg.eigvalsh(balanced(neighbours(rows, rows)).toarray())
    return int(np.clip(np.sum(eigenvalues > SEPARATE), 1, most))


def _sample(rows: Floats, seed: int) -> Floats:
    chosen = np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False)
    return rows[np.sort(chosen)]
