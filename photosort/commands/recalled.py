"""Features that the catalog has of photos that were looked at, read when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from photosort.catalog import Catalog
from photosort.catalog.rows import feature_size
from photosort.grouping.rows import Stored

if TYPE_CHECKING:
    from photosort.commands.embedding import Looked
    from photosort.dec.arrays import Floats, Ints
    from photosort.embed.backbone import ModelSpec


class Recalled(Stored):
    """The features (n, 1280) of photos, in their order: of 20,000 photos they take 100 MB."""

    def __init__(self, looked: Looked, spec: ModelSpec) -> None:
        self._digests = [digest for _, digest in looked.photos]
        self._model = spec.id

    @property
    def shape(self) -> tuple[int, int]:
        """The number of photos and the width of a feature."""
        return len(self._digests), feature_size(self._model)

    def __getitem__(self, rows: slice | Ints) -> Floats:
        """Read some, in the order asked for. Raises PhotosortError where one is not there."""
        wanted = [self._digests[row] for row in np.arange(len(self._digests))[rows]]
        with Catalog.open() as catalog:
            return catalog.features(wanted, self._model)
