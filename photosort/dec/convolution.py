"""Encoder and decoder of small grey images, for `Network(filters=...)`: stride-2 convolutions.

The layers are those of Guo et al. 2018, "Deep embedded clustering with data augmentation": 5x5,
5x5, then 3x3, each halving the side, and one dense layer to the code.
"""

from collections.abc import Sequence
from typing import Any

from photosort.dec.training import tensorflow

Model = Any  # Keras ships no types
Shape = tuple[int, int]  # height, width
STRIDE = 2


def encoder(shape: Shape, filters: Sequence[int], code_size: int, *, seed: int) -> Model:
    """Rows of pixels (batch, height * width) to codes (batch, code_size)."""
    tensorflow()
    from keras import Sequential, layers

    stack = [layers.Input((shape[0] * shape[1],)), layers.Reshape((*shape, 1))]
    for i, width in enumerate(filters):
        last = i == len(filters) - 1
        stack.append(layers.Conv2D(width, 3 if last else 5, **_stride_two(seed + i)))
    stack += [layers.Flatten(), layers.Dense(code_size, kernel_initializer=_he_normal(seed + 99))]
    return Sequential(stack, name="encoder")


def decoder(shape: Shape, filters: Sequence[int], code_size: int, *, seed: int) -> Model:
    """Codes (batch, code_size) to rows of pixels (batch, height * width): the encoder backwards."""
    tensorflow()
    from keras import Sequential, layers

    sizes = [shape]  # after each halving
    for _ in filters:
        sizes.append((-(-sizes[-1][0] // STRIDE), -(-sizes[-1][1] // STRIDE)))
    first = (*sizes[-1], filters[-1])
    units = first[0] * first[1] * first[2]
    stack = [
        layers.Input((code_size,)),
        layers.Dense(units, activation="relu", kernel_initializer=_he_normal(seed + 99)),
        layers.Reshape(first),
    ]
    for i in range(len(filters) - 1, -1, -1):
        width, side = filters[i - 1] if i else 1, 3 if i == len(filters) - 1 else 5
        options = {**_stride_two(seed + i), "activation": "relu" if i else "linear"}
        stack.append(layers.Conv2DTranspose(width, side, **options))
        (height, breadth), (below, beside) = sizes[i], sizes[i + 1]
        spare = (STRIDE * below - height, STRIDE * beside - breadth)
        stack.append(layers.Cropping2D(((0, spare[0]), (0, spare[1]))))
    return Sequential([*stack, layers.Flatten()], name="decoder")


def _stride_two(seed: int) -> dict[str, Any]:
    return {
        "strides": STRIDE,
        "padding": "same",
        "activation": "relu",
        "kernel_initializer": _he_normal(seed),
    }


def _he_normal(seed: int) -> object:
    """Return initial weights that keep the variance through ReLUs (He et al. 2015)."""
    from keras.initializers import HeNormal

    return HeNormal(seed=seed)
