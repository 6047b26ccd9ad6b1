"""Cameras whose clock was off: by the satellites' time, or beside other cameras at one event.

Nothing is changed: what is found is said. Three kinds of evidence, the surest first:

- the photo itself holds the satellites' time of its place, and the clock differs from it;
- two cameras photographed the same scenes, and the times of like photos differ by one amount;
- two cameras were raised at the same moments: people take photos in flurries of a few minutes, and
  at one shift of the clock the flurries of both fall together as they do at no shift nearby.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np

from photosort.counts import counted
from photosort.photos.metadata.shifts import (
    MIN_SCENES,
    Features,
    Floats,
    Rows,
    by_moments,
    by_scenes,
)

Evidence = Literal["satellites", "scenes", "moments"]

_EPOCH: Final = datetime(1970, 1, 1)
#: A clock that is wrong by less does no harm to days and events, and people set clocks no better.
MIN_ERROR_S: Final = 1800.0
#: Receivers that count weeks with ten bits are wrong by 1,024 weeks, the clock is not.
_ROLLOVER_S: Final = 1024 * 7 * 86_400.0
_QUARTER_S: Final = 900.0
_MIN_SATELLITE_PHOTOS: Final = 3
#: A stay away from home lasts days; a clock is set between two outings, if at all.
_OUTING_S: Final = 3 * 86_400.0
_LONGEST_ZONE_S: Final = 15 * 3600.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as its photos name it; two of one model are told apart by serial numbers alone."""

    make: str | None
    model: str | None
    serial: str | None = None

    def __str__(self) -> str:
        """Name it for people: the model often begins with the make."""
        make, model = self.make or "", self.model or ""
        named = model if model.lower().startswith(make.lower().split(" ")[0]) else f"{make} {model}"
        return named.strip() or "unnamed camera"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a camera's clock said at a photo; `true` is the wall clock by the satellites.

    `is_trusted`: the clock is set by a network, as in telephones, so others are compared with it.
    """

    camera: Camera
    local: datetime
    true: datetime | None = None
    is_trusted: bool = False


@dataclass(frozen=True, slots=True)
class OddClock:
    """A camera whose clock was `ahead` (or behind, below 0) from the first to the last photo."""

    camera: Camera
    first: datetime
    last: datetime
    photos: int
    ahead: timedelta
    evidence: Evidence
    matches: int

    def __str__(self) -> str:
        """Say it in a line."""
        days = f"{self.first:%Y-%m-%d}"
        if self.last.date() != self.first.date():
            days += f" to {self.last:%Y-%m-%d}"
        side = "ahead" if self.ahead > timedelta(0) else "behind"
        why = {
            "satellites": f"by the satellites' time in {self.matches:,} of them",
            "scenes": f"by {counted(self.matches, 'scene')} that another camera saw too",
            "moments": (
                f"by {counted(self.matches, 'moment')} at which another camera took photos too"
            ),
        }[self.evidence]
        noun = "photo" if self.photos == 1 else "photos"
        return (
            f"{self.camera}: its clock seems {spoken(abs(self.ahead))} {side} in {self.photos:,} "
            f"{noun} ({days}), {why}; the dates are left as they are"
        )


def spoken(length: timedelta) -> str:
    """Say a length of time: "3 years 41 days", "5 h 30 min"."""
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, 1440)
    years, days = divmod(days, 365)
    parts = [(years, " years"), (days, " days")] if years or days else []
    if not years:
        parts += [(rest // 60, " h"), (rest % 60, " min")]
    words = [f"{n}{unit[:-1] if n == 1 and unit[-1] == 's' else unit}" for n, unit in parts if n]
    return " ".join(words) or "0 min"


def odd_clocks(readings: Sequence[Reading], features: Features | None = None) -> list[OddClock]:
    """Find the cameras whose clock was off by half an hour or more.

    `features` (n, d), rows of length 1, tell what the photos look like. Cameras are compared one
    after the other, the most trusted first, with all those before; one that was off is compared
    with the later ones as if it had been right.
    """
    times = np.array([(r.local - _EPOCH).total_seconds() for r in readings], float)
    rows = _by_camera(readings)
    found: list[OddClock] = []
    seen: list[int] = []
    for camera, mine in rows:
        own = np.array(mine)
        odd = list(_by_satellites(readings, own, times))
        if not odd and seen:
            others = np.array(seen)
            odd = list(_beside_others(times, features, own, others))
        for rows_of_it, ahead_s, evidence, matches in odd:
            dates = [readings[at].local for at in rows_of_it.tolist()]
            ahead, span = timedelta(seconds=round(ahead_s)), (min(dates), max(dates))
            found.append(OddClock(camera, *span, len(dates), ahead, evidence, matches))
            times[rows_of_it] -= ahead_s
        seen += mine
    return found


Found = tuple[Rows, float, Evidence, int]  # rows, seconds ahead, evidence, matches


def _by_camera(readings: Sequence[Reading]) -> list[tuple[Camera, list[int]]]:
    """Sort rows by camera, trusted cameras and those with many photos first."""
    rows: dict[Camera, list[int]] = defaultdict(list)
    for at, reading in enumerate(readings):
        rows[reading.camera].append(at)

    def order(item: tuple[Camera, list[int]]) -> tuple[bool, int, str]:
        camera, mine = item
        trusted = sum(readings[at].is_trusted for at in mine) * 2 > len(mine)
        return not trusted, -len(mine), f"{camera} {camera.serial}"

    return sorted(rows.items(), key=order)


def _by_satellites(readings: Sequence[Reading], own: Rows, times: Floats) -> Iterator[Found]:
    """Compare a clock with the satellites, photo by photo; like errors are one.

    The time may be that of an earlier fix, so errors are sorted by quarters of an hour, the step
    that time zones differ by.
    """
    errors: dict[int, list[int]] = defaultdict(list)
    for at in own.tolist():
        true = readings[at].true
        if true is None:
            continue
        ahead = times[at] - (true - _EPOCH).total_seconds()
        if abs(abs(ahead) - _ROLLOVER_S) > _LONGEST_ZONE_S:
            errors[round(ahead / _QUARTER_S)].append(at)
    for quarters, rows in sorted(errors.items()):
        if len(rows) >= _MIN_SATELLITE_PHOTOS and abs(quarters) * _QUARTER_S >= MIN_ERROR_S:
            yield np.array(rows), quarters * _QUARTER_S, "satellites", len(rows)


def _beside_others(
    times: Floats,
    features: Features | None,
    own: Rows,
    others: Rows,
) -> Iterator[Found]:
    """Compare a camera with the others: as a whole, then outing by outing."""
    whole = _shift(times, features, own, others, limit_s=None)
    if whole is not None and abs(whole[0]) >= MIN_ERROR_S:
        yield own, -whole[0], *whole[1:]
        return
    for part in _outings(times, own):  # right on the whole; not on every journey, perhaps
        told = _shift(times, features, part, others, limit_s=_LONGEST_ZONE_S)
        if told is not None and abs(told[0]) >= MIN_ERROR_S:
            yield part, -told[0], *told[1:]


def _outings(times: Floats, own: Rows) -> list[Rows]:
    """Split a camera's rows where it took no photo for days."""
    ordered = own[np.argsort(times[own], kind="stable")]
    cuts = np.flatnonzero(np.diff(times[ordered]) > _OUTING_S) + 1
    return [part for part in np.split(ordered, cuts) if len(part) >= MIN_SCENES]


def _shift(
    times: Floats,
    features: Features | None,
    own: Rows,
    others: Rows,
    *,
    limit_s: float | None,
) -> tuple[float, Evidence, int] | None:
    """Find the shift in seconds that brings a camera's photos to the others', if one does."""
    if features is not None:
        scenes = by_scenes(times, features, own, others, limit_s)
        if scenes is not None:
            return scenes[0], "scenes", scenes[1]
    told = by_moments(times[own], times[others], limit_s=limit_s)
    return None if told is None else (told[0], "moments", told[1])
