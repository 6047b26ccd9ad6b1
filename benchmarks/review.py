"""How often `photosort review` is right (kinds, blur, exposure, copies), and how long it takes.

    python benchmarks/review.py ALBUMS --work FOLDER [--photos 200]
    python benchmarks/review.py --scale 100000

ALBUMS holds albums whose sub-folders are kinds, one of them `phone` with screenshots, receipts and
memes. Spoilt photos and copies are made of its photos and go to --work. Beside it stands what other
tools do: a perceptual hash of 64 bits and at most 10 that differ (imagededup's default), and the
variance of the Laplacian below 100 (the usual threshold for blur, Pech-Pacheco et al. 2000).
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from photosort import report
from photosort.commands.review import Wanted, rehearse_review
from photosort.photos.decode import decode
from photosort.photos.measures import measure
from photosort.review.judge import Look, judge
from photosort.review.pairs import perceptual_hashes
from photosort.review.quality import faults
from photosort.review.records import Item
from photosort.review.trained import load_trained

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from review_images import blurred, bokeh, exposed

NO_PHOTOS = ("screenshots", "receipts", "memes")
STRENGTHS = (0.01, 0.02, 0.04)  # of the short side
STOPS = {"dark": (-3.0, -4.0, -5.0), "bright": (2.0, 3.0, 4.0)}
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


def through_jpeg(image: Image.Image, file: Path) -> Image.Image:
    """Save and read as review does."""
    image.save(file, quality=90)
    return decode(file, min_side=260).image


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


def quality(paths: list[Path], work: Path) -> None:
    """Blur of three kinds and strengths, and exposure, against photos as they are, bokeh, skies."""
    rng, trained = np.random.default_rng(SEED), load_trained()
    file = work / "quality.jpg"
    images: list[tuple[str, Image.Image]] = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        images += [("as it is", image), ("bokeh", bokeh(rng, image))]
        for how in ("gaussian", "focus", "motion"):
            for share in STRENGTHS:
                wide = 2 * share if how == "motion" else share
                angle = float(rng.uniform(0, np.pi))
                images.append((f"{how} {share:.0%}", blurred(image, how, wide, angle)))
        for name, stops in STOPS.items():
            images += [(f"{name} {stop:+.0f}", exposed(image, stop)) for stop in stops]
    images += [("sky", sky(rng)) for _ in range(len(paths) // 4)]
    names = [name for name, _ in images]
    read = [through_jpeg(image, file) for _, image in images]
    numbers = np.stack([measure(image).numbers for image in read]).astype(np.float32)
    item = Item(file, b"", 1, 1)
    said = [
        {verdict[0] for verdict in found} for found in faults([item] * len(names), numbers, trained)
    ]
    others = [laplacian(image) < 100 for image in read]
    header("Blur and exposure, self-made")
    exposures = tuple(STOPS)
    blur, variance = Counts(), Counts()
    for name, found, other in zip(names, said, others, strict=True):
        if not name.startswith(exposures):
            is_blurred = name.startswith(("gaussian", "focus", "motion"))
            blur.take(true=is_blurred, found="blurred" in found)
            variance.take(true=is_blurred, found=other)
    print(blur.row("blurred"))
    print(variance.row("variance of the Laplacian < 100"))
    for reason in exposures:
        count = Counts()
        for name, found in zip(names, said, strict=True):
            count.take(true=name.startswith(reason), found=reason in found)
        print(count.row(reason))
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


def variants(rng: np.random.Generator) -> dict[str, Callable[[Image.Image], Image.Image]]:
    """Name what is done to a photo to make a near copy of it."""

    def crop(image: Image.Image) -> Image.Image:
        left, top = (rng.uniform(0, 0.05) * side for side in image.size)
        width, height = image.size
        return image.crop((int(left), int(top), int(left + width * 0.95), int(top + height * 0.95)))

    def mark(image: Image.Image) -> Image.Image:
        marked = image.copy()
        size = max(image.width // 18, 8)
        ImageDraw.Draw(marked).text(
            (image.width * 0.55, image.height * 0.85), "(c) photo", "white", font_size=size
        )
        return marked

    def half(image: Image.Image) -> Image.Image:
        return image.resize((max(image.width // 2, 1), max(image.height // 2, 1)))

    return {
        "smaller": half,
        "cropped 5 %": crop,
        "watermark": mark,
        "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
        "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.75),
        "edited": lambda image: ImageEnhance.Color(
            ImageEnhance.Contrast(image).enhance(1.25)
        ).enhance(0.5),
        "messenger": lambda image: image.resize((image.width * 7 // 10, image.height * 7 // 10)),
    }


def copies(paths: list[Path], work: Path) -> None:
    """Near copies of seven kinds: pairs that are found, wrong pairs in 10,000; the keeper."""
    folder = work / "copies"
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(SEED)
    made = variants(rng)
    for number, path in enumerate(paths):
        image = Image.open(path).convert("RGB")
        image.save(folder / f"{number:04}-0 original.jpg", quality=95)
        for name, change in made.items():
            quality_of = 60 if name == "messenger" else 85
            changed = change(image)
            changed.save(folder / f"{number:04}-{name}.jpg", quality=quality_of)
    found = rehearse_review(Wanted((folder,)), report.Quiet())
    keeper_of = {
        f.item.path.name: f.keeper.path.name for f in found.findings if f.keeper is not None
    }
    thumbs = {}
    for file in sorted(folder.glob("*.jpg")):
        thumbs[file.name] = measure(decode(file, min_side=260).image).thumb
    hashes = dict(zip(thumbs, perceptual_hashes(np.stack(list(thumbs.values()))), strict=True))
    print("\nNear copies: the copy and its original in one group\n")
    print("| made | photosort | perceptual hash, 10 bits |\n| --- | --- | --- |")
    for name in made:
        group, other = [], []
        for number in range(len(paths)):
            first, second = f"{number:04}-0 original.jpg", f"{number:04}-{name}.jpg"
            root = [keeper_of.get(one, one) for one in (first, second)]
            group.append(root[0] == root[1])
            other.append(int(hashes[first] ^ hashes[second]).bit_count() <= 10)
        print(f"| {name} | {np.mean(group):.3f} | {np.mean(other):.3f} |")
    names = list(thumbs)
    roots = np.array([keeper_of.get(name, name) for name in names])
    source = np.array([name[:4] for name in names])
    apart = source[:, None] != source[None, :]
    together = roots[:, None] == roots[None, :]
    total = apart.sum() / 2
    words = np.array([hashes[name] for name in names])
    bits = np.unpackbits((words[:, None] ^ words[None, :]).view(np.uint8).reshape(
        len(names), len(names), 8), axis=2).sum(axis=2)  # fmt: skip
    ours, theirs = (together & apart).sum() / 2, ((bits <= 10) & apart).sum() / 2
    print(f"| wrong pairs in 10,000 | {1e4 * ours / total:.3f} | {1e4 * theirs / total:.3f} |")
    bursts(paths, work)


def bursts(paths: list[Path], work: Path) -> None:
    """Count keepers of self-made bursts: one sharp shot among blurred, dark and small ones."""
    folder = work / "bursts"
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(SEED + 1)
    for number, path in enumerate(paths):
        image = Image.open(path).convert("RGB")
        width, height = image.size
        shots = {
            "best": image,
            "blurred": image.filter(ImageFilter.GaussianBlur(0.012 * min(image.size))),
            "dark": exposed(image, -1.5),
            "small": image.resize((width * 2 // 3, height * 2 // 3)),
        }
        order = rng.permutation(len(shots))
        for at, (name, shot) in zip(order, shots.items(), strict=True):
            shot.save(folder / f"{number:04}-{at}-{name}.jpg", quality=92)
    found = rehearse_review(Wanted((folder,)), report.Quiet())
    groups = {one.keeper.path for one in found.findings if one.keeper is not None}
    right = sum(path.stem.endswith("best") for path in groups)
    print(f"\nKeepers: {right} of {len(groups)} groups of self-made bursts keep the best shot")


def scale(count: int) -> None:
    """Time the judgement of photos from the catalog: made-up ones, a tenth of them copies."""
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
    numbers = np.full((count, 34), 0.5, np.float32)
    look = Look(thumbs, numbers, halves, np.zeros((count, 5), np.float32))
    items = [Item(Path(f"/p/{n:06}.jpg"), n.to_bytes(16, "big"), 1000, n) for n in range(count)]
    begun, cpu = time.perf_counter(), time.process_time()
    found = judge(items, range(count), look, load_trained())
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(
        f"{count:,} photos: {seconds:.1f} s ({cpu:.1f} s of CPU), "
        f"{len(found['duplicates']):,} copies of {count - base:,}"
    )


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("albums", type=Path, nargs="?")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--scale", type=int)
    arguments = parser.parse_args()
    if arguments.scale:
        scale(arguments.scale)
    if arguments.albums:
        albums, work = arguments.albums.absolute(), arguments.work.absolute()
        work.mkdir(parents=True, exist_ok=True)
        paths = photos_of(albums, arguments.photos)
        kinds(albums, work)
        quality(paths, work)
        copies(paths, work)


if __name__ == "__main__":
    main()
