"""What `organize` runs: features of an album in, numbered groups out.

Unit features, centred on the album and projected (pretrained.py), are drawn towards their
neighbourhoods (graph.py) and encoded by an autoencoder that keeps their angles. K-means on them is
the start of DEC on the codes, whose targets photos and their neighbours agree on. DEC wants groups
alike in size more or less, as its kernel has it: the graph decides which result is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photosort.dec.autoencoder import Autoencoder, Epoch, Network, Schedule
from photosort.dec.dec import (
    DivergedError,
    Ints,
    Refinement,
    Round,
    Target,
    refine,
    target_distribution,
)
from photosort.dec.estimator import checked, count_distinct, kmeans
from photosort.dec.training import Adam, Floats
from photosort.grouping.confidence import UNSURE, confidence
from photosort.grouping.count import MOST, choose_count
from photosort.grouping.graph import (
    REFERENCES,
    Sparse,
    balanced,
    modularity,
    neighbourhood_means,
    neighbours,
    unit,
    walked,
)
from photosort.grouping.pretrained import Pretrained

OnProgress = Callable[[str, int, int], None]  # stage, done, total

BATCH = 128
FINE_TUNING_STEPS = 150  # of a batch each, whatever the album's size: seconds on two cores
FINE_TUNING = Schedule(Adam(), epochs=1, batch_size=BATCH, cosine=True, angles=30.0)
REFINEMENT = Refinement(rule=Adam(1e-4), batch_size=BATCH, max_steps=200, tol=2e-3)
# Degrees of freedom: the code's size less one (van der Maaten 2009) is better where groups are of
# much the same size, the paper's 1 where they are not.
ALPHAS = (9.0, 1.0)
STRAYED = "strayed from its start"
WALK = 0.8  # share of the walk over neighbours that goes on before it becomes DEC's target


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of photos, numbered from 0 for the largest; -1 is what `set_aside` found."""

    labels: Ints  # (n,)
    confidence: npt.NDArray[np.float32]  # (n,), 0 to 1, see confidence.py
    stop_reason: str
    n_iter: int
    notes: tuple[str, ...] = ()  # one-line remarks for the user


def group_features(
    features: npt.ArrayLike,
    *,
    clusters: int | None = None,
    bounds: tuple[int, int] = (1, MOST),
    seed: int = 0,
    start: Pretrained | None = None,
    on_progress: OnProgress | None = None,
) -> Grouping:
    """Group the photos that `features` (n, d) describe.

    `clusters` is chosen within `bounds` when None. `start` is what was learned from other photos'
    features; without it all is learned here. Fewer distinct photos than clusters give as many
    groups as there are distinct ones, with a note.
    Raises PhotosortError for features that are not finite.
    """
    tell = on_progress or _silence
    x = checked(features)
    tell("Comparing photos", 0, 1)
    seen = centred(x, start)
    notes = []
    if clusters is None:
        tell("Counting groups", 0, 1)
        clusters = choose_count(seen, *bounds, seed=seed)
        notes.append(f"{clusters} clusters chosen; --clusters sets another number")
    if count_distinct(seen, up_to=clusters) < clusters:
        distinct, copies = np.unique(seen, axis=0, return_inverse=True)
        notes.append(
            f"{len(x)} photos, but only {len(distinct)} differ: that makes {len(distinct)} "
            f"clusters, not {clusters}"
        )
        return _numbered(copies.reshape(-1), np.ones(len(x)), "no more to tell apart", 0, notes)
    if clusters == 1:
        one = np.zeros(len(x), np.int64)
        return _numbered(one, np.ones(len(x)), "one cluster", 0, notes)
    fitted = _fit(seen, clusters, seed, start, tell)
    if (told_apart := len(np.unique(fitted.labels))) < clusters:
        notes.append(f"only {told_apart} clusters can be told apart, not {clusters}")
    if fitted.stop_reason == STRAYED:
        notes.append("DEC moved photos away from their neighbours: groups are as it began with")
    if fitted.reseeded:
        notes.append(f"clusters ran empty {fitted.reseeded} times and were given new centers")
    sure = confidence(seen, fitted.labels, seed=seed)
    return _numbered(fitted.labels, sure, fitted.stop_reason, fitted.n_iter, notes)


def set_aside(grouping: Grouping) -> Grouping:
    """Give the photos that belong nowhere the label -1; the others are numbered from 0 anew."""
    unsure = grouping.confidence < UNSURE
    if not unsure.any():
        return grouping
    if unsure.all():
        note = "every photo is unsure of its cluster: none went to misc"
        return replace(grouping, notes=(*grouping.notes, note))
    labels = np.full(len(unsure), -1)
    sure = ~unsure
    rest = _numbered(grouping.labels[sure], grouping.confidence[sure], "", 0, [])
    labels[sure] = rest.labels
    return replace(grouping, labels=labels)


def centred(features: Floats, start: Pretrained | None = None) -> Floats:
    """Give unit rows (n, m): the unit-length `features` (n, d), centred on the album, projected.

    What all photos of an album share says nothing about its groups.
    """
    rows = unit(features)
    if len(rows) > 1:
        rows = rows - rows.mean(axis=0)
    return unit(rows if start is None else rows @ start.projection)


def scaled(rows: Floats) -> Floats:
    """Centre unit rows (n, m) again, then give them the length sqrt(m).

    That makes an entry's variance about 1, as the autoencoder's initial weights expect.
    """
    result: Floats = centred(rows) * np.float32(np.sqrt(rows.shape[1]))
    return result


def surroundings(seen: Floats, graph: Sparse | None = None, *, seed: int = 0) -> Floats:
    """Give what the autoencoder is given: unit rows `seen` (n, m) drawn to neighbours, scaled.

    `graph` is that of the neighbours, where it is known already.
    """
    return scaled(neighbourhood_means(seen, graph, seed=seed))


def fitted_autoencoder(
    rows: Floats,
    start: Pretrained | None = None,
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Autoencoder:
    """Train an autoencoder on an album's `rows` (n, m), scaled; from `start` where there is one."""
    tell = on_progress or _silence
    steps_per_epoch = -(-len(rows) // BATCH)
    schedule = replace(FINE_TUNING, epochs=max(1, FINE_TUNING_STEPS // steps_per_epoch))

    def on_epoch(epoch: Epoch) -> None:
        tell("Fine-tuning", epoch.number, epoch.of)

    if start is None:
        autoencoder = Autoencoder(Network(rows.shape[1]), seed=seed)
    else:
        autoencoder = start.autoencoder.copy()
    autoencoder.fit(rows, schedule, seed=seed, on_epoch=on_epoch)
    return autoencoder


def _silence(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


class _Found(NamedTuple):
    """Labels (n,) and how they were come by."""

    labels: Ints
    stop_reason: str
    n_iter: int
    reseeded: int = 0


def _fit(
    seen: Floats, clusters: int, seed: int, start: Pretrained | None, tell: OnProgress
) -> _Found:
    """Refine by DEC what k-means finds in unit rows `seen` (n, m) drawn to their neighbours.

    DEC is tried with each of `ALPHAS`; which result is kept, or the start, the graph of neighbours
    decides.
    """
    many = len(seen) > REFERENCES  # too many for a graph, and for k-means on more than codes
    graph = None if many else balanced(neighbours(seen, seen))
    rows = surroundings(seen, graph, seed=seed)
    autoencoder = fitted_autoencoder(rows, start, seed=seed, on_progress=tell)
    codes = autoencoder.encode(rows)
    labels = _first_labels(codes if many else rows, seen, clusters, seed)
    clusters = int(labels.max()) + 1
    centers = np.stack([codes[labels == label].mean(axis=0) for label in range(clusters)])
    trials = (
        [REFINEMENT]
        if graph is None
        else [replace(REFINEMENT, alpha=alpha, target=neighbourly(graph)) for alpha in ALPHAS]
    )
    found = [_Found(labels, STRAYED, 0)]
    for number, options in enumerate(trials):

        def on_round(now: Round, before: int = number * REFINEMENT.max_steps) -> None:
            tell("Clustering", before + now.step, len(trials) * now.max_steps)

        try:
            end = refine(autoencoder.copy(), rows, centers, options, seed=seed, on_round=on_round)
        except DivergedError:  # has strayed as far as can be
            continue
        if len(np.unique(end.labels)) == clusters:
            found.append(_Found(end.labels, end.stop_reason, end.n_iter, end.reseeded))
    if graph is None:
        return found[-1]
    return max(found[::-1], key=lambda one: modularity(graph, one.labels))


def _first_labels(rows: Floats, seen: Floats, clusters: int, seed: int) -> Ints:
    """Group by k-means `rows` (n, m), or `seen` where neighbours have made too many rows equal.

    There are fewer than `clusters` only where photos differ by rounding errors.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    labels = np.zeros(len(rows), np.int64)
    for x in (rows, seen):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # that it found fewer: seen to here
            _, found = kmeans(x, clusters, seed=seed, n_init=_starts(len(x)))
        labels = np.unique(found, return_inverse=True)[1].reshape(-1)
        if labels.max() + 1 == clusters:
            break
    return labels


def neighbourly(graph: Sparse) -> Target:
    """Return DEC's target from what each photo and its surroundings in `graph` (n, n) believe."""

    def target(q: Floats) -> Floats:
        return target_distribution(walked(graph, q, WALK))

    return target


def _starts(n_rows: int) -> int:
    """Return how often k-means starts: small albums have many poor optima and pay little."""
    return int(np.clip(50_000 // n_rows, 5, 50))


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
