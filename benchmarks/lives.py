"""Made-up lives whose events are known: where somebody lives, works and travels, and every photo.

A life has a home (and may move), a place of work, relatives, trips over borders and time zones,
weekends away, days out, business trips, parties; a phone that sometimes has no GPS or a wrong one,
a second camera without GPS whose clock may be off, screenshots, copies by a messenger. What each
number is drawn from stands beside it; none was fitted to anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from tzfpy import get_tz

from photosort.photos.metadata.when import Taken
from photosort.views.gazetteer import EARTH_KM, gazetteer
from photosort.views.records import Shot

Spot = tuple[float, float]  # degrees north and east

NO_DATE = "no-date"


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of a life that is one event, from its first to its last minute (local time)."""

    label: str
    start: datetime
    end: datetime
    route: tuple[tuple[date, Spot], ...]  # where each day is spent
    photos_a_day: float
    on_the_way: Spot | None = None  # an airport near home, on the first and the last day

    def at(self, day: date) -> Spot:
        """Say where a day of it is spent."""
        return next((spot for when, spot in reversed(self.route) if when <= day), self.route[0][1])


@dataclass(slots=True)
class Life:
    """The photos of a life, and the event each belongs to."""

    seed: int
    shots: list[Shot] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)


def make_life(seed: int) -> Life:
    """Make up a life; the same one for the same seed."""
    return _Maker(seed).make()


class _Maker:
    """Draws a life step by step."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.life = Life(seed)
        self.first = date(int(rng.integers(2008, 2018)), int(rng.integers(1, 13)), 1)
        self.years = int(rng.integers(3, 9))
        self.last = self.first + timedelta(days=365 * self.years)
        self.quiet = float(np.clip(rng.lognormal(-0.4, 0.9), 0.08, 6))  # photos a day at home
        self.busy = float(np.clip(rng.lognormal(3.0, 0.6), 6, 90))  # and on a day of a trip
        self.diligence = float(rng.uniform(0.6, 0.97))  # part of a trip's days with photos
        self.gps = float(rng.uniform(0.75, 0.98)) if rng.random() < 0.93 else 0.0
        self.gps_since = (
            self.first
            if rng.random() < 0.75
            else self.first + timedelta(days=int(rng.uniform(0.2, 0.6) * 365 * self.years))
        )
        self.has_offset = rng.random() < 0.7
        self.camera = rng.random() < 0.5  # a second one, without GPS
        self.camera_hours = float(rng.choice([0, 0, 0, 1, -1, -7, 12, 5.5]))
        self.homes = self._homes()

    # Places.

    def _homes(self) -> list[tuple[date, Spot]]:
        """Draw where home is from which day on."""
        homes = [(self.first, self._town(30_000))]
        if self.rng.random() < 0.4:  # moves once, within the region or to another
            when = self.first + timedelta(days=int(self.rng.uniform(0.25, 0.75) * 365 * self.years))
            km = self.rng.uniform(8, 40) if self.rng.random() < 0.5 else self.rng.uniform(100, 1500)
            homes.append((when, self._place_at(homes[0][1], km)))
        return homes

    def home(self, day: date) -> Spot:
        """Say where home is on a day."""
        return next(spot for since, spot in reversed(self.homes) if since <= day)

    def _town(self, inhabitants: float) -> Spot:
        spots, population = _towns()
        weight = np.where(population >= inhabitants, np.sqrt(population), 0)
        row = int(self.rng.choice(len(spots), p=weight / weight.sum()))
        return float(spots[row, 0]), float(spots[row, 1])

    def _place_at(self, origin: Spot, km: float) -> Spot:
        """Draw a town about `km` from `origin`, larger ones more often."""
        spots, population = _towns()
        away = distances(origin, spots)
        band = (away > 0.8 * km) & (away < 1.25 * km) & (population > 0)
        if not band.any():
            return self._around(origin, km)
        weight = np.where(band, np.sqrt(population), 0)
        row = int(self.rng.choice(len(spots), p=weight / weight.sum()))
        return float(spots[row, 0]), float(spots[row, 1])

    def _around(self, spot: Spot, km: float) -> Spot:
        """Draw a spot within about `km`."""
        angle = self.rng.uniform(0, 2 * np.pi)
        far = abs(self.rng.normal(0, km)) / 111.2
        north = float(np.clip(spot[0] + far * np.cos(angle), -89, 89))
        east = spot[1] + far * np.sin(angle) / np.cos(np.radians(north))
        return north, float((east + 180) % 360 - 180)

    # Events.

    def make(self) -> Life:
        """Draw the events, then the photos."""
        stays = sorted(self._stays(), key=lambda stay: stay.start)
        kept: list[Stay] = []
        for stay in stays:  # nobody is in two places at once, and everybody sleeps in between
            if not kept or stay.start.date() > kept[-1].end.date() + timedelta(days=1):
                kept.append(stay)
        for stay in kept:
            self._photograph(stay)
        self._home_life(kept)
        self._passive(kept)
        return self.life

    def _stays(self) -> list[Stay]:
        rng, stays = self.rng, []
        relatives = self._place_at(self.homes[0][1], rng.uniform(30, 400))
        rates = {  # how many a year
            "trip": rng.uniform(1, 4),
            "weekend": rng.uniform(0, 6),
            "relatives": rng.uniform(0, 7) if rng.random() < 0.7 else 0,
            "day out": rng.uniform(2, 14),
            "business": rng.uniform(1, 8) if rng.random() < 0.3 else 0,
            "party": rng.uniform(1, 9),
        }
        for kind, rate in rates.items():
            for number in range(rng.poisson(rate * self.years)):
                day = self.first + timedelta(days=int(rng.integers(0, 365 * self.years - 25)))
                stays.append(self._stay(f"{kind} {number}", kind, day, relatives))
        return stays

    def _stay(self, label: str, kind: str, day: date, relatives: Spot) -> Stay:
        rng, home = self.rng, self.home(day)
        if kind == "party":
            start = _at(day, rng.uniform(10, 19))
            end = start + timedelta(hours=rng.uniform(3, 9))
            if rng.random() < 0.25:  # Christmas lasts
                end += timedelta(days=int(rng.integers(1, 3)))
            return Stay(label, start, end, ((day, home),), float(rng.lognormal(3.6, 0.6)))
        if kind == "day out":
            spot = self._place_at(home, float(np.exp(rng.uniform(np.log(12), np.log(160)))))
            start = _at(day, rng.uniform(8, 13))
            end = start + timedelta(hours=rng.uniform(3, 10))
            return Stay(label, start, end, ((day, spot),), self.busy * rng.lognormal(0, 0.5))
        days, km, photos = {
            "trip": (rng.integers(4, 22), rng.lognormal(6.8, 1.1), self.busy),
            "weekend": (rng.integers(2, 5), rng.uniform(70, 900), self.busy),
            "relatives": (rng.integers(1, 5), 0, self.busy / 3),
            "business": (rng.integers(1, 4), rng.lognormal(6.5, 1), rng.uniform(1, 5)),
        }[kind]
        goal = relatives if not km else self._place_at(home, float(np.clip(km, 70, 15_000)))
        route = self._route(day, int(days), goal, roams=kind == "trip")
        end = _at(day + timedelta(days=int(days) - 1), rng.uniform(14, 22))
        far = distances(home, np.array([goal]))[0] > 600
        airport = self._around(home, 25) if far else None
        return Stay(label, _at(day, rng.uniform(7, 14)), end, route, float(photos), airport)

    def _route(self, day: date, days: int, goal: Spot, *, roams: bool) -> tuple:
        """Draw where each day of a trip is spent: one place, or one after the other."""
        route = [(day, goal)]
        moves = 0.35 if roams and self.rng.random() < 0.4 else 0.0
        for index in range(1, days):
            spot = route[-1][1]
            if self.rng.random() < moves:
                other = self._place_at(spot, self.rng.uniform(40, 400))
                if distances(self.home(day), np.array([other]))[0] > 60:  # not by way of home
                    spot = other
            route.append((day + timedelta(days=index), spot))
        return tuple(route)

    # Photos.

    def _photograph(self, stay: Stay) -> None:
        """Take the photos of an event."""
        rng = self.rng
        days = (stay.end.date() - stay.start.date()).days + 1
        trip = not stay.label.startswith(("party", "day out"))
        for index in range(days):
            day = stay.start.date() + timedelta(days=index)
            if trip and index and rng.random() > self.diligence:
                continue
            open_, close = max(stay.start, _at(day, 7.5)), min(stay.end, _at(day, 23.5))
            if days == 1 or (index == days - 1 and not trip and days == 2):
                close = stay.end
            if close <= open_:
                continue
            number = 1 + rng.poisson(stay.photos_a_day * rng.lognormal(-0.18, 0.6))
            second = self.camera and rng.random() < 0.6
            for when in self._moments(open_, close, number):
                spot = self._around(stay.at(day), 8 if trip else 1)
                if stay.on_the_way and index in {0, days - 1}:
                    leaving = index == 0 and when < open_ + timedelta(hours=2)
                    coming = index == days - 1 and when > close - timedelta(hours=1)
                    spot = self._around(stay.on_the_way, 1) if leaving or coming else spot
                self._take(stay.label, when, spot, second=second and rng.random() < 0.6)

    def _home_life(self, stays: list[Stay]) -> None:
        """Take the photos of days at home, at work and round about."""
        rng = self.rng
        haunts: dict[Spot, list[Spot]] = {}
        for index in range(365 * self.years):
            day = self.first + timedelta(days=index)
            home = self.home(day)
            if home not in haunts:
                work = self._around(home, float(rng.lognormal(2.2, 0.8)))
                haunts[home] = [work, *(self._around(home, 8) for _ in range(5))]
            if rng.random() < 0.55:  # most days nobody takes a photo
                continue
            number = rng.poisson(self.quiet / 0.45 * rng.lognormal(-0.3, 0.8))
            spot = home if rng.random() < 0.6 else haunts[home][int(rng.integers(6))]
            for when in self._moments(_at(day, 7), _at(day, 23.9), number):
                if _within(stays, when) is None:
                    self._take(_month(when), when, self._around(spot, 0.3))

    def _passive(self, stays: list[Stay]) -> None:
        """Add what no camera took: screenshots, copies by a messenger, photos without a date."""
        rng = self.rng
        days = 365 * self.years
        shots, copies = rng.uniform(0.05, 0.8), rng.uniform(0.0, 1.5)
        for index in range(days):
            day = self.first + timedelta(days=index)
            number = rng.poisson(shots)
            if rng.random() < 4 / 365:  # a burst of screenshots
                number += int(rng.integers(10, 60))
            start = rng.uniform(8, 22)
            for _ in range(number):
                when = _at(day, start + rng.uniform(0, 1))
                self._add(_label(stays, when), Taken(when, "file name"), f"Screenshot-{day}")
            for _ in range(rng.poisson(copies)):
                when = _at(day, rng.uniform(7.5, 23.5))
                day_only = bool(rng.random() < 0.6)
                told = _at(day, 0) if day_only else when
                self._add(
                    _label(stays, when), Taken(told, "file name", day_only=day_only), "IMG-WA"
                )
        own = [i for i, shot in enumerate(self.life.shots) if shot.from_camera]
        for i in rng.choice(own, len(own) // 30, replace=False).tolist():  # sent to friends
            when = self.life.shots[i].taken.local
            told = Taken(_at(when.date(), 0), "file name", day_only=True)
            self._add(self.life.truth[i], told, "IMG-WA-sent")
        for i in range(len(own) // 150):
            self._add(NO_DATE, None, f"undated-{i}")

    def _moments(self, start: datetime, end: datetime, number: int) -> list[datetime]:
        """Draw when photos are taken: in flurries of a few minutes."""
        seconds = (end - start).total_seconds()
        moments: list[datetime] = []
        while len(moments) < number:
            flurry = self.rng.uniform(0, seconds)
            for _ in range(1 + self.rng.poisson(3)):
                flurry += self.rng.exponential(70)
                moments.append(start + timedelta(seconds=min(flurry, seconds)))
        return sorted(moments[:number])

    def _take(self, label: str, when: datetime, spot: Spot, *, second: bool = False) -> None:
        rng = self.rng
        offset = _offset(spot, when)
        if second:  # its clock keeps the time of home
            late = _offset(self.home(when.date()), when) - offset
            told = when + timedelta(minutes=late, hours=self.camera_hours)
            self._add(label, Taken(told, "EXIF DateTimeOriginal"), "DSC", None, "NIKON D70")
            return
        if when.date() < self.gps_since or rng.random() > self.gps:
            seen = None
        else:
            seen = spot if rng.random() > 0.002 else self._around(spot, 800)
        stamp = Taken(when, "EXIF DateTimeOriginal", offset if self.has_offset else None)
        self._add(label, stamp, "IMG", seen, "Apple iPhone")

    def _add(
        self,
        label: str,
        taken: Taken | None,
        name: str,
        spot: Spot | None = None,
        camera: str | None = None,
    ) -> None:
        number = len(self.life.shots)
        path = Path(f"/{name}-{number}.jpg")
        north, east = spot or (None, None)
        self.life.shots.append(
            Shot(path, taken, north, east, camera, camera is not None, f"{number:032x}")
        )
        self.life.truth.append(label)


def _at(day: date, hours: float) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(hours=hours)


def _month(when: datetime) -> str:
    return f"home {when:%Y-%m}"


def _within(stays: list[Stay], when: datetime) -> Stay | None:
    """Find the event that a moment lies in."""
    return next((stay for stay in stays if stay.start <= when <= stay.end), None)


def _label(stays: list[Stay], when: datetime) -> str:
    stay = _within(stays, when)
    return _month(when) if stay is None else stay.label


@cache
def _towns() -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude (n, 2), and inhabitants (n,), of the gazetteer's places."""
    known = gazetteer()
    x, y, z = known.points.T
    spots = np.column_stack([np.degrees(np.arcsin(z)), np.degrees(np.arctan2(y, x))])
    return spots, np.where(known.population > 3000, known.population, 0)


def distances(origin: Spot, spots: np.ndarray) -> np.ndarray:
    """Return km from `origin` to each of `spots` (n, 2)."""
    north, east = np.radians(origin[0]), np.radians(origin[1])
    norths, easts = np.radians(spots[:, 0]), np.radians(spots[:, 1])
    half = (
        np.sin((norths - north) / 2) ** 2
        + np.cos(north) * np.cos(norths) * np.sin((easts - east) / 2) ** 2
    )
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))


@cache
def _zone(north: float, east: float) -> ZoneInfo:
    return ZoneInfo(get_tz(east, north) or "Etc/GMT")


def _offset(spot: Spot, when: datetime) -> int:
    """Return the minutes that a spot's clocks are ahead of UTC."""
    zone = _zone(round(spot[0], 1), round(spot[1], 1))
    shift = when.replace(tzinfo=zone).utcoffset() or timedelta()
    return int(shift.total_seconds() // 60)
