"""The gallery: one folder that opens from disk; names are hostile, a foreign folder is refused."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from PIL import Image

from photosort.errors import PhotosortError
from photosort.look.gallery import MARKER, write_gallery
from photosort.look.page import as_script
from photosort.look.records import Exhibit, Picture, Shown
from photosort.photos.decode import decode
from photosort.photos.thumbnails import thumbnail
from tests.conftest import REPO, snapshot
from tests.test_review import run

EVIL = "</script><img src=x onerror=alert(1)>"


def make_photos(folder: Path, count: int) -> list[Path]:
    photos = [folder / f"IMG_{n}.jpg" for n in range(count)]
    for n, photo in enumerate(photos):
        Image.new("RGB", (60, 40), (40 * n, 90, 120)).save(photo)
    return photos


def small(picture: Picture) -> bytes | None:
    if not picture.path.exists():
        return None
    return thumbnail(decode(picture.path, min_side=240).image)


def exhibit(photos: list[Path]) -> Exhibit:
    pictures = tuple(Picture(path, f"{n:032x}", 0.5) for n, path in enumerate(photos))
    groups = (
        Shown(("2018", "cluster-1-dog"), "dog", pictures[:2]),
        Shown((EVIL,), EVIL, pictures[2:]),
    )
    return Exhibit(EVIL, groups, layout=[(0.5, 0.5)] * len(photos))


def data(out: Path) -> dict[str, list[object]]:
    text = (out / "data.js").read_text("ascii")
    found: dict[str, list[object]] = json.loads(re.fullmatch(r"window.album = (.*);\n", text)[1])
    return found


def test_a_gallery_holds_every_photo_and_leaves_the_originals(tmp_path: Path) -> None:
    """Each photo is on the page with a thumbnail; nothing else on the disk has changed."""
    source = tmp_path / "photos"
    source.mkdir()
    photos = make_photos(source, 5)
    before = snapshot(source)
    done: list[int] = []
    written = write_gallery(exhibit(photos), tmp_path / "page", small, done.append)
    assert done == [1, 2, 3, 4, 5]
    assert snapshot(source) == before
    assert (written.count, written.unreadable) == (5, ())
    found = data(tmp_path / "page")
    assert found["names"] == [path.name for path in photos]
    assert all((tmp_path / f"page/thumbs/{t[:2]}/{t}.jpg").is_file() for t in found["thumbs"])
    assert found["folders"] == [{"path": f"{source}/", "url": "../photos/"}]


def test_no_name_or_title_can_end_the_script_or_the_markup(tmp_path: Path) -> None:
    """Titles and names reach the page as text only."""
    write_gallery(exhibit(make_photos(tmp_path, 3)), tmp_path / "page", small, lambda _: None)
    script = (tmp_path / "page" / "data.js").read_text("ascii")
    assert "<" not in script
    assert EVIL not in (tmp_path / "page" / "index.html").read_text("utf-8")
    assert data(tmp_path / "page")["groups"][1]["title"] == EVIL
    assert json.loads(as_script(EVIL + "\u2028&")) == EVIL + "\u2028&"


def test_a_second_gallery_replaces_what_the_first_wrote_and_nothing_else(tmp_path: Path) -> None:
    """Thumbnails of photos that are gone go; a file of the user's stays."""
    photos = make_photos(tmp_path, 4)
    out = tmp_path / "page"
    write_gallery(exhibit(photos), out, small, lambda _: None)
    (out / "mine.txt").write_text("mine")
    write_gallery(exhibit(photos[:3]), out, small, lambda _: None)
    assert len(list(out.glob("thumbs/*/*.jpg"))) == 3
    assert (out / "mine.txt").read_text() == "mine"
    listed = json.loads((out / MARKER).read_text("utf-8"))["files"]
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert set(listed) == there - {MARKER, "mine.txt"}


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder that holds something and has no marker stays as it is."""
    out = tmp_path / "page"
    out.mkdir()
    (out / "index.html").write_text("mine")
    before = snapshot(out)
    with pytest.raises(PhotosortError, match="is not a gallery"):
        write_gallery(exhibit(make_photos(tmp_path, 3)), out, small, lambda _: None)
    assert snapshot(out) == before


def test_a_marker_cannot_name_a_file_outside(tmp_path: Path) -> None:
    """A forged list of files removes nothing beyond the gallery."""
    photos = make_photos(tmp_path, 3)
    out = tmp_path / "page"
    write_gallery(exhibit(photos), out, small, lambda _: None)
    (out / MARKER).write_text(json.dumps({"files": ["../" + photos[0].name, str(photos[1])]}))
    write_gallery(exhibit(photos), out, small, lambda _: None)
    assert all(path.exists() for path in photos)


def test_a_photo_that_is_gone_is_named_and_has_no_thumbnail(tmp_path: Path) -> None:
    """The others are shown."""
    photos = make_photos(tmp_path, 3)
    photos[0].unlink()
    written = write_gallery(exhibit(photos), tmp_path / "page", small, lambda _: None)
    assert written.unreadable == (photos[0],)
    assert data(tmp_path / "page")["thumbs"][0] == ""


def test_a_gallery_is_whole_or_absent_wherever_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended before any of its steps, a page that is there names only pictures that are there."""
    photos = make_photos(tmp_path, 4)
    out = tmp_path / "page"

    class Killed(BaseException):
        pass

    def at(step: int) -> None:
        replace, steps = Path.replace, iter(range(1000))

        def counted(self: Path, target: Path) -> Path:
            if next(steps) == step:
                raise Killed
            return replace(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", counted)
            write_gallery(exhibit(photos[step % 2 :]), out, small, lambda _: None)

    for step in range(100):
        try:
            at(step)
        except Killed:
            if (out / "index.html").is_file():
                found = data(out)
                names = [f"thumbs/{name[:2]}/{name}.jpg" for name in found["thumbs"] if name]
                assert all((out / name).is_file() for name in names + found["sprites"]["files"])
        else:
            break
    assert 5 < step < 100
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert set(json.loads((out / MARKER).read_text("utf-8"))["files"]) == there - {MARKER}


def test_an_album_without_content_hashes_has_thumbnails_and_photos_on_the_world_map(
    tmp_path: Path,
) -> None:
    """An album cut by time: pictures and positions come from the photos and their headers."""
    source = tmp_path / "photos"
    source.mkdir()
    for photo in make_photos(source, 3):
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (15.0, 30.0, 0.0), 3: "E", 4: (73.0, 48.0, 0.0)}
        Image.open(photo).save(photo, exif=exif)
    before = snapshot(source)
    run("organize", source, "--by", "time", "-q")
    run("gallery", "--out", tmp_path / "page", "-q")
    found = data(tmp_path / "page")
    assert all(found["thumbs"])
    assert found["positions"] == [[15.5, 73.8]] * 3
    assert str(found["places"][1]).endswith("India")
    assert found["review"] == []
    assert snapshot(source) == before


@pytest.mark.slow
def test_what_review_finds_and_the_map_are_on_the_page_and_no_known_photo_is_opened(
    tmp_path: Path,
) -> None:
    """In an album grouped by content a copy is a finding; a photo that is gone keeps its place."""
    source = tmp_path / "photos"
    source.mkdir()
    for path in sorted((REPO / "sample_photos").glob("*.jpg"))[:5]:
        shutil.copy2(path, source)
    first, *_, last = sorted(source.iterdir())
    shutil.copy2(first, source / "copy.jpg")
    run("organize", source, "--clusters", "2", "-q")
    last.unlink()
    before = snapshot(source)
    made = json.loads(run("gallery", "--out", tmp_path / "page", "--json", "-q").stdout)
    assert made["unreadable"] == [str(last)]
    found = data(tmp_path / "page")
    assert all(found["thumbs"])
    assert found["names"][found["gone"][0]] == last.name
    assert len(found["xy"]) == 2 * len(found["names"]) == 12
    (duplicates,) = (one for one in found["review"] if one["reason"] == "duplicates")
    (copy,) = duplicates["photos"]
    assert {copy["name"], copy["keeper"]} == {first.name, "copy.jpg"}
    assert snapshot(source) == before


def test_the_cli_refuses_a_foreign_folder(tmp_path: Path) -> None:
    """One line, exit code 1, and the folder as it was."""
    source = tmp_path / "photos"
    source.mkdir()
    make_photos(source, 3)
    run("organize", source, "--by", "time", "-q")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("mine")
    before = snapshot(mine)
    assert "is not a gallery of photosort" in run("gallery", "--out", mine, code=1).stderr
    assert snapshot(mine) == before


@pytest.mark.parametrize("command", ["gallery", "preview"])
def test_open_shows_it_in_the_program_of_the_desktop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The page, or the folder, by its path whatever that holds; one line tells of no xdg-open."""
    source = tmp_path / "50% 'photos' & $(more)"
    source.mkdir()
    make_photos(source, 3)
    run("organize", source, "--by", "time", "-q")
    programs, told = tmp_path / "bin", tmp_path / "told"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    out = source.with_name(f"{source.name}-photosort")
    shown = out.with_name(f"{out.name}-gallery") / "index.html" if command == "gallery" else out
    line = run(command, "--open", code=1).stderr.splitlines()[-1]
    assert line == f"{shown}: no xdg-open here to show it; open it yourself"
    stub = programs / "xdg-open"
    stub.write_text(f'#!/bin/sh\necho "$# $1" > "{told}"\n')
    stub.chmod(0o700)
    run(command, "--open")
    for _ in range(500):
        if told.exists() and told.read_text().endswith("\n"):
            break
        time.sleep(0.02)
    assert told.read_text() == f"1 {shown}\n"
