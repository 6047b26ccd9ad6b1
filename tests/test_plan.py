"""plan: groups become folders and names that collide on no file system."""

import os
import random
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.album.links import Texts
from photosort.album.names import folder_name, portable_name, slugify
from photosort.album.plan import Group, Heading, Member, Plan, Site, cluster, plan_album
from photosort.album.plan import directories as plan_directories

OUT = Path("/albums/out")


def plan_names(
    *paths: str, taken: frozenset[str] = frozenset(), portable: bool = False
) -> list[str]:
    """Plan one cluster of these photos; return the names it gives them, in the order given."""
    group = Group((cluster(1),), tuple(Member(Path(path), 0.5) for path in paths))
    plan = plan_album([group], Site(OUT, taken, portable=portable))
    by_path = {str(photo.path): photo.place.name for photo in plan.photos}
    return [by_path[path] for path in paths]


def under(*headings: Heading, photos: tuple[str, ...] = ()) -> Group:
    return Group(headings, tuple(Member(Path(path), 0.5) for path in photos))


def folder_names(plan: Plan) -> list[str]:
    return [folder.name for folder in plan.folders]


def test_folder_is_number_and_slug() -> None:
    """A cluster without a title is cluster-3, one with a title gets its slug."""
    groups = [under(cluster(3)), under(cluster(1, "Beach & Sea")), under(cluster(2, "///"))]
    assert folder_names(plan_album(groups, Site(OUT))) == [
        "cluster-1-beach-sea", "cluster-2", "cluster-3"
    ]  # fmt: skip
    renamed = under(cluster(1, "beach", "Goa 2018"))
    assert folder_names(plan_album([renamed], Site(OUT))) == ["cluster-1-goa-2018"]


def test_misc_is_the_last_folder_and_has_no_number() -> None:
    """Group 0 goes to misc, after the clusters; where something else is called misc, beside it."""
    groups = [under(cluster(0), photos=("/a/x.jpg",)), under(cluster(1, "Sea"))]
    assert folder_names(plan_album(groups, Site(OUT))) == ["cluster-1-sea", "misc"]
    taken = Site(OUT, frozenset({"MISC"}))
    assert folder_names(plan_album(groups, taken)) == ["cluster-1-sea", "misc (2)"]


GOA, PARTY = Heading("event-1", "2018-05-03 Goa"), Heading("event-2", "2019 Party")
DOG = cluster(3, "dog")


def test_headings_are_folders_one_in_another() -> None:
    """A cluster stands under several events with one number; an event may hold photos itself."""
    groups = [
        under(PARTY, DOG, photos=("/a/1.jpg",)),
        under(GOA, DOG, photos=("/a/2.jpg", "/b/2.jpg")),
        under(GOA, cluster(0), photos=("/a/3.jpg",)),
        under(GOA, photos=("/a/4.jpg", "/a/cluster-3-dog")),
    ]
    plan = plan_album(groups, Site(OUT))
    assert [str(photo.place) for photo in plan.photos] == [
        "2018-05-03 Goa/4.jpg", "2018-05-03 Goa/cluster-3-dog (2)",
        "2018-05-03 Goa/cluster-3-dog/2.jpg", "2018-05-03 Goa/cluster-3-dog/2 (2).jpg",
        "2018-05-03 Goa/misc/3.jpg", "2019 Party/cluster-3-dog/1.jpg",
    ]  # fmt: skip
    text = Texts(OUT, relative=True).of(plan.photos[-1].place, plan.photos[-1].path)
    assert text == "../../../../a/1.jpg"


def test_what_the_user_calls_a_heading_names_its_folder() -> None:
    """The user's name goes before photosort's; two of one name are told apart, in any case."""
    given = Heading("event-1", "2018-05-03 Goa", "Honeymoon")
    same = Heading("event-2", "2018-06-01", "HONEYMOON")
    groups = [under(same), under(given), under(Heading("event-3", "album.JSON"))]
    assert folder_names(plan_album(groups, Site(OUT))) == [
        "album.JSON (2)", "Honeymoon", "HONEYMOON (2)"
    ]  # fmt: skip


def test_names_that_systems_use_are_left_to_them() -> None:
    """No folder and no photo of the album is called as what file managers leave behind."""
    plan = plan_album([under(Heading("a", "@eaDir"), photos=("/a/Thumbs.db",))], Site(OUT))
    assert [str(photo.place) for photo in plan.photos] == ["@eaDir (2)/Thumbs (2).db"]


@pytest.mark.parametrize(
    "groups",
    [
        [under(GOA), under(GOA)],
        [under(GOA, DOG), under(PARTY, cluster(3, "cat"))],
        [under(GOA), under(Heading("event-1", "2018 Goa"))],
        [under(DOG, cluster(4), DOG)],
        [under(Heading("dogs", "dog", number=3))],
        [under()],
        [under(*(Heading(str(depth), "x") for depth in range(13)))],
    ],
)
def test_groups_that_no_album_can_hold_are_a_mistake(groups: list[Group]) -> None:
    """One key is one thing with one name, a folder has one group, and none is too deep."""
    with pytest.raises(ValueError, match=r"two groups|two headings|under no heading|a cluster's"):
        plan_album(groups, Site(OUT))


def test_links_are_relative_to_their_folder_or_absolute() -> None:
    """A link's text leads from its folder to the photo, or names it in full."""
    place, photo = PurePosixPath("cluster-1/a.jpg"), Path("/albums/photos/a.jpg")
    assert Texts(OUT, relative=True).of(place, photo) == "../../photos/a.jpg"
    assert Texts(OUT, relative=False).of(place, photo) == "/albums/photos/a.jpg"


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
    site = Site(OUT, directories=frozenset({"Cluster-1", "Cluster-1/x.jpg"}))
    plan = plan_album([under(cluster(1), photos=("/a/x.jpg",))], site)
    assert [str(photo.place) for photo in plan.photos] == ["cluster-1/x (2).jpg"]


def test_foreign_file_in_place_of_a_folder_is_avoided() -> None:
    """A file or link named cluster-1 makes the folder give way."""
    plan = plan_album([under(cluster(1))], Site(OUT, frozenset({"Cluster-1"})))
    assert folder_names(plan) == ["cluster-1 (2)"]
    deep = plan_album([under(GOA, DOG)], Site(OUT, frozenset({"2018-05-03 GOA/cluster-3-dog"})))
    assert folder_names(deep) == ["2018-05-03 Goa/cluster-3-dog (2)"]


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
    ("title", "name"),
    [
        ("2018-05-03..12 Lisbon, Sintra", "2018-05-03..12 Lisbon, Sintra"),
        ("AC/DC: live?", "AC-DC- live-"),
        ("  a \n\t b  ", "a b"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("St. ", "St"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("...", "_"),
        ("a\u202eb\x1b[31mc", "ab-[31mc"),
        (os.fsdecode(b"\xffx"), "x"),
        ("e\u0301", "\u00e9"),
        ("👩‍👧 Été 日本", "👩‍👧 Été 日本"),
        ("é" * 60, "é" * 50),
    ],
)
def test_folder_names(title: str, name: str) -> None:
    """A title is its folder's name, but for what a file system refuses or a reader cannot see."""
    assert folder_name(title) == name


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
titles = st.one_of(
    st.none(), st.text(max_size=80), st.sampled_from(["Goa", "GOA", "cluster-1", "CON", ".", "a/b"])
)
paths_of_keys = st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True).map(tuple)
albums = st.tuples(
    st.lists(titles, min_size=6, max_size=6),
    st.dictionaries(paths_of_keys, st.lists(paths, unique=True, max_size=8), max_size=5),
)
folders = st.lists(
    st.sampled_from(["cluster-1", "Cluster-2", "goa", "_", "b"]), min_size=0, max_size=2
)
foreign = st.frozensets(
    st.tuples(folders, names).map(lambda pair: "/".join([*pair[0], os.fsdecode(pair[1])])),
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


def heading(key: int, title: str | None) -> Heading:
    """Make an even key a cluster, an odd one something else."""
    return Heading(f"event-{key}", title or "x") if key % 2 else cluster(key, title)


@given(albums, foreign, foreign, st.booleans(), st.randoms(use_true_random=False))
def test_plan_laws(
    album: tuple[list[str | None], dict[tuple[int, ...], list[Path]]],
    taken: frozenset[str],
    directories: frozenset[str],
    portable: bool,
    shuffler: random.Random,
) -> None:
    """No two places collide on any file system, each photo has one, their order is no matter.

    Photos avoid what is the user's, folders avoid what is no directory of the user's.
    """
    headings = [heading(key, title) for key, title in enumerate(album[0])]
    groups = [
        Group(tuple(headings[key] for key in keys), tuple(Member(path, 0.5) for path in photos))
        for keys, photos in album[1].items()
    ]
    site = Site(OUT, taken, directories - taken, portable=portable)
    plan = plan_album(groups, site)
    tree = plan_directories(plan.folders)
    photos = [str(photo.place) for photo in plan.photos]
    everything = [*photos, *map(str, tree)]
    for fold in FOLDS:
        ours = list(map(fold, everything))
        assert len(set(ours)) == len(ours)
        assert not set(ours) & set(map(fold, taken))
        assert not set(map(fold, photos)) & set(map(fold, directories))
    texts = Texts(site.out, relative=site.relative)
    for photo in plan.photos:
        assert photo.place.parent in tree
        assert all(0 < len(os.fsencode(part)) <= 255 for part in photo.place.parts)
        text = texts.of(photo.place, photo.path)
        assert text == os.path.relpath(photo.path, OUT / photo.place.parent)
        assert os.path.normpath(OUT / photo.place.parent / text) == str(photo.path)
    for place, above in tree.items():
        assert len(place.parts) == len(above)
        assert folder_name(place.name) == place.name or above[-1].number is not None
    placed = sorted(os.fsencode(photo.path) for photo in plan.photos)
    assert placed == sorted(os.fsencode(path) for some in album[1].values() for path in some)
    shuffled = [
        Group(group.headings, tuple(shuffler.sample(group.members, len(group.members))))
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


@given(st.text(max_size=300))
def test_folder_name_laws(title: str) -> None:
    """A folder's name is short, NFC, one step down, refused by no system, and a fixed point."""
    name = folder_name(title)
    assert 0 < len(name.encode()) <= 101
    assert unicodedata.is_normalized("NFC", name)
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert portable_name(name) == name
    assert name[0] not in ".- "
    assert name[-1] not in ". "
    assert folder_name(name) == name
