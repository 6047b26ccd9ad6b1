"""Odd surroundings: folders that may not be entered, full disks, narrow alphabets, early Ctrl-C.

What only a user without root's rights meets is skipped for root.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPO, snapshot
from tests.test_cli import Finished, User, few, paint, user  # noqa: F401 - fixtures


def run_apart(user: User, *args: str | Path, env: dict[str, str] | None = None, **options):  # noqa: F811
    """Run in a process of its own, as the shell does."""
    return subprocess.run(
        user.command(*args),
        env={**user.env, **(env or {})},
        cwd=REPO,
        check=False,
        **{"capture_output": True, "text": True, **options},
    )


def only_line(done: Finished) -> str:
    """Check for exit code 1 and nothing but one line on stderr; return the line."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    return line


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Take all rights to `folder` away for a while; skip where that stops nobody."""
    folder.chmod(0)
    try:
        if os.access(folder, os.R_OK):
            pytest.skip("root may enter any folder")
        yield
    finally:
        folder.chmod(0o755)


@pytest.fixture
def album(few: Path, user: User) -> Path:  # noqa: F811
    assert user.run("organize", few, "-k", "1").returncode == 0
    return few.with_name("photos-photosort")


def test_a_wrong_source_is_refused_before_anything_begins(user: User, tmp_path: Path) -> None:  # noqa: F811
    """No such folder, or a file: one line, no stage announced, no folder made on the way."""
    (tmp_path / "here").mkdir()
    (tmp_path / "file.jpg").write_bytes(b"x")
    before = snapshot(tmp_path)
    stamp = tmp_path.stat().st_mtime_ns
    out = tmp_path / "album"
    for wrong, fact in (("nowhere", "no such folder"), ("file.jpg", "a file, not a folder")):
        sources = (tmp_path / "here", tmp_path / wrong)
        line = only_line(user.run("organize", *sources, "--out", out))
        assert line.startswith(f"{tmp_path / wrong}: {fact}; ")
    assert snapshot(tmp_path) == before
    assert tmp_path.stat().st_mtime_ns == stamp


def test_an_empty_folder_is_called_empty(user: User, tmp_path: Path) -> None:  # noqa: F811
    """Nothing in it: the line says so instead of counting what is not there."""
    (tmp_path / "empty").mkdir()
    assert "no file at all" in user.refused("organize", tmp_path / "empty")


def test_a_source_named_twice_counts_once(few: Path, user: User) -> None:  # noqa: F811
    """The manifest lists it once, and its photos are nobody's second path."""
    found = user.json("organize", few, f"{few}/", "-k", "1", "--dry-run")
    assert found["sources"] == [str(few)]
    assert (found["photos"], found["repeated"]) == (6, [])


def test_a_locked_source(few: Path, user: User) -> None:  # noqa: F811
    """EACCES on the source itself: exit code 1 and our own words, not the parser's."""
    with locked(few):
        assert "photos: no permission to read; " in only_line(user.run("organize", few))


def test_an_album_or_a_source_behind_a_locked_folder(few: Path, user: User, tmp_path: Path) -> None:  # noqa: F811
    """Where a folder above may not be entered, nothing can be seen: one line, no traceback."""
    (tmp_path / "vault").mkdir()
    with locked(tmp_path / "vault"):
        out = tmp_path / "vault" / "deep" / "album"
        assert "vault: not writable" in only_line(user.run("organize", few, "--out", out))
        hidden = user.run("organize", tmp_path / "vault" / "photos", "--out", tmp_path / "album")
        assert "vault/photos: no permission to read" in only_line(hidden)
        assert "album" in only_line(user.run("list", "--album", out))


def test_preview_of_originals_that_are_out_of_reach(few: Path, user: User, album: Path) -> None:  # noqa: F811
    """Gone, or in a folder that is locked now: the names are shown, and that they lead nowhere."""
    shutil.rmtree(few / "trip0")
    with locked(few / "trip1"):
        shown = user.run("preview", "1")
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.count("(the original is out of reach)") == shown.stdout.count("IMG_")


def test_a_missing_original_is_said_to_be_out_of_reach(few: Path, user: User, album: Path) -> None:  # noqa: F811
    """After a photo was deleted, preview still works and marks it."""
    (few / "trip0" / "IMG_0.jpg").unlink()
    printed = user.run("preview", "1").stdout
    assert [line for line in printed.splitlines() if "out of reach" in line] == [
        "  IMG_0.jpg  (the original is out of reach)",
        "1 photo out of reach; photosort relink finds what moved",
    ]


def test_an_album_that_cannot_be_remembered_is_still_written(few: Path, user: User) -> None:  # noqa: F811
    """No state folder: the album is there, and a note names the option that finds it."""
    (user.home / "state").parent.mkdir(parents=True, exist_ok=True)
    (user.home / "state").write_text("in the way")
    done = user.run("organize", few, "-k", "1")
    assert done.returncode == 0
    assert "not noted as the last album; name it, as in photosort list --album" in done.stderr
    assert user.run("list", "--album", few.with_name("photos-photosort")).returncode == 0


def test_bench_data_behind_a_locked_folder(user: User, tmp_path: Path) -> None:  # noqa: F811
    """`bench --data` on what may not be read: one line."""
    (tmp_path / "vault").mkdir()
    with locked(tmp_path / "vault"):
        done = user.run("bench", "mnist", "--data", tmp_path / "vault")
        assert "no permission to read" in only_line(done)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("args", [["list"], ["list", "--json"], ["--help"]])
def test_a_full_disk_under_the_output(user: User, album: Path, args: list[str]) -> None:  # noqa: F811
    """`photosort list > FILE` on a full disk: one line and exit code 1, not a shortened file."""
    with Path("/dev/full").open("w") as full:
        done = run_apart(user, *args, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert "standard output: No space left" in only_line(done)


def test_a_reader_that_leaves_early(user: User, album: Path) -> None:  # noqa: F811
    """`photosort list --json | head -0`: no traceback and no noise."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as closed:  # noqa: PTH123
        done = run_apart(
            user, "list", "--json", capture_output=False, stdout=closed, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_terminal_without_the_letters_of_a_name(few: Path, user: User) -> None:  # noqa: F811
    """What an ASCII stream cannot say is spelt out; a family of emoji stays in one piece."""
    family = "👩‍👩‍👧.jpg"
    paint(few / "Фото.jpg", 3)
    paint(few / family, 200)
    assert user.run("organize", few, "-k", "1").returncode == 0
    assert family in user.run("preview", "1").stdout
    done = run_apart(user, "preview", "1", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0, done.stderr
    assert r"\u0424\u043e\u0442\u043e.jpg" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the folder somebody is in")
def test_the_folder_one_is_in_is_gone(few: Path, user: User, tmp_path: Path) -> None:  # noqa: F811
    """Relative paths lead nowhere then: one line that says why."""
    program = (
        "import os, sys\n"
        f"sys.path.insert(0, {str(REPO)!r})\n"
        "from photosort.__main__ import main\n"
        "os.rmdir(os.getcwd())\n"
        "main()\n"
    )
    for args in (["organize", "."], ["organize", str(few), "--out", "x"], ["list", "--album", "x"]):
        (tmp_path / "gone").mkdir()
        done = subprocess.run(
            [sys.executable, "-c", program, *args],
            env=user.env, cwd=tmp_path / "gone", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "the folder you are in is gone" in only_line(done)


def test_ctrl_c_while_photosort_is_still_starting(user: User) -> None:  # noqa: F811
    """An interrupt during the first imports ends with 130 and without a traceback."""
    program = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'photosort.cli':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from photosort.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=user.env, cwd=REPO, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.slow
def test_two_runs_at_once(few: Path, user: User) -> None:  # noqa: F811
    """On one album, one waits for nobody and refuses; on two albums, both end well and alike."""
    before = snapshot(few)

    def both(first: Path, second: Path) -> list[tuple[int, str]]:
        runs = [
            subprocess.Popen(
                user.command("organize", few, "-k", "1", "--out", out),
                env=user.env, cwd=REPO, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True,
            )
            for out in (first, second)
        ]  # fmt: skip
        complaints = [run.communicate(timeout=120)[1] for run in runs]
        return sorted((run.returncode, text) for run, text in zip(runs, complaints, strict=True))

    one, two = few.with_name("one"), few.with_name("two")
    assert [code for code, _ in both(one, two)] == [0, 0]
    albums = [user.json("list", "--album", out)["folders"] for out in (one, two)]
    assert albums[0] == albums[1]
    (good, _), (bad, why) = both(one, one)
    assert (good, bad) == (0, 1)
    assert "another photosort is at work on this album" in why
    assert user.json("list", "--album", one)["photos"] == 6
    assert snapshot(few) == before
