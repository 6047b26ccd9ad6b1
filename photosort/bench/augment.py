"""Other views of small grey pictures: upright ones, and ones a little turned, moved and stretched.

A digit stays the same digit when it leans, moves or grows. Straightening takes the lean away before
anything is compared; random views teach an encoder to disregard the rest (Guo et al. 2018, "Deep
embedded clustering with data augmentation").
"""

import math
from dataclasses import dataclass

import numpy as np

from photosort.dec.autoencoder import Augment
from photosort.dec.training import Floats, Tensor, tensorflow

Shape = tuple[int, int]  # height, width


@dataclass(frozen=True, slots=True)
class Views:
    """How far a random view may be from the picture, to either side."""

    turn: float = 12.0  # degrees
    move: float = 0.08  # of the height and of the width
    grow: float = 0.12  # of the logarithm of height and of width
    lean: float = 0.15  # pixels sideways a pixel upwards

    def of(self, shape: Shape) -> Augment:
        """Return what makes random views of rows (batch, height * width) of this shape."""
        height, width = shape
        sideways, upwards = self.move * width, self.move * height
        spread = (math.radians(self.turn), self.grow, self.grow, self.lean, sideways, upwards)

        def augment(rows: Tensor, key: Tensor) -> Tensor:
            tf = tensorflow()
            random = tf.random.stateless_uniform((tf.shape(rows)[0], 6), key, -1.0, 1.0)
            turn, wider, higher, lean, right, down = tf.unstack(random * spread, axis=1)
            cos, sin, wider, higher = tf.cos(turn), tf.sin(turn), tf.exp(wider), tf.exp(higher)
            # turned (lean (stretched picture)): where a pixel of the view lies in the picture
            xx, xy = cos * wider, (cos * lean - sin) * higher
            yx, yy = sin * wider, (sin * lean + cos) * higher
            matrix = tf.stack([xx, xy, right, yx, yy, down], axis=1)
            return _warped(rows, matrix, shape)

        return augment


def straightened(x: Floats, shape: Shape) -> Floats:
    """Return rows (n, height * width) whose ink is centred and does not lean.

    The lean is that of the second moments of the ink: covariance of both axes over the variance of
    the vertical one. Blank pictures stay as they are.
    """
    height, width = shape
    ink = x.reshape(-1, height, width)
    right = np.arange(width, dtype=np.float32) - (width - 1) / 2
    down = np.arange(height, dtype=np.float32) - (height - 1) / 2
    total = np.maximum(ink.sum(axis=(1, 2)), 1e-6)
    columns, lines = ink.sum(axis=1) / total[:, None], ink.sum(axis=2) / total[:, None]
    to_right, to_below = columns @ right, lines @ down
    upright = np.maximum(lines @ down**2 - to_below**2, 1e-6)
    across = np.einsum("nij,i,j->n", ink, down, right) / total - to_right * to_below
    lean = across / upright
    one, zero = np.ones_like(lean), np.zeros_like(lean)
    matrix = np.stack([one, lean, to_right, zero, one, to_below], axis=1)
    chunks = range(0, len(x), 4096)
    parts = [_warped(x[i : i + 4096], matrix[i : i + 4096], shape).numpy() for i in chunks]
    rows: Floats = np.concatenate(parts)
    return rows


def _warped(rows: Tensor, matrix: Tensor, shape: Shape) -> Tensor:
    """Look up each pixel of the result at `matrix` (batch, 6) of its place, from the middle."""
    tf = tensorflow()
    height, width = shape
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    xx, xy, x, yx, yy, y = tf.unstack(tf.cast(matrix, tf.float32), axis=1)
    x = x + middle_x - xx * middle_x - xy * middle_y
    y = y + middle_y - yx * middle_x - yy * middle_y
    zero = tf.zeros_like(xx)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.reshape(rows, (-1, height, width, 1)),
        transforms=tf.stack([xx, xy, x, yx, yy, y, zero, zero], axis=1),
        output_shape=[height, width],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.reshape(moved, (-1, height * width))
