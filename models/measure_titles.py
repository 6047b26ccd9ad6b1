"""Measure how frequent each word of titles.toml is in ordinary photos, and write it there.

    python models/measure_titles.py FOLDER [--photos 1600]

FOLDER holds photos of anything; some, drawn by chance, are looked at with both backbones. About two
minutes for 1,600 photos on two cores.
"""

import argparse
import random
import re
from pathlib import Path

import numpy as np

from photosort.dec.arrays import Floats
from photosort.embed.backbone import MODELS, Backbone
from photosort.photos.decode import DecodeError, decode
from photosort.photos.scan import scan
from photosort.titles.words import vocabulary

TABLE = Path(__file__).with_name("titles.toml")


def mean_scores(folder: Path, photos: int) -> Floats:
    """Return the mean class scores (1000,) of `photos` photos below `folder`, over all models."""
    found = [photo.path for photo in scan([folder]).photos]
    chosen = random.Random(0).sample(found, min(photos, len(found)))
    scores = []
    for spec in MODELS.values():
        backbone = Backbone(spec, threads=2)
        for path in chosen:
            try:
                image = decode(path, min_side=spec.input_side).image
            except DecodeError as error:
                print(f"{path}: {error}, left out")
                continue
            scores.append(np.array(backbone.embed(image)[1]))
    mean: Floats = np.mean(scores, axis=0)
    return mean


def main() -> None:
    """Replace the `usual` of each word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=1600)
    args = parser.parse_args()
    mean = mean_scores(args.folder, args.photos)
    text = TABLE.read_text(encoding="utf-8")
    count = len(re.findall(r"^usual = ", text, flags=re.MULTILINE))
    shares = iter([mean[list(word.classes)].sum() for word in vocabulary()[:count]])
    fresh = re.sub(r"(?m)^usual = .*$", lambda _: f"usual = {next(shares):.4f}", text)
    TABLE.write_text(fresh, encoding="utf-8")
    print(f"{TABLE}: {count} words measured")


if __name__ == "__main__":
    main()
