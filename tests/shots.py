"""Shots for the tests of views."""

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from photosort.photos.metadata.when import Taken
from photosort.views.records import Cut, Shot


def shot(
    name: str,
    when: str | None = None,
    where: tuple[float, float] | None = None,
    offset_minutes: int | None = None,
    **rest: object,
) -> Shot:
    """Make a shot of "2018-05-03 10:11:12" and (north, east)."""
    taken = None
    if when is not None:
        day_only = len(when) == 10
        local = datetime.fromisoformat(when)
        taken = Taken(local, "EXIF DateTimeOriginal", offset_minutes, day_only=day_only)
    north, east = where or (None, None)
    return Shot(Path("/photos") / name, taken, north, east, **rest)


def burst(name: str, when: str, number: int, minutes: float = 3, **rest: object) -> list[Shot]:
    """Make `number` shots, one each `minutes` from `when` on."""
    start = datetime.fromisoformat(when)
    return [
        shot(f"{name}-{index}.jpg", str(start + timedelta(minutes=minutes * index)), **rest)
        for index in range(number)
    ]


def members(cuts: list[Cut]) -> dict[str, list[str]]:
    """Name the photos below each path of folders."""
    return {"/".join(cut.path): sorted(shot.path.name for shot in cut.shots) for cut in cuts}


_dates = st.builds(
    Taken,
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["EXIF DateTimeOriginal", "file name"]),
    st.none() | st.integers(-14 * 60, 14 * 60),
    is_guess=st.booleans(),
    day_only=st.booleans(),
)
_coordinates = st.none() | st.tuples(st.floats(-95, 95), st.floats(-185, 185))


@st.composite
def any_shots(draw: st.DrawFn, max_size: int = 30) -> list[Shot]:
    """Draw shots with and without dates and places, all of different paths."""
    number = draw(st.integers(0, max_size))
    shots = []
    for index in range(number):
        north, east = draw(_coordinates) or (None, None)
        taken = draw(st.none() | _dates)
        camera = draw(st.sampled_from([None, "Apple iPhone", "NIKON D70"]))
        shots.append(
            Shot(Path(f"/photos/{index}.jpg"), taken, north, east, camera, camera is not None)
        )
    return shots
