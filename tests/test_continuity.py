"""continuity: an album after an album keeps its numbers and titles."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from photosort.album.manifest import About, Manifest, describe
from photosort.album.plan import Group, Member, Site, plan_album
from photosort.titles.continuity import carry_on

Photos = Sequence[int]


def member(photo: int, folder: str = "/photos") -> Member:
    return Member(Path(folder, f"{photo}.jpg"), 0.5, f"{photo:032x}")


def group(number: int, photos: Photos, title: str | None = None, *, named: bool = False) -> Group:
    return Group(number, title, tuple(map(member, photos)), named)


def album(*groups: Group) -> Manifest:
    plan = plan_album(groups, Site(Path("/albums/out")))
    return describe(plan, About(datetime(2024, 5, 6, tzinfo=UTC), (Path("/photos"),)))


def numbers(groups: Sequence[Group]) -> dict[int, int]:
    """Say the number of each group by its first photo."""
    return {int(group.members[0].path.stem): group.number for group in groups}


def test_a_first_album_is_as_it_came() -> None:
    """Without an old album nothing is kept."""
    groups = (group(1, range(5)), group(0, [9]))
    assert carry_on(None, groups).groups == groups


def test_more_photos_keep_numbers_and_titles() -> None:
    """With twenty new photos that turn the order of sizes round, 1 stays 1 and keeps its title."""
    old = album(group(1, range(30), "dog"), group(2, range(30, 50), "Goa", named=True))
    new = [group(1, range(30, 70)), group(2, range(30))]
    found = carry_on(old, new)
    assert numbers(found.groups) == {0: 1, 30: 2}
    assert {g.number: (g.title, g.named) for g in found.groups} == {
        1: ("dog", False), 2: ("Goa", True)
    }  # fmt: skip
    assert found.kept == {1, 2}


def test_photos_are_known_by_content_after_a_move() -> None:
    """Under other paths the same contents are the same photos; other contents at a path are not."""
    old = album(group(1, range(10), "dog"), group(2, range(10, 18), "cat"))
    moved = Group(1, None, tuple(member(photo, "/moved") for photo in range(10, 18)))
    other = Group(2, None, tuple(Member(Path(f"/photos/{i}.jpg"), 0.5, "x") for i in range(7)))
    found = {g.number: g.title for g in carry_on(old, [moved, other]).groups}
    assert found == {2: "cat", 1: None}


def test_another_number_of_clusters_matches_what_it_can() -> None:
    """Of two halves the larger goes on under the old number; the smaller gets a free one."""
    old = album(group(1, range(20), "dog"), group(2, range(20, 30), "cat"))
    found = carry_on(old, [group(1, range(12)), group(2, range(20, 30)), group(3, range(12, 20))])
    assert numbers(found.groups) == {0: 1, 20: 2, 12: 3}
    merged = carry_on(old, [group(1, range(30))])
    assert [(g.number, g.title) for g in merged.groups] == [(1, "dog")]


def test_a_title_of_the_user_that_is_lost_is_told() -> None:
    """A named cluster whose photos went everywhere is no more, and that is said."""
    old = album(group(1, range(12), "Goa", named=True), group(2, range(12, 20), "cat"))
    spread = [group(n, [*range(n, 12, 4), *range(n * 100, n * 100 + 9)]) for n in range(1, 4)]
    assert carry_on(old, [*spread, group(4, range(50, 60))]).lost == ()  # a part of it is left
    assert carry_on(old, [group(1, range(12, 20))]).lost == ("Goa",)


def test_misc_is_no_cluster() -> None:
    """Group 0 keeps number 0, and no cluster goes on from the old misc."""
    old = album(group(1, range(5), "dog"), group(0, range(5, 15)))
    found = carry_on(old, [group(1, range(5, 15)), group(2, range(5)), group(0, [20])])
    assert numbers(found.groups) == {5: 2, 0: 1, 20: 0}


parts = st.lists(st.sets(st.integers(0, 30), min_size=1), max_size=6).map(
    lambda sets: [sorted(s - set().union(*sets[:i])) for i, s in enumerate(sets)]
)


@given(parts, parts)
def test_every_group_goes_on_once(old: list[list[int]], new: list[list[int]]) -> None:
    """Numbers stay distinct and positive, photos stay in their groups, equal groups stay put."""
    before = [group(n, photos) for n, photos in enumerate(filter(None, old), start=1)]
    after = [group(n, photos) for n, photos in enumerate(filter(None, new), start=1)]
    found = carry_on(album(*before), after).groups
    assert {g.members for g in found} == {g.members for g in after}
    assert len({g.number for g in found}) == len(found)
    assert all(g.number > 0 for g in found)
    again = carry_on(album(*before), before[::-1]).groups
    assert sorted(again, key=lambda g: g.number) == before
