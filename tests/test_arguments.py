"""What is refused before any work: empty arguments, numbers out of range, a literal ~.

The rules are checked for every parameter of every command, found in the program itself.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image

from photosort.cli import app
from photosort.cli.options import argument_path, option_path
from tests.conftest import REPO

VALUES = {"DATASET": "digits", "data_set": "digits"}  # of required arguments that are choices


@dataclass(frozen=True)
class Parameter:
    """A parameter of a command that takes a value."""

    command: tuple[str, ...]
    required: tuple[str, ...]  # names of the command's required arguments
    parameter: Any

    def __str__(self) -> str:
        return f"{'-'.join(self.command)}:{self.parameter.name}"

    @property
    def is_option(self) -> bool:
        return self.parameter.opts[0].startswith("-")

    def words(self, value: str) -> list[str]:
        """Call the command with `value` here and something harmless where an argument is needed."""
        words = [*self.command]
        mine = self.parameter.name
        words += [value if name == mine else VALUES.get(name, "none") for name in self.required]
        if self.is_option:
            return [*words, f"{self.parameter.opts[0]}={value}"]
        return words if self.parameter.name in self.required else [*words, value]


def parameters() -> Iterator[Parameter]:
    """List every parameter that takes a value, of every command."""

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[Parameter]:
        if hasattr(command, "commands"):
            for name, below in command.commands.items():
                yield from walk(below, (*path, name))
            return
        required = tuple(p.name for p in command.params if p.required)
        for parameter in command.params:
            if not getattr(parameter, "is_flag", False):
                yield Parameter(path, required, parameter)

    yield from walk(typer.main.get_command(app), ())


EVERY = list(parameters())


def refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """Call photosort with what must be wrong usage; return the one line it says."""
    with pytest.raises(SystemExit) as end:
        app(words, prog_name="photosort")
    said = capsys.readouterr()
    assert end.value.code == 2, said.err
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_the_walk_finds_the_commands() -> None:
    """Every command's parameters are looked at: a new command needs no new test."""
    assert {one.command[0] for one in EVERY} >= {"organize", "add", "list", "preview", "bench"}
    assert {"--seed", "--album", "--data"} <= {one.parameter.opts[0] for one in EVERY}


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_an_empty_value_is_refused_by_name(
    one: Parameter, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch
) -> None:
    """An unset variable never means "here", or anything else: wrong usage that names it."""
    monkeypatch.chdir(tmp_path)
    line = refused(capsys, one.words(""))
    assert one.parameter.opts[0] in line or (one.parameter.metavar or "") in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("one", [one for one in EVERY if one.parameter.min is not None], ids=str)
def test_a_number_out_of_range_is_refused_at_once(
    one: Parameter, capsys: pytest.CaptureFixture[str]
) -> None:
    """One below the smallest, one above the largest, one beyond any register."""
    smallest, largest = one.parameter.min, one.parameter.max
    for wrong in (smallest - 1, largest + 1, 10**30, -(10**30), "1e3", "9" * 5000):
        assert one.parameter.opts[0] in refused(capsys, one.words(str(wrong)))


def test_every_number_has_both_bounds() -> None:
    """No number goes unbounded into NumPy, scikit-learn or a loop."""
    numbers = [one for one in EVERY if "int" in repr(one.parameter.type_descriptor.annotation)]
    assert len(numbers) >= 6
    for one in numbers:
        assert one.parameter.min is not None, str(one)
        assert one.parameter.max is not None, str(one)


@pytest.mark.slow
def test_the_largest_numbers_work(tmp_path: Path) -> None:
    """Seed and number of clusters at their upper bounds end as a run does, not in a traceback."""
    source = tmp_path / "photos"
    source.mkdir()
    for number in range(4):
        Image.new("RGB", (64, 64), (60 * number, 90, 200)).save(source / f"{number}.png")
    command = [sys.executable, "-m", "photosort", "organize", str(source), "--model", "lite0"]
    most = str(2**31 - 1)
    arguments = ["--seed", str(2**32 - 1), "--max-clusters", most, "--workers", "1024"]
    done = subprocess.run([*command, *arguments, "-q"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*command, "-k", most, "-q"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{source}: 4 photos found, 2,147,483,647 clusters need")


def test_a_tilde_is_a_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--out=~/x`, which the shell leaves as it is, is the home folder, not one called ~."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert option_path("~") == tmp_path
    assert option_path("~/x/y") == tmp_path / "x/y"
    assert option_path("~root/x") == Path("/root/x")
    assert option_path("./~/x") == Path("./~/x")
    assert option_path("a~/x") == Path("a~/x")


@pytest.mark.parametrize(("text", "home"), [("~nobody-of-that-name/x", "/h"), ("~/x", "")])
def test_a_home_that_is_not_known_is_refused(
    text: str, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such user, or HOME set to nothing: neither a folder called ~ nor one in the root."""
    monkeypatch.setenv("HOME", home)
    with pytest.raises(typer.BadParameter, match=r"no home folder ~.* is known; write \./~"):
        option_path(text)


def test_a_file_whose_name_begins_with_a_tilde_can_be_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `*` stands for goes by its own name, also for `~` itself."""
    monkeypatch.chdir(tmp_path)
    for name in ("~1.jpg", "~"):
        Path(name).touch()
        assert argument_path(name) == Path(name)
    assert argument_path("~/x") == Path("~/x").expanduser()


@pytest.mark.slow
def test_no_folder_called_tilde_is_made(tmp_path: Path) -> None:
    """A run with `--out=~/run` writes below HOME and leaves the folder one stands in alone."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    command = [sys.executable, "-m", "photosort", "bench", "digits", "--methods", "kmeans"]
    env = {**os.environ, "HOME": str(home), "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [*command, "--out=~/run", "-q"], check=False, capture_output=True, cwd=here, env=env
    )
    assert done.returncode == 0, done.stderr
    assert (home / "run" / "results.json").is_file()
    assert list(here.iterdir()) == []
