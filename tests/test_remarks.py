"""Damaged photos that are used: said in the summary, --json and album.json, in every later run."""

import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tests.conftest import snapshot
from tests.test_cli import User, paint, user  # noqa: F401 (fixtures)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Paint photos: four whole, one cut, one without its end, one of which too little is left."""
    folder = tmp_path / "photos"
    for number in range(4):
        paint(folder / f"whole{number}.jpg", 20 + 40 * number)
    for name, kept in (("cut.jpg", 0.8), ("rest.jpg", 0.3)):
        data = paint(folder / name, 200).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * kept)])
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "word " * 300_000, zip=True)
    Image.open(folder / "whole0.jpg").rotate(90).save(folder / "text.png", pnginfo=info)
    return folder


@pytest.mark.slow
def test_remarks_are_said_in_every_run(user: User, source: Path) -> None:  # noqa: F811
    """The first run, a second that looks at nothing, --update and a moved photo say them alike."""
    before = snapshot(source)
    first = user.json("organize", source, "--clusters", "2")
    remarks = {Path(entry["path"]).name: entry["text"] for entry in first["remarks"]}
    assert remarks.keys() == {"cut.jpg", "text.png"}
    assert remarks["cut.jpg"].startswith("incomplete: ")
    assert remarks["text.png"] == (
        "damaged: every pixel can be read (metadata larger than Pillow reads)"
    )
    assert first["files"] == {"placed": 6, "skipped": 1, "unsupported": 0, "repeated": 0}
    assert [Path(entry["path"]).name for entry in first["skipped"]] == ["rest.jpg"]
    album = Path(first["album"])
    assert json.loads((album / "album.json").read_text())["remarks"] == first["remarks"]
    assert sum(path.is_symlink() for path in album.rglob("cluster-*/*")) == 6
    again = user.run("organize", source, "--clusters", "2")
    assert "Looking" not in again.stderr
    assert "Placed though damaged 1: text.png" in again.stdout
    assert "Placed though incomplete 1: cut.jpg" in again.stdout
    assert "Skipped 1, truncated: rest.jpg" in again.stdout
    assert snapshot(source) == before

    (source / "cut.jpg").rename(source / "moved.jpg")
    updated = user.json("organize", source, "--update")
    assert {Path(entry["path"]).name for entry in updated["remarks"]} == {"moved.jpg", "text.png"}


@pytest.mark.slow
def test_a_whole_photo_in_its_place_has_no_remark(user: User, source: Path) -> None:  # noqa: F811
    """Replaced by a better copy under its name, it is looked at anew and nothing is said of it."""
    user.json("organize", source, "--clusters", "2")
    paint(source / "cut.jpg", 200)
    again = user.json("organize", source, "--clusters", "2")
    assert [Path(entry["path"]).name for entry in again["remarks"]] == ["text.png"]
