"""Photos by country, region, town and district, from their coordinates, offline."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import numpy as np

from photosort.views.gazetteer import Found, gazetteer
from photosort.views.moments import has_clock, moments, nearest
from photosort.views.records import Cut, Shot, collect, counted
from photosort.views.spelling import folder_name, in_english_letters

Level = Literal["country", "region", "city", "locality"]
Language = Literal["english", "local"]

NO_PLACE: Final = "no-place"
AT_SEA: Final = "at sea"
PLACE: Final = "place:"  # begins the keys of places
NEAR_KM: Final = 25.0  # farther from the next place than this is only near it
SEA_KM: Final = 100.0  # off the coast and farther than this is near nothing
#: A photo borrows the place of one taken at most this long before or after it.
BORROW_SECONDS: Final = 3600.0
_LEVELS: Final = ("country", "region", "city", "locality")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo was taken: names from the country down, as folders hold them.

    `names` has up to four: country, region (where the country has regions), city, locality.
    `code` is the country's ISO code, empty at sea; `key` the same in every language; `inferred`
    that it is the place of a photo taken within the hour.
    """

    names: tuple[str, ...]
    key: tuple[str, ...]
    code: str = ""
    has_region: bool = True
    inferred: bool = False

    def at(self, level: Level) -> tuple[str, ...]:
        """Name the folders down to `level`."""
        return self.names[: self._depth(level)]

    def key_at(self, level: Level) -> tuple[str, ...]:
        """Name the same in every language."""
        return self.key[: self._depth(level)]

    def _depth(self, level: Level) -> int:
        depth = 1 + _LEVELS.index(level)
        return depth if self.has_region else max(1, depth - 1)

    @property
    def country(self) -> str:
        """Name the country, or "at sea"."""
        return self.names[0]

    @property
    def region(self) -> str | None:
        """Name the region."""
        return self.names[1] if self.has_region else None

    @property
    def city(self) -> str:
        """Name the town, or what there is above it."""
        return self.at("city")[-1]


def by_place(
    shots: Sequence[Shot],
    level: Level = "city",
    language: Language = "english",
    *,
    infer: bool = False,
) -> list[Cut]:
    """Cut by place down to `level`; `infer` lets a photo without one borrow its neighbour's."""
    places = places_of(shots, language)
    if infer:
        places = borrow(shots, places)
    return cut_by_place(shots, places, level)


def cut_by_place(
    shots: Sequence[Shot], places: Sequence[Place | None], level: Level = "city"
) -> list[Cut]:
    """Cut by places that are known already, `places` (n,) beside `shots` (n,)."""
    where = {id(shot): place for shot, place in zip(shots, places, strict=True)}

    def path(shot: Shot) -> tuple[str, ...]:
        place = where[id(shot)]
        return (NO_PLACE,) if place is None else place.at(level)

    cuts = []
    for names, members in collect(shots, path).items():
        known = [place for shot in members if (place := where[id(shot)]) is not None]
        key = min((place.key_at(level) for place in known), default=())
        keys = tuple(PLACE + "/".join(key[:depth]) for depth in range(1, len(key) + 1))
        cuts.append(Cut(names, keys or (NO_PLACE,), tuple(members), _reason(known)))
    return sorted(cuts, key=lambda cut: (cut.path == (NO_PLACE,), cut.path == (AT_SEA,), cut.path))


def places_of(shots: Sequence[Shot], language: Language = "english") -> list[Place | None]:
    """Look every shot's coordinates up; None without usable ones."""
    places: list[Place | None] = [None] * len(shots)
    located = [index for index, shot in enumerate(shots) if _usable(shot)]
    if not located:
        return places
    found = gazetteer().locate(
        np.array([shots[index].latitude for index in located], float),
        np.array([shots[index].longitude for index in located], float),
    )
    for index, place in zip(located, _described(found, language), strict=True):
        places[index] = place
    return places


def borrow(shots: Sequence[Shot], places: Sequence[Place | None]) -> list[Place | None]:
    """Give a shot without a place that of the shot nearest in time, within an hour; marked."""
    when = moments(shots)
    clocked = np.array([has_clock(shot) for shot in shots], bool)
    has_place = np.array([place is not None for place in places], bool)
    lenders = np.flatnonzero(clocked & has_place)
    lenders = lenders[np.argsort(when[lenders], kind="stable")]
    wanting = np.flatnonzero(clocked & ~has_place)
    result = list(places)
    if not len(lenders) or not len(wanting):
        return result
    close = lenders[nearest(when[lenders], when[wanting])]
    near = np.abs(when[close] - when[wanting]) <= BORROW_SECONDS
    for index, lender in zip(wanting[near].tolist(), close[near].tolist(), strict=True):
        place = places[lender]
        result[index] = place and replace(place, inferred=True)
    return result


def _usable(shot: Shot) -> bool:
    north, east = shot.latitude, shot.longitude
    return (
        north is not None
        and east is not None
        and math.isfinite(north)
        and math.isfinite(east)
        and abs(north) <= 90
        and abs(east) <= 180
    )


def _described(found: Found, language: Language) -> list[Place]:
    """Name the places of `found`; equal ones are one object."""
    made: dict[tuple[str, int, int, str], Place] = {}
    standing = np.where(found.km <= NEAR_KM, "in", "near")
    standing[found.sea & (found.km > SEA_KM)] = AT_SEA
    places = []
    for country, place, town, stands in zip(
        found.country, found.place.tolist(), found.town.tolist(), standing.tolist(), strict=True
    ):
        key = (country, place, town, stands)
        if key not in made:
            made[key] = _name(country, place, town, stands, language)
        places.append(made[key])
    return places


def _name(code: str, place: int, town: int, standing: str, language: Language) -> Place:
    if not code or standing == AT_SEA:
        return Place((AT_SEA,), (AT_SEA,), has_region=False)
    known = gazetteer()
    english, local = _countries().get(code, (code, code))
    names = [local if language == "local" else english]
    if place >= 0:
        region, city, locality = known.region_of(town), known.name[town], known.name[place]
        if region is not None:
            names.append(region)
        names += [f"near {city}"] if standing == "near" else [city, locality]
        key = (code, *names[1:])
    else:
        region, key = None, (code,)
    if language == "english":
        names = [in_english_letters(name) for name in names]
    return Place(tuple(folder_name(name) for name in names), key, code, region is not None)


def _reason(places: Sequence[Place]) -> str:
    if not places:
        return "no place was found"
    borrowed = sum(place.inferred for place in places)
    text = "by the coordinates of the photos"
    if borrowed:
        text += f"; {counted(borrowed, 'photo')} without any, taken within an hour of one here"
    return text


@cache
def _countries() -> dict[str, tuple[str, str]]:
    """Read the names of countries: English, and their own."""
    text = (files("photosort") / "views" / "countries.tsv").read_text("utf-8")
    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {code: (english, local) for code, english, local in rows}
