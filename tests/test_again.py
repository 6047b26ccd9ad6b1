"""`organize --again` and `--config`: where the options of an album come from."""

import json
from pathlib import Path

import pytest

from photosort.commands.settings import kinds
from tests.conftest import REPO, snapshot
from tests.test_by import LISBON, PANAJI, photo, source, tree  # noqa: F401 (a fixture)
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)


def options_of(out: Path) -> dict:
    return json.loads((out / "album.json").read_text())["options"]


def organized(user: User, *arguments: str | Path) -> str:  # noqa: F811
    done = user.run("organize", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ("--by", "time", "--every", "month", "--absolute"),
        ("--by", "place", "--level", "country", "--language", "local", "--infer"),
        ("--by", "event", "--follow"),
        ("--by", "time,place", "--every", "year", "--link", "copy"),
        ("--clusters", "1", "--seed", "3", "--model", "lite0", "--link", "hardlink"),
        ("--by", "time,content", "--max-clusters", "2", "--misc", "--model", "lite0"),
    ],
)
def test_again_makes_the_same_album_of_the_photos_there_are(
    source: Path,  # noqa: F811
    user: User,  # noqa: F811
    options: tuple[str, ...],
) -> None:
    """Every option of the first run counts again, a new photo is in, and the line typed is said."""
    out = user.home / "my album"
    organized(user, source, "--out", out, *options)
    before, made = sorted(path.name for path in out.rglob("*.jpg")), options_of(out)
    photo(source / "new.jpg", "2019:01:01 00:10:00", PANAJI)
    originals = snapshot(source)
    said = organized(user, "--again")
    assert sorted(path.name for path in out.rglob("*.jpg")) == sorted([*before, "new.jpg"])
    assert options_of(out) == made
    manifest = json.loads((out / "album.json").read_text())
    if "--link" in options:
        assert manifest["link"] == options[options.index("--link") + 1]
    assert snapshot(source) == originals
    line = next(line for line in said.splitlines() if line.startswith("note: as before: "))
    assert f"photosort organize {source}" in line
    assert f"--out '{out}'" in line
    assert all(option in line for option in options)


@pytest.mark.slow
def test_what_is_typed_goes_above_what_was_recorded(source: Path, user: User) -> None:  # noqa: F811
    """The new value is recorded; a number of clusters ends the bounds there were."""
    out = user.home / "album"
    organized(user, source, "--out", out, "--by", "time", "--every", "month")
    organized(user, "--again", "--album", out, "--every", "year")
    assert list(tree(out)) == ["2018", "2019", "no-date"]
    organized(user, "--again")
    assert list(tree(out)) == ["2018", "2019", "no-date"]
    organized(user, "--again", "--by", "content", "--max-clusters", "1", "--model", "lite0")
    organized(user, "--again", "--clusters", "2")
    assert (options_of(out)["clusters"], options_of(out)["max_clusters"]) == (2, None)
    organized(user, "--again", "--by", "place", "--dry-run")
    assert options_of(out)["by"] == ["content"]
    assert user.run("undo", "--all").returncode == 0
    assert not out.exists()


def test_again_keeps_photos_that_were_added(source: Path, user: User) -> None:  # noqa: F811
    """A photo added by name comes back alone, a folder that was added whole with all it holds."""
    out = user.home / "album"
    organized(user, source, "--out", out, "-k", "1", "--model", "lite0")
    folders = [user.home / name for name in ("Downloads", "whole")]
    for folder in folders:
        for name in ("one", "two"):
            paint(folder / f"{folder.name} {name}.jpg", 20 + 50 * len(name))
    assert user.run("add", folders[0] / "Downloads one.jpg", folders[1]).returncode == 0
    paint(folders[1] / "whole three.jpg", 90)
    said = organized(user, "--again")
    assert "with 1 photo from elsewhere" in said
    names = {path.name for path in out.rglob("*.jpg")} - {path.name for path in source.iterdir()}
    assert names == {"Downloads one.jpg", "whole one.jpg", "whole two.jpg", "whole three.jpg"}
    organized(user, "--again")
    assert {path.name for path in out.rglob("*.jpg")} > names
    (folders[0] / "Downloads one.jpg").unlink()
    organized(user, "--again")
    assert len(list(out.rglob("*.jpg"))) == 5 + 3


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--again", "SRC"), "leave SRC out"),
        (("--again", "--out", "OUT"), "--album names the album"),
        (("--again", "--config", "x.toml"), "leave --config out"),
        (("--again", "--update"), "leave --update out"),
        (("--again", "--level", "city"), "--level goes with --by place"),
        (("--again", "--link", "copy", "--relative"), "--relative is for symbolic links"),
        (("--album", "OUT", "SRC"), "--album goes with --again"),
        ((), "SRC"),
    ],
)
def test_what_does_not_go_with_again_is_wrong_usage(
    source: Path,  # noqa: F811
    user: User,  # noqa: F811
    arguments: tuple[str, ...],
    named: str,
) -> None:
    """Exit code 2, one line that says what to leave out, the album as it was."""
    out = user.home / "album"
    organized(user, source, "--out", out, "--by", "time")
    before = snapshot(out)
    paths = {"SRC": source, "OUT": out}
    done = user.run("organize", *(paths.get(word, word) for word in arguments))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr
    assert snapshot(out) == before


def test_an_album_that_cannot_be_repeated_is_refused(source: Path, user: User) -> None:  # noqa: F811
    """No album, an option that is none, sources that are gone: one line, nothing written."""
    assert "no album" in user.refused("organize", "--again")
    out = user.home / "album"
    organized(user, source, "--out", out, "--by", "time")
    text = (out / "album.json").read_text()
    for wrong in ('"week"', "7", '["day"]', "{}"):
        (out / "album.json").write_text(text.replace('"every": "day"', f'"every": {wrong}'))
        assert 'option "every" is not one of day, month, year' in user.refused(
            "organize", "--again"
        )
    (out / "album.json").write_text(text)
    source.rename(source.with_name("away"))
    before = snapshot(out)
    done = user.run("organize", "--again")
    assert done.returncode == 1
    assert str(source) in done.stderr.splitlines()[-1]
    assert snapshot(out) == before


def test_a_file_sets_options_and_the_command_line_goes_above_it(
    source: Path,  # noqa: F811
    user: User,  # noqa: F811
) -> None:
    """Keys are the options' names; --again then needs no file."""
    out, file = user.home / "album", user.home / "photosort.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text('by = "time,place"\nevery = "year"\nlevel = "country"\nmin-clusters = 3\n')
    organized(user, source, "--out", out, "--config", file)
    assert list(tree(out)) == ["2018/Portugal", "2018/no-place", "2019/India", "no-date/no-place"]
    file.unlink()
    organized(user, "--again")
    assert "2018/Portugal" in tree(out)
    file.write_text('by = ["time"]\nevery = "year"\n')
    organized(user, source, "--out", out, "--config", file, "--every", "month")
    assert list(tree(out)) == ["2018/2018-05", "2019/2019-01", "no-date"]
    organized(user, source, "--out", out, "--config", file, "--by", "place", "--level", "country")
    assert list(tree(out)) == ["India", "Portugal", "no-place"]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ('colour = "red"', '"colour" is no option that a file can set; it may have by, clusters'),
        ("min_clusters = 3", '"min_clusters" is no option that a file can set; did you mean min-'),
        ('every = "week"', '"every" has to be one of day, month, year'),
        ("clusters = 0", '"clusters" has to be a whole number from 1'),
        ("clusters = true", '"clusters" has to be a whole number from 1'),
        ("clusters = 1e3", '"clusters" has to be a whole number from 1'),
        ("misc = 1", '"misc" has to be true or false'),
        ('by = "time,time"', '"by" has to be one to three of'),
        ("by = [1]", '"by" has to be one to three of'),
        ("[by]\nx = 1", '"by" has to be one to three of'),
        ("clusters = 2\nmax-clusters = 3", '"clusters" and "max-clusters" contradict each other'),
        ("min-clusters = 4\nmax-clusters = 3", '"min-clusters" and "max-clusters" contradict'),
        ('link = "copy"\nrelative = true', '"link" and "relative" contradict each other'),
        ("every = day", "not TOML"),
        ("x = " + "[" * 5000, "nested too deep"),
        (b"\xff\xfe", "not UTF-8"),
        (None, "no such file"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_line(
    source: Path,  # noqa: F811
    user: User,  # noqa: F811
    text: str | bytes | None,
    fact: str,
) -> None:
    """The line names the file, the key and what it has to be; nothing is written."""
    out, file = user.home / "album", user.home / "photosort.toml"
    file.parent.mkdir(exist_ok=True)
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    line = user.refused("organize", source, "--out", out, "--config", file)
    assert line.startswith(f"{file}: ")
    assert fact in line
    assert not out.exists()


def test_update_keeps_the_album_and_takes_no_file(source: Path, user: User) -> None:  # noqa: F811
    """A file of options with --update is wrong usage."""
    file = user.home / "photosort.toml"
    done = user.run("organize", source, "--update", "--config", file)
    assert done.returncode == 2
    assert "leave --config out" in done.stderr


def test_no_option_of_an_album_is_forgotten(source: Path, user: User) -> None:  # noqa: F811
    """What album.json records can be repeated and set by a file, and the README names it."""
    out = user.home / "album"
    organized(user, source, "--out", out, "--by", "time")
    assert options_of(out).keys() <= kinds().keys()
    readme = (REPO / "README.md").read_text("utf-8").partition("The keys are")[2]
    assert all(f"`{name.replace('_', '-')}`" in readme for name in kinds())
