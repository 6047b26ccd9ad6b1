"""What `organize` runs: features of an album in, numbered groups out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photosort.cluster.autoencoder import Autoencoder, Epoch, Network, Schedule
from photosort.cluster.count import choose_count
from photosort.cluster.dec import Ints, Refined, Refinement, Round, refine
from photosort.cluster.estimator import checked, kmeans
from photosort.cluster.training import Adam, Floats

OnProgress = Callable[[str, int, int], None]  # stage, done, total

# The paper's 10 dimensions lose what tells photos apart: on the sample photos, the NMI of k-means on
# the codes is .72 for 10, .90 for 32 and for 64, and 1.0 on the features.
CODE_SIZE = 64
BATCH = 256
FINE_TUNING_STEPS = (
    100  # of a batch each: some five seconds on two cores, whatever the album's size
)
STARTS = 50  # of k-means: small albums have many poor local optima, and pay little for starts
SAMPLE = 20_000  # photos that k-means sees of a larger album
REFINEMENT = Refinement(rule=Adam(1e-4), max_steps=200, tol=2e-3)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of photos, numbered from 0 for the largest."""

    labels: Ints  # (n,)
    confidence: npt.NDArray[np.float32]  # (n,), soft assignment of the own group
    stop_reason: str
    n_iter: int
    notes: tuple[str, ...] = ()  # one-line remarks for the user


def group_features(
    features: npt.ArrayLike,
    *,
    clusters: int | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Grouping:
    """Group the photos that `features` (n, d) describe; `clusters` is chosen when None.

    Fewer distinct photos than clusters give as many groups as there are distinct ones, with a
    note. Raises PhotosortError for features that are not finite.
    """
    tell = on_progress or _silence
    rows = normalise(checked(features))
    notes = []
    if clusters is None:
        tell("Counting groups", 0, 1)
        clusters = choose_count(rows, seed=seed)
        notes.append(f"{clusters} clusters chosen; --clusters sets another number")
    distinct, copies = np.unique(rows, axis=0, return_inverse=True)
    if len(distinct) < clusters:
        notes.append(
            f"{len(rows)} photos, but only {len(distinct)} differ: that makes {len(distinct)} "
            f"clusters, not {clusters}"
        )
        return _numbered(copies.reshape(-1), np.ones(len(rows)), "no more to tell apart", 0, notes)
    if clusters == 1:
        one = np.zeros(len(rows), np.int64)
        return _numbered(one, np.ones(len(rows)), "one cluster", 0, notes)
    fitted = _fit(rows, clusters, seed, tell)
    if fitted.reseeded:
        notes.append(f"{fitted.reseeded} clusters ran empty and were given new centers")
    confidence = fitted.assignment.max(axis=1)
    return _numbered(fitted.labels, confidence, fitted.stop_reason, fitted.n_iter, notes)


def normalise(features: Floats) -> Floats:
    """Centre unit-length features (n, d) on the album, then give them the length sqrt(d).

    What all photos of an album share says nothing about its groups. The length makes an entry's
    variance about 1, which is what the autoencoder's initial weights expect.
    """
    unit = _unit(features)
    centred = unit - unit.mean(axis=0) if len(unit) > 1 else unit
    scaled: Floats = (_unit(centred) * np.sqrt(features.shape[1])).astype(np.float32)
    return scaled


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    # Identical photos are left with rounding errors around 0: those must not become directions.
    unit: Floats = np.where(lengths > 1e-5, rows / np.maximum(lengths, 1e-5), 0).astype(np.float32)
    return unit


def fitted_autoencoder(
    rows: Floats, *, seed: int = 0, on_progress: OnProgress | None = None
) -> Autoencoder:
    """Train an autoencoder on an album's features as `normalise` gives them, `rows` (n, d)."""
    tell = on_progress or _silence
    steps_per_epoch = -(-len(rows) // BATCH)
    schedule = Schedule(
        Adam(),
        epochs=max(1, FINE_TUNING_STEPS // steps_per_epoch),
        batch_size=BATCH,
        dropout=0.2,
        denoise=True,
        cosine=True,
    )

    def on_epoch(epoch: Epoch) -> None:
        tell("Fine-tuning", epoch.number, epoch.of)

    autoencoder = Autoencoder(Network(rows.shape[1], code_size=CODE_SIZE), seed=seed)
    autoencoder.fit(rows, schedule, seed=seed, on_epoch=on_epoch)
    return autoencoder


def _silence(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def _fit(rows: Floats, clusters: int, seed: int, tell: OnProgress) -> Refined:
    """Refine, by DEC on the autoencoder's codes, what k-means finds in the features themselves."""
    autoencoder = fitted_autoencoder(rows, seed=seed, on_progress=tell)
    start = _start(rows, clusters, seed)
    codes = autoencoder.encode(rows)
    centers = np.stack([codes[start == label].mean(axis=0) for label in range(clusters)])

    def on_round(now: Round) -> None:
        tell("Clustering", now.step, now.max_steps)

    return refine(autoencoder, rows, centers, REFINEMENT, seed=seed, on_round=on_round)


def _start(rows: Floats, clusters: int, seed: int) -> Ints:
    """Label every row by the best of many k-means starts, found on a sample of a large album."""
    rng = np.random.default_rng(seed)
    sample = rows if len(rows) <= SAMPLE else rows[rng.choice(len(rows), SAMPLE, replace=False)]
    centers, labels = kmeans(sample, clusters, seed=seed, n_init=STARTS)
    if sample is rows:
        return labels
    from sklearn.metrics import pairwise_distances_argmin

    nearest: Ints = pairwise_distances_argmin(rows, centers).astype(np.int64)
    return nearest


def _numbered(
    labels: npt.NDArray[np.integer],
    confidence: npt.NDArray[np.floating],
    stop_reason: str,
    n_iter: int,
    notes: list[str],
) -> Grouping:
    """Give the largest group number 0; of equal ones, that with the earliest photo comes first."""
    found, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(found), np.int64)
    rank[order] = np.arange(len(found))
    return Grouping(
        labels=rank[inverse.reshape(-1)],
        confidence=confidence.astype(np.float32),
        stop_reason=stop_reason,
        n_iter=n_iter,
        notes=tuple(notes),
    )
