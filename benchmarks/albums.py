"""NMI, ACC and ARI of every method on every labelled album of a folder, as tables.

    python -m pip install '.[umap]'
    python benchmarks/albums.py ALBUMS [--seeds 3] [--model lite2]

An album is a folder whose sub-folders are the classes of its photos. Each figure is the mean over
the seeds; the last column is the standard deviation of the mean over all albums. As many clusters
are asked for as there are classes; with --count the number is chosen, and AMI and number are shown.
With --skew classes are thinned out first, from all photos of one down to 6 % of another.
"""

import argparse
from pathlib import Path

import numpy as np

from photosort import report
from photosort.bench import run
from photosort.bench.datasets import Dataset
from photosort.bench.methods import PHOTO_METHODS, photo_default
from photosort.commands import compare
from photosort.grouping.groups import group_features

MEASURES = ("nmi", "acc", "ari")
SMALLEST = 0.06  # of its photos that the last class keeps with --skew
FEWEST = 3


def count_groups(dataset: Dataset, seed: int) -> tuple[int, float, float]:
    """Return the number chosen, the AMI it comes to, and the AMI with the true number."""
    from sklearn.metrics import adjusted_mutual_info_score

    def labels(clusters: int | None) -> np.ndarray:
        return group_features(
            dataset.features, clusters=clusters, seed=seed, pretrained=dataset.pretrained
        ).labels

    chosen, true = labels(None), labels(dataset.n_classes)
    ami = [float(adjusted_mutual_info_score(dataset.labels, found)) for found in (chosen, true)]
    return int(chosen.max()) + 1, *ami


def read(folder: Path, model: str, *, skew: bool) -> list[Dataset]:
    """Look at every album of `folder`, in the order of their names."""
    paths = sorted(path for path in folder.iterdir() if path.is_dir())
    albums = [compare.photos(path, model, report.Quiet()) for path in paths]
    return [skewed(album) for album in albums] if skew else albums


def skewed(album: Dataset, seed: int = 0) -> Dataset:
    """Thin out the classes in random order: sizes fall evenly on a logarithmic scale."""
    rng = np.random.default_rng(seed)
    kept = []
    for rank, label in enumerate(rng.permutation(album.n_classes)):
        photos = np.flatnonzero(album.labels == label)
        share = SMALLEST ** (rank / (album.n_classes - 1))
        kept.append(rng.choice(photos, max(FEWEST, int(share * len(photos))), replace=False))
    return album.rows(np.sort(np.concatenate(kept)))


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, help="a folder of albums")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--methods", default="", help="names with commas between them")
    parser.add_argument("--skew", action="store_true", help="thin the classes out")
    parser.add_argument("--count", action="store_true", help="let the number of clusters be chosen")
    arguments = parser.parse_args()
    albums = read(arguments.albums, arguments.model, skew=arguments.skew)
    names = [album.source for album in albums]
    if arguments.count:
        print("| album | classes | chosen | AMI | AMI of the true number |\n|---|---|---|---|---|")
        for name, album in zip(names, albums, strict=True):
            number, ami, true = count_groups(album, 0)
            print(f"| {name} | {album.n_classes} | {number} | {ami:.3f} | {true:.3f} |", flush=True)
        return
    chosen = tuple(filter(None, arguments.methods.split(","))) or photo_default()
    found = [run.run(album, chosen, seeds=range(arguments.seeds)) for album in albums]
    for measure in MEASURES:
        print(f"\n| {measure.upper()} | {' | '.join(names)} | mean | sd |")
        print("|---" * (len(names) + 3) + "|")
        for method in chosen:
            scores = np.array(
                [[getattr(r, measure) for r in one.runs if r.method == method] for one in found]
            )  # (albums, seeds)
            means = scores.mean(axis=0)
            spread = means.std(ddof=1) if len(means) > 1 else 0.0
            row = " | ".join(f"{value:.3f}" for value in scores.mean(axis=1))
            title = PHOTO_METHODS[method].title
            print(f"| {title} | {row} | {means.mean():.3f} | {spread:.3f} |", flush=True)


if __name__ == "__main__":
    main()
