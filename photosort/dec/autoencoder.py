"""The stacked denoising autoencoder: features in, short codes out, features back.

The shape (d-500-500-2000-code), greedy layer-wise pretraining and end-to-end tuning are those of
Xie, Girshick, Farhadi 2016, "Unsupervised deep embedding for clustering analysis", section 4.3.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from photosort.dec import convolution
from photosort.dec.arrays import Arrays, read_arrays, write_arrays
from photosort.dec.precision import Precision, forward
from photosort.dec.training import (
    Adam,
    Deck,
    Floats,
    Loss,
    Rule,
    Sgd,
    Tensor,
    Trainer,
    compiled,
    tensorflow,
)
from photosort.errors import PhotosortError

Augment = Callable[[Tensor, Tensor], Tensor]  # rows (batch, d), seed (2,) -> other views of them
Model = Any  # Keras ships no types
Layer = Any
FORMAT = 1
ENCODE_ROWS = 4096
CODE_LENGTH = 5.0  # length of the code of a row of length √d, where angles are kept


@dataclass(frozen=True, slots=True)
class Network:
    """The shape of an autoencoder; the decoder mirrors the encoder.

    With `filters` the rows are pictures of `shape`, and convolutions stand for the hidden layers.
    """

    n_features: int
    hidden: tuple[int, ...] = (500, 500, 2000)
    code_size: int = 10
    code_activation: Literal["linear", "sigmoid"] = "linear"
    filters: tuple[int, ...] = ()
    shape: tuple[int, int] = (0, 0)  # height, width; their product is n_features


@dataclass(frozen=True, slots=True)
class Schedule:
    """How an autoencoder is trained. The published ones are `PAPER`, `DEC_KERAS` and `ARTICLE`."""

    rule: Rule
    epochs: int
    batch_size: int = 256
    layer_epochs: int = 0  # for each layer, before the whole is trained
    dropout: float = 0.0  # share of inputs hidden: from each layer, then (if `denoise`) from all
    denoise: bool = False
    cosine: bool = False  # let the learning rate fall to zero over the epochs
    angles: float = 0.0  # weight of keeping the angles between rows in the code: `angle_error`
    augment: Augment | None = None  # every batch is replaced by a fresh view of it
    restore: bool = False  # reconstruct the row itself, whatever view of it is encoded
    precision: Precision = "float32"  # of the matrix products: precision.py


PAPER = Schedule(Sgd(0.1, 0.9), epochs=365, layer_epochs=183, dropout=0.2)
DEC_KERAS = Schedule(Sgd(1.0, 0.9), epochs=300)
ARTICLE = Schedule(Adam(), epochs=500, batch_size=2048)  # with a sigmoid code layer


@dataclass(frozen=True, slots=True)
class Epoch:
    """Progress of training, given to the callback after each epoch."""

    number: int  # from 1
    of: int
    loss: float
    stage: str  # "layer 2 of 4" or "whole"


OnEpoch = Callable[[Epoch], None]


class Autoencoder:
    """An encoder and a decoder, both Keras models, and the ways to train, use and keep them."""

    def __init__(self, network: Network, *, seed: int = 0) -> None:
        self.network = network
        self.encoder, self.decoder = _halves(network, seed)
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
        """Train to reconstruct `x` (n, n_features); return the mean squared error of each epoch.

        Raises PhotosortError when training diverges.
        """
        tf = tensorflow()
        data = tf.constant(np.ascontiguousarray(x, np.float32))
        if schedule.layer_epochs:
            self._fit_layers(data, schedule, seed=seed, on_epoch=on_epoch)

        def loss(rows: Tensor, key: Tensor) -> Tensor:
            shown = view(data, rows, key, schedule.augment)
            clean = tf.gather(data, rows) if schedule.restore else shown
            shown = _hide(shown, schedule.dropout, key) if schedule.denoise else shown
            codes = forward(self.encoder, shown, schedule.precision)
            error = squared_error(forward(self.decoder, codes, schedule.precision), clean)
            if schedule.angles:
                error += schedule.angles * angle_error(codes, clean)
            return error

        report = _reporter(on_epoch, "whole", schedule.epochs)
        return _train(loss, self.weights, len(x), schedule, seed=seed, report=report)

    def _fit_layers(
        self,
        data: Tensor,
        schedule: Schedule,
        *,
        seed: int,
        on_epoch: OnEpoch | None,
    ) -> None:
        """Train each encoder layer and its mirror to denoise what the layers below them say."""
        layers = list(zip(self.encoder.layers, reversed(self.decoder.layers), strict=True))
        for i, (down, up) in enumerate(layers):
            below = self.encoder.layers[:i]

            _train(
                _layer_loss(data, schedule, below, down, up),
                [*down.trainable_variables, *up.trainable_variables],
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
        """The trainable variables of both halves."""
        return [*self.encoder.trainable_variables, *self.decoder.trainable_variables]

    def copy(self) -> Self:
        """Return another autoencoder with the same weights."""
        twin = type(self)(self.network)
        for mine, theirs in zip(self.weights, twin.weights, strict=True):
            theirs.assign(mine)
        return twin

    def __reduce__(self) -> tuple[Callable[[Arrays], Self], tuple[Arrays]]:
        # For pickle and scikit-learn's clone: compiled graphs can be neither pickled nor copied.
        return self.from_arrays, (self.to_arrays(),)

    def to_arrays(self, dtype: str = "float32") -> dict[str, npt.NDArray[Any]]:
        """Return the shape (JSON) and the weights as arrays that `from_arrays` understands."""
        shape = json.dumps({"format": FORMAT, **asdict(self.network)})
        arrays: dict[str, npt.NDArray[Any]] = {"network": np.array(shape)}
        for i, weight in enumerate(self.weights):
            arrays[f"weight_{i:02d}"] = np.asarray(weight).astype(dtype)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Rebuild what `to_arrays` gave. Raises KeyError or ValueError on anything else."""
        shape = json.loads(str(arrays["network"]))
        if shape.pop("format") != FORMAT:
            raise ValueError("written by another version of photosort")
        lists = {name: tuple(value) for name, value in shape.items() if isinstance(value, list)}
        autoencoder = cls(Network(**{**shape, **lists}))
        for i, weight in enumerate(autoencoder.weights):
            weight.assign(arrays[f"weight_{i:02d}"].astype(np.float32))
        return autoencoder

    def save(self, path: Path, *, dtype: Literal["float16", "float32"] = "float32") -> None:
        """Write shape and weights to an .npz of plain arrays (nothing pickled, read back by numpy).

        float16 halves the file; it moves codes by about one part in a thousand.
        """
        write_arrays(path, self.to_arrays(dtype))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises PhotosortError when `path` holds something else."""
        return read_arrays(path, cls.from_arrays)


def _halves(network: Network, seed: int) -> tuple[Model, Model]:
    """Build encoder and decoder."""
    if network.filters:
        asked = (network.shape, network.filters, network.code_size)
        return convolution.encoder(*asked, seed=seed), convolution.decoder(*asked, seed=seed)
    widths = (network.n_features, *network.hidden, network.code_size)
    return (
        _stack(widths, network.code_activation, seed=seed, name="encoder"),
        _stack(widths[::-1], "linear", seed=seed + len(widths), name="decoder"),
    )


def _stack(widths: tuple[int, ...], last: str, *, seed: int, name: str) -> Model:
    """Dense layers of `widths`, ReLU between them, `last` at the end; every layer has its seed."""
    tensorflow()
    import keras

    layers = [keras.layers.Input((widths[0],), dtype="float32")]
    for i, width in enumerate(widths[1:], start=1):
        start = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=seed + i)
        activation = "relu" if i < len(widths) - 1 else last
        layers.append(
            keras.layers.Dense(
                width, activation=activation, kernel_initializer=start, dtype="float32"
            )
        )
    return keras.Sequential(layers, name=name)


def _layer_loss(
    data: Tensor, schedule: Schedule, below: Sequence[Layer], down: Layer, up: Layer
) -> Loss:
    """Denoise what the layers `below` say of the data, through `down` and back `up`."""

    def loss(rows: Tensor, key: Tensor) -> Tensor:
        clean = view(data, rows, key, schedule.augment)
        for layer in below:
            clean = forward(layer, clean, schedule.precision)
        code = forward(down, _hide(clean, schedule.dropout, key), schedule.precision)
        back = forward(up, _hide(code, schedule.dropout, key + 1), schedule.precision)
        return squared_error(back, clean)

    return loss


def _reporter(on_epoch: OnEpoch | None, stage: str, of: int) -> Callable[[int, float], None]:
    def report(number: int, loss: float) -> None:
        if on_epoch is not None:
            on_epoch(Epoch(number, of, loss, stage))

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
    deck = Deck(n_rows, schedule.batch_size, np.random.default_rng(seed))
    trainer = Trainer(loss, variables, schedule.rule, seed=seed)
    steps = deck.steps_per_epoch
    losses = []
    for number in range(1, schedule.epochs + 1):
        done = np.arange((number - 1) * steps, number * steps) / (schedule.epochs * steps)
        rates = (1 + np.cos(math.pi * done)) / 2 if schedule.cosine else np.ones(steps)
        losses.append(trainer.run(deck.deal(steps), rates.astype(np.float32)))
        if not math.isfinite(losses[-1]):
            rate = schedule.rule.learning_rate
            raise PhotosortError(
                f"autoencoder: training diverged in epoch {number}; "
                f"use a learning rate below {rate:g}"
            )
        report(number, losses[-1])
    return losses


def view(data: Tensor, rows: Tensor, key: Tensor, augment: Augment | None) -> Tensor:
    """Gather the batch `rows` of `data`, seen through `augment` when there is one."""
    batch = tensorflow().gather(data, rows)  # (batch, d)
    return batch if augment is None else augment(batch, key)


def _hide(x: Tensor, share: float, key: Tensor) -> Tensor:
    """Dropout: zero a random `share` of the entries, scale the rest to keep the mean."""
    if not share:
        return x
    return tensorflow().nn.experimental.stateless_dropout(x, rate=share, seed=key)


def squared_error(x: Tensor, y: Tensor) -> Tensor:
    """Mean over batch and features of the squared difference."""
    tf = tensorflow()
    return tf.reduce_mean(tf.math.squared_difference(x, y))


def angle_error(codes: Tensor, x: Tensor) -> Tensor:
    """Mean squared difference of all inner products, those of `codes` and those of `x`, per entry.

    A code that only has to be decodable may be stretched and folded, and distances in it mean
    little. The best code here is that of classical scaling, where distances are those of `x`.
    """
    tf = tensorflow()
    wanted = tf.matmul(x, x, transpose_b=True) / x.shape[1]  # cosines, where rows have length √d
    return squared_error(tf.matmul(codes, codes, transpose_b=True) / CODE_LENGTH**2, wanted)


def _in_batches(function: Callable[[Tensor], Tensor], x: Floats, width: int) -> Floats:
    tf = tensorflow()
    out = np.empty((len(x), width), np.float32)
    for start in range(0, len(x), ENCODE_ROWS):
        chunk = np.ascontiguousarray(x[start : start + ENCODE_ROWS], np.float32)
        out[start : start + ENCODE_ROWS] = function(tf.constant(chunk)).numpy()
    return out
