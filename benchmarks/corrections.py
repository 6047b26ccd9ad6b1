"""What ten corrections teach: NMI of the photos nobody touched, before and after organizing anew.

    python benchmarks/corrections.py ALBUMS [--seeds 3] [--count 10] [--model lite2] [--draws 2]

An album is a folder whose sub-folders are the classes of its photos. It is grouped, with the true
number of classes and with the number that is chosen. Of the photos that are not of the class that
most photos of their cluster are of, ten are drawn and put into the cluster that most photos of
their class are the majority of ("move"), or, with "move and new", those of a class that is the
majority nowhere into a new cluster of it. Then it is grouped again: with the corrected photos held
in their places and nothing learned ("held"), by smoothing memberships over the graph of neighbours
from the corrected photos ("propagated"), and as organize does ("learned"). Draws are repeated.

With --dec there are three more columns: DEC runs again from the groups with the ten in their
places, where they count in its target as the user put them ("target"); on a graph in which they are
joined to the ten most similar photos of their new group and no longer to those of the old one
("graph"); both.

A second table is of three photos that are put into a new cluster: of one of two similar clusters
that were made one, how many of its photos go along and how many of those that do are its own; and
of three photos of a cluster's own class, which have nothing in common but the pick, how much of the
cluster goes along.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from photosort import report
from photosort.bench.datasets import Dataset
from photosort.commands import compare
from photosort.dec.arrays import Floats, Ints
from photosort.grouping.corrections import WEIGHT, follow
from photosort.grouping.graph import (
    DAMPING,
    Sparse,
    l2_normalise,
    neighbour_adjacency,
    neighbour_graph,
    normalised_adjacency,
    personalised_pagerank,
    smooth_features,
)
from photosort.grouping.groups import (
    TARGET_DAMPING,
    fine_tune,
    group_features,
    mean_rows,
    refine,
    refinement,
)
from photosort.grouping.rows import centre_features, encoder_input

Learner = Callable[[Floats, Ints, Ints], Ints]  # rows, labels, wanted -> labels


def held(_rows: Floats, labels: Ints, wanted: Ints) -> Ints:
    """Put corrected photos where they belong, and nothing else."""
    return np.where(wanted >= 0, wanted, labels)


def propagated(rows: Floats, labels: Ints, wanted: Ints) -> Ints:
    """Propagate the groups over the graph of neighbours, corrected photos with their weight."""
    groups = int(max(labels.max(), wanted.max())) + 1
    start = np.eye(groups, dtype=np.float32)[held(rows, labels, wanted)]
    start[wanted >= 0] *= WEIGHT
    spread = personalised_pagerank(neighbour_adjacency(rows), start, DAMPING)
    return held(rows, spread.argmax(axis=1), wanted)


def learned(rows: Floats, labels: Ints, wanted: Ints) -> Ints:
    """Learn as organize does."""
    return follow(rows, smooth_features(rows), labels, wanted)


LEARNERS: dict[str, Learner] = {"held": held, "propagated": propagated, "learned": learned}
#: What --dec adds: whether DEC's target knows the corrected photos, and whether its graph does.
BY_DEC = {"target": (True, False), "graph": (False, True), "both": (True, True)}
LINKS = 10  # photos of the new group that a corrected photo is joined to


def linked(rows: Floats, labels: Ints, wanted: Ints) -> Sparse:
    """Join each corrected photo to its new group and part it from its old one: graph (n, n)."""
    from scipy.sparse import csr_array

    graph = neighbour_graph(rows, rows, np.arange(len(rows))).tolil()
    now = np.where(wanted >= 0, wanted, labels)
    for row in np.flatnonzero(wanted >= 0):
        edges = dict(zip(graph.rows[row], graph.data[row], strict=True))
        edges = {end: weight for end, weight in edges.items() if now[end] != labels[row]}
        members = np.flatnonzero(now == wanted[row])
        members = members[members != row]
        for end in members[np.argsort(-(rows[members] @ rows[row]))[:LINKS]]:
            edges[int(end)] = graph[int(end), row] = 1.0
        graph.rows[row] = sorted(edges)
        graph.data[row] = [edges[end] for end in graph.rows[row]]
    return normalised_adjacency(csr_array(graph.tocsr()))


def by_dec(
    album: Dataset, rows: Floats, labels: Ints, wanted: Ints, knows: tuple[bool, bool], seed: int
) -> Ints:
    """Run DEC again from the groups with corrected photos in their places."""
    in_target, in_graph = knows
    graph = linked(rows, labels, wanted) if in_graph else neighbour_adjacency(rows)
    x = encoder_input(rows, graph)
    autoencoder = fine_tune(x, album.pretrained, seed=seed)
    options = refinement(graph)
    corrected = np.flatnonzero(wanted >= 0)

    def target(q: Floats) -> Floats:
        sharp = q**2 / (q**2).sum(axis=1, keepdims=True)
        sharp[corrected] = WEIGHT * np.eye(q.shape[1], dtype=np.float32)[wanted[corrected]]
        spread = personalised_pagerank(graph, sharp, TARGET_DAMPING)
        result: Floats = spread / spread.sum(axis=1, keepdims=True)
        return result

    if in_target:
        options = replace(options, target=target)
    start = held(rows, labels, wanted)
    end = refine(autoencoder, x, mean_rows(autoencoder.encode(x), start), options, seed=seed)
    return held(rows, end.labels, wanted)


def correct(classes: Ints, labels: Ints, count: int, rng: np.random.Generator, new: bool) -> Ints:
    """Say where `count` wrong photos belong: (n,) of groups, -1 for the others."""
    table = np.zeros((labels.max() + 1, classes.max() + 1), int)
    np.add.at(table, (labels, classes), 1)
    majority = table.argmax(axis=1)
    home = {
        int(majority[group]): int(group)
        for group in np.argsort(table.max(axis=1))  # the largest comes last
    }
    wrong = np.flatnonzero(classes != majority[labels])
    if not new:
        wrong = wrong[[int(classes[row]) in home for row in wrong]]
    wanted = np.full(len(classes), -1)
    for row in rng.permutation(wrong)[:count]:
        wanted[row] = home.setdefault(int(classes[row]), max(*home.values(), labels.max()) + 1)
    return wanted


def nmi(classes: Ints, labels: Ints) -> float:
    """Return the normalised mutual information."""
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(classes, labels))


def measure(album: Dataset, labels: Ints, seed: int, options: argparse.Namespace) -> list[Floats]:
    """Return rows of NMI before and after each learner, by draws of one and the other kind."""
    rows = centre_features(album.features, album.pretrained)
    found = []
    for new in (False, True):
        scores = []
        for draw in range(options.draws):
            rng = np.random.default_rng((seed, draw))
            wanted = correct(album.labels, labels, options.count, rng, new)
            free = wanted < 0
            after = [learn(rows, labels, wanted) for learn in LEARNERS.values()]
            if options.dec:
                after += [
                    by_dec(album, rows, labels, wanted, knows, seed) for knows in BY_DEC.values()
                ]
            if not all((one[~free] == wanted[~free]).all() for one in after):
                raise AssertionError("a corrected photo was moved back")
            scores.append([nmi(album.labels[free], one[free]) for one in (labels, *after)])
        found.append(np.mean(scores, axis=0))
    return found


def pick(album: Dataset, labels: Ints, draws: int) -> tuple[float, float, float]:
    """Return recall and precision of a part of a cluster, and the share that follows a mere pick.

    Means of `draws` random clusters. Three photos go to a new cluster each time.
    """
    rows = centre_features(album.features, album.pretrained)
    groups, found = int(labels.max()) + 1, []
    centers = l2_normalise(
        np.stack([rows[labels == group].mean(axis=0) for group in range(groups)])
    )
    alike = centers @ centers.T - 2 * np.eye(groups)
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        part = int(rng.integers(groups))
        merged = np.where(labels == part, alike[part].argmax(), labels)
        merged = np.unique(merged, return_inverse=True)[1].reshape(-1)
        own = np.flatnonzero(labels == part)
        follows = _followers(rows, merged, rng.choice(own, min(3, len(own)), replace=False))
        right = float(np.isin(follows, own).sum())
        typical = own[album.labels[own] == np.bincount(album.labels[own]).argmax()]
        strays = _followers(rows, labels, rng.choice(typical, min(3, len(typical)), replace=False))
        found.append((right / len(own), right / len(follows), (len(strays) - 3) / len(own)))
    recall, precision, share = np.mean(found, axis=0)
    return float(recall), float(precision), float(share)


def _followers(rows: Floats, labels: Ints, picked: Ints) -> Ints:
    """Put picked photos into a new group; return all that are in it."""
    wanted = np.full(len(rows), -1)
    wanted[picked] = labels.max() + 1
    return np.flatnonzero(learned(rows, labels, wanted) == labels.max() + 1)


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, help="a folder of albums")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--count", type=int, default=10, help="photos that are corrected")
    parser.add_argument("--picks", type=int, default=10, help="clusters of the second table")
    parser.add_argument("--dec", action="store_true", help="by DEC's target and graph, too")
    parser.add_argument("--model", default="lite2")
    options = parser.parse_args()
    paths = sorted(path for path in options.albums.iterdir() if path.is_dir())
    albums = [compare.photos(path, options.model, report.Quiet()) for path in paths]
    kinds = ("move", "move and new")
    learners = (*LEARNERS, *(BY_DEC if options.dec else ()))
    print(f"| clusters | correction | album | before | {' | '.join(learners)} |")
    print("|---" * (4 + len(learners)) + "|")
    picks = []
    for number in ("true", "chosen"):
        rows: dict[str, list[Floats]] = {kind: [] for kind in kinds}
        for album in albums:
            scores = []
            for seed in range(options.seeds):
                clusters = album.n_classes if number == "true" else None
                labels = group_features(
                    album.features, clusters=clusters, seed=seed, pretrained=album.pretrained
                ).labels
                scores.append(measure(album, labels, seed, options))
                if number == "true" and seed == 0:
                    picks.append((album.source, pick(album, labels, options.picks)))
            for kind, mean in zip(kinds, np.mean(scores, axis=0), strict=True):
                rows[kind].append(mean)
                show(number, kind, album.source, mean)
        for kind, means in rows.items():
            show(number, kind, "mean", np.mean(means, axis=0))
    print("\n| album | recall | precision | follow a mere pick |\n|---|---|---|---|")
    for name, (recall, precision, share) in picks:
        print(f"| {name} | {recall:.2f} | {precision:.2f} | {share:.2f} |")


def show(number: str, kind: str, album: str, scores: Floats) -> None:
    """Print a row: NMI before, and how much it changed after each."""
    changes = " | ".join(f"{score - scores[0]:+.3f}" for score in scores[1:])
    print(f"| {number} | {kind} | {album} | {scores[0]:.3f} | {changes} |", flush=True)


if __name__ == "__main__":
    main()
