"""What -v and --log-file write, and what they leave alone."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from photosort.cli import app
from photosort.errors import PhotosortError
from photosort.report import logs
from tests.conftest import snapshot
from tests.messages import commands, options

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} "


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Write three photos and one that is none, with a line break in its name."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (64, 64), (80 * number, 90, 200)).save(folder / f"{number}.png")
    (folder / "not\na photo\x1b[31m.jpg").write_text("text")
    return folder


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photosort", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def organize(photos: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run("organize", photos, "-k", "1", "--model", "lite0", *arguments)


def test_every_command_can_be_logged() -> None:
    """A new command takes -v and --log-file without a line of its own."""
    for command in commands():
        assert {"-v", "--verbose", "--log-file"} <= options(command), command


def test_a_log_holds_what_a_report_needs(photos: Path, tmp_path: Path) -> None:
    """Versions, the command, stages with their times, files left out, counts, the exit code."""
    before = snapshot(photos)
    log = tmp_path / "log.txt"
    done = organize(photos, "--quiet", "--log-file", log)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = log.read_text("utf-8")
    for wanted in (
        r"photosort 0\.\d+\.\d+, Python 3\.\d+\.\d+, ",
        r"numpy \d.*, pillow \d",
        rf"\$ photosort organize {photos} -k 1 ",
        r"Scanning: 3 photos, \d+\.\d\d s",
        r"Looking: 3 photos, \d+\.\d\d s",
        r"skipped .*/not\\na photo\\x1b\[31m\.jpg: not an image: named \.jpg",
        r"4 files: 3 placed, 1 skipped, 0 not photos, 0 twice",
        r"exit code 0",
    ):
        assert re.search(wanted, text), wanted
    lines = text.splitlines()
    assert lines[0] == "# log of photosort"
    assert all(re.match(TIME, line) for line in lines[1:]), "a name made a line"
    assert log.stat().st_mode & 0o777 == 0o600
    assert snapshot(photos) == before


@pytest.mark.slow
def test_verbose_says_it_on_stderr(photos: Path) -> None:
    """The same lines on stderr; stdout stays what it is without -v."""
    done = organize(photos, "-v", "--dry-run", "--json")
    assert done.returncode == 0
    assert re.search(rf"^{TIME}INFO photosort: photosort 0", done.stderr, re.MULTILINE)
    assert "Looking: 3 photos, " in done.stderr
    assert done.stdout.startswith("{")
    assert "Looking: 3 photos, " not in organize(photos, "--dry-run").stderr


def test_a_failure_is_logged_with_its_place(tmp_path: Path) -> None:
    """One line on stderr as ever; the log of the same command has the traceback. Logs add up."""
    log = tmp_path / "log.txt"
    for times in (1, 2):
        done = run("list", "--album", tmp_path / "none", "--log-file", log)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        text = log.read_text()
        assert text.count("Traceback (most recent call last)") == times
        assert text.count("exit code 1") == times
    assert text.count("# log of photosort") == 1


@pytest.mark.parametrize("kind", ["photo", "link", "folder", "below", "empty"])
def test_a_file_that_is_no_log_stays(kind: str, photos: Path, tmp_path: Path) -> None:
    """A photo, a link to a log or to nothing, a folder, a missing folder: refused, untouched."""
    earlier = tmp_path / "earlier.txt"
    earlier.write_text("# log of photosort\n")
    (tmp_path / "link").symlink_to(earlier)
    (tmp_path / "empty").touch()
    named = {
        "photo": photos / "0.png",
        "link": tmp_path / "link",
        "folder": photos,
        "below": tmp_path / "missing" / "log.txt",
        "empty": tmp_path / "empty",
    }[kind]
    before = snapshot(tmp_path)
    with pytest.raises(PhotosortError, match=rf"{named.name}: .*; name "):
        logs.to_file(named)
    assert snapshot(tmp_path) == before
    assert not logging.getLogger("photosort").handlers


def test_nothing_is_logged_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No handler is left over from an earlier command in the same process."""
    log = tmp_path / "log.txt"
    for arguments in (["--log-file", str(log)], []):
        with pytest.raises(SystemExit):
            app(["list", "--album", str(tmp_path), *arguments], prog_name="photosort")
        assert not logging.getLogger("photosort").handlers
    assert log.read_text().count("exit code") == 1
    assert list(tmp_path.iterdir()) == [log]
    assert "INFO" not in capsys.readouterr().err


def test_a_fault_is_logged_before_it_ends_the_program(tmp_path: Path) -> None:
    """What is no error of the user's keeps its traceback, in the log and on stderr."""
    log = tmp_path / "log.txt"
    fault = (
        "from photosort.commands import album\n"
        "def broken(*_): raise ZeroDivisionError('a fault')\n"
        "album.find_album = broken\n"
        "from photosort.__main__ import main\nmain()"
    )
    command = [sys.executable, "-c", fault, "list", "--log-file", str(log)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: a fault\n")
    assert "ERROR photosort: a fault of photosort:" in log.read_text()
    assert "ZeroDivisionError: a fault" in log.read_text()
