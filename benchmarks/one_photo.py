"""What a worker does with a photo, step by step: processor milliseconds, one process, one thread.

    python benchmarks/one_photo.py DIR [--limit 60] [--rounds 3] [--simplejpeg FOLDER]

Every step is taken with each photo in turn; the round in which a step took least counts, as other
work on the machine falls on all steps alike. Last comes the share of all that decoding and
inference take. Pillow's decoder alone, at the same size, stands beside them and is not counted;
--simplejpeg names a folder with TurboJPEG for Python (`pip install --target FOLDER simplejpeg`),
which decodes the same then.
"""

import argparse
import io
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
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
LIMIT = ("decode", "scale for the network", "network")
BESIDE = ("(Pillow alone)", "(simplejpeg)")


def pillow(data: bytes, side: int) -> Image.Image:
    """Decode a JPEG as Pillow does at the size that is wanted."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (side, side))
        image.load()
        return image


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
    side = backbone.input_side
    if given.simplejpeg:
        sys.path.insert(0, given.simplejpeg)
        import simplejpeg
    least: dict[str, int] = {}
    for _ in range(given.rounds):
        taken: dict[str, int] = defaultdict(int)

        def step(name: str, work: Callable[[], Made], taken: dict[str, int] = taken) -> Made:
            began = time.process_time_ns()
            made = work()
            taken[name] += time.process_time_ns() - began
            return made

        for path in paths:
            data = step("read", path.read_bytes)
            digest = step("hash", lambda data=data: new_hash(data).digest())
            facts = step("header", lambda data=data: read_facts(data))
            step("(Pillow alone)", lambda data=data: pillow(data, 2 * side))
            if given.simplejpeg:
                turbo = {"min_height": 2 * side, "min_width": 2 * side, "min_factor": 1}
                turbo_decode = partial(simplejpeg.decode_jpeg, data, **turbo)
                step("(simplejpeg)", turbo_decode)
            image = step("decode", lambda data=data: decode(data, min_side=side).image)
            pixels = step("scale for the network", lambda image=image: prepare(image, side))
            seen = step("network", lambda pixels=pixels: backbone._look(pixels))
            measures = step("measures", lambda image=image: measure(image))
            small = step("thumbnail", lambda image=image: thumbnail(image))
            halves = [array.astype(np.float16) for array in seen]
            sent = (digest, facts, *halves, measures, small)
            step("to the parent", lambda sent=sent: pickle.loads(pickle.dumps(sent)))
        for name, used in taken.items():
            least[name] = min(used, least.get(name, used))
    print("| step | ms a photo |\n|---|---|")
    for name, used in least.items():
        print(f"| {name} | {used / 1e6 / len(paths):.2f} |")
    counted = sum(used for name, used in least.items() if name not in BESIDE)
    print(f"\ndecode and inference: {sum(least[name] for name in LIMIT) / counted:.0%} of all")


if __name__ == "__main__":
    main()
