"""NMI of each step from the first partition to what `organize` runs, on even and uneven albums.

    python benchmarks/partitions.py ALBUMS [--thinnings 3] [--mixes 30] [--seeds 1] [--count]

Measured are the labelled albums themselves, each of them thinned out (as by `albums.py --skew`),
and random mixes of 4 to 24 classes of all albums: two fifths of the mixes with all photos of each
class, the others with a random part, from 6 % to all. The last column is the largest loss against
k-means on the same rows, on any album. With --count the number of clusters is chosen; the table
then says how often it is within 20 % of the number of classes, their mean ratio, and the AMI lost
against grouping with the true number.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from albums import FEWEST, SMALLEST, read, skewed

from photosort.bench import scores
from photosort.bench.datasets import Dataset
from photosort.dec.arrays import Floats, Ints
from photosort.dec.dec import refine
from photosort.grouping import groups
from photosort.grouping.graph import l2_normalise, neighbour_adjacency
from photosort.grouping.partition import (
    best_by_silhouette,
    first_groups,
    partitions,
    principal_components,
    principal_rows,
)
from photosort.grouping.pretrained import Pretrained
from photosort.grouping.rows import centre_features, encoder_input

Task = tuple[str, Floats, Ints]  # kind of album, features (n, 1280), labels (n,) from 0
EVEN_SHARE = 0.4  # of the mixes
STEPS = (
    "k-means on smoothed rows",
    "k-means on their components, mixture",
    "average linkage of their components, mixture",
    "the best of the three by silhouette",
    "average linkage where groups are uneven, else the best of the three",
    "DEC after it, always",
    "what organize runs",
)


def tasks(albums: list[Dataset], thinnings: int, mixes: int) -> Iterator[Task]:
    """Give the albums, thinned albums, and mixes of their classes."""
    for album in albums:
        yield "even", *seen(album)
    for album in albums:
        for seed in range(thinnings):
            yield "thinned", *seen(skewed(album, seed))
    parts = [seen(album) for album in albums]
    features = np.concatenate([x for x, _ in parts])
    first = np.cumsum([0, *(labels.max() + 1 for _, labels in parts)])
    labels = np.concatenate(
        [own + start for (_, own), start in zip(parts, first[:-1], strict=True)]
    )
    for number in range(mixes):
        rng = np.random.default_rng(100 + number)
        even = number < EVEN_SHARE * mixes
        rows = mixed(labels, even=even, rng=rng)
        names = np.unique(labels[rows], return_inverse=True)[1].reshape(-1)
        yield "even mix" if even else "uneven mix", features[rows], names


def seen(album: Dataset) -> tuple[Floats, Ints]:
    """Return an album's features (n, 1280) and labels (n,)."""
    if album.features is None:
        raise SystemExit("no features: name folders of photos")
    return album.features, album.labels


def mixed(labels: Ints, *, even: bool, rng: np.random.Generator) -> Ints:
    """Draw the rows of some classes, of each all or a part on a logarithmic scale."""
    most = min(24, labels.max() + 1)
    kept = []
    for label in rng.choice(labels.max() + 1, rng.integers(4, most + 1), replace=False):
        rows = np.flatnonzero(labels == label)
        share = 1.0 if even else np.exp(rng.uniform(np.log(SMALLEST), 0))
        kept.append(rng.choice(rows, max(FEWEST, int(share * len(rows))), replace=False))
    return np.sort(np.concatenate(kept))


def steps(features: Floats, clusters: int, seed: int, pretrained: Pretrained) -> list[Ints]:
    """Return the labels (n,) of each of `STEPS`."""
    rows = centre_features(features, pretrained)
    graph = neighbour_adjacency(rows)
    x = encoder_input(rows, graph)
    smooth = l2_normalise(x)
    components = principal_components(smooth, clusters)
    principal = principal_rows(components, clusters)
    found = partitions(smooth, components, clusters, seed=seed)
    best, start = best_by_silhouette(principal, found), first_groups(principal, found)
    autoencoder = groups.fine_tune(x, pretrained, seed=seed)
    centers = groups.mean_rows(autoencoder.encode(x), start)
    options = groups.refinement(graph)
    refined = refine(autoencoder, x, centers, options, seed=seed)
    kept = groups.better_of(start, refined.labels, principal)
    return [*found, best, start, refined.labels, kept]


def measure_steps(given: list[Task], seeds: int, pretrained: Pretrained) -> None:
    """Print a row for each step."""
    found = defaultdict(list)  # kind: NMI (steps,) of each album and seed
    for kind, features, labels in given:
        for seed in range(seeds):
            each = steps(features, int(labels.max()) + 1, seed, pretrained)
            found[kind].append([scores.nmi(labels, one) for one in each])
    kinds = list(found)
    table = {kind: np.array(found[kind]) for kind in kinds}  # (albums, steps)
    headings = " | ".join(f"{kind} ({len(table[kind]) // seeds})" for kind in kinds)
    print(f"| NMI | {headings} | largest loss |\n" + "|---" * (len(kinds) + 2) + "|")
    for number, name in enumerate(STEPS):
        row = " | ".join(f"{table[kind][:, number].mean():.3f}" for kind in kinds)
        loss = max((table[kind][:, 0] - table[kind][:, number]).max() for kind in kinds)
        print(f"| {name} | {row} | {loss:.3f} |")


def measure_count(given: list[Task], pretrained: Pretrained) -> None:
    """Print a row for each kind of album."""
    from sklearn.metrics import adjusted_mutual_info_score as ami

    def grouped(x: Floats, clusters: int | None) -> Ints:
        return groups.group_features(x, clusters=clusters, pretrained=pretrained).labels

    found = defaultdict(list)
    for kind, features, labels in given:
        true = int(labels.max()) + 1
        chosen = grouped(features, None)
        ratio = (int(chosen.max()) + 1) / true
        lost = ami(labels, grouped(features, true)) - ami(labels, chosen)
        found[kind].append((abs(ratio - 1) <= 0.2, ratio, lost))
    print("| album | within 20 % | mean ratio | AMI lost |\n|---|---|---|---|")
    for kind, rows in found.items():
        within, ratio, lost = np.mean(rows, axis=0)
        print(f"| {kind} ({len(rows)}) | {within:.2f} | {ratio:.2f} | {lost:.3f} |")


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, help="a folder of albums")
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--thinnings", type=int, default=3)
    parser.add_argument("--mixes", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--count", action="store_true", help="let the number of clusters be chosen")
    arguments = parser.parse_args()
    albums = read(arguments.albums, arguments.model, skew=False)
    pretrained = albums[0].pretrained
    given = list(tasks(albums, arguments.thinnings, arguments.mixes))
    if arguments.count:
        measure_count(given, pretrained)
    else:
        measure_steps(given, arguments.seeds, pretrained)


if __name__ == "__main__":
    main()
