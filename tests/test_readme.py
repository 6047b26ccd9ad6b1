"""The README tells the truth: its commands exist, and every command is in it."""

import importlib
import os
import re
import subprocess
import sys
from datetime import date

import pytest

from photosort import __version__
from tests.conftest import REPO

README = (REPO / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """Name every command, as `photosort --help` would: "organize", "cache info"."""
    from typer.main import get_command

    from photosort.cli import app

    names = []
    for name, command in get_command(app).commands.items():
        names += [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]
    return names


def test_the_two_commands_are_the_promised_ones() -> None:
    """The README's console blocks hold the main job and the tests, in that order."""
    blocks = re.findall(r"```console\n\$ (.+?)\n```", README)
    assert blocks == [
        "python -m pip install . && photosort organize sample_photos --clusters 6",
        "python -m pip install '.[test]' && python -m pytest -n 2 -m 'not slow'",
    ]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    """A command that the README does not mention, or that has no help, does not exist."""
    first, _, second = command.partition(" ")
    assert f"photosort {command}" in README or (f"photosort {first}" in README and second in README)
    done = subprocess.run(
        [sys.executable, "-m", "photosort", *command.split(), "--help"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert len(done.stdout) > 200


def test_every_option_in_the_readme_exists() -> None:
    """Each --option the README names is one of a command's."""
    from typer.main import get_command

    from photosort.cli import app

    known = {"--help", "--version", "--install-completion", "--show-completion"}
    stack = [get_command(app)]
    while stack:
        command = stack.pop()
        known.update(o for p in command.params for o in (*p.opts, *p.secondary_opts))
        stack.extend(getattr(command, "commands", {}).values())
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= known


def test_every_test_that_the_promises_name_exists() -> None:
    """SECURITY.md names real tests and files, and each of its promises names at least one."""
    text = (REPO / "SECURITY.md").read_text("utf-8")
    sources = "".join(path.read_text("utf-8") for path in (REPO / "tests").glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", text)
    assert len(named) > 20
    assert [name for name in named if f"def {name}(" not in sources] == []
    assert all((REPO / file).exists() for file in re.findall(r"`(tests/\w+\.py)`", text))
    rows = [line for line in text.splitlines() if line.startswith("| ") and "promise |" not in line]
    assert all("`test" in row.rpartition(" | ")[2] for row in rows)


def test_every_file_the_readme_links_to_exists() -> None:
    """Relative links and pictures lead to files of the repository."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (REPO / target).exists(), target


def test_every_module_the_readme_names_exists() -> None:
    """`photosort/...` is a file or folder here, `photosort....` can be imported from its module."""
    paths = re.findall(r"`(photosort/[\w./]+)`", README)
    assert len(paths) > 5
    for path in paths:
        assert (REPO / path).exists(), path
    names = re.findall(r"`(photosort(?:\.\w+)+)`", README)
    assert names
    for name in names:
        module, _, member = name.rpartition(".")
        assert hasattr(importlib.import_module(module), member), name


def test_the_trees_of_the_readme_are_what_organize_makes() -> None:
    """The script that made them prints what stands there."""
    done = subprocess.run(
        [sys.executable, "docs/make_trees.py"],
        cwd=REPO, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.decode().strip() in README


def test_the_changelog_dates_this_version() -> None:
    """What changed up to the version that the package has stands under it, with a date."""
    text = (REPO / "CHANGELOG.md").read_text("utf-8")
    dated = re.search(rf"^## {re.escape(__version__)} - (.+)$", text, flags=re.MULTILINE)
    assert dated is not None
    assert date.fromisoformat(dated[1]).isoformat() == dated[1]
