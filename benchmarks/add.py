"""What `photosort add` of one photo costs, by the size of the album: processor time, memory.

    python benchmarks/add.py DIR --count 20000 [--package FOLDER] [--keep]

DIR is made: small files that begin as JPEGs do, a catalog with made-up features of 30 clusters
(seed 0) and the album of them, with symbolic links. The same arguments make the same album. With
--keep, one that is there is used again; --package runs the photosort of another checkout.
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
from made_album import CLUSTERS, write
from PIL import Image
from processes import catalog_in, children_seconds, home

from photosort.album.plan import Member
from photosort.album.write import claim
from photosort.catalog import Catalog
from photosort.embed.backbone import MODELS
from photosort.photos.metadata import Facts
from photosort.photos.records import Embedded, new_hash

A_FOLDER = 1000
BATCH = 2000
HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def make_photos(folder: Path, count: int, catalog_file: Path) -> list[Member]:
    """Write the files and put what was learned of them into the catalog."""
    rng = np.random.default_rng(0)
    centres = rng.random((CLUSTERS, 1280))
    members = []
    catalog_file.parent.mkdir(parents=True)
    with Catalog.open(catalog_file) as catalog:
        for first in range(0, count, BATCH):
            batch = []
            for number in range(first, min(first + BATCH, count)):
                path = folder / f"{number // A_FOLDER:03}" / f"{number:06}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                data = HEAD + f"{number}".encode()
                path.write_bytes(data)
                status = path.stat()
                digest = new_hash(data).digest()
                noise = rng.random(1280)
                feature = (centres[number % CLUSTERS] + noise).astype(np.float16)
                scores = np.zeros(1000, np.float16)
                times = status.st_mtime_ns, status.st_ctime_ns
                batch.append(Embedded(path, len(data), *times, digest, Facts(), feature, scores))
                members.append(Member(path, 0.9, digest.hex()))
            catalog.store(batch, MODELS["lite2"].id)
    return members


def make_album(base: Path, count: int) -> None:
    """Write the album of `count` photos."""
    source, out = base / "photos", base / "album"
    members = make_photos(source, count, catalog_in(base))
    with claim(out, [source], "symlink") as claimed:
        write(claimed, members, source, {"model": "lite2", "by": ["content"], "seed": 0})


def add_one(base: Path, package: Path) -> tuple[float, float]:
    """Add a new photo; return processor seconds and peak memory in GB of the command."""
    number = len(list((base / "new").iterdir()))
    photo = base / "new" / f"new{number}.jpg"
    colour = (number * 7 % 256, 80, 160)
    Image.new("RGB", (300, 300), colour).save(photo)
    command = [sys.executable, "-P", "-m", "photosort", "add", str(photo)]
    command += ["--album", str(base / "album"), "--quiet"]
    before = children_seconds()
    subprocess.run(command, env={**home(base), "PYTHONPATH": str(package)}, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest process, in KiB
    return children_seconds() - before, peak / 1e6


def main() -> None:
    """Make the album where it is not there, add photos, print what that costs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--package", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    base = given.folder.absolute()
    if not (given.keep and base.exists()):
        base.mkdir()
        (base / "new").mkdir()
        make_album(base, given.count)
    for _ in range(given.runs):
        seconds, gigabytes = add_one(base, given.package.absolute())
        print(f"{given.count:,} photos: {seconds:.2f} s of processor time, {gigabytes:.2f} GB")


if __name__ == "__main__":
    main()
