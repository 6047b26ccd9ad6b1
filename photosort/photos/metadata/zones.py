"""Time zones: of a place, by its polygon, and of this computer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(latitude: float, longitude: float) -> tzinfo | None:
    """Find the time zone at a place, at sea a whole hour; None where its rules are not installed.

    The place is rounded to 0.001 degrees (some 100 m): many photos are taken at few places.
    """
    return _zone_at(round(latitude, 3), round(longitude, 3))


@lru_cache(maxsize=1 << 16)
def _zone_at(latitude: float, longitude: float) -> tzinfo | None:
    return _zone(_polygons()(longitude, latitude))


@cache
def _polygons() -> Callable[[float, float], str]:
    """Load the polygons of timezone-boundary-builder at the first place."""
    from tzfpy import get_tz

    return get_tz


@lru_cache
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # no tzdata, or older than the polygons
        return None


def offset_at(local: datetime, zone: tzinfo) -> int | None:
    """Give how many minutes a wall clock in `zone` is ahead of UTC.

    Of an hour that comes twice, as clocks are set back, it is the first one.
    """
    try:
        offset = local.replace(tzinfo=zone).utcoffset()
    except (OverflowError, OSError):
        return None
    return None if offset is None else round(offset / timedelta(minutes=1))


def to_local(utc: datetime, zone: tzinfo | None) -> tuple[datetime, int] | None:
    """Turn naive UTC into the wall clock of `zone`, by default of this computer, and its offset."""
    try:
        local = utc.replace(tzinfo=UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):  # beyond what the system's clock knows
        return None
    offset = local.utcoffset()
    if offset is None:
        return None
    return local.replace(tzinfo=None), round(offset / timedelta(minutes=1))
