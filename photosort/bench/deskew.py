"""Deskewing of small grey images, and the affine warp that deskewing and augmentation share.

A digit stays the same digit when it is slanted; deskewing takes the slant away before images are
compared (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
recognition", test it on MNIST).
"""

import numpy as np

from photosort.dec.arrays import Floats
from photosort.dec.training import Tensor, tensorflow

Shape = tuple[int, int]  # height, width
CHUNK = 4096  # images warped at once


def deskew(x: Floats, shape: Shape) -> Floats:
    """Centre the ink of each row of `x` (n, height * width) and shear it upright.

    The shear is that of the second moments of the ink: covariance of both axes over the variance of
    the vertical one. Blank images stay as they are.
    """
    height, width = shape
    ink = x.reshape(-1, height, width)
    right = np.arange(width, dtype=np.float32) - (width - 1) / 2
    down = np.arange(height, dtype=np.float32) - (height - 1) / 2
    total = np.maximum(ink.sum(axis=(1, 2)), 1e-6)
    columns, lines = ink.sum(axis=1) / total[:, None], ink.sum(axis=2) / total[:, None]
    mean_right, mean_down = columns @ right, lines @ down
    variance = np.maximum(lines @ down**2 - mean_down**2, 1e-6)
    covariance = np.einsum("nij,i,j->n", ink, down, right) / total - mean_right * mean_down
    shear = covariance / variance
    one, zero = np.ones_like(shear), np.zeros_like(shear)
    matrix = np.stack([one, shear, mean_right, zero, one, mean_down], axis=1)
    chunks = range(0, len(x), CHUNK)
    parts = [warp(x[i : i + CHUNK], matrix[i : i + CHUNK], shape).numpy() for i in chunks]
    rows: Floats = np.concatenate(parts)
    return rows


def warp(rows: Tensor, matrix: Tensor, shape: Shape) -> Tensor:
    """Warp images `rows` (batch, height * width) by affine maps `matrix` (batch, 6), bilinearly.

    A row of `matrix` is (xx, xy, x, yx, yy, y): it maps a pixel of the result to its place in the
    image, both counted from the centre.
    """
    tf = tensorflow()
    height, width = shape
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    xx, xy, x, yx, yy, y = tf.unstack(tf.cast(matrix, tf.float32), axis=1)
    x = x + centre_x - xx * centre_x - xy * centre_y
    y = y + centre_y - yx * centre_x - yy * centre_y
    zero = tf.zeros_like(xx)
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.reshape(rows, (-1, height, width, 1)),
        transforms=tf.stack([xx, xy, x, yx, yy, y, zero, zero], axis=1),
        output_shape=[height, width],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.reshape(warped, (-1, height * width))
