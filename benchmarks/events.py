"""How well events are found: made-up lives whose events are known (lives.py), and one table.

    python benchmarks/events.py                     # seeds 2000 to 2029, none used for choosing
    python benchmarks/events.py --first 0 --lives 60  # those the constants were chosen on

Pairwise F1: of all pairs of photos, those in one event by the truth and by the method. Albums:
their number beside the true one. Quiet days are one group a month in the truth, and in the methods
that tell them from events.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from lives import Life, make_life

from photosort.views.events import cut_by_event
from photosort.views.gazetteer import arc_km, unit_vectors
from photosort.views.moments import wall_clock
from photosort.views.place import Place, places_of
from photosort.views.records import Shot

DAY = 86_400
Labels = list[str]
Method = Callable[[Sequence[Shot], Sequence[Place | None]], Labels]


def ours(shots: Sequence[Shot], places: Sequence[Place | None]) -> Labels:
    """Cut as `--by event` does."""
    key_of = {s.path: cut.key for cut in cut_by_event(shots, places, {}) for s in cut.shots}
    return [key_of[shot.path] for shot in shots]


def fixed_gap(shots: Sequence[Shot], places: Sequence[Place | None]) -> Labels:
    """GroupMachine: a new event after 48 hours without a photo, or 50 km from the one before."""
    del places
    when, points = wall_clock(shots), _points(shots)
    labels, event, last, spot = ["no-date"] * len(shots), 0, None, None
    for row in np.argsort(when, kind="stable").tolist():
        if np.isnan(when[row]):
            continue
        here = points[row]
        known = not np.isnan(here[0])
        far = known and spot is not None and arc_km(np.linalg.norm(here - spot)) > 50
        if last is not None and (when[row] - last > 2 * DAY or far):
            event += 1
        labels[row], last, spot = f"event {event}", when[row], here if known else spot
    return labels


def fixed_home(shots: Sequence[Shot], places: Sequence[Place | None]) -> Labels:
    """immich-power-tools: home is the most frequent town; away is 50 km or another country.

    A trip lasts over two days without a photo away; what has no place goes by its time.
    """
    when, points = wall_clock(shots), _points(shots)
    towns = [place and place.at("city") for place in places]
    common = max(
        (town for town in towns if town), key=lambda town: (towns.count(town), town), default=None
    )
    labels = [_month(shot) for shot in shots]
    if common is None:
        return labels
    at = np.array([town == common for town in towns])
    home = np.nanmean(points[at], axis=0)
    home_country = common[0]
    away = []
    for row in np.flatnonzero(~np.isnan(when)).tolist():
        place = places[row]
        if place is not None:
            far = arc_km(np.linalg.norm(points[row] - home)) > 50
            if far or place.country != home_country:
                away.append(row)
    away.sort(key=lambda row: when[row])
    trips: list[list[int]] = []
    for row in away:
        gap = 99 if not trips else when[row] // DAY - when[trips[-1][-1]] // DAY - 1
        if gap > 2:
            trips.append([])
        trips[-1].append(row)
    for number, trip in enumerate(trips):
        inside = (when >= when[trip[0]]) & (when <= when[trip[-1]])
        for row in np.flatnonzero(inside).tolist():
            labels[row] = f"trip {number}"
    return labels


def a_day_each(shots: Sequence[Shot], places: Sequence[Place | None]) -> Labels:
    """One album a day."""
    del places
    return ["no-date" if s.taken is None else str(s.taken.local.date()) for s in shots]


def _month(shot: Shot) -> str:
    return "no-date" if shot.taken is None else f"{shot.taken.local:%Y-%m}"


def _points(shots: Sequence[Shot]) -> np.ndarray:
    degrees = np.array([(shot.latitude, shot.longitude) for shot in shots], float)
    return unit_vectors(degrees[:, 0], degrees[:, 1])


METHODS: dict[str, Method] = {
    "photosort": ours,
    "48 hours or 50 km (GroupMachine)": fixed_gap,
    "home, 50 km, 2 days (immich-power-tools)": fixed_home,
    "one album a day": a_day_each,
}


@dataclass(frozen=True, slots=True)
class Score:
    """Pairwise F1, precision, recall; albums found for each true one."""

    f1: float
    precision: float
    recall: float
    albums: float


def score(truth: Sequence[str], labels: Sequence[str]) -> Score:
    """Compare two groupings by the pairs they put together."""
    true = np.unique(truth, return_inverse=True)[1].reshape(-1)
    found = np.unique(labels, return_inverse=True)[1].reshape(-1)
    both = np.unique(true * (found.max() + 1) + found, return_counts=True)[1]
    together, of_found, of_true = (
        float((count * (count - 1) / 2).sum())
        for count in (both, np.bincount(found), np.bincount(true))
    )
    precision, recall = together / max(of_found, 1), together / max(of_true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return Score(f1, precision, recall, (found.max() + 1) / (true.max() + 1))


def gps(life: Life) -> str:
    """Say how much of a life's photos have a place."""
    camera = [shot for shot in life.shots if shot.camera == "Apple iPhone"]
    part = sum(shot.latitude is not None for shot in camera) / len(camera)
    return "never" if part == 0 else "later" if part < 0.7 else "always"


def table(lives: Sequence[Life], title: str, methods: dict[str, Method]) -> None:
    """Print the mean of each measure over lives."""
    photos = sum(len(life.shots) for life in lives)
    print(f"\n{title}: {len(lives)} lives, {photos:,} photos\n")
    print("| | F1 | lowest | precision | recall | albums per true one | within 20 % |")
    print("|---|---|---|---|---|---|---|")
    for name, method in methods.items():
        scores = [score(life.truth, method(life.shots, places_of(life.shots))) for life in lives]
        f1 = [one.f1 for one in scores]
        means = np.mean([(s.f1, s.precision, s.recall, s.albums) for s in scores], axis=0)
        near = sum(abs(one.albums - 1) <= 0.2 for one in scores)
        print(
            f"| {name} | {means[0]:.3f} | {min(f1):.3f} | {means[1]:.3f} | {means[2]:.3f} "
            f"| {means[3]:.2f} | {near} of {len(scores)} |",
            flush=True,
        )


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--first", type=int, default=2000, help="the first seed")
    parser.add_argument("--lives", type=int, default=30)
    arguments = parser.parse_args()
    lives = [make_life(arguments.first + number) for number in range(arguments.lives)]
    table(lives, "All", METHODS)
    for kind, text in (
        ("always", "GPS from the start"),
        ("later", "GPS later"),
        ("never", "No GPS"),
    ):
        some = [life for life in lives if gps(life) == kind]
        if some:
            table(some, text, {"photosort": ours})


if __name__ == "__main__":
    main()
