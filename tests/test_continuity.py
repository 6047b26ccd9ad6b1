"""continuity: an album after an album keeps its numbers and titles."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from photosort.album.manifest import About, Manifest, describe
from photosort.album.plan import Group, Heading, Member, Site, cluster, plan_album
from photosort.titles.continuity import carry_on, keep_given, number_of

Photos = Sequence[int]


def member(photo: int, folder: str = "/photos") -> Member:
    return Member(Path(folder, f"{photo}.jpg"), 0.5, f"{photo:032x}")


def group(number: int, photos: Photos, title: str | None = None, given: str | None = None) -> Group:
    return Group((cluster(number, title, given),), tuple(map(member, photos)))


def album(*groups: Group) -> Manifest:
    plan = plan_album(groups, Site(Path("/albums/out")))
    return describe(plan, About(datetime(2024, 5, 6, tzinfo=UTC), (Path("/photos"),)))


def numbers(groups: Sequence[Group]) -> dict[int, int]:
    """Say the number of each group by its first photo."""
    return {int(group.members[0].path.stem): group.leaf.number for group in groups}


def test_a_first_album_is_as_it_came() -> None:
    """Without an old album nothing is kept."""
    groups = (group(1, range(5)), group(0, [9]))
    assert carry_on(None, groups).groups == groups


def test_more_photos_keep_numbers_and_titles() -> None:
    """With twenty new photos that turn the order of sizes round, 1 stays 1 and keeps its title."""
    old = album(group(1, range(30), "dog"), group(2, range(30, 50), "beach", "Goa"))
    new = [group(1, range(30, 70)), group(2, range(30))]
    found = carry_on(old, new)
    assert numbers(found.groups) == {0: 1, 30: 2}
    assert {g.leaf for g in found.groups} == {cluster(1, "dog"), cluster(2, "beach", "Goa")}
    assert found.kept == {1, 2}


def test_photos_are_known_by_content_after_a_move() -> None:
    """Under other paths the same contents are the same photos; other contents at a path are not."""
    old = album(group(1, range(10), "dog"), group(2, range(10, 18), "cat"))
    moved = Group((cluster(1),), tuple(member(photo, "/moved") for photo in range(10, 18)))
    changed = tuple(Member(Path(f"/photos/{i}.jpg"), 0.5, "x") for i in range(7))
    found = carry_on(old, [moved, Group((cluster(2),), changed)]).groups
    assert {g.leaf for g in found} == {cluster(2, "cat"), cluster(1)}


def test_another_number_of_clusters_matches_what_it_can() -> None:
    """Of two halves the larger goes on under the old number; the smaller gets a free one."""
    old = album(group(1, range(20), "dog"), group(2, range(20, 30), "cat"))
    found = carry_on(old, [group(1, range(12)), group(2, range(20, 30)), group(3, range(12, 20))])
    assert numbers(found.groups) == {0: 1, 20: 2, 12: 3}
    merged = carry_on(old, [group(1, range(30))])
    assert [g.leaf for g in merged.groups] == [cluster(1, "dog")]


def test_a_title_of_the_user_that_is_lost_is_told() -> None:
    """A named cluster whose photos went everywhere is no more, and that is said."""
    old = album(group(1, range(12), given="Goa"), group(2, range(12, 20), "cat"))
    spread = [group(n, [*range(n, 12, 4), *range(n * 100, n * 100 + 9)]) for n in range(1, 4)]
    assert carry_on(old, [*spread, group(4, range(50, 60))]).lost == ()  # a part of it is left
    assert carry_on(old, [group(1, range(12, 20))]).lost == ("Goa",)


def test_misc_is_no_cluster() -> None:
    """Group 0 keeps number 0, and no cluster goes on from the old misc."""
    old = album(group(1, range(5), "dog"), group(0, range(5, 15)))
    found = carry_on(old, [group(1, range(5, 15)), group(2, range(5)), group(0, [20])])
    assert numbers(found.groups) == {5: 2, 0: 1, 20: 0}


def test_a_cluster_of_a_nested_album_is_one_wherever_its_photos_lie() -> None:
    """The dogs of two events go on as one cluster, with their number and name."""
    events = [Heading(f"event-{day}", f"2018-05-0{day} Goa") for day in (1, 2)]
    dog, cat = cluster(1, "dog", "Rex"), cluster(2, "cat")
    old = album(
        Group((events[0], dog), tuple(map(member, range(6)))),
        Group((events[1], dog), tuple(map(member, range(6, 12)))),
        Group((events[1], cat), tuple(map(member, range(12, 20)))),
    )
    found = carry_on(old, [group(1, range(12, 20)), group(2, range(12))])
    assert {g.leaf: len(g.members) for g in found.groups} == {cat: 8, dog: 12}
    assert found.kept == {1, 2}


def test_a_name_of_the_user_goes_on_by_its_key() -> None:
    """An event keeps the user's name though photosort's own is another by now; a lost one is told.

    A cluster's key is no event's: clusters go on by their photos.
    """
    goa = Heading("event-1", "2018-05-03 Goa", "Honeymoon")
    old = album(
        Group((goa, cluster(1, "dog", "Rex")), (member(1),)),
        Group((Heading("event-2", "2019-01-01", "Party"), cluster(1, "dog", "Rex")), (member(2),)),
    )
    longer = Heading("event-1", "2018-05-03..05 Goa")
    kept = keep_given(old, [Group((longer, cluster(1, "cat")), (member(1), member(2)))])
    assert kept.groups[0].headings == (
        Heading("event-1", "2018-05-03..05 Goa", "Honeymoon"), cluster(1, "cat")
    )  # fmt: skip
    assert kept.lost == ("Party",)
    assert keep_given(None, kept.groups).groups == kept.groups


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
    assert len({g.leaf.number for g in found}) == len(found)
    assert all(g.leaf.number for g in found)
    again = carry_on(album(*before), before[::-1]).groups
    assert sorted(again, key=number_of) == before
