"""What `organize` runs: features of an album in, numbered groups out.

1. Features get unit length, are centred on the album and projected (pretrained.py).
2. Personalised PageRank averages them over their nearest neighbours (graph.py).
3. The pretrained autoencoder is fine-tuned on these rows.
4. K-means on the rows gives the first groups, whose mean codes are DEC's first centers.
5. DEC refines them. Its target is computed from memberships that were averaged over neighbours too.

DEC tends to groups of equal size, more or less so with its kernel. The modularity of the graph of
neighbours chooses among the results of two kernels and the groups of k-means.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from photosort.counts import counted
from photosort.dec.arrays import Floats, Ints
from photosort.dec.autoencoder import Autoencoder, Epoch, Schedule
from photosort.dec.dec import (
    DivergedError,
    Refinement,
    Target,
    TargetUpdate,
    refine,
    target_distribution,
)
from photosort.dec.estimator import check_rows, count_distinct, kmeans
from photosort.dec.network import Network
from photosort.dec.training import Adam
from photosort.grouping.confidence import LOW_CONFIDENCE, confidence
from photosort.grouping.count import MAX_GROUPS, choose_count
from photosort.grouping.graph import (
    REFERENCES,
    Sparse,
    l2_normalise,
    modularity,
    neighbour_adjacency,
    propagate_memberships,
    smooth_features,
)
from photosort.grouping.pretrained import Pretrained

OnProgress = Callable[[str, int, int], None]  # stage, done, total

# The constants were chosen on the labelled albums of ../shared (BENCHMARKS.md, "Groups").
BATCH_SIZE = 128
FINE_TUNING_STEPS = 150  # whatever the album's size: seconds on two cores
FINE_TUNING = Schedule(
    Adam(), epochs=1, batch_size=BATCH_SIZE, cosine_decay=True, strain_weight=30.0
)
REFINEMENT = Refinement(optimizer=Adam(1e-4), batch_size=BATCH_SIZE, max_iter=200, tol=2e-3)
# Degrees of freedom of DEC's kernel: the code's size less one (van der Maaten 2009) is better for
# groups of equal size, the paper's 1 for groups of unequal size.
ALPHAS = (9.0, 1.0)
TARGET_DAMPING = 0.8  # of the memberships before they become DEC's target
KMEANS_KEPT = "k-means kept"  # stop reason


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of photos, numbered from 0 for the largest; -1 are those that `set_aside` took out."""

    labels: Ints  # (n,)
    confidence: Floats  # (n,), 0 to 1, see confidence.py
    stop_reason: str
    n_iter: int
    notes: tuple[str, ...] = ()  # one-line remarks for the user


def group_features(
    features: npt.ArrayLike,
    *,
    clusters: int | None = None,
    bounds: tuple[int, int] = (1, MAX_GROUPS),
    seed: int = 0,
    pretrained: Pretrained | None = None,
    on_progress: OnProgress | None = None,
) -> Grouping:
    """Group the photos that `features` (n, d) describe.

    `clusters` is chosen within `bounds` when None. Without `pretrained` there is no projection, and
    the autoencoder is trained on this album alone. Fewer distinct photos than clusters give as many
    groups as there are distinct ones, with a note.
    Raises PhotosortError for features that are not finite.
    """
    report = on_progress or _no_report
    x = check_rows(features)
    report("Comparing photos", 0, 1)
    rows = centre_features(x, pretrained)
    notes = []
    if clusters is None:
        report("Counting groups", 0, 1)
        clusters = choose_count(rows, *bounds, seed=seed)
        chosen = counted(clusters, "cluster")
        notes.append(f"{chosen} chosen; photosort organize --clusters sets another number")
    if count_distinct(rows, up_to=clusters) < clusters:
        distinct, copies = np.unique(rows, axis=0, return_inverse=True)
        notes.append(
            f"{counted(len(x), 'photo')}, but only {counted(len(distinct), 'different one')}: "
            f"that makes {counted(len(distinct), 'cluster')}, not {clusters}"
        )
        return _numbered(copies.reshape(-1), np.ones(len(x)), "no more to tell apart", 0, notes)
    if clusters == 1:
        one = np.zeros(len(x), np.int64)
        return _numbered(one, np.ones(len(x)), "one cluster", 0, notes)
    result = _fit(rows, clusters, seed, pretrained, report)
    if (found := len(np.unique(result.labels))) < clusters:
        notes.append(f"only {counted(found, 'cluster')} can be told apart, not {clusters}")
    if result.note is not None:
        notes.append(result.note)
    if result.reseeded:
        times = counted(result.reseeded, "time")
        notes.append(f"clusters ran empty {times} and were given new centers")
    certainty = confidence(rows, result.labels, seed=seed)
    return _numbered(result.labels, certainty, result.stop_reason, result.n_iter, notes)


def set_aside(grouping: Grouping) -> Grouping:
    """Give photos of low confidence the label -1; the others are numbered from 0 anew."""
    low = grouping.confidence < LOW_CONFIDENCE
    if not low.any():
        return grouping
    if low.all():
        note = "every photo is unsure of its cluster: none went to misc"
        return replace(grouping, notes=(*grouping.notes, note))
    labels = np.full(len(low), -1)
    rest = _numbered(grouping.labels[~low], grouping.confidence[~low], "", 0, [])
    labels[~low] = rest.labels
    return replace(grouping, labels=labels)


def centre_features(features: Floats, pretrained: Pretrained | None = None) -> Floats:
    """Return unit rows (n, m): the unit-length `features` (n, d), centred on the album, projected.

    What all photos of an album have in common says nothing about its groups.
    """
    rows = l2_normalise(features)
    if len(rows) > 1:
        rows = rows - rows.mean(axis=0)
    return l2_normalise(rows if pretrained is None else rows @ pretrained.projection)


def scale_rows(rows: Floats) -> Floats:
    """Centre unit rows (n, m) again, and give them the length √m.

    That makes the variance of an entry about 1, as the autoencoder's initial weights expect.
    """
    result: Floats = centre_features(rows) * np.float32(np.sqrt(rows.shape[1]))
    return result


def encoder_input(rows: Floats, graph: Sparse | None = None, *, seed: int = 0) -> Floats:
    """Return what the autoencoder is given: unit rows (n, m) smoothed over neighbours, scaled.

    `graph` is that of the neighbours, where it is known already.
    """
    return scale_rows(smooth_features(rows, graph, seed=seed))


def fine_tune(
    x: Floats,
    pretrained: Pretrained | None = None,
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Autoencoder:
    """Train an autoencoder on an album's `encoder_input` (n, m), the pretrained one if given."""
    report = on_progress or _no_report
    steps_per_epoch = -(-len(x) // BATCH_SIZE)
    schedule = replace(FINE_TUNING, epochs=max(1, FINE_TUNING_STEPS // steps_per_epoch))

    def on_epoch(epoch: Epoch) -> None:
        report("Fine-tuning", epoch.number, epoch.total)

    if pretrained is None:
        autoencoder = Autoencoder(Network(x.shape[1]), seed=seed)
    else:
        autoencoder = pretrained.autoencoder.copy()
    autoencoder.fit(x, schedule, seed=seed, on_epoch=on_epoch)
    return autoencoder


def propagated_target(graph: Sparse) -> Target:
    """Return a target for DEC: that of memberships averaged over `graph` (n, n)."""

    def target(q: Floats) -> Floats:
        return target_distribution(propagate_memberships(graph, q, TARGET_DAMPING))

    return target


def _no_report(_stage: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class _Result:
    """Labels (n,), and how refinement ended; `note` says why it was not used."""

    labels: Ints
    stop_reason: str
    n_iter: int
    reseeded: int = 0
    note: str | None = None


def _fit(
    rows: Floats, clusters: int, seed: int, pretrained: Pretrained | None, report: OnProgress
) -> _Result:
    """Group unit rows (n, m): k-means, then DEC with each of `ALPHAS`; the best by modularity.

    Above 20,000 rows there is no graph of all: DEC runs once, with the paper's target.
    """
    many = len(rows) > REFERENCES
    graph = None if many else neighbour_adjacency(rows)
    x = encoder_input(rows, graph, seed=seed)
    autoencoder = fine_tune(x, pretrained, seed=seed, on_progress=report)
    codes = autoencoder.encode(x)
    # Many rows are clustered by their codes, which are 50 times narrower.
    labels = _initial_labels(codes if many else x, rows, clusters, seed)
    centers = np.stack([codes[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    trials = (
        [REFINEMENT]
        if graph is None
        else [replace(REFINEMENT, alpha=alpha, target=propagated_target(graph)) for alpha in ALPHAS]
    )
    results, failures = _refine_each(trials, autoencoder, x, centers, seed, report)
    if graph is None and results:
        return results[0]
    if results:
        best = max(results[::-1], key=lambda result: modularity(graph, result.labels))
        if modularity(graph, best.labels) >= modularity(graph, labels):
            return best
        failures.append("refinement lowered the modularity")
    note = f"the k-means groups were kept: {', '.join(dict.fromkeys(failures))}"
    return _Result(labels, KMEANS_KEPT, 0, note=note)


def _refine_each(
    trials: list[Refinement],
    autoencoder: Autoencoder,
    x: Floats,
    centers: Floats,
    seed: int,
    report: OnProgress,
) -> tuple[list[_Result], list[str]]:
    """Run DEC with each of `trials`: the usable results, and why the others are not."""
    results, failures = [], []
    total = sum(options.max_iter for options in trials)
    for number, options in enumerate(trials):

        def on_update(update: TargetUpdate, before: int = number * REFINEMENT.max_iter) -> None:
            report("Clustering", before + update.step, total)

        try:
            end = refine(autoencoder.copy(), x, centers, options, seed=seed, on_update=on_update)
        except DivergedError:
            failures.append("refinement diverged")
            continue
        if len(np.unique(end.labels)) < len(centers):
            failures.append("refinement left clusters empty")
        else:
            results.append(_Result(end.labels, end.stop_reason, end.n_iter, end.reseeded))
    return results, failures


def _initial_labels(x: Floats, rows: Floats, clusters: int, seed: int) -> Ints:
    """Group `x` (n, m) by k-means, or `rows` where smoothing has made too many of `x` equal.

    There are fewer than `clusters` only where photos differ by rounding errors.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    labels: Ints = np.zeros(len(x), np.int64)
    for table in (x, rows):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer clusters: checked here
            _, found = kmeans(table, clusters, seed=seed, n_init=_n_init(len(table)))
        labels = np.unique(found, return_inverse=True)[1].reshape(-1)
        if labels.max() + 1 == clusters:
            break
    return labels


def _n_init(n_rows: int) -> int:
    """Return the number of k-means initializations: small albums need more of them and pay less."""
    return int(np.clip(50_000 // n_rows, 5, 50))


def _numbered(
    labels: Ints,
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
