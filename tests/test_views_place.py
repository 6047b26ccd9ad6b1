"""Photos by country, region, town and district."""

import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.views.place import Level, by_place, places_of
from photosort.views.spelling import folder_name, in_english_letters
from tests.shots import any_shots, members, shot


def where(north: float, east: float, level: Level = "city", language: str = "english") -> str:
    """Name the folder of a photo taken there."""
    (cut,) = by_place([shot("a.jpg", where=(north, east))], level, language)
    return "/".join(cut.path)


@pytest.mark.parametrize(
    ("north", "east", "expected"),
    [
        (42.20848, -83.09805, "Canada/Ontario/LaSalle"),  # the nearest place lies in Michigan
        (47.57673, 18.8796, "Hungary/Pest County/Nagykovacsi"),  # and not Budapest
        (51.81126, 5.79792, "Netherlands/Gelderland/Nijmegen"),  # nearest: Hatert
        (51.80451, 5.82475, "Netherlands/Gelderland/Nijmegen"),
        (54.31589, 10.06926, "Germany/Schleswig-Holstein/Kiel"),  # nearest: Hasseldieksdamm
        (39.115, -108.40097, "United States/Colorado/Palisade"),
        (41.2203, -96.07163, "United States/Nebraska/Ralston"),  # and not Omaha around it
        # Beyond the data: what the nearest place of the gazetteer is called comes out.
        (48.48703, 13.43796, "Germany/Bavaria/Neuburg"),
        (50.33641, 8.37545, "Germany/Hesse/Gravenwiesbach"),
    ],
)
def test_coordinates_come_out_as_people_call_the_place(
    north: float, east: float, expected: str
) -> None:
    """The country by its border, the nearest place in it, a district as its town."""
    assert where(north, east) == expected


def test_levels_and_languages() -> None:
    """From the country to the district; in English letters or in the country's own spelling."""
    hatert = (51.80451, 5.82475)
    assert where(*hatert, level="country") == "Netherlands"
    assert where(*hatert, level="region") == "Netherlands/Gelderland"
    assert where(*hatert, level="locality") == "Netherlands/Gelderland/Nijmegen/Hatert"
    assert where(47.57673, 18.8796, language="local") == "Magyarország/Pest County/Nagykovácsi"
    assert where(35.68, 139.69, "country", "local") == "日本"
    one, other = (
        by_place([shot("a.jpg", where=(47.57673, 18.8796))], language=language)
        for language in ("english", "local")
    )
    assert one[0].key == other[0].key


def test_far_from_all_and_countries_without_regions() -> None:
    """`near X` beyond 25 km, `at sea`, and neither in Antarctica; Singapore has no regions."""
    assert where(25.0, 15.0) == "Libya/Murzuq District/near Al Qatrun"
    assert where(30.0, -40.0) == where(30.0, -40.0, "country") == "at sea"
    assert where(51.5, 2.6).startswith(("United Kingdom", "Belgium", "France"))  # 40 km off
    assert where(-80.0, 0.0) == "Antarctica"
    assert where(1.29, 103.85) == "Singapore/Singapore"
    assert where(1.29, 103.85, "region") == "Singapore"


def test_countries_that_a_zone_does_not_tell() -> None:
    """Hanoi lies in Asia/Bangkok, Pristina in Europe/Belgrade."""
    assert where(21.03, 105.85, "country") == "Vietnam"
    assert where(42.66, 21.16, "country") == "Kosovo"
    assert where(13.75, 100.5, "country") == "Thailand"
    assert where(44.81, 20.46, "country") == "Serbia"


@pytest.mark.parametrize(
    "place",
    [(float("nan"), 5.0), (91.0, 5.0), (50.0, 181.0), (float("inf"), 0.0), (50.0, None), (None, 5)],
)
def test_what_is_no_place_has_none(place: tuple[float, float]) -> None:
    """NaN, 91 degrees, half a pair: no-place, never a folder called nan."""
    assert [cut.path for cut in by_place([shot("a.jpg", where=place)])] == [("no-place",)]


def test_a_photo_borrows_the_place_of_one_within_the_hour() -> None:
    """--infer: the nearest in time on either side, by UTC, marked; not from a date alone."""
    goa = (15.4909, 73.8278)
    shots = [
        shot("gps.jpg", "2018-05-03 12:00:00", goa, offset_minutes=330),
        shot("before.jpg", "2018-05-03 11:01:00"),
        shot("after.jpg", "2018-05-03 12:59:00"),
        shot("london.jpg", "2018-05-03 07:31:00", offset_minutes=60),  # the same moment
        shot("later.jpg", "2018-05-03 13:01:00"),
        shot("day.jpg", "2018-05-03"),
        shot("none.jpg"),
    ]
    assert members(by_place(shots))["India/Goa/Panjim"] == ["gps.jpg"]
    cuts = by_place(shots, infer=True)
    assert members(cuts) == {
        "India/Goa/Panjim": ["after.jpg", "before.jpg", "gps.jpg", "london.jpg"],
        "no-place": ["day.jpg", "later.jpg", "none.jpg"],
    }
    assert cuts[0].reason == (
        "by the coordinates of the photos; 3 photos without any, taken within an hour of one here"
    )


def test_a_name_with_a_slash_is_one_folder() -> None:
    """No slash, no dot at the ends, no control code; never empty."""
    assert folder_name("Biel/Bienne") == "Biel-Bienne"
    assert folder_name(".. /\x00") == "-"
    assert folder_name("..") == "_"
    assert in_english_letters("Łódź, Nagykovácsi, Weißenfels, Straßburg, 東京") == (
        "Lodz, Nagykovacsi, Weissenfels, Strassburg, 東京"
    )


def test_many_photos_of_one_spot_are_looked_up_once() -> None:
    """100,000 photos within 11 m share one place, the same object."""
    spots = [(51.84251 + index % 7 * 1e-6, 5.85279) for index in range(100_000)]
    shots = [shot(f"{index}.jpg", where=spot) for index, spot in enumerate(spots)]
    assert len({id(place) for place in places_of(shots)}) == 1


def test_places_load_neither_tensorflow_nor_scikit_learn() -> None:
    """--by place must not pay for them."""
    code = (
        "import sys; from pathlib import Path; from photosort.views.records import Shot;"
        "from photosort.views.place import by_place; from photosort.views.time import by_time;"
        "by_place([Shot(Path('a'), None, 15.49, 73.83)]);"
        "print(*{'tensorflow', 'keras', 'sklearn', 'reverse_geocode'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@settings(max_examples=40)
@given(
    any_shots(),
    st.sampled_from(["country", "region", "city", "locality"]),
    st.booleans(),
    st.randoms(),
)
def test_every_shot_is_in_one_group_in_any_order(
    shots: list, level: Level, infer: bool, random: Random
) -> None:
    """Groups share no photo and hold all; no folder of photos is the parent of another."""
    cuts = by_place(shots, level, infer=infer)
    held = [shot for cut in cuts for shot in cut.shots]
    assert sorted(held, key=id) == sorted(shots, key=id)
    paths = [cut.path for cut in cuts]
    assert len(set(paths)) == len(paths)
    assert not any(a != b and b[: len(a)] == a for a in paths for b in paths)
    random.shuffle(shots)
    assert by_place(shots, level, infer=infer) == cuts
