"""Time, memory and NMI of grouping, by the number of photos, up to a million made of real features.

    python benchmarks/million.py ALBUMS --work FOLDER [--photos 1000 10000 100000 1000000]
                                 [--subset 50000] [--plot FILE]

Features are drawn from a mixture that is fitted to the 50 largest classes of the labelled albums.
Each photo of a class is the mean of a Gaussian, whose covariance is a quarter of that within
classes, in its 128 leading directions; negative values become 0, as in the network. The largest
class is 20 times the smallest. The features lie in FOLDER as float16, 2.6 GB for a million, and are
read from there block by block. Each size takes the first so many of them, in a process of its own.
With --subset, so many random photos of the largest size are also grouped by themselves, every photo
compared with every other; printed is the NMI of these photos in both groupings.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from albums import read

from photosort.bench import scores
from photosort.commands.libraries import matplotlib_settings, tensorflow_settings
from photosort.dec.arrays import Ints
from photosort.grouping import graph, rows
from photosort.grouping.groups import group_features
from photosort.grouping.pretrained import load_pretrained

CLASSES = 50
UNEVEN = 20  # size of the largest class, in sizes of the smallest
DIRECTIONS = 128
BANDWIDTH = 0.5  # of the standard deviations within classes
WIDTH = 1280
CHUNK = 20_000


class FeatureFile(rows.Stored):
    """Features in a file of float16, which is not mapped: pages of it would count as memory."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._count = path, count

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and their width."""
        return self._count, WIDTH

    def __getitem__(self, wanted: slice | Ints) -> npt.NDArray[Any]:
        """Read some rows: (k, 1280)."""
        numbers = np.arange(self._count)[wanted]
        runs = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
        with self._path.open("rb") as file:
            return np.concatenate([self._run(file, run) for run in runs]).reshape(-1, WIDTH)

    def _run(self, file: BinaryIO, run: Ints) -> npt.NDArray[Any]:
        file.seek(2 * WIDTH * int(run[0]))
        return np.fromfile(file, np.float16, WIDTH * len(run))


def write(folder: Path, albums: Path, model: str, count: int) -> None:
    """Write features.f16 (count, 1280) and labels.npy (count,)."""
    parts = read(albums, model, skew=False)
    classes = [
        album.features[album.labels == label]
        for album in parts
        for label in range(album.n_classes)
        if album.features is not None
    ]
    classes = sorted(classes, key=len, reverse=True)[:CLASSES]
    within = np.concatenate([one - one.mean(axis=0) for one in classes])
    _, lengths, directions = np.linalg.svd(within, full_matrices=False)
    spread = BANDWIDTH * lengths[:DIRECTIONS, None] * directions[:DIRECTIONS] / len(within) ** 0.5
    rng = np.random.default_rng(0)
    share = rng.permutation(np.geomspace(1, UNEVEN, len(classes)))
    labels = rng.choice(len(classes), size=count, p=share / share.sum())
    with (folder / "features.f16").open("wb") as file:
        for first in range(0, count, CHUNK):
            own = labels[first : first + CHUNK]
            centers = np.stack([classes[c][rng.integers(len(classes[c]))] for c in own])
            noise = rng.standard_normal((len(own), len(spread)), np.float32) @ spread
            np.maximum(centers + noise, 0).astype(np.float16).tofile(file)
    np.save(folder / "labels.npy", labels)


def measure(folder: Path, count: int, model: str) -> dict[str, float]:
    """Group the first `count` features."""
    features = FeatureFile(folder / "features.f16", count)
    labels = np.load(folder / "labels.npy")
    clusters = len(np.unique(labels))
    began, used = time.perf_counter(), time.process_time()
    with tensorflow_settings():
        found = group_features(features, clusters=clusters, pretrained=load_pretrained(model))
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    np.save(folder / f"found-{count}.npy", found.labels)
    return {
        "photos": count,
        "seconds": seconds,
        "processor": processor,
        "peak": peak(),
        "nmi": scores.nmi(labels[:count], found.labels),
    }


def peak() -> float:
    """Return the peak memory of this process in GB; that of `getrusage` may be its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e9


def compare(folder: Path, most: int, subset: int, model: str) -> None:
    """Print the NMI of a random part of `most` photos, and that of grouping this part alone."""
    chosen = np.sort(np.random.default_rng(1).choice(most, subset, replace=False))
    labels = np.load(folder / "labels.npy")
    clusters, labels = len(np.unique(labels)), labels[chosen]
    graph.REFERENCES = rows.BLOCK = subset
    features = FeatureFile(folder / "features.f16", most)[chosen]
    with tensorflow_settings():
        found = group_features(features, clusters=clusters, pretrained=load_pretrained(model))
    whole = scores.nmi(labels, np.load(folder / f"found-{most}.npy")[chosen])
    print(
        f"NMI of {subset:,} of {most:,}: {whole:.3f}; grouped alone, all compared with each other:"
        f" {scores.nmi(labels, found.labels):.3f}"
    )


def plot(lines: list[dict[str, float]], path: Path) -> None:
    """Draw processor seconds against photos, both on logarithmic scales."""
    with matplotlib_settings():
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot as plt

        figure, axes = plt.subplots(figsize=(5, 3.5), layout="constrained")
        photos, used = ([line[key] for line in lines] for key in ("photos", "processor"))
        axes.loglog(photos, used, "o-", label="measured")
        axes.loglog(photos, [used[-1] * n / photos[-1] for n in photos], ":", label="slope 1")
        axes.set(xlabel="photos", ylabel="processor seconds", ylim=(min(used) / 2, None))
        axes.legend()
        figure.savefig(path, dpi=100)


def slope(lines: list[dict[str, float]]) -> float:
    """Fit the exponent of processor seconds by least squares on logarithms."""
    photos, used = (np.log([line[key] for line in lines]) for key in ("photos", "processor"))
    return float(np.polyfit(photos, used, 1)[0])


def main() -> None:
    """Print a table in Markdown, a process for each line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, help="a folder of albums")
    parser.add_argument("--work", type=Path, required=True, help="a folder for the features")
    sizes = [1_000, 10_000, 100_000, 1_000_000]
    parser.add_argument("--photos", type=int, nargs="+", default=sizes)
    parser.add_argument("--subset", type=int)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--here", action="store_true", help="in this process, as JSON")
    arguments = parser.parse_args()
    if arguments.here:
        print(json.dumps(measure(arguments.work, arguments.photos[0], arguments.model)))
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    most = max(arguments.photos)
    if not (arguments.work / "labels.npy").exists():
        write(arguments.work, arguments.albums, arguments.model, most)
    print("| photos | seconds | processor | peak memory | NMI |\n|---|---|---|---|---|", flush=True)
    same = [str(arguments.albums), "--work", str(arguments.work), "--model", arguments.model]
    lines = []
    for photos in sorted(arguments.photos):
        command = [sys.executable, __file__, *same, "--photos", str(photos), "--here"]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        lines.append(line := json.loads(out))
        print(
            f"| {photos:,} | {line['seconds']:.0f} | {line['processor']:.0f} |"
            f" {line['peak']:.2f} GB | {line['nmi']:.3f} |",
            flush=True,
        )
    if len(lines) > 1:
        print(f"slope of processor seconds: {slope(lines):.2f}")
    if arguments.plot:
        plot(lines, arguments.plot)
    if arguments.subset:
        compare(arguments.work, most, arguments.subset, arguments.model)


if __name__ == "__main__":
    main()
