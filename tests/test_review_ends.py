"""`review` at its ends: pairs of files, terminals, what is set aside, what --shell never names."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from photosort.photos.decode import decode
from photosort.review.kinds import kinds
from photosort.review.records import Item
from photosort.review.trained import KINDS
from tests.conftest import snapshot
from tests.terminals import shown_in
from tests.test_review import DEER, HARBOUR, SAMPLES, names_in, reviewed, run
from tests.test_terminal import without_styles

RAW = b"II*\0\x10\0\0\0CR\x02\0" + b"\0" * 200
VIDEO = b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + b"\0" * 200


def commands(stdout: str) -> list[list[str]]:
    """Split what a shell would run of what was printed."""
    parts = [shlex.split(line, comments=True) for line in stdout.splitlines()]
    return [part for part in parts if part]


def test_a_shot_in_two_files_stays_one(tmp_path: Path) -> None:
    """RAW + JPEG and HEIC + video (Live) are found nowhere; of HEIC + JPEG one stays."""
    source = tmp_path / "pictures"
    source.mkdir()
    shutil.copy2(DEER, source / "DSC_1.JPG")
    (source / "DSC_1.CR2").write_bytes(RAW)
    shutil.copy2(SAMPLES / "IMG_3127.HEIC", source / "IMG_2.HEIC")
    (source / "IMG_2.MOV").write_bytes(VIDEO)
    before = snapshot(source)
    assert reviewed(source, "--dry-run") == {}
    decode(source / "IMG_2.HEIC", min_side=1000).image.save(source / "IMG_2.JPG", quality=85)
    found = reviewed(source, "--dry-run")
    assert len(found) == 1
    ((name, (reason, keeper)),) = found.items()
    assert reason in {"duplicates", "bursts"}
    assert {name, keeper} == {"IMG_2.HEIC", "IMG_2.JPG"}
    (source / "IMG_2.JPG").unlink()
    assert snapshot(source) == before


def test_the_commands_leave_one_of_each_picture(tmp_path: Path) -> None:
    """Copies of a photo that is dark, or tiny, itself: the one that is left is in a comment."""
    source = tmp_path / "pictures"
    source.mkdir()
    dark = ImageEnhance.Brightness(Image.open(DEER).convert("RGB")).enhance(0.12)
    dark.save(source / "dark.png")
    dark.save(source / "dark-small.jpg", quality=60)
    small = Image.open(HARBOUR).convert("RGB").resize((120, 80))
    small.save(source / "tiny.png")
    for name in ("tiny (1).png", "tiny (2).png"):
        shutil.copy2(source / "tiny.png", source / name)
    found = reviewed(source, "--dry-run")
    assert found.keys() == {path.name for path in source.iterdir()}
    assert (found["dark.png"][0], found["tiny.png"][0]) == ("dark", "tiny")
    done = run("review", source, "--shell")
    named = {Path(command[-1]).name for command in commands(done.stdout)}
    assert named == {"dark-small.jpg", "tiny (1).png", "tiny (2).png"}
    spared = [line for line in done.stdout.splitlines() if "that is left of its copies" in line]
    assert len(spared) == 2
    assert all(line.startswith("# ") for line in spared)
    only = run("review", source, "--shell", "--only", "dark")
    assert [Path(command[-1]).name for command in commands(only.stdout)] == ["dark.png"]


@pytest.mark.slow
@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_burst_is_drawn_at_any_width(columns: int, tmp_path: Path) -> None:
    """Pictures, then each path whole and the reason, whatever the terminal's width."""
    source = tmp_path / "pictures [b]"
    source.mkdir()
    exif = Image.Exif()
    for second in range(3):
        exif.get_ifd(0x8769)[0x9003] = f"2024:05:06 12:00:0{second}"
        picture = Image.open(DEER).convert("RGB")
        picture.putpixel((0, 0), (second, 0, 0))
        picture.save(source / f"shot {second}.jpg", quality=95 - second, exif=exif)
    command = [sys.executable, "-m", "photosort", "review", str(source), "--show", "bursts"]
    code, shown = shown_in("talking", command, columns=columns)
    plain = without_styles(shown)
    assert code == 0, plain
    assert "▀" in plain
    lines = plain.splitlines()
    keep = [line for line in lines if line.startswith("  keep")]
    rest = [line for line in lines if "keeper:" in line]
    assert (len(keep), len(rest)) == (1, 2)
    assert all(str(source) in line for line in (*keep, *rest))


@pytest.mark.slow
def test_what_is_set_aside_stays_so_until_it_is_asked_for(tmp_path: Path) -> None:
    """--update leaves out what the review found; new bad photos from the next review on.

    A photo that `add` names is filed: the user asked for it. Then it stays.
    """
    source, album = tmp_path / "pictures", tmp_path / "pictures-photosort"
    source.mkdir()
    shutil.copy2(HARBOUR, source)
    pocket = Image.new("RGB", (600, 400), (128, 120, 110))
    for name in ("pocket.jpg", "asked.jpg"):
        pocket.resize((600, 400 + len(name))).save(source / name)
    run("review", source, "-q")
    run("organize", source, "--by", "time", "--set-aside", "review", "-q")

    def placed() -> set[str]:
        told = json.loads((album / "album.json").read_text(encoding="utf-8"))
        return {Path(path).name for path in _paths(told)} & {p.name for p in source.iterdir()}

    assert placed() == {HARBOUR.name}
    shutil.copy2(DEER, source)
    pocket.resize((600, 300)).save(source / "later.jpg")
    before = snapshot(source)
    run("review", source, "-q")
    run("organize", source, "--update", "-q")
    assert placed() == {HARBOUR.name, DEER.name}
    run("add", source / "asked.jpg", "--album", album, "-q")
    assert placed() == {HARBOUR.name, DEER.name, "asked.jpg"}
    run("organize", source, "--update", "-q")
    assert placed() == {HARBOUR.name, DEER.name, "asked.jpg"}
    assert snapshot(source) == before
    pocket.resize((600, 200)).save(source / "unreviewed.jpg")
    run("organize", source, "--update", "-q")
    assert "unreviewed.jpg" in placed()


@pytest.mark.slow
def test_a_review_of_an_album_knows_what_was_set_aside(tmp_path: Path) -> None:
    """Reviewed again by its album, what was set aside is found again and stays set aside.

    What the user added or moved stays in the album all the same.
    """
    source, album = tmp_path / "pictures", tmp_path / "pictures-photosort"
    source.mkdir()
    shutil.copy2(HARBOUR, source)
    shutil.copy2(DEER, source)
    pocket = Image.new("RGB", (600, 400), (128, 120, 110))
    for name in ("pocket.jpg", "moved.jpg"):
        pocket.resize((600, 400 + len(name))).save(source / name)
    before = snapshot(source)
    run("organize", source, "-k", "2", "-q")
    run("review", "-q")

    def placed() -> set[str]:
        told = json.loads((album / "album.json").read_text(encoding="utf-8"))
        return {Path(path).name for path in _paths(told)} & {p.name for p in source.iterdir()}

    run("organize", "--again", "--set-aside", "review", "-k", "1", "-q")
    assert placed() == {HARBOUR.name, DEER.name}
    run("review", "-q")
    assert {"pocket.jpg", "moved.jpg"} <= {p.name for p in (album / "review").rglob("*.jpg")}
    run("add", source / "moved.jpg", "--album", album, "-q")
    run("new", "Mine", source / "moved.jpg", "-q")
    run("organize", "--again", "-q")
    assert placed() == {HARBOUR.name, DEER.name, "moved.jpg"}
    assert snapshot(source) == before


def _paths(told: dict) -> list[str]:
    """List the photos in the folders of an album.json."""
    found: list[str] = []
    for folder in told["folders"]:
        found += [photo["path"] for photo in folder["photos"]]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("view", ["time", "time,place", "event"])
def test_any_album_is_reviewed(view: str, tmp_path: Path) -> None:
    """--album of days, of nested folders, of events finds the same."""
    source, album = tmp_path / "pictures", tmp_path / "pictures-photosort"
    source.mkdir()
    for photo in (DEER, HARBOUR):
        shutil.copy2(photo, source)
    shutil.copy2(DEER, source / "again.jpg")
    run("organize", source, "--by", view, "-q")
    ((name, found),) = reviewed("--album", album).items()
    assert {name, found[1]} == {"again.jpg", DEER.name}
    assert names_in(album / "review") == [".photosort", "album.json", "duplicates"]


def test_notes_and_drawings_may_be_asked_for(tmp_path: Path) -> None:
    """They are found as documents and memes; help says so."""
    shutil.copy2(HARBOUR, tmp_path)
    told = json.loads(
        run("review", tmp_path, "--only", "drawings, notes", "--dry-run", "--json").stdout
    )
    assert list(told["reasons"]) == ["documents", "memes"]
    shown = " ".join(run("review", "--help").stdout.split())
    assert "documents (or notes)" in shown
    assert "memes (or drawings)" in shown


def test_a_screens_size_speaks_for_a_screenshot():
    """The same doubtful picture: a screenshot at a phone's size, turned too, not from a camera."""
    odds = np.zeros((4, len(KINDS)), np.float32)
    odds[:, KINDS.index("photo")], odds[:, KINDS.index("screenshot")] = 3.0, 2.6
    sizes = [(1170, 2532, False), (2532, 1170, False), (1170, 2532, True), (1171, 2532, False)]
    items = [
        Item(Path(f"/p/{at}.jpg"), b"", 1, 1, width=wide, height=tall, from_camera=camera)
        for at, (wide, tall, camera) in enumerate(sizes)
    ]
    found = [verdict and verdict[0] for verdict in kinds(items, odds)]
    assert found == ["screenshots", "screenshots", None, None]


def test_an_animation_is_no_copy_of_its_first_frame(tmp_path: Path) -> None:
    """GIF, WebP, APNG and TIFF with a second picture stay beside the still; a copy of them is one.

    With one frame alone they are copies of it.
    """
    source = tmp_path / "pictures"
    source.mkdir()
    first, second = (Image.open(path).convert("RGB").resize((480, 360)) for path in (DEER, HARBOUR))
    first.save(source / "still.jpg", quality=95)
    names = [f"moving.{suffix}" for suffix in ("gif", "webp", "png", "tif")]
    for name in names:
        first.save(source / name, save_all=True, append_images=[second])
    shutil.copy2(source / "moving.gif", source / "moving (1).gif")
    first.save(source / "one.webp", quality=50)
    found = reviewed(source, "--dry-run")
    assert found == {
        "moving (1).gif": ("duplicates", "moving.gif"),
        "one.webp": ("duplicates", "still.jpg"),
    }


def test_a_copy_of_a_near_copy_says_so(tmp_path: Path) -> None:
    """Of two equal files that are near copies of a third, neither is said to have its content."""
    source = tmp_path / "pictures"
    source.mkdir()
    picture = Image.open(DEER).convert("RGB")
    picture.save(source / "large.jpg", quality=95)
    picture.resize((picture.width // 2, picture.height // 2)).save(source / "small.jpg", quality=80)
    shutil.copy2(source / "small.jpg", source / "small (1).jpg")
    told = json.loads(run("review", source, "--dry-run", "--json", "-q").stdout)["findings"]
    assert {Path(one["path"]).name for one in told} == {"small.jpg", "small (1).jpg"}
    assert {Path(one["keeper"]).name for one in told} == {"large.jpg"}
    assert all("4.0x the pixels" in one["why"] for one in told)


def test_an_overexposed_photo_is_bright(tmp_path: Path) -> None:
    """Three stops too many are found, a photo as it was taken is not."""
    source = tmp_path / "pictures"
    source.mkdir()
    shutil.copy2(DEER, source / "deer.jpg")
    light = (np.asarray(Image.open(HARBOUR).convert("RGB"), np.float32) / 255) ** 2.2
    bright = np.clip(light * 8, 0, 1) ** (1 / 2.2) * 255
    Image.fromarray(bright.astype(np.uint8)).save(source / "bright.jpg", quality=92)
    found = reviewed(source, "--dry-run")
    assert found == {"bright.jpg": ("bright", None)}
