"""What strokes a small grey picture is made of: how much of each direction in each place.

Pictures of one kind differ by deformations that pixels take badly and directions of edges hardly
notice: among the nearest neighbours of an MNIST digit 2.6 % are another digit by pixels, 1.4 % by
outlines (BENCHMARKS.md). Gradient directions in soft cells are those of Liu, Nakashima, Sako,
Fujisawa 2003, "Handwritten digit recognition: benchmarking of state-of-the-art techniques".
"""

import math

import numpy as np
import numpy.typing as npt

from photosort.dec.training import Floats

DIRECTIONS = 12
CELLS = 7  # along a side, at most one for two pixels
COMPONENTS = 64
CHUNK = 2048  # pictures at once


def outlines(x: Floats, shape: tuple[int, int]) -> Floats:
    """Return square roots (n, directions * cells * cells) of shares of the gradient of rows `x`.

    So distances are Hellinger's, between how strokes are distributed, whatever their strength.
    """
    height, width = shape
    calm_y, calm_x = _blur(height, height, height / 40), _blur(width, width, width / 40)
    cells_y, cells_x = (_blur(n, min(CELLS, n // 2), n / 18.7) for n in shape)
    parts = []
    for start in range(0, len(x), CHUNK):
        pictures = x[start : start + CHUNK].reshape(-1, height, width)
        down, right = np.gradient(calm_y @ pictures @ calm_x.T, axis=(1, 2))
        strength = np.hypot(down, right)
        place = np.arctan2(down, right) * (DIRECTIONS / (2 * math.pi))
        found = []
        for direction in range(DIRECTIONS):
            off = np.abs((place - direction + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
            found.append(cells_y @ (strength * np.maximum(1 - off, 0)) @ cells_x.T)
        shares = np.stack(found, axis=1).reshape(len(pictures), -1)
        parts.append(np.sqrt(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)))
    rows: Floats = np.concatenate(parts).astype(np.float32)
    return rows


class Description:
    """Outlines in their main directions, fitted on some pictures and applied to any."""

    def __init__(self, x: Floats, shape: tuple[int, int]) -> None:
        from sklearn.decomposition import PCA

        self._shape = shape
        rows = outlines(x, shape)
        size = min(COMPONENTS, *rows.shape)
        self._main = PCA(size, svd_solver="covariance_eigh").fit(rows)

    def __call__(self, x: Floats) -> Floats:
        """Return the description (n, up to 64) of rows `x` (n, height * width)."""
        described: Floats = self._main.transform(outlines(x, self._shape))
        return described.astype(np.float32)


def _blur(n: int, cells: int, sigma: float) -> npt.NDArray[np.float32]:
    """Weights (cells, n) of `n` pixels in soft cells whose middles are evenly spaced."""
    middles = (np.arange(cells) + 0.5) * (n / cells) - 0.5
    off = np.arange(n) - middles[:, None]
    weights = np.exp(-0.5 * (off / sigma) ** 2)
    scaled: npt.NDArray[np.float32] = weights / weights.sum(axis=1, keepdims=True)
    return scaled.astype(np.float32)
