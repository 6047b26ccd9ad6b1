"""Make sample_photos/ from the packages that samples.tsv names: small copies, dates, README.

    python make_samples.py PACKAGES FONTS ../../sample_photos

PACKAGES holds the unpacked Debian packages and wheels (`dpkg -x`, `unzip`), FONTS those that
documents.py wants. The HEIC needs pillow-heif (pi-heif only decodes).
"""

import csv
import io
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pillow_heif
from documents import DOCUMENTS, Fonts
from PIL import Image

LONG_SIDE: Final = 640  # pixels
#: How pixels must lie for the EXIF tag to turn them upright.
STORED: Final = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
FORMATS: Final = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".heic": "HEIF"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of samples.tsv; `taken`, `latitude` and `longitude` may be empty."""

    file: str
    kind: str
    source: str
    original: str
    author: str
    licence: str
    origin: str
    orientation: str
    taken: str
    latitude: str
    longitude: str


def _unpack_resources(resources: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file in a Qt resource file (GCompris keeps its photos so)."""
    _, version, tree, data, names = struct.unpack(">4sIIII", resources[:20])
    node_size = 22 if version >= 2 else 14
    todo = [(0, "")]
    while todo:
        index, folder = todo.pop()
        at = tree + index * node_size
        name_at, flags = struct.unpack(">IH", resources[at : at + 6])
        (length,) = struct.unpack(">H", resources[names + name_at : names + name_at + 2])
        start = names + name_at + 6
        path = f"{folder}/{resources[start : start + 2 * length].decode('utf-16-be')}"
        if flags & 2:
            count, first = struct.unpack(">II", resources[at + 6 : at + 14])
            todo.extend((child, path if index else "") for child in range(first, first + count))
            continue
        offset = data + struct.unpack(">I", resources[at + 10 : at + 14])[0]
        (size,) = struct.unpack(">I", resources[offset : offset + 4])
        content = resources[offset + 4 : offset + 4 + size]
        yield path, zlib.decompress(content[4:]) if flags & 1 else content


def _find_original(row: Row, packages: Path) -> Image.Image:
    if row.source.startswith("gcompris"):
        activity, path = row.original.split("/", 1)
        resources = next(packages.rglob(f"{activity}.rcc")).read_bytes()
        ending = f"/{activity}/resource/{path}"
        content = next(data for name, data in _unpack_resources(resources) if name.endswith(ending))
        return Image.open(io.BytesIO(content))
    folder, name = row.original.rsplit("/", 1) if "/" in row.original else ("", row.original)
    found = (path for path in packages.rglob(name) if str(path.parent).endswith(folder))
    return Image.open(next(found))


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = abs(value) % 1 * 60
    return float(int(abs(value))), float(int(minutes)), round(minutes % 1 * 60, 2)


def _exif(row: Row) -> Image.Exif:
    exif = Image.Exif()
    if row.orientation != "1":
        exif[0x0112] = int(row.orientation)
    if row.taken:
        stamp = row.taken.replace("-", ":").replace("T", " ")
        exif[0x010F], exif[0x0110], exif[0x0132] = "photosort", "Demonstration", stamp
        exif.get_ifd(0x8769)[0x9003] = stamp  # DateTimeOriginal
    if row.latitude:
        north, east = float(row.latitude), float(row.longitude)
        exif.get_ifd(0x8825).update(
            {1: "N" if north >= 0 else "S", 2: _degrees(north)}
            | {3: "E" if east >= 0 else "W", 4: _degrees(east)}
        )
    return exif


def make(row: Row, packages: Path, fonts: Fonts, folder: Path) -> None:
    """Write one sample: at most 640 pixels a side, stored as its orientation tag says."""
    own = row.source == "self-made"
    image = DOCUMENTS[row.original](fonts) if own else _find_original(row, packages)
    form = FORMATS[Path(row.file).suffix.lower()]
    if form != "PNG" and image.mode != "RGB":
        pixels = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), pixels).convert("RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    if row.orientation != "1":
        image = image.transpose(STORED[int(row.orientation)])
    image.info = {}  # neither the original's profile nor its comments
    options = {"JPEG": {"quality": 85, "optimize": True}, "PNG": {"optimize": True}}
    exif = _exif(row)
    image.save(
        folder / row.file,
        form,
        **options.get(form, {"quality": 75}),
        **({"exif": exif.tobytes()} if len(exif) else {}),
    )


def main() -> None:
    """Read samples.tsv, write the photos and the table in README.md between its two marks."""
    packages, fonts, folder = (Path(each) for each in sys.argv[1:4])
    pillow_heif.register_heif_opener()
    table = (Path(__file__).parent / "samples.tsv").open(encoding="utf-8", newline="")
    with table:
        rows = [
            Row(**line) for line in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
    lines = ["| file | kind | from | original | author | licence |", "|---|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: (row.kind, row.file)):
        make(row, packages, Fonts(fonts), folder)
        original = f"[{row.original}]({row.origin})" if row.origin else row.original
        cells = (f"`{row.file}`", row.kind, row.source, original, row.author, row.licence)
        lines.append(f"| {' | '.join(cells)} |")
    readme = folder / "README.md"
    before = readme.read_text(encoding="utf-8").split("| file |")[0]
    readme.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
