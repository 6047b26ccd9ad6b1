"""Photos by event: journeys and outings named by date and place, quiet days by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from photosort.views.arrays import Ints
from photosort.views.event_names import dates, duration, home_name, place_names
from photosort.views.home import NEIGHBOURHOOD_KM, Home, find_home
from photosort.views.journeys import find_journeys
from photosort.views.moments import nearest
from photosort.views.outings import find_outings
from photosort.views.place import Language, Place, places_of
from photosort.views.records import Cut, Shot, counted
from photosort.views.spans import Span
from photosort.views.time import undated
from photosort.views.timeline import Timeline, timeline

AT_HOME: Final = "at home"
EVENT: Final = "event:"  # begins the keys of events; months of quiet days are "month:2018-05"


@dataclass(frozen=True, slots=True)
class _Life:
    """The shots of an album, where each was taken, their timeline and the home found in it."""

    shots: Sequence[Shot]
    places: Sequence[Place | None]
    line: Timeline
    home: Home

    def shot(self, row: int) -> Shot:
        return self.shots[int(self.line.rows[row])]

    def place(self, row: int) -> Place | None:
        return self.places[int(self.line.rows[row])] if self.line.located[row] else None

    def cut(self, path: str, key: str, rows: Ints, reason: str) -> Cut:
        members = sorted((self.shot(row) for row in rows.tolist()), key=lambda s: str(s.path))
        return Cut((path,), (key,), tuple(members), reason)


def by_event(
    shots: Sequence[Shot],
    language: Language = "english",
    previous: Mapping[str, str] | None = None,
) -> list[Cut]:
    """Cut into events; every shot is in one, or in a month of quiet days, or in no-date.

    `previous` gives the key of the cut that each shot, by its `identity`, was in before: an event
    there is neither cut nor joined with another, and goes on where new photos belong to it.
    """
    return cut_by_event(shots, places_of(shots, language), previous or {})


def cut_by_event(
    shots: Sequence[Shot], places: Sequence[Place | None], previous: Mapping[str, str]
) -> list[Cut]:
    """Cut into events by places that are known already, `places` (n,) beside `shots` (n,)."""
    line = timeline(shots)
    life = _Life(shots, places, line, find_home(line))
    spans = find_spans(line, life.home)
    span_of = _members(line, spans)
    key_of = _keys(life, span_of, previous)
    cuts = []
    for key, rows in _gathered(key_of).items():
        if key:
            cuts.append(_event(life, key, rows, [spans[i] for i in _used(span_of[rows])]))
        else:
            cuts += _months(life, rows)
    cuts = _distinct(cuts)
    rest = sorted((s for s in shots if s.taken is None), key=lambda shot: str(shot.path))
    return [*cuts, undated(rest)] if rest else cuts


def find_spans(line: Timeline, home: Home) -> list[Span]:
    """Find the events of a life in order; no two share a shot."""
    journeys = find_journeys(line, home)
    taken = np.zeros(len(line), bool)
    for span in journeys:
        taken[span.first : span.last + 1] = True
    spans = sorted([*journeys, *find_outings(line, home, taken)], key=lambda span: span.first)
    return _with_unplaced(line, spans)


def _with_unplaced(line: Timeline, spans: Sequence[Span]) -> list[Span]:
    """Join an outing without any place to the journey of the day before or after.

    Somebody is more likely still away than out again, where no photo in between says home.
    """
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before is not None and _is_one(line, before, span):
            kind = "journey" if "journey" in (before.kind, span.kind) else span.kind
            joined[-1] = Span(kind, before.first, span.last)
        else:
            joined.append(span)
    return joined


def _is_one(line: Timeline, one: Span, other: Span) -> bool:
    """Say whether one of two spans is a journey, the other follows at once and has no place."""
    if one.kind == other.kind or line.day[other.first] - line.day[one.last] > 1:
        return False
    outing = one if one.kind == "outing" else other
    unplaced = not line.located[outing.first : outing.last + 1].any()
    return unplaced and not line.located[one.last + 1 : other.first].any()


def _members(line: Timeline, spans: Sequence[Span]) -> Ints:
    """Return the span (n,) of each shot, -1 for none; a date alone is in that of its day."""
    span_of = np.full(len(line), -1)
    for number, span in enumerate(spans):
        span_of[span.first : span.last + 1] = number
    by_day: dict[int, int] = {}
    for number, span in enumerate(spans):
        for day in range(int(line.day[span.first]), int(line.day[span.last]) + 1):
            by_day.setdefault(day, number)
    for row in np.flatnonzero(~line.clocked & (span_of < 0)).tolist():
        span_of[row] = by_day.get(int(line.day[row]), -1)
    return span_of


def _keys(life: _Life, span_of: Ints, previous: Mapping[str, str]) -> list[str]:
    """Return the key of each shot's event, empty for none; keys of before go on."""
    line, used = life.line, set(previous.values())
    before = [previous.get(life.shot(row).identity, "") for row in range(len(line))]
    keys = [key if key.startswith(EVENT) else "" for key in before]
    for number in _used(span_of):
        rows = np.flatnonzero(span_of == number)
        known = np.array([row for row in rows.tolist() if keys[row]], int)
        if len(known):
            closest = known[nearest(line.when[known], line.when[rows])]
            new = [keys[row] for row in closest.tolist()]
        else:
            new = [_free(f"{EVENT}{_day(int(line.day[rows[0]]))}", used)] * len(rows)
        for row, key in zip(rows.tolist(), new, strict=True):
            keys[row] = keys[row] or key
    return keys


def _free(key: str, used: set[str]) -> str:
    """Return `key`, or the first of `key`-2, `key`-3... that is not used; it is from now on."""
    count, free = 1, key
    while free in used:
        count += 1
        free = f"{key}-{count}"
    used.add(free)
    return free


def _gathered(keys: Sequence[str]) -> dict[str, Ints]:
    found: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        found.setdefault(key, []).append(row)
    return {key: np.array(rows) for key, rows in found.items()}


def _used(numbers: Ints) -> list[int]:
    return [int(number) for number in np.unique(numbers) if number >= 0]


def _day(day: int) -> date:
    return date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + day)


# Names and reasons.


def _months(life: _Life, rows: Ints) -> list[Cut]:
    """Cut quiet days by the calendar month."""
    months: dict[str, list[int]] = {}
    for row in rows.tolist():
        taken = life.shot(row).taken
        assert taken is not None  # noqa: S101 -- a timeline holds dated shots
        months.setdefault(taken.local.date().isoformat()[:7], []).append(row)
    cuts = []
    for month, members in months.items():
        mine = np.array(members)
        days = counted(len(np.unique(life.line.day[mine])), "day")
        known = np.isfinite(life.home.point[mine, 0]).any()
        name = f"{month} {AT_HOME}" if known else month
        reason = f"{days} with few photos: {counted(len(mine), 'photo')}"
        cuts.append(life.cut(name, f"month:{month}", mine, reason))
    return cuts


def _event(life: _Life, key: str, rows: Ints, spans: Sequence[Span]) -> Cut:
    days = life.line.day[rows]
    name = dates(_day(int(days.min())), _day(int(days.max())))
    where = _where(life, rows)
    reason = "; ".join(_reason(life, span) for span in spans) or "an event of an earlier run"
    return life.cut(f"{name} {where}" if where else name, key, rows, reason)


def _where(life: _Life, rows: Ints) -> str:
    """Name the places of an event: "at home" where most of its photos were taken there."""
    located = rows[life.line.located[rows]]
    near = life.home.km[located] <= NEIGHBOURHOOD_KM
    if len(located) and near.mean() > 0.5:
        return AT_HOME
    return place_names([p for row in located.tolist() if (p := life.place(row)) is not None])


def _reason(life: _Life, span: Span) -> str:
    """Say why a span is an event, and why it begins and ends where it does."""
    mine = slice(span.first, span.last + 1)
    if span.kind == "journey":
        home = home_name([life.place(r) for r in np.flatnonzero(life.home.everyday).tolist()])
        far = np.nanmax(life.home.km[mine])
        text = f"away from home{f' ({home})' if home else ''}, up to {far:,.0f} km"
    else:
        minutes = len(np.unique(life.line.minute[mine][life.line.active[mine]]))
        text = f"photos in {counted(minutes, 'minute')}, more than on usual days"
    before, after = _neighbour(life, span.first, -1), _neighbour(life, span.last, 1)
    return f"{text}; begins {before} and ends {after}"


def _neighbour(life: _Life, edge: int, step: int) -> str:
    """Say how far in time the next photo of a camera beyond an edge is, and where."""
    rows = range(edge + step, len(life.line) if step > 0 else -1, step)
    row = next((row for row in rows if life.line.active[row]), None)
    if row is None:
        return "with the last photo" if step > 0 else "with the first photo"
    pause = duration(abs(float(life.line.when[row] - life.line.when[edge])))
    side = "before the next photo" if step > 0 else "after the one before"
    if not life.line.located[row]:
        return f"{pause} {side}"
    km = life.home.km[row]
    where = AT_HOME if km <= NEIGHBOURHOOD_KM else f"{km:,.0f} km from home"
    return f"{pause} {side}, {where}"


def _distinct(cuts: Sequence[Cut]) -> list[Cut]:
    """Sort, and count up names that two events share: 2018-05-03 (2)."""
    result: list[Cut] = []
    used: set[tuple[str, ...]] = set()
    for cut in sorted(cuts, key=lambda cut: (cut.path, cut.key)):
        count, path = 1, cut.path
        while path in used:
            count += 1
            path = (f"{cut.path[0]} ({count})",)
        used.add(path)
        result.append(replace(cut, path=path))
    return result
