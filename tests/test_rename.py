"""rename: a heading gets a name and its folders with it, whole or not at all."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.plan import Heading, Linking, cluster
from photosort.album.rename import checked_title, rename_heading
from photosort.album.undo import undo
from photosort.album.write import recover
from photosort.errors import PhotosortError
from tests.albums import failing_at, make_sources, tree, write
from tests.conftest import snapshot

every_link = pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])


class Killed(BaseException):
    """The process dies here."""


def prepare(base: Path, link: Linking) -> Path:
    """Write an album of two clusters with a file of the user's in the first."""
    photos = make_sources(base / "photos")
    write(base / "out", [("sea", photos[:3]), (None, photos[3:])], link)
    (base / "out" / "cluster-1-sea" / "mine.txt").write_text("the user's")
    return base / "out"


def names(out: Path) -> list[str]:
    return sorted(entry.name for entry in out.iterdir() if entry.is_dir())


@every_link
def test_the_folder_is_renamed_with_all_that_is_in_it(tmp_path: Path, link: Linking) -> None:
    """Links still lead to their photos, the user's file goes along, the next album finds it all."""
    out = prepare(tmp_path, link)
    before = snapshot(tmp_path / "photos")
    album = rename_heading(out, cluster(1, "sea", "Goa 2018"))
    assert names(out) == [".photosort", "cluster-1-goa-2018", "cluster-2"]
    assert read_manifest(out) == album
    assert album.folders[0].leaf == cluster(1, "sea", "Goa 2018")
    for photo in album.photos:
        assert (out / photo.place).read_bytes() == photo.path.read_bytes()
    assert (out / "cluster-1-goa-2018" / "mine.txt").read_text() == "the user's"
    photos = sorted((tmp_path / "photos").iterdir())
    assert write(out, [("wood", photos)], link).kept == ()
    assert names(out) == [".photosort", "cluster-1-goa-2018", "cluster-1-wood"]
    assert [p.name for p in (out / "cluster-1-goa-2018").iterdir()] == ["mine.txt"]
    assert snapshot(tmp_path / "photos") == before


def test_a_title_without_letters_and_no_title(tmp_path: Path) -> None:
    """An emoji is a title but no folder name; without a title the folder has only its number."""
    out = prepare(tmp_path, "symlink")
    assert rename_heading(out, cluster(1, "sea", "🏖")).folders[0].leaf.name == "🏖"
    assert names(out) == [".photosort", "cluster-1", "cluster-2"]
    assert rename_heading(out, cluster(1)).folders[0].leaf.name is None


def test_a_folder_of_the_users_is_not_entered(tmp_path: Path) -> None:
    """Where the user has a folder of the new name, the cluster's gets a number."""
    out = prepare(tmp_path, "symlink")
    (out / "cluster-1-goa").mkdir()
    (out / "cluster-1-goa" / "mine.jpg").write_text("mine")
    assert rename_heading(out, cluster(1, given="Goa")).folders[0].name == "cluster-1-goa (2)"
    assert [p.name for p in (out / "cluster-1-goa").iterdir()] == ["mine.jpg"]


def test_refusals(tmp_path: Path) -> None:
    """A title that another cluster has, a cluster that is not there, a folder that is no album."""
    out = prepare(tmp_path, "symlink")
    before = tree(out)
    with pytest.raises(PhotosortError, match="cluster-1-sea has this title"):
        rename_heading(out, cluster(2, given="SEA"))
    with pytest.raises(PhotosortError, match="has no cluster-7 any more"):
        rename_heading(out, cluster(7, given="Goa"))
    with pytest.raises(PhotosortError, match="no album here"):
        rename_heading(tmp_path / "photos", cluster(1, given="Goa"))
    assert tree(out) == before


@pytest.mark.parametrize(
    ("bad", "fact"),
    [
        ("", "empty title"), (" \u3000", "empty title"), ("a/b", "no slashes"),
        ("a\\b", "no slashes"), ("a\nb", "no control"), ("\x00", "no control"),
        ("\x1b[31m", "no control"), (os.fsdecode(b"\xff"), "no control"),
        ("a\u202eb", "no invisible"), ("x" * 255, "255 bytes"), ("é" * 101, "202 bytes"),
    ],
)  # fmt: skip
def test_bad_titles(bad: str, fact: str) -> None:
    """One line that says what is wrong with it."""
    with pytest.raises(PhotosortError, match=fact) as refusal:
        checked_title(bad)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    "good", ["Goa 2018", "Été à la plage", "日本", "👩‍👧", "[red]", "x" * 200, "-q"]
)
def test_good_titles(good: str) -> None:
    """Any script, emoji and punctuation; runs of spaces become one."""
    assert checked_title(f"  {good} ") == good
    assert checked_title("a \u00a0 b") == "a b"


DAY = Heading("event-1", "2018-05-03 Goa")
NIGHT = Heading("event-2", "2018-05-04 Goa")


def prepare_nested(base: Path, link: Linking) -> Path:
    """Write an album of events, with one cluster in both and a file of the user's in a place."""
    photos = make_sources(base / "photos")
    sea = cluster(1, "sea")
    write(base / "out", [((DAY, sea), photos[:3]), ((NIGHT, sea), photos[3:])], link)
    (base / "out" / "2018-05-03 Goa" / "cluster-1-sea" / "mine.txt").write_text("the user's")
    (base / "out" / "2018-05-04 Goa" / "cluster-1-beach").write_text("in the way")
    return base / "out"


def test_a_cluster_is_renamed_wherever_it_stands(tmp_path: Path) -> None:
    """One name for one cluster: every folder of it gets it, around what the user has there."""
    out = prepare_nested(tmp_path, "symlink")
    album = rename_heading(out, cluster(1, "sea", "Beach"))
    assert [folder.name for folder in album.folders] == [
        "2018-05-03 Goa/cluster-1-beach", "2018-05-04 Goa/cluster-1-beach (2)"
    ]  # fmt: skip
    assert_all_there(out)
    assert (out / "2018-05-03 Goa" / "cluster-1-beach" / "mine.txt").exists()


def test_a_folder_of_folders_is_renamed_with_all_below_it(tmp_path: Path) -> None:
    """An event's folder moves with its clusters; the links in them lead where they led."""
    out = prepare_nested(tmp_path, "symlink")
    album = rename_heading(out, replace(DAY, given="Honeymoon: the start"))
    assert [folder.name for folder in album.folders] == [
        "2018-05-04 Goa/cluster-1-sea", "Honeymoon- the start/cluster-1-sea"
    ]  # fmt: skip
    assert names(out) == [".photosort", "2018-05-04 Goa", "Honeymoon- the start"]
    with pytest.raises(PhotosortError, match="2018-05-04 Goa has this title; use another"):
        rename_heading(out, replace(DAY, given="2018-05-04 GOA"))
    assert_all_there(out)


def assert_all_there(out: Path) -> None:
    album = read_manifest(out)
    for photo in album.photos:
        assert (out / photo.place).read_bytes() == photo.path.read_bytes()
    assert undo(out).kept != ()
    assert not any(path.is_symlink() for path in out.rglob("*"))


def test_a_folder_keeps_its_name_where_another_took_the_new_one(tmp_path: Path) -> None:
    """What appears after the decision keeps its place, and album.json says where the photos are."""
    out = prepare_nested(tmp_path, "symlink")

    def appear() -> None:
        (out / "Honeymoon").write_text("mine")

    model = prepare_nested(tmp_path / "model", "symlink")
    with failing_at(0, lambda: None) as made:
        rename_heading(model, replace(DAY, given="x"))
    with failing_at(made.index("replace") + 1, appear):
        album = rename_heading(out, replace(DAY, given="Honeymoon"))
    assert album.folders[1].name == "2018-05-03 Goa/cluster-1-sea"
    assert read_manifest(out) == album
    assert (out / "Honeymoon").read_text() == "mine"
    assert_all_there(out)


@every_link
@pytest.mark.parametrize("shape", ["flat", "cluster", "event"])
def test_cut_short_anywhere_it_is_done_or_not_begun(
    tmp_path: Path, link: Linking, shape: str
) -> None:
    """Died before any change to the disk: after recovery it is the old album or the new one.

    With nested folders too, where several move, or one with others in it.
    """
    lay = prepare if shape == "flat" else prepare_nested
    heading = replace(DAY, given="Beach") if shape == "event" else cluster(1, "sea", "Beach")
    out = lay(tmp_path / "model", link)
    old, own = set(tree(out)), {str(photo.place) for photo in read_manifest(out).photos}
    users = {Path(place).name for place in old - own}
    rename_heading(out, heading)
    new = set(tree(out))
    seen = set()
    for step in range(100):
        out = lay(tmp_path / str(step), link)
        before = snapshot(tmp_path / str(step) / "photos")
        try:
            with failing_at(step, die):
                rename_heading(out, heading)
        except Killed:
            recover(out)
        else:
            break
        finally:
            assert snapshot(tmp_path / str(step) / "photos") == before
        left = set(tree(out))
        assert left in (old, new), step
        album = read_manifest(out)
        own = {str(photo.place) for photo in album.photos}
        assert {Path(place).name for place in left - own} == users
        seen.add(next(some for some in album.headings if some.key == heading.key).given)
    assert seen == {None, "Beach"}


def test_a_refusing_disk_is_one_line_and_the_old_album(tmp_path: Path) -> None:
    """When the disk is full before the decision, nothing has changed."""
    out = prepare(tmp_path, "symlink")
    before = tree(out)

    def refuse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with failing_at(0, refuse), pytest.raises(PhotosortError, match="no space left"):
        rename_heading(out, cluster(1, given="Goa"))
    assert tree(out) == before


def die() -> None:
    raise Killed
