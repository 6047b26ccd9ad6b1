"""How much of a photo must be left for it to find its kind: what LEAST_SHARE was chosen by.

    python benchmarks/damaged.py ALBUM [--photos 800] [--model lite0]

ALBUM is a folder whose sub-folders are labels. A quarter of the photos is cut to a share of their
rows and filled up as damaged photos are; then their ten nearest whole neighbours vote.
"""

import argparse
import random
from pathlib import Path

import numpy as np
from PIL import Image

from photosort.embed.backbone import MODELS, Backbone
from photosort.photos.decode import decode
from photosort.photos.salvage import fill_gaps
from photosort.photos.scan import scan

NEIGHBOURS = 10
SHARES = (1.0, 0.9, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def main() -> None:
    """Print, for each share of the rows, how many photos find their kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("album", type=Path)
    parser.add_argument("--photos", type=int, default=800)
    parser.add_argument("--model", choices=sorted(MODELS), default="lite0")
    asked = parser.parse_args()
    paths = [photo.path for photo in scan([asked.album]).photos]
    random.Random(0).shuffle(paths)
    paths = paths[: asked.photos]
    kinds = sorted({path.parent.name for path in paths})
    labels = np.array([kinds.index(path.parent.name) for path in paths])
    backbone = Backbone(MODELS[asked.model], threads=1)
    side = MODELS[asked.model].input_side
    pictures = [decode(path, min_side=side).image for path in paths]
    features = np.stack([look(backbone, picture) for picture in pictures])
    tried = range(0, len(paths), 4)
    for share in SHARES:
        right = 0
        for row in tried:
            likeness = features @ look(backbone, cut(pictures[row], share))
            likeness[row] = -1  # itself
            nearest = labels[np.argsort(-likeness)[:NEIGHBOURS]]
            right += int(np.bincount(nearest, minlength=len(kinds)).argmax() == labels[row])
        print(f"{share:4.0%} of the rows: {right / len(tried):.3f} find their kind")


def look(backbone: Backbone, picture: Image.Image) -> np.ndarray:
    """Embed a picture, at length 1."""
    feature = backbone.embed(picture)[0].astype(np.float32)
    return feature / np.linalg.norm(feature)


def cut(picture: Image.Image, share: float) -> Image.Image:
    """Keep the upper rows, and fill the others as salvage does."""
    known = Image.new("L", picture.size)
    known.paste(255, (0, 0, picture.width, max(round(picture.height * share), 1)))
    partial = picture.copy()
    partial.putalpha(known)
    return fill_gaps(partial)


if __name__ == "__main__":
    main()
