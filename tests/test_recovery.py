"""An album's writing cut short at every step: by SIGKILL, and by every error a disk can answer."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Never

import pytest

from photosort.album.plan import Linking
from photosort.album.undo import undo
from photosort.album.writer import recover
from photosort.errors import PhotosortError
from tests.albums import failing_at, tree
from tests.conftest import REPO, snapshot
from tests.killer import prepare, rewrite

LINKS: tuple[Linking, ...] = ("symlink", "hardlink", "copy")


@pytest.fixture
def quick() -> Iterator[Path]:
    """Lend a folder where fsync costs nothing, if there is one: these tests sync a lot."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are POSIX")
@pytest.mark.parametrize("act", ["first", "write", "undo", "restore"])
@pytest.mark.parametrize("link", LINKS)
def test_killed_anywhere_leaves_the_old_album_or_the_new(
    quick: Path, link: Linking, act: str
) -> None:
    """A killed write or undo leaves exactly the old album or the new one, and no source changes.

    It is killed before every change to the disk, and every recovery is killed at every step; the
    user's files in the album stay, and the next run gives the new album.
    """
    nested = ["nested"] if link == "symlink" else []  # the steps of a recovery know no kinds
    result = subprocess.run(
        [sys.executable, "-m", "tests.killer", quick / "k", link, act, *nested],
        capture_output=True, text=True, check=False, cwd=REPO,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)
    assert counts["wrong"] == []
    assert counts["old"] > 0
    assert counts["new"] > 0
    assert counts["kills"] == counts["old"] + counts["new"] > 20


FAULTS: tuple[tuple[Linking, int], ...] = (
    ("symlink", errno.EPERM),
    ("symlink", errno.ENOSPC),
    ("hardlink", errno.EXDEV),
    ("hardlink", errno.EMLINK),
    ("copy", errno.EACCES),
    ("copy", errno.EIO),
    ("copy", errno.ENOSPC),
    ("copy", errno.EROFS),
)


def attempt(step: int, code: int, act: Callable[[], object]) -> tuple[list[str], str]:
    """Act with an error at a step; return the changes tried and the one line the user got."""
    made: list[str] = []
    try:
        with failing_at(step, raising(code)) as made:
            act()
    except PhotosortError as error:
        return made, str(error)
    return made, ""


def raising(code: int) -> Callable[[], Never]:
    def fail() -> Never:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize(("link", "code"), FAULTS)
def test_error_anywhere_in_a_rewrite_leaves_the_old_album_or_the_new(
    quick: Path, link: Linking, code: int
) -> None:
    """Whatever operation fails, one whole album is there, or is brought there by the next command.

    The user gets one line; nothing half-built stays and no source changes.
    """
    out, photos = prepare(quick / "a", link)
    old, before = tree(out), snapshot(quick / "a" / "photos")
    rewrite(out, photos, link)
    new = tree(out)
    for step in range(1000):
        prepare(quick / "a", link)
        made, said = attempt(step, code, lambda: rewrite(out, photos, link))
        assert "\n" not in said
        recover(out)
        left = tree(out)
        left_out = json.loads(left["album.json"])["skipped"]
        # A photo that could not be read is told in the new album; else it is one or the other.
        assert left in (old, new) or left_out, f"step {step}: {made[-1]}"
        if left == old:
            assert not (out / ".photosort" / "next").exists()
        assert left["cluster-1-sea/mine.txt"] == old["cluster-1-sea/mine.txt"]
        assert left["cluster-2/e.jpg"] == old["cluster-2/e.jpg"]
        assert snapshot(quick / "a" / "photos") == before
        if len(made) <= step:
            return
    pytest.fail("the write never ended")


@pytest.mark.parametrize(("link", "code"), FAULTS)
def test_error_anywhere_in_a_first_write_leaves_nothing(
    quick: Path, link: Linking, code: int
) -> None:
    """An error before the decision leaves not even the folder; one after it leaves a finished job.

    (Finished by the next command.)
    """
    out, photos = prepare(quick / "a", link, "first")
    before = snapshot(quick / "a")
    rewrite(out, photos, link)
    new = tree(out)
    for step in range(1000):
        prepare(quick / "a", link, "first")
        made, said = attempt(step, code, lambda: rewrite(out, photos, link))
        if said:
            recover(out)
            if not os.path.lexists(out / "album.json"):
                left = {key for key in snapshot(quick / "a") if key not in before}
                assert left == set() or made[-1] in {"unlink", "rmdir"}, f"step {step}: {made}"
        assert tree(out) in ({}, new) or json.loads(tree(out)["album.json"])["skipped"]
        if len(made) <= step:
            return
    pytest.fail("the write never ended")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO])
def test_error_anywhere_in_an_undo_can_be_undone_again(quick: Path, code: int) -> None:
    """An undo that failed at any step says so in one line; a second one completes it."""
    out, _ = prepare(quick / "a", "copy")
    undo(out)
    done = snapshot(quick / "a")
    for step in range(1000):
        prepare(quick / "a", "copy")
        made, said = attempt(step, code, lambda: undo(out))
        assert "\n" not in said
        if (out / ".photosort").exists():
            undo(out)
        assert {k: v[0::2] for k, v in snapshot(quick / "a").items()} == {
            k: v[0::2] for k, v in done.items()
        }
        if len(made) <= step:
            return
    pytest.fail("the undo never ended")
