"""album.json: written, read back the same, and never trusted."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.album.album_json import decode, encode, read_manifest
from photosort.album.corrections import Correction
from photosort.album.manifest import (
    About,
    Manifest,
    Root,
    describe,
    find_folder,
    find_heading,
)
from photosort.album.plan import (
    Folder,
    Group,
    Heading,
    Member,
    Placed,
    Site,
    Taken,
    cluster,
    plan_album,
)
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped

FILE = Path("/albums/out/album.json")


def sample() -> Manifest:
    """Describe a small album with names that are hard on JSON."""
    odd = odd_path()
    return of_groups(
        Group((cluster(1, "Beach"),), (Member(odd, 0.75), Member(Path("/photos/b.jpg"), 0.5))),
        Group((cluster(12),), (Member(Path("/photos/c.jpg"), 1.0, "ab" * 16),)),
    )


def odd_path() -> Path:
    return Path(os.fsdecode(b"/photos/\xff\n[red]\x1b\xe2\x80\xae.jpg"))


def of_groups(*groups: Group) -> Manifest:
    """Describe an album of these groups."""
    plan = plan_album(groups, Site(Path("/albums/out")))
    about = About(
        created=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        sources=(Path("/photos"),),
        skipped=(Skipped(Path("/photos/d.jpg"), "empty file"),),
        unsupported={"video": 2},
        not_photos={Path("/photos/v.mp4"): "video", odd_path(): "video"},
        options={"clusters": 2, "model": "lite2"},
        corrections=(
            Correction("ab" * 16, odd_path(), 12, "cluster-1-beach", "2024-05-06T07:08:09+00:00"),
            Correction("cd" * 16, Path("/photos/gone.jpg"), 1, None, "2024-05-06"),
        ),
    )
    return replace(describe(plan, about), replaced=True, roots=(Root(Path("/photos"), 5, 2),))


GOA = Heading("event-1", "2018-05-03 Goa", "Honeymoon")
DOG = cluster(3, "dog", "Rex")


def nested() -> Manifest:
    """Describe an album of events with clusters in them, with all that is known of a photo."""
    taken = Taken(
        "2018-05-03T23:45:00.5", "DateTimeOriginal", "+05:30", ("India", "Goa", "Panaji"), "GPS"
    )
    day = Member(Path("/photos/c.jpg"), 0.5, taken=Taken("2019-12-31", "file name"))
    return of_groups(
        Group((GOA, DOG), (Member(Path("/photos/a.jpg"), 0.75, "ab" * 16, taken),), "a day out"),
        Group((GOA,), (Member(Path("/photos/b.jpg"), 0.5),)),
        Group((Heading("event-2", "Lisbon"), DOG), (day,)),
    )


VERSION_1 = b"""{
 "version": 1, "photosort": "0.1.0", "created": "2024-05-06T07:08:09+00:00",
 "out": "/albums/out", "link": "copy", "relative": true, "replaced": true,
 "sources": ["/photos"], "roots": [{"path": "/photos", "device": 5, "inode": 2}],
 "options": {"clusters": 2}, "unsupported": {"video": 2},
 "skipped": [{"path": "/photos/d.jpg", "reason": "empty file"}],
 "clusters": [
  {"number": 1, "name": "cluster-1-goa-2018", "title": "Goa 2018", "named": true, "photos": [
   {"path": "/photos/a.jpg", "place": "cluster-1-goa-2018/a.jpg", "confidence": 0.75,
    "size_bytes": 7, "mtime_ns": 8, "content_hash": "ab"}]},
  {"number": 2, "name": "cluster-2-dog", "title": "dog", "named": false, "photos": []},
  {"number": 0, "name": "misc", "title": null, "photos": [
   {"path": "/photos/\\udcff.jpg", "place": "misc/b (2).jpg", "confidence": 0.5}]}
 ]
}"""


def test_albums_of_version_1_are_read() -> None:
    """An album.json as the first photosort wrote it is read, and written as today's."""
    goa, misc = PurePosixPath("cluster-1-goa-2018"), PurePosixPath("misc")
    placed = Placed(Path("/photos/a.jpg"), goa / "a.jpg", 0.75, 7, 8, "ab")
    odd = Placed(Path(os.fsdecode(b"/photos/\xff.jpg")), misc / "b (2).jpg", 0.5)
    album = decode(VERSION_1, FILE)
    assert album == Manifest(
        created="2024-05-06T07:08:09+00:00",
        out=Path("/albums/out"),
        link="copy",
        relative=True,
        sources=(Path("/photos"),),
        folders=(
            Folder((cluster(1, None, "Goa 2018"),), goa, (placed,)),
            Folder((cluster(2, "dog"),), PurePosixPath("cluster-2-dog"), ()),
            Folder((cluster(0),), misc, (odd,)),
        ),
        skipped=(Skipped(Path("/photos/d.jpg"), "empty file"),),
        unsupported={"video": 2},
        options={"clusters": 2},
        replaced=True,
        roots=(Root(Path("/photos"), 5, 2),),
        photosort="0.1.0",
    )
    assert json.loads(encode(album))["version"] == 2
    assert decode(encode(album), FILE) == album


def test_albums_of_the_first_days_are_read() -> None:
    """One without what was added to version 1 since is read: nothing replaced, no roots known."""
    data = json.loads(VERSION_1)
    del data["replaced"], data["roots"], data["clusters"][0]["named"]
    album = decode(json.dumps(data).encode(), FILE)
    assert (album.replaced, album.roots) == (False, ())
    assert album.folders[0].leaf == cluster(1, "Goa 2018")


def test_round_trip() -> None:
    """What is written is read back, bytes that are no UTF-8 and control characters included."""
    for album in (sample(), nested()):
        data = encode(album)
        assert data.isascii()
        assert decode(data, FILE) == album


def test_a_photo_is_a_line() -> None:
    """Tools that work by lines can read album.json; the order of what it holds is its own."""
    lines = encode(nested()).decode("ascii").splitlines()
    photos = [line for line in lines if '"confidence"' in line]
    names = [json.loads(line.rstrip(","))["name"] for line in photos]
    assert names == ["b.jpg", "a.jpg", "c.jpg"]


def test_the_same_bytes_are_checked_once_while_their_album_is_in_use() -> None:
    """A command that reads an album again under its lock gets what it had; other bytes are read."""
    data = encode(nested())
    album = decode(data, FILE)
    assert decode(bytes(data), FILE) is album
    assert decode(data.replace(b"b.jpg", b"d.jpg"), FILE) != album
    with pytest.raises(PhotosortError, match="damaged"):
        decode(data[:-3], FILE)


def damaged(**changes: object) -> bytes:
    data = json.loads(encode(sample()))
    data.update(changes)
    return json.dumps(data).encode()


def with_photo(**changes: object) -> bytes:
    data = json.loads(encode(nested()))
    data["folders"][0]["photos"][0].update(changes)
    return json.dumps(data).encode()


def with_folder(at: int = 0, **changes: object) -> bytes:
    data = json.loads(encode(nested()))
    data["folders"][at].update(changes)
    return json.dumps(data).encode()


def with_heading(at: int, **changes: object) -> bytes:
    data = json.loads(encode(nested()))
    data["headings"][at].update(changes)
    return json.dumps(data).encode()


def with_old_photo(**changes: object) -> bytes:
    data = json.loads(VERSION_1)
    data["clusters"][0]["photos"][0].update(changes)
    return json.dumps(data).encode()


def with_old_cluster(**changes: object) -> bytes:
    data = json.loads(VERSION_1)
    data["clusters"][0].update(changes)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"null", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b"{}",
        damaged(version="1"), damaged(version=0), damaged(version=True), damaged(created="today"),
        damaged(out="relative"), damaged(link="junction"), damaged(relative="yes"),
        damaged(sources="x"), damaged(sources=["x"]), damaged(folders={}), damaged(folders=[3]),
        damaged(headings=3), damaged(headings=[]), damaged(version=1),
        damaged(skipped=[{"path": "/x"}]), damaged(unsupported={"video": "many"}),
        damaged(not_photos={"video": "many"}), damaged(not_photos={"video": [1]}),
        damaged(replaced="yes"), damaged(roots=3), damaged(roots=[{"path": "/x", "device": "1"}]),
        damaged(options=[]), damaged(photosort=None),
        with_photo(name="../x"), with_photo(name="/etc/passwd"), with_photo(name=".."),
        with_photo(name=""), with_photo(name="a\0"), with_photo(name=None),
        with_photo(name="cluster-3-rex"),
        with_photo(path="relative.jpg"), with_photo(path="/\ud800"), with_photo(confidence="high"),
        with_photo(confidence=2), with_photo(confidence=float("nan")), with_photo(mtime_ns=1.5),
        with_photo(size_bytes="1"), with_photo(content_hash=1), with_photo(date="yesterday"),
        with_photo(date=2018), with_photo(date_source=1), with_photo(offset=5),
        with_photo(location="India"), with_photo(location=[1]), with_photo(location_source=[]),
        with_folder(place=".."), with_folder(place="Honeymoon/.."), with_folder(place="/etc"),
        with_folder(1, place="Honeymoon"), with_folder(place=""), with_folder(place="a//b"),
        with_folder(place=".photosort", headings=["event-1"]), with_folder(place="ALBUM.json/x"),
        with_folder(1, place="Honeymoon/x/y"), with_folder(1, headings=[]),
        with_folder(1, headings=["event-1", "event-1"]), with_folder(1, headings=["event-9"]),
        with_folder(1, headings="event-1"), with_folder(1, place="Honeymoon/b.jpg"),
        with_folder(2, place="HONEYMOON/cluster-3-rex"), with_folder(2, place="Honeymoon/x"),
        with_folder(2, headings=["event-1", "cluster-3"]), with_folder(reason=3),
        with_folder(photos=3), with_heading(0, key="event-2"), with_heading(0, key=3),
        with_heading(0, title=None, given=None), with_heading(0, title=3),
        with_heading(0, given=True), with_heading(1, number="3"), with_heading(1, number=4),
        with_heading(1, number=-1), with_heading(1, key="cluster-4"),
        with_old_photo(place="cluster-1-goa-2018/../../x"), with_old_photo(place="/etc/passwd"),
        with_old_photo(place="cluster-1-goa-2018/.."), with_old_photo(place="misc/b (2).jpg"),
        with_old_photo(place="cluster-1-goa-2018/a/b"), with_old_photo(place=3),
        with_old_cluster(number=0), with_old_cluster(number=2), with_old_cluster(name=".."),
        with_old_cluster(name=".photosort", photos=[]), with_old_cluster(name="a/b", photos=[]),
        with_old_cluster(name="CLUSTER-2-DOG", photos=[]), with_old_cluster(title=3),
        with_old_cluster(name="cluster-2-dog", photos=[]), with_old_cluster(photos=3),
        with_old_cluster(named=1),
    ],
)  # fmt: skip
def test_damage_is_one_line_with_a_remedy(data: bytes) -> None:
    """Nothing off is accepted, least of all a place that leads out of the album."""
    with pytest.raises(PhotosortError, match=r"^/albums/out/album.json: damaged .*; move it away"):
        decode(data, FILE)


def test_newer_version() -> None:
    """An album of a newer photosort asks for an upgrade, whatever else is in it."""
    with pytest.raises(PhotosortError, match=r"newer photosort .*; upgrade"):
        decode(b'{"version": 3, "folders": "in a new way"}', FILE)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused_in_one_line(data: bytes) -> None:
    """No bytes make the reader fail otherwise."""
    with pytest.raises(PhotosortError):
        decode(data, FILE)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("good", [encode(nested()), VERSION_1], ids=["2", "1"])
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused(good: bytes, data: st.DataObject) -> None:
    """Put any JSON value at any place of a good file: it is refused, or read safely."""
    whole = json.loads(good)
    lists = [
        whole.get(key, [])
        for key in ("headings", "folders", "clusters", "skipped", "roots", "corrections")
    ]
    holders = [whole, *(entry for some in lists for entry in some)]
    holders += [photo for holder in holders[1:] for photo in holder.get("photos", [])]
    holder = data.draw(st.sampled_from(holders))
    holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(json_values)
    refusal = ""
    try:
        album = decode(json.dumps(whole).encode(), FILE)
    except PhotosortError as error:
        album, refusal = of_groups(), str(error)
    assert len(refusal.splitlines()) <= 1
    for photo in album.photos:
        assert os.path.normpath(photo.place) == str(photo.place)
        assert photo.place.parent in album.directories
        assert photo.place.parts[0] != ".photosort"


def test_no_album_and_odd_albums(tmp_path: Path) -> None:
    """A folder without an album, a missing folder, a folder or pipe for a file: one line each."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(PhotosortError, match="no album here; run photosort organize"):
            read_manifest(folder)
    (tmp_path / "a" / "album.json").mkdir(parents=True)
    with pytest.raises(PhotosortError, match="not a file"):
        read_manifest(tmp_path / "a")
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / "album.json")
    with pytest.raises(PhotosortError, match="not a file"):
        read_manifest(tmp_path / "b")


@pytest.mark.parametrize("wanted", ["1", "cluster-1", "cluster-1-beach", "Cluster-1-BEACH/"])
def test_cluster_is_found_by_number_or_name(wanted: str) -> None:
    """A cluster answers to 1, cluster-1 and its folder's name, in any case, with a final slash."""
    assert find_folder(sample(), wanted).leaf.title == "Beach"


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("Honeymoon/cluster-3-rex", "Honeymoon/cluster-3-rex"),
        ("honeymoon/CLUSTER-3", "Honeymoon/cluster-3-rex"),
        ("lisbon/3", "Lisbon/cluster-3-rex"),
        ("Honeymoon\\3\\", "Honeymoon/cluster-3-rex"),
        ("honeymoon", "Honeymoon"),
    ],
)
def test_nested_folders_are_found(wanted: str, place: str) -> None:
    """Every folder answers to its place, each part as it would alone."""
    assert find_folder(nested(), wanted).name == place


def test_a_folder_of_folders_holds_all_below_it() -> None:
    """What is shown of an event are the photos of it and of its clusters."""
    found = find_folder(nested(), "Honeymoon")
    assert found.headings == (GOA,)
    assert [str(photo.place) for photo in found.photos] == [
        "Honeymoon/b.jpg", "Honeymoon/cluster-3-rex/a.jpg"
    ]  # fmt: skip


def test_the_end_of_a_place_is_enough_where_it_is_one() -> None:
    """A number or a name finds a nested folder; where several have it, all are named."""
    album = of_groups(
        Group((GOA, DOG), ()), Group((GOA, cluster(4)), ()), Group((Heading("x", "3"), DOG), ())
    )
    assert find_folder(album, "4").name == find_folder(album, "CLUSTER-4").name
    assert find_folder(album, "3").name == "3"  # a place in full goes before the end of one
    with pytest.raises(PhotosortError, match="could be 3/cluster-3-rex, Honeymoon/cluster-3-rex;"):
        find_folder(album, "cluster-3")
    assert find_heading(album, "cluster-3") == DOG
    assert find_heading(album, "honeymoon") == GOA
    with pytest.raises(PhotosortError, match="no such folder"):
        find_heading(album, "9")


def test_misc_is_found_by_its_name_alone() -> None:
    """The photos that belong nowhere answer to misc, not to a number; they survive the file."""
    album = of_groups(
        Group((cluster(1),), ()), Group((cluster(0),), (Member(Path("/photos/x.jpg"), 0.1),))
    )
    assert decode(encode(album), FILE) == album
    assert find_folder(album, "misc").leaf.number == 0
    with pytest.raises(PhotosortError, match="the album has cluster-1, misc"):
        find_folder(album, "0")


@pytest.mark.parametrize("wanted", ["2", "", "sunset", "/", "1/1"])
def test_unknown_folder_names_those_there_are(wanted: str) -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(PhotosortError, match="the album has cluster-1-beach, cluster-12"):
        find_folder(sample(), wanted)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("cluster-1-sea", "cluster-1-beach"),
        ("clustr-12", "cluster-12"),
        ("CLUSTER-1-BAECH", "cluster-1-beach"),
    ],
)
def test_what_may_have_been_meant_is_asked(wanted: str, meant: str) -> None:
    """A name that is nearly one is answered with that."""
    with pytest.raises(PhotosortError, match=f"no such folder; did you mean .*{meant}"):
        find_folder(sample(), wanted)
    with pytest.raises(PhotosortError, match="did you mean Honeymoon/cluster-3-rex"):
        find_folder(nested(), "Honymoon/cluster-3-rx")


def test_unknown_folder_of_many_or_none() -> None:
    """A long list is cut, an empty one said."""
    many = of_groups(*(Group((cluster(n),), ()) for n in range(1, 31)))
    with pytest.raises(PhotosortError, match="cluster-20 and 10 more"):
        find_folder(many, "x")
    with pytest.raises(PhotosortError, match="has none"):
        find_folder(of_groups(), "x")


def test_link_text_is_told_from_the_manifest() -> None:
    """The text a link had is computed, not stored: from where the album was when it was written."""
    photo = Placed(Path("/photos/b.jpg"), PurePosixPath("cluster-1-beach/b.jpg"), 0.5)
    assert sample().texts.of(photo.place, photo.path) == "../../../photos/b.jpg"
    deep = Placed(Path("/photos/b.jpg"), PurePosixPath("2018/Goa/cluster-1/b.jpg"), 0.5)
    assert sample().texts.of(deep.place, deep.path) == "../../../../../photos/b.jpg"
