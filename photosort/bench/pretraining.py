"""Where the comparison's autoencoders come from: shipped, or trained here, once for each seed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from photosort.assets import asset
from photosort.bench.augment import Augmentation
from photosort.counts import counted
from photosort.dec.arrays import Floats, Ints
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.network import Network
from photosort.dec.precision import Precision
from photosort.dec.schedule import BRIEF, Epoch, Schedule
from photosort.dec.training import Adam, Sgd
from photosort.errors import PhotosortError

LARGE = 20_000  # rows from which on DEC-keras trains as for MNIST (70,000), not as for USPS (9,298)
DEC_KERAS = Schedule(Sgd(1.0, 0.9), epochs=300)  # X. Guo 2018, for MNIST; BRIEF is that for USPS
ARTICLE = Schedule(Adam(), epochs=500, batch_size=2048)  # of the rows `ae-article`, sigmoid codes
# The rest was chosen on MNIST: the schedule, filters and code size of the graph-dec row.
GRAPH_DEC = Schedule(Adam(2e-3), epochs=10, cosine_decay=True, reconstruct_clean=True)
GRAPH_DEC_SMALL_EPOCHS = 20  # below LARGE
CODE_SIZE = 16  # the published 10 restores images worse
# The dec-da row is that of Guo et al. 2018, "Deep embedded clustering with data augmentation";
# graph-dec has its filters, too.
DEC_DA = Schedule(Adam(), epochs=500)
DEC_DA_AUGMENTATION = Augmentation(rotation=10, shift=0.1, scale=0, shear=0)
DEC_DA_CODE_SIZE = 10
FILTERS = (32, 64, 128)
# Kinds that ship: what their files in models/ are called between data set and seed.
SHIPPED = {"published": "autoencoder", "graph-dec": "photosort"}
PROBE_ROWS = 10_000  # rows on which the running NMI of an autoencoder is computed
PROBES = 10  # times during one training


@dataclass(frozen=True, slots=True)
class StageProgress:
    """Progress of one method. `labels` are those of the first rows, not necessarily of all."""

    stage: str
    done: int
    total: int
    loss: float | None = None
    changed: float | None = None  # fraction of labels that changed since the last report
    labels: Ints | None = None


OnProgress = Callable[[StageProgress], None]
Keep = Callable[[str, int, Autoencoder], None]  # kind, seed, trained autoencoder


@dataclass(frozen=True, slots=True)
class Training:
    """How long to train: briefly, or as long as was published; and with which shipped weights."""

    full: bool = False
    shipped: str | None = None  # data set whose shipped weights may be used
    precision: Precision = "float32"
    shape: tuple[int, int] = (0, 0)  # of the images: height, width

    def schedule(self, published: Schedule, n_rows: int) -> Schedule:
        """Return the published schedule, or a short one of the same kind that ends smoothly."""
        published = replace(published, precision=self.precision)
        epochs = 20 if n_rows >= LARGE else 50
        if self.full or published.epochs <= epochs:
            return published
        return replace(published, epochs=epochs, cosine_decay=True)


@dataclass(frozen=True, slots=True)
class Trained:
    """An autoencoder, the seconds of its training in this run, and where it comes from."""

    autoencoder: Autoencoder
    seconds: float
    origin: str
    epochs: int  # it was trained for, here or before it was shipped


def published_schedule(kind: str, n_rows: int) -> Schedule:
    """Return how an autoencoder of this kind is trained in full on so many rows."""
    if kind == "graph-dec":
        return GRAPH_DEC if n_rows >= LARGE else replace(GRAPH_DEC, epochs=GRAPH_DEC_SMALL_EPOCHS)
    if kind == "dec-da":
        return DEC_DA
    if kind == "article":
        return ARTICLE
    return DEC_KERAS if n_rows >= LARGE else BRIEF


class Pretrainer:
    """Gives each method the autoencoder of its kind and seed, training it at most once."""

    def __init__(self, training: Training, keep: Keep | None = None) -> None:
        self._training, self._keep = training, keep
        self._trained: dict[tuple[str, int], Trained] = {}
        self.full = training.full
        self.seconds = 0.0  # of training and probes, without those of `on_progress`

    def get(
        self, kind: str, x: Floats, seed: int, clusters: int, on_progress: OnProgress
    ) -> Trained:
        """Return the autoencoder of this kind ("published", "graph-dec", ...) for the rows `x`."""
        if (kind, seed) not in self._trained:
            # Seeds come one after the other: autoencoders of an earlier one are not needed again.
            self._trained = {key: one for key, one in self._trained.items() if key[1] == seed}
            self._trained[kind, seed] = self._train(kind, x, seed, clusters, on_progress)
        return self._trained[kind, seed]

    def _train(
        self, kind: str, x: Floats, seed: int, clusters: int, on_progress: OnProgress
    ) -> Trained:
        if (weights := self._shipped(kind, seed)) is not None:
            epochs = published_schedule(kind, len(x)).epochs
            origin = f"shipped, trained for {counted(epochs, 'epoch')}"
            return Trained(Autoencoder.load(weights), 0.0, origin, epochs)
        autoencoder = Autoencoder(self._network(kind, x), seed=seed)
        if kind == "untrained":
            return Trained(autoencoder, 0.0, "untrained", 0)
        schedule = self._schedule(kind, len(x))
        began = time.perf_counter()
        probe = _Probe(autoencoder, x[:PROBE_ROWS], clusters, on_progress)
        autoencoder.fit(x, schedule, seed=seed, on_epoch=probe)
        seconds = time.perf_counter() - began - probe.callback_seconds
        self.seconds += seconds
        if self._keep is not None:
            self._keep(kind, seed, autoencoder)
        origin = f"trained for {counted(schedule.epochs, 'epoch')}"
        return Trained(autoencoder, seconds - probe.kmeans_seconds, origin, schedule.epochs)

    def _network(self, kind: str, x: Floats) -> Network:
        if kind in {"graph-dec", "dec-da"}:
            size = CODE_SIZE if kind == "graph-dec" else DEC_DA_CODE_SIZE
            return Network(x.shape[1], (), size, filters=FILTERS, shape=self._training.shape)
        activation: Literal["linear", "sigmoid"] = "linear" if kind == "published" else "sigmoid"
        return Network(x.shape[1], code_activation=activation)

    def _schedule(self, kind: str, n_rows: int) -> Schedule:
        schedule = self._training.schedule(published_schedule(kind, n_rows), n_rows)
        augmentation = {"graph-dec": Augmentation(), "dec-da": DEC_DA_AUGMENTATION}.get(kind)
        if augmentation is None:
            return schedule
        return replace(schedule, augment=augmentation.for_shape(self._training.shape))

    def _shipped(self, kind: str, seed: int) -> Path | None:
        if self._training.shipped is None or kind not in SHIPPED:
            return None
        try:
            return asset("models", f"{self._training.shipped}-{SHIPPED[kind]}-{seed}.npz")
        except PhotosortError:  # no weights for this seed: train
            return None


class _Probe:
    """Reports each epoch, and every tenth of the training the labels of k-means on the codes."""

    def __init__(
        self, autoencoder: Autoencoder, x: Floats, clusters: int, on_progress: OnProgress
    ) -> None:
        self._autoencoder, self._x, self._clusters = autoencoder, x, clusters
        self._on_progress = on_progress
        self.kmeans_seconds = 0.0
        self.callback_seconds = 0.0

    def __call__(self, epoch: Epoch) -> None:
        began = time.perf_counter()
        labels = None
        if epoch.number % max(1, epoch.total // PROBES) == 0:
            from photosort.dec.estimator import kmeans

            codes = self._autoencoder.encode(self._x)
            _, labels = kmeans(codes, self._clusters, seed=0, n_init=1)
        clustered = time.perf_counter()
        progress = StageProgress("pretraining", epoch.number, epoch.total, epoch.loss, None, labels)
        self._on_progress(progress)
        self.kmeans_seconds += clustered - began
        self.callback_seconds += time.perf_counter() - clustered
