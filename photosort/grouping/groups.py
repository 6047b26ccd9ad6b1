"""What `organize` runs: features of an album in, numbered groups out.

1. Features get unit length, are centred on the album and projected (pretrained.py).
2. Personalised PageRank averages them over their nearest neighbours (graph.py).
3. Three partitions are made of these rows; one is chosen (partition.py).
4. The pretrained encoder is fine-tuned on the rows. The mean codes of the groups are DEC's first
   centers.
5. DEC refines the groups. Its target is computed from memberships that were averaged over
   neighbours too. The groups it began with are kept where it left one empty or made the mean
   silhouette lower.

Above 20,000 photos this is done with a random 20,000; each other photo joins the group that weighs
most among its nearest neighbours of those.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from photosort.counts import counted
from photosort.dec.arrays import Floats, Ints
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import DivergedError, Refinement, Target, TargetUpdate, refine
from photosort.dec.network import Network
from photosort.dec.schedule import Epoch, Schedule
from photosort.dec.training import Adam, tensorflow
from photosort.grouping.confidence import LOW_CONFIDENCE, confidence, follow_references
from photosort.grouping.count import MAX_GROUPS, choose_count
from photosort.grouping.graph import (
    Sparse,
    group_sums,
    l2_normalise,
    neighbour_graph,
    normalised_adjacency,
    personalised_pagerank,
    reference_rows,
)
from photosort.grouping.partition import (
    first_groups,
    kmeans_labels,
    partitions,
    principal_components,
    principal_rows,
    silhouette,
)
from photosort.grouping.pretrained import Pretrained
from photosort.grouping.rows import Rows, Stored, copies, encoder_input
from photosort.grouping.threads import one_thread

OnProgress = Callable[[str, int, int], None]  # stage, done, total

# The constants were chosen on the labelled albums of ../shared (BENCHMARKS.md, "Groups").
BATCH_SIZE = 128
FINE_TUNING_STEPS = 75  # whatever the album's size: a second or two
TRAINING_STEPS = 150  # of an autoencoder that was not pretrained, with its decoder
FINE_TUNING = Schedule(
    Adam(),
    epochs=1,
    batch_size=BATCH_SIZE,
    cosine_decay=True,
    strain_weight=30.0,
    encoder_only=True,  # DEC has no use for the decoder
)
REFINEMENT = Refinement(optimizer=Adam(1e-4), batch_size=BATCH_SIZE, max_iter=200, tol=2e-3)
LEAST_EPOCHS = 2  # of DEC, where 200 steps are fewer
TARGET_DAMPING = 0.8  # of the memberships before they become DEC's target
START_KEPT = "start kept"  # stop reason


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of photos, numbered from 0 for the largest; -1 are those that `set_aside` took out."""

    labels: Ints  # (n,)
    confidence: Floats  # (n,), 0 to 1, see confidence.py
    stop_reason: str
    n_iter: int
    notes: tuple[str, ...] = ()  # one-line remarks for the user


def group_features(
    features: npt.ArrayLike | Stored,
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
    report("Comparing photos", 0, 1)
    rows = Rows(features, pretrained)
    some = reference_rows(len(rows), seed)
    among = rows[some]
    notes = []
    if clusters is None:
        report("Counting groups", 0, 1)
        clusters, note = _chosen_count(among, bounds, seed)
        notes.append(note)
    if (same := copies(rows, up_to=clusters)) is not None:
        distinct = int(same.max()) + 1
        notes.append(
            f"{counted(len(rows), 'photo')}, but only {counted(distinct, 'different one')}: "
            f"that makes {counted(distinct, 'cluster')}, not {clusters}"
        )
        return numbered(same, np.ones(len(rows)), "no more to tell apart", 0, notes)
    if clusters == 1:
        one = np.zeros(len(rows), np.int64)
        return numbered(one, np.ones(len(rows)), "one cluster", 0, notes)
    neighbours = neighbour_graph(among, among, np.arange(len(among)))
    result = _fit(among, neighbours, clusters, seed, pretrained, report)
    labels, votes = follow_references(rows, some, neighbours, result.labels, among)
    notes += _remarks(result, len(np.unique(labels)), clusters)
    certainty = confidence(rows, labels, votes)
    return numbered(labels, certainty, result.stop_reason, result.n_iter, notes)


def _chosen_count(rows: Floats, bounds: tuple[int, int], seed: int) -> tuple[int, str]:
    """Choose the number of clusters of unit `rows` (n, m), and note it with another choice."""
    with one_thread():
        clusters, other = choose_count(rows, *bounds, seed=seed)
    chosen = counted(clusters, "cluster")
    instead = "photosort organize --clusters sets another number"
    if other is not None:
        instead = f"photosort organize --clusters {other} is the next best number"
    return clusters, f"{chosen} chosen; {instead}"


def set_aside(grouping: Grouping) -> Grouping:
    """Give photos of low confidence the label -1; the others are numbered from 0 anew."""
    low = grouping.confidence < LOW_CONFIDENCE
    if not low.any():
        return grouping
    if low.all():
        note = "every photo is unsure of its cluster: none went to misc"
        return replace(grouping, notes=(*grouping.notes, note))
    labels = np.full(len(low), -1)
    rest = numbered(grouping.labels[~low], grouping.confidence[~low], "", 0, [])
    labels[~low] = rest.labels
    return replace(grouping, labels=labels)


@contextlib.contextmanager
def loaded_meanwhile(pretrained: Pretrained | None) -> Iterator[None]:
    """Import TensorFlow and read the autoencoder in a thread, while something else is computed.

    Both take seconds. They are waited for at the end, and an error in the thread is raised there.
    """
    import sklearn.cluster  # noqa: F401 - first, as Keras imports it too, in the other thread

    with ThreadPoolExecutor(1) as thread:
        loading = thread.submit(tensorflow if pretrained is None else pretrained.load_autoencoder)
        yield
        loading.result()


def fine_tune(
    x: Floats,
    pretrained: Pretrained | None = None,
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Autoencoder:
    """Train an autoencoder on an album's `encoder_input` (n, m), the pretrained one if given."""
    report = on_progress or _no_report
    epoch = -(-len(x) // BATCH_SIZE)  # steps
    if pretrained is None:
        schedule = replace(FINE_TUNING, epochs=max(1, TRAINING_STEPS // epoch), encoder_only=False)
    else:
        schedule = replace(FINE_TUNING, epochs=max(1, FINE_TUNING_STEPS // epoch))

    def on_epoch(epoch: Epoch) -> None:
        report("Fine-tuning", epoch.number, epoch.total)

    if pretrained is None:
        autoencoder = Autoencoder(Network(x.shape[1]), seed=seed)
    else:
        autoencoder = pretrained.autoencoder.copy()
    autoencoder.fit(x, schedule, seed=seed, on_epoch=on_epoch)
    return autoencoder


def propagated_target(graph: Sparse) -> Target:
    """Return a target for DEC: the rows of q², scaled to sum to 1 and averaged over `graph` (n, n).

    The paper's target (eq. 3) divides by the sizes of clusters, which evens them out; the groups of
    albums are of unequal size.
    """

    def target(q: Floats) -> Floats:
        sharp = q**2 / np.maximum((q**2).sum(axis=1, keepdims=True), np.finfo(q.dtype).tiny)
        spread = personalised_pagerank(graph, sharp, TARGET_DAMPING)
        result: Floats = spread / np.maximum(spread.sum(axis=1, keepdims=True), 1e-30)
        return result

    return target


def _no_report(_stage: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class _Result:
    """Labels (n,), and how refinement ended; a `note` says why its labels were not used."""

    labels: Ints
    stop_reason: str
    n_iter: int
    reseeded: int = 0
    note: str | None = None


def _remarks(result: _Result, found: int, clusters: int) -> list[str]:
    """Note what went otherwise than asked for, with `found` groups instead of `clusters`."""
    notes = []
    if found < clusters:
        notes.append(f"only {counted(found, 'cluster')} can be told apart, not {clusters}")
    if result.note is not None:
        notes.append(result.note)
    if result.reseeded:
        times = counted(result.reseeded, "time")
        notes.append(f"clusters ran empty {times} and were given new centers")
    return notes


def _fit(
    rows: Floats,
    neighbours: Sparse,
    clusters: int,
    seed: int,
    pretrained: Pretrained | None,
    report: OnProgress,
) -> _Result:
    """Group unit rows (n, m) with their graph (n, n): one of three partitions, then DEC."""
    # In this order: threads are limited before the other thread loads libraries, not meanwhile.
    with one_thread(len(rows)), loaded_meanwhile(pretrained):
        graph = normalised_adjacency(neighbours)
        x = encoder_input(rows, graph)
        smooth = l2_normalise(x)
        components = principal_components(smooth, clusters)
        principal = principal_rows(components, clusters)
        found = partitions(smooth, components, clusters, seed=seed)
        if max(labels.max() for labels in found) + 1 < clusters:
            # Smoothing has made too many rows equal.
            found.append(kmeans_labels(rows, clusters, seed=seed))
        start = first_groups(principal, found)
    autoencoder = fine_tune(x, pretrained, seed=seed, on_progress=report)
    centers = mean_rows(autoencoder.encode(x), start)
    options = refinement(graph)

    def on_update(update: TargetUpdate) -> None:
        report("Clustering", update.step, options.max_iter)

    try:
        end = refine(autoencoder, x, centers, options, seed=seed, on_update=on_update)
    except DivergedError:
        return _kept(start, "DEC diverged")
    if better_of(start, end.labels, principal) is start:
        if len(np.unique(end.labels)) < len(centers):
            return _kept(start, "DEC left clusters empty")
        return _Result(start, START_KEPT, end.n_iter)
    return _Result(end.labels, end.stop_reason, end.n_iter, end.reseeded)


def refinement(graph: Sparse) -> Refinement:
    """Return how DEC is run on the album whose graph of neighbours is `graph` (n, n)."""
    epoch = -(-graph.shape[0] // REFINEMENT.batch_size)
    steps = max(REFINEMENT.max_iter, LEAST_EPOCHS * epoch)
    return replace(REFINEMENT, max_iter=steps, target=propagated_target(graph))


def better_of(start: Ints, refined: Ints, principal: Floats) -> Ints:
    """Return DEC's labels, `refined` (n,), or those it began with, `start`, where these are better.

    They are where DEC left a group empty, or lowered the mean silhouette of the `principal` rows
    (n, d).
    """
    if len(np.unique(refined)) < len(np.unique(start)):
        return start
    before, after = (silhouette(principal, labels) for labels in (start, refined))
    return refined if after >= before else start


def mean_rows(x: Floats, labels: Ints) -> Floats:
    """Return the mean of the rows `x` (n, m) of each label, from 0: (clusters, m)."""
    sizes = np.bincount(labels)
    means = group_sums(x, labels, len(sizes)) / sizes[:, None]
    return means.astype(np.float32)


def _kept(labels: Ints, why: str) -> _Result:
    return _Result(labels, START_KEPT, 0, note=f"the groups DEC began with were kept: {why}")


def numbered(
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
