"""What a review found as a table: a row a photo, CSV (RFC 4180), UTF-8."""

import csv
import io
from collections.abc import Iterable

from photosort.export.table import shown
from photosort.review.records import Finding

COLUMNS = ("path", "reason", "score", "why", "keeper", "size_bytes", "content_hash")


def as_csv(findings: Iterable[Finding]) -> str:
    """Return the table; bytes of a path that are no UTF-8 stand as backslash escapes."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in findings:
        row = (
            str(one.item.path),
            one.reason,
            f"{one.score:.4f}",
            one.why,
            str(one.keeper.path) if one.keeper else "",
            str(one.item.size_bytes),
            one.item.content_hash.hex(),
        )
        table.writerow([shown(cell) for cell in row])
    return text.getvalue()
