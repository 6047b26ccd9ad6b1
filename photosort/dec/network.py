"""The layers of an autoencoder: its shape as a record, and the Keras models of that shape."""

from dataclasses import dataclass
from typing import Any, Literal

from photosort.dec import convolution
from photosort.dec.training import tensorflow

Model = Any  # Keras ships no types


@dataclass(frozen=True, slots=True)
class Network:
    """The shape of an autoencoder; the decoder mirrors the encoder.

    Parameters
    ----------
    n_features : int
        Width d of a row.
    hidden : tuple of int, default=(500, 500, 2000)
        Widths of the encoder's dense layers, with ReLU; the paper's.
    code_size : int, default=10
        Width of the code.
    code_activation : {"linear", "sigmoid"}, default="linear"
        Activation of the code layer.
    filters : tuple of int, default=()
        Filters of convolutions that take the place of the dense layers; rows are then images.
    shape : tuple of int, default=(0, 0)
        Height and width of those images; their product is `n_features`.
    """

    n_features: int
    hidden: tuple[int, ...] = (500, 500, 2000)
    code_size: int = 10
    code_activation: Literal["linear", "sigmoid"] = "linear"
    filters: tuple[int, ...] = ()
    shape: tuple[int, int] = (0, 0)


def build(network: Network, seed: int) -> tuple[Model, Model]:
    """Build encoder and decoder; `seed` decides their initial weights."""
    if network.filters:
        shape = (network.shape, network.filters, network.code_size)
        return convolution.encoder(*shape, seed=seed), convolution.decoder(*shape, seed=seed)
    widths = (network.n_features, *network.hidden, network.code_size)
    return (
        _dense(widths, network.code_activation, seed=seed, name="encoder"),
        _dense(widths[::-1], "linear", seed=seed + len(widths), name="decoder"),
    )


def _dense(widths: tuple[int, ...], last: str, *, seed: int, name: str) -> Model:
    """Dense layers of `widths`: ReLU between them, activation `last` at the end."""
    tensorflow()
    import keras

    layers = [keras.layers.Input((widths[0],), dtype="float32")]
    for i, width in enumerate(widths[1:], start=1):
        initializer = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=seed + i)
        activation = "relu" if i < len(widths) - 1 else last
        layers.append(
            keras.layers.Dense(
                width, activation=activation, kernel_initializer=initializer, dtype="float32"
            )
        )
    return keras.Sequential(layers, name=name)
