"""Deep embedded clustering: move codes and centers until each photo clearly belongs to one group.

Xie, Girshick, Farhadi 2016, "Unsupervised deep embedding for clustering analysis" (DEC). Optional:
the reconstruction term of Guo et al. 2017 (IDEC), and the views of Guo et al. 2018 (DEC-DA), with
targets from the clean rows and predictions from augmented ones.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photosort.dec.autoencoder import Augment, Autoencoder, squared_error, view
from photosort.dec.precision import Precision, forward
from photosort.dec.training import Deck, Floats, Rule, Sgd, Tensor, Trainer, tensorflow
from photosort.errors import PhotosortError

Ints = npt.NDArray[np.int64]
# All soft assignments (n, clusters) -> their targets; from a row of zeros nothing is learned.
Target = Callable[[Floats], Floats]
MAX_RESEEDS = 10  # rounds in which empty clusters get a new center; then they stay empty


class DivergedError(PhotosortError):
    """Training ran away: the loss is no number any more."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """How codes and centers are moved; the defaults are the paper's."""

    rule: Rule = Sgd(0.01, 0.9)  # noqa: RUF009 - frozen, so sharing it is safe
    alpha: float = 1.0  # degrees of freedom of the Student-t kernel
    batch_size: int = 256
    update_interval: int | None = None  # steps between targets; None: half an epoch, at least 20
    max_steps: int = 20_000
    tol: float = 1e-3  # stop when a smaller share of labels changed between targets
    augment: Augment | None = None  # predict from views of the rows instead of the rows
    cosine: bool = False  # let the learning rate fall to zero over `max_steps`
    target: Target | None = None  # None: `target_distribution`
    reconstruction: float = 0.0  # weight of the squared error beside KL; IDEC's gamma 0.1 is 10
    precision: Precision = "float32"  # of the matrix products in training; codes are float32


@dataclass(frozen=True, slots=True)
class Round:
    """Progress of refinement, given to the callback at each new target."""

    step: int
    max_steps: int
    changed: float  # share of labels that changed since the last target; 1 at first
    loss: float  # mean since the last target; NaN at first
    labels: Ints


OnRound = Callable[[Round], None]


@dataclass(frozen=True, slots=True)
class Refined:
    """What refinement came to. The autoencoder it was given holds the weights."""

    centers: Floats  # (clusters, code)
    assignment: Floats  # (n, clusters), rows sum to 1
    labels: Ints  # (n,)
    n_iter: int
    stop_reason: str
    reseeded: int  # empty clusters that were given a new center


def soft_assignment(codes: Floats, centers: Floats, alpha: float = 1.0) -> Floats:
    """Student-t closeness of `codes` (n, code) to `centers` (k, code): (n, k), rows sum to 1.

    Xie et al. 2016, eq. 1, relative to each row's closest center: no row is ever all zeros.
    """
    log_kernel = -(alpha + 1) / 2 * np.log1p(_squared_distance(codes, centers) / alpha)
    kernel = np.exp(log_kernel - log_kernel.max(axis=1, keepdims=True))
    q: Floats = kernel / kernel.sum(axis=1, keepdims=True)
    return q


def target_distribution(q: Floats) -> Floats:
    """Sharpen soft assignments `q` (n, clusters); rows sum to 1. Xie et al. 2016, eq. 3."""
    weight = q**2 / np.maximum(q.sum(axis=0), np.finfo(q.dtype).tiny)
    p: Floats = weight / weight.sum(axis=1, keepdims=True)
    return p


def kl_divergence(p: Tensor, codes: Tensor, centers: Tensor, alpha: float = 1.0) -> Tensor:
    """Mean over the batch of KL(p || q) for tensors, q being eq. 1 of `codes`. Eq. 2.

    In logarithms throughout: no q is ever so small that its logarithm overflows.
    """
    tf = tensorflow()
    squared = (
        tf.reduce_sum(codes**2, axis=1, keepdims=True)
        - 2 * tf.matmul(codes, centers, transpose_b=True)
        + tf.reduce_sum(centers**2, axis=1)
    )  # (batch, clusters)
    log_kernel = -(alpha + 1) / 2 * tf.math.log1p(tf.nn.relu(squared) / alpha)
    log_q = log_kernel - tf.reduce_logsumexp(log_kernel, axis=1, keepdims=True)
    terms = tf.math.xlogy(p, p) - p * log_q
    return tf.reduce_mean(tf.reduce_sum(terms, axis=1))


def refine(
    autoencoder: Autoencoder,
    x: Floats,
    centers: Floats,
    options: Refinement = Refinement(),
    *,
    seed: int,
    on_round: OnRound | None = None,
) -> Refined:
    """Run DEC on the rows of `x` (n, d) from `centers` (k, code), moving `autoencoder` in place.

    The target is that of all rows, computed anew every `update_interval` steps; the steps between
    take shuffled full batches. Raises DivergedError.
    """
    work = _Workbench(autoencoder, x, centers, options, seed=seed)
    deck = Deck(len(x), options.batch_size, np.random.default_rng(seed))
    interval = options.update_interval or max(20, deck.steps_per_epoch // 2)
    labels = np.full(len(x), -1, np.int64)
    loss, step, reseeded, reseeds = math.nan, 0, 0, 0
    while True:
        q = work.assign()
        empty = _empty_clusters(q)
        if len(empty) and reseeds < MAX_RESEEDS and step < options.max_steps:
            work.reseed(empty, q)
            reseeds += 1
            reseeded += len(empty)
            q = work.assign()
        before, labels = labels, q.argmax(axis=1)
        changed = float(np.mean(labels != before))
        if on_round is not None:
            on_round(Round(step, options.max_steps, changed, loss, labels))
        if changed < options.tol:
            return Refined(work.centers, q, labels, step, "settled", reseeded)
        if step >= options.max_steps:
            return Refined(work.centers, q, labels, step, "step limit", reseeded)
        work.aim((options.target or target_distribution)(q))
        steps = min(interval, options.max_steps - step)
        done = np.arange(step, step + steps) / options.max_steps
        rates = (1 + np.cos(math.pi * done)) / 2 if options.cosine else np.ones(steps)
        loss = work.train(deck, rates.astype(np.float32))
        step += steps


class _Workbench:
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
            shown = view(data, rows, key, options.augment)
            codes = forward(autoencoder.encoder, shown, options.precision)
            p = tf.gather(self._targets, rows)
            value = kl_divergence(p, codes, self._centers, options.alpha)
            if options.reconstruction:
                error = squared_error(forward(autoencoder.decoder, codes, options.precision), shown)
                value += options.reconstruction * error
            return value

        moved = autoencoder.weights if options.reconstruction else autoencoder.encoder_weights
        self._trainer = Trainer(loss, [self._centers, *moved], options.rule, seed=seed)

    @property
    def centers(self) -> Floats:
        """The centers as they are now."""
        array: Floats = self._centers.numpy()
        return array

    def assign(self) -> Floats:
        """Soft assignment of every row."""
        self._codes = self._autoencoder.encode(self._x)
        return soft_assignment(self._codes, self.centers, self._options.alpha)

    def aim(self, targets: Floats) -> None:
        """Take `targets` (n, clusters) for the next steps."""
        self._targets.assign(targets)

    def train(self, deck: Deck, rates: Floats) -> float:
        """Take a step for each factor on the learning rate; return the mean loss."""
        loss = self._trainer.run(deck.deal(len(rates)), rates)
        if not math.isfinite(loss):
            raise DivergedError(
                "dec: training diverged; "
                f"use a learning rate below {self._options.rule.learning_rate:g}"
            )
        return loss

    def reseed(self, empty: Ints, q: Floats) -> None:
        """Move the centers of empty clusters onto the codes that fit their own cluster worst."""
        centers = self.centers
        centers[empty] = self._codes[np.argsort(q.max(axis=1), kind="stable")[: len(empty)]]
        self._centers.assign(centers)
        self._trainer.forget(0)


def _empty_clusters(q: Floats) -> Ints:
    return np.flatnonzero(np.bincount(q.argmax(axis=1), minlength=q.shape[1]) == 0)


def _squared_distance(codes: Floats, centers: Floats) -> Floats:
    """|z - c|² (n, k) by the binomial formula: no (n, k, code) array."""
    squared = (
        (codes**2).sum(axis=1, keepdims=True) - 2 * codes @ centers.T + (centers**2).sum(axis=1)
    )
    nonnegative: Floats = np.maximum(squared, 0)
    return nonnegative
