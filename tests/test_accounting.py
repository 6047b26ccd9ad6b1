"""Every file a run sees ends in exactly one place, and the summary adds up."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort import report
from photosort.commands.organize import organize
from photosort.commands.request import Request
from photosort.report import results
from tests.conftest import snapshot
from tests.test_cli import paint

PHOTOS = 4
LEAVES = (
    *(f"photo {number}" for number in range(PHOTOS)),
    "damaged", "empty", "text", "text named photo", "video", "pipe",
    "link", "hard link", "link to a folder", "dangling link", "link to itself",
)  # fmt: skip
# Several kinds of names; a few, so that a damaged photo is met again and remembered.
NAMES = st.sampled_from(["a.jpg", "b.jpg", "c.PNG", "d", "é\n.jpg", "[red].heic", "\x1b[31m.jpg"])
TREES = st.recursive(
    st.dictionaries(NAMES, st.sampled_from(LEAVES), max_size=5),
    lambda inner: st.dictionaries(NAMES, st.sampled_from(LEAVES) | inner, max_size=4),
    max_leaves=12,
)

Tree = dict[str, "str | Tree"]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Paint the photos that trees are planted with."""
    folder = tmp_path_factory.mktemp("pool")
    return [paint(folder / f"{number}.jpg", 20 + 50 * number) for number in range(PHOTOS)]


def plant(folder: Path, tree: Tree, pool: list[Path]) -> None:
    folder.mkdir()
    for name, what in tree.items():
        path = folder / name
        if isinstance(what, dict):
            plant(path, what, pool)
        else:
            plant_leaf(path, what, pool)


def plant_leaf(path: Path, what: str, pool: list[Path]) -> None:
    contents = {
        "damaged": pool[0].read_bytes()[:700],
        "empty": b"",
        "text": b"shopping list",
        "text named photo": b"not a photo",
        "video": b"\0\0\0\x18ftypmp42" + bytes(64),
    }
    if what in contents:
        path.write_bytes(contents[what])
        os.utime(path, ns=(10**18, 10**18))
    elif what.startswith("photo"):
        shutil.copy2(pool[int(what[-1])], path)
    elif what == "hard link":
        path.hardlink_to(pool[1])
    elif what == "pipe":
        os.mkfifo(path)
    else:
        targets = {"link": pool[2], "link to a folder": pool[0].parent, "link to itself": path.name}
        path.symlink_to(targets.get(what, "nowhere"))


def visible(folder: Path) -> Iterator[Path]:
    """List by other means than photosort's what a run over `folder` sees."""
    for path in sorted(folder.iterdir()):
        if stat.S_ISDIR(path.lstat().st_mode):
            yield from visible(path)
        else:
            yield path


@pytest.mark.slow
@settings(max_examples=25)
@given(tree=TREES)
def test_every_file_ends_in_exactly_one_place(pool: list[Path], tree: Tree) -> None:
    """Law: placed, skipped with a reason, unsupported or a repeated path, each file one of them.

    The counts of the summary and of the JSON are those of the tree, the album on the disk holds
    what is placed, and the sources are as they were.
    """
    home = Path(tempfile.gettempdir()) / f"photosort-accounting-{os.getpid()}"
    source, out = home / "photos", home / "out"
    home.mkdir()
    try:
        plant(source, {"0": "photo 3", **tree}, pool)
        before = snapshot(home)
        request = Request((source,), out=out, clusters=1)
        outcome = organize(request, report.Quiet())
        placed = [photo.path for photo in outcome.album.photos]
        skipped = [entry.path for entry in outcome.album.skipped]
        named = [*placed, *skipped, *outcome.repeated]
        files = list(visible(source))
        assert len(set(named)) == len(named)
        assert set(named) <= set(files)
        assert all(entry.reason for entry in outcome.album.skipped)
        assert sum(outcome.album.unsupported.values()) == len(files) - len(named)
        counts = report.outcome_json(outcome, dry_run=False)["files"]
        assert sum(counts.values()) == len(files)
        first = re.findall(r"\d+", results.left_out(outcome)[0])
        assert [int(number) for number in first] == [len(files), *counts.values()]
        entries = [path for path in out.glob("cluster-*/*") if path.is_symlink()]
        assert sorted(os.path.realpath(path) for path in entries) == sorted(
            os.path.realpath(path) for path in placed
        )
        after = snapshot(home)
        assert {path: after[path] for path in before} == before
    finally:
        shutil.rmtree(home)
