"""Names of events: dates that sort by themselves, and the places that tell most."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from photosort.views.place import Place

#: The fewest names that cover this part of an event's photos are its name.
_MOST: Final = 0.8
_TOWNS: Final = 2  # more towns than these are called by their region, more regions by the country
_COUNTRIES: Final = 3


def dates(first: date, last: date) -> str:
    """Name a stretch of days: 2018-05-03, 2018-05-03..12, 2018-05-28..06-03, or both in full."""
    start, end = first.isoformat(), last.isoformat()
    if first == last:
        return start
    if first.year != last.year:
        return f"{start}..{end}"
    return f"{start}..{end[8:] if first.month == last.month else end[5:]}"


def place_names(places: Sequence[Place]) -> str:
    """Name where most of the photos were taken: one or two towns, else regions, else countries."""
    for level in (_towns, _regions):
        names = _cover(level(places), _TOWNS)
        if names:
            return ", ".join(names)
    countries = Counter(place.country for place in places)
    names = [name for name, _ in _ranked(countries)]
    if len(names) > _COUNTRIES:
        names = [*names[:_COUNTRIES], "and others"]
    return ", ".join(names)


def home_name(places: Sequence[Place | None]) -> str:
    """Name the town most of the photos of home were taken in."""
    ranked = _ranked(_towns([place for place in places if place is not None]))
    return ranked[0][0] if ranked else ""


def duration(seconds: float) -> str:
    """Say about how long: "2 days", "14 hours", "5 minutes"."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 1.5 * size or unit == "minute":
            count = max(round(seconds / size), 1)
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    raise AssertionError


def _towns(places: Sequence[Place]) -> Counter[str]:
    return Counter(place.city for place in places)


def _regions(places: Sequence[Place]) -> Counter[str]:
    return Counter(place.region or place.country for place in places)


def _ranked(names: Counter[str]) -> list[tuple[str, int]]:
    return sorted(names.items(), key=lambda item: (-item[1], item[0]))


def _cover(names: Counter[str], most: int) -> list[str]:
    """Return at most `most` names that cover enough of all; none where more are needed."""
    covered, chosen = 0, []
    for name, count in _ranked(names)[:most]:
        chosen.append(name)
        covered += count
        if covered >= _MOST * names.total():
            return chosen
    return []
