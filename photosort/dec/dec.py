"""Deep embedded clustering (DEC): move codes and centers until each row clearly has one cluster.

Xie, Girshick, Farhadi 2016, "Unsupervised deep embedding for clustering analysis". Optional are
the reconstruction term of IDEC (Guo, Gao, Liu, Yin 2017, "Improved deep embedded clustering with
local structure preservation") and the augmentation of DEC-DA (Guo, Zhu, Liu, Yin 2018, "Deep
embedded clustering with data augmentation"): targets from the clean rows, predictions from
augmented ones.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.equations import kl_divergence, soft_assignment, target_distribution
from photosort.dec.losses import gather_batch, squared_error
from photosort.dec.precision import Precision, forward
from photosort.dec.schedule import Augment
from photosort.dec.training import (
    BatchSampler,
    Optimizer,
    Sgd,
    Tensor,
    Trainer,
    cosine_decay,
    tensorflow,
)
from photosort.errors import PhotosortError

# All soft assignments (n, clusters) -> their targets. A row of zeros has no effect on the loss.
Target = Callable[[Floats], Floats]
MAX_RESEEDS = 10  # targets at which empty clusters get a new center; then they stay empty
MIN_INTERVAL = 20  # steps between targets, at least: rounds of fewer steps move labels by chance
CONVERGED, OUT_OF_STEPS = "converged", "max_iter reached"  # stop reasons


class DivergedError(PhotosortError):
    """The loss is not finite."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """How codes and centers are moved; the defaults are the paper's.

    Parameters
    ----------
    optimizer : Sgd or Adam, default=Sgd(0.01, 0.9)
        Optimizer and learning rate.
    alpha : float, default=1.0
        Degrees of freedom of the Student-t kernel.
    batch_size : int, default=256
        Rows of a step.
    update_interval : int, default=None
        Steps between two targets; None: half an epoch, at least 20.
    max_iter : int, default=20_000
        Steps at most.
    tol : float, default=1e-3
        Stop when a smaller fraction of labels changed between two targets.
    augment : callable, default=None
        Changes the rows that codes are predicted from: (rows (batch, d), random key (2,)) -> rows.
    cosine_decay : bool, default=False
        Let the learning rate fall to 0 over `max_iter`, along a cosine.
    target : callable, default=None
        Used instead of `target_distribution`. A row of zeros has no effect on the loss.
    reconstruction : float, default=0.0
        Weight of the mean squared error beside the divergence. IDEC's gamma of 0.1 is 10: there the
        divergence is weighted.
    precision : {"float32", "bfloat16"}, default="float32"
        Of the matrix products in training; codes are float32.
    """

    optimizer: Optimizer = Sgd(0.01, 0.9)  # noqa: RUF009 - frozen, so sharing it is safe
    alpha: float = 1.0
    batch_size: int = 256
    update_interval: int | None = None
    max_iter: int = 20_000
    tol: float = 1e-3
    augment: Augment | None = None
    cosine_decay: bool = False
    target: Target | None = None
    reconstruction: float = 0.0
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class TargetUpdate:
    """Progress of refinement, given to the callback at each new target."""

    step: int
    max_iter: int
    changed: float  # fraction of labels that changed since the last target; 1 at first
    loss: float  # mean since the last target; NaN at first
    labels: Ints  # (n,)


OnUpdate = Callable[[TargetUpdate], None]


@dataclass(frozen=True, slots=True)
class Refined:
    """The result of a refinement; the weights are in the autoencoder that was refined.

    Attributes
    ----------
    centers : array of float32, shape (clusters, code)
        Cluster centers.
    assignment : array of float32, shape (n, clusters)
        Soft assignments; rows sum to 1.
    labels : array of int, shape (n,)
        The cluster of each row, that of its largest assignment.
    n_iter : int
        Steps taken.
    stop_reason : str
        "converged" or "max_iter reached".
    reseeded : int
        Empty clusters that were given a new center.
    """

    centers: Floats
    assignment: Floats
    labels: Ints
    n_iter: int
    stop_reason: str
    reseeded: int


def refine(
    autoencoder: Autoencoder,
    x: Floats,
    centers: Floats,
    options: Refinement = Refinement(),
    *,
    seed: int,
    on_update: OnUpdate | None = None,
) -> Refined:
    """Run DEC: the algorithm that the estimator `DEC` wraps.

    Every `update_interval` steps the target of all rows is computed anew; the steps between take
    shuffled full batches. An empty cluster gets a new center: the code that fits its own cluster
    worst.

    Parameters
    ----------
    autoencoder : Autoencoder
        A trained one; its weights are changed in place.
    x : array of float32, shape (n, d)
        The rows.
    centers : array of float32, shape (clusters, code)
        Initial centers.
    options : Refinement, default=Refinement()
        How codes and centers are moved.
    seed : int
        Decides batches and augmentation.
    on_update : callable, default=None
        Called with a `TargetUpdate` at each new target.

    Returns
    -------
    Refined
        Centers, assignments and labels.

    Raises
    ------
    DivergedError
        When the loss is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from photosort.dec import Adam, Autoencoder, Network, Refinement, refine
    >>> x = np.repeat(np.eye(2, 6, dtype=np.float32), 20, axis=0)
    >>> autoencoder = Autoencoder(Network(6, hidden=(8,), code_size=2))
    >>> centers = autoencoder.encode(x)[[0, 39]]
    >>> refined = refine(autoencoder, x, centers, Refinement(Adam(), max_iter=40), seed=0)
    >>> refined.labels[[0, 19, 20, 39]].tolist()
    [0, 0, 1, 1]
    """
    state = _State(autoencoder, x, centers, options, seed=seed)
    sampler = BatchSampler(len(x), options.batch_size, np.random.default_rng(seed))
    interval = options.update_interval or max(MIN_INTERVAL, sampler.steps_per_epoch // 2)
    labels: Ints = np.full(len(x), -1, np.int64)
    loss, step, reseeded, reseeds = math.nan, 0, 0, 0
    while True:
        q = state.assign()
        empty = _empty_clusters(q)
        if len(empty) and reseeds < MAX_RESEEDS and step < options.max_iter:
            state.reseed(empty, q)
            reseeds += 1
            reseeded += len(empty)
            q = state.assign()
        before, labels = labels, q.argmax(axis=1)
        changed = float(np.mean(labels != before))
        if on_update is not None:
            on_update(TargetUpdate(step, options.max_iter, changed, loss, labels))
        if changed < options.tol:
            return Refined(state.centers, q, labels, step, CONVERGED, reseeded)
        if step >= options.max_iter:
            return Refined(state.centers, q, labels, step, OUT_OF_STEPS, reseeded)
        state.set_targets((options.target or target_distribution)(q))
        steps = min(interval, options.max_iter - step)
        done = np.arange(step, step + steps) / options.max_iter
        rates = cosine_decay(done) if options.cosine_decay else np.ones(steps, np.float32)
        loss = state.train(sampler, rates)
        step += steps


class _State:
    """The tensors of one refinement: rows, targets, centers, and the trainer that moves them."""

    def __init__(
        self,
        autoencoder: Autoencoder,
        x: Floats,
        centers: Floats,
        options: Refinement,
        *,
        seed: int,
    ) -> None:
        tf = tensorflow()
        self._x, self._autoencoder, self._options = x, autoencoder, options
        data = tf.constant(np.ascontiguousarray(x, np.float32))
        self._targets = tf.Variable(tf.zeros((len(x), len(centers))), trainable=False)
        self._centers = tf.Variable(np.asarray(centers, np.float32))

        def loss(rows: Tensor, key: Tensor) -> Tensor:
            inputs = gather_batch(data, rows, key, options.augment)
            codes = forward(autoencoder.encoder, inputs, options.precision)
            p = tf.gather(self._targets, rows)
            value = kl_divergence(p, codes, self._centers, options.alpha)
            if options.reconstruction:
                output = forward(autoencoder.decoder, codes, options.precision)
                value += options.reconstruction * squared_error(output, inputs)
            return value

        weights = autoencoder.weights if options.reconstruction else autoencoder.encoder_weights
        self._trainer = Trainer(loss, [self._centers, *weights], options.optimizer, seed=seed)

    @property
    def centers(self) -> Floats:
        """The current centers."""
        array: Floats = self._centers.numpy()
        return array

    def assign(self) -> Floats:
        """Soft assignment of every row."""
        self._codes = self._autoencoder.encode(self._x)
        return soft_assignment(self._codes, self.centers, self._options.alpha)

    def set_targets(self, targets: Floats) -> None:
        """Take `targets` (n, clusters) for the next steps."""
        self._targets.assign(targets)

    def train(self, sampler: BatchSampler, rates: Floats) -> float:
        """Take a step for each factor on the learning rate; return the mean loss."""
        loss = self._trainer.run(sampler.sample(len(rates)), rates)
        if not math.isfinite(loss):
            raise DivergedError(
                "dec: training diverged; "
                f"use a learning rate below {self._options.optimizer.learning_rate:g}"
            )
        return loss

    def reseed(self, empty: Ints, q: Floats) -> None:
        """Move the centers of empty clusters onto the codes that fit their own cluster worst."""
        centers = self.centers
        centers[empty] = self._codes[np.argsort(q.max(axis=1), kind="stable")[: len(empty)]]
        self._centers.assign(centers)
        self._trainer.reset_slots(0)


def _empty_clusters(q: Floats) -> Ints:
    return np.flatnonzero(np.bincount(q.argmax(axis=1), minlength=q.shape[1]) == 0)
