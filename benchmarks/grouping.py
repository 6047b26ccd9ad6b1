"""Time and memory of grouping alone, by the number of photos, on features made up for it.

    python benchmarks/grouping.py [--photos 2000 20000 200000] [--clusters 8] [--model lite2]

A photo's feature is the mean of its class (of 30) plus noise, cut off at zero as the network's are.
Each size runs in a process of its own; memory is that process's peak, with the features in it.
Without --clusters the number is chosen. The import of TensorFlow is counted, as `organize` does it.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

from photosort.commands.libraries import tensorflow_settings
from photosort.dec.arrays import Floats
from photosort.grouping.groups import group_features
from photosort.grouping.pretrained import load_pretrained

CLASSES = 30


def features(photos: int) -> Floats:
    """Make up features (photos, 1280)."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(CLASSES, 1280)).astype(np.float32)
    made = rng.standard_normal((photos, 1280), np.float32)
    made += means[rng.integers(CLASSES, size=photos)]
    return np.maximum(made, 0, out=made)


def measure(photos: int, clusters: int | None, model: str) -> None:
    """Group once and print a line."""
    x = features(photos)
    pretrained = load_pretrained(model)
    began, used = time.perf_counter(), time.process_time()
    with tensorflow_settings():
        found = group_features(x, clusters=clusters, pretrained=pretrained)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"| {photos:,} | {found.labels.max() + 1} | {seconds:.1f} | {processor:.1f} |"
        f" {peak / 1e9:.2f} GB |"
    )


def main() -> None:
    """Print a table in Markdown, a process for each line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, nargs="+", default=[2_000, 20_000, 200_000])
    parser.add_argument("--clusters", type=int)
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--here", action="store_true", help="in this process, without a heading")
    arguments = parser.parse_args()
    if arguments.here:
        for photos in arguments.photos:
            measure(photos, arguments.clusters, arguments.model)
        return
    print("| photos | clusters | seconds | processor | peak memory |", flush=True)
    print("|---|---|---|---|---|", flush=True)
    rest = ["--model", arguments.model, "--here"]
    rest += ["--clusters", str(arguments.clusters)] if arguments.clusters else []
    for photos in arguments.photos:
        subprocess.run([sys.executable, __file__, "--photos", str(photos), *rest], check=True)


if __name__ == "__main__":
    main()
