"""How often `photosort review` is right (kinds, blur, exposure, copies), and how long it takes.

    python benchmarks/review.py ALBUMS --work FOLDER [--photos 200] [--others PYTHON]
    python benchmarks/review.py --scale 100000

ALBUMS holds albums whose sub-folders are kinds, one of them `phone` with screenshots, receipts and
memes. Spoilt photos and copies are made of its photos and go to --work. Beside it stand the
variance of the Laplacian below 100 (the usual threshold, Pech-Pacheco et al. 2000) and, with
--others, a Python that has them (review_others.py), imagededup, czkawka and CleanVision.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from review_copies import bursts, copies, make_copies

from photosort import report
from photosort.catalog import Catalog
from photosort.commands.review import Wanted, read_look, rehearse_review
from photosort.embed.backbone import find_model
from photosort.photos.decode import decode
from photosort.photos.measures import NAMES, Measures, measure
from photosort.photos.metadata import Facts
from photosort.photos.records import Embedded
from photosort.review.judge import judge
from photosort.review.quality import faults
from photosort.review.records import Item
from photosort.review.trained import load_trained

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from review_images import blurred, bokeh, exposed

NO_PHOTOS = ("screenshots", "receipts", "memes")
STRENGTHS = (0.01, 0.02, 0.04)  # of the short side
STOPS = {"dark": (-3.0, -4.0, -5.0), "bright": (2.0, 3.0, 4.0)}
BLURS = ("gaussian", "focus", "motion")
SEED = 0


@dataclass
class Counts:
    """Right and wrong answers."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def take(self, *, true: bool, found: bool) -> None:
        """Count one answer."""
        self.right += true and found
        self.missed += true and not found
        self.wrong += found and not true

    def row(self, name: str) -> str:
        """Write a row of a table in Markdown."""
        precision = self.right / max(self.right + self.wrong, 1)
        recall = self.right / max(self.right + self.missed, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        return (
            f"| {name} | {self.right + self.missed:,} | {precision:.3f} | {recall:.3f} | {f1:.3f} |"
        )


def header(title: str) -> None:
    """Begin a table in Markdown."""
    print(
        f"\n{title}\n\n| reason | of them | precision | recall | F1 |\n"
        "| --- | --- | --- | --- | --- |"
    )


def kinds(albums: Path, work: Path) -> None:
    """Screenshots, documents or receipts, and memes against all other photos of the albums.

    Names and folders would tell: the photos are copied under numbers first.
    """
    folder = work / "kinds"
    folder.mkdir(exist_ok=True)
    paths = sorted(albums.rglob("*.jpg"))
    for number, path in enumerate(paths):
        if not (folder / f"{number:05}.jpg").exists():
            shutil.copyfile(path, folder / f"{number:05}.jpg")
    found = rehearse_review(Wanted((folder,)), report.Quiet())
    reason_of = {int(finding.item.path.stem): finding.reason for finding in found.findings}
    said = {
        "screenshots": ("screenshots",),
        "receipts": ("receipts", "documents"),
        "memes": ("memes",),
    }
    counts = {kind: Counts() for kind in NO_PHOTOS}
    for number, path in enumerate(paths):
        reason = reason_of.get(number, "")
        if reason == "duplicates":  # which is said first, whatever the kind
            continue
        for kind, count in counts.items():
            true = path.parent.name == kind and path.parent.parent.name == "phone"
            count.take(true=true, found=reason in said[kind])
    header(f"Kinds, {found.photos:,} photos of {albums.name}")
    for kind, count in counts.items():
        print(count.row("receipts and documents" if kind == "receipts" else kind))


def photos_of(albums: Path, count: int) -> list[Path]:
    """Choose photos of life: of all albums, but no drawings and none of NO_PHOTOS."""
    paths = [
        path
        for path in sorted(albums.rglob("*.jpg"))
        if path.parent.name not in NO_PHOTOS and path.parent.parent.name != "art"
    ]
    chosen = np.random.default_rng(SEED).permutation(len(paths))[:count]
    return [paths[at] for at in chosen]


def laplacian(image: Image.Image) -> float:
    """Return the variance of the Laplacian, levels being 0 to 255."""
    grey = np.asarray(image.convert("L"), np.float32)
    inner = grey[1:-1, 1:-1] * 4
    inner = inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(inner.var())


def sky(rng: np.random.Generator) -> Image.Image:
    """Make a sky: a smooth slope of blue with a little noise."""
    ends = rng.integers(120, 250, (2, 3))
    slope = np.linspace(ends[0], ends[1], 480)[:, None, :] * np.ones((1, 640, 1))
    noise = rng.normal(0, rng.uniform(0, 3), (480, 640, 1))
    return Image.fromarray((slope + noise).clip(0, 255).astype(np.uint8))


def spoil(paths: list[Path], folder: Path) -> list[str]:
    """Save photos as they are, blurred in three ways, exposed wrongly; say which file is which.

    Photos with a blurred ground (bokeh) and skies are sharp, too.
    """
    rng = np.random.default_rng(SEED)
    folder.mkdir(exist_ok=True)
    images: list[tuple[str, Image.Image]] = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        images += [("as it is", image), ("bokeh", bokeh(rng, image))]
        for how in BLURS:
            for share in STRENGTHS:
                wide = 2 * share if how == "motion" else share
                angle = float(rng.uniform(0, np.pi))
                images.append((f"{how} {share:.0%}", blurred(image, how, wide, angle)))
        for name, stops in STOPS.items():
            images += [(f"{name} {stop:+.0f}", exposed(image, stop)) for stop in stops]
    images += [("sky", sky(rng)) for _ in range(len(paths) // 4)]
    for number, (_, image) in enumerate(images):
        image.save(folder / f"{number:05}.jpg", quality=90)
    return [name for name, _ in images]


def quality(names: list[str], folder: Path, others_say: dict[str, list[list[str]]]) -> None:
    """Compare what is said of spoilt photos with what was done to them."""
    trained = load_trained()
    read = [decode(file, min_side=260).image for file in sorted(folder.glob("*.jpg"))]
    numbers = np.stack([measure(image).numbers for image in read]).astype(np.float32)
    item = Item(folder, b"", 1, 1)
    said = [
        {verdict[0] for verdict in found} for found in faults([item] * len(names), numbers, trained)
    ]
    others = [laplacian(image) < 100 for image in read]
    header("Blur and exposure, self-made")
    exposures = tuple(STOPS)
    answers = {"photosort": said, "variance of the Laplacian < 100": [
        {"blurred"} if other else set() for other in others
    ], **others_say}  # fmt: skip
    for reason in ("blurred", *exposures):
        for who, answer in answers.items():
            if reason != "blurred" and who.startswith("variance"):
                continue
            count = Counts()
            for name, found in zip(names, answer, strict=True):
                if reason == "blurred" and name.startswith(exposures):
                    continue  # nobody can tell whether what is black was sharp
                true = name.startswith(BLURS if reason == "blurred" else reason)
                count.take(true=true, found=reason in found)
            print(count.row(f"{reason}, {who}"))
    print(
        "\n| photos | called blurred | dark | bright | Laplacian < 100 |\n"
        "| --- | --- | --- | --- | --- |"
    )
    for name in dict.fromkeys(names):
        rows = [at for at, one in enumerate(names) if one == name]
        shares = [
            np.mean([reason in said[at] for at in rows]) for reason in ("blurred", *exposures)
        ]
        shares.append(np.mean([others[at] for at in rows]))
        print(f"| {name} | {' | '.join(f'{share:.0%}' for share in shares)} |")


def scale(count: int) -> None:
    """Time reading made-up photos, a tenth of them copies, from a catalog and judging them."""
    rng = np.random.default_rng(SEED)
    base = count - count // 10
    coarse = rng.integers(0, 256, (base, 8, 8), np.uint8)
    source = np.concatenate([np.arange(base), rng.integers(0, base, count - base)])
    centres = np.abs(rng.standard_normal((200, 1280))).astype(np.float32)  # kinds of photos
    halves = np.empty((count, 1280), np.float16)
    for start in range(0, base, 8192):
        rows = slice(start, min(start + 8192, base))
        some = centres[rng.integers(200, size=rows.stop - start)]
        some = some + 0.7 * np.abs(rng.standard_normal(some.shape)).astype(np.float32)
        halves[rows] = some / np.linalg.norm(some, axis=1, keepdims=True)
    halves[base:] = halves[source[base:]]
    thumbs = coarse[source].repeat(4, axis=1).repeat(4, axis=2)
    numbers = np.full(len(NAMES), 0.5, np.float16)
    items = [Item(Path(f"/p/{n:06}.jpg"), n.to_bytes(16, "big"), 1000, n) for n in range(count)]
    spec = find_model("lite2")
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_CACHE_HOME"] = home
        with Catalog.open() as catalog:
            for start in range(0, count, 512):
                some = [
                    Embedded(
                        items[n].path, 1000, n, n, items[n].content_hash, Facts(), halves[n],
                        np.zeros(1000, np.float16), None, Measures(thumbs[n], numbers),
                    )
                    for n in range(start, min(start + 512, count))
                ]  # fmt: skip
                catalog.store(some, spec.id)
        del halves, thumbs
        begun, cpu = time.perf_counter(), time.process_time()
        with Catalog.open() as catalog:
            look = read_look(catalog, [item.content_hash for item in items], spec.id)
        read = time.process_time() - cpu
        found = judge(items, range(count), look, load_trained())
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(
        f"{count:,} photos: {seconds:.1f} s ({cpu:.1f} s of CPU, {read:.1f} of them reading), "
        f"{len(found['duplicates']):,} copies of {count - base:,}"
    )


def ask(python: Path | None, copies: Path, spoilt: Path) -> dict:
    """Ask the other programs; none without `python`."""
    if python is None:
        return {"pairs": {}, "said": {}, "missing": ["others: no --others given"]}
    script = Path(__file__).with_name("review_others.py")
    done = subprocess.run(
        [python, script, copies, spoilt], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, nargs="?")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument(
        "--others", type=Path, help="a Python with imagededup, czkawka, cleanvision"
    )
    parser.add_argument("--scale", type=int)
    arguments = parser.parse_args()
    if arguments.scale:
        scale(arguments.scale)
    if arguments.albums:
        albums, work = arguments.albums.absolute(), arguments.work.absolute()
        work.mkdir(parents=True, exist_ok=True)
        paths = photos_of(albums, arguments.photos)
        kinds(albums, work)
        names = spoil(paths, work / "quality")
        make_copies(paths, work / "copies")
        others = ask(arguments.others, work / "copies", work / "quality")
        quality(names, work / "quality", others["said"])
        copies(len(paths), work / "copies", others["pairs"])
        bursts(paths, work / "bursts")
        for missing in others["missing"]:
            print(f"\nNot asked: {missing}")


if __name__ == "__main__":
    main()
