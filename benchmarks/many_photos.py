"""Make many distinct small photos from fewer: crops, some mirrored, stored anew as JPEG.

    python benchmarks/many_photos.py PHOTOS OUT --count 10000 [--phone]

For the measures of a large folder (benchmarks/organize.py). PHOTOS is searched for pictures; every
one is used equally often, each time cut in another way. The same arguments make the same files, in
folders of 1,000. OUT must not exist.

With --phone they are as large as a telephone's, 4032 x 3024 pixels: scaled up, with noise, which is
what most bytes of such a file are, and of quality 92: 4 MB each.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

A_FOLDER = 1000
PHONE = (4032, 3024)
NOISE = 3.5  # standard deviation, levels of 255


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


def like_a_phones(photo: Image.Image, number: int) -> Image.Image:
    """Scale a picture up to a telephone's size and add noise, the same in all channels."""
    size = PHONE if photo.width >= photo.height else PHONE[::-1]
    large = np.asarray(ImageOps.fit(photo, size, Image.Resampling.LANCZOS), np.float32)
    noise = np.random.default_rng(number).normal(0, NOISE, large.shape[:2])
    return Image.fromarray((large + noise[:, :, None]).clip(0, 255).astype(np.uint8))


def main() -> None:
    """Make the photos."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--phone", action="store_true")
    given = parser.parse_args()
    sources = sorted(
        path for path in given.photos.rglob("*") if path.suffix.lower() in {".jpg", ".png"}
    )
    given.out.mkdir(parents=True)
    for number in range(given.count):
        folder = given.out / f"{number // A_FOLDER:03}"
        folder.mkdir(exist_ok=True)
        photo = crop(sources[number % len(sources)], number)
        if given.phone:
            photo = like_a_phones(photo, number)
        photo.save(folder / f"{number:06}.jpg", quality=92 if given.phone else 88)


if __name__ == "__main__":
    main()
