"""losses: an album does not lose the photos of a disk that is only away."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from photosort import report
from photosort.album.album_json import read_manifest
from photosort.album.manifest import Root
from photosort.album.missing import Present, find_roots, refuse_losses
from photosort.commands.organize import organize
from photosort.commands.request import Request
from photosort.errors import PhotosortError
from photosort.photos.scan import scan
from tests.albums import make_sources, tree, write
from tests.conftest import snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)

JPEG = b"\xff\xd8\xff\xe0 enough for a scan"


def check(out: Path, *sources: Path, follow: bool = False) -> None:
    """Do what a second organize of `sources` does between the scan and the look."""
    found = scan(sources, follow=follow)
    photos = [photo.path for photo in found.photos]
    refuse_losses(
        read_manifest(out), Present(sources, photos, [entry.path for entry in found.skipped])
    )


def make_photos(folder: Path, names: str) -> list[Path]:
    photos = make_sources(folder, names)
    for photo in photos:
        photo.write_bytes(JPEG + photo.name.encode())
    return photos


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """Lend a disk of its own inside the photos folder; only root may mount one."""
    folder = tmp_path / "photos" / "stick"
    folder.mkdir(parents=True)
    mounted = sys.platform == "linux" and os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False
    ).returncode == 0  # fmt: skip
    if not mounted:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", "-q", "-l", folder], check=False)


def test_changes_a_user_makes_are_no_losses(tmp_path: Path) -> None:
    """Photos deleted, moved to another folder, whole folders removed: a new album may do without.

    So may one of other sources, and one that no longer follows links.
    """
    source = tmp_path / "photos"
    photos = make_photos(source / "one", "abc") + make_photos(source / "two", "de")
    photos += make_photos(source / "three", "f")
    (tmp_path / "elsewhere").mkdir()
    photos += make_photos(tmp_path / "elsewhere", "g")
    (source / "link").symlink_to(tmp_path / "elsewhere")
    album = [*photos[:-1], source / "link" / "g.jpg"]
    write(tmp_path / "out", [(None, album)], sources=[source])
    photos[0].unlink()
    for photo in photos[3:5]:  # leaves an empty folder behind
        photo.rename(source / "one" / f"moved-{photo.name}")
    shutil.rmtree(source / "three")
    check(tmp_path / "out", source)
    check(tmp_path / "out", tmp_path / "elsewhere")
    inbox = make_photos(tmp_path / "inbox", "xy")
    write(tmp_path / "out", [(None, inbox)])
    for photo in inbox:
        photo.unlink()
    make_photos(tmp_path / "inbox", "z")
    check(tmp_path / "out", tmp_path / "inbox")
    assert [photo.path for photo in read_manifest(tmp_path / "out").photos] == inbox


def test_an_emptied_source_is_refused_beside_one_that_is_there(tmp_path: Path) -> None:
    """With two sources, one of them an empty mount point: the album keeps that one's photos."""
    make_photos(tmp_path / "a", "abc")
    make_photos(tmp_path / "b", "de")
    album = sorted(tmp_path.rglob("*.jpg"))
    write(tmp_path / "out", [(None, album)], sources=[tmp_path / "a", tmp_path / "b"])
    for photo in (tmp_path / "b").iterdir():
        photo.unlink()
    with pytest.raises(PhotosortError, match=r"b: none of the 2 photos .*; is its disk still"):
        check(tmp_path / "out", tmp_path / "a", tmp_path / "b")
    check(tmp_path / "out", tmp_path / "a")


@pytest.mark.slow
def test_update_files_nothing_of_another_disk(tmp_path: Path) -> None:
    """One of two sources holds other photos: --update stops, and goes on where that is meant."""
    sources, out = [tmp_path / "a", tmp_path / "b"], tmp_path / "album"
    for source in sources:
        for n in range(4):
            paint(source / f"{source.name}{n}.jpg", 40 * n)

    def organize(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "photosort", "organize", *sources, "--out", out]
        return subprocess.run([*command, *options], capture_output=True, text=True, check=False)

    assert organize("--clusters", "2", "--model", "lite0").returncode == 0
    for photo in sources[0].iterdir():
        photo.unlink()
    for n in range(5):
        paint(sources[0] / f"other{n}.jpg", 30 * n + 15)
    before, photos = tree(out), snapshot(tmp_path / "a") | snapshot(tmp_path / "b")
    for option in ("--update", "--dry-run"):
        done = organize("--update", option)
        assert done.returncode == 1
        assert f"{sources[0]}: 0 of the 4 photos" in done.stderr
        assert "--replaced-source" in done.stderr
    assert tree(out) == before
    done = organize("--update", "--replaced-source")
    assert done.returncode == 0, done.stderr
    names = {photo.path.name for photo in read_manifest(out).photos}
    assert {f"other{n}.jpg" for n in range(5)} <= names
    assert snapshot(tmp_path / "a") | snapshot(tmp_path / "b") == photos


@pytest.mark.slow
@pytest.mark.parametrize("by", ["content", "time"])
def test_another_disk_with_the_same_numbers_is_refused(tmp_path: Path, by: str) -> None:
    """Other photos under a source's name stop the run, unless they are meant; moved ones do not."""
    source, out = tmp_path / "photos", tmp_path / "album"
    album = [paint(source / f"a{n}.jpg", 40 * n) for n in range(4)]

    def organize(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "photosort", "organize", source, "--out", out]
        more = ["--clusters", "2", "--model", "lite0"] if by == "content" else []
        return subprocess.run(
            [*command, "--by", by, *more, *options], capture_output=True, text=True, check=False
        )

    assert organize().returncode == 0
    (source / "moved").mkdir()
    for photo in album:
        photo.rename(source / "moved" / photo.name)
    assert organize().returncode == 0
    before = tree(out)
    shutil.rmtree(source / "moved")
    for n in range(5):
        paint(source / f"b{n}.jpg", 30 * n + 15)
    done = organize()
    assert done.returncode == 1
    assert "0 of the 4 photos" in done.stderr
    assert "--replaced-source" in done.stderr
    assert tree(out).keys() == before.keys()
    assert organize("--replaced-source").returncode == 0
    names = {photo.path.name for photo in read_manifest(out).photos}
    assert names == {f"b{n}.jpg" for n in range(5)}


def test_another_disk_under_the_same_name_is_refused(tmp_path: Path) -> None:
    """None of the album's photos, other ones instead, and another device: not the same disk."""
    photos = make_photos(tmp_path / "photos", "abc")
    write(tmp_path / "out", [(None, photos)])
    for photo in photos:
        photo.unlink()
    make_photos(tmp_path / "photos", "xyz")
    check(tmp_path / "out", tmp_path / "photos")
    old = read_manifest(tmp_path / "out")
    here = Present([tmp_path / "photos"], sorted((tmp_path / "photos").iterdir()))
    (root,) = old.roots
    for device, inode in ((1, 0), (0, 1)):  # a new start of the machine; a folder made again
        other = Root(root.path, root.device + device, root.inode + inode)
        refuse_losses(replace(old, roots=(other,)), here)
    other = Root(root.path, root.device + 1, root.inode + 1)
    with pytest.raises(PhotosortError, match="none of the 3 photos"):
        refuse_losses(replace(old, roots=(other,)), here)


def test_a_disk_below_the_source_that_is_unmounted_is_refused(tmp_path: Path, stick: Path) -> None:
    """The mount point is noted in the album; without its disk, empty or not, nothing is dropped."""
    source = stick.parent
    photos = make_photos(source, "ab") + make_photos(stick / "deep", "cd")
    write(tmp_path / "out", [(None, photos)], sources=[source])
    assert [root.path for root in read_manifest(tmp_path / "out").roots] == [source, stick]
    subprocess.run(["umount", stick], check=True)
    with pytest.raises(PhotosortError, match=r"stick: none of the 2 photos .*connected\?"):
        check(tmp_path / "out", source)
    make_photos(stick, "stray")
    with pytest.raises(PhotosortError, match="stick: none of the 2 photos"):
        check(tmp_path / "out", source)
    shutil.rmtree(stick)  # as systems do that make mount points themselves
    with pytest.raises(PhotosortError, match="stick: none of the 2 photos"):
        check(tmp_path / "out", source)
    stick.mkdir()


def test_a_link_to_a_disk_that_is_away_is_refused(tmp_path: Path) -> None:
    """With --follow: a link that led to photos and now leads nowhere drops nothing."""
    make_photos(tmp_path / "disk", "cd")
    source = tmp_path / "photos"
    make_photos(source, "ab")
    (source / "link").symlink_to(tmp_path / "disk")
    album = [photo.path for photo in scan([source], follow=True).photos]
    write(tmp_path / "out", [(None, album)], sources=[source])
    (tmp_path / "disk").rename(tmp_path / "unplugged")
    with pytest.raises(PhotosortError, match=r"link: cannot be looked into, .* 2 photos"):
        check(tmp_path / "out", source, follow=True)


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path) -> None:
    """A folder that answers an error is not a folder without photos."""
    photos = make_photos(tmp_path / "photos", "ab") + make_photos(tmp_path / "photos" / "sub", "cd")
    write(tmp_path / "out", [(None, photos)], sources=[tmp_path / "photos"])
    present = Present([tmp_path / "photos"], photos[:2], [tmp_path / "photos" / "sub"])
    with pytest.raises(PhotosortError, match=r"sub: cannot be looked into, .* 2 photos from"):
        refuse_losses(read_manifest(tmp_path / "out"), present)


def test_roots_of_nothing(tmp_path: Path) -> None:
    """A source that is gone meanwhile has no numbers to note."""
    assert find_roots([tmp_path / "gone"], [tmp_path / "gone" / "a.jpg"]) == ()


@pytest.mark.parametrize("stage", ["Looking", "Writing links"])
def test_a_disk_that_goes_in_mid_run_is_refused(few: Path, stage: str) -> None:  # noqa: F811
    """Photos vanish between two stages, an empty mount point is left: the album stays as it was."""
    others = few.with_name("others")
    shutil.copytree(few / "trip0", others)
    out = few.with_name("out")
    request = Request((few, others), out=out, clusters=1, fresh=True)

    class Unplugging(report.Quiet):
        def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
            if name == stage:
                others.rename(few.with_name("unplugged"))
                others.mkdir()

    organize(request, report.Quiet())
    album = tree(out)
    with pytest.raises(PhotosortError, match=r"others: .* is its disk still connected\?"):
        organize(request, Unplugging())
    assert tree(out) == album


@pytest.mark.slow
def test_organize_refuses_and_leaves_the_album(few: Path, user: User) -> None:  # noqa: F811
    """The whole command, a source emptied: one line, exit code 1, the album as it was, dry or not.

    The same for a source that is gone. Once the photos are back, so is the command.
    """
    others = few.with_name("others")
    shutil.copytree(few / "trip0", others)
    out = few.with_name("out")
    run = ("organize", few, others, "-k", "2", "--out", out)
    assert user.run(*run).returncode == 0
    album, link_texts = tree(out), snapshot(out)
    others.rename(few.with_name("unplugged"))
    assert "others: no such folder" in user.refused(*run)
    others.mkdir()
    for dry in ((), ("--dry-run",)):
        line = user.refused(*run, *dry)
        assert "others: none of the 3 photos that the album has from here can be found" in line
        assert "is its disk still connected?" in line
    assert tree(out) == album
    assert {k: v[2] for k, v in snapshot(out).items()} == {k: v[2] for k, v in link_texts.items()}
    others.rmdir()
    few.with_name("unplugged").rename(others)
    assert user.run(*run).returncode == 0
