"""When a photo was taken: the best date of the file, its sidecars, its name, its time on disk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import PurePath
from typing import Final

from photosort.photos.metadata.facts import (
    TRUST,
    DateSource,
    Facts,
    OffsetSource,
    PlaceSource,
    Stamp,
)
from photosort.photos.metadata.names import name_date
from photosort.photos.metadata.zones import offset_at, to_local, zone_of

#: Dates of the last change: not of the photo, and better than none.
_GUESSES: Final = frozenset[DateSource]({"EXIF DateTime", "file time"})
#: No zone is further ahead of UTC than 14 hours; a camera's clock may be fast by some more.
_FUTURE: Final = timedelta(days=1)
#: What clocks say that were never set: QuickTime counts from 1904, Unix from 1970, FAT from 1980.
_QUICKTIME_ZERO: Final = datetime(1904, 1, 1)
_UNIX_ZERO: Final = datetime(1970, 1, 1)
_FAT_ZERO: Final = datetime(1980, 1, 1)
_ZONES: Final = timedelta(hours=14)
_QUARTER_S: Final = 900


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees north and east, and where they stand."""

    latitude: float
    longitude: float
    altitude_m: float | None
    source: PlaceSource


@dataclass(frozen=True, slots=True)
class Taken:
    """When a photo was taken.

    `local` is the wall clock there, naive, and what photos are sorted by; `offset_minutes`, how far
    it was ahead of UTC, orders the photos of several cameras. `is_guess`: a date of the last
    change. `day_only`: the time of day is not known; `time_source` names where it stands if not
    beside the date.
    """

    local: datetime
    source: DateSource
    offset_minutes: int | None = None
    offset_source: OffsetSource | None = None
    is_guess: bool = False
    day_only: bool = False
    time_source: DateSource | None = None

    @property
    def utc(self) -> datetime | None:
        """Give the moment in UTC, naive; None where the offset is not known."""
        if self.offset_minutes is None:
            return None
        return self.local - timedelta(minutes=self.offset_minutes)


def where(facts: Facts, sidecars: Iterable[Facts] = ()) -> Place | None:
    """Give the place in the photo's own file, else in a sidecar."""
    for each in (facts, *sidecars):
        if each.latitude is not None and each.longitude is not None and each.place_source:
            return Place(each.latitude, each.longitude, each.altitude_m, each.place_source)
    return None


def when(
    facts: Facts,
    name: str,
    mtime_ns: int | None,
    sidecars: Sequence[Facts] = (),
    *,
    now: datetime | None = None,
) -> Taken | None:
    """Give the first plausible date in the order of DateSource; None where there is none.

    `name` is the file's, `now` (naive UTC) the moment behind which a date is in the future. A date
    without a time takes that of a later source on the same day.
    """
    latest = (now or datetime.now(UTC).replace(tzinfo=None)) + _FUTURE
    zone = _Zone(where(facts, sidecars))
    first: Taken | None = None
    for stamp in _stamps(facts, name, mtime_ns, sidecars):
        if not is_plausible(stamp, latest):
            continue
        taken = _taken(stamp, zone)
        if taken is None:
            continue
        if first is None:
            first = taken
            if not first.day_only:
                return first
        elif not taken.day_only and taken.local.date() == first.local.date():
            return replace(
                taken, source=first.source, is_guess=first.is_guess, time_source=taken.source
            )
    return first


def _stamps(
    facts: Facts, name: str, mtime_ns: int | None, sidecars: Sequence[Facts]
) -> Iterator[Stamp]:
    """Give all dates in the order of trust, the name's only where it is asked for."""
    told: Sequence[Stamp] = facts.dates
    if sidecars:
        beside = (stamp for each in sidecars for stamp in each.dates)
        told = sorted((*told, *beside), key=lambda stamp: TRUST[stamp.source])
    name_rank = TRUST["file name"]
    yield from (stamp for stamp in told if TRUST[stamp.source] < name_rank)
    named = name_date(PurePath(name).stem)
    if named is not None:
        yield named
    yield from (stamp for stamp in told if TRUST[stamp.source] > name_rank)
    if mtime_ns is not None:
        yield from _file_time(mtime_ns)


def _file_time(mtime_ns: int) -> Iterator[Stamp]:
    try:
        moment = _UNIX_ZERO + timedelta(microseconds=mtime_ns // 1000)
    except OverflowError:
        return
    # Archives without times and some file systems give 1970 or 1980.
    if moment - _ZONES > _FAT_ZERO:
        yield Stamp("file time", moment, in_utc=True)


def is_plausible(stamp: Stamp, latest: datetime) -> bool:
    """Refuse dates of the future and of clocks that were never set."""
    local = stamp.local
    if local > latest or abs(local - _QUICKTIME_ZERO) < timedelta(days=1):
        return False
    since = local - _UNIX_ZERO
    # Midnight of 1970 in any of the zones, which differ by quarters of an hour.
    return abs(since) > _ZONES or since.total_seconds() % _QUARTER_S != 0


class _Zone:
    """The time zone of a photo's place, found when it is asked for."""

    def __init__(self, place: Place | None) -> None:
        self._place = place
        self._zone: tzinfo | None = None

    def __call__(self) -> tzinfo | None:
        if self._zone is None and self._place is not None:
            self._zone = zone_of(self._place.latitude, self._place.longitude)
        return self._zone


def _taken(stamp: Stamp, zone: _Zone) -> Taken | None:
    """Turn a stamp into wall clock and offset by the zone of the place, else of this computer."""
    is_guess = stamp.source in _GUESSES
    if stamp.in_utc:
        here = zone()
        if here is None and stamp.source == "GPS time":
            return None  # the satellites' time without a place: the day itself is not sure
        local = to_local(stamp.local, here)
        if local is None:
            return None
        offset_source: OffsetSource = "system" if here is None else "place"
        return Taken(local[0], stamp.source, local[1], offset_source, is_guess)
    minutes, source = stamp.offset_minutes, stamp.offset_source
    if minutes is None and not stamp.day_only:
        here = zone()
        minutes = None if here is None else offset_at(stamp.local, here)
        source = None if minutes is None else "place"
    return Taken(stamp.local, stamp.source, minutes, source, is_guess, stamp.day_only)
