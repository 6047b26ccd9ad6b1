"""writer: real albums on a real disk, replaced and taken back; what is not theirs stays."""

import errno
import itertools
import json
import os
import stat
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from photosort.album import check as checks
from photosort.album.album_json import read_manifest
from photosort.album.folder import HOME, check_out, survey
from photosort.album.plan import Linking
from photosort.album.undo import undo
from photosort.album.write import claim, open_album
from photosort.errors import PhotosortError
from tests.albums import failing_at, make_sources, tree, write
from tests.conftest import REPO, snapshot

LINKS: tuple[Linking, ...] = ("symlink", "hardlink", "copy")
every_link = pytest.mark.parametrize("link", LINKS)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Lend a file system of its own, of 256 KiB; only root may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = sys.platform == "linux" and os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False
    ).returncode == 0  # fmt: skip
    if not mounted:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


# ------------------------------------------------------------------ what is written


@every_link
def test_album_shows_the_photos(tmp_path: Path, link: Linking) -> None:
    """Every entry shows its photo's bytes and time; the sources are as they were."""
    photos = make_sources(tmp_path / "photos")
    before = snapshot(tmp_path / "photos")
    out = tmp_path / "out"
    album = write(out, [("Sea", photos[:4]), (None, photos[4:])], link).album
    assert sorted(place for place in tree(out) if place != "album.json") == [
        "cluster-1-sea/a.jpg", "cluster-1-sea/b.jpg", "cluster-1-sea/c.jpg", "cluster-1-sea/d.jpg",
        "cluster-2/e.jpg", "cluster-2/f.jpg",
    ]  # fmt: skip
    for photo in album.photos:
        entry = out / photo.place
        assert entry.read_bytes() == photo.path.read_bytes()
        assert entry.stat().st_mtime_ns == photo.path.stat().st_mtime_ns
        assert entry.is_symlink() == (link == "symlink")
        assert entry.samefile(photo.path) == (link != "copy")
    assert read_manifest(out) == album
    assert snapshot(tmp_path / "photos") == before


@every_link
def test_names_hard_on_a_disk(tmp_path: Path, link: Linking) -> None:
    """Newlines, markup, emoji, control and invalid bytes, 255 bytes: linked as they are."""
    raw = [b"\n", b"[red].jpg", "🏖.jpg".encode(), b"\xff\xfe.jpg", b"\x1b[31m", b"x" * 255, b"-rf"]
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in raw:
        (folder / os.fsdecode(name)).write_bytes(name)
    out = tmp_path / "out"
    write(out, [(None, sorted(folder.iterdir()))], link)
    assert {os.fsencode(path.name) for path in (out / "cluster-1").iterdir()} == set(raw)
    assert all((out / photo.place).read_bytes() for photo in read_manifest(out).photos)


def test_links_are_relative_and_move_with_the_tree(tmp_path: Path) -> None:
    """On one file system links are relative: album and photos may be moved together."""
    photos = make_sources(tmp_path / "all" / "photos")
    write(tmp_path / "all" / "out", [(None, photos)])
    (tmp_path / "all").rename(tmp_path / "moved")
    link = tmp_path / "moved" / "out" / "cluster-1" / "a.jpg"
    assert str(link.readlink()) == "../../photos/a.jpg"
    assert link.read_bytes() == b"a" * 100


def test_links_are_right_below_a_linked_parent(tmp_path: Path) -> None:
    """With links on the way to --out and to the photos, relative links still lead to them."""
    make_sources(tmp_path / "real" / "deep" / "photos")
    (tmp_path / "photos").symlink_to(tmp_path / "real" / "deep" / "photos")
    (tmp_path / "real" / "deeper" / "still").mkdir(parents=True)
    (tmp_path / "albums").symlink_to(tmp_path / "real" / "deeper" / "still")
    album = write(
        tmp_path / "albums" / "out", [(None, sorted((tmp_path / "photos").iterdir()))]
    ).album
    link = tmp_path / "real" / "deeper" / "still" / "out" / "cluster-1" / "a.jpg"
    assert str(link.readlink()) == "../../../../../photos/a.jpg"
    assert link.read_bytes() == b"a" * 100
    assert album.out == tmp_path / "real" / "deeper" / "still" / "out"


def test_links_across_file_systems_are_absolute(tmp_path: Path, small_disk: Path) -> None:
    """An album on another file system names its photos in full; hard links there are refused."""
    photos = make_sources(tmp_path / "photos")
    write(small_disk / "out", [(None, photos)])
    assert (small_disk / "out" / "cluster-1" / "a.jpg").readlink() == photos[0]
    with pytest.raises(PhotosortError, match=r"not on the same disk .*; use photosort organize"):
        write(small_disk / "hard", [(None, photos)], "hardlink")
    assert not (small_disk / "hard").exists()


def test_photo_that_is_itself_a_link(tmp_path: Path) -> None:
    """A hard link of a photo that is a symbolic link is one to the photo, not to the link."""
    photos = make_sources(tmp_path / "photos", "a")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "b.jpg").symlink_to(photos[0])
    write(tmp_path / "out", [(None, [tmp_path / "links" / "b.jpg"])], "hardlink")
    entry = tmp_path / "out" / "cluster-1" / "b.jpg"
    assert not entry.is_symlink()
    assert entry.samefile(photos[0])


def test_a_link_costs_a_look_at_its_photo_and_a_link(tmp_path: Path) -> None:
    """Of an album that comes back each is read twice; nothing is synced for a link alone."""
    names = ("stat", "lstat", "readlink", "symlink", "unlink", "fsync", "listdir", "scandir")

    def calls(count: int) -> list[Counter[str]]:
        photos = tmp_path / f"photos{count}"
        photos.mkdir()
        for number in range(count):
            (photos / f"{number}.jpg").write_bytes(b"%d" % number)
        listed, out = sorted(photos.iterdir()), tmp_path / f"out{count}"
        with failing_at(-1, lambda: None, names) as first:
            write(out, [("sea", listed)])
        write(out, [("sea", listed[1:]), ("wood", listed[:1])])
        with failing_at(-1, lambda: None, names) as back:
            undo(out)
        with failing_at(-1, lambda: None, names) as last:
            undo(out)
        return list(map(Counter, (first, back, last)))

    few, many = calls(10), calls(110)
    more = [{name: b[name] - a[name] for name in b if b[name] > a[name]}
            for a, b in zip(few, many, strict=True)]  # fmt: skip
    assert more == [
        {"stat": 100, "symlink": 100},
        {"stat": 100, "lstat": 100, "readlink": 200},
        {"readlink": 200, "unlink": 100},
    ]


# ------------------------------------------------------------------ the second run


@every_link
def test_second_run_replaces_only_its_own(tmp_path: Path, link: Linking) -> None:
    """A new album takes the old one's place; the user's files in it stay and keep their names."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos[:3]), (None, photos[3:])], link)
    (out / "note.txt").write_text("top")
    (out / "cluster-1-sea" / "mine.jpg").write_text("inside")
    (out / "cluster-1-sea" / "E.JPG").write_text("in the way")
    (out / "holiday").mkdir()
    written = write(out, [("sea", [photos[0], photos[4]]), ("wood", photos[1:4])], link)
    assert written.kept == ()
    assert sorted(place for place in tree(out) if place != "album.json") == [
        "cluster-1-sea/E.JPG", "cluster-1-sea/a.jpg", "cluster-1-sea/e (2).jpg",
        "cluster-1-sea/mine.jpg", "cluster-2-wood/b.jpg", "cluster-2-wood/c.jpg",
        "cluster-2-wood/d.jpg", "note.txt",
    ]  # fmt: skip
    assert not (out / "cluster-2").exists()
    assert (out / "holiday").is_dir()
    assert (out / "cluster-1-sea" / "E.JPG").read_text() == "in the way"
    assert not (out / ".photosort" / "next").exists()


@every_link
def test_what_the_user_changed_stays(tmp_path: Path, link: Linking) -> None:
    """An entry that is no longer what photosort wrote is kept, said, and not overwritten."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)], link)
    entry = out / "cluster-1" / "b.jpg"
    entry.unlink()
    entry.write_text("painted over")
    written = write(out, [(None, photos)], link)
    assert [str(kept.place) for kept in written.kept] == ["cluster-1/b.jpg"]
    assert entry.read_text() == "painted over"
    assert (out / "cluster-1" / "b (2).jpg").read_bytes() == photos[1].read_bytes()


def test_copy_edited_in_place_with_its_time_kept_stays_on_undo(tmp_path: Path) -> None:
    """A copy of the same size and time but other content is not the copy that was made."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)], "copy")
    entry = out / "cluster-1" / "b.jpg"
    times = entry.stat().st_atime_ns, entry.stat().st_mtime_ns
    entry.write_bytes(b"B" * entry.stat().st_size)
    os.utime(entry, ns=times)
    assert [kept.reason for kept in undo(out).kept] == ["changed since photosort made it"]
    assert entry.read_bytes()[:1] == b"B"


def test_last_copy_of_a_photo_stays(tmp_path: Path) -> None:
    """A copy whose original is gone and a hard link that is a photo's only name both stay."""
    photos = make_sources(tmp_path / "photos")
    for link in ("copy", "hardlink"):
        write(tmp_path / link, [(None, photos)], link)
    write(tmp_path / "symlink", [(None, photos)], "symlink")
    undo(tmp_path / "hardlink")
    write(tmp_path / "hardlink", [(None, photos)], "hardlink")
    photos[0].unlink()
    assert [str(kept.place) for kept in undo(tmp_path / "hardlink").kept] == ["cluster-1/a.jpg"]
    written = write(tmp_path / "copy", [(None, photos[1:])], "copy")
    assert [str(kept.place) for kept in written.kept] == ["cluster-1/a.jpg"]
    undo(tmp_path / "copy", everything=True)
    assert (tmp_path / "copy" / "cluster-1" / "a.jpg").read_bytes() == b"a" * 100
    undo(tmp_path / "symlink")
    assert not (tmp_path / "symlink").exists()


def test_hard_link_whose_original_was_saved_anew_stays(tmp_path: Path) -> None:
    """An editor that saves by replacing leaves the old picture in the album: the last of it."""
    photos = make_sources(tmp_path / "photos")
    write(tmp_path / "out", [(None, photos)], "hardlink")
    photos[0].unlink()
    photos[0].write_text("edited")
    assert [kept.reason for kept in undo(tmp_path / "out").kept] == [
        "the photo has no other name left"
    ]
    assert (tmp_path / "out" / "cluster-1" / "a.jpg").read_bytes() == b"a" * 100


@pytest.mark.parametrize("numbers", ["none", "others at every look"])
def test_hard_links_where_numbers_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers: str
) -> None:
    """Undo takes back what has the photo's size and time and a second name; all else stays."""
    photos = make_sources(tmp_path / "photos")
    write(tmp_path / "out", [(None, photos)], "hardlink")
    entry = tmp_path / "out" / "cluster-1" / photos[0].name
    entry.unlink()
    entry.write_text("the user's")
    before, count = snapshot(tmp_path / "photos"), itertools.count()
    monkeypatch.setattr(
        checks, "numbers_of", lambda _: None if numbers == "none" else (next(count),)
    )
    undone = undo(tmp_path / "out")
    assert [tmp_path / "out" / kept.place for kept in undone.kept] == [entry]
    assert len(undone.removed) == len(photos) - 1
    assert entry.read_text() == "the user's"
    assert snapshot(tmp_path / "photos") == before


def test_unchanged_copies_are_not_copied_again(tmp_path: Path) -> None:
    """A second run with copies reuses the first's, and copies what changed in the source."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos)], "copy")
    inodes = {path.name: path.stat().st_ino for path in (out / "cluster-1-sea").iterdir()}
    photos[0].write_text("a new picture")
    write(out, [("wood", photos)], "copy")
    again = {path.name: path.stat().st_ino for path in (out / "cluster-1-wood").iterdir()}
    assert {name for name in inodes if inodes[name] != again[name]} == {"a.jpg"}
    assert (out / "cluster-1-wood" / "a.jpg").read_text() == "a new picture"
    assert not (out / "cluster-1-sea").exists()


def test_link_kinds_can_be_changed(tmp_path: Path) -> None:
    """An album of one kind is replaced by one of another, and back."""
    photos = make_sources(tmp_path / "photos")
    before = snapshot(tmp_path / "photos")
    for link in ("symlink", "copy", "hardlink", "symlink", "hardlink", "copy", "symlink"):
        assert write(tmp_path / "out", [(None, photos)], link).kept == ()
        assert len(tree(tmp_path / "out")) == 7
    assert snapshot(tmp_path / "photos") == before


def test_entry_that_appears_while_writing_is_not_overwritten(tmp_path: Path) -> None:
    """A file that takes a place after the plan was made stays; the photo is accounted for."""
    photos = make_sources(tmp_path / "photos")
    out, rehearsal = tmp_path / "out", tmp_path / "rehearsal"
    for album in (out, rehearsal):
        write(album, [(None, photos[:1])])
        (album / "cluster-1" / "keep").write_text("so that the folder stays")

    def appear() -> None:
        (out / "cluster-1" / "b.jpg").write_bytes(b"mine")

    with failing_at(0, lambda: None) as made:
        write(rehearsal, [(None, photos)])
    with failing_at(made.index("replace") + 2, appear):  # just after the decision
        album = write(out, [(None, photos)]).album
    assert (out / "cluster-1" / "b.jpg").read_bytes() == b"mine"
    assert [(out.path, out.reason) for out in album.skipped] == [
        (photos[1], "cluster-1/b.jpg was taken meanwhile")
    ]
    assert read_manifest(out) == album
    assert len(list(album.photos)) + len(album.skipped) == len(photos)


def test_unlinked_album_json_makes_the_old_entries_the_users(tmp_path: Path) -> None:
    """Without its manifest an album's entries are nobody's: nothing is removed."""
    photos = make_sources(tmp_path / "photos", "ab")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    (out / "album.json").unlink()
    write(out, [(None, photos)])
    assert sorted(path.name for path in (out / "cluster-1").iterdir()) == [
        "a (2).jpg", "a.jpg", "b (2).jpg", "b.jpg",
    ]  # fmt: skip


def test_damaged_or_newer_album_json_stops_before_any_change(tmp_path: Path) -> None:
    """A manifest that cannot be trusted is refused, and the album left as it is."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    for text in ("{", json.dumps({"version": 99})):
        (out / "album.json").write_text(text)
        before = snapshot(out / "cluster-1")
        with pytest.raises(PhotosortError, match=r"damaged|newer"):
            write(out, [(None, photos)])
        assert snapshot(out / "cluster-1") == before


# ------------------------------------------------------------------ what is refused


def test_foreign_folders_are_refused_untouched(tmp_path: Path) -> None:
    """A folder with anything of the user's, a file, a dangling link: refused, nothing written."""
    photos = make_sources(tmp_path / "photos")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("a file")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = snapshot(tmp_path)
    for name in ("full", "file", "dangling", "file/below", "photos"):
        with pytest.raises(PhotosortError, match="elsewhere with photosort organize --out"):
            write(tmp_path / name, [(None, photos)])
        assert snapshot(tmp_path) == before


@pytest.mark.parametrize("noise", [".DS_Store", "Thumbs.db"])
def test_empty_folders_are_welcome(tmp_path: Path, noise: str) -> None:
    """An empty folder, or one with only a file manager's file, becomes an album."""
    photos = make_sources(tmp_path / "photos")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / noise).write_text("")
    write(tmp_path / "out", [(None, photos)])
    undo(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [noise]


def test_out_must_not_be_or_hold_a_source(tmp_path: Path) -> None:
    """--out may lie inside a source, but not be one or hold one, however it is spelled."""
    source = tmp_path / "photos" / "2024"
    source.mkdir(parents=True)
    (tmp_path / "alias").symlink_to(tmp_path / "photos")
    for out in (
        source,
        tmp_path / "photos",
        tmp_path / "alias",
        tmp_path / "alias" / "2024",
        tmp_path,
    ):
        with pytest.raises(PhotosortError, match=r"is the source itself|holds the source"):
            check_out(out, [source])
    check_out(source / "album", [source])


def test_planted_links_are_not_followed(tmp_path: Path) -> None:
    """Links in the places of photosort's own folder and files are refused; nothing is written."""
    photos = make_sources(tmp_path / "photos")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "album").write_text("x")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".photosort").symlink_to(victim)
    before = snapshot(tmp_path)
    with pytest.raises(PhotosortError, match="not photosort's own"):
        write(out, [(None, photos)])
    assert snapshot(tmp_path) == before
    (out / ".photosort").unlink()
    for name in ("album", "lock", "next", "journal"):
        (out / ".photosort").mkdir(exist_ok=True)
        (out / ".photosort" / name).symlink_to(victim / "album")
        before = snapshot(tmp_path)
        with pytest.raises(PhotosortError, match="not photosort's own; remove it"):
            write(out, [(None, photos)])
        assert snapshot(tmp_path) == before
        (out / ".photosort" / name).unlink()


@every_link
def test_cluster_folder_replaced_by_a_link_is_not_entered(tmp_path: Path, link: Linking) -> None:
    """Where the user put a link for a cluster's folder, nothing happens through it."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)], link)
    (out / "cluster-1").rename(tmp_path / "elsewhere")
    (out / "cluster-1").symlink_to(tmp_path / "elsewhere")
    before = snapshot(tmp_path / "elsewhere")
    written = write(out, [(None, photos)], link)
    assert {kept.reason for kept in written.kept} == {"its folder was replaced"}
    assert snapshot(tmp_path / "elsewhere") == before
    assert len(list((out / "cluster-1 (2)").iterdir())) == len(photos)


def test_two_at_once(tmp_path: Path) -> None:
    """The second photosort on an album is told so, and the lock of a killed one is no obstacle."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    hold = (
        "import sys; from pathlib import Path; from photosort.album.write import claim\n"
        "with claim(Path(sys.argv[1]), [Path(sys.argv[2])], 'symlink'):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, out, tmp_path / "photos"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO,
    ) as other:  # fmt: skip
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(PhotosortError, match=r"another photosort is at work .*; wait for it"):
            write(out, [(None, photos)])
        other.kill()
    write(out, [(None, photos)])


# ------------------------------------------------------------------ disks that refuse


def failing_call(code: int, name: str, out: Path, photos: list[Path], link: Linking) -> str:
    """Write an album where the system call `name` always answers `code`; return the error."""
    program = (
        "import os, sys; from pathlib import Path\n"
        "from photosort.errors import PhotosortError\n"
        "from tests.albums import write\n"
        "code = int(sys.argv[1])\n"
        "def fail(*args, **options): raise OSError(code, os.strerror(code))\n"
        "setattr(os, sys.argv[2], fail)\n"
        "try: write(Path(sys.argv[3]), [(None, [Path(p) for p in sys.argv[5:]])], sys.argv[4])\n"
        "except PhotosortError as error: print(error)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(code), name, out, link, *photos],
        capture_output=True, text=True, check=True, cwd=REPO,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP])
def test_no_symbolic_links_here(tmp_path: Path, code: int) -> None:
    """exFAT, SMB and the like: one line that offers the other kinds, nothing left behind."""
    photos = make_sources(tmp_path / "photos")
    said = failing_call(code, "symlink", tmp_path / "out", photos, "symlink")
    assert said == (
        f"{tmp_path}/out: symbolic links are not possible here;"
        " use photosort organize --link hardlink or --link copy\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", [errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP])
def test_no_hard_links_here(tmp_path: Path, code: int) -> None:
    """A disk without hard links, another disk, too many links: one line with the other kinds."""
    photos = make_sources(tmp_path / "photos")
    said = failing_call(code, "link", tmp_path / "out", photos, "hardlink")
    assert said.count("\n") == 1
    assert "use photosort organize --link symlink or --link copy" in said
    assert not (tmp_path / "out").exists()


def test_full_disk_keeps_the_old_album(tmp_path: Path, small_disk: Path) -> None:
    """Copies that do not fit: one line, no half-copied photo, the old album as it was."""
    photos = make_sources(tmp_path / "photos")
    write(small_disk / "out", [(None, photos)], "copy")
    before = snapshot(small_disk)
    (tmp_path / "photos" / "big.jpg").write_bytes(os.urandom(400_000))
    everything = sorted((tmp_path / "photos").iterdir())
    with pytest.raises(PhotosortError, match="no space left"):
        write(small_disk / "out", [(None, everything)], "copy")
    assert {key: seen[2] for key, seen in snapshot(small_disk).items()} == {
        key: seen[2] for key, seen in before.items()
    }
    with pytest.raises(PhotosortError, match="no space left"):
        write(small_disk / "other", [(None, everything)], "copy")
    assert not (small_disk / "other").exists()


def test_read_only_disk(tmp_path: Path, small_disk: Path) -> None:
    """A read-only file system is named as such, before anything is tried."""
    photos = make_sources(tmp_path / "photos")
    write(small_disk / "out", [(None, photos)])
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for name in ("out", "new"):
        with pytest.raises(PhotosortError, match="the file system is read-only; write"):
            check_out(small_disk / name, [tmp_path / "photos"])
    assert open_album(small_disk / "out").out == small_disk / "out"


@contextmanager
def as_somebody(folder: Path) -> Iterator[None]:
    """Act as a user whom permissions bind, even where root runs the tests."""
    if os.geteuid() != 0:
        yield
        return
    for parent in folder.parents:
        if not parent.stat().st_mode & stat.S_IXOTH:  # pytest keeps its own private
            parent.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("closed", ["", HOME])
def test_an_album_that_may_not_be_looked_into(tmp_path: Path, closed: str) -> None:
    """It is refused in one line, whichever of its folders it is."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("sea", photos)])
    tmp_path.chmod(0o755)
    out.chmod(0o755)
    (out / closed).chmod(0)
    try:
        with (
            as_somebody(tmp_path),
            pytest.raises(PhotosortError, match="out: not writable; change its"),
        ):
            check_out(out, [tmp_path / "photos"])
    finally:
        (out / closed).chmod(0o700)


def test_folder_without_permission(tmp_path: Path) -> None:
    """A parent that may not be written to is refused in one line."""
    photos = make_sources(tmp_path / "photos")
    tmp_path.chmod(0o555)
    with as_somebody(tmp_path), pytest.raises(PhotosortError, match=r"not writable; change its"):
        write(tmp_path / "out", [(None, photos)])
    tmp_path.chmod(0o755)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


@every_link
def test_photos_that_vanish_are_accounted_for(tmp_path: Path, link: Linking) -> None:
    """A photo that is gone when its turn comes is skipped with a reason, the others are placed."""
    photos = make_sources(tmp_path / "photos")
    photos[2].unlink()
    album = write(tmp_path / "out", [(None, photos)], link).album
    assert [(out.path, out.reason) for out in album.skipped] == [(photos[2], "no longer there")]
    assert len(list(album.photos)) == 5


@every_link
def test_photos_that_became_something_else_are_skipped(tmp_path: Path, link: Linking) -> None:
    """A pipe or a folder where a photo was is neither linked nor waited for."""
    photos = make_sources(tmp_path / "photos")
    for photo in photos[:2]:
        photo.unlink()
    os.mkfifo(photos[0])
    photos[1].mkdir()
    album = write(tmp_path / "out", [(None, photos)], link).album
    assert [(out.path, out.reason) for out in album.skipped] == [
        (photos[0], "no longer a file"), (photos[1], "no longer a file"),
    ]  # fmt: skip
    assert len(list(album.photos)) == 4


@every_link
def test_vanished_source_keeps_the_old_album(tmp_path: Path, link: Linking) -> None:
    """A source that is gone as a whole (a disk unplugged) does not empty the album."""
    photos = make_sources(tmp_path / "photos")
    others = make_sources(tmp_path / "others", "xy")
    out = tmp_path / "out"
    write(out, [(None, photos + others)], link)
    before = tree(out)
    (tmp_path / "others").rename(tmp_path / "unplugged")
    with pytest.raises(PhotosortError, match="others: no longer there; is its disk"):
        write(out, [(None, photos + others)], link)
    (tmp_path / "others").mkdir()
    with pytest.raises(PhotosortError, match=r"others: its photos can no longer be read; is its"):
        write(out, [(None, photos + others)], link)
    assert tree(out) == before


def test_unreadable_photo_is_skipped_when_copying(tmp_path: Path) -> None:
    """A photo that may not be read is skipped with the system's reason."""
    photos = make_sources(tmp_path / "photos")
    photos[0].chmod(0)
    tmp_path.chmod(0o777)
    with as_somebody(tmp_path):
        album = write(tmp_path / "out", [(None, photos)], "copy").album
    assert [out.reason for out in album.skipped] == ["Permission denied"]
    assert not (tmp_path / "out" / "cluster-1" / "a.jpg").exists()


# ------------------------------------------------------------------ leaving no trace


def test_claim_without_an_album_leaves_no_trace(tmp_path: Path) -> None:
    """When nothing gets written, by an error or Ctrl-C, not even the folders remain."""
    make_sources(tmp_path / "photos")
    before = snapshot(tmp_path)
    for error in (PhotosortError, KeyboardInterrupt):
        with pytest.raises(error), claim(tmp_path / "a" / "b", [tmp_path / "photos"], "symlink"):
            raise error
        assert snapshot(tmp_path) == before


def test_names_the_disk_spells_otherwise_are_still_ours(tmp_path: Path) -> None:
    """A disk that lists names in another normalisation does not make them foreign."""
    photos = [tmp_path / "photos" / unicodedata.normalize("NFC", "é.jpg")]
    photos[0].parent.mkdir()
    photos[0].write_text("x")
    write(tmp_path / "out", [(None, photos)])
    assert survey(tmp_path / "out", [tmp_path / "photos"]).taken == frozenset()
    assert stat.S_ISLNK((tmp_path / "out" / "cluster-1" / "é.jpg").lstat().st_mode)


@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
def test_entries_that_both_albums_have_are_not_touched(tmp_path: Path, link: Linking) -> None:
    """A second run makes and removes only what differs; what is missing or edited is made anew."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [("x", photos[:3]), (None, photos[3:5])], link)
    before = {path: path.lstat() for path in out.glob("cluster-*/*")}
    write(out, [("x", photos[:3]), (None, photos[3:5])], link)
    assert {path: path.lstat() for path in out.glob("cluster-*/*")} == before
    entry = out / "cluster-1-x" / "b.jpg"
    entry.unlink()
    photos[4].write_bytes(b"edited")
    album = write(out, [("x", [*photos[:3], photos[5]]), (None, photos[3:5])], link).album
    assert read_manifest(out) == album
    assert sorted(path.name for path in out.glob("cluster-*/*")) == [f"{n}.jpg" for n in "abcdef"]
    for photo in photos:
        (entry,) = out.glob(f"cluster-*/{photo.name}")
        assert entry.read_bytes() == photo.read_bytes()
        assert link != "hardlink" or entry.samefile(photo)
    for path, status in before.items():
        assert path.name in "b.jpg e.jpg" or path.lstat().st_ino == status.st_ino
