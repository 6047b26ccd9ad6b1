"""Training inside the TensorFlow graph: shuffled full batches, fused optimizers, many steps a call.

One call of a `tf.function` runs a whole epoch, and each weight is updated by one fused kernel. To
train for many epochs, Keras' `Model.fit` is about as fast. DEC on an album takes 20 steps between
two targets, and those cost a fifth to a third more by `fit` (BENCHMARKS.md, "Keras' own loop";
benchmarks/training.py).
"""

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats
from photosort.errors import PhotosortError

Rows = npt.NDArray[np.int32]
Tensor = Any  # TensorFlow ships no types
Variable = Any
Module = Any
Loss = Callable[[Tensor, Tensor], Tensor]  # row numbers (batch,), random key (2,) -> scalar


def tensorflow() -> Module:
    """Import TensorFlow, with Keras on it, at the first call; nothing else imports it.

    Raises PhotosortError where Keras runs on something else.
    """
    tf = importlib.import_module("tensorflow")
    backend = importlib.import_module("keras").backend.backend()
    if backend != "tensorflow":
        raise PhotosortError(
            f"KERAS_BACKEND: {backend}, but DEC trains with TensorFlow; "
            "set it to tensorflow before Keras is imported"
        )
    return tf


@dataclass(frozen=True, slots=True)
class Sgd:
    """Stochastic gradient descent with momentum, as Keras defines it.

    Parameters
    ----------
    learning_rate : float, default=0.1
        Factor on the gradient.
    momentum : float, default=0.9
        Factor on the velocity of the step before.
    """

    learning_rate: float = 0.1
    momentum: float = 0.9

    def slots(self, variables: Sequence[Variable]) -> list[list[Variable]]:
        """Make the optimizer's state: a velocity for each variable."""
        return [_zeros_like(variables)]

    def apply(
        self, variable: Variable, slots: Sequence[Variable], gradient: Tensor, step: "Step"
    ) -> None:
        """Set velocity = momentum * velocity - rate * gradient; variable += velocity."""
        tensorflow().raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=slots[0].handle,
            lr=self.learning_rate * step.rate,
            grad=gradient,
            momentum=self.momentum,
        )


@dataclass(frozen=True, slots=True)
class Adam:
    """Adam with Keras' defaults.

    Parameters
    ----------
    learning_rate : float, default=0.001
        Length of a step.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay of the running means of the gradient and of its square.
    epsilon : float, default=1e-7
        Added to the denominator.

    References
    ----------
    Kingma, Ba 2015, "Adam: a method for stochastic optimization".
    """

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def slots(self, variables: Sequence[Variable]) -> list[list[Variable]]:
        """Make the optimizer's state: first and second moment of each variable's gradient."""
        return [_zeros_like(variables), _zeros_like(variables)]

    def apply(
        self, variable: Variable, slots: Sequence[Variable], gradient: Tensor, step: "Step"
    ) -> None:
        """Move the variable by the ratio of the bias-corrected moments."""
        tf = tensorflow()
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=slots[0].handle,
            v=slots[1].handle,
            beta1_power=tf.pow(self.beta_1, step.number),
            beta2_power=tf.pow(self.beta_2, step.number),
            lr=self.learning_rate * step.rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


Optimizer = Sgd | Adam


@dataclass(frozen=True, slots=True)
class Step:
    """What the update of a weight depends on beside its gradient."""

    number: Tensor  # float32, from 1
    rate: Tensor  # float32, factor on the learning rate


class BatchSampler:
    """Samples batches of row numbers without replacement; every batch is full.

    Random permutations of the rows follow each other and are cut into batches: every row is drawn
    equally often, and a batch may straddle two permutations.
    """

    def __init__(self, n_rows: int, batch_size: int, rng: np.random.Generator) -> None:
        self.n_rows = n_rows
        self.batch_size = min(batch_size, n_rows)
        self._rng = rng
        self._rest = np.empty(0, np.int32)  # of the last permutation

    @property
    def steps_per_epoch(self) -> int:
        """Batches that hold every row about once."""
        return -(-self.n_rows // self.batch_size)

    def sample(self, steps: int) -> Rows:
        """Return the row numbers of the next batches, (steps, batch)."""
        needed = steps * self.batch_size
        permutations = [self._rest]
        sampled = len(self._rest)
        while sampled < needed:
            permutations.append(self._rng.permutation(self.n_rows).astype(np.int32))
            sampled += self.n_rows
        rows = np.concatenate(permutations)
        self._rest = rows[needed:]
        return rows[:needed].reshape(steps, self.batch_size)


class Trainer:
    """Minimises `loss` over `variables`, many steps a call."""

    def __init__(
        self, loss: Loss, variables: Sequence[Variable], optimizer: Optimizer, *, seed: int
    ) -> None:
        tf = tensorflow()
        # Keras wraps its variables; the tape and the fused kernels want TensorFlow's own.
        self.variables = [v if isinstance(v, tf.Variable) else v.value for v in variables]
        self.slots = optimizer.slots(self.variables)
        self._count = tf.Variable(0, dtype=tf.int32, trainable=False)

        def one_step(rows: Tensor, rate: Tensor) -> Tensor:
            self._count.assign_add(1)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(self.variables)
                value = loss(rows, tf.stack([seed, self._count]))
            gradients = tape.gradient(value, self.variables)
            step = Step(number=tf.cast(self._count, tf.float32), rate=rate)
            for i, (variable, gradient) in enumerate(zip(self.variables, gradients, strict=True)):
                if gradient is not None:
                    optimizer.apply(variable, [slot[i] for slot in self.slots], gradient, step)
            return value

        def many_steps(rows: Tensor, rates: Tensor) -> Tensor:
            steps = tf.shape(rows)[0]
            _, total = tf.while_loop(
                lambda i, _: i < steps,
                lambda i, total: (i + 1, total + one_step(rows[i], rates[i])),
                (tf.constant(0), tf.constant(0.0)),
                parallel_iterations=1,
            )
            return total / tf.cast(steps, tf.float32)

        self._run = compiled(
            many_steps,
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None], tf.float32),
        )

    def run(self, rows: Rows, rates: Floats | None = None) -> float:
        """Take one step for each row of `rows` (steps, batch); return the mean loss."""
        tf = tensorflow()
        if rates is None:
            rates = np.ones(len(rows), np.float32)
        return float(self._run(tf.constant(rows), tf.constant(rates)))

    def reset_slots(self, variable_index: int) -> None:
        """Set the optimizer's state of one variable to zero: it was assigned from outside."""
        for slot in self.slots:
            slot[variable_index].assign(slot[variable_index] * 0.0)


def cosine_decay(done: npt.NDArray[np.floating[Any]]) -> Floats:
    """Factor on the learning rate, from 1 to 0, where the fraction `done` of training is over.

    Loshchilov, Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", one cycle.
    """
    rates: Floats = ((1 + np.cos(math.pi * done)) / 2).astype(np.float32)
    return rates


def subkey(key: Tensor, number: int) -> Tensor:
    """Derive an independent random key (2,) from `key` (2,), another for each `number`."""
    return tensorflow().random.fold_in(key, number)


def compiled(function: Callable[..., Tensor], *signature: Tensor) -> Callable[..., Tensor]:
    """Trace `function` into a graph once, for tensors of `signature`."""
    graph = tensorflow().function(function, autograph=False, input_signature=signature)
    traced: Callable[..., Tensor] = graph.get_concrete_function()
    return traced


def _zeros_like(variables: Sequence[Variable]) -> list[Any]:
    tf = tensorflow()
    return [tf.Variable(tf.zeros(v.shape, v.dtype), trainable=False) for v in variables]
