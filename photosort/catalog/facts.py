"""Facts of a photo as a row of the catalog, and back; what is read there is untrusted."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, get_args

from photosort.photos.metadata.facts import TRUST, Facts, OffsetSource, PlaceSource, Stamp

#: The fields of Facts in the order of the table's columns, with the kind of each.
KINDS: Final[dict[str, type]] = {
    "width": int,
    "height": int,
    "orientation": int,
    "dates": str,  # JSON, see _dump
    "latitude": float,
    "longitude": float,
    "altitude_m": float,
    "place_source": str,
    "make": str,
    "model": str,
    "serial": str,
    "software": str,
    "comment": str,
    "from_camera": int,
}
_WANTED: Final = tuple(KINDS.values())
_DATES: Final = list(KINDS).index("dates")
_READ: Final = json.JSONDecoder().decode  # json.loads asks what kind of text it is, each time
_PLACE_SOURCES: Final = frozenset(get_args(PlaceSource))
_OFFSET_SOURCES: Final = frozenset(get_args(OffsetSource))


def to_row(facts: Facts) -> list[Any]:
    """List the values of the columns."""
    values = {name: getattr(facts, name) for name in KINDS}
    values["dates"] = _dump(facts.dates)
    values["from_camera"] = int(facts.from_camera)
    return [clean(value) for value in values.values()]


def from_row(row: Sequence[Any]) -> Facts:
    """Build facts from the values of the columns; a value of another kind than stored is absent."""
    pairs = zip(row, _WANTED, strict=True)
    values: list[Any] = [value if type(value) is wanted else None for value, wanted in pairs]
    values[_DATES] = _load(values[_DATES])
    values[-1] = values[-1] == 1
    facts = Facts(*values)
    if facts.latitude is None or (
        facts.longitude is not None
        and -90 <= facts.latitude <= 90
        and -180 <= facts.longitude <= 180
        and facts.place_source in _PLACE_SOURCES
    ):
        return facts
    return replace(facts, latitude=None, longitude=None, altitude_m=None, place_source=None)


def clean(value: Any) -> Any:  # noqa: ANN401 (a value of a row)
    """Replace what SQLite cannot store in a text, lone surrogates; other values pass."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _dump(dates: Sequence[Stamp]) -> str:
    """Write each date as a list of its source, date, offset, offset's source and two marks."""
    return json.dumps(
        [
            [
                stamp.source,
                stamp.local.isoformat(),
                stamp.offset_minutes,
                stamp.offset_source,
                int(stamp.in_utc),
                int(stamp.day_only),
            ]
            for stamp in dates
        ],
        separators=(",", ":"),
    )


def _load(text: str | None) -> tuple[Stamp, ...]:
    try:
        return tuple([_stamp(values) for values in _READ(text or "[]")])
    except (ValueError, TypeError, RecursionError):
        return ()


def _stamp(values: Any) -> Stamp:  # noqa: ANN401 (JSON)
    """Build a date from a list; raises ValueError or TypeError for one that `_dump` never wrote."""
    source, local, minutes, offset_source, in_utc, day_only = values
    moment = datetime.fromisoformat(local)
    told = (minutes is None and offset_source is None) or (
        type(minutes) is int and abs(minutes) < 24 * 60 and offset_source in _OFFSET_SOURCES
    )
    if source not in TRUST or moment.tzinfo is not None or not told:
        raise ValueError(values)
    return Stamp(source, moment, minutes, offset_source, bool(in_utc), bool(day_only))
