"""How many groups: as many as the graph of neighbours has nearly separate parts.

A random walk on the graph stays long in a part that few edges leave. Each such part gives the
walk's matrix an eigenvalue near 1 (von Luxburg 2007, "A tutorial on spectral clustering"), so their
number is counted.
"""

import numpy as np

from photosort.dec.arrays import Floats
from photosort.grouping.graph import neighbour_adjacency

# The constants were chosen on the labelled albums of ../shared (BENCHMARKS.md, --count).
MAX_GROUPS = 40  # folders somebody would still look through; more only if asked for
SAMPLE = 800  # photos that decide: a part is judged at one scale, whatever the album's size
MIN_EIGENVALUE = 0.9  # from which a part counts: of ten steps, one leaves it


def choose_count(rows: Floats, least: int = 1, most: int = MAX_GROUPS, *, seed: int) -> int:
    """Return a number of groups for the unit rows (n, d) centred on the album.

    From `least` to `most`; unless `least` asks for more, a group has three photos on average.
    """
    rows = np.unique(rows, axis=0) if len(rows) <= SAMPLE else _sample(rows, seed)
    most = max(least, min(most, len(rows) // 3))
    if most <= max(least, 1):
        return max(least, 1)
    eigenvalues = np.linalg.eigvalsh(neighbour_adjacency(rows).toarray())
    return int(np.clip(np.sum(eigenvalues > MIN_EIGENVALUE), least, most))


def _sample(rows: Floats, seed: int) -> Floats:
    chosen = np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False)
    return rows[np.sort(chosen)]
