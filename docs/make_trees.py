"""Print the trees of the README: one made-up year, organized in three ways.

python docs/make_trees.py

A photo every other day at home in Lisbon, a journey to Goa, a weekend in Porto, a screenshot.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

LISBON, PORTO = (38.7223, -9.1393), (41.1496, -8.6110)
PANAJI, MARGAO = (15.4909, 73.8278), (15.2832, 73.9862)
VIEWS = (
    ("--by", "event"),
    ("--by", "time", "--every", "month"),
    ("--by", "place", "--level", "city"),
)
Spot = tuple[float, float]  # degrees north and east


def photograph(path: Path, taken: str, spot: Spot | None) -> None:
    """Save a small photo with its date and place."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acme", "One"
    exif.get_ifd(0x8769)[0x9003] = taken
    if spot:
        north, east = ([IFDRational(round(abs(x) * 10_000), 10_000), 0, 0] for x in spot)
        gps = {1: "N" if spot[0] > 0 else "S", 2: north, 3: "E" if spot[1] > 0 else "W", 4: east}
        exif.get_ifd(0x8825).update(gps)
    shade = sum(path.name.encode()) % 200
    Image.new("RGB", (32, 24), (shade, 90, 120)).save(path, exif=exif)


def live(photos: Path) -> None:
    """Take the photos of the year."""
    photos.mkdir()
    away = {(5, day) for day in range(3, 13)} | {(6, 16), (6, 17)}
    for month in range(1, 7):
        for day in range(1, 29, 2):
            if (month, day) not in away:
                taken = f"2018:{month:02d}:{day:02d} 18:00:00"
                photograph(photos / f"home-{month}-{day}.jpg", taken, LISBON)
    for day in range(3, 13):
        spot = MARGAO if day == 7 else PANAJI
        for hour in range(9, 18):
            photograph(photos / f"goa-{day}-{hour}.jpg", f"2018:05:{day:02d} {hour}:10:00", spot)
    for day in (16, 17):
        for hour in range(9, 18):
            photograph(photos / f"porto-{day}-{hour}.jpg", f"2018:06:{day} {hour}:10:00", PORTO)
    photograph(photos / "Screenshot_2018-06-20-10-11-12.png", "2018:06:20 10:11:12", None)


def tree(folder: Path, indent: str = "") -> list[str]:
    """Draw the folders below one, each with its number of photos."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    lines = []
    for path in folders:
        last = path == folders[-1]
        photos = sum(entry.is_symlink() for entry in path.iterdir())
        count = f"  ({photos})" if photos else ""
        lines.append(f"{indent}{'└── ' if last else '├── '}{path.name}/{count}")
        lines += tree(path, indent + ("    " if last else "│   "))
    return lines


def main() -> None:
    """Print a tree for each way of cutting the year."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        photos, out = home / "Pictures", home / "album"
        live(photos)
        folders = {name: str(home / name) for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
        for view in VIEWS:
            command = [
                sys.executable,
                "-m",
                "photosort",
                "organize",
                photos,
                "-o",
                out,
                "-q",
                *view,
            ]
            subprocess.run(command, check=True, env={**os.environ, **folders})
            print(f"$ photosort organize ~/Pictures {' '.join(view)}")
            print("\n".join(tree(out)), end="\n\n")


if __name__ == "__main__":
    main()
