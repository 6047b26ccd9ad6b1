"""Training: batches are fair, the optimizers are the published ones, steps are repeatable."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.dec.training import Adam, BatchSampler, Optimizer, Sgd, Trainer, tensorflow
from photosort.errors import PhotosortError
from tests.conftest import REPO


def sampler(n_rows: int, batch_size: int, seed: int = 0) -> BatchSampler:
    return BatchSampler(n_rows, batch_size, np.random.default_rng(seed))


@given(
    st.integers(1, 50),
    st.integers(1, 60),
    st.lists(st.integers(1, 7), min_size=1, max_size=6),
    st.integers(0, 99),
)
def test_every_row_is_sampled_equally_often(
    n_rows: int, batch_size: int, calls: list[int], seed: int
) -> None:
    """In any number of calls: batches are full, and no row is ever ahead of another by two."""
    batches = sampler(n_rows, batch_size, seed)
    sampled = [batches.sample(steps) for steps in calls]
    for rows, steps in zip(sampled, calls, strict=True):
        assert rows.shape == (steps, min(batch_size, n_rows))
        assert rows.dtype == np.int32
    counts = Counter(np.concatenate([rows.ravel() for rows in sampled]).tolist())
    assert set(counts) <= set(range(n_rows))
    often = [counts[row] for row in range(n_rows)]
    assert max(often) - min(often) <= 1


@given(st.integers(1, 40), st.integers(1, 40))
def test_permutations_follow_each_other_whole(n_rows: int, batch_size: int) -> None:
    """Read in a row, every n_rows numbers are a permutation; an epoch's steps cover all rows."""
    batches = sampler(n_rows, batch_size)
    steps = batches.steps_per_epoch
    assert (steps - 1) * batches.batch_size < n_rows <= steps * batches.batch_size
    stream = np.concatenate([batches.sample(steps).ravel() for _ in range(batches.batch_size)])
    whole = stream[: len(stream) // n_rows * n_rows].reshape(-1, n_rows)
    assert (np.sort(whole, axis=1) == np.arange(n_rows)).all()


def test_batches_are_shuffled_by_the_seed() -> None:
    """The same seed samples the same rows, another seed others, and none samples in order."""
    first, again, other = (sampler(100, 10, seed).sample(10) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (first.ravel() != np.arange(100)).any()


def descend(optimizer: Optimizer, steps: int, rates: list[float] | None = None) -> np.ndarray:
    """Follow the gradient of (w - 3)² from w = 1; return w after the last step."""
    tf = tensorflow()
    w = tf.Variable(1.0)
    trainer = Trainer(lambda _rows, _key: (w - 3.0) ** 2, [w], optimizer, seed=0)
    given_rates = None if rates is None else np.array(rates, np.float32)
    trainer.run(np.zeros((steps, 1), np.int32), given_rates)
    return w.numpy()


def test_sgd_is_momentum_as_keras_defines_it() -> None:
    """Gradient -4: velocity 0.4, w 1.4; gradient -3.2: velocity 0.9 * 0.4 + 0.32, w 2.08."""
    assert descend(Sgd(0.1, 0.9), 1) == pytest.approx(1.4)
    assert descend(Sgd(0.1, 0.9), 2) == pytest.approx(2.08)
    assert descend(Sgd(0.1, 0.0), 2) == pytest.approx(1.72)


def test_adam_takes_steps_of_its_learning_rate() -> None:
    """While the gradient hardly changes, the bias-corrected ratio is 1: a step is the rate."""
    assert descend(Adam(0.01), 1) == pytest.approx(1.01, abs=1e-6)
    assert descend(Adam(0.01), 3) == pytest.approx(1.03, abs=1e-4)


@pytest.mark.parametrize("optimizer", [Sgd(0.1, 0.9), Adam(0.01)])
def test_a_rate_scales_the_learning_rate_of_its_step(optimizer: Optimizer) -> None:
    """Rates are factors on the learning rate, one a step; at 0 nothing moves."""
    assert descend(optimizer, 1, [0.0]) == 1.0
    assert descend(optimizer, 1, [0.5]) - 1 == pytest.approx(
        (descend(optimizer, 1) - 1) / 2, rel=1e-4
    )


def test_a_run_reports_the_mean_loss_and_passes_rows_and_keys() -> None:
    """The loss sees each step's rows and a key of its own that repeats with the seed."""
    tf = tensorflow()
    data = tf.constant([1.0, 10.0, 100.0])

    def losses(seed: int) -> tuple[float, float]:
        w = tf.Variable(0.0)
        rows = np.array([[0, 1], [2, 2]], np.int32)
        plain = Trainer(
            lambda r, _: w * 0 + tf.reduce_sum(tf.gather(data, r)), [w], Sgd(), seed=seed
        )
        noisy = Trainer(
            lambda _, key: w * 0 + tf.random.stateless_uniform([], key), [w], Sgd(), seed=seed
        )
        return plain.run(rows), noisy.run(rows)

    mean, noise = losses(1)
    assert mean == pytest.approx((11 + 200) / 2)
    assert losses(1)[1] == noise != losses(2)[1]


def test_slots_of_a_variable_that_was_assigned_are_reset() -> None:
    """After `reset_slots` a variable has no velocity; the others keep theirs."""
    tf = tensorflow()
    a, b = tf.Variable(1.0), tf.Variable(1.0)
    trainer = Trainer(lambda _r, _k: (a - 3.0) ** 2 + (b - 3.0) ** 2, [a, b], Sgd(0.1), seed=0)
    step = np.zeros((1, 1), np.int32)
    trainer.run(step)
    trainer.reset_slots(0)
    trainer.run(step)
    assert a.numpy() == pytest.approx(1.4 + 0.32)
    assert b.numpy() == pytest.approx(2.08)


def test_a_variable_without_gradient_stays() -> None:
    """A weight the loss does not depend on is neither moved nor in the way."""
    tf = tensorflow()
    used, unused = tf.Variable(1.0), tf.Variable(7.0)
    Trainer(lambda _r, _k: used**2, [used, unused], Adam(), seed=0).run(np.zeros((3, 1), np.int32))
    assert unused.numpy() == 7.0
    assert used.numpy() < 1.0


@pytest.mark.slow
def test_a_library_leaves_the_process_as_it_is() -> None:
    """Importing sets no variable and redirects nothing: that is for the program to do."""
    program = (
        "import os, sys\n"
        "before, at = dict(os.environ), os.fstat(2)\n"
        "real = os.dup2\n"
        "def dup2(*args): raise AssertionError('a descriptor was redirected')\n"
        "os.dup2 = dup2\n"
        "from photosort.dec.training import tensorflow\n"
        "tensorflow().constant(1)\n"
        "ours = {'KERAS_BACKEND', 'KERAS_HOME', 'MPLCONFIGDIR', 'TF_ENABLE_ONEDNN_OPTS',"
        " 'TF_CPP_MIN_LOG_LEVEL'}\n"
        "assert {n: os.environ.get(n) for n in ours} == {n: before.get(n) for n in ours}\n"
        "assert os.path.samestat(at, os.fstat(2))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_another_backend_of_keras_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras on JAX in a program of the user's: one error that says what DEC needs."""
    tensorflow()
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(PhotosortError, match="KERAS_BACKEND: jax, but DEC trains with TensorFlow"):
        tensorflow()
