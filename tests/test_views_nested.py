"""One view inside another."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.views.nested import nest
from photosort.views.place import by_place
from photosort.views.records import Cut
from photosort.views.time import by_time
from tests.shots import any_shots, members, shot

GOA, KIEL = (15.4909, 73.8278), (54.32133, 10.13489)


def kinds(**photos: list) -> list[Cut]:
    """Cut by content: each kind with its photos."""
    return [Cut((kind,), (kind,), tuple(shots), kind) for kind, shots in photos.items()]


def test_the_kinds_inside_the_place_inside_the_year() -> None:
    """Paths are those of each view, one after the other; a kind has one name in all of them."""
    dog = shot("dog.jpg", "2018-05-03 10:00:00", GOA)
    beach = shot("beach.jpg", "2018-05-03 11:00:00", GOA)
    old = shot("old-dog.jpg", "2017-01-01 11:00:00", KIEL)
    none = shot("none.jpg")
    shots = [dog, beach, old, none]
    content = kinds(**{"cluster-1-dog": [dog, old, none], "cluster-2-beach": [beach]})
    cuts = nest([by_time(shots, "year"), by_place(shots, "country"), content])
    assert members(cuts) == {
        "2017/Germany/cluster-1-dog": ["old-dog.jpg"],
        "2018/India/cluster-1-dog": ["dog.jpg"],
        "2018/India/cluster-2-beach": ["beach.jpg"],
        "no-date/no-place/cluster-1-dog": ["none.jpg"],
    }
    assert cuts[1].keys == ("time:2018", "place:IN", "cluster-1-dog")
    assert members(nest([content, by_time(shots, "year")])) == {
        "cluster-1-dog/2017": ["old-dog.jpg"],
        "cluster-1-dog/2018": ["dog.jpg"],
        "cluster-1-dog/no-date": ["none.jpg"],
        "cluster-2-beach/2018": ["beach.jpg"],
    }


def test_a_shot_that_a_view_does_not_know_is_an_error() -> None:
    """Every view holds the same photos."""
    known, unknown = shot("a.jpg", "2018-05-03 10:00:00"), shot("b.jpg")
    with pytest.raises(ValueError, match=r"b\.jpg: is not in every view"):
        nest([by_time([known, unknown]), by_time([known])])


@settings(max_examples=40)
@given(any_shots(), st.sampled_from(list(permutations(range(3)))), st.integers(2, 3))
def test_every_shot_is_in_one_group_in_any_order_of_views(
    shots: list, order: tuple, depth: int
) -> None:
    """Groups share no photo and hold all; their paths are distinct, none above another."""
    halves = kinds(even=shots[::2], odd=shots[1::2])
    views = [by_time(shots), by_place(shots, "country"), halves]
    cuts = nest([views[index] for index in order[:depth]])
    held = [shot for cut in cuts for shot in cut.shots]
    assert sorted(held, key=id) == sorted(shots, key=id)
    paths = [cut.path for cut in cuts]
    assert len(set(paths)) == len(paths)
    assert not any(a != b and b[: len(a)] == a for a in paths for b in paths)
