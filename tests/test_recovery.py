"""An album's writing cut short at every step: by SIGKILL, and by every error a disk can answer."""

import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from photosort.album.plan import Linking
from photosort.errors import PhotosortError
from tests.albums import failing_at
from tests.conftest import REPO
from tests.faulty import ACTS, CODES, LINKS, raising
from tests.killer import prepare, rewrite


@pytest.fixture
def quick() -> Iterator[Path]:
    """Lend a folder where fsync costs nothing, if there is one: these tests sync a lot."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are POSIX")
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("link", "shape", "more"),
    [  # the steps of a recovery know no kinds
        ("symlink", "flat", ["recoveries"]),
        ("hardlink", "flat", []),
        ("copy", "flat", []),
        ("symlink", "nested", ["recoveries"]),
        ("copy", "nested", ["plain"]),
    ],
)
def test_killed_anywhere_leaves_the_old_album_or_the_new(
    quick: Path, link: Linking, shape: str, more: list[str], act: str
) -> None:
    """A killed write or undo leaves exactly the old album or the new one, and no source changes.

    It is killed before every change to the disk, and every recovery is killed at every step; the
    user's files in the album stay, and the next run gives the new album.
    """
    result = subprocess.run(
        [sys.executable, "-m", "tests.killer", quick / "k", link, act, shape, *more],
        capture_output=True, text=True, check=False, cwd=REPO,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)
    assert counts["wrong"] == []
    assert counts["old"] > 0
    assert counts["new"] > 0
    assert counts["kills"] == counts["old"] + counts["new"] > 20


@pytest.mark.slow
def test_an_error_anywhere_leaves_one_whole_album(quick: Path) -> None:
    """Whatever operation of a write or an undo fails, the old album or the new one is there.

    Or it is there after the next command; the user gets one line at most, the user's files in the
    album stay, no source changes, a first write that fails leaves nothing, and the same command
    then succeeds. Every act is tried with every kind of album here, flat or nested and with an
    error in turn; the slow test tries all with all.
    """
    shapes = ("flat", "nested", "nested")  # three, so that every act meets both
    turns = zip(itertools.product(LINKS, ACTS), itertools.cycle(shapes), itertools.cycle(CODES))
    assert_whole(quick, [(*pair, shape, code) for pair, shape, code in turns])


@pytest.mark.slow
@pytest.mark.timeout(1800)  # some minutes, ten on a busy machine
def test_every_error_anywhere_leaves_one_whole_album(quick: Path) -> None:
    """All kinds of albums, acts, shapes and errors."""
    assert_whole(quick, [])


def assert_whole(quick: Path, trials: list[tuple[str, ...]]) -> None:
    """Make the trials in a process of their own: the faults are put into its `os`."""
    arguments = [part for trial in trials for part in trial]
    result = subprocess.run(
        [sys.executable, "-m", "tests.faulty", quick / "f", *arguments],
        capture_output=True, text=True, check=False, cwd=REPO,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["wrong"] == []
    assert found["sources_changed"] == 0
    assert found["faults"] > 20 * len(trials)
    assert found["told"] > found["faults"] / 2


@pytest.mark.parametrize(
    ("link", "code", "said"),
    [
        (
            "symlink",
            "WinError 1314",
            "symbolic links are not possible here; use photosort organize",
        ),
        ("symlink", "ENAMETOOLONG", "File name too long; check the disk"),
        ("symlink", "EROFS", "the file system is read-only; write the album elsewhere"),
        (
            "hardlink",
            "WinError 1314",
            "hard links to .* are not possible here; use photosort organize --link symlink",
        ),
        (
            "hardlink",
            "EMLINK",
            "as many hard links as its file system allows; use photosort organize",
        ),
        (
            "hardlink",
            "EXDEV",
            "not on the same disk as .*; use photosort organize --link symlink or",
        ),
        ("copy", "ENOSPC", "no space left; free some, or write the album elsewhere"),
        ("copy", "EACCES", "not writable; change its permissions, or write"),
    ],
)
def test_each_error_has_its_line(tmp_path: Path, link: Linking, code: str, said: str) -> None:
    """What a link or a copy can fail of is told with what would help."""
    out, photos = prepare(tmp_path, link, "first")
    call = {"symlink": "symlink", "hardlink": "link", "copy": "write"}[link]
    with (
        failing_at(0, raising(CODES[code]), [call]),
        pytest.raises(PhotosortError, match=said) as caught,
    ):
        rewrite(out, photos, link)
    assert "\n" not in str(caught.value)
    assert not out.exists()


def test_a_photo_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    """EIO in the middle of a photo that is copied: skipped with it, the others are placed."""
    out, photos = prepare(tmp_path, "copy", "first")
    with failing_at(2, raising(errno.EIO), ["read"]):
        rewrite(out, photos, "copy")
    album = json.loads((out / "album.json").read_text())
    assert [entry["reason"] for entry in album["skipped"]] == [os.strerror(errno.EIO)]
    assert sum(len(cluster["photos"]) for cluster in album["folders"]) == len(photos) - 1
