"""The sample photos: what their README promises of kinds, licences, sizes and odd files holds."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pi_heif
import pytest
from PIL import Image

SAMPLES = Path(__file__).parents[1] / "sample_photos"
ALLOWED = {
    "Apache-2.0",
    "CC-BY-2.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "GPL-2.0-or-later",
    "LGPL-3.0-only",
    "LicenseRef-PublicDomain",
}
ORIENTATION, EXIF_IFD, GPS_IFD, DATE_TAKEN = 0x0112, 0x8769, 0x8825, 0x9003


class Row(NamedTuple):
    file: str
    kind: str
    source: str
    original: str
    author: str
    licence: str


def read_table() -> list[Row]:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    cells = [re.split(r"\s*\|\s*", line)[1:-1] for line in readme.splitlines() if "| `" in line]
    return [Row(file.strip("`"), *rest) for file, *rest in cells]


def kinds_of_samples() -> dict[str, str]:
    """Tell what each sample photo shows, by file name."""
    return {row.file: row.kind for row in read_table()}


@pytest.fixture(scope="module")
def table() -> list[Row]:
    return read_table()


@pytest.fixture(scope="module")
def photos() -> list[Path]:
    shown = (path for path in SAMPLES.iterdir() if not path.name.startswith("."))
    return sorted(path for path in shown if path.name != "README.md")


@pytest.fixture(autouse=True)
def _heif() -> None:
    pi_heif.register_heif_opener()


def exif_of(path: Path) -> Image.Exif:
    with Image.open(path) as image:
        return image.getexif()


def test_table_and_folder_agree(table: list[Row], photos: list[Path]) -> None:
    """Every photo is in the table once, and the table names no other."""
    assert sorted(row.file for row in table) == sorted(path.name for path in photos)


def test_at_least_48_photos_in_six_kinds(table: list[Row]) -> None:
    """Six kinds, eight photos or more of each, 48 of them not drawn by the project itself."""
    kinds = Counter(row.kind for row in table)
    assert len(kinds) == 6
    assert min(kinds.values()) >= 8
    assert sum(row.source != "self-made" for row in table) >= 48


def test_every_licence_allows_passing_on(table: list[Row]) -> None:
    """Each row names a source, an author and a licence from the short list."""
    assert {row.licence for row in table} <= ALLOWED
    assert all(row.source and row.original and row.author for row in table)


def test_gpl_texts_travel_with_the_photos() -> None:
    """The licences that ask for their text have it beside the photos."""
    names = {path.name for path in (SAMPLES / ".licences").iterdir()}
    assert names == {"GPL-2.0.txt", "GPL-3.0.txt", "LGPL-3.0.txt"}


def test_photos_are_small(photos: list[Path]) -> None:
    """No side above 640 pixels, the folder under 6 MB, every pixel decodes."""
    for path in photos:
        with Image.open(path) as image:
            image.load()
            assert max(image.size) <= 640, path.name
    assert sum(path.stat().st_size for path in photos) < 6_000_000


def test_names_and_formats_vary(photos: list[Path]) -> None:
    """Phones' habits are there: HEIC, .JPG, PNG, WebP, a name beyond ASCII."""
    assert {path.suffix for path in photos} == {".jpg", ".JPG", ".png", ".webp", ".HEIC"}
    assert any(not path.name.isascii() for path in photos)
    with Image.open(next(path for path in photos if path.suffix == ".HEIC")) as heic:
        assert heic.format == "HEIF"


def test_some_photos_lie_turned(photos: list[Path]) -> None:
    """Orientation tags 3, 6 and 8 occur, on four photos or more."""
    turns = Counter(exif_of(path).get(ORIENTATION, 1) for path in photos)
    del turns[1]
    assert set(turns) == {3, 6, 8}
    assert turns.total() >= 4


def test_dates_and_places_are_written(photos: list[Path]) -> None:
    """Thirty photos or more carry a date and as many a place; the README calls them invented."""
    exifs = [exif_of(path) for path in photos]
    assert sum(DATE_TAKEN in exif.get_ifd(EXIF_IFD) for exif in exifs) >= 30
    assert sum(bool(exif.get_ifd(GPS_IFD)) for exif in exifs) >= 30
    assert "invented for demonstration" in (SAMPLES / "README.md").read_text(encoding="utf-8")
