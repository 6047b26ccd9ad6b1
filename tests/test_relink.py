"""relink: an album whose photos or that itself moved leads to them again, whole or not at all."""

import shutil
from pathlib import Path

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.plan import Linking
from photosort.album.relink import relink_album
from photosort.album.undo import undo
from photosort.album.write import recover
from tests.albums import failing_at, make_sources, tree, write
from tests.conftest import snapshot
from tests.test_by import photo as photograph
from tests.test_cli import User, few, user  # noqa: F401 (fixtures)

every_link = pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])


class Killed(BaseException):
    """The process dies here."""


def die() -> None:
    raise Killed


def prepare(base: Path, link: Linking = "symlink") -> tuple[Path, dict[Path, Path]]:
    """Write two albums, one after the other, and move the photos; say from where to where."""
    photos = make_sources(base / "photos")
    out = base / "out"
    write(out, [("sea", photos[:3])], link)
    write(out, [("sea", photos[:3]), ("wood", photos[3:])], link)
    (base / "photos").rename(base / "new")
    return out, {photo: base / "new" / photo.name for photo in photos}


@every_link
def test_links_and_undo_lead_to_the_photos_where_they_are(tmp_path: Path, link: Linking) -> None:
    """Every entry shows its photo again, the album before comes back, and then nothing is left."""
    out, moved = prepare(tmp_path, link)
    before = snapshot(tmp_path / "new")
    album = relink_album(out, moved, [tmp_path / "new"])
    assert read_manifest(out) == album
    assert [photo.path for photo in album.photos] == list(moved.values())
    for photo in album.photos:
        assert (out / photo.place).read_bytes() == photo.path.read_bytes()
    undone = undo(out)
    assert (undone.kept, undone.missing) == ((), ())
    assert len(list(out.rglob("*.jpg"))) == 3
    assert undo(out).kept == ()
    assert not out.exists()
    assert snapshot(tmp_path / "new") == before


def test_what_the_user_put_there_stays(tmp_path: Path) -> None:
    """A link that the user changed is not repaired."""
    out, moved = prepare(tmp_path)
    mine = out / "cluster-1-sea" / "a.jpg"
    mine.unlink()
    mine.symlink_to("elsewhere")
    relink_album(out, moved, [tmp_path / "new"])
    assert str(mine.readlink()) == "elsewhere"


def test_cut_short_anywhere_the_next_command_ends_it(tmp_path: Path) -> None:
    """Died before any change to the disk: the album is the old one or, once recovered, the new."""
    out, moved = prepare(tmp_path / "model")
    old = tree(out).keys()
    relink_album(out, moved, [tmp_path / "model" / "new"])
    ends = set()
    for step in range(100):
        base = tmp_path / str(step)
        out, moved = prepare(base)
        try:
            with failing_at(step, die):
                relink_album(out, moved, [base / "new"])
        except Killed:
            recover(out)
        else:
            break
        assert tree(out).keys() == old
        broken = sum(not path.exists() for path in out.rglob("*.jpg"))
        assert broken == (0 if read_manifest(out).sources == (base / "new",) else 6)
        ends.add(broken)
        relink_album(out, moved, [base / "new"])
        assert all(path.exists() for path in out.rglob("*.jpg"))
        assert undo(out, everything=True).kept == ()
    assert ends == {0, 6}


def test_moved_photos_are_found_by_content(few: Path, user: User) -> None:  # noqa: F811
    """Renamed and moved photos are found, a deleted one is named; a rehearsal changes nothing."""
    assert user.run("organize", few, "-k", "2").returncode == 0
    out = few.with_name("photos-photosort")
    new = few.with_name("new")
    few.rename(new)
    (new / "trip0" / "IMG_0.jpg").rename(new / "other.jpg")
    (new / "trip1" / "IMG_1.jpg").unlink()
    before, sources = tree(out), snapshot(new)
    said = user.json("relink", new, "--dry-run")
    assert tree(out) == before
    assert [Path(path).name for path in said["gone"]] == ["IMG_1.jpg"]
    assert len(said["moved"]) == 5
    assert user.run("relink", new).returncode == 0
    assert sum(path.exists() for path in out.rglob("*.jpg")) == 5
    assert user.run("undo").returncode == 0
    assert snapshot(new) == sources


def test_an_album_that_moved_is_repaired(few: Path, user: User) -> None:  # noqa: F811
    """Moved alone, and moved together with the photos: every link leads to its photo."""
    assert user.run("organize", few, "-k", "2").returncode == 0
    away = few.with_name("far") / "away" / "out"
    away.parent.mkdir(parents=True)
    few.with_name("photos-photosort").rename(away)
    assert user.run("relink", "--album", away).returncode == 0
    assert all(path.exists() for path in away.rglob("*.jpg"))
    few.parent.rename(few.parent.with_name("moved"))
    album = few.parent.with_name("moved") / "far" / "away" / "out"
    found = user.json("relink", "--album", album)
    assert (len(found["moved"]), found["gone"]) == (6, [])
    assert all(path.exists() for path in album.rglob("*.jpg"))


def test_photos_known_by_their_headers_are_found_by_name_and_date(
    tmp_path: Path,
    user: User,  # noqa: F811
) -> None:
    """An album by time has no contents: its photos are found by name and date, and none guessed.

    Of two copies of one content the first is taken; another photo of the name is not.
    """
    folder = tmp_path / "photos"
    for day in range(1, 7):
        photograph(folder / f"IMG_{day}.jpg", f"2018:05:0{day} 10:00:00")
    assert user.run("organize", folder, "--by", "time").returncode == 0
    out = folder.with_name("photos-photosort")
    new = folder.with_name("new")
    folder.rename(new)
    (new / "sub").mkdir()
    (new / "IMG_1.jpg").rename(new / "sub" / "IMG_1.jpg")
    shutil.copy2(new / "IMG_2.jpg", new / "sub" / "IMG_2.jpg")  # a copy: either will do
    photograph(new / "IMG_3.jpg", "2020:01:01 00:00:00")  # another photo of the name
    (new / "IMG_4.jpg").unlink()
    photograph(new / "sub" / "IMG_5.jpg", "2018:05:05 10:00:00").write_bytes(
        (new / "IMG_5.jpg").read_bytes() + b"more"
    )  # two unequal files of its name and date
    before, sources = tree(out), snapshot(new)
    said = user.json("relink", new, "--dry-run")
    assert tree(out) == before
    assert sorted(Path(path).name for path in said["gone"]) == [
        "IMG_3.jpg", "IMG_4.jpg", "IMG_5.jpg"
    ]  # fmt: skip
    assert user.run("relink", new).returncode == 0
    found = {path.name: path.resolve() for path in out.rglob("*.jpg") if path.exists()}
    assert found == {
        "IMG_1.jpg": new / "sub" / "IMG_1.jpg",
        "IMG_2.jpg": new / "IMG_2.jpg",
        "IMG_6.jpg": new / "IMG_6.jpg",
    }
    assert snapshot(new) == sources
    assert user.run("undo").returncode == 0
