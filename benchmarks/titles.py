"""The titles of clusters beside what most of their photos are, for a reader to judge.

    python benchmarks/titles.py ALBUM... [--model lite2] [--clusters K]

Each ALBUM is a folder whose sub-folders are the classes of photos; K is the number of classes
when absent. Features stay in the catalog.
"""

import argparse
from collections import Counter
from pathlib import Path

from photosort.album.plan import Folder
from photosort.commands.organize import rehearse
from photosort.commands.request import Request
from photosort.photos.paths import in_full
from photosort.report import Quiet


def classes(album: Path, cluster: Folder) -> Counter[str]:
    """Count the photos of a cluster by the sub-folder they lie in."""
    return Counter(photo.path.relative_to(album).parts[0] for photo in cluster.photos)


def main() -> None:
    """Print one table in Markdown for each album."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("albums", nargs="+", type=Path)
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--clusters", type=int)
    args = parser.parse_args()
    for album in map(in_full, args.albums):
        count = args.clusters or sum(entry.is_dir() for entry in album.iterdir())
        request = Request(sources=(album,), clusters=count, model=args.model)
        found = rehearse(request, Quiet()).album.folders
        titled = sum(cluster.leaf.name is not None for cluster in found)
        print(f"\n{album.name}, {args.model}: {titled} of {len(found)} clusters have a title\n")
        print("| title | most photos are | photos |\n|---|---|---|")
        for cluster in found:
            name, number = classes(album, cluster).most_common(1)[0]
            share = number / len(cluster.photos)
            print(f"| {cluster.leaf.name or '-'} | {name} ({share:.0%}) | {len(cluster.photos)} |")


if __name__ == "__main__":
    main()
