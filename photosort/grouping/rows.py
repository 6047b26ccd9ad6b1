"""The rows that are grouped: features of unit length, centred on the album and projected.

They are computed in blocks of 20,000: features need not fit into memory. A smaller album is one
block, which is kept.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats, Ints
from photosort.dec.table import as_floats, as_table, require_finite
from photosort.grouping.graph import Sparse, l2_normalise, smooth_features
from photosort.grouping.pretrained import Pretrained

BLOCK = 20_000  # rows held at once: features of 1280 numbers take 100 MB


class Stored(ABC):
    """Features (n, d) in a file or a database, read when they are needed."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """The number of rows and their width."""

    @abstractmethod
    def __getitem__(self, rows: slice | Ints) -> npt.NDArray[Any]:
        """Read some rows, in the order asked for."""


class Rows:
    """Unit rows (n, m) of an album's features (n, d), as `centre_features` gives them.

    Raises FeaturesError for features that are not finite.
    """

    def __init__(
        self, features: npt.ArrayLike | Stored, pretrained: Pretrained | None = None
    ) -> None:
        self._features = features if isinstance(features, Stored) else as_table(features)
        self._projection = None if pretrained is None else pretrained.projection
        self._held: Floats | None = None
        total = np.zeros(self._features.shape[1])
        bad = []
        for first in range(0, len(self), BLOCK):
            block = as_floats(self._features[first : first + BLOCK])
            bad.append(first + np.flatnonzero(~np.isfinite(block).all(axis=1)))
            unit = l2_normalise(block)
            total += unit.sum(axis=0, dtype=np.float64)
        require_finite(np.concatenate(bad), len(self))
        # A single photo has nothing in common with others.
        self._mean = (total / len(self) if len(self) > 1 else 0 * total).astype(np.float32)
        if len(self) <= BLOCK:
            self._held = self._centred(unit)

    def __len__(self) -> int:
        return int(self._features.shape[0])

    def __getitem__(self, rows: slice | Ints) -> Floats:
        """Compute some rows: (k, m)."""
        if self._held is not None:
            return self._held[rows]
        return self._centred(l2_normalise(as_floats(self._features[rows])))

    def whole(self) -> Floats:
        """Compute all rows: (n, m)."""
        return np.concatenate([rows for _, rows in blocks(self)])

    def _centred(self, unit: Floats) -> Floats:
        rows: Floats = unit - self._mean
        return l2_normalise(rows if self._projection is None else rows @ self._projection)


def blocks(rows: Rows | Floats) -> Iterator[tuple[slice, Floats]]:
    """Give all rows (n, m), 20,000 at a time, and where they stand."""
    for first in range(0, len(rows), BLOCK):
        block = slice(first, min(first + BLOCK, len(rows)))
        yield block, rows[block]


def centre_features(features: Floats, pretrained: Pretrained | None = None) -> Floats:
    """Return unit rows (n, m): the unit-length `features` (n, d), centred on the album, projected.

    What all photos of an album have in common says nothing about its groups.
    """
    return Rows(features, pretrained).whole()


def scale_rows(rows: Floats) -> Floats:
    """Centre unit rows (n, m) again, and give them the length √m.

    That makes the variance of an entry about 1, as the autoencoder's initial weights expect.
    """
    result: Floats = centre_features(rows) * np.float32(np.sqrt(rows.shape[1]))
    return result


def encoder_input(rows: Floats, graph: Sparse | None = None, *, seed: int = 0) -> Floats:
    """Return what the autoencoder is given: unit rows (n, m) smoothed over neighbours, scaled.

    `graph` is that of the neighbours, where it is known already.
    """
    return scale_rows(smooth_features(rows, graph, seed=seed))


def copies(rows: Rows, up_to: int) -> Ints | None:
    """Return numbers (n,), the same for equal rows; None where `up_to` rows are different."""
    found: dict[bytes, int] = {}
    numbers = []
    for _, block in blocks(rows):
        for row in block:
            numbers.append(found.setdefault((row + 0.0).tobytes(), len(found)))  # -0 is 0
            if len(found) == up_to:
                return None
    return np.array(numbers)
