"""Seconds an epoch of the autoencoder and of DEC take, here, in Keras and in ClustPy, in one run.

    python -m venv clustpy && clustpy/bin/pip install clustpy==0.0.3 torch==2.13.0
    python benchmarks/training.py --clustpy clustpy/bin/python [--rows 70000] [--rounds 5]

784-500-500-2000-10 on MNIST, batches of 256, SGD with momentum; Keras and ClustPy in float32, ours
in --precision. Keras is `Model.fit` of the same autoencoder, with its defaults and with 16 steps in
one call (`steps_per_execution`); it has no DEC. The sides take turns, an epoch each, so that other
load on the machine falls on all; processor time, which such load hardly changes, is compared as
well. The first round is a warm-up and is left out; of the others the fastest and the median are
printed. An epoch of our DEC includes the new targets of the whole set every 140 steps; ClustPy
computes its targets batch by batch. Speed is also printed in floating-point operations: those that
an epoch's matrix products need, a second, and as a share of what NumPy's product of 2048 x 2048
matrices (sgemm) reaches on this machine in the same rounds.

The last lines are about DEC as `organize` runs it on 2,000 photos: rounds of 20 steps of 128 rows,
by Adam, between which the targets change. There Keras is `fit` of a model that has its own
`train_step`.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, cast

import numpy as np

from photosort.bench import datasets
from photosort.dec.arrays import Floats
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import Refinement, TargetUpdate, refine
from photosort.dec.network import Network
from photosort.dec.precision import Precision
from photosort.dec.schedule import Epoch, Schedule
from photosort.dec.training import Adam, BatchSampler, Loss, Rows, Sgd, Tensor, Trainer, tensorflow

BATCH_SIZE = 256
INTERVAL = 140
SIDE = 2048
PARTS = ("autoencoder", "dec")
SIDES = {"a": "photosort", "b": "ClustPy", "c": "Keras", "d": "Keras, 16"}
STEPS_A_CALL = 16  # of "Keras, 16"
ROUNDS = 10  # of DEC on an album
STEPS_A_ROUND = 20
ALBUM = (2_000, 512)  # photos, width of what the encoder is given
ALBUM_BATCH = 128
Seconds = tuple[float, float]  # by the clock, of the processor


@dataclass(slots=True)
class Timed:
    """The rounds of one measured thing."""

    rounds: list[Seconds] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Seconds of the fastest round, by the clock."""
        return min(wall for wall, _ in self.rounds)

    @property
    def median(self) -> float:
        """Seconds of the middle round, by the clock."""
        return statistics.median(wall for wall, _ in self.rounds)

    @property
    def processor(self) -> float:
        """Processor seconds of the cheapest round."""
        return min(processor for _, processor in self.rounds)


class Stopwatch:
    """Notes clock and processor time; `lap` tells what went by since the last note."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def lap(self) -> Seconds:
        """Return seconds since the last lap and begin another."""
        wall, processor = time.perf_counter(), time.process_time()
        took = wall - self._wall, processor - self._processor
        self._wall, self._processor = wall, processor
        return took


class Ours:
    """One epoch of photosort at a time: training is paused in its callback, between epochs."""

    def __init__(self, x: Floats, precision: Precision) -> None:
        self._x, self._precision = x, precision
        self._autoencoder = Autoencoder(Network(x.shape[1]), seed=0)
        self._centers = self._autoencoder.encode(x[:10])

    def autoencoder(self, pause: Callable[[Seconds], None], epochs: int) -> None:
        """Train for `epochs`, telling `pause` what each took."""
        watch = Stopwatch()

        def on_epoch(_: Epoch) -> None:
            pause(watch.lap())
            watch.lap()

        schedule = Schedule(Sgd(0.01, 0.9), epochs, BATCH_SIZE, precision=self._precision)
        self._autoencoder.fit(self._x, schedule, seed=0, on_epoch=on_epoch)

    def dec(self, pause: Callable[[Seconds], None], epochs: int) -> None:
        """Refine for `epochs` with targets every 140 steps, telling `pause` what each took."""
        steps = -(-len(self._x) // BATCH_SIZE)
        rounds = -(-steps // INTERVAL)  # of INTERVAL steps: an epoch or a little more
        scale = steps / (rounds * INTERVAL)
        watch, updates = Stopwatch(), 0

        def on_update(update: TargetUpdate) -> None:
            nonlocal updates
            updates += 1
            if update.step and (updates - 1) % rounds == 0:
                wall, processor = watch.lap()
                pause((wall * scale, processor * scale))
                watch.lap()

        options = Refinement(
            Sgd(0.01, 0.9),
            update_interval=INTERVAL,
            max_iter=epochs * rounds * INTERVAL,
            tol=-1.0,  # never converge
            precision=self._precision,
        )
        refine(self._autoencoder, self._x, self._centers, options, seed=0, on_update=on_update)


class KerasFit:
    """One epoch of plain Keras at a time."""

    def __init__(self, x: Floats, steps_a_call: int = 1) -> None:
        import keras

        keras.utils.set_random_seed(0)
        layers = [keras.Input((x.shape[1],))]
        for size in (500, 500, 2000, 10, 2000, 500, 500, x.shape[1]):
            linear = size in (10, x.shape[1])
            layers.append(keras.layers.Dense(size, activation=None if linear else "relu"))
        self._x, self._model = x, keras.Sequential(layers)
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
        self._model.compile(optimizer, "mse", steps_per_execution=steps_a_call)

    def __call__(self) -> Seconds:
        """Train for one epoch."""
        watch = Stopwatch()
        self._model.fit(self._x, self._x, BATCH_SIZE, epochs=1, verbose=0)
        return watch.lap()


def short_rounds() -> None:
    """Print what rounds of 20 steps cost by our trainer and by `fit`: the first, the others."""
    import keras

    tf = tensorflow()
    x = tf.constant(np.random.default_rng(0).normal(size=ALBUM), tf.float32)
    autoencoders = [Autoencoder(Network(ALBUM[1])) for _ in range(2)]

    def loss_of(autoencoder: Autoencoder) -> Loss:
        # Any loss of the codes will do: the loop and the optimizer are what is measured.
        return lambda rows, _: tf.reduce_mean(autoencoder.encoder(tf.gather(x, rows)) ** 2)

    class Fit(keras.Model):
        def __init__(self, autoencoder: Autoencoder) -> None:
            super().__init__()
            self._of = autoencoder
            self.compile(keras.optimizers.Adam(1e-4), steps_per_execution=STEPS_A_ROUND)
            self.optimizer.build(autoencoder.encoder_weights)

        def train_step(self, rows: Tensor) -> dict[str, Tensor]:
            with tf.GradientTape() as tape:
                value = loss_of(self._of)(rows, rows)
            gradients = tape.gradient(value, [w.value for w in self._of.encoder_weights])
            self.optimizer.apply(gradients, self._of.encoder_weights)
            return {"loss": value}

        def run(self, rows: Rows) -> None:
            self.fit(tf.data.Dataset.from_tensor_slices(rows), shuffle=False, verbose=0)

    ours, theirs = autoencoders
    trainer = Trainer(loss_of(ours), ours.encoder_weights, Adam(1e-4), seed=0)
    sides = {"photosort": trainer.run, "Keras": Fit(theirs).run}
    sampler = BatchSampler(ALBUM[0], ALBUM_BATCH, np.random.default_rng(0))
    timed: dict[str, list[Seconds]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for side, run in sides.items():
            watch = Stopwatch()
            run(sampler.sample(STEPS_A_ROUND))
            timed[side].append(watch.lap())
    for side, (first, *others) in timed.items():
        best = min(processor for _, processor in others)
        print(f"{STEPS_A_ROUND} steps, {side}: {best:.2f} s processor; first: {first[1]:.2f} s")


def gigaflop(x: Floats, kind: str) -> float:
    """Floating-point operations of an epoch's matrix products, in billions.

    Forward, gradient of the weights and gradient of the inputs take two a weight and row each; the
    first layer needs no gradient of its inputs.
    """
    widths = (x.shape[1], 500, 500, 2000, 10)
    encoder = sum(a * b for a, b in pairwise(widths))
    weights = encoder if kind == "dec" else 2 * encoder
    return (6 * weights - 2 * widths[0] * widths[1]) * len(x) / 1e9


def sgemm_peak() -> float:
    """Billions of floating-point operations a second of one big NumPy product, best of three."""
    a = np.random.default_rng(0).random((SIDE, SIDE), np.float32)
    b, best = a.copy(), 0.0
    for _ in range(3):
        started = time.perf_counter()
        a @ b
        best = max(best, 2 * SIDE**3 / 1e9 / (time.perf_counter() - started))
    return best


@contextmanager
def clustpy(python: Path, x: Floats, threads: int):  # noqa: ANN201 - a generator of a function
    """Start ClustPy's side; yield a function that takes one epoch there."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "x.npy", x)
        script = Path(__file__).with_name("clustpy_epochs.py")
        command = [str(python), str(script), str(Path(folder) / "x.npy"), str(threads)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            asked, answered = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

            def epoch(kind: str) -> Seconds:
                print(kind, file=asked, flush=True)
                wall, processor = json.loads(answered.readline())
                return wall, processor

            yield epoch


def main() -> None:
    """Measure both sides by turns and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clustpy", type=Path, help="python of an environment with ClustPy")
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    arguments = parser.parse_args()
    x = datasets.load("mnist").head(arguments.rows).x
    ours, peaks = Ours(x, arguments.precision), [sgemm_peak()]
    plain = {"c": KerasFit(x), "d": KerasFit(x, STEPS_A_CALL)}
    timed = {(side, kind): Timed() for kind in PARTS for side in SIDES}

    def measure(theirs: Callable[[str], Seconds] | None) -> None:
        for kind, train in zip(PARTS, (ours.autoencoder, ours.dec), strict=True):

            def pause(took: Seconds, kind: str = kind) -> None:
                timed["a", kind].rounds.append(took)
                if theirs is not None:
                    timed["b", kind].rounds.append(theirs(kind))
                if kind == "autoencoder":
                    for side, fit in plain.items():
                        timed[side, kind].rounds.append(fit())
                peaks.append(sgemm_peak())

            train(pause, arguments.rounds + 1)
            for side in SIDES:
                del timed[side, kind].rounds[:1]

    if arguments.clustpy is None:
        measure(None)
    else:
        with clustpy(arguments.clustpy, x, arguments.threads) as theirs:
            measure(theirs)
    show(timed, x, max(peaks))
    short_rounds()


def show(timed: dict[tuple[str, str], Timed], x: Floats, peak: float) -> None:
    """Print what each side took and by how much ours is faster."""
    print(f"{len(x):,} rows; sgemm peak {peak:.0f} GFLOP/s")
    print("epoch of      side         best  median  processor  GFLOP/s  of peak")
    for (side, kind), one in timed.items():
        if one.rounds:
            rate = gigaflop(x, kind) / one.best
            print(
                f"{kind:12}  {SIDES[side]:9} {one.best:5.2f} s {one.median:5.2f} s "
                f"{one.processor:8.2f} s {rate:8.0f} {rate / peak:8.0%}"
            )
    for kind in PARTS:
        a = timed["a", kind]
        for side in "bcd":
            if (b := timed[side, kind]).rounds:
                print(
                    f"{kind}, {SIDES[side]}: {b.best / a.best:.2f}x by the fastest round, "
                    f"{b.median / a.median:.2f}x by the median, "
                    f"{b.processor / a.processor:.2f}x by processor time"
                )


if __name__ == "__main__":
    main()
