"""An album as a table: a row a photo, CSV (RFC 4180), UTF-8."""

import csv
import io

from photosort.album.manifest import Manifest
from photosort.export.subjects import described

COLUMNS = (
    "path", "folder", "groups", "confidence", "date", "date_source", "offset", "location",
    "content_hash",
)  # fmt: skip


def as_csv(manifest: Manifest) -> str:
    """Return the table; bytes of a path that are no UTF-8 stand as backslash escapes."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in described(manifest):
        photo, taken = one.photo, one.photo.taken
        row = (
            str(photo.path),
            str(photo.place.parent),
            " / ".join(one.headings),
            f"{photo.confidence:.3f}",
            taken.date or "",
            taken.date_source or "",
            taken.offset or "",
            ", ".join(taken.location),
            photo.content_hash or "",
        )
        table.writerow([shown(cell) for cell in row])
    return text.getvalue()


def shown(cell: str) -> str:
    """Make a cell that a spreadsheet takes for text, never for a formula, and that is UTF-8."""
    text = cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return f"'{text}" if text.startswith(("=", "+", "@", "\t", "\r")) else text
