"""Compare what photosort reads of camera files with what other programs read of them.

    python benchmarks/truth.py ../shared/fixtures/truth [--all]

The folder holds truth.tsv (see its README) and the pictures below files/. Prints a table: of how
many files date, offset, orientation and place agree, and a line for each difference with its
explanation; --all prints a line for each file. Exits with 1 if a difference has no explanation.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photosort.photos.metadata import Facts, read_facts
from photosort.photos.metadata.when import Taken, when

#: About 1 m; the dumps that the truth was read from give seconds with two decimals.
TOLERANCE_DEGREES = 1e-5
FIELDS = ("date", "offset", "orientation", "place")
WRITTEN_OFFSETS = ("EXIF OffsetTimeOriginal", "EXIF OffsetTimeDigitized", "EXIF OffsetTime", "date")


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of one file: what the truth says, what photosort reads, why they differ."""

    file: str
    field: str
    truth: str
    read: str
    explanation: str | None = None

    @property
    def agrees(self) -> bool:
        """Say whether both are the same, places within a metre."""
        if self.field == "place" and self.truth and self.read:
            pairs = zip(self.truth.split(), self.read.split(), strict=True)
            return all(abs(float(a) - float(b)) <= TOLERANCE_DEGREES for a, b in pairs)
        return self.truth == self.read


def compare(row: dict[str, str], facts: Facts) -> Iterator[Compared]:
    """Compare the four fields of a file."""
    taken = when(facts, "", None)
    if taken is not None and taken.is_guess:  # the date of the last change is not the photo's
        taken = None
    place = "" if facts.latitude is None else f"{facts.latitude:.6f} {facts.longitude:.6f}"
    wanted = f"{row['lat']} {row['lon']}".strip()
    orientation = str(facts.orientation or "")
    why_date, why_place = why_dated(row, taken), why_placed(row, facts)
    date = f"{taken.local:%Y-%m-%d %H:%M:%S}" if taken else ""
    yield Compared(row["file"], "date", row["date_local"], date, why_date)
    yield Compared(row["file"], "offset", row["offset"], written_offset(taken), why_date)
    yield Compared(row["file"], "orientation", row["orientation"], orientation)
    yield Compared(row["file"], "place", wanted, place, why_place)


def written_offset(taken: Taken | None) -> str:
    """Give the offset that stands in the file; one that its place told is no part of the truth."""
    if taken is None or taken.offset_source not in WRITTEN_OFFSETS or taken.offset_minutes is None:
        return ""
    sign, minutes = "-" if taken.offset_minutes < 0 else "+", abs(taken.offset_minutes)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def why_dated(row: dict[str, str], taken: Taken | None) -> str | None:
    """Explain a date where the truth has none: it stands where the truth does not look."""
    if row["date_local"] or taken is None:
        return None
    if taken.source == "GPS time":
        return "the satellites' time at the photo's place; the truth takes EXIF and XMP dates alone"
    if taken.source.startswith("XMP") and row["source"] == "exif-py":
        return f"it stands in {taken.source}; the dump that the truth was read from has no XMP"
    return None


def why_placed(row: dict[str, str], facts: Facts) -> str | None:
    """Explain a place where the truth has none."""
    if not row["lat"] and facts.place_source == "XMP":
        return "it stands in XMP; the truth takes EXIF's place alone"
    return None


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Read truth.tsv."""
    with (folder / "truth.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def print_table(compared: list[Compared], offsets: Counter[str]) -> None:
    """Print how many files agree, and each difference."""
    print("| field | files | with a value | agree | explained | not explained |")
    print("|---|---|---|---|---|---|")
    for field in FIELDS:
        mine = [each for each in compared if each.field == field]
        differ = [each for each in mine if not each.agrees]
        explained = sum(each.explanation is not None for each in differ)
        valued = sum(bool(each.truth) for each in mine)
        numbers = (len(mine), valued, len(mine) - len(differ), explained, len(differ) - explained)
        print(f"| {field} | {' | '.join(map(str, numbers))} |")
    print("\n| file | field | truth | photosort | why |\n|---|---|---|---|---|")
    for each in compared:
        if not each.agrees:
            cells = (each.file, each.field, each.truth or "none", each.read or "none")
            print(f"| {' | '.join(cells)} | {each.explanation or 'not explained'} |")
    print(
        f"\nOffsets of {offsets['both']} files stand in them and follow from their place; "
        f"{offsets['same']} of them are the same."
    )


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="a line for each file")
    given = parser.parse_args()
    compared: list[Compared] = []
    offsets: Counter[str] = Counter()
    for row in read_rows(given.folder):
        facts = read_facts(given.folder / "files" / row["file"])
        fields = list(compare(row, facts))
        compared += fields
        offsets.update(offsets_agree(row, facts))
        if given.all:
            print(row["file"], *(f"{c.field}: {c.read or 'none'}" for c in fields), sep="; ")
    print_table(compared, offsets)
    return int(any(not each.agrees and each.explanation is None for each in compared))


def offsets_agree(row: dict[str, str], facts: Facts) -> list[str]:
    """Compare an offset that is written with that of the place, where there are both."""
    from dataclasses import replace

    if not row["offset"] or facts.latitude is None or not facts.dates:
        return []
    bare = replace(facts.dates[0], offset_minutes=None, offset_source=None)
    told = when(replace(facts, dates=(bare,)), "", None)
    same = told is not None and told.offset_minutes == facts.dates[0].offset_minutes
    return ["both", "same"] if same else ["both"]


if __name__ == "__main__":
    sys.exit(main())
