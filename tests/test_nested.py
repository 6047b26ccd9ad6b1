"""Albums of folders in folders: written, replaced, shown, renamed, taken back like any other."""

import shutil
from pathlib import Path

import pytest

from photosort.album import last
from photosort.album.album_json import encode, read_manifest
from photosort.album.plan import Heading, Linking, cluster
from photosort.album.undo import plan_undo, undo
from photosort.album.write import open_album
from photosort.cli.albums import complete_folder
from tests.albums import Groups, make_sources, tree, write
from tests.conftest import snapshot
from tests.test_cli import User, paint, user  # noqa: F401 (a fixture)
from tests.test_manifest import VERSION_1

every_link = pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])

YEAR = Heading("time-2018", "2018")
GOA, HOME = Heading("event-1", "2018-05-03 Goa"), Heading("event-2", "2018-05 at home")
DOG, SEA, MISC = cluster(1, "dog"), cluster(2, "sea"), cluster(0)


def groups(photos: list[Path]) -> Groups:
    """Group six photos by year and event, and inside these by content, three deep."""
    return [
        ((YEAR, GOA, DOG), photos[:2]),
        ((YEAR, GOA, SEA), photos[2:3]),
        ((YEAR, HOME, DOG), photos[3:4]),
        ((YEAR, HOME), photos[4:5]),
        ((MISC,), photos[5:]),
    ]


@every_link
def test_nested_album_shows_the_photos(tmp_path: Path, link: Linking) -> None:
    """Every photo lies in its folder, and undo leaves nothing of it; the sources stay."""
    photos = make_sources(tmp_path / "photos")
    before = snapshot(tmp_path)
    out = tmp_path / "out"
    album = write(out, groups(photos), link).album
    assert sorted(tree(out)) == [
        "2018/2018-05 at home/cluster-1-dog/d.jpg", "2018/2018-05 at home/e.jpg",
        "2018/2018-05-03 Goa/cluster-1-dog/a.jpg", "2018/2018-05-03 Goa/cluster-1-dog/b.jpg",
        "2018/2018-05-03 Goa/cluster-2-sea/c.jpg", "album.json", "misc/f.jpg",
    ]  # fmt: skip
    for photo in album.photos:
        assert (out / photo.place).read_bytes() == photo.path.read_bytes()
        assert (out / photo.place).is_symlink() == (link == "symlink")
    assert read_manifest(out) == album
    plan = plan_undo(out)
    assert undo(out) == plan
    assert (len(plan.removed), plan.kept) == (6, ())
    assert snapshot(tmp_path) == before


def test_links_move_with_the_tree_from_any_depth(tmp_path: Path) -> None:
    """Relative links count the folders they lie in."""
    photos = make_sources(tmp_path / "all" / "photos")
    write(tmp_path / "all" / "out", groups(photos))
    (tmp_path / "all").rename(tmp_path / "moved")
    deep = tmp_path / "moved" / "out" / "2018" / "2018-05-03 Goa" / "cluster-1-dog" / "a.jpg"
    assert str(deep.readlink()) == "../../../../photos/a.jpg"
    assert deep.read_bytes() == b"a" * 100


@every_link
def test_what_the_user_has_in_nested_folders_stays(tmp_path: Path, link: Linking) -> None:
    """Files at every depth stay through a second run and an undo, and so do their folders.

    The folders that only photosort's entries were in are gone.
    """
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, groups(photos), link)
    mine = ["2018/mine.txt", "2018/2018-05-03 Goa/cluster-1-dog/mine.txt", "2018/own/deep/x.txt"]
    for place in mine:
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).write_text("mine")
    painted = out / "2018" / "2018-05 at home" / "e.jpg"
    painted.unlink()
    painted.write_text("painted over")
    written = write(out, [(None, photos[:3]), ((YEAR, SEA), photos[3:])], link)
    assert [str(kept.place) for kept in written.kept] == ["2018/2018-05 at home/e.jpg"]
    assert sorted(tree(out)) == sorted([
        *mine, "2018/2018-05 at home/e.jpg", "album.json", "cluster-1/a.jpg", "cluster-1/b.jpg",
        "cluster-1/c.jpg", *(f"2018/cluster-2-sea/{name}.jpg" for name in "def"),
    ])  # fmt: skip
    assert not (out / "2018" / "2018-05-03 Goa" / "cluster-2-sea").exists()
    assert not (out / "misc").exists()
    undone = undo(out, everything=True)
    assert [str(kept.place) for kept in undone.kept] == [
        "2018/2018-05 at home", "2018/2018-05-03 Goa", "2018/mine.txt", "2018/own"
    ]  # fmt: skip
    assert sorted(tree(out)) == sorted([*mine, "2018/2018-05 at home/e.jpg"])
    assert not (out / "2018" / "cluster-2-sea").exists()


def test_names_of_the_users_are_avoided_at_every_depth(tmp_path: Path) -> None:
    """A file where a folder shall be, and one where a link shall be, keep their names."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, [(None, photos)])
    (out / "2018" / "2018-05-03 GOA").mkdir(parents=True)
    (out / "2018" / "2018-05-03 GOA" / "cluster-1-dog").write_text("a file")
    (out / "2018" / "2018-05 at home").write_text("another")
    (out / "misc" / "f.jpg").mkdir(parents=True)
    album = write(out, groups(photos)).album
    assert [folder.name for folder in album.folders] == [
        "2018/2018-05 at home (2)", "2018/2018-05 at home (2)/cluster-1-dog",
        "2018/2018-05-03 Goa/cluster-1-dog (2)", "2018/2018-05-03 Goa/cluster-2-sea", "misc",
    ]  # fmt: skip
    assert str(album.folders[-1].photos[0].place) == "misc/f (2).jpg"
    assert all((out / photo.place).read_bytes() for photo in album.photos)
    assert {str(kept.place) for kept in undo(out, everything=True).kept} == {
        "2018/2018-05 at home", "2018/2018-05-03 GOA/cluster-1-dog", "misc/f.jpg"
    }  # fmt: skip


@every_link
def test_a_folder_replaced_by_a_link_is_not_entered(tmp_path: Path, link: Linking) -> None:
    """Where the user put a link for a folder high up, nothing happens through it."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, groups(photos), link)
    (out / "2018").rename(tmp_path / "elsewhere")
    (out / "2018").symlink_to(tmp_path / "elsewhere")
    before = snapshot(tmp_path / "elsewhere")
    written = write(out, groups(photos), link)
    assert {kept.reason for kept in written.kept} == {"its folder was replaced"}
    assert (out / "2018 (2)" / "2018-05-03 Goa" / "cluster-1-dog" / "a.jpg").exists()
    undo(out)
    undo(out)
    assert snapshot(tmp_path / "elsewhere") == before
    assert [path.name for path in out.iterdir()] == ["2018"]


@every_link
def test_undo_brings_the_nested_album_back(tmp_path: Path, link: Linking) -> None:
    """A nested album that a flat one replaced is there again, byte for byte."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, groups(photos), link)
    first = tree(out)
    write(out, [("sea", photos)], link)
    assert undo(out).missing == ()
    assert tree(out) == first


def test_an_album_of_version_1_is_replaced_and_taken_back(tmp_path: Path) -> None:
    """An album that the first photosort wrote is known as its own: listed, replaced, undone."""
    photos = make_sources(tmp_path / "photos", "ab")
    out = tmp_path / "out"
    write(out, [((cluster(1, None, "Goa 2018"),), photos[:1]), ((MISC,), photos[1:])])
    today = read_manifest(out)
    text = (
        VERSION_1.decode()
        .replace("/albums/out", str(out))
        .replace("/photos", str(tmp_path / "photos"))
    )
    text = text.replace('"copy"', '"symlink"').replace("\\udcff.jpg", "b.jpg").replace("b (2)", "b")
    (out / "album.json").write_text(text)
    album = open_album(out)
    assert [folder.leaf for folder in album.folders if folder.photos] == list(today.headings)
    first = {place: seen for place, seen in tree(out).items() if place != "album.json"}
    assert write(out, groups(photos)).kept == ()
    undone = undo(out)
    assert (undone.kept, undone.missing) == ((), ())
    again = tree(out)
    assert again.pop("album.json")
    assert again == first
    assert undo(out, everything=True).kept == ()
    assert not out.exists()


@pytest.fixture
def shown(tmp_path: Path, user: User) -> Path:  # noqa: F811
    """Write a nested album as the user's last."""
    photos = make_sources(user.home / "photos")
    out = user.home / "out"
    album = write(out, groups(photos)).album
    assert encode(album)
    assert user.run("list", "--album", out).returncode == 0
    return out


def test_commands_know_nested_folders(shown: Path, user: User) -> None:  # noqa: F811
    """list, preview, rename and undo take and print places, and ask back what is not clear."""
    listed = user.run("list", "--album", shown).stdout.splitlines()
    assert [line.split("  ")[0] for line in listed[:6]] == [
        "folder", "2018/2018-05 at home", "2018/2018-05 at home/cluster-1-dog",
        "2018/2018-05-03 Goa/cluster-1-dog", "2018/2018-05-03 Goa/cluster-2-sea", "misc",
    ]  # fmt: skip
    data = user.json("list", "--album", shown)
    assert [heading["key"] for heading in data["folders"][2]["headings"]] == [
        "time-2018", "event-1", "cluster-1"
    ]  # fmt: skip
    of_event = user.run("preview", "2018/2018-05-03 goa/", "--album", shown).stdout.splitlines()
    assert of_event[0] == "2018/2018-05-03 Goa · 50% · 3 photos"
    assert [line.strip() for line in of_event[1:]] == [
        "cluster-1-dog/a.jpg", "cluster-1-dog/b.jpg", "cluster-2-sea/c.jpg"
    ]  # fmt: skip
    assert "c.jpg" in user.run("preview", "2", "--album", shown).stdout
    assert user.refused("preview", "1", "--album", shown) == (
        "1: could be 2018/2018-05 at home/cluster-1-dog, 2018/2018-05-03 Goa/cluster-1-dog;"
        " name it in full"
    )
    assert "did you mean 2018/2018-05-03 Goa or" in user.refused(
        "preview", "2018/2018-05-03 Go", "--album", shown
    )
    said = user.run("rename", "cluster-1", "Rex", "--album", shown).stdout
    assert said == "cluster-1 is 2018/2018-05 at home/cluster-1-rex now, and 1 more\n"
    said = user.run("rename", "2018-05-03 Goa", "Honeymoon", "--album", shown).stdout
    assert said == "2018-05-03 Goa is 2018/Honeymoon now\n"
    assert (shown / "2018" / "Honeymoon" / "cluster-1-rex" / "a.jpg").exists()
    said = user.run("rename", "honeymoon", "--auto", "--album", shown).stdout
    assert said == "honeymoon is 2018/2018-05-03 Goa now\n"
    assert user.run("undo", "--album", shown).returncode == 0
    assert not shown.exists()


def test_new_photos_are_not_filed_where_there_is_more_than_clusters(
    shown: Path,
    user: User,  # noqa: F811
) -> None:
    """Both add and --update leave a nested album as it is, not a flat one in its place."""
    paint(user.home / "photos" / "new.jpg", 30)
    before = tree(shown)
    for args in (["add", user.home / "photos" / "new.jpg", "--album", shown],
                 ["organize", user.home / "photos", "--update", "--out", shown]):  # fmt: skip
        assert "has more than clusters; run photosort organize" in user.refused(*args)
    assert tree(shown) == before


def test_completion_offers_every_folder(tmp_path: Path) -> None:
    """The shell is offered the folders of the last album, those that hold only folders too."""
    write(tmp_path / "out", groups(make_sources(tmp_path / "photos")))
    assert last.remember(tmp_path / "out")
    assert complete_folder("2018/2018-05-03") == [
        "2018/2018-05-03 Goa", "2018/2018-05-03 Goa/cluster-1-dog",
        "2018/2018-05-03 Goa/cluster-2-sea",
    ]  # fmt: skip
    assert complete_folder("m") == ["misc"]


def test_a_moved_part_of_the_album_stays_the_users(tmp_path: Path) -> None:
    """A folder that the user moved within the album is theirs; undo leaves it and says so."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(out, groups(photos), "copy")
    shutil.move(out / "2018" / "2018-05-03 Goa", out / "keep")
    undone = undo(out)
    assert [(str(kept.place), kept.reason) for kept in undone.kept] == [("keep", "not photosort's")]
    assert len(list((out / "keep" / "cluster-1-dog").iterdir())) == 2
    assert [path.name for path in out.iterdir()] == ["keep"]
