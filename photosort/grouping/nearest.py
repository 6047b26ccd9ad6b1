"""The photos most like another: exact, in one pass over features that need not fit into memory."""

from collections.abc import Iterable

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.grouping.graph import l2_normalise


def nearest(blocks: Iterable[Floats], query: Floats, count: int) -> tuple[Ints, Floats]:
    """Find the `count` rows of all `blocks` (n, d) nearest to `query` (d,), the nearest first.

    Returns their numbers, counted through all blocks, and cosine distances, 0 to 2.
    """
    unit = l2_normalise(query[None, :])[0]
    rows, distances = np.empty(0, np.int64), np.empty(0, np.float32)
    first = 0
    for block in blocks:
        found = (1 - l2_normalise(block) @ unit).astype(np.float32)
        rows = np.concatenate([rows, np.arange(first, first + len(block))])
        distances = np.concatenate([distances, found])
        first += len(block)
        order = np.lexsort((rows, distances))[:count]
        rows, distances = rows[order], distances[order]
    return rows, np.maximum(distances, 0)
