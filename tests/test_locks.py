"""File systems without locks: said at once, with what to do; an album is written all the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from photosort.catalog import Catalog
from tests import nolocks
from tests.conftest import REPO, snapshot
from tests.test_cli import Finished, User, paint, user  # noqa: F401 - fixtures

PROGRAM = """
import sys
from tests.nolocks import install
install({number}, only_flock={only_flock})
from photosort.__main__ import main
main()
"""


def run_without_locks(
    user: User,  # noqa: F811
    number: int,
    *args: str | Path,
    only_flock: bool = False,
) -> Finished:
    """Run photosort where every lock is answered with an errno; skip where none can be made so."""
    if not nolocks.available():
        pytest.skip("seccomp filters are Linux' own")
    program = PROGRAM.format(number=number, only_flock=only_flock)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, args)],
        env=user.env | {"PYTHONPATH": str(REPO)}, cwd=REPO, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if "no seccomp here" in done.stderr:
        pytest.skip("this container allows no seccomp filter")
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("number", [37, 95, 38, 22])  # ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL
def test_a_cache_without_locks_is_told(user: User, number: int) -> None:  # noqa: F811
    """No photosort is blamed that is not there: one line names XDG_CACHE_HOME; clearing works."""
    done = run_without_locks(user, number, "cache", "info")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "catalog.sqlite3: its file system has no locks (" in line
    assert line.endswith("); set XDG_CACHE_HOME to a folder on another disk")
    assert run_without_locks(user, number, "cache", "clear").returncode == 0


def test_an_album_without_locks_is_written_with_a_note(user: User, tmp_path: Path) -> None:  # noqa: F811
    """The note comes before the long work, names the album's folder, and the album is written."""
    one = paint(tmp_path / "photos" / "one.jpg", hue=77).parent
    before = snapshot(one)
    args = ("organize", one, "--model", "lite0")
    done = run_without_locks(user, 37, *args, only_flock=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0] == (
        f"note: {one}-photosort: its file system has no locks (No locks available); "
        "let no second photosort work on this album meanwhile"
    )
    assert user.json("list")["photos"] == 1
    assert "no locks" not in user.run(*args).stderr
    assert snapshot(one) == before


def test_cache_clear_while_a_run_uses_the_catalog(user: User) -> None:  # noqa: F811
    """Refused with one line; the run goes on, and clearing works when it has ended."""
    path = Path(user.json("cache", "info")["path"])
    with Catalog.open(path) as catalog:
        line = user.refused("cache", "clear")
        assert line == f"{path}: in use by another photosort; wait for it to end, then run again"
        assert catalog.info().photos == 0
    assert user.run("cache", "clear").returncode == 0
