"""last: the album that `list` and `preview` show when none is named."""

import stat
from pathlib import Path

import pytest

from photosort.album import last
from photosort.errors import PhotosortError


def state_file(home: Path) -> Path:
    return home / "state" / "photosort" / "last-album.json"


def test_the_last_album_is_remembered(tmp_path: Path, own_home: Path) -> None:
    """The album noted last is recalled, with a name that is no UTF-8 and newlines, privately."""
    for name in ("one", "tw\no", "\udcff"):
        album = tmp_path / name
        album.mkdir()
        assert last.remember(album)
        assert last.recall() == album
    assert stat.S_IMODE(state_file(own_home).stat().st_mode) == 0o600
    assert [path.name for path in state_file(own_home).parent.iterdir()] == ["last-album.json"]


def test_no_album_yet() -> None:
    """Before the first album the user learns what to run."""
    with pytest.raises(PhotosortError, match="no album yet; run photosort organize"):
        last.recall()


def test_album_that_is_gone(tmp_path: Path) -> None:
    """A last album that was removed is named, with what to do."""
    last.remember(tmp_path / "gone")
    with pytest.raises(PhotosortError, match=r"gone: no longer there; run photosort organize"):
        last.recall()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"album": 3}', b'{"album": "a\\u0000b"}', b"\xff", b"[" * 100_000],
)
def test_damaged_state(own_home: Path, data: bytes) -> None:
    """Whatever is in the file, the user gets one line; the next organize mends it."""
    state_file(own_home).parent.mkdir(parents=True)
    state_file(own_home).write_bytes(data)
    with pytest.raises(PhotosortError, match=r"damaged|no longer there"):
        last.recall()
    last.remember(own_home)
    assert last.recall() == own_home


def test_planted_link_is_replaced_not_followed(tmp_path: Path, own_home: Path) -> None:
    """A symbolic link for a state file does not make photosort write where it leads."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    state_file(own_home).parent.mkdir(parents=True)
    state_file(own_home).symlink_to(precious)
    last.remember(tmp_path)
    assert precious.read_text() == "mine"
    assert last.recall() == tmp_path


def test_unwritable_state_is_no_failure(tmp_path: Path, own_home: Path) -> None:
    """Where nothing can be noted, organize goes on."""
    (own_home / "state").write_text("a file where the folder should be")
    assert not last.remember(tmp_path)
