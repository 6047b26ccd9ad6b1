"""NMI of each step of grouping photos, from k-means on features up to DEC, and of variants.

    python benchmarks/ladder.py ALBUMS --pretrain PHOTOS [--model lite2] [--seeds 2]

ALBUMS holds albums whose sub-folders are the classes of their photos; PHOTOS is a folder of other
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
from photosort.dec.arrays import Floats, Ints
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import Refinement, refine
from photosort.dec.estimator import kmeans
from photosort.dec.network import Network
from photosort.dec.schedule import Schedule
from photosort.grouping import groups
from photosort.grouping.graph import l2_normalise, neighbour_adjacency
from photosort.grouping.pretrained import SIZE, Pretrained, fit_projection
from photosort.grouping.rows import centre_features, encoder_input

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
import pretrain_autoencoder as pretraining

Find = Callable[[Floats, int, int], Ints]  # features (n, 1280), clusters, seed -> labels (n,)
N_INIT = 20  # of k-means
SHIPPED = Network(SIZE)  # the shape of what ships


@dataclass(frozen=True, eq=False)  # hashed by identity, for the cache of `pretrain`
class Material:
    """Features (n, 1280) of photos to pretrain on, as they are and mirrored."""

    views: tuple[Floats, Floats]

    @functools.cached_property
    def projection(self) -> Floats:
        """The projection that ships: a partial whitening learnt from all of them."""
        return self.projected(len(self.views[0]))

    def projected(self, count: int) -> Floats:
        """Learn a projection from the first `count` photos."""
        return fit_projection(np.concatenate([centre_features(v[:count]) for v in self.views]))

    @functools.cache  # noqa: B019 - lives as long as the program
    def pretrain(
        self,
        count: int | None = None,
        network: Network = SHIPPED,
        schedule: Schedule = pretraining.SCHEDULE,
    ) -> Pretrained:
        """Pretrain on the first `count` photos, or on all."""
        views = [view[:count] for view in self.views]
        projection = self.projection if count is None else self.projected(len(views[0]))
        rows = np.concatenate([pretraining.encoder_input(v, projection, 0) for v in views])
        autoencoder = Autoencoder(network, seed=0)
        autoencoder.fit(rows, schedule, seed=0)
        return Pretrained(projection, autoencoder)


def on_rows(rows_of: Callable[[Floats], Floats]) -> Find:
    """K-means on rows made of the features."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        return kmeans(rows_of(features), clusters, seed=seed, n_init=N_INIT)[1]

    return find


def smoothed(features: Floats, pretrained: Pretrained | None) -> Floats:
    """Return what the autoencoder is given."""
    return encoder_input(centre_features(features, pretrained))


def on_codes(pretrained: Pretrained, *, tuned: bool = True) -> Find:
    """K-means on the codes of a pretrained autoencoder, fine-tuned on the album or not."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        x = smoothed(features, pretrained)
        autoencoder = pretrained.autoencoder
        if tuned:
            autoencoder = groups.fine_tune(x, pretrained, seed=seed)
        return kmeans(autoencoder.encode(x), clusters, seed=seed, n_init=N_INIT)[1]

    return find


def dec(
    pretrained: Pretrained,
    options: Refinement = groups.REFINEMENT,
    *,
    propagated: bool = True,
    from_codes: bool = False,
) -> Find:
    """DEC on a fine-tuned autoencoder's codes."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        rows = centre_features(features, pretrained)
        graph = neighbour_adjacency(rows)
        x = encoder_input(rows, graph)
        autoencoder = groups.fine_tune(x, pretrained, seed=seed)
        codes = autoencoder.encode(x)
        labels = kmeans(codes if from_codes else x, clusters, seed=seed, n_init=N_INIT)[1]
        centers = groups.mean_rows(codes, labels)
        target = groups.propagated_target(graph) if propagated else None
        changed = replace(options, target=target)
        return refine(autoencoder, x, centers, changed, seed=seed).labels

    return find


def as_organized(pretrained: Pretrained) -> Find:
    """Three partitions, the best by silhouette, and DEC where it is no worse."""

    def find(features: Floats, clusters: int, seed: int) -> Ints:
        return groups.group_features(
            features, clusters=clusters, seed=seed, pretrained=pretrained
        ).labels

    return find


def lines(material: Material) -> Iterator[tuple[str, Find]]:
    """Give every line's name and method."""
    only_projection = Pretrained(material.projection, Autoencoder(Network(SIZE)))
    yield "k-means on unit features", on_rows(l2_normalise)
    yield "centred on the album", on_rows(centre_features)
    yield "projected", on_rows(lambda x: centre_features(x, only_projection))
    yield "smoothed over neighbours, not projected", on_rows(lambda x: smoothed(x, None))
    yield "projected and smoothed", on_rows(lambda x: smoothed(x, only_projection))
    whole = material.pretrain()
    untrained = Pretrained(material.projection, Autoencoder(Network(SIZE), seed=0))
    yield "autoencoder of the album alone + k-means", on_codes(untrained)
    for count in (50, 500, 5_000):
        yield f"pretrained on {count:,} photos", on_codes(material.pretrain(count))
    yield "pretrained on all", on_codes(whole)
    yield "the same, not fine-tuned", on_codes(whole, tuned=False)
    for size in (10, 32, 64, 128):
        yield f"code of {size}", on_codes(material.pretrain(network=Network(SIZE, code_size=size)))
    without_strain = replace(pretraining.SCHEDULE, strain_weight=0.0)
    yield "pretrained without the strain term", on_codes(material.pretrain(schedule=without_strain))
    denoised = replace(pretraining.SCHEDULE, denoise=True)
    yield "denoised end to end", on_codes(material.pretrain(schedule=denoised))
    organize = groups.REFINEMENT
    yield "DEC of the paper: from k-means on codes", dec(whole, propagated=False, from_codes=True)
    yield "the same from k-means on the rows", dec(whole, propagated=False)
    yield "with propagated targets", dec(whole)
    yield "and reconstruction (IDEC)", dec(whole, replace(organize, reconstruction=1.0))
    yield "what organize runs", as_organized(whole)


def main() -> None:
    """Print a table in Markdown, line by line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path)
    parser.add_argument("--pretrain", type=Path, required=True, help="photos, or an .npz")
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--skew", action="store_true", help="thin the classes out")
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
    found = (find(album.features, album.n_classes, seed) for seed in range(seeds))
    return float(np.mean([scores.nmi(album.labels, labels) for labels in found]))


if __name__ == "__main__":
    main()
