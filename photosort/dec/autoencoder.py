"""A stacked denoising autoencoder: rows in, short codes out, rows back.

The shape (d-500-500-2000-code), greedy layer-wise pretraining and end-to-end training are those of
Xie, Girshick, Farhadi 2016, "Unsupervised deep embedding for clustering analysis", section 4.3.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import (
    Arrays,
    Floats,
    Stored,
    pack,
    read_arrays,
    unpack,
    write_arrays,
)
from photosort.dec.losses import dropout, gather_batch, squared_error, strain
from photosort.dec.network import Network, build
from photosort.dec.precision import forward
from photosort.dec.schedule import Epoch, OnEpoch, Schedule
from photosort.dec.training import (
    BatchSampler,
    Loss,
    Tensor,
    Trainer,
    compiled,
    cosine_decay,
    subkey,
    tensorflow,
)
from photosort.errors import PhotosortError

Layer = Any  # Keras ships no types
FORMAT = 1  # of saved weights
ENCODE_ROWS = 4096  # rows encoded in one call: bounds the memory, changes no code


class Autoencoder:
    """An encoder and a decoder, both Keras models: train, encode, decode, save and load.

    Parameters
    ----------
    network : Network
        The shape.
    seed : int, default=0
        Decides the initial weights.

    Attributes
    ----------
    encoder, decoder : keras.Sequential
        The two models.
    weights : list of tf.Variable
        Trainable variables of both; `encoder_weights` are those of the encoder.

    Examples
    --------
    >>> import numpy as np
    >>> from photosort.dec import Adam, Autoencoder, Network, Schedule
    >>> x = np.random.default_rng(0).normal(size=(64, 6)).astype(np.float32)
    >>> autoencoder = Autoencoder(Network(6, hidden=(16,), code_size=2))
    >>> losses = autoencoder.fit(x, Schedule(Adam(0.01), epochs=10, batch_size=32), seed=0)
    >>> losses[-1] < losses[0]
    True
    >>> autoencoder.encode(x).shape
    (64, 2)
    """

    def __init__(self, network: Network, *, seed: int = 0) -> None:
        self.network = network
        self.encoder, self.decoder = build(network, seed)
        tf = tensorflow()
        self._encode = compiled(self.encoder.call, tf.TensorSpec([None, network.n_features]))
        self._decode = compiled(self.decoder.call, tf.TensorSpec([None, network.code_size]))

    def encode(self, x: Floats) -> Floats:
        """Return the codes (n, code_size) of the rows of `x` (n, n_features)."""
        return _in_batches(self._encode, x, self.network.code_size)

    def decode(self, codes: Floats) -> Floats:
        """Return the reconstruction (n, n_features) of `codes` (n, code_size)."""
        return _in_batches(self._decode, codes, self.network.n_features)

    def fit(
        self,
        x: Floats,
        schedule: Schedule,
        *,
        seed: int,
        on_epoch: OnEpoch | None = None,
    ) -> list[float]:
        """Train to reconstruct the rows of `x`.

        Parameters
        ----------
        x : array of float32, shape (n, n_features)
            The rows.
        schedule : Schedule
            Optimizer, epochs, dropout and augmentation.
        seed : int
            Decides batches, dropout and augmentation.
        on_epoch : callable, default=None
            Called with an `Epoch` after each epoch.

        Returns
        -------
        list of float
            The mean loss of each epoch of the whole autoencoder.

        Raises
        ------
        PhotosortError
            When the loss is not finite.
        """
        tf = tensorflow()
        data = tf.constant(np.ascontiguousarray(x, np.float32))
        if schedule.layer_epochs:
            self._fit_layers(data, schedule, seed=seed, on_epoch=on_epoch)

        def loss(rows: Tensor, key: Tensor) -> Tensor:
            inputs = gather_batch(data, rows, key, schedule.augment)
            target = tf.gather(data, rows) if schedule.reconstruct_clean else inputs
            if schedule.denoise:
                inputs = dropout(inputs, schedule.dropout, subkey(key, 1))
            codes = forward(self.encoder, inputs, schedule.precision)
            if schedule.encoder_only:
                return schedule.strain_weight * strain(codes, target)
            output = forward(self.decoder, codes, schedule.precision)
            error = squared_error(output, target)
            if schedule.strain_weight:
                error += schedule.strain_weight * strain(codes, target)
            return error

        report = _reporter(on_epoch, "whole", schedule.epochs)
        weights = self.encoder_weights if schedule.encoder_only else self.weights
        return _train(loss, weights, len(x), schedule, seed=seed, report=report)

    def _fit_layers(
        self,
        data: Tensor,
        schedule: Schedule,
        *,
        seed: int,
        on_epoch: OnEpoch | None,
    ) -> None:
        """Train each encoder layer and its mirror to denoise the output of the layers below."""
        layers = list(zip(self.encoder.layers, reversed(self.decoder.layers), strict=True))
        for i, (layer, mirror) in enumerate(layers):
            below = self.encoder.layers[:i]
            _train(
                _layer_loss(data, schedule, below, layer, mirror),
                [*layer.trainable_variables, *mirror.trainable_variables],
                int(data.shape[0]),
                replace(schedule, epochs=schedule.layer_epochs),
                seed=seed + 1 + i,
                report=_reporter(
                    on_epoch, f"layer {i + 1} of {len(layers)}", schedule.layer_epochs
                ),
            )

    @property
    def encoder_weights(self) -> list[Any]:
        """The trainable variables of the encoder alone."""
        return list(self.encoder.trainable_variables)

    @property
    def weights(self) -> list[Any]:
        """The trainable variables of encoder and decoder."""
        return [*self.encoder.trainable_variables, *self.decoder.trainable_variables]

    def copy(self) -> Self:
        """Return another autoencoder with the same weights."""
        other = type(self)(self.network)
        for source, target in zip(self.weights, other.weights, strict=True):
            target.assign(source)
        return other

    def __reduce__(self) -> tuple[Callable[[Arrays], Self], tuple[Arrays]]:
        # For pickle and scikit-learn's clone: compiled graphs can be neither pickled nor copied.
        return self.from_arrays, (self.to_arrays(),)

    def to_arrays(self, dtype: Stored = "float32") -> dict[str, npt.NDArray[Any]]:
        """Return the shape (as JSON) and the weights as named arrays."""
        shape = json.dumps({"format": FORMAT, **asdict(self.network)})
        arrays: dict[str, npt.NDArray[Any]] = {"network": np.array(shape)}
        for i, weight in enumerate(self.weights):
            arrays |= pack(f"weight_{i:02d}", np.asarray(weight), dtype)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Rebuild an autoencoder from `to_arrays`. Raises KeyError or ValueError."""
        shape = json.loads(str(arrays["network"]))
        if shape.pop("format") != FORMAT:
            raise ValueError("written by another version of photosort")
        lists = {name: tuple(value) for name, value in shape.items() if isinstance(value, list)}
        autoencoder = cls(Network(**{**shape, **lists}))
        for i, weight in enumerate(autoencoder.weights):
            weight.assign(unpack(f"weight_{i:02d}", arrays))
        return autoencoder

    def save(self, path: Path | str, *, dtype: Stored = "float32") -> None:
        """Write shape and weights to `path`, an .npz of plain arrays without pickles.

        float16 halves the file and moves codes by about one part in a thousand; int8 (see
        `arrays.pack`) makes it a quarter and moves them by about one in a hundred.
        """
        write_arrays(path, self.to_arrays(dtype))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a file that `save` wrote. Raises PhotosortError for any other."""
        return read_arrays(path, cls.from_arrays)


def _layer_loss(
    data: Tensor, schedule: Schedule, below: Sequence[Layer], layer: Layer, mirror: Layer
) -> Loss:
    """Denoise the output of the layers `below` by `layer` and its `mirror` in the decoder."""

    def loss(rows: Tensor, key: Tensor) -> Tensor:
        target = gather_batch(data, rows, key, schedule.augment)
        for trained in below:
            target = forward(trained, target, schedule.precision)
        inputs = dropout(target, schedule.dropout, subkey(key, 1))
        codes = forward(layer, inputs, schedule.precision)
        codes = dropout(codes, schedule.dropout, subkey(key, 2))
        return squared_error(forward(mirror, codes, schedule.precision), target)

    return loss


def _reporter(on_epoch: OnEpoch | None, stage: str, total: int) -> Callable[[int, float], None]:
    def report(number: int, loss: float) -> None:
        if on_epoch is not None:
            on_epoch(Epoch(number, total, loss, stage))

    return report


def _train(
    loss: Loss,
    variables: list[Any],
    n_rows: int,
    schedule: Schedule,
    *,
    seed: int,
    report: Callable[[int, float], None],
) -> list[float]:
    """Minimise `loss` epoch by epoch; return its mean in each."""
    sampler = BatchSampler(n_rows, schedule.batch_size, np.random.default_rng(seed))
    trainer = Trainer(loss, variables, schedule.optimizer, seed=seed)
    steps = sampler.steps_per_epoch
    losses = []
    for number in range(1, schedule.epochs + 1):
        done = np.arange((number - 1) * steps, number * steps) / (schedule.epochs * steps)
        rates = cosine_decay(done) if schedule.cosine_decay else np.ones(steps, np.float32)
        losses.append(trainer.run(sampler.sample(steps), rates))
        if not math.isfinite(losses[-1]):
            rate = schedule.optimizer.learning_rate
            raise PhotosortError(
                f"autoencoder: training diverged in epoch {number}; "
                f"use a learning rate below {rate:g}"
            )
        report(number, losses[-1])
    return losses


def _in_batches(function: Callable[[Tensor], Tensor], x: Floats, width: int) -> Floats:
    tf = tensorflow()
    out = np.empty((len(x), width), np.float32)
    for first in range(0, len(x), ENCODE_ROWS):
        batch = np.ascontiguousarray(x[first : first + ENCODE_ROWS], np.float32)
        out[first : first + ENCODE_ROWS] = function(tf.constant(batch)).numpy()
    return out
