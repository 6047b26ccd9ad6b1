"""plan: groups become folders and names that collide on no file system."""

import os
import random
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.album.plan import Group, Member, Site, plan_album, portable_name, slugify

OUT = Path("/albums/out")


def plan_names(
    *paths: str, taken: frozenset[str] = frozenset(), portable: bool = False
) -> list[str]:
    """Plan one cluster of these photos; return the names it gives them, in the order given."""
    group = Group(1, None, tuple(Member(Path(path), 0.5) for path in paths))
    plan = plan_album([group], Site(OUT, taken, portable=portable))
    by_target = {str(link.target): link.place.name for link in plan.links}
    return [by_target[path] for path in paths]


def test_folder_is_number_and_slug() -> None:
    """A cluster without a title is cluster-3, one with a title gets its slug."""
    groups = [Group(3, None, ()), Group(1, "Beach & Sea", ()), Group(2, "///", ())]
    names = [folder.name for folder in plan_album(groups, Site(OUT)).folders]
    assert names == ["cluster-1-beach-sea", "cluster-2", "cluster-3"]


def test_misc_is_the_last_folder_and_has_no_number() -> None:
    """Group 0 goes to misc, after the clusters; where something else is called misc, beside it."""
    groups = [Group(0, None, (Member(Path("/a/x.jpg"), 0.5),)), Group(1, "Sea", ())]
    names = [folder.name for folder in plan_album(groups, Site(OUT)).folders]
    assert names == ["cluster-1-sea", "misc"]
    names = [f.name for f in plan_album(groups, Site(OUT, frozenset({"MISC"}))).folders]
    assert names == ["cluster-1-sea", "misc (2)"]


def test_links_are_relative_to_their_folder_or_absolute() -> None:
    """A link's text leads from its folder to the photo, or names it in full."""
    group = Group(1, None, (Member(Path("/albums/photos/a.jpg"), 0.5),))
    (near,) = plan_album([group], Site(OUT)).links
    (far,) = plan_album([group], Site(OUT, relative=False)).links
    assert (near.text, far.text) == ("../../photos/a.jpg", "/albums/photos/a.jpg")
    assert near.place == PurePosixPath("cluster-1/a.jpg")


def test_equal_names_are_counted_up() -> None:
    """The first by path keeps its name, the others are counted, around names that exist already."""
    assert plan_names("/b/IMG.jpg", "/a/IMG.jpg", "/c/img.JPG", "/d/IMG (2).jpg") == [
        "IMG (3).jpg", "IMG.jpg", "img (4).JPG", "IMG (2).jpg",
    ]  # fmt: skip


def test_names_equal_but_for_normalisation_are_counted_up() -> None:
    """NFC and NFD of one name are one file on macOS: the second is renamed."""
    composed, decomposed = "/a/\u00e9.jpg", "/b/e\u0301.jpg"
    assert plan_names(composed, decomposed) == ["\u00e9.jpg", "e\u0301 (2).jpg"]


def test_invalid_utf8_keeps_its_bytes() -> None:
    """A name that is not UTF-8 is linked under the same bytes."""
    path = os.fsdecode(b"/a/\xff\xe9.jpg")
    assert plan_names(path) == [os.fsdecode(b"\xff\xe9.jpg")]


def test_long_names_are_cut_between_characters() -> None:
    """A second 255-byte name makes room for its number, whole characters and the suffix kept."""
    name = "é" * 125 + "x.jpg"
    assert len(name.encode()) == 255
    first, second = plan_names(f"/a/{name}", f"/b/{name}")
    assert first == name
    assert second == "é" * 123 + " (2).jpg"


def test_foreign_entries_are_avoided() -> None:
    """The user's file in a cluster's folder keeps its name, in whatever case; ours moves over."""
    assert plan_names("/a/x.jpg", taken=frozenset({"cluster-1/X.JPG"})) == ["x (2).jpg"]


def test_foreign_file_in_place_of_a_folder_is_avoided() -> None:
    """A file or link named cluster-1 makes the folder give way."""
    plan = plan_album([Group(1, None, ())], Site(OUT, frozenset({"Cluster-1"})))
    assert [folder.name for folder in plan.folders] == ["cluster-1 (2)"]


def test_two_groups_with_one_number_are_a_mistake() -> None:
    """A number names one cluster."""
    with pytest.raises(ValueError, match="share a number"):
        plan_album([Group(1, None, ()), Group(1, "b", ())], Site(OUT))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Beach", "beach"),
        ("  ../../etc/passwd\0", "etc-passwd"),
        ("Été à la plage", "été-à-la-plage"),
        ("日本 庭園", "日本-庭園"),
        ("हिन्दी", "हिन्दी"),
        ("CON", "con"),
        ("🏖", ""),
        ("a\u202eb\x1b[31mc", "a-b-31mc"),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    """Letters of any script stay; separators, control and formatting characters do not."""
    assert slugify(title) == slug


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("12:30?.jpg", "12_30_.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("nul", "_nul"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("conference.jpg", "conference.jpg"),
        ("ends. ", "ends"),
        ("...", "_"),
        (os.fsdecode(b"\xff.jpg"), "\ufffd.jpg"),
    ],
)
def test_portable_names(name: str, portable: str) -> None:
    """Names that exFAT, NTFS or Windows refuse are changed, others are not."""
    assert portable_name(name) == portable


def is_name(raw: bytes) -> bool:
    return raw not in {b".", b".."} and b"/" not in raw and b"\0" not in raw


text_names = st.text(min_size=1, max_size=255).map(
    lambda text: text.encode("utf-8", "replace")[:255].replace(b"/", b"_").replace(b"\0", b"_")
)
like_names = st.sampled_from(
    [b"IMG.jpg", b"img.JPG", b"IMG (2).jpg", "é.jpg".encode(), "e\u0301.jpg".encode(), "ß".encode(),
     b"SS", b"ss", "ſs".encode(), b"x" * 255, b"X" * 255, b"K.jpg", b"k.jpg", b"\xff.jpg",
     "İ.jpg".encode(), "i̇.jpg".encode(), b"fi", "ﬁ".encode(), b".jpg", b"a.", b"a"],
)  # fmt: skip
names = st.one_of(like_names, text_names, st.binary(min_size=1, max_size=255)).filter(is_name)
paths = st.tuples(st.sampled_from(["/a", "/b", "/c/d"]), names).map(
    lambda pair: Path(pair[0], os.fsdecode(pair[1]))
)
albums = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text(max_size=80)), st.lists(paths, unique=True, max_size=12)
    ),
    max_size=4,
)
foreign = st.frozensets(
    st.tuples(st.sampled_from(["cluster-1/", "cluster-2/", ""]), names).map(
        lambda pair: pair[0] + os.fsdecode(pair[1])
    ),
    max_size=6,
)

FOLDS = (
    str,
    str.lower,
    str.upper,
    str.casefold,
    lambda name: unicodedata.normalize("NFC", name),
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold()),
    lambda name: unicodedata.normalize("NFC", name).upper(),
)


@given(albums, foreign, st.booleans(), st.randoms(use_true_random=False))
def test_plan_laws(
    album: list[tuple[str | None, list[Path]]],
    taken: frozenset[str],
    portable: bool,
    shuffler: random.Random,
) -> None:
    """No two places collide on any file system, each photo has one, their order is no matter."""
    groups = [
        Group(number, title, tuple(Member(path, 0.5) for path in paths))
        for number, (title, paths) in enumerate(album, start=1)
    ]
    site = Site(OUT, taken, portable=portable)
    plan = plan_album(groups, site)
    everything = [str(link.place) for link in plan.links] + sorted(taken)
    for fold in FOLDS:
        ours = [fold(place) for place in everything[: len(plan.links)]]
        assert len(set(ours)) == len(ours)
        assert not set(ours) & {fold(place) for place in taken}
    for link in plan.links:
        assert len(link.place.parts) == 2
        assert all(0 < len(os.fsencode(part)) <= 255 for part in link.place.parts)
        assert os.path.normpath(OUT / link.place.parent / link.text) == str(link.target)
    placed = sorted(os.fsencode(link.target) for link in plan.links)
    assert placed == sorted(os.fsencode(path) for _, paths in album for path in paths)
    shuffled = [
        Group(group.number, group.title, tuple(shuffler.sample(group.members, len(group.members))))
        for group in shuffler.sample(groups, len(groups))
    ]
    assert plan_album(shuffled, site) == plan


@given(st.text(max_size=300))
def test_slug_laws(title: str) -> None:
    """A slug is short, lower case, NFC, has no separator, and slugging it again changes nothing."""
    slug = slugify(title)
    assert len(slug.encode()) <= 60
    assert unicodedata.is_normalized("NFC", slug)
    assert not set(slug) & set('/\\:*?"<>|. \0')
    assert slugify(slug) == slug
