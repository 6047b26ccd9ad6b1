"""Histograms of oriented gradients (HOG) of small grey images, and their principal components.

Images of one class differ by deformations that change pixels much and the directions of edges
little: among the nearest neighbours of an MNIST digit 2.6 % are another digit by pixels, 1.4 % by
HOG (BENCHMARKS.md). Gradient directions in soft cells follow Liu, Nakashima, Sako, Fujisawa 2003,
"Handwritten digit recognition: benchmarking of state-of-the-art techniques". The constants were
chosen on MNIST.
"""

import math

import numpy as np

from photosort.dec.arrays import Floats

DIRECTIONS = 12
CELLS = 7  # along a side, at most one for two pixels
COMPONENTS = 64
CHUNK = 2048  # images at once


def hog(x: Floats, shape: tuple[int, int]) -> Floats:
    """Return square roots (n, directions * cells * cells) of normalised HOG of the rows `x`.

    The Euclidean distance of square roots is Hellinger's, between how strokes are distributed,
    whatever their strength.
    """
    height, width = shape
    smooth_y, smooth_x = _gaussian(height, height, height / 40), _gaussian(width, width, width / 40)
    cells_y, cells_x = (_gaussian(n, min(CELLS, n // 2), n / 18.7) for n in shape)
    parts = []
    for first in range(0, len(x), CHUNK):
        images = x[first : first + CHUNK].reshape(-1, height, width)
        down, right = np.gradient(smooth_y @ images @ smooth_x.T, axis=(1, 2))
        magnitude = np.hypot(down, right)
        angle = np.arctan2(down, right) * (DIRECTIONS / (2 * math.pi))
        cells = []
        for direction in range(DIRECTIONS):
            off = np.abs((angle - direction + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
            cells.append(cells_y @ (magnitude * np.maximum(1 - off, 0)) @ cells_x.T)
        histogram = np.stack(cells, axis=1).reshape(len(images), -1)
        total = np.maximum(histogram.sum(axis=1, keepdims=True), 1e-9)
        parts.append(np.sqrt(histogram / total))
    rows: Floats = np.concatenate(parts).astype(np.float32)
    return rows


class HogPca:
    """Principal components of HOG features, fitted on some images and applied to any."""

    def __init__(self, x: Floats, shape: tuple[int, int]) -> None:
        from sklearn.decomposition import PCA

        self._shape = shape
        rows = hog(x, shape)
        size = min(COMPONENTS, *rows.shape)
        self._pca = PCA(size, svd_solver="covariance_eigh").fit(rows)

    def __call__(self, x: Floats) -> Floats:
        """Return the components (n, up to 64) of images `x` (n, height * width)."""
        components: Floats = self._pca.transform(hog(x, self._shape))
        return components.astype(np.float32)


def _gaussian(n: int, cells: int, sigma: float) -> Floats:
    """Weights (cells, n) of `n` pixels in Gaussian cells whose centres are evenly spaced."""
    centres = (np.arange(cells) + 0.5) * (n / cells) - 0.5
    off = np.arange(n) - centres[:, None]
    weights = np.exp(-0.5 * (off / sigma) ** 2)
    scaled: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return scaled
