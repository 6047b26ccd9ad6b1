"""Augmentation of small grey images by random affine maps.

An encoder that sees a digit turned, shifted, scaled and sheared learns to disregard that (Guo, Zhu,
Liu, Yin 2018, "Deep embedded clustering with data augmentation").
"""

import math
from dataclasses import dataclass

from photosort.bench.deskew import Shape, warp
from photosort.dec.schedule import Augment
from photosort.dec.training import Tensor, tensorflow


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Ranges of a random affine map, each to either side; chosen on MNIST."""

    rotation: float = 12.0  # degrees
    shift: float = 0.08  # of the height and of the width
    scale: float = 0.12  # of the logarithm of height and of width
    shear: float = 0.15  # pixels to the side a pixel upwards

    def for_shape(self, shape: Shape) -> Augment:
        """Return a function that augments rows (batch, height * width) of images of `shape`."""
        height, width = shape
        shifts = self.shift * width, self.shift * height
        ranges = (math.radians(self.rotation), self.scale, self.scale, self.shear, *shifts)

        def augment(rows: Tensor, key: Tensor) -> Tensor:
            tf = tensorflow()
            random = tf.random.stateless_uniform((tf.shape(rows)[0], 6), key, -1.0, 1.0)
            angle, wider, higher, shear, right, down = tf.unstack(random * ranges, axis=1)
            cos, sin, wider, higher = tf.cos(angle), tf.sin(angle), tf.exp(wider), tf.exp(higher)
            # rotation @ shear @ scale: maps a pixel of the result to its place in the image
            xx, xy = cos * wider, (cos * shear - sin) * higher
            yx, yy = sin * wider, (sin * shear + cos) * higher
            matrix = tf.stack([xx, xy, right, yx, yy, down], axis=1)
            return warp(rows, matrix, shape)

        return augment
