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
from photosort.album.manifest import (
    About,
    Cluster,
    Manifest,
    Placed,
    Root,
    describe,
    find_cluster,
)
from photosort.album.plan import Group, Member, Site, plan_album
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped

FILE = Path("/albums/out/album.json")


def sample() -> Manifest:
    """Describe a small album with names that are hard on JSON."""
    odd = Path(os.fsdecode(b"/photos/\xff\n[red]\x1b\xe2\x80\xae.jpg"))
    groups = [
        Group(1, "Beach", (Member(odd, 0.75), Member(Path("/photos/b.jpg"), 0.5))),
        Group(12, None, (Member(Path("/photos/c.jpg"), 1.0, "ab" * 16),)),
    ]
    plan = plan_album(groups, Site(Path("/albums/out")))
    about = About(
        created=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        sources=(Path("/photos"),),
        skipped=(Skipped(Path("/photos/d.jpg"), "empty file"),),
        unsupported={"video": 2},
        options={"clusters": 2, "model": "lite2"},
    )
    return replace(describe(plan, about), replaced=True, roots=(Root(Path("/photos"), 5, 2),))


def test_albums_of_the_first_days_are_read() -> None:
    """An album.json without what was added since is read: nothing replaced, no roots known."""
    data = json.loads(encode(sample()))
    del data["replaced"], data["roots"]
    assert decode(json.dumps(data).encode(), FILE) == replace(sample(), replaced=False, roots=())


def test_round_trip() -> None:
    """What is written is read back, bytes that are no UTF-8 and control characters included."""
    data = encode(sample())
    assert data.isascii()
    assert decode(data, FILE) == sample()


PLACE_OF_THE_SECOND = str(sample().clusters[0].photos[1].place)


def damaged(**changes: object) -> bytes:
    data = json.loads(encode(sample()))
    data.update(changes)
    return json.dumps(data).encode()


def with_photo(**changes: object) -> bytes:
    data = json.loads(encode(sample()))
    data["clusters"][0]["photos"][0].update(changes)
    return json.dumps(data).encode()


def with_cluster(**changes: object) -> bytes:
    data = json.loads(encode(sample()))
    data["clusters"][0].update(changes)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"null", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b"{}",
        damaged(version="1"), damaged(version=0), damaged(version=True), damaged(created="today"),
        damaged(out="relative"), damaged(link="junction"), damaged(relative="yes"),
        damaged(sources="x"), damaged(sources=["x"]), damaged(clusters={}), damaged(clusters=[3]),
        damaged(skipped=[{"path": "/x"}]), damaged(unsupported={"video": "many"}),
        damaged(replaced="yes"), damaged(roots=3), damaged(roots=[{"path": "/x", "device": "1"}]),
        damaged(options=[]), damaged(photosort=None),
        with_photo(place="cluster-1-beach/../../x"), with_photo(place="/etc/passwd"),
        with_photo(place="cluster-1-beach/.."), with_photo(place="cluster-1-beach/"),
        with_photo(place="cluster-1-beach/a/b"), with_photo(place="cluster-12/c.jpg"),
        with_photo(place=PLACE_OF_THE_SECOND), with_photo(place="cluster-1-beach/a\0"),
        with_photo(path="relative.jpg"), with_photo(path="/\ud800"), with_photo(confidence="high"),
        with_photo(confidence=2), with_photo(confidence=float("nan")), with_photo(mtime_ns=1.5),
        with_photo(size_bytes="1"), with_photo(content_hash=1),
        with_cluster(number=0), with_cluster(number=12), with_cluster(name=".."),
        with_cluster(name=".photosort", photos=[]), with_cluster(name="a/b", photos=[]),
        with_cluster(name="CLUSTER-12", photos=[]), with_cluster(title=3), with_cluster(photos=3),
        with_cluster(named=1),
    ],
)  # fmt: skip
def test_damage_is_one_line_with_a_remedy(data: bytes) -> None:
    """Nothing off is accepted, least of all a place that leads out of the album."""
    with pytest.raises(PhotosortError, match=r"^/albums/out/album.json: damaged .*; move it away"):
        decode(data, FILE)


def test_newer_version() -> None:
    """An album of a newer photosort asks for an upgrade, whatever else is in it."""
    with pytest.raises(PhotosortError, match=r"newer photosort .*; upgrade"):
        decode(b'{"version": 2, "clusters": "in a new way"}', FILE)


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


@given(st.data())
def test_any_value_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """Put any JSON value at any place of a good file: it is refused, or read safely."""
    whole = json.loads(encode(sample()))
    spots = [(whole, key) for key in whole]
    spots += [(cluster, key) for cluster in whole["clusters"] for key in cluster]
    spots += [(p, key) for cluster in whole["clusters"] for p in cluster["photos"] for key in p]
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = data.draw(json_values)
    try:
        photos = list(decode(json.dumps(whole).encode(), FILE).photos)
    except PhotosortError as refusal:
        photos = []
        lines = str(refusal).splitlines()
        assert len(lines) == 1
    assert all(os.path.normpath(photo.place) == str(photo.place) for photo in photos)
    assert all(len(photo.place.parts) == 2 for photo in photos)


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
    assert find_cluster(sample(), wanted).title == "Beach"


def test_misc_is_found_by_its_name_alone() -> None:
    """The photos that belong nowhere answer to misc, not to a number; they survive the file."""
    groups = [Group(1, None, ()), Group(0, None, (Member(Path("/photos/x.jpg"), 0.1),))]
    about = About(datetime(2024, 5, 6, tzinfo=UTC), (Path("/photos"),))
    album = describe(plan_album(groups, Site(Path("/albums/out"))), about)
    assert decode(encode(album), FILE) == album
    assert find_cluster(album, "misc").number == 0
    with pytest.raises(PhotosortError, match="the album has cluster-1, misc"):
        find_cluster(album, "0")


@pytest.mark.parametrize("wanted", ["2", "cluster-", "cluster-1-sea", "", "beach", "01"])
def test_unknown_cluster_names_those_there_are(wanted: str) -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(PhotosortError, match="the album has cluster-1-beach, cluster-12"):
        find_cluster(sample(), wanted)


def test_unknown_cluster_of_many_or_none() -> None:
    """A long list is cut, an empty one said."""
    many = tuple(Cluster(n, f"cluster-{n}", None, ()) for n in range(1, 31))
    album = sample()
    with pytest.raises(PhotosortError, match="cluster-20 and 10 more"):
        find_cluster(Manifest("", album.out, "copy", True, (), many), "x")
    with pytest.raises(PhotosortError, match="has none"):
        find_cluster(Manifest("", album.out, "copy", True, (), ()), "x")


def test_link_text_is_told_from_the_manifest() -> None:
    """The text a link had is computed, not stored: from where the album was when it was written."""
    photo = Placed(Path("/photos/b.jpg"), PurePosixPath("cluster-1-beach/b.jpg"), 0.5)
    assert sample().text_of(photo) == "../../../photos/b.jpg"
