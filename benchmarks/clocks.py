"""How surely a camera whose clock is off is found beside another, on made-up lives.

    python benchmarks/clocks.py [--lives 40]

In the lives of benchmarks/lives.py a second camera has a clock of its own: right, an hour or more
off, and on journeys still at home's time. Prints how many findings are right (to five minutes), how
many of the photos whose time is wrong they cover, and how many cameras of two different lives,
which never met, are found to be off beside each other.
"""

import argparse
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from lives import Spot, _Maker

from photosort.photos.metadata.clocks import MIN_ERROR_S, Camera, OddClock, Reading, odd_clocks

SECOND, PHONE = Camera("NIKON", "NIKON D70"), Camera("Apple", "Apple iPhone")
EXACT_S = 300


@dataclass(slots=True)
class Told:
    """The readings of a life's cameras, and by how many seconds each is wrong."""

    readings: list[Reading] = field(default_factory=list)
    wrong_s: list[float] = field(default_factory=list)


class Witness(_Maker):
    """Makes a life and notes when its photos were really taken."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.true: dict[Path, datetime] = {}

    def _take(self, label: str, when: datetime, spot: Spot, *, second: bool = False) -> None:
        before = len(self.life.shots)
        super()._take(label, when, spot, second=second)
        self.true |= {shot.path: when for shot in self.life.shots[before:]}

    def told(self) -> Told:
        """Give what the clocks of both cameras said."""
        told = Told()
        for shot in self.make().shots:
            if shot.taken is None or shot.path not in self.true:
                continue
            is_second = shot.camera == "NIKON D70"
            camera = SECOND if is_second else PHONE
            told.readings.append(Reading(camera, shot.taken.local, is_trusted=not is_second))
            told.wrong_s.append((shot.taken.local - self.true[shot.path]).total_seconds())
        return told


def covered(odd: OddClock, told: Told) -> list[int]:
    """List the photos that a finding speaks of."""
    return [
        at
        for at, reading in enumerate(told.readings)
        if reading.camera == odd.camera and odd.first <= reading.local <= odd.last
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lives", type=int, default=40)
    lives = [w for w in map(Witness, range(1, 1 + parser.parse_args().lives)) if w.camera]
    told = [witness.told() for witness in lives]
    right = findings = found = wrong = 0
    for each in told:
        hits: set[int] = set()
        for odd in odd_clocks(each.readings):
            rows = covered(odd, each)
            errors = np.array([each.wrong_s[at] for at in rows])
            is_right = abs(float(np.median(errors)) - odd.ahead.total_seconds()) <= EXACT_S
            right, findings = right + is_right, findings + 1
            near = np.abs(errors - odd.ahead.total_seconds()) <= EXACT_S
            hits |= {at for at, close in zip(rows, near, strict=True) if close}
        bad = {at for at, seconds in enumerate(each.wrong_s) if abs(seconds) >= MIN_ERROR_S}
        found, wrong = found + len(hits & bad), wrong + len(bad)
    strangers = [
        [r for r in one.readings if r.is_trusted] + [r for r in two.readings if not r.is_trusted]
        for one in told
        for two in told
        if one is not two
    ]
    false = sum(bool(odd_clocks(readings)) for readings in strangers)
    print("| lives | findings | right | wrong photos | covered | strangers | found off |")
    print("|---|---|---|---|---|---|---|")
    numbers = (len(told), findings, right, wrong, found, len(strangers), false)
    print(f"| {' | '.join(f'{number:,}' for number in numbers)} |")


if __name__ == "__main__":
    main()
