"""Make many distinct small photos from fewer: crops, some mirrored, stored anew as JPEG.

    python benchmarks/many_photos.py PHOTOS OUT --count 10000

For the measures of a large folder (benchmarks/organize.py). PHOTOS is searched for pictures; every
one is used equally often, each time cut in another way. The same arguments make the same files, in
folders of 1,000. OUT must not exist.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

A_FOLDER = 1000


def crop(path: Path, number: int) -> Image.Image:
    """Cut 60 to 95 % of a photo's sides out of it, as `number` decides; mirror every other one."""
    rng = np.random.default_rng(number)
    with Image.open(path) as photo:
        upright = ImageOps.exif_transpose(photo).convert("RGB")
    width, height = (max(1, round(side * rng.uniform(0.6, 0.95))) for side in upright.size)
    left = int(rng.integers(upright.width - width + 1))
    top = int(rng.integers(upright.height - height + 1))
    part = upright.crop((left, top, left + width, top + height))
    return ImageOps.mirror(part) if number % 2 else part


def main() -> None:
    """Make the photos."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    given = parser.parse_args()
    sources = sorted(
        path for path in given.photos.rglob("*") if path.suffix.lower() in {".jpg", ".png"}
    )
    given.out.mkdir(parents=True)
    for number in range(given.count):
        folder = given.out / f"{number // A_FOLDER:03}"
        folder.mkdir(exist_ok=True)
        crop(sources[number % len(sources)], number).save(folder / f"{number:06}.jpg", quality=88)


if __name__ == "__main__":
    main()
