"""How many groups: as many as the graph of neighbours has nearly separate parts.

A random walk on the graph stays long in a part that few edges leave. Each such part gives the
walk's matrix an eigenvalue near 1 (von Luxburg 2007, "A tutorial on spectral clustering"), so their
number is counted. A part with fewer photos than a photo has neighbours cannot be separate, so here
a photo has half as many neighbours as where features are smoothed, and at least six.
"""

import math

import numpy as np

from photosort.dec.arrays import Floats
from photosort.grouping.graph import NEIGHBOURS, neighbour_adjacency

# The constants were chosen on the labelled albums of ../shared, mixed and thinned out too
# (BENCHMARKS.md, "The number of clusters").
MAX_GROUPS = 40  # folders somebody would still look through; more only if asked for
SAMPLE = 800  # photos that the graph is made of, at most: so its scale does not grow with the album
LEAST_NEIGHBOURS = 6  # with fewer, an album of a hundred photos falls into parts by chance
MIN_EIGENVALUE = 0.92  # an eigenvalue above this counts as a part
NEAR = 0.1  # the next best number differs by more than this share of the number chosen
FACTOR = 2.5  # and by this factor at most
LIKE = 0.8  # and the gap after it is larger than this share of the largest gap around that number


def choose_count(
    rows: Floats, least: int = 1, most: int = MAX_GROUPS, *, seed: int
) -> tuple[int, int | None]:
    """Return a number of groups for unit rows (n, d) centred on the album, and the next best.

    From `least` to `most`; unless `least` asks for more, a group has three photos on average. The
    next best is where the eigenvalues fall most elsewhere (their "eigengap"); None where they fall
    less there than at the number chosen.
    """
    rows = np.unique(rows, axis=0) if len(rows) <= SAMPLE else _sample(rows, seed)
    most = max(least, min(most, len(rows) // 3))
    if most <= max(least, 1):
        return max(least, 1), None
    neighbours = int(np.clip(round(math.sqrt(len(rows)) / 2), LEAST_NEIGHBOURS, NEIGHBOURS))
    eigenvalues = np.linalg.eigvalsh(neighbour_adjacency(rows, neighbours).toarray())[::-1]
    count = int(np.clip(np.sum(eigenvalues > MIN_EIGENVALUE), least, most))
    return count, _next_best(eigenvalues, count, max(least, 2), most)


def _next_best(eigenvalues: Floats, count: int, least: int, most: int) -> int | None:
    """Return the number, not near `count`, after which the `eigenvalues` (n,) fall most."""
    gaps = eigenvalues[:-1] - eigenvalues[1:]  # k - 1: the fall after k of them
    first, last = max(least, round(count / FACTOR)), min(most, round(count * FACTOR), len(gaps))
    others = [k for k in range(first, last + 1) if abs(k - count) > NEAR * count]
    if not others:
        return None
    best = max(others, key=lambda k: gaps[k - 1])
    here = gaps[max(0, count - 2) : count + 1].max()
    return best if gaps[best - 1] > LIKE * here else None


def _sample(rows: Floats, seed: int) -> Floats:
    chosen = np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False)
    return rows[np.sort(chosen)]
