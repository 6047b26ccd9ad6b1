"""Standard streams that are closed, full, or left by their reader: the work is done anyway."""

import contextlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from photosort.startup import OutputError
from tests.conftest import REPO, snapshot
from tests.test_cli import User, paint

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes the streams")
CLOSED = ("<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-")
TOLD = "the work is done, what it prints is lost"


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """Make a folder of one photo: organizing it trains nothing."""
    return paint(tmp_path / "photos" / "one.jpg", hue=77).parent


@pytest.fixture(scope="module")
def sorted_one(tmp_path_factory: pytest.TempPathFactory) -> tuple[User, Path]:
    """Organize a photo, once for all commands that only read."""
    home = tmp_path_factory.mktemp("streams")
    paint(home / "photos" / "one.jpg", hue=77)
    user = User(home)
    assert user.run("organize", home / "photos", "--model", "lite0").returncode == 0
    return user, home / "photos"


def shell(user: User, *args: str | Path, to: str) -> subprocess.CompletedProcess:
    """Run photosort with the redirections `to`, as a shell makes them."""
    command = shlex.join(map(str, (sys.executable, "-m", "photosort", *args)))
    return subprocess.run(
        ["sh", "-c", f"{command} {to}"],
        env=user.env, cwd=REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip


def full(redirection: str) -> str:
    """Redirect to a full disk; skip where the system has none to offer."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    return f"{redirection}/dev/full"


def without_reader(user: User, *args: str | Path, errors: bool) -> tuple[int, str]:
    """Run with a standard output, and if `errors` a standard error, that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            user.command(*args), env=user.env, cwd=REPO, text=True, check=False,
            stdout=writing, stderr=writing if errors else subprocess.PIPE,
        )  # fmt: skip
    finally:
        os.close(writing)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("closed", CLOSED)
def test_commands_end_well_without_streams(sorted_one: tuple[User, Path], closed: str) -> None:
    """list, preview and cache info: exit 0; what is left open gets what it always gets."""
    user, _ = sorted_one
    for args in (["list"], ["preview", "1", "--json"], ["cache", "info"]):
        done = shell(user, *args, to=closed)
        assert (done.returncode, done.stderr) == (0, "")
        heard = ">&-" not in closed.split()
        assert done.stdout == (user.run(*args).stdout if heard else "")


def test_an_album_of_copies_is_made_without_any_stream(one: Path, tmp_path: Path) -> None:
    """Descriptors 0, 1 and 2 closed: the copy holds the photo, the catalog nothing but a catalog.

    Whatever a library writes to "stderr" must not land in a file that got number 2.
    """
    user = User(tmp_path / "home")
    before = snapshot(one)
    args = ("organize", one, "--model", "lite0", "--link", "copy")
    assert shell(user, *args, to="<&- >&- 2>&-").returncode == 0
    album = user.json("list")
    (photo,) = album["folders"][0]["photos"]
    assert Path(album["album"], photo["place"]).read_bytes() == (one / "one.jpg").read_bytes()
    assert user.json("cache", "info")["photos"] == 1
    assert snapshot(one) == before


def test_a_full_disk_behind_the_output_leaves_the_work_done(one: Path, tmp_path: Path) -> None:
    """`organize > FILE` on a full disk: the album is there; exit 1 and one line say what is lost.

    Behind stderr: progress is lost, and that is all.
    """
    user = User(tmp_path / "home")
    done = shell(user, "organize", one, "--model", "lite0", "--quiet", "--json", to=full(">"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"standard output: No space left on device; {TOLD}\n"
    assert user.json("list")["photos"] == 1
    done = shell(user, "organize", one, "--update", to=full("2>"))
    assert done.returncode == 0
    assert "Album:" in done.stdout


def test_a_reader_that_leaves_does_not_stop_the_work(one: Path, tmp_path: Path) -> None:
    """`organize 2>&1 | head -n 1`: the album is written; exit 1, as its summary was not."""
    user = User(tmp_path / "home")
    code, _ = without_reader(user, "organize", one, "--model", "lite0", errors=True)
    assert code == 1
    assert user.json("list")["photos"] == 1
    code, complaint = without_reader(user, "undo", errors=False)
    assert (code, complaint) == (1, "")
    assert not one.with_name("photos-photosort").exists()


def test_an_error_is_told_by_the_code_where_nobody_hears_it(tmp_path: Path) -> None:
    """Without stderr, and with a full one, the exit code still is 1 or 2."""
    user = User(tmp_path / "home")
    for to in ("2>&-", full("2>")):
        assert shell(user, "organize", tmp_path / "nowhere", to=to).returncode == 1
        assert shell(user, "organize", tmp_path, "--nonsense", to=to).returncode == 2


def test_a_pipe_that_another_program_made_non_blocking(sorted_one: tuple[User, Path]) -> None:
    """A full pipe that does not block: photosort waits for its reader and loses no byte."""
    user, _ = sorted_one
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += os.write(writing, b"x" * 1000)
    run = subprocess.Popen(
        user.command("list", "--json"), env=user.env, cwd=REPO,
        stdout=writing, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(writing)
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(3)
    with open(reading, "rb") as pipe:  # noqa: PTH123
        printed = pipe.read()[filled:]
    assert (run.communicate()[1], run.returncode) == ("", 0)
    assert json.loads(printed)["photos"] == 1


def test_native_code_is_not_heard(tmp_path: Path) -> None:
    """What a library writes to descriptor 2 vanishes; Python's own errors and crashes are heard."""
    program = (
        "import os, sys\n"
        "from photosort import startup\n"
        "startup.open_standard_descriptors()\n"
        "startup.set_up_streams()\n"
        "os.write(2, b'a greeting from C++\\n')\n"
        "print('heard', file=sys.stderr)\n"
        "if sys.argv[1:]: os.abort()\n"
        "raise LookupError('a bug')\n"
    )
    env = {**os.environ, "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("heard\nTraceback")
    assert done.stderr.endswith("LookupError: a bug\n")
    done = subprocess.run(
        [sys.executable, "-c", program, "x"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode < 0
    assert done.stderr.startswith("heard\nFatal Python error: Aborted")


def test_output_error_is_no_disk_error() -> None:
    """What is caught as an error of the disk must not be one of standard output."""
    assert not issubclass(OutputError, OSError)
