"""How often photos of low confidence are in the wrong cluster, and what --misc sets aside.

    python benchmarks/confidence.py ALBUM... [--model lite2] [--seeds 3]

Each ALBUM is a folder whose sub-folders are the classes of photos; it is grouped into as many
clusters, and a photo that is not of its cluster's majority class is an error. Features stay in the
catalog.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from photosort.commands.organize import rehearse
from photosort.commands.request import Request
from photosort.grouping.confidence import LOW_CONFIDENCE
from photosort.photos.paths import in_full
from photosort.report import Quiet


def measure(album: Path, model: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Group `album`; return each photo's confidence (n,) and whether it is an error (n,)."""
    count = sum(entry.is_dir() for entry in album.iterdir())
    request = Request(sources=(album,), clusters=count, model=model, seed=seed)
    confidence, wrong = [], []
    for cluster in rehearse(request, Quiet()).album.folders:
        classes = [photo.path.relative_to(album).parts[0] for photo in cluster.photos]
        most = Counter(classes).most_common(1)[0][0]
        confidence += [photo.confidence for photo in cluster.photos]
        wrong += [name != most for name in classes]
    return np.array(confidence), np.array(wrong)


def row(name: str, confidence: np.ndarray, wrong: np.ndarray) -> str:
    """Lay out what one album showed."""
    lowest = np.argsort(confidence, kind="stable")[: max(1, len(wrong) // 10)]
    low = confidence < LOW_CONFIDENCE
    error, error_of_lowest = wrong.mean(), wrong[lowest].mean()
    times = f"{error_of_lowest / error:.1f}" if error else "-"
    misc = f"{low.mean():.1%} | {wrong[low].mean() if low.any() else 0:.0%}"
    return f"| {name} | {error:.1%} | {error_of_lowest:.1%} | {times} | {misc} |"


def main() -> None:
    """Print a table in Markdown, then how often photos of a confidence are right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("albums", nargs="+", type=Path)
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    print("| album | error | of the lowest tenth | times | misc would take | wrong among them |")
    print("|---|---|---|---|---|---|")
    every = []
    for album in map(in_full, args.albums):
        for seed in range(args.seeds):
            every.append(measure(album, args.model, seed))
            print(row(f"{album.name}, seed {seed}", *every[-1]), flush=True)
    confidence, wrong = (np.concatenate(parts) for parts in zip(*every, strict=True))
    print(row("all", confidence, wrong))
    print("\n| confidence | photos | right |\n|---|---|---|")
    for low in np.arange(0, 1, 0.1):
        inside = (confidence >= low) & (confidence < (low + 0.1 if low < 0.85 else 1.01))
        if inside.any():
            print(f"| {low:.1f} | {inside.sum():,} | {1 - wrong[inside].mean():.0%} |")


if __name__ == "__main__":
    main()
