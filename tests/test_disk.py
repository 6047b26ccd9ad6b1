"""disk.move: nothing that appears at the new place is overwritten, whatever the file system has."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from photosort.album import disk
from tests.albums import failing_at, make_sources, tree, without, write

# What a file system has: all, no exclusive rename, no hard links either, nor symbolic ones.
LACKS = ((), ("rename_new",), ("rename_new", "link"))
every_system = pytest.mark.parametrize("lacking", LACKS, ids=lambda names: "+".join(names) or "all")


def lay(folder: Path, kind: str, content: str) -> Path:
    """Make something of a kind."""
    folder.parent.mkdir(exist_ok=True)
    if kind == "link":
        folder.symlink_to(content)
    elif kind == "file":
        folder.write_text(content)
    else:
        folder.mkdir()
        (folder / "in").write_text(content)
    return folder


def seen(path: Path) -> str:
    return str(path.readlink()) if path.is_symlink() else (
        path.read_text() if path.is_file() else (path / "in").read_text()
    )  # fmt: skip


@every_system
@pytest.mark.parametrize("kind", ["link", "file", "folder"])
def test_what_is_moved_is_at_its_place_and_nowhere_else(
    tmp_path: Path, kind: str, lacking: tuple[str, ...]
) -> None:
    """A link, a file, a folder come to a free place as they were."""
    old, new = lay(tmp_path / "a" / "old", kind, "ours"), tmp_path / "new"
    with without(*lacking):
        assert disk.move(old, new)
    assert seen(new) == "ours"
    assert not os.path.lexists(old)


@every_system
@pytest.mark.parametrize("kind", ["link", "file", "folder"])
@pytest.mark.parametrize("there", ["link", "file", "folder"])
def test_what_is_there_stays(
    tmp_path: Path, kind: str, there: str, lacking: tuple[str, ...]
) -> None:
    """A taken place is told, and both stay as they were."""
    old, new = lay(tmp_path / "a" / "old", kind, "ours"), lay(tmp_path / "new", there, "theirs")
    with without(*lacking):
        assert not disk.move(old, new)
    assert (seen(old), seen(new)) == ("ours", "theirs")


@every_system
@pytest.mark.parametrize("kind", ["link", "file", "folder"])
def test_what_appears_in_the_last_moment_stays(
    tmp_path: Path, kind: str, lacking: tuple[str, ...]
) -> None:
    """A file that comes between any look and any change is not overwritten."""
    if kind == "file" and len(lacking) == 2:
        pytest.skip("a file without hard links and exclusive renames: see SECURITY.md")
    appeared = []
    for name in ("lexists", "lstat"):
        for step in range(4):
            base = tmp_path / f"{name}{step}"
            old, new = lay(base / "old", kind, "ours"), base / "new"

            def appear(new: Path = new) -> None:
                new.write_text("theirs")
                appeared.append(new)

            with without(*lacking), after(name, step, appear):
                moved = disk.move(old, new)
            assert moved or seen(new) == "theirs"
            if new in appeared and not moved:
                assert seen(old) == "ours"


def after(name: str, step: int, act: Callable[[], None]) -> "mock._patch[object]":
    """Act once after the `step`th call of os.path.lexists or Path.lstat."""
    holder: object = os.path if name == "lexists" else Path
    original = getattr(holder, name)
    calls = []

    def wrapped(*args: object) -> object:
        result = original(*args)
        calls.append(args)
        if len(calls) == step + 1:
            act()
        return result

    return mock.patch.object(holder, name, wrapped)


@pytest.mark.parametrize("lacking", [("rename_new",), ("rename_new", "link")], ids="+".join)
@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_move_cut_short_goes_on(tmp_path: Path, kind: str, lacking: tuple[str, ...]) -> None:
    """Where both are there after a death in between, the next call ends it."""
    if (kind, len(lacking)) == ("file", 2):
        pytest.skip("a file without hard links is renamed at once")
    old, new = lay(tmp_path / "a" / "old", kind, "ours"), tmp_path / "new"

    def die() -> None:
        raise KeyboardInterrupt

    with without(*lacking), failing_at(0, die, ["unlink"]), pytest.raises(KeyboardInterrupt):
        disk.move(old, new)
    assert (seen(old), seen(new)) == ("ours", "ours")
    with without(*lacking):
        assert disk.move(old, new)
    assert seen(new) == "ours"
    assert not os.path.lexists(old)


def test_the_system_itself_refuses_to_overwrite(tmp_path: Path) -> None:
    """On Linux and macOS the exclusive rename is there: no look is needed before it."""
    old, new = lay(tmp_path / "a" / "old", "file", "ours"), lay(tmp_path / "new", "file", "theirs")
    with pytest.raises(FileExistsError):
        disk.rename_new(old, new)
    assert (seen(old), seen(new)) == ("ours", "theirs")
    with pytest.raises(OSError, match=os.strerror(errno.ENOENT)) as missing:
        disk.rename_new(tmp_path / "nothing", tmp_path / "x")
    assert missing.value.errno == errno.ENOENT


@every_system
def test_albums_are_written_on_every_system(tmp_path: Path, lacking: tuple[str, ...]) -> None:
    """An album of any kind is the same wherever it was moved into place by other means."""
    photos = make_sources(tmp_path / "photos")
    with without(*lacking):
        for name in ("one", "two"):
            for link in ("symlink", "copy"):
                out = tmp_path / f"{link}"
                write(out, [("sea", photos[:3]), (name, photos[3:])], link)
    write(tmp_path / "model", [("sea", photos[:3]), ("two", photos[3:])], "symlink")
    without_json = {key: value for key, value in tree(tmp_path / "model").items() if "/" in key}
    assert without_json.items() <= tree(tmp_path / "symlink").items()
    assert tree(tmp_path / "copy").keys() == tree(tmp_path / "symlink").keys()
