"""rename: a cluster gets a title and its folder the name, whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.plan import Linking
from photosort.album.rename import checked_title, rename_cluster
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
    album = rename_cluster(out, 1, "Goa 2018", named=True)
    assert names(out) == [".photosort", "cluster-1-goa-2018", "cluster-2"]
    assert read_manifest(out) == album
    assert (album.clusters[0].title, album.clusters[0].named) == ("Goa 2018", True)
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
    assert rename_cluster(out, 1, "🏖", named=True).clusters[0].title == "🏖"
    assert names(out) == [".photosort", "cluster-1", "cluster-2"]
    assert rename_cluster(out, 1, None, named=False).clusters[0].title is None


def test_a_folder_of_the_users_is_not_entered(tmp_path: Path) -> None:
    """Where the user has a folder of the new name, the cluster's gets a number."""
    out = prepare(tmp_path, "symlink")
    (out / "cluster-1-goa").mkdir()
    (out / "cluster-1-goa" / "mine.jpg").write_text("mine")
    assert rename_cluster(out, 1, "Goa", named=True).clusters[0].name == "cluster-1-goa (2)"
    assert [p.name for p in (out / "cluster-1-goa").iterdir()] == ["mine.jpg"]


def test_refusals(tmp_path: Path) -> None:
    """A title that another cluster has, a cluster that is not there, a folder that is no album."""
    out = prepare(tmp_path, "symlink")
    before = tree(out)
    with pytest.raises(PhotosortError, match="cluster-1-sea has this title"):
        rename_cluster(out, 2, "SEA", named=True)
    with pytest.raises(PhotosortError, match="has no cluster-7 any more"):
        rename_cluster(out, 7, "Goa", named=True)
    with pytest.raises(PhotosortError, match="no album here"):
        rename_cluster(tmp_path / "photos", 1, "Goa", named=True)
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


@every_link
def test_cut_short_anywhere_it_is_done_or_not_begun(tmp_path: Path, link: Linking) -> None:
    """Died before any change to the disk: after recovery it is the old album or the new one."""
    out = prepare(tmp_path / "model", link)
    old = set(tree(out))
    rename_cluster(out, 1, "Goa", named=True)
    new = set(tree(out))
    seen = set()
    for step in range(100):
        out = prepare(tmp_path / str(step), link)
        before = snapshot(tmp_path / str(step) / "photos")
        try:
            with failing_at(step, die):
                rename_cluster(out, 1, "Goa", named=True)
        except Killed:
            recover(out)
        else:
            break
        finally:
            assert snapshot(tmp_path / str(step) / "photos") == before
        left = set(tree(out))
        assert left in (old, new), step
        album = read_manifest(out)
        assert {str(photo.place) for photo in album.photos} == left - {
            "album.json", f"{album.clusters[0].name}/mine.txt"
        }  # fmt: skip
        seen.add(album.clusters[0].title)
    assert seen == {"sea", "Goa"}


def test_a_refusing_disk_is_one_line_and_the_old_album(tmp_path: Path) -> None:
    """When the disk is full before the decision, nothing has changed."""
    out = prepare(tmp_path, "symlink")
    before = tree(out)

    def refuse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with failing_at(0, refuse), pytest.raises(PhotosortError, match="no space left"):
        rename_cluster(out, 1, "Goa", named=True)
    assert tree(out) == before


def die() -> None:
    raise Killed
