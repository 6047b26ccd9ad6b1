"""NMI of methods that learn from several looks at each photo, beside one that is given their mean.

    python benchmarks/views.py ALBUMS [--model lite2] [--thinnings 3] [--seeds 1] [--once]

ALBUMS holds albums whose sub-folders are the classes of their photos. Each photo is looked at four
times, as by `organize --thorough`. The rows that are grouped are the mean of the four features, or
with --once the feature of the first look, so that the others serve training alone. Where DEC learns
from looks, each look is a row of its own with the target of its photo, smoothed over the neighbours
of the look. For "whitened", the variance between looks at one photo is divided out of the rows
before neighbours are searched. NMI is the mean over the albums, and over so many thinnings of each.
A look takes some 13 ms, an album some 10 s.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from albums import skewed
from PIL import Image

from photosort.bench import scores
from photosort.bench.datasets import Dataset
from photosort.dec.arrays import Floats, Ints
from photosort.dec.dec import Target, refine
from photosort.embed.backbone import MODELS, Backbone
from photosort.embed.pixels import looks
from photosort.grouping import groups
from photosort.grouping.graph import (
    DAMPING,
    Sparse,
    l2_normalise,
    neighbour_adjacency,
    neighbour_graph,
    personalised_pagerank,
    row_normalised,
)
from photosort.grouping.partition import (
    first_groups,
    partitions,
    principal_components,
    principal_rows,
)
from photosort.grouping.pretrained import Pretrained, load_pretrained
from photosort.grouping.rows import encoder_input
from photosort.photos.decode import decode
from photosort.photos.scan import scan

NOISE = 3.0  # variance between looks that is divided out, in mean variances of the rows


def look(folder: Path, model: str) -> Dataset:
    """Look at an album: a dataset whose features (n, looks, 1280) have unit length."""
    backbone = Backbone(MODELS[model])
    seen, names = [], []
    for photo in sorted(scan([folder]).photos, key=lambda photo: photo.path):
        image = decode(photo.path, min_side=backbone.input_side).image
        shown = looks(image, backbone.input_side)
        seen.append([backbone.embed(Image.fromarray(pixels))[0] for pixels in shown])
        names.append(photo.path.relative_to(folder).parts[0])
    classes, labels = np.unique(names, return_inverse=True)
    features = np.array(seen, np.float32)
    return Dataset(
        name="folder",
        pixels=np.zeros((len(seen), 1, 1, 3), np.uint8),
        labels=labels.reshape(-1),
        classes=tuple(classes),
        source=folder.name,
        features=features / np.linalg.norm(features, axis=2, keepdims=True),
    )


def projected(features: Floats, mean: Floats, pretrained: Pretrained) -> Floats:
    """Return unit rows (n, m) of unit `features` (n, 1280), centred on `mean` and projected."""
    return l2_normalise((features - mean) @ pretrained.projection)


def whitening(views: list[Floats]) -> Floats:
    """Learn the matrix (m, m) that divides out what differs between `views` (n, m) of a photo.

    The inverse root of their covariance within photos and of the identity: what linear discriminant
    analysis does with classes in the place of photos (Hatch et al. 2006, "Within-class covariance
    normalization").
    """
    each = np.stack(views) - np.mean(views, axis=0)
    rows = each.reshape(-1, each.shape[2]).astype(np.float64)
    covariance = rows.T @ rows
    size = len(covariance)
    scaled = NOISE * size / np.trace(covariance) * covariance + np.eye(size)
    variance, directions = np.linalg.eigh(scaled)
    matrix: Floats = ((directions * variance**-0.5) @ directions.T).astype(np.float32)
    return matrix


def smoothed_views(rows: Floats, graph: Sparse, views: list[Floats]) -> list[Floats]:
    """Return what the encoder is given of each of the `views` (n, m): (n, m).

    Each photo takes the mean of the neighbours among `rows` (n, m) that the look finds.
    """
    smooth = l2_normalise(personalised_pagerank(graph, rows, DAMPING))
    own, mean = np.arange(len(rows)), smooth.mean(axis=0)
    found = []
    for view in views:
        nearby = row_normalised(neighbour_graph(view, rows, own)) @ smooth
        both = l2_normalise(DAMPING * nearby + (1 - DAMPING) * view)
        found.append(l2_normalise(both - mean) * np.float32(np.sqrt(rows.shape[1])))
    return found


def of_photos(target: Target, photos: int, *, taught: bool = False) -> Target:
    """Wrap DEC's `target` of photos for rows that are the photos, then their looks, look by look.

    Every look gets the target of its photo. That is made of the photos' soft assignments, or, with
    `taught`, of their mean with those of the looks.
    """

    def tiled(q: Floats) -> Floats:
        each = q.reshape(-1, photos, q.shape[1])
        return np.tile(target(each.mean(axis=0) if taught else each[0]), (len(each), 1))

    return tiled


def methods(
    features: Floats, clusters: int, seed: int, pretrained: Pretrained, *, once: bool
) -> Iterator[tuple[str, Ints]]:
    """Give the name and the labels (n,) of each method for `features` (n, looks, 1280)."""
    shown = features[:, 0] if once else l2_normalise(features.mean(axis=1))
    mean = shown.mean(axis=0)
    rows = projected(shown, mean, pretrained)
    each = [projected(features[:, number], mean, pretrained) for number in range(features.shape[1])]
    graph = neighbour_adjacency(rows)
    x = encoder_input(rows, graph)
    start = groups_before_dec(x, clusters, seed)
    yield "the best of three partitions", start
    target = groups.propagated_target(graph)
    with_looks = np.concatenate([x, *smoothed_views(rows, graph, each)])
    for name, given, wanted in (
        ("DEC after it", x, target),
        ("DEC, looks learn the photo's target", with_looks, of_photos(target, len(x))),
        ("DEC, looks also make the target", with_looks, of_photos(target, len(x), taught=True)),
    ):
        autoencoder = groups.fine_tune(x, pretrained, seed=seed)
        centers = groups.mean_rows(autoencoder.encode(x), start)
        options = replace(groups.refinement(graph), target=wanted)
        yield name, refine(autoencoder, given, centers, options, seed=seed).labels[: len(x)]
    white = l2_normalise(rows @ whitening(each))
    yield "the best of three, whitened", groups_before_dec(encoder_input(white), clusters, seed)


def groups_before_dec(x: Floats, clusters: int, seed: int) -> Ints:
    """Return the groups (n,) of an `encoder_input` (n, m) that DEC begins with."""
    smooth = l2_normalise(x)
    components = principal_components(smooth, clusters)
    found = partitions(smooth, components, clusters, seed=seed)
    return first_groups(principal_rows(components, clusters), found)


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, help="a folder of albums")
    parser.add_argument("--model", choices=sorted(MODELS), default="lite2")
    parser.add_argument("--thinnings", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="group by the first look alone")
    arguments = parser.parse_args()
    pretrained = load_pretrained(arguments.model)
    found = defaultdict(lambda: defaultdict(list))  # kind: method: NMI of each album and seed
    for folder in sorted(path for path in arguments.albums.iterdir() if path.is_dir()):
        album = look(folder, arguments.model)
        thinned = [skewed(album, number) for number in range(arguments.thinnings)]
        for kind, one in (("even", album), *(("thinned", one) for one in thinned)):
            for seed in range(arguments.seeds):
                for name, labels in methods(
                    one.features, one.n_classes, seed, pretrained, once=arguments.once
                ):
                    found[kind][name].append(scores.nmi(one.labels, labels))
    print(f"| NMI | {' | '.join(found)} |\n" + "|---" * (len(found) + 1) + "|")
    for name in found["even"]:
        print(f"| {name} | {' | '.join(f'{np.mean(found[kind][name]):.3f}' for kind in found)} |")


if __name__ == "__main__":
    main()
