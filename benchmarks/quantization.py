"""Do integer weights keep album quality? Compare the backbone's conversions.

    python -m pip install . torch
    python benchmarks/quantization.py ALBUMS

ALBUMS holds albums whose subfolders are the true groups. Integers take the ranges of activations
from sample_photos/, as the shipped files do, or from other photos (--sample FOLDER). NMI is that of
k-means (20 starts, the true number of groups, mean of three seeds) on L2-normalised features.
`same_class` is the share of photos whose most probable class is that of the float32 network,
`same_group` that of true groups when the probabilities of their photos are averaged (as titles do),
`score_sum` what the smallest 1 % of the photos' class probabilities add up to. Photos per second of
processor time are those of one thread, preparation included, without decoding: the best of three
rounds, taken in turns.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from sklearn.preprocessing import normalize

from photosort.dec.arrays import Floats
from photosort.embed.backbone import MODELS, Backbone, ModelSpec
from photosort.embed.pixels import Pixels
from photosort.photos.decode import decode

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
import make_backbone

SAMPLE_SIZE = 400
SPEED_PHOTOS = 100
VARIANTS = ("float32", "float16", "dynamic", "int8", "hybrid")


def convert_all(name: str, sample: Path, wheels: Path, out: Path) -> dict[str, Path]:
    """Convert one network in every way; returns the files."""
    source = make_backbone.SOURCES[name]
    model = make_backbone.build(source, make_backbone.read_weights(source, wheels))

    def pictures() -> Iterator[Pixels]:
        return make_backbone.pictures(sample, source.input_side, SAMPLE_SIZE)

    files = {}
    for weights in VARIANTS:
        files[weights] = out / f"{name}-{weights}.tflite"
        if not files[weights].exists():
            files[weights].write_bytes(make_backbone.convert(model, weights, pictures))
    return files


def read_album(folder: Path, side: int) -> tuple[list[Image.Image], list[str]]:
    """Decode an album: pictures and the names of their groups."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    images = [decode(path, min_side=side).image for path in paths]
    return images, [path.parent.name for path in paths]


def album_nmi(features: npt.NDArray[np.float32], labels: list[str]) -> list[float]:
    """Group as the true number of groups, once a seed."""
    rows = normalize(features)
    scores = []
    for seed in range(3):
        groups = KMeans(len(set(labels)), n_init=20, random_state=seed).fit_predict(rows)
        scores.append(float(normalized_mutual_info_score(labels, groups)))
    return scores


def measure_speed(networks: dict[str, Backbone], images: list[Image.Image]) -> dict[str, float]:
    """Photos per processor second of each network, in turns: a busy machine slows them all."""
    best = dict.fromkeys(networks, 0.0)
    for _ in range(3):
        for weights, network in networks.items():
            start = time.process_time()
            for image in images:
                network.embed(image)
            best[weights] = max(best[weights], len(images) / (time.process_time() - start))
    return best


def look(network: Backbone, images: list[Image.Image]) -> tuple[Floats, Floats]:
    """Embed pictures: features (n, 1280), class probabilities (n, 1000)."""
    features, scores = zip(*(network.embed(image) for image in images), strict=True)
    return np.stack(features), np.stack(scores)


def compare(name: str, files: dict[str, Path], albums: list[Path]) -> dict[str, dict[str, object]]:
    """Measure every conversion of one network: NMI an album, photos/s, size."""
    spec = MODELS[name]
    networks = {
        weights: Backbone(ModelSpec(name, str(file), spec.input_side, 1280, 1000, weights))
        for weights, file in files.items()
    }
    rows: dict[str, dict[str, object]] = {weights: {} for weights in files}
    found_by: dict[str, dict[str, list[float]]] = {
        weights: {"cosine": [], "same_class": [], "same_group": [], "score_sum": []}
        for weights in files
    }
    for album in albums:
        images, labels = read_album(album, spec.input_side)
        seen = {weights: look(network, images) for weights, network in networks.items()}
        exact, exact_scores = seen["float32"]
        for weights, (features, scores) in seen.items():
            rows[weights][album.name] = round(float(np.mean(album_nmi(features, labels))), 4)
            found = found_by[weights]
            found["cosine"] += list((normalize(features) * normalize(exact)).sum(axis=1))
            found["same_class"] += list(scores.argmax(axis=1) == exact_scores.argmax(axis=1))
            found["score_sum"] += list(scores.sum(axis=1))
            found["same_group"] += [
                scores[group].mean(axis=0).argmax() == exact_scores[group].mean(axis=0).argmax()
                for group in (np.array(labels) == label for label in sorted(set(labels)))
            ]
    speeds = measure_speed(networks, images[:SPEED_PHOTOS])
    for weights, row in rows.items():
        row["mean"] = round(float(np.mean([row[album.name] for album in albums])), 4)
        row["cosine"] = round(float(np.mean(found_by[weights]["cosine"])), 5)
        row["same_class"] = round(float(np.mean(found_by[weights]["same_class"])), 3)
        row["same_group"] = round(float(np.mean(found_by[weights]["same_group"])), 3)
        row["score_sum"] = round(float(np.quantile(found_by[weights]["score_sum"], 0.01)), 3)
        row["photos_per_cpu_s"] = round(speeds[weights], 1)
        row["size_bytes"] = files[weights].stat().st_size
    return rows


def main() -> None:
    """Print a table a network; --json keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("albums", type=Path)
    parser.add_argument("--sample", type=Path, default=make_backbone.SAMPLE)
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--wheels", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--files", type=Path, default=None, help="keep the conversions here")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    albums = sorted(path for path in options.albums.iterdir() if path.is_dir())
    figures = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.models:
            out = options.files or Path(scratch)
            files = convert_all(name, options.sample, options.wheels, out)
            figures[name] = compare(name, files, albums)
            columns = list(figures[name]["float16"])
            print(f"| {name} | " + " | ".join(columns) + " |")
            print("| --- " * (len(columns) + 1) + "|")
            for weights, row in figures[name].items():
                print(f"| {weights} | " + " | ".join(str(row[key]) for key in columns) + " |")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
