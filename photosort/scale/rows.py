"""What was learned of photos as a table: the catalog's columns, one row a photo, no pixels.

A photo that failed has a reason and no feature. Numbers are float16, little-endian, as the catalog
stores them, so that what comes back is the same to the bit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from photosort.catalog.facts import KINDS, clean, from_row, to_row
from photosort.catalog.numbers import packed
from photosort.catalog.rows import CLASSES, feature_size
from photosort.photos.measures import NAMES, THUMB_SIDE, Measures
from photosort.photos.records import Embedded, Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from photosort.scale.listing import Listed

_ARROW: Final = {int: pa.int64(), float: pa.float64(), str: pa.string()}
KEY: Final = ("url", "size_bytes", "mtime_ns", "ctime_ns")
_FACTS: Final = {f"fact_{name}": kind for name, kind in KINDS.items()}


def schema(model_id: str) -> pa.Schema:
    """Return the columns of a shard of features by one network."""
    return pa.schema(
        [
            ("url", pa.binary()),  # names are bytes
            ("size_bytes", pa.int64()),
            ("mtime_ns", pa.int64()),
            ("ctime_ns", pa.int64()),
            ("hash", pa.binary()),
            ("feature", pa.binary(2 * feature_size(model_id))),
            ("scores", pa.binary(2 * CLASSES)),
            ("thumb", pa.binary(THUMB_SIDE**2)),
            ("numbers", pa.binary(2 * len(NAMES))),
            ("remark", pa.string()),
            ("reason", pa.string()),
            *((name, _ARROW[kind]) for name, kind in _FACTS.items()),
        ]
    )


def to_table(
    photos: Sequence[Listed], results: Sequence[Embedded | Failed], model_id: str
) -> pa.Table:
    """Make a table of what was learned of photos, in their order.

    Size and times are those of the listing, by which a later run knows a photo again.
    """
    rows = [
        _row(photo, result, feature_size(model_id))
        for photo, result in zip(photos, results, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=schema(model_id))


def _row(photo: Listed, result: Embedded | Failed, width: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "url": os.fsencode(photo.url),
        "size_bytes": photo.size_bytes,
        "mtime_ns": photo.mtime_ns,
        "ctime_ns": photo.ctime_ns,
        "hash": result.content_hash,
    }
    if isinstance(result, Failed):
        return {**row, "reason": clean(result.reason)}
    row |= {
        "feature": packed(result.feature, width),
        "scores": packed(result.scores, CLASSES),
        "remark": clean(result.remark),
        **dict(zip(_FACTS, to_row(result.facts), strict=True)),
    }
    if result.measures is not None:
        row["thumb"] = np.asarray(result.measures.thumb, np.uint8).tobytes()
        row["numbers"] = packed(result.measures.numbers, len(NAMES))
    return row


@dataclass(frozen=True, slots=True)
class Learned:
    """A row of a shard: a photo's URL and what was learned of it.

    The result's `path` is that of a local photo; of a remote one it is no path of this machine.
    """

    url: str
    result: Embedded | Failed


def from_table(table: pa.Table) -> Iterator[Learned]:
    """Give back what `to_table` was given."""
    for batch in table.to_batches(max_chunksize=1024):
        for row in batch.to_pylist():
            yield Learned(os.fsdecode(row["url"]), _result(row))


def _result(row: dict[str, Any]) -> Embedded | Failed:
    path = Path(os.fsdecode(row["url"]))
    state = path, row["size_bytes"], row["mtime_ns"], row["ctime_ns"], row["hash"]
    if row["feature"] is None:
        return Failed(*state, row["reason"] or "not known why")
    measures = None
    if row["thumb"] is not None:
        thumb = np.frombuffer(row["thumb"], np.uint8).reshape(THUMB_SIDE, THUMB_SIDE)
        measures = Measures(thumb, np.frombuffer(row["numbers"], "<f2"))
    return Embedded(
        *state,
        from_row([row[name] for name in _FACTS]),
        np.frombuffer(row["feature"], "<f2"),
        np.frombuffer(row["scores"], "<f2"),
        row["remark"],
        measures,
    )
