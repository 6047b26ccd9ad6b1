"""add and --update on small albums: what counts as a new photo, and what is never filed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO, snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)


@pytest.fixture
def album(few: Path, user: User) -> Path:  # noqa: F811
    """Six photos in an album of one cluster, which trains nothing."""
    out = few.with_name("album")
    assert user.run("organize", few, "-k", "1", "--out", out).returncode == 0
    return out


def entries(out: Path) -> set[str]:
    return {path.name for path in out.glob("cluster-*/*")}


def test_a_file_reached_twice_is_filed_once(album: Path, user: User) -> None:  # noqa: F811
    """A folder and a file in it, two names of a file, a link to it, one path twice: one photo.

    Further paths to it are named as such; one path named twice is one path.
    """
    more = album.parent / "more"
    photo = paint(more / "x.jpg", 250)
    (more / "y.jpg").symlink_to("x.jpg")
    (more / "z.jpg").hardlink_to(photo)
    (album.parent / "alias").symlink_to("more")
    before = snapshot(more)
    named = (more, photo, more / "y.jpg", more / "z.jpg", album.parent / "alias" / "x.jpg", photo)
    done = user.json("add", *named, "--album", album)
    assert done["filed"] == [str(photo)]
    assert sorted(map(Path, done["repeated"])) == [
        album.parent / "alias" / "x.jpg", more / "y.jpg", more / "z.jpg",
    ]  # fmt: skip
    assert {name for name in entries(album) if name[0] in "xyz"} == {"x.jpg"}
    assert snapshot(more) == before


@pytest.mark.parametrize("command", ["add", "update"])
def test_a_file_of_the_album_is_not_filed_under_another_path(
    few: Path,  # noqa: F811
    album: Path,
    user: User,  # noqa: F811
    command: str,
) -> None:
    """Hard links and links to a photo that an earlier run filed, and what such a link led to.

    They sort before and after it; a copy is a photo of its own.
    """
    outside = paint(few.with_name("outside") / "real.jpg", 250)
    (few / "led.jpg").symlink_to(outside)
    done = user.json("organize", few, "--update", "--out", album)
    assert done["filed"] == [str(few / "led.jpg")]
    photo = next(path for path in sorted(few.rglob("*.jpg")) if not path.is_symlink())
    again = [few / f"{letter} again.jpg" for letter in "0z"]
    for path in again:
        path.hardlink_to(photo)
    (few / "link.jpg").symlink_to(photo)
    shutil.copyfile(photo, few / "copy.jpg")
    before, held = (snapshot(few), snapshot(outside.parent)), entries(album)
    run = {
        "add": ("add", few, outside, "--album", album),
        "update": ("organize", few, outside.parent, "--update", "--out", album),
    }
    for filed in ([str(few / "copy.jpg")], []):
        done = user.json(*run[command])
        assert done["filed"] == filed
        assert sorted(map(Path, done["repeated"])) == sorted([*again, few / "link.jpg", outside])
        assert entries(album) == held | {"copy.jpg"}
    assert (snapshot(few), snapshot(outside.parent)) == before


def test_nothing_of_another_album_is_filed(
    few: Path,  # noqa: F811
    album: Path,
    user: User,  # noqa: F811
) -> None:
    """An entry, a cluster, a link or a chain of links to one, a followed folder: refused or left.

    Whatever kind of album it is, nothing in ours dangles once the other one is undone.
    """
    more = paint(few.parent / "more" / "new.jpg", 250).parent
    for link in ("symlink", "hardlink", "copy"):
        other = few.with_name(f"other {link}")
        assert user.run("organize", more, "-k", "1", "--link", link, "--out", other).returncode == 0
        (cluster,) = other.glob("cluster-1*")
        sly = few.with_name(f"sly {link}")
        sly.mkdir()
        (sly / "one.jpg").symlink_to(cluster / "new.jpg")
        (sly / "chain.jpg").symlink_to("one.jpg")
        (sly / "folder").symlink_to(cluster)
        for path in (cluster / "new.jpg", sly / "chain.jpg", other / ".." / other.name / "x.jpg"):
            if path.name == "x.jpg":
                shutil.copyfile(more / "new.jpg", other / "x.jpg")
            line = user.refused("add", path, "--album", album)
            assert f"leads into {other}, an album photosort made; name the original" in line
        for folder in (other, cluster, sly / "folder"):
            for run in (("add", folder, "--album", album), ("organize", folder)):
                assert "name the folder of the originals" in user.refused(*run)
        paint(sly / "own.jpg", 200)
        done = user.json("organize", sly, "--follow", "--dry-run", "-k", "1")
        assert [Path(p["path"]).name for p in done["folders"][0]["photos"]] == ["own.jpg"]
        reasons = {Path(entry["path"]).name: entry["reason"] for entry in done["skipped"]}
        assert reasons == dict.fromkeys(
            ("one.jpg", "chain.jpg", "folder"),
            "link into an album photosort made; its original counts",
        )
        assert user.run("undo", "--all", "--album", other).returncode == 0
    assert len(entries(album)) == 6
    assert all(path.exists() for path in album.glob("cluster-*/*"))


def states(out: Path) -> dict[Path, tuple[int, int]]:
    """Show of every entry which file it is and when it was last changed."""
    found = {path: path.lstat() for path in out.glob("cluster-*/*")}
    return {path: (status.st_ino, status.st_ctime_ns) for path, status in found.items()}


AUDITED = """
import os, sys
opened = []
sys.addaudithook(
    lambda event, args: opened.append(os.fsdecode(args[0]))
    if event == "open" and isinstance(args[0], (str, bytes)) else None
)
from photosort.cli import app
try:
    app(sys.argv[1:], prog_name="photosort")
except SystemExit as end:
    assert end.code == 0, end.code
print(*opened, sep="\\n")
"""


@pytest.mark.slow
@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
def test_an_album_is_not_made_again_for_a_photo(few: Path, user: User, link: str) -> None:  # noqa: F811
    """`add` opens no photo of the album and touches no entry; undo takes back the new one alone."""
    out = few.with_name("album")
    assert user.run("organize", few, "-k", "1", "--link", link, "--out", out).returncode == 0
    shown = user.json("list", "--album", out)["folders"]
    before, sources = states(out), snapshot(few)
    photo = paint(few.with_name("more") / next(iter(before)).name, 250)  # a name that is taken
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, "add", photo, "--album", out, "--quiet"],
        env=user.env, cwd=REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    opened = done.stdout.splitlines()
    assert str(out / "album.json") in opened
    assert not [path for path in map(Path, opened) if path in before]
    assert not [path for path in opened if Path(path).is_relative_to(few) and Path(path).is_file()]
    after = states(out)
    assert {path: after[path] for path in before} == before
    assert len(after) == len(before) + 1
    assert user.run("undo", "--album", out).returncode == 0
    assert user.json("list", "--album", out)["folders"] == shown
    assert states(out) == before
    assert snapshot(few) == sources


def test_what_the_catalog_forgot_is_looked_at_again(
    album: Path,
    user: User,  # noqa: F811
) -> None:
    """A cleared catalog, an entry the user removed and a photo that is gone: `add` still works."""
    assert user.run("cache", "clear").returncode == 0
    first, second, *_ = sorted(album.glob("cluster-*/*"))
    first.unlink()
    second.resolve().unlink()
    photo = paint(album.parent / "more" / "new.jpg", 250)
    assert user.json("add", photo, "--album", album)["filed"] == [str(photo)]
    assert first.exists()
    assert not second.is_symlink()
    assert all(path.exists() for path in album.glob("cluster-*/*"))


def test_files_that_are_no_photos_are_counted_once_each(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
) -> None:
    """Two in the album's source and one beside what is added are three, however often one looks."""
    for name in ("a.mp4", "b.mp4", "c.txt"):
        (few / name).write_bytes(b"no photo, by its first bytes")
    out = few.with_name("album")
    assert user.json("organize", few, "-k", "1", "--out", out)["files"]["unsupported"] == 3
    more = paint(few.with_name("more") / "new.jpg", 250).parent
    (more / "a.mp4").write_bytes(b"no photo either")
    for _ in range(2):
        done = user.json("add", more, "--album", out)
        assert done["unsupported"] == {"video": 3, "other": 1}
    (few / "b.mp4").unlink()
    done = user.json("organize", few, "--update", "--out", out)
    assert done["unsupported"] == {"video": 2, "other": 1}
    data = json.loads((out / "album.json").read_text())
    del data["not_photos"]  # as an older version wrote it
    (out / "album.json").write_text(json.dumps(data))
    done = user.json("organize", few, "--update", "--out", out)
    assert done["unsupported"] == {"video": 2, "other": 1}


@pytest.mark.parametrize("link", ["hardlink", "copy"])
def test_a_photo_saved_anew_is_shown_as_it_is(few: Path, user: User, link: str) -> None:  # noqa: F811
    """A photo of the album that another file replaced: `add` brings its entry up to date too."""
    out = few.with_name("album")
    assert user.run("organize", few, "-k", "1", "--link", link, "--out", out).returncode == 0
    edited = next(path for path in sorted(few.rglob("*.jpg")) if not path.is_symlink())
    edited.unlink()
    paint(edited, 170)
    photo = paint(few.with_name("more") / "new.jpg", 250)
    assert user.json("add", photo, "--album", out)["filed"] == [str(photo)]
    assert edited.read_bytes() in [path.read_bytes() for path in out.glob("cluster-*/*")]
