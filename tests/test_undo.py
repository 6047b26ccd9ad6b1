"""undo: the last album is taken back, the one before it comes back, and the user's files stay."""

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.plan import Linking
from photosort.album.undo import plan_undo, undo
from photosort.album.write import claim, recover
from photosort.errors import PhotosortError
from tests.albums import failing_at, make_sources, tree, write
from tests.conftest import snapshot

LINKS: tuple[Linking, ...] = ("symlink", "hardlink", "copy")
every_link = pytest.mark.parametrize("link", LINKS)


@every_link
def test_undo_takes_back_what_was_written(tmp_path: Path, link: Linking) -> None:
    """Undo removes the album and its folder, which was made for it; a rehearsal removes nothing."""
    photos = make_sources(tmp_path / "photos")
    before = snapshot(tmp_path)
    write(tmp_path / "out", [("sea", photos)], link)
    written = snapshot(tmp_path)
    plan = plan_undo(tmp_path / "out")
    assert snapshot(tmp_path) == written
    assert undo(tmp_path / "out") == plan
    assert len(plan.removed) == len(photos)
    assert snapshot(tmp_path) == before


@every_link
def test_undo_brings_back_the_album_before(tmp_path: Path, link: Linking) -> None:
    """The album that was replaced is there again, byte for byte; the next undo removes it."""
    photos = make_sources(tmp_path / "photos")
    before = snapshot(tmp_path)
    out = tmp_path / "out"
    write(out, [("sea", photos[:3]), (None, photos[3:])], link)
    first = tree(out)
    write(out, [("wood", photos[2:]), (None, photos[:2])], link)
    plan = plan_undo(out)
    undone = undo(out)
    assert tree(out) == first
    assert (len(undone.removed), undone.kept, undone.missing) == (6, (), ())
    assert (plan.removed, plan.restored) == (undone.removed, undone.restored)
    assert undo(out).restored is None
    assert snapshot(tmp_path) == before


def test_all_takes_back_the_album_before_too(tmp_path: Path) -> None:
    """With `everything` nothing comes back, and the folder that was made goes."""
    photos = make_sources(tmp_path / "photos")
    before = snapshot(tmp_path)
    for groups in (photos[:3], photos[3:]):
        write(tmp_path / "out", [(None, groups)])
    assert plan_undo(tmp_path / "out", everything=True).restored is None
    undo(tmp_path / "out", everything=True)
    assert snapshot(tmp_path) == before


@every_link
def test_a_second_run_that_changes_nothing_is_not_what_undo_takes_back(
    tmp_path: Path, link: Linking
) -> None:
    """The same album written again is no step: undo still reaches the one before."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos[:3])], link)
    first = tree(out)
    for _ in range(3):
        write(out, [("sea", photos)], link)
    undo(out)
    assert tree(out) == first
    for _ in range(2):
        write(out, [("sea", photos[:3])], link)
    undo(out)
    assert not out.exists()


def test_the_next_step_names_the_album_that_was_named(tmp_path: Path) -> None:
    """After `undo --album`, plain `undo` would take back another album: the line says which."""
    photos, out = make_sources(tmp_path / "photos"), tmp_path / "my album"
    write(out, [("sea", photos)])
    write(out, [("wood", photos)])
    run = [sys.executable, "-m", "photosort", "undo", "--album", out]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    told = next(one for one in done.stdout.splitlines() if one.startswith("To take that back too"))
    command = shlex.split(told.partition(": photosort ")[2])
    again = [sys.executable, "-m", "photosort", *command]
    subprocess.run(again, capture_output=True, check=True)
    assert not out.exists()


@every_link
def test_what_cannot_be_brought_back_is_said(tmp_path: Path, link: Linking) -> None:
    """A photo that is gone, and a place that the user took, are named; the rest comes back."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos)], link)
    write(out, [("wood", photos[2:])], link)
    photos[0].unlink()
    (out / "cluster-1-sea").mkdir()
    (out / "cluster-1-sea" / "b.jpg").write_text("mine")
    undone = undo(out)
    assert [(entry.path, entry.reason) for entry in undone.missing] == [
        (photos[0], "no longer there"),
        (photos[1], "cluster-1-sea/b.jpg was taken meanwhile"),
    ]
    assert (out / "cluster-1-sea" / "b.jpg").read_text() == "mine"
    assert sorted(tree(out)) == [
        "album.json", *(f"cluster-1-sea/{name}.jpg" for name in "bcdef")
    ]  # fmt: skip
    assert read_manifest(out) == undone.restored


@every_link
def test_an_unplugged_source_stops_the_undo_or_not(tmp_path: Path, link: Linking) -> None:
    """Without its photos the album before cannot come back: one line, no change, a way out."""
    photos = make_sources(tmp_path / "photos")
    others = make_sources(tmp_path / "others", "xy")
    out = tmp_path / "out"
    write(out, [(None, photos)], link)
    write(out, [(None, others)], link)
    (tmp_path / "photos").rename(tmp_path / "unplugged")
    before = snapshot(out)
    with pytest.raises(PhotosortError, match=r"still connected\? .*; photosort undo --all removes"):
        undo(out)
    assert {k: v[2] for k, v in snapshot(out).items()} == {k: v[2] for k, v in before.items()}
    undo(out, everything=True)
    assert not out.exists()


def test_damaged_memory_of_the_album_before(tmp_path: Path) -> None:
    """What lies where the manifest of the album before should be is checked like any other."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    write(out, [(None, photos[1:])])
    previous = out / ".photosort" / "previous"
    for spoil in (lambda: previous.write_text("{"), previous.unlink, previous.mkdir):
        spoil()
        before = tree(out)
        if previous.exists():
            with pytest.raises(PhotosortError, match="damaged; photosort undo --all removes"):
                undo(out)
        assert tree(out) == before
    previous.rmdir()
    assert undo(out).restored is None
    assert not out.exists()


def test_undo_leaves_what_the_user_added_and_says_so(tmp_path: Path) -> None:
    """The user's files and folders stay and are named; only because of them the folder stays."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    (out / "cluster-1" / "mine.txt").write_text("mine")
    (out / "holiday").mkdir()
    (out / "holiday" / "deep.txt").write_text("mine too")
    planned = plan_undo(out).kept
    assert undo(out).kept == planned
    assert [(str(kept.place), kept.reason) for kept in planned] == [
        ("cluster-1/mine.txt", "not photosort's"), ("holiday", "not photosort's"),
    ]  # fmt: skip
    assert tree(out).keys() == {"cluster-1/mine.txt", "holiday/deep.txt"}
    assert not (out / ".photosort").exists()


@every_link
def test_undo_keeps_what_is_no_longer_as_it_was_written(tmp_path: Path, link: Linking) -> None:
    """A link led elsewhere, a file of another inode, a changed copy: left, named, not touched."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)], link)
    entry = out / "cluster-1" / "b.jpg"
    entry.unlink()
    if link == "symlink":
        entry.symlink_to(photos[2])
    else:  # the same bytes, size and time, but not the file that was made, or not its content
        entry.write_bytes(photos[1].read_bytes() if link == "hardlink" else b"B" * 101)
        os.utime(entry, ns=(1, photos[1].stat().st_mtime_ns))
    before = entry.lstat()
    undone = undo(out)
    assert [str(kept.place) for kept in undone.kept] == ["cluster-1/b.jpg"]
    assert undone.kept[0].reason
    assert len(undone.removed) == 5
    assert (entry.lstat().st_ino, entry.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in (out / "cluster-1").iterdir()) == ["b.jpg"]


def test_clocks_that_jump_change_nothing(tmp_path: Path) -> None:
    """An album "made before" the one it replaces, photos from the future: replaced and undone."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    for photo, year in zip(photos, (1901, 1969, 1970, 2038, 2106, 2300), strict=True):
        stamp = int((datetime(year, 5, 5, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days)
        os.utime(photo, ns=(0, stamp * 86_400 * 10**9))
    before = snapshot(tmp_path / "photos")
    write(out, [(None, photos)], "copy", created=datetime(2024, 1, 1, tzinfo=UTC))
    first = tree(out)
    write(out, [("sea", photos)], "copy", created=datetime(1970, 1, 1, tzinfo=UTC))
    assert undo(out).missing == ()
    assert tree(out) == first
    assert undo(out, everything=True).kept == ()
    assert snapshot(tmp_path / "photos") == before


def test_a_moved_album_can_be_taken_back(tmp_path: Path) -> None:
    """Album and photos moved together: undo knows its links and brings the old ones back right."""
    photos = make_sources(tmp_path / "all" / "photos")
    write(tmp_path / "all" / "out", [("sea", photos)])
    write(tmp_path / "all" / "out", [("wood", photos)])
    (tmp_path / "all" / "out").rename(tmp_path / "out")
    undone = undo(tmp_path / "out")
    assert undone.missing == ()
    assert (tmp_path / "out" / "cluster-1-sea" / "a.jpg").read_bytes() == b"a" * 100
    assert undo(tmp_path / "out").kept == ()
    assert not (tmp_path / "out").exists()


def test_a_rehearsal_does_not_finish_what_was_cut_short(tmp_path: Path) -> None:
    """--dry-run changes nothing, so it asks for the pending step to be finished first."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])

    def stop() -> None:
        raise OSError(5, "stopped")

    with failing_at(0, lambda: None) as made:
        write(tmp_path / "rehearsal", [(None, photos[1:])])
    with failing_at(made.index("replace") + 2, stop), pytest.raises(PhotosortError):
        write(out, [(None, photos[1:])])
    before = snapshot(out)
    with pytest.raises(PhotosortError, match="cut short"):
        plan_undo(out)
    assert snapshot(out) == before
    recover(out)
    assert plan_undo(out).restored is not None


def test_undo_without_a_manifest_says_what_is_left(tmp_path: Path) -> None:
    """Who deleted album.json made the entries their own: the mark goes, they stay and are named."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    (out / "album.json").unlink()
    undone = undo(out)
    assert (undone.removed, [str(kept.place) for kept in undone.kept]) == ((), ["cluster-1"])
    assert [path.name for path in out.iterdir()] == ["cluster-1"]
    assert len(list((out / "cluster-1").iterdir())) == 6


def test_undo_waits_for_nobody(tmp_path: Path) -> None:
    """An album that another photosort is at work on is not taken back; nothing is changed."""
    photos = make_sources(tmp_path / "photos")
    write(tmp_path / "out", [(None, photos)])
    before = tree(tmp_path / "out")
    with (
        claim(tmp_path / "out", [tmp_path / "photos"], "symlink"),
        pytest.raises(PhotosortError, match=r"another photosort is at work .*: there is no file"),
    ):
        undo(tmp_path / "out")
    assert tree(tmp_path / "out") == before


def test_undo_of_no_album(tmp_path: Path) -> None:
    """Without an album, or with only a planted album.json, nothing is removed."""
    for act in (undo, plan_undo):
        with pytest.raises(PhotosortError, match="no album here"):
            act(tmp_path)
    photos = make_sources(tmp_path / "photos")
    write(tmp_path / "out", [(None, photos)])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "album.json").write_bytes((tmp_path / "out" / "album.json").read_bytes())
    before = snapshot(tmp_path)
    with pytest.raises(PhotosortError, match="not marked as photosort's; nothing was undone"):
        undo(tmp_path / "other")
    assert snapshot(tmp_path) == before
