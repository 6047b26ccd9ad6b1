"""A photo that cannot be placed costs itself; what systems leave in a folder does not keep it."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.plan import Heading, Linking, cluster
from photosort.album.undo import undo
from photosort.errors import PhotosortError
from tests.albums import Groups, make_sources, tree, write
from tests.conftest import snapshot

every_link = pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])


@contextmanager
def refusing(code: int, refused: Callable[[str], bool]) -> Iterator[None]:
    """Stand for a file system that answers `code` where an entry with such a path is made."""
    originals = {name: getattr(os, name) for name in ("symlink", "link", "open", "mkdir")}

    def wrap(name: str) -> Callable[..., object]:
        def wrapped(*args: object, **options: object) -> object:
            place = str(args[1] if name in {"symlink", "link"} else args[0])
            makes = name != "open" or int(str(args[1])) & os.O_CREAT
            if makes and "/next/" in place and refused(place):
                raise OSError(code, os.strerror(code), place)
            return originals[name](*args, **options)

        return wrapped

    with mock.patch.multiple(os, **{name: wrap(name) for name in originals}):
        yield


REASONS = {
    errno.ENAMETOOLONG: "its name or path is too long for the album",
    errno.EILSEQ: "its name is refused by the album's file system",
    errno.EINVAL: "its name is refused by the album's file system",
    errno.EEXIST: "the album's file system takes its name for another photo's",
}


@every_link
@pytest.mark.parametrize("code", REASONS)
def test_a_refused_photo_costs_itself(tmp_path: Path, link: Linking, code: int) -> None:
    """One name that the file system refuses: skipped with the reason, the others are placed."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    before = snapshot(tmp_path / "photos")
    write(out, [("sea", photos)], link)
    with refusing(code, lambda place: place.endswith("c.jpg")):
        album = write(out, [("wood", photos)], link).album
    assert [(skipped.path, skipped.reason) for skipped in album.skipped] == [
        (photos[2], REASONS[code])
    ]
    assert [photo.path for photo in album.photos] == photos[:2] + photos[3:]
    assert read_manifest(out) == album
    assert sorted(tree(out)) == [
        "album.json", *(f"cluster-1-wood/{name}.jpg" for name in "abdef")
    ]  # fmt: skip
    undo(out, everything=True)
    assert not out.exists()
    assert snapshot(tmp_path / "photos") == before


@every_link
def test_a_refused_folder_costs_what_is_in_it(tmp_path: Path, link: Linking) -> None:
    """A folder that cannot be made takes its photos, at any depth, and no others."""
    photos = make_sources(tmp_path / "photos")
    goa = Heading("event-1", "Goa")
    groups: Groups = [
        ((goa, cluster(1)), photos[:2]), ((goa, cluster(2)), photos[2:4]),
        ((cluster(3),), photos[4:]),
    ]  # fmt: skip
    with refusing(errno.ENAMETOOLONG, lambda place: place.endswith("Goa/cluster-1")):
        album = write(tmp_path / "one", groups, link).album
    assert [skipped.path for skipped in album.skipped] == photos[:2]
    with refusing(errno.EILSEQ, lambda place: place.endswith("Goa")):
        album = write(tmp_path / "two", groups, link).album
    assert [skipped.path for skipped in album.skipped] == photos[:4]
    assert sorted(tree(tmp_path / "two")) == ["album.json", "cluster-3/e.jpg", "cluster-3/f.jpg"]
    for out in (tmp_path / "one", tmp_path / "two"):
        assert undo(out).kept == ()
        assert not out.exists()


@every_link
def test_where_nothing_can_be_placed_the_old_album_stays(tmp_path: Path, link: Linking) -> None:
    """When every photo is refused, that is no album: one line, and the one before is as it was."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos)], link)
    before = tree(out)
    with (
        refusing(errno.ENAMETOOLONG, lambda place: place.endswith(".jpg")),
        pytest.raises(PhotosortError, match="File name too long; check the disk"),
    ):
        write(out, [("wood", photos)], link)
    assert tree(out) == before


def deep(base: Path, length: int) -> Path:
    """Name a folder whose path has `length` bytes."""
    path = base
    while length - len(str(path)) > 240:
        path /= "d" * min(200, length - len(str(path)) - 20)
    return path / ("d" * (length - len(str(path)) - 1))


@every_link
def test_a_path_too_long_for_its_link_costs_itself(tmp_path: Path, link: Linking) -> None:
    """In an album whose path is nearly as long as the system allows, long names do not fit."""
    photos = make_sources(tmp_path / "photos")
    long = tmp_path / "photos" / ("x" * 250 + ".jpg")
    long.write_bytes(b"long")
    out = deep(tmp_path, os.pathconf("/", "PC_PATH_MAX") - 60)
    album = write(out, [(None, [*photos, long])], link).album
    assert [(skipped.path, skipped.reason) for skipped in album.skipped] == [
        (long, "its name or path is too long for the album")
    ]
    assert len(list((out / "cluster-1").iterdir())) == len(photos)
    undo(out)
    assert not out.exists()


def test_a_link_text_too_long_costs_itself(tmp_path: Path) -> None:
    """A photo so deep that a link from the album to it has too long a text is skipped.

    Where only both paths together are too long for the system, the link is made.
    """
    photos = make_sources(tmp_path / "photos")
    far = deep(tmp_path / "photos", os.pathconf("/", "PC_PATH_MAX") - 16) / "far.jpg"
    far.parent.mkdir(parents=True)
    far.write_bytes(b"far")
    long = deep(tmp_path / "out", 3000)
    assert write(long, [(None, [*photos, far])], sources=[tmp_path / "photos"]).album.skipped == ()
    assert (long / "cluster-1" / "far.jpg").read_bytes() == b"far"
    many = tmp_path.joinpath("out", *["d"] * 300)
    album = write(many, [(None, [*photos, far])], sources=[tmp_path / "photos"]).album
    assert [(skipped.path, skipped.reason) for skipped in album.skipped] == [
        (far, "its name or path is too long for the album")
    ]
    assert len(list(album.photos)) == len(photos)


def test_a_photo_with_too_many_hard_links_costs_itself(tmp_path: Path) -> None:
    """EMLINK and EPERM are said of one photo where others can be linked."""
    photos = make_sources(tmp_path / "photos")
    for code, reason in (
        (errno.EMLINK, "has as many hard links as its file system allows"),
        (errno.EPERM, "hard links to it are not permitted"),
    ):
        with refusing(code, lambda place: place.endswith("a.jpg")):
            album = write(tmp_path / str(code), [(None, photos)], "hardlink").album
        assert [skipped.reason for skipped in album.skipped] == [reason]


# ------------------------------------------------------------------ what systems leave behind


def litter(folder: Path) -> None:
    """Leave behind what Finder, Explorer, KDE and a Synology do."""
    for name in (".DS_Store", "._.DS_Store", "Thumbs.db", "Desktop.ini", ".directory"):
        (folder / name).write_text("noise")
    thumbnails = folder / "@eaDir" / "a.jpg"
    thumbnails.mkdir(parents=True)
    (thumbnails / "SYNOPHOTO_THUMB_XL.jpg").write_text("noise")
    (folder / "@eaDir" / "a.jpg@SynoEAStream").write_text("noise")


@every_link
def test_folders_with_only_what_systems_left_go(tmp_path: Path, link: Linking) -> None:
    """A folder that the new album has not, and all at an undo, go with the litter in them."""
    photos = make_sources(tmp_path / "photos")
    goa = Heading("event-1", "Goa")
    out = tmp_path / "out"
    before = snapshot(tmp_path)
    write(out, [("sea", photos[:2]), ((goa, cluster(2)), photos[2:])], link)
    for place in ("", "cluster-1-sea", "Goa", "Goa/cluster-2"):
        litter(out / place)
    assert write(out, [("sea", photos)], link).kept == ()
    assert not (out / "Goa").exists()
    assert (out / "cluster-1-sea" / ".DS_Store").read_text() == "noise"  # how Finder shows it
    assert undo(out, everything=True).kept == ()
    assert snapshot(tmp_path).keys() == before.keys()


@pytest.mark.parametrize("mine", ["mine.txt", "Thumbs.db/mine.txt", "@eaDir/mine.txt"])
def test_litter_beside_something_of_the_users_stays(tmp_path: Path, mine: str) -> None:
    """With a file of the user's the folder stays as it is; a name alone makes no litter of it."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos)])
    folder = out / "cluster-1-sea"
    litter(folder)
    if mine.startswith("Thumbs.db"):
        (folder / "Thumbs.db").unlink()
        (folder / "Thumbs.db").mkdir()
    (folder / mine).write_text("mine")
    before = snapshot(folder).keys()
    kept = [str(kept.place) for kept in undo(out).kept]
    assert kept == [f"cluster-1-sea/{mine.partition('/')[0]}"]
    assert snapshot(folder).keys() == {key for key in before if b".jpg" not in bytes.fromhex(key)
                                       or b"@eaDir" in bytes.fromhex(key)}  # fmt: skip


def test_a_link_called_like_litter_stays(tmp_path: Path) -> None:
    """A link of the user's that is called .DS_Store is no such file."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos)])
    (out / "cluster-1-sea" / ".DS_Store").symlink_to(photos[0])
    assert [str(kept.place) for kept in undo(out).kept] == ["cluster-1-sea/.DS_Store"]
    assert (out / "cluster-1-sea" / ".DS_Store").is_symlink()
