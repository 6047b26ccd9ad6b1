"""What each step of grouping photos brings: from k-means on features up to DEC, and what was tried.

    python benchmarks/ladder.py ALBUMS --pretrain PHOTOS [--model lite2] [--seeds 2]

ALBUMS holds albums whose sub-folders are the kinds of their photos; PHOTOS is a folder of other
photos, which projection and autoencoders are pretrained on (or the .npz of their features that
models/pretrain_autoencoder.py reads). Each line changes one thing of what `organize` runs, or stops
before its end: NMI with the true number of groups, mean over the seeds; --skew as in albums.py.
About 2 minutes for each line that pretrains.
"""

import argparse
import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from albums import read

from photosort.bench import scores
from photosort.bench.datasets import Dataset
from photosort.dec.autoencoder import Autoencoder, Network, Schedule
from photosort.dec.dec import Ints, Refinement, refine
from photosort.dec.estimator import kmeans
from photosort.dec.training import Floats
from photosort.grouping import groups
from photosort.grouping.graph import balanced, neighbours, unit
from photosort.grouping.pretrained import SIZE, Pretrained, fit_projection

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
import pretrain_autoencoder as pretraining

Find = Callable[[Floats, int, int], Ints]  # features (n, 1280), clusters, seed -> labels (n,)
STARTS = 20
SHIPPED = Network(SIZE)  # the shape of what ships


@dataclass(frozen=True, eq=False)  # told apart by identity: `start` remembers
class Material:
    """Features (n, 1280) of photos to pretrain on, as they are and mirrored."""

    views: tuple[Floats, Floats]

    @functools.cached_property
    def projection(self) -> Floats:
        """The projection that ships: a partial whitening learnt from all of them."""
        return self.projected(len(self.views[0]))

    def projected(self, count: int) -> Floats:
        """Learn a projection from the first `count` photos."""
        return fit_projection(np.concatenate([groups.centred(v[:count]) for v in self.views]))

    @functools.cache  # noqa: B019 - lives as long as the program
    def start(
        self,
        count: int | None = None,
        network: Network = SHIPPED,
        schedule: Schedule = pretraining.SCHEDULE,
    ) -> Pretrained:
        """Pretrain on the first `count` photos, or on all."""
        views = [view[:count] for view in self.views]
        projection = self.projection if count is None else self.projected(len(views[0]))
        rows = np.concatenate([pretraining.surroundings(v, projection, 0) for v in views])
        autoencoder = Autoencoder(network, seed=0)
        autoencoder.fit(rows, schedule, seed=0)
        return Pretrained(projection, autoencoder)


def on_rows(rows_of: Callable[[Floats], Floats]) -> Find:
    """K-means on rows made of the features."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        return kmeans(rows_of(features), clusters, seed=seed, n_init=STARTS)[1]

    return find


def smoothed(features: Floats, start: Pretrained | None) -> Floats:
    """Give what the autoencoder is given."""
    return groups.surroundings(groups.centred(features, start))


def on_codes(start: Pretrained, *, tuned: bool = True) -> Find:
    """K-means on the codes of a pretrained autoencoder, fine-tuned on the album or not."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        rows = smoothed(features, start)
        autoencoder = start.autoencoder
        if tuned:
            autoencoder = groups.fitted_autoencoder(rows, start, seed=seed)
        return kmeans(autoencoder.encode(rows), clusters, seed=seed, n_init=STARTS)[1]

    return find


def dec(
    start: Pretrained,
    options: Refinement = groups.REFINEMENT,
    *,
    walk: bool = True,
    from_codes: bool = False,
) -> Find:
    """DEC on a fine-tuned autoencoder's codes."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        seen = groups.centred(features, start)
        graph = balanced(neighbours(seen, seen))
        rows = groups.surroundings(seen, graph)
        autoencoder = groups.fitted_autoencoder(rows, start, seed=seed)
        codes = autoencoder.encode(rows)
        labels = kmeans(codes if from_codes else rows, clusters, seed=seed, n_init=STARTS)[1]
        centers = np.stack([codes[labels == label].mean(axis=0) for label in range(clusters)])
        target = groups.neighbourly(graph) if walk else None
        changed = replace(options, target=target)
        return refine(autoencoder, rows, centers, changed, seed=seed).labels

    return find


def as_organized(start: Pretrained) -> Find:
    """Both, and the start, chosen from by the graph of neighbours."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        return groups.group_features(features, clusters=clusters, seed=seed, start=start).labels

    return find


def lines(material: Material) -> Iterator[tuple[str, Find]]:
    """Give every line's name and method."""
    only_projection = Pretrained(material.projection, Autoencoder(Network(SIZE)))
    yield "k-means on unit features", on_rows(unit)
    yield "centred on the album", on_rows(groups.centred)
    yield "projected", on_rows(lambda x: groups.centred(x, only_projection))
    yield "drawn to neighbours, not projected", on_rows(lambda x: smoothed(x, None))
    yield "projected and drawn to neighbours", on_rows(lambda x: smoothed(x, only_projection))
    whole = material.start()
    untrained = Pretrained(material.projection, Autoencoder(Network(SIZE), seed=0))
    yield "autoencoder of the album alone + k-means", on_codes(untrained)
    for count in (50, 500, 5_000):
        yield f"pretrained on {count:,} photos", on_codes(material.start(count))
    yield "pretrained on all", on_codes(whole)
    yield "the same, not fine-tuned", on_codes(whole, tuned=False)
    for size in (10, 32, 64, 128):
        yield f"code of {size}", on_codes(material.start(network=Network(SIZE, code_size=size)))
    plain, denoised = (
        replace(pretraining.SCHEDULE, **change) for change in ({"angles": 0.0}, {"denoise": True})
    )
    yield "angles not kept in pretraining", on_codes(material.start(schedule=plain))
    yield "denoised end to end", on_codes(material.start(schedule=denoised))
    paper = groups.REFINEMENT
    yield "DEC of the paper: from k-means on codes", dec(whole, walk=False, from_codes=True)
    yield "the same from k-means on the rows", dec(whole, walk=False)
    yield "with neighbours in its target", dec(whole)
    yield "and reconstruction (IDEC)", dec(whole, replace(paper, reconstruction=1.0))
    yield "neighbours, alpha 9", dec(whole, replace(paper, alpha=9.0))
    yield "what organize runs: the best by modularity", as_organized(whole)


def main() -> None:
    """Print a table in Markdown, line by line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path)
    parser.add_argument("--pretrain", type=Path, required=True, help="photos, or an .npz")
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--skew", action="store_true", help="thin the kinds out")
    arguments = parser.parse_args()
    albums = read(arguments.albums, arguments.model, skew=arguments.skew)
    source = arguments.pretrain
    views = (
        pretraining.look(source, arguments.model) if source.is_dir() else pretraining.read(source)
    )
    print(f"| | {' | '.join(album.source for album in albums)} | mean |")
    print("|---" * (len(albums) + 2) + "|")
    for name, find in lines(Material(views)):
        found = [measured(find, album, arguments.seeds) for album in albums]
        row = " | ".join(f"{nmi:.3f}" for nmi in found)
        print(f"| {name} | {row} | {np.mean(found):.4f} |", flush=True)


def measured(find: Find, album: Dataset, seeds: int) -> float:
    """Return the mean NMI over the seeds."""
    if album.features is None:
        raise SystemExit("no features: name folders of photos")
    found = (find(album.features, album.n_kinds, seed) for seed in range(seeds))
    return float(np.mean([scores.nmi(album.labels, labels) for labels in found]))


if __name__ == "__main__":
    main()
