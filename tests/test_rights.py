"""Who may see what photosort makes: nobody whom the originals keep out."""

import os
import struct
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from photosort.album.plan import Linking, cluster
from photosort.album.rename import rename_heading
from photosort.album.rights import ACL, mode_for
from photosort.album.undo import undo
from tests.albums import make_sources, write
from tests.conftest import snapshot

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
every_link = pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o7777


def modes_within(out: Path) -> dict[str, int]:
    """Give the modes of an album's folders and files, links left out."""
    return {
        str(path.relative_to(out)): mode(path)
        for path in [out, *out.rglob("*")]
        if not path.is_symlink()
    }


def wider(found: dict[str, int], most: int) -> dict[str, str]:
    return {place: oct(seen) for place, seen in found.items() if seen & ~most & 0o7777}


@every_link
def test_private_photos_stay_private(tmp_path: Path, link: Linking) -> None:
    """From a folder 0700 with photos 0600, nothing in the album is for anybody else."""
    photos = make_sources(tmp_path / "photos")
    for photo in photos:
        photo.chmod(0o600)
    (tmp_path / "photos").chmod(0o700)
    out = tmp_path / "new" / "out"
    write(out, [("sea", photos)], link)
    assert wider(modes_within(out), 0o700) == {}
    assert mode(tmp_path / "new") == 0o700
    write(out, [("wood", photos[1:])], link)
    rename_heading(out, cluster(1, "wood", "Goa"))
    assert wider(modes_within(out), 0o700) == {}
    undo(out)
    assert wider(modes_within(out), 0o700) == {}


@every_link
def test_open_photos_stay_open(tmp_path: Path, link: Linking) -> None:
    """From a folder 0755 with photos 0644, the album is as open; a read-only copy is one."""
    photos = make_sources(tmp_path / "photos")
    for photo in photos:
        photo.chmod(0o444)
    out = tmp_path / "out"
    write(out, [("sea", photos)], link)
    assert mode(out) == mode(out / "cluster-1-sea") == 0o755
    assert mode(out / "album.json") == 0o644
    assert mode((out / "cluster-1-sea" / "a.jpg").resolve()) == 0o444
    assert undo(out).kept == ()


def test_a_copy_has_the_mode_of_its_original(tmp_path: Path) -> None:
    """Each copy as its photo, less what the umask takes; photos once copied too widely as well."""
    photos = make_sources(tmp_path / "photos", "abcd")
    modes = (0o640, 0o604, 0o400, 0o666)
    out = tmp_path / "out"
    write(out, [(None, photos)], "copy")
    assert {mode(path) for path in (out / "cluster-1").iterdir()} == {0o644}
    for photo, wanted in zip(photos, modes, strict=True):
        photo.chmod(wanted)
    before = snapshot(tmp_path / "photos")
    write(out, [("sea", photos)], "copy")
    copies = sorted((out / "cluster-1-sea").iterdir())
    assert [mode(path) for path in copies] == [0o640, 0o604, 0o400, 0o644]
    assert snapshot(tmp_path / "photos") == before


def test_one_private_folder_below_the_source_closes_the_album(tmp_path: Path) -> None:
    """A photo that is readable itself, in a folder that is not, does not come into the open."""
    photos = make_sources(tmp_path / "photos")
    hidden = make_sources(tmp_path / "photos" / "2018" / "private", "xy")
    (tmp_path / "photos" / "2018").chmod(0o750)
    (tmp_path / "photos" / "2018" / "private").chmod(0o711)
    out = tmp_path / "out"
    write(out, [(None, photos + hidden)], "copy", sources=[tmp_path / "photos"])
    assert mode(out / "cluster-1") == 0o710
    assert wider(modes_within(out / "cluster-1"), 0o755 & ~0o007 | 0o004) == {}
    assert mode(out / "album.json") & 0o077 == 0


def test_a_folder_of_the_users_keeps_its_mode(tmp_path: Path) -> None:
    """An empty folder that was there before, and what the user has in it, is not changed."""
    photos = make_sources(tmp_path / "photos")
    (tmp_path / "photos").chmod(0o700)
    out = tmp_path / "out"
    out.mkdir(mode=0o755)
    write(out, [(None, photos)])
    assert mode(out) == 0o755
    assert wider(modes_within(out / "cluster-1"), 0o700) == {}
    assert mode(out / "album.json") == 0o600


def test_the_rights_of_another_group_are_not_taken_over(tmp_path: Path) -> None:
    """Where the new file gets another group, that gets no more than everybody has."""
    if os.geteuid() != 0:
        pytest.skip("only root may give files away")
    photos = make_sources(tmp_path / "photos", "ab")
    for path, wanted in ((tmp_path / "photos", 0o770), (photos[0], 0o660), (photos[1], 0o664)):
        os.chown(path, 1234, 1234)
        path.chmod(wanted)
    write(tmp_path / "out", [(None, photos)], "copy")
    assert mode(tmp_path / "out" / "cluster-1") == 0o700
    copies = sorted((tmp_path / "out" / "cluster-1").iterdir())
    assert [mode(path) for path in copies] == [0o600, 0o644]
    (tmp_path / "team").mkdir()
    os.chown(tmp_path / "team", 0, 1234)
    (tmp_path / "team").chmod(0o2770)
    write(tmp_path / "team" / "out", [(None, photos)], "copy")
    assert mode(tmp_path / "team" / "out" / "cluster-1") & 0o777 == 0o750  # by the umask
    assert mode(tmp_path / "team" / "out" / "cluster-1" / "a.jpg") == 0o640


def test_an_access_list_is_no_mode(tmp_path: Path) -> None:
    """Where a list lets single users in, the group's bits are not the group's."""
    photos = make_sources(tmp_path / "photos", "a")
    photos[0].chmod(0o600)
    nobody = 2**32 - 1
    entries = [(1, 6, nobody), (2, 4, 65534), (4, 0, nobody), (16, 4, nobody), (32, 0, nobody)]
    try:  # user::rw- user:65534:r-- group::--- mask::r-- other::---
        os.setxattr(photos[0], ACL, struct.pack("<I" + "HHI" * 5, 2, *chain(*entries)))
    except (AttributeError, OSError):
        pytest.skip("no access lists here")
    assert mode(photos[0]) == 0o640
    write(tmp_path / "out", [(None, photos)], "copy")
    assert mode(tmp_path / "out" / "cluster-1" / "a.jpg") == 0o600


def test_what_cannot_be_asked_keeps_all_out(tmp_path: Path) -> None:
    """A folder that is not there any more might have been private."""
    assert mode_for([tmp_path / "gone"], tmp_path / "new") == 0o700
    assert mode_for([], tmp_path / "new") == 0o777
