"""What a worker does with a photo, step by step: processor milliseconds, one process, one thread.

    python benchmarks/one_photo.py DIR [--limit 60] [--rounds 3] [--simplejpeg FOLDER]

A round takes every step with each photo in turn. Of each step the round in which it took least
counts, as other programs on the machine can only lengthen it. The last line is the share of all
steps that decoding and inference take. Pillow's decoder alone, at the same size, is timed beside
them and not counted; with --simplejpeg FOLDER, so is TurboJPEG for Python, which is installed there
(`pip install --target FOLDER simplejpeg`).
"""

import argparse
import io
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from photosort.embed.backbone import DEFAULT_MODEL, Backbone, find_model
from photosort.embed.pixels import prepare
from photosort.photos.decode import decode
from photosort.photos.measures import measure
from photosort.photos.metadata import read_facts
from photosort.photos.records import new_hash
from photosort.photos.thumbnails import thumbnail

Made = TypeVar("Made")
Turbo = Callable[[bytes, int], object]  # a JPEG, the least side wanted -> pixels
LIMIT = ("decode", "scale for the network", "network")  # decoding and inference
BESIDE = ("(Pillow alone)", "(simplejpeg)")  # no steps of a worker


def pillow(data: bytes, side: int) -> Image.Image:
    """Decode a JPEG as Pillow does at the size that is wanted."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (side, side))
        image.load()
        return image


class Steps:
    """Adds up what each step takes in one round over the photos."""

    def __init__(self) -> None:
        self.taken_ns: dict[str, int] = defaultdict(int)

    def __call__(self, name: str, work: Callable[[], Made]) -> Made:
        """Take a step; return what it made."""
        began = time.process_time_ns()
        made = work()
        self.taken_ns[name] += time.process_time_ns() - began
        return made


def look(path: Path, backbone: Backbone, step: Steps, turbo: Turbo | None) -> None:
    """Do with a photo what a worker does, and decode it by other means beside that."""
    side = backbone.input_side
    data = step("read", path.read_bytes)
    digest = step("hash", lambda: new_hash(data).digest())
    facts = step("header", lambda: read_facts(data))
    step("(Pillow alone)", lambda: pillow(data, 2 * side))
    if turbo:
        step("(simplejpeg)", lambda: turbo(data, 2 * side))
    image = step("decode", lambda: decode(data, min_side=side).image)
    pixels = step("scale for the network", lambda: prepare(image, side))
    seen = step("network", lambda: backbone._look(pixels))
    measures = step("measures", lambda: measure(image))
    small = step("thumbnail", lambda: thumbnail(image))
    sent = (digest, facts, *(array.astype(np.float16) for array in seen), measures, small)
    step("to the parent", lambda: pickle.loads(pickle.dumps(sent)))


def simplejpeg_in(folder: str) -> Turbo:
    """Import simplejpeg from a folder; return its decoder at a least side."""
    sys.path.insert(0, folder)
    from simplejpeg import decode_jpeg

    return lambda data, side: decode_jpeg(data, min_height=side, min_width=side, min_factor=1)


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--simplejpeg", metavar="FOLDER")
    given = parser.parse_args()
    paths = sorted(given.folder.rglob("*.jpg"))
    paths = [paths[at] for at in np.random.default_rng(0).permutation(len(paths))[: given.limit]]
    backbone = Backbone(find_model(DEFAULT_MODEL))
    turbo = simplejpeg_in(given.simplejpeg) if given.simplejpeg else None
    least: dict[str, int] = {}
    for _ in range(given.rounds):
        step = Steps()
        for path in paths:
            look(path, backbone, step, turbo)
        for name, used in step.taken_ns.items():
            least[name] = min(used, least.get(name, used))
    print("| step | ms a photo |\n|---|---|")
    for name, used in least.items():
        print(f"| {name} | {used / 1e6 / len(paths):.2f} |")
    counted = sum(used for name, used in least.items() if name not in BESIDE)
    print(f"\ndecode and inference: {sum(least[name] for name in LIMIT) / counted:.0%} of all")


if __name__ == "__main__":
    main()
