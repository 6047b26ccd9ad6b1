"""The projection and the autoencoder that ship: trained once, on thousands of assorted photos.

The projection is a partial whitening (halfway to Mahalanobis distances): it reduces directions in
which all photos vary. The autoencoder was trained on projected features. Each album's training
continues from both. models/pretrain_autoencoder.py makes them.
"""

import json
from pathlib import Path

import numpy as np

from photosort.assets import asset
from photosort.dec.arrays import Arrays, Floats, pack, read_arrays, unpack, write_arrays
from photosort.dec.autoencoder import Autoencoder

# Both were chosen on the labelled albums of ../shared.
SIZE = 512  # directions kept: those in which assorted photos differ most
POWER = 0.5  # of the whitening: 0 leaves the features as they are, 1 makes all directions equal


class Pretrained:
    """A projection of features, (1280, 512), and an autoencoder of projected features.

    An autoencoder given as the file that holds it is read when it is used: a single group needs
    none, and building it imports TensorFlow.
    """

    def __init__(self, projection: Floats, autoencoder: Autoencoder | Path) -> None:
        self.projection = projection
        self._autoencoder = autoencoder

    @property
    def autoencoder(self) -> Autoencoder:
        """The autoencoder. Raises PhotosortError where its file holds none."""
        return self.load_autoencoder()

    def load_autoencoder(self) -> Autoencoder:
        """Read the autoencoder unless that was done. Raises as `autoencoder` does."""
        if isinstance(self._autoencoder, Path):
            self._autoencoder = read_arrays(self._autoencoder, Autoencoder.from_arrays)
        return self._autoencoder

    def save(self, path: Path) -> None:
        """Write an .npz of plain arrays, int8 with scales (see `dec.arrays.pack`)."""
        projection = pack("projection", self.projection, "int8")
        write_arrays(path, {**projection, **self.autoencoder.to_arrays("int8")})

    @classmethod
    def load(cls, path: Path) -> "Pretrained":
        """Read a file that `save` wrote. Raises PhotosortError for any other."""
        return cls(read_arrays(path, _projection), path)


def _projection(arrays: Arrays) -> Floats:
    projection = unpack("projection", arrays)
    inputs = json.loads(str(arrays["network"]))["n_features"]
    if projection.ndim != 2 or projection.shape[1] != inputs:
        raise ValueError("projection and autoencoder do not fit each other")
    return projection


def load_pretrained(model: str) -> Pretrained:
    """Load what ships for the backbone `model`. Raises PhotosortError where nothing does."""
    return Pretrained.load(asset("models", f"autoencoder-{model}.npz"))


def fit_projection(x: Floats, *, size: int = SIZE, power: float = POWER) -> Floats:
    """Learn the projection (d, size) from centred unit rows `x` (n, d).

    Each principal direction is divided by a power of its variance, to which the mean variance is
    added: directions of little variance do not come to dominate.
    """
    variance, directions = np.linalg.eigh(x.T @ x / len(x))  # ascending
    weight = (np.maximum(variance, 0) + variance.mean()) ** (-power / 2)
    leading = (directions * weight)[:, ::-1][:, :size]
    projection: Floats = (leading / np.abs(leading).max()).astype(np.float32)  # within float16
    return projection
