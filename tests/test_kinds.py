"""`--levels 2`: clusters of content under their kinds."""

import shutil
from pathlib import Path

import pytest

from photosort.titles.kinds import kind_of
from photosort.titles.words import vocabulary
from tests.albums import tree
from tests.conftest import snapshot
from tests.test_cli import SAMPLES, User, user  # noqa: F401 (a fixture)
from tests.test_samples import kinds_of_samples


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("dog", "animals"), ("dog (Beagle)", "animals"), ("animals", "animals"),
        ("chicken", "animals"), ("piano", "musical instruments"), ("street", None),
        ("", None), (None, None), ("Goa 2018", None),
    ],
)  # fmt: skip
def test_the_kind_of_a_title(title: str | None, kind: str | None) -> None:
    """The broadest word it is within; none for what is within nothing and holds nothing."""
    assert kind_of(title) == kind


def test_kinds_agree_with_every_broader_word() -> None:
    """A word and the word it is within are of one kind, and a kind is its own."""
    for word in vocabulary():
        if word.within is not None:
            assert kind_of(word.name) == kind_of(word.within)
        kind = kind_of(word.name)
        assert kind is None or kind_of(kind) == kind


def folders(out: Path) -> set[str]:
    return {Path(place).parent.as_posix() for place in tree(out)} - {"."}


def test_clusters_stand_under_their_kinds(tmp_path: Path, user: User) -> None:  # noqa: F811
    """A kind keeps the user's name through a rename, add, --again and inside years; undo ends it.

    The cluster has the same number and title wherever it stands.
    """
    photos = tmp_path / "photos"
    photos.mkdir()
    animals = sorted(name for name, kind in kinds_of_samples().items() if kind == "animals")[:5]
    for name in animals[:4]:
        shutil.copy2(SAMPLES / name, photos)
    out = tmp_path / "album"
    start = ("organize", photos, "--out", out, "-k", "1", "--levels", "2")
    assert user.run(*start, "--dry-run").returncode == 0
    assert not out.exists()
    assert user.run(*start).returncode == 0
    (folder,) = folders(out)
    kind, cluster = folder.split("/")
    assert kind == "animals"
    assert cluster.startswith("cluster-1-")
    assert user.run("rename", "animals", "Zoo", "--album", out).returncode == 0
    assert folders(out) == {f"Zoo/{cluster}"}
    before = tree(out)
    new = tmp_path / "more" / animals[4]
    new.parent.mkdir()
    shutil.copy2(SAMPLES / animals[4], new)
    sources = snapshot(photos), snapshot(new.parent)
    assert user.json("add", new, "--album", out)["filed"] == [str(new)]
    assert tree(out).keys() == before.keys() | {f"Zoo/{cluster}/{new.name}"}
    assert user.run("organize", "--again").returncode == 0
    assert folders(out) == {f"Zoo/{cluster}"}
    assert user.run("preview", "1", "--album", out).returncode == 0
    assert (
        user.run("organize", "--again", "--by", "time,content", "--every", "year").returncode == 0
    )
    assert {folder.partition("/")[2] for folder in folders(out)} == {f"Zoo/{cluster}"}
    assert user.run("organize", "--again", "--by", "content", "--levels", "1").returncode == 0
    assert folders(out) == {cluster}
    assert user.run("undo", "--all", "--album", out).returncode == 0
    assert not out.exists()
    assert (snapshot(photos), snapshot(new.parent)) == sources


def test_levels_are_of_content(tmp_path: Path, user: User) -> None:  # noqa: F811
    """Without content among the views, --levels is wrong usage."""
    done = user.run("organize", tmp_path, "--by", "time", "--levels", "2")
    assert done.returncode == 2
    assert "--levels goes with --by content" in done.stderr
