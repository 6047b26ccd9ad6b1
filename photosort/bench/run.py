"""One comparison: methods times seeds on one dataset, scored against the labels at the end."""

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from photosort.bench import scores
from photosort.bench.datasets import Dataset
from photosort.bench.methods import (
    DEFAULT,
    METHODS,
    PHOTO_METHODS,
    choose,
    photo_default,
)
from photosort.bench.pretraining import Keep, Pretrainer, StageProgress, Training
from photosort.bench.published import Published, published
from photosort.bench.task import Fitted, Method, Task
from photosort.counts import counted
from photosort.dec.arrays import Floats, Ints
from photosort.dec.precision import Precision
from photosort.errors import PhotosortError

Protocol = Literal["whole", "article"]
FIT_TENTHS = 7  # of the rows, the first, in the article's protocol; it is scored on the others
SHOWN = 2_000  # codes kept for the figure
MEASURES = ("nmi", "nmi_geometric", "acc", "ari", "purity", "seconds", "pretrain_seconds")


@dataclass(frozen=True, slots=True)
class Options:
    """What `photosort bench` was asked for beside dataset and methods."""

    protocol: Protocol = "whole"
    from_scratch: bool = False  # train autoencoders even where weights are shipped
    full: bool = False  # train as long as was published
    precision: Precision = "float32"  # of the matrix products in training; scores are of float32


@dataclass(frozen=True, slots=True)
class Tick:
    """Progress: where one method of one seed is, and the scores of its labels right now."""

    method: str
    seed: int
    stage: str
    done: int
    of: int
    seconds: float  # since this method began with this seed
    loss: float | None = None
    changed: float | None = None
    nmi: float | None = None
    acc: float | None = None


OnTick = Callable[[Tick], None]


@dataclass(frozen=True, slots=True)
class Run:
    """The scores of one method with one seed, all between 0 and 1."""

    method: str
    seed: int
    nmi: float  # arithmetic mean of the entropies
    nmi_geometric: float  # scikit-learn's before 0.22, and so the published one
    acc: float
    ari: float
    purity: float
    seconds: float  # of the method itself
    pretrain_seconds: float  # of the autoencoder it began with; 0 where that was shipped
    n_iter: int
    stop_reason: str
    autoencoder: str
    epochs: int  # for which the autoencoder was trained; 0 without one


@dataclass(frozen=True, slots=True)
class Row:
    """One method over seeds: means and sample standard deviations by measure.

    Seeds whose autoencoders were trained for different numbers of epochs are rows of their own.
    """

    method: str
    title: str
    seeds: tuple[int, ...]
    mean: dict[str, float]
    sd: dict[str, float]  # 0 for one seed
    published: Published | None

    @property
    def nmi_difference(self) -> float | None:
        """Ours less the published NMI, both with the geometric mean."""
        return None if self.published is None else self.mean["nmi_geometric"] - self.published.nmi

    @property
    def acc_difference(self) -> float | None:
        """Ours less the published accuracy."""
        return None if self.published is None else self.mean["acc"] - self.published.acc


@dataclass(frozen=True, slots=True)
class Example:
    """What a method found with its first seed, for the figures."""

    method: str
    title: str
    labels: Ints  # of the scored rows
    codes: Floats | None  # of the first `SHOWN` scored rows


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a comparison."""

    dataset: str
    source: str
    n_rows: int
    classes: tuple[str, ...]
    scored: int  # rows the scores are of
    options: Options
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    runs: tuple[Run, ...]
    log: tuple[Tick, ...]
    truth: Ints  # of the scored rows
    examples: tuple[Example, ...]
    started: str  # ISO 8601, UTC
    seconds: float
    machine: str


def run(
    dataset: Dataset,
    methods: Sequence[str] = (),
    *,
    seeds: Sequence[int] = (0,),
    options: Options = Options(),
    on_tick: OnTick | None = None,
    keep: Keep | None = None,
) -> Report:
    """Compare `methods` (names; none means the usual ones) on `dataset`. Raises PhotosortError.

    `keep` is called with every autoencoder that was trained here, as soon as it is.
    """
    chosen = _chosen(dataset, tuple(methods), options)
    bench = _Bench(dataset, options, on_tick)
    started, clock = datetime.now(UTC), time.perf_counter()
    for seed in seeds:
        pretrainer = bench.pretrainer(keep)
        for method in chosen:
            bench.measure(method, seed, pretrainer)
    return Report(
        dataset=dataset.name,
        source=dataset.source,
        n_rows=len(dataset),
        classes=dataset.classes,
        scored=len(bench.truth),
        options=options,
        seeds=tuple(seeds),
        rows=tuple(row for method in chosen for row in _rows(method, bench.runs, dataset, options)),
        runs=tuple(bench.runs),
        log=tuple(bench.log),
        truth=bench.truth,
        examples=tuple(bench.examples),
        started=started.isoformat(timespec="seconds"),
        seconds=time.perf_counter() - clock,
        machine=f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
    )


class _Bench:
    """Runs methods one by one and keeps their results."""

    def __init__(self, dataset: Dataset, options: Options, on_tick: OnTick | None) -> None:
        n = len(dataset)
        n_fit = n * FIT_TENTHS // 10 if options.protocol == "article" else n
        self._dataset, self._options, self._on_tick = dataset, options, on_tick
        self._x = dataset.x
        self._fit_rows = slice(0, n_fit)
        self._scored = slice(n_fit, n) if n_fit < n else slice(0, n)
        self.truth = dataset.labels[self._scored]
        self.runs: list[Run] = []
        self.log: list[Tick] = []
        self.examples: list[Example] = []

    def pretrainer(self, keep: Keep | None) -> Pretrainer:
        """Return a fresh pretrainer: shipped weights saw every row, so not for held-out scores."""
        whole = self._options.protocol == "whole" and not self._options.from_scratch
        shipped = self._dataset.weights if whole else None
        options = self._options
        training = Training(
            full=options.full,
            shipped=shipped,
            precision=options.precision,
            shape=self._dataset.shape,
        )
        return Pretrainer(training, keep)

    def measure(self, method: Method, seed: int, pretrainer: Pretrainer) -> None:
        """Fit, time and score one method with one seed."""
        started = time.perf_counter()
        fit_truth = self._dataset.labels[self._fit_rows]
        features = self._dataset.features

        other_seconds = 0.0  # not the method's: pretraining, scoring

        def on_progress(progress: StageProgress) -> None:
            nonlocal other_seconds
            began = time.perf_counter()
            tick = _tick(method.name, seed, progress, fit_truth, began - started)
            self.log.append(tick)
            if self._on_tick is not None:
                self._on_tick(tick)
            other_seconds += time.perf_counter() - began

        task = Task(
            x=self._x[self._fit_rows],
            clusters=self._dataset.n_classes,
            seed=seed,
            pretrainer=pretrainer,
            on_progress=on_progress,
            features=None if features is None else features[self._fit_rows],
            pretrained=self._dataset.pretrained,
            precision=self._options.precision,
            shape=self._dataset.shape,
        )
        on_progress(StageProgress("begin", 0, 1))
        pretraining = pretrainer.seconds
        fitted = method.fit(task)
        other_seconds += pretrainer.seconds - pretraining
        seconds = time.perf_counter() - started - other_seconds
        labels = self._labels(method, fitted)
        self.runs.append(_score(method.name, seed, self.truth, labels, fitted, seconds))
        if not any(example.method == method.name for example in self.examples):
            codes = self._codes(fitted)
            self.examples.append(Example(method.name, method.title, labels, codes))
        on_progress(StageProgress("done", 1, 1, labels=fitted.labels))

    def _labels(self, method: Method, fitted: Fitted) -> Ints:
        if self._options.protocol == "whole":
            return fitted.labels
        if fitted.predict is None:
            raise PhotosortError(
                f"{method.name}: cannot assign held-out images; leave out --protocol article"
            )
        return fitted.predict(self._x[self._scored])

    def _codes(self, fitted: Fitted) -> Floats | None:
        if fitted.encode is not None:
            return fitted.encode(self._x[self._scored][:SHOWN])
        if fitted.codes is not None and self._options.protocol == "whole":
            return fitted.codes[:SHOWN]
        return None


def _chosen(dataset: Dataset, names: tuple[str, ...], options: Options) -> list[Method]:
    if len(dataset) < 2 * dataset.n_classes:
        raise PhotosortError(
            f"{dataset.name}: {len(dataset)} images of {dataset.n_classes} classes; "
            "a comparison needs at least two of each"
        )
    if dataset.features is None:
        return choose(names, METHODS, default=DEFAULT)
    if options.protocol == "article":
        raise PhotosortError("photos: the article's protocol is for digits; leave --protocol out")
    return choose(names, PHOTO_METHODS, default=photo_default())


def _tick(method: str, seed: int, now: StageProgress, truth: Ints, seconds: float) -> Tick:
    nmi = acc = None
    if now.labels is not None:
        part = truth[: len(now.labels)]
        nmi, acc = scores.nmi(part, now.labels), scores.accuracy(part, now.labels)
    return Tick(
        method, seed, now.stage, now.done, now.total, seconds, now.loss, now.changed, nmi, acc
    )


def _score(
    method: str, seed: int, truth: Ints, labels: Ints, fitted: Fitted, seconds: float
) -> Run:
    trained = fitted.trained
    return Run(
        method=method,
        seed=seed,
        nmi=scores.nmi(truth, labels),
        nmi_geometric=scores.nmi(truth, labels, "geometric"),
        acc=scores.accuracy(truth, labels),
        ari=scores.ari(truth, labels),
        purity=scores.purity(truth, labels),
        seconds=seconds,
        pretrain_seconds=trained.seconds if trained else 0.0,
        n_iter=fitted.n_iter,
        stop_reason=fitted.stop_reason,
        autoencoder=trained.origin if trained else "",
        epochs=trained.epochs if trained else 0,
    )


def _rows(method: Method, runs: Sequence[Run], dataset: Dataset, options: Options) -> list[Row]:
    """Take means over seeds, but over none that began with another length of training."""
    mine = [run for run in runs if run.method == method.name]
    lengths = list(dict.fromkeys(run.epochs for run in mine))
    rows = []
    for epochs in lengths:
        alike = [run for run in mine if run.epochs == epochs]
        apart = f", {counted(epochs, 'epoch')}" if len(lengths) > 1 else ""
        rows.append(_row(replace(method, title=method.title + apart), alike, dataset, options))
    return rows


def _row(method: Method, runs: Sequence[Run], dataset: Dataset, options: Options) -> Row:
    values = {name: np.array([getattr(run, name) for run in runs]) for name in MEASURES}
    return Row(
        method.name,
        method.title,
        seeds=tuple(run.seed for run in runs),
        mean={name: float(column.mean()) for name, column in values.items()},
        sd={n: float(c.std(ddof=1)) if len(c) > 1 else 0.0 for n, c in values.items()},
        published=published(dataset.name, method.name, options.protocol),
    )
