"""--relative and --absolute: how symbolic links name a photo."""

import os
from pathlib import Path

import pytest

from tests.conftest import snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)


def texts(out: Path) -> list[str]:
    """Read what an album's links say."""
    return [os.readlink(path) for path in sorted(out.rglob("*")) if path.is_symlink()]  # noqa: PTH115


@pytest.mark.parametrize(
    ("option", "relative"), [((), True), (("--relative",), True), (("--absolute",), False)]
)
def test_links_are_written_as_asked(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
    option: tuple[str, ...],
    relative: bool,
) -> None:
    """Every link leads to its photo either way; without an option it is relative on one disk."""
    before = snapshot(few)
    out = few.with_name("out")
    assert user.run("organize", few, "--by", "time", "--out", out, *option).returncode == 0
    assert len(texts(out)) == 6
    assert all(text.startswith("..") == relative for text in texts(out))
    assert all(path.exists() for path in out.rglob("*"))
    assert snapshot(few) == before


def test_new_photos_are_linked_as_the_others(few: Path, user: User) -> None:  # noqa: F811
    """Filing more photos keeps how the album's links are written."""
    out = few.with_name("out")
    assert user.run("organize", few, "-k", "1", "--out", out, "--absolute").returncode == 0
    new = paint(few.with_name("more") / "new.jpg", 90)
    assert user.run("add", new, "--album", out).returncode == 0
    assert sorted(texts(out)) == sorted(map(str, [*few.rglob("*.jpg"), new]))


@pytest.mark.parametrize("more", [("--update",), ("--link", "copy"), ("--link", "hardlink")])
def test_what_has_no_links_to_write_refuses_the_option(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
    more: tuple[str, ...],
) -> None:
    """Beside --update and other kinds of links the option is wrong usage, by its name."""
    done = user.run("organize", few, "--absolute", *more)
    assert done.returncode == 2
    assert "--absolute" in done.stderr
    assert not few.with_name("photos-photosort").exists()
