"""`find`: the photos most like another, exact, in the album or in all that was looked at."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photosort.grouping.nearest import nearest
from tests.conftest import REPO, snapshot
from tests.test_review import run

SAMPLES = REPO / "sample_photos"
NAMES = ("IMG_2041.jpg", "IMG_2043.jpg", "IMG_2058.jpg", "DSC_0047.JPG", "DSCN1180.JPG")


@given(
    st.lists(st.integers(0, 7), max_size=6),
    st.integers(1, 12),
    st.integers(0, 2**32 - 1),
)
def test_blocks_give_what_all_rows_at_once_give(sizes: list[int], count: int, seed: int) -> None:
    """However the rows are divided: the same rows, the nearest first, with cosine distances."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-2, 3, (sum(sizes), 4)).astype(np.float32)
    query = rng.normal(size=4).astype(np.float32)
    found, distances = nearest(np.split(rows, np.cumsum(sizes))[:-1], query, count)
    lengths = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / np.linalg.norm(query) / np.where(lengths > 0, lengths, 1)
    assert len(found) == min(count, len(rows))
    np.testing.assert_allclose(distances, np.maximum(1 - cosines[found], 0), atol=1e-5)
    np.testing.assert_allclose(distances, np.sort(1 - cosines)[:count].clip(0), atol=1e-5)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("find")


@pytest.fixture
def site(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Organize five photos and a copy once, in a home that the tests of this module share."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    source = home / "photos"
    if not source.exists():
        source.mkdir()
        for name in NAMES:
            shutil.copy2(SAMPLES / name, source)
        shutil.copy2(SAMPLES / NAMES[0], source / "copy.jpg")
        run("organize", source, "--clusters", "2", "--out", home / "album", "-q")
    return source


def found(*arguments: str | Path) -> list[tuple[str, float]]:
    told = json.loads(run("find", *arguments, "--json").stdout)
    return [(Path(one["path"]).name, one["distance"]) for one in told["photos"]]


def test_a_copy_is_nearest_and_the_photo_itself_is_not_found(site: Path) -> None:
    """Named by its path or by its link in the album; distances grow from 0."""
    before = snapshot(site)
    alike = found(site / NAMES[0])
    assert alike[0] == ("copy.jpg", 0)
    assert len(alike) == 5
    assert NAMES[0] not in dict(alike)
    assert [distance for _, distance in alike] == sorted(distance for _, distance in alike)
    link = next((site.parent / "album").glob(f"cluster-*/{NAMES[0]}"))
    assert found(link) == alike
    assert found(link, "--everywhere") == alike, "a link is no photo of its own"
    assert len(found(site / NAMES[0], "--limit", "2")) == 2
    assert snapshot(site) == before


def test_of_a_folder_those_outside_it_are_found(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder and the photos most like it have none in common."""
    album = json.loads(run("list", "--json").stdout)
    inside = {Path(photo["path"]).name for photo in album["folders"][0]["photos"]}
    outside = {*NAMES, "copy.jpg"} - inside
    assert {name for name, _ in found("1")} == outside
    monkeypatch.chdir(tmp_path)
    shutil.copy2(SAMPLES / NAMES[0], "1")
    assert {name for name, _ in found("1")} == outside, "a number is a cluster, not the file here"
    assert found("./1")[0][0] in {NAMES[0], "copy.jpg"}


def test_a_photo_that_is_new_is_looked_at_and_can_be_sought_everywhere(
    site: Path, tmp_path: Path
) -> None:
    """A file of no album: in the album, and in everything; what is gone is counted, not shown."""
    new = tmp_path / "small.jpg"
    Image.open(SAMPLES / NAMES[0]).resize((400, 300)).save(new)
    assert {name for name, _ in found(new)[:2]} == {NAMES[0], "copy.jpg"}
    everywhere = found(new, "--everywhere")
    assert {name for name, _ in everywhere[:2]} == {NAMES[0], "copy.jpg"}
    assert "small.jpg" not in dict(everywhere)
    lost = site / "copy.jpg"
    kept = lost.rename(tmp_path / "kept.jpg")
    try:
        told = json.loads(run("find", new, "--json").stdout)
    finally:
        kept.rename(lost)
    assert told["gone"] == 1
    assert Path(told["photos"][0]["path"]).name == NAMES[0]


def test_what_cannot_be_sought_is_one_line(site: Path, tmp_path: Path) -> None:
    """No such folder, no photo, no album: the thing, the fact, the remedy."""
    (tmp_path / "a.txt").write_text("no photo")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    for wanted in ("9", "clster-1", tmp_path / "a.txt", tmp_path / "broken.jpg"):
        error = run("find", wanted, "-q", code=1).stderr
        assert error.startswith(f"{wanted}: ")
        assert error.count("\n") == 1
    assert "no album" in run("find", "1", "--album", tmp_path, code=1).stderr
