"""Near copies and bursts for benchmarks/review.py: how many are found, and which shot is kept."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from photosort import report
from photosort.commands.review import Wanted, rehearse_review

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from review_images import exposed

SEED = 0
MOST_WRONG = 1.0  # pairs in 10,000
DEFAULTS = {"imagededup": 10, "czkawka": 15}  # bits: its default; what its documentation takes
ORIGINAL = "0 original"


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


def make_copies(paths: list[Path], folder: Path) -> None:
    """Save each photo and its near copies of seven kinds."""
    folder.mkdir(exist_ok=True)
    made = variants(np.random.default_rng(SEED))
    for number, path in enumerate(paths):
        image = Image.open(path).convert("RGB")
        image.save(folder / f"{number:04}-{ORIGINAL}.jpg", quality=95)
        for name, change in made.items():
            quality_of = 60 if name == "messenger" else 85
            change(image).save(folder / f"{number:04}-{name}.jpg", quality=quality_of)


def copies(count: int, folder: Path, others: dict[str, list[int]]) -> None:
    """Compare recall, copy by copy of `count` photos, where hardly a wrong pair is found.

    `others` are the bits in which two files differ, pair by pair in the order of their names; each
    has the loosest limit with fewer than MOST_WRONG wrong pairs in 10,000.
    """
    names = [file.stem for file in sorted(folder.glob("*.jpg"))]
    place = {name: at for at, name in enumerate(names)}
    source = np.array([name[:4] for name in names])
    first, second = np.triu_indices(len(names), 1)
    apart = source[first] != source[second]
    found = rehearse_review(Wanted((folder,)), report.Quiet())
    keeper_of = {
        f.item.path.stem: f.keeper.path.stem for f in found.findings if f.keeper is not None
    }
    roots = np.array([keeper_of.get(name, name) for name in names])
    columns = {"photosort": (roots[first] == roots[second], "one group")}
    for who, distances in others.items():
        bits = np.array(distances)
        wrong = [1e4 * np.mean(bits[apart] <= most) for most in range(65)]
        limit = max((most for most, share in enumerate(wrong) if share < MOST_WRONG), default=-1)
        columns[who] = (bits <= limit, f"{limit} bits" if limit >= 0 else "none")
    wanted = {
        name: [(place[f"{n:04}-{ORIGINAL}"], place[f"{n:04}-{name}"]) for n in range(count)]
        for name in variants(np.random.default_rng(SEED))
    }
    pair_at = np.full((len(names), len(names)), -1)
    pair_at[first, second] = pair_at[second, first] = np.arange(len(first))
    print(f"\nNear copies: pairs of a copy and its original, of {count} photos\n")
    print(f"| copy | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}")
    print(f"| limit | {' | '.join(limit for _, limit in columns.values())} |")
    every = [pair for pairs in wanted.values() for pair in pairs]
    for name, pairs in [*wanted.items(), ("all", every)]:
        at = [pair_at[pair] for pair in pairs]
        print(f"| {name} | {' | '.join(f'{f[at].mean():.3f}' for f, _ in columns.values())} |")
    shares = [f"{1e4 * same[apart].mean():.2f}" for same, _ in columns.values()]
    print(f"| wrong pairs in 10,000 | {' | '.join(shares)} |")
    at = [pair_at[pair] for pair in every]
    for who, distances in others.items():
        limit, bits = DEFAULTS[who.split()[0]], np.array(distances)
        share, wrong_share = (bits[at] <= limit).mean(), 1e4 * (bits[apart] <= limit).mean()
        print(f"\n{who} at {limit} bits: {share:.3f} found, {wrong_share:.2f} wrong in 10,000")


def bursts(paths: list[Path], folder: Path) -> None:
    """Count keepers of self-made bursts: one sharp shot among blurred, dark and small ones."""
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
