"""Where the bench's autoencoders come from: shipped, or trained here, once for each seed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from photosort.assets import asset
from photosort.bench.augment import Views
from photosort.dec.autoencoder import DEC_KERAS, Autoencoder, Epoch, Network, Schedule
from photosort.dec.dec import Ints
from photosort.dec.precision import Precision
from photosort.dec.training import Adam, Floats
from photosort.errors import PhotosortError

LARGE = (
    20_000  # rows from which on DEC-keras trains long, as for MNIST, and not briefly, as for USPS
)
DEC_KERAS_SMALL = Schedule(Adam(), epochs=50)
ARTICLE = Schedule(Adam(), epochs=500, batch_size=2048)
PHOTOSORT = Schedule(Adam(2e-3), epochs=10, cosine=True, restore=True)  # of random views
FILTERS = (32, 64, 128)  # of the photosort row's convolutions
CODE_SIZE = 16  # of the same; the published 10 restore pictures worse
SHIPPED = {"published": "autoencoder", "photosort": "photosort"}  # kinds, and what files call them
PROBE_ROWS = 10_000  # rows on which the running NMI of an autoencoder is taken
PROBES = 10  # times during one training


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of one method. `labels` are those of the first rows, not necessarily of all."""

    stage: str
    done: int
    of: int
    loss: float | None = None
    changed: float | None = None  # share of labels that changed since the step before
    labels: Ints | None = None


Tell = Callable[[Step], None]
Keep = Callable[[str, int, Autoencoder], None]  # kind, seed, what was trained


@dataclass(frozen=True, slots=True)
class Training:
    """How long to train: briefly, or as long as was published; and with which shipped weights."""

    full: bool = False
    shipped: str | None = None  # data set whose shipped weights may be used
    precision: Precision = "float32"
    shape: tuple[int, int] = (0, 0)  # of the pictures: height, width

    def schedule(self, published: Schedule, n_rows: int) -> Schedule:
        """Return the published schedule, or a short one of the same kind that ends smoothly."""
        published = replace(published, precision=self.precision)
        epochs = 20 if n_rows >= LARGE else 50
        if self.full or published.epochs <= epochs:
            return published
        return replace(published, epochs=epochs, cosine=True)


@dataclass(frozen=True, slots=True)
class Pretrained:
    """An autoencoder, the seconds its training took here, and where it comes from."""

    autoencoder: Autoencoder
    seconds: float
    origin: str


def published_schedule(kind: str, n_rows: int) -> Schedule:
    """Return how an autoencoder of this kind is trained in full on so many rows."""
    if kind == "photosort":
        return PHOTOSORT if n_rows >= LARGE else replace(PHOTOSORT, epochs=20)
    if kind == "article":
        return ARTICLE
    return DEC_KERAS if n_rows >= LARGE else DEC_KERAS_SMALL


class Pretrainer:
    """Gives each method the autoencoder of its kind and seed, training it at most once."""

    def __init__(self, training: Training, keep: Keep | None = None) -> None:
        self._training, self._keep = training, keep
        self._made: dict[tuple[str, int], Pretrained] = {}
        self.spent = 0.0  # seconds in `get`, without those of `tell`

    def get(self, kind: str, x: Floats, seed: int, clusters: int, tell: Tell) -> Pretrained:
        """Return the autoencoder of this kind ("published", "photosort", ...) for the rows `x`."""
        if (kind, seed) not in self._made:
            self._made = {key: made for key, made in self._made.items() if key[1] == seed}
            self._made[kind, seed] = self._make(kind, x, seed, clusters, tell)
        return self._made[kind, seed]

    def _make(self, kind: str, x: Floats, seed: int, clusters: int, tell: Tell) -> Pretrained:
        if (weights := self._shipped(kind, seed)) is not None:
            return Pretrained(Autoencoder.load(weights), 0.0, f"shipped, seed {seed}")
        autoencoder = Autoencoder(self._network(kind, x), seed=seed)
        if kind == "untrained":
            return Pretrained(autoencoder, 0.0, "untrained")
        schedule = self._schedule(kind, len(x))
        started = time.perf_counter()
        probe = _Probe(autoencoder, x[:PROBE_ROWS], clusters, tell)
        autoencoder.fit(x, schedule, seed=seed, on_epoch=probe)
        spent = time.perf_counter() - started - probe.telling
        self.spent += spent
        if self._keep is not None:
            self._keep(kind, seed, autoencoder)
        return Pretrained(
            autoencoder, spent - probe.looking, f"trained for {schedule.epochs} epochs"
        )

    def _network(self, kind: str, x: Floats) -> Network:
        if kind == "photosort":
            return Network(x.shape[1], (), CODE_SIZE, filters=FILTERS, shape=self._training.shape)
        activation: Literal["linear", "sigmoid"] = "linear" if kind == "published" else "sigmoid"
        return Network(x.shape[1], code_activation=activation)

    def _schedule(self, kind: str, n_rows: int) -> Schedule:
        schedule = self._training.schedule(published_schedule(kind, n_rows), n_rows)
        if kind != "photosort":
            return schedule
        return replace(schedule, augment=Views().of(self._training.shape))

    def _shipped(self, kind: str, seed: int) -> Path | None:
        if self._training.shipped is None or kind not in SHIPPED:
            return None
        try:
            return asset("models", f"{self._training.shipped}-{SHIPPED[kind]}-{seed}.npz")
        except PhotosortError:  # no weights for this seed: train
            return None


class _Probe:
    """Tells of each epoch, and at every tenth of the training what k-means makes of the codes."""

    def __init__(self, autoencoder: Autoencoder, x: Floats, clusters: int, tell: Tell) -> None:
        self._autoencoder, self._x, self._clusters, self._tell = autoencoder, x, clusters, tell
        self.looking = 0.0  # seconds of k-means
        self.telling = 0.0

    def __call__(self, epoch: Epoch) -> None:
        started = time.perf_counter()
        labels = None
        if epoch.number % max(1, epoch.of // PROBES) == 0:
            from photosort.dec.estimator import kmeans

            codes = self._autoencoder.encode(self._x)
            _, labels = kmeans(codes, self._clusters, seed=0, n_init=1)
        looked = time.perf_counter()
        self._tell(Step("pretraining", epoch.number, epoch.of, loss=epoch.loss, labels=labels))
        self.looking += looked - started
        self.telling += time.perf_counter() - looked
