"""Groups that learn from the user: photos like those that were put elsewhere go along with them.

A ridge regression on the groups as they are, corrected photos counting several times, says where
each photo belongs (self-training: its answers are what it is fitted to next). It is measured with
other ways in BENCHMARKS.md, "Corrections".
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from photosort.counts import counted
from photosort.dec.arrays import Floats, Ints
from photosort.grouping.confidence import confidence
from photosort.grouping.graph import (
    group_sums,
    l2_normalise,
    neighbour_adjacency,
    reference_rows,
    smooth_features,
)
from photosort.grouping.groups import Grouping, numbered
from photosort.grouping.pretrained import Pretrained
from photosort.grouping.rows import Rows, Stored

# The constants were chosen on the labelled albums of ../shared.
WEIGHT = 5.0  # of a corrected photo; the others of its group count 1
RIDGE = 5.0  # added to the diagonal of the covariance
MOST_BALANCE = 5.0  # small groups count as much as large ones, up to this factor
ROUNDS = 3  # of the regression
CLAIMS = 5  # rounds of k-means in which new groups take their photos
MOST_CUT = 0.2  # normalised cut of what a new group takes of another: more, and none goes along
MOST_PICKED = 0.5  # unless the user put most of the photos there, as merge and split do: judgement


def learn(
    grouping: Grouping,
    features: npt.ArrayLike | Stored,
    wanted: Ints,
    pretrained: Pretrained | None = None,
    *,
    seed: int = 0,
) -> Grouping:
    """Put photos with `features` (n, d) where `wanted` (n,) says, and those like them.

    `wanted` is the group of a corrected photo, which may be a new one, and -1 for the others.
    """
    rows = Rows(features, pretrained).whole()
    labels = follow(rows, smooth_features(rows, seed=seed), grouping.labels, wanted)
    free = wanted < 0
    count = int((labels != grouping.labels)[free].sum())
    found = numbered(
        labels, confidence(rows, labels, seed=seed), grouping.stop_reason, grouping.n_iter, []
    )
    note = f"{counted(count, 'photo')} went along with those that you corrected"
    return replace(found, notes=(*grouping.notes, *((note,) if count else ())))


def follow(rows: Floats, smooth: Floats, labels: Ints, wanted: Ints) -> Ints:
    """Return groups (n,) in which corrected photos are where they are `wanted`.

    `rows` and `smooth` (n, m) are unit rows, before and after smoothing. A photo that was not
    corrected stays in its group, or goes from there where a corrected photo went from there.
    """
    corrected = wanted >= 0
    groups = int(max(labels.max(), wanted.max())) + 1
    way = np.eye(groups, dtype=bool)  # from, to
    way[labels[corrected], wanted[corrected]] = True
    allowed = way[labels]  # (n, groups)
    allowed[corrected] = np.arange(groups) == wanted[corrected, None]
    current = np.where(corrected, wanted, labels)
    new = np.arange(groups) > labels.max()
    if new.any():
        current = _claim(smooth, current, allowed, new)
        for was, group in np.argwhere(way & new):
            among = np.flatnonzero(labels == was)
            few = bool(len(among)) and corrected[among].mean() < MOST_PICKED
            if few and normalised_cut(rows[among], current[among] == group) > MOST_CUT:
                allowed[among[~corrected[among]], group] = False
        current = np.where(allowed[np.arange(len(labels)), current], current, labels)
    both = np.hstack([rows, smooth])
    for _ in range(ROUNDS):
        current = _best(_regress(both, current, corrected, groups), allowed)
    return current


def _claim(
    smooth: Floats, labels: Ints, allowed: npt.NDArray[np.bool_], new: npt.NDArray[np.bool_]
) -> Ints:
    """Let the groups that are `new` take their photos: k-means in which the others keep theirs."""
    for _ in range(CLAIMS):
        centers = l2_normalise(group_sums(smooth, labels, len(new)))
        best = _best(smooth @ centers.T, allowed)
        labels = np.where(new[best] | new[labels], best, labels)
    return labels


def normalised_cut(rows: Floats, part: npt.NDArray[np.bool_]) -> float:
    """Return the normalised cut of a part of unit `rows` (n, m) in the graph of neighbours: 0 to 2.

    Shi and Malik 2000, "Normalized cuts and image segmentation". It is high where photos were
    picked that have nothing in common but the pick (BENCHMARKS.md, "Corrections"). Above 20,000
    rows, it is that of 20,000 random ones.
    """
    sample = reference_rows(len(rows), 0)
    rows, part = rows[sample], part[sample]
    if part.all() or not part.any():
        return 0.0
    graph = neighbour_adjacency(rows)
    inside = np.asarray(graph[part].sum(axis=0)).reshape(-1)  # weight from the part to each photo
    cut = inside[~part].sum()
    whole, rest = inside.sum(), np.asarray(graph[~part].sum()).sum()
    return float(cut / max(whole, 1e-9) + cut / max(rest, 1e-9))


def _best(scores: Floats, allowed: npt.NDArray[np.bool_]) -> Ints:
    best: Ints = np.where(allowed, scores, -np.inf).argmax(axis=1)
    return best


def _regress(x: Floats, labels: Ints, corrected: npt.NDArray[np.bool_], groups: int) -> Floats:
    """Predict groups (n, groups) from `x` (n, m) by weighted ridge regression on `labels` (n,)."""
    sizes = np.bincount(labels, minlength=groups)
    balance = np.minimum(len(labels) / groups / np.maximum(sizes, 1), MOST_BALANCE)
    weights = (balance[labels] * np.where(corrected, WEIGHT, 1.0)).astype(np.float32)
    weighted = x * weights[:, None]
    targets = (labels[:, None] == np.arange(groups)) - np.float32(1 / groups)
    covariance = (weighted.T @ x).astype(np.float64) + RIDGE * np.eye(x.shape[1])
    scores: Floats = x @ np.linalg.solve(covariance, weighted.T @ targets).astype(np.float32)
    return scores
