"""Names and links that mean harm: shown as what they are, and never followed for writing."""

import contextlib
import copy
import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.plan import Linking
from photosort.album.undo import undo
from photosort.album.write import open_album
from photosort.cli.albums import complete_folder
from photosort.errors import PhotosortError
from tests.albums import make_sources, write
from tests.conftest import snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)

LINKS: tuple[Linking, ...] = ("symlink", "hardlink", "copy")
NAMES = [
    b"\x1b[2J\x1b[31m.jpg", b"\x1b]0;title\x07.jpg", b"\x9b31m.jpg", b"tab\tnewline\n.jpg",
    "photo\u202egpj.exe.jpg".encode(), "\u2066\u200f\u200b.jpg".encode(), b"[red]x[bold].jpg",
    b"<script>alert(1)</script>.jpg".replace(b"/", b"-"), b"x..\\..\\windows.jpg", b"x...jpg",
    b"\xff\xfe\xc3.jpg", b"x" * 251 + b".jpg", b"-rf ~.jpg", b"$(reboot).jpg", b"CON.jpg", b" .jpg",
]  # fmt: skip


def assert_harmless(text: str) -> None:
    """Nothing in `text` moves a cursor, turns the writing or changes a colour."""
    bad = {char for char in text if char != "\n" and not char.isprintable()}
    assert not bad, bad


@pytest.mark.slow
def test_hostile_names_are_harmless_in_every_output(few: Path, user: User) -> None:  # noqa: F811
    """Escape sequences, bidi marks, markup, stray bytes, 255 bytes: placed, printed spelt out.

    In tables, summaries, notes, errors and JSON, of organize, list, preview and undo.
    """
    for index, name in enumerate(NAMES):
        path = few / os.fsdecode(name)
        if index % 2:
            paint(path, hue=index * 9)
        else:
            path.write_bytes(
                (few / "trip0" / "IMG_0.jpg").read_bytes()[:500]
            )  # named in the summary
    before = snapshot(few)
    done = user.run("organize", few, "-k", "2")
    assert done.returncode == 0, done.stderr
    shown = [done, user.run("list"), user.run("preview", "1"), user.run("preview", "2")]
    shown.append(user.run("preview", "\x1b[2J\u202e"))
    shown.append(user.run("organize", few / "\x1b[31m\u202e"))
    shown.append(user.run("--\x1b[2J"))
    cluster = few.with_name("photos-photosort") / user.json("list")["folders"][0]["name"]
    for name in NAMES:
        (cluster / os.fsdecode(b"own " + name[:240])).touch()
    shown += [user.run("undo", "--dry-run"), user.run("undo")]
    for one in shown:
        assert_harmless(one.stdout)
        assert_harmless(one.stderr)
    assert "own [red]x[bold].jpg" in shown[-1].stdout
    assert snapshot(few) == before
    again = user.json("organize", few, "-k", "2", "--out", few.with_name("other"))
    paths = {p["path"] for c in again["folders"] for p in c["photos"]}
    paths |= {s["path"] for s in again["skipped"]}
    assert {str(few / os.fsdecode(name)) for name in NAMES} <= paths
    raw = user.run("list", "--json").stdout
    assert raw.isascii()
    assert_harmless(raw)


def test_a_forged_album_is_harmless_in_the_terminal(few: Path, user: User) -> None:  # noqa: F811
    """Titles and folder names that somebody wrote into album.json are spelt out, not offered."""
    assert user.run("organize", few, "-k", "2").returncode == 0
    file = few.with_name("photos-photosort") / "album.json"
    album = json.loads(file.read_text())
    evil = "\x1b[2J\u202e[red]$(reboot)\n"
    album["headings"][0]["given"] = evil
    album["folders"][0]["reason"] = evil
    album["folders"][1]["place"] = evil
    for photo in album["folders"][1]["photos"]:
        photo["name"] += evil
    file.write_text(json.dumps(album))
    for args in (["list"], ["preview", "1"], ["preview", "2"], ["preview", "9"], ["undo"]):
        done = user.run(*args)
        assert_harmless(done.stdout)
        assert_harmless(done.stderr)
    assert not any("\x1b" in name for name in complete_folder(""))


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Stand for files of the system, which nothing may change."""
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "passwd").write_text("root:x:0:0")
    paint(folder / "wallpaper.jpg", 200)
    return folder


@pytest.mark.parametrize("link", LINKS)
def test_links_in_the_source_are_never_written_through(
    tmp_path: Path, system: Path, link: Linking
) -> None:
    """A source whose photos are links to system files: album and undo leave those as they were."""
    photos = make_sources(tmp_path / "photos", "ab")
    for name, target in (("wall.jpg", "wallpaper.jpg"), ("passwd.jpg", "passwd")):
        photos.append(tmp_path / "photos" / name)
        photos[-1].symlink_to(system / target)
    before = snapshot(system), snapshot(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)], link, sources=[tmp_path / "photos"])
    for name in ("wall.jpg", "passwd.jpg"):
        assert (out / "cluster-1" / name).read_bytes() == (tmp_path / "photos" / name).read_bytes()
    write(out, [("sea", photos)], link, sources=[tmp_path / "photos"])
    undo(out)
    undo(out)
    assert not out.exists()
    assert (snapshot(system), snapshot(tmp_path / "photos")) == before


ACTS = {
    "write": lambda out, photos: write(out, [("sea", photos)]),
    "undo": lambda out, _: undo(out),
    "open": lambda out, _: open_album(out),
}


@pytest.mark.parametrize("act", ACTS)
def test_links_in_an_album_are_never_written_through(
    tmp_path: Path, system: Path, act: str
) -> None:
    """Links to system files in the place of any entry or file of an album: left or replaced.

    Whatever the next organize, list or undo says of them, what they lead to is as it was.
    """
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    folders = ("cluster-1", ".photosort", ".photosort/next")
    names = ("album", "lock", "journal", "journal.new", "previous", "replaced", "probe")
    files = ("cluster-1/a.jpg", "album.json", *(f".photosort/{name}" for name in names))
    before = snapshot(system), snapshot(tmp_path / "photos")
    for place in (*folders, *files):
        shutil.rmtree(out, ignore_errors=True)
        write(out, [(None, photos[:4])])
        write(out, [(None, photos)])
        planted = out / place
        if planted.is_dir():
            shutil.rmtree(planted)
        planted.unlink(missing_ok=True)
        planted.symlink_to(system if place in folders else system / "passwd")
        with contextlib.suppress(PhotosortError):
            ACTS[act](out, photos)
        assert (snapshot(system), snapshot(tmp_path / "photos")) == before, place


def test_what_photosort_remembers_is_private(few: Path, user: User) -> None:  # noqa: F811
    """Catalog, its log and the state file are 0600 in folders that are 0700."""
    mask = os.umask(0)
    try:
        assert user.run("organize", few, "-k", "2").returncode == 0
    finally:
        os.umask(mask)
    found = [user.home / "cache" / "photosort", user.home / "state" / "photosort"]
    found += [path for folder in found for path in folder.rglob("*")]
    assert {"catalog.sqlite3", "last-album.json"} <= {path.name for path in found}
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_forged_manifest_removes_nothing_but_what_it_wrote(tmp_path: Path, system: Path) -> None:
    """An album.json that claims the user's files, or files elsewhere: undo leaves them all."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    mine = out / "cluster-1" / "mine.txt"
    mine.write_text("mine")
    album = json.loads((out / "album.json").read_text())
    claimed = dict(album["folders"][0]["photos"][0], name="mine.txt")
    album["folders"][0]["photos"].append(claimed)
    (out / "album.json").write_text(json.dumps(album))
    assert "cluster-1/mine.txt" in {str(kept.place) for kept in undo(out).kept}
    assert mine.read_text() == "mine"
    write(tmp_path / "out2", [(None, photos)])
    whole = json.loads((tmp_path / "out2" / "album.json").read_text())
    for key, lie in (
        ("name", "../../system/passwd"), ("name", str(system / "passwd")), ("place", "../system"),
        ("place", "cluster-1/../../system"), ("place", str(system)),
    ):  # fmt: skip
        forged = copy.deepcopy(whole)
        spot = forged["folders"][0] if key == "place" else forged["folders"][0]["photos"][0]
        spot[key] = lie
        (tmp_path / "out2" / "album.json").write_text(json.dumps(forged))
        with pytest.raises(PhotosortError, match="damaged"):
            undo(tmp_path / "out2")
        with pytest.raises(PhotosortError, match="damaged"):
            read_manifest(tmp_path / "out2")
    assert (system / "passwd").read_text() == "root:x:0:0"
