"""What `organize` runs: features of an album in, numbered groups out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photosort.cluster.autoencoder import Autoencoder, Epoch, Network, Schedule
from photosort.cluster.count import choose_count
from photosort.cluster.dec import Ints, Refinement, Round
from photosort.cluster.estimator import DEC, checked
from photosort.cluster.training import Adam, Floats

OnProgress = Callable[[str, int, int], None]  # stage, done, total

CODE_SIZE = 10
BATCH = 256
FINE_TUNING_STEPS = 300  # of a batch each: some ten seconds on two cores, whatever the album's size
REFINEMENT = Refinement(rule=Adam(1e-4), max_steps=400, tol=2e-3)


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
    if fitted.reseeded_:
        notes.append(f"{fitted.reseeded_} clusters ran empty and were given new centers")
    confidence = fitted.soft_assignment_.max(axis=1)
    return _numbered(fitted.labels_, confidence, fitted.stop_reason_, fitted.n_iter_, notes)


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


def _fit(rows: Floats, clusters: int, seed: int, tell: OnProgress) -> DEC:
    def on_round(now: Round) -> None:
        tell("Clustering", now.step, now.max_steps)

    model = DEC(
        clusters,
        autoencoder=fitted_autoencoder(rows, seed=seed, on_progress=tell),
        refinement=REFINEMENT,
        random_state=seed,
        on_round=on_round,
    )
    return model.fit(rows)


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
