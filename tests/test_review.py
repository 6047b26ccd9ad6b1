"""`review`: what is found on real files, that nothing is touched, and that all of it is undone."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from tests.conftest import REPO, snapshot

SAMPLES = REPO / "sample_photos"
DEER, HARBOUR = SAMPLES / "DSCN1180.JPG", SAMPLES / "DSC_0047.JPG"


def run(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "photosort", *map(str, arguments)],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def reviewed(*arguments: str | Path) -> dict[str, tuple[str, str | None]]:
    """Run with --json; give reason and keeper of each photo that was found, by name."""
    found = json.loads(run("review", *arguments, "--json", "-q").stdout)
    return {
        Path(one["path"]).name: (one["reason"], one["keeper"] and Path(one["keeper"]).name)
        for one in found["findings"]
    }


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos, copies of one, spoilt ones of the other, and pictures that are no photos."""
    folder = tmp_path_factory.mktemp("review") / "pictures"
    folder.mkdir()
    shutil.copy2(DEER, folder / "deer.jpg")
    shutil.copy2(DEER, folder / "deer (1).jpg")
    os.link(folder / "deer.jpg", folder / "same-file.jpg")
    deer, harbour = (Image.open(path).convert("RGB") for path in (DEER, HARBOUR))
    small = (deer.width // 2, deer.height // 2)
    deer.resize(small).save(folder / "IMG-20240101-WA0001.jpg", quality=50)
    deer.save(folder / "deer.webp", quality=70)
    width, height = deer.size
    cut = (width // 40, height // 40, width - width // 40, height - height // 40)
    deer.crop(cut).save(folder / "cropped.jpg", quality=90)
    shutil.copy2(HARBOUR, folder / "harbour.jpg")
    flipped = harbour.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    flipped.filter(ImageFilter.GaussianBlur(12)).save(folder / "soft.jpg")
    turned = Image.open(SAMPLES / "DSC_0081.JPG").convert("RGB")
    ImageEnhance.Brightness(turned).enhance(0.15).save(folder / "night.jpg")
    Image.new("RGB", (600, 400), (128, 120, 110)).save(folder / "pocket.jpg")
    deer.resize((100, 75)).transpose(Image.Transpose.ROTATE_90).save(folder / "thumb.jpg")
    shutil.copy2(SAMPLES / "Screenshot_20230521-081540.png", folder)
    frames = [Image.new("P", (80, 300), colour) for colour in (1, 2, 3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    Image.new("RGB", (1, 1), "red").save(folder / "dot.png")
    wide = Image.new("RGB", (2560, 90))
    for left in range(0, 2560, 640):
        wide.paste(harbour.crop((0, 150, 640, 240)), (left, 0))
    wide.save(folder / "panorama.jpg", quality=92)
    (folder / "broken.jpg").write_bytes(DEER.read_bytes()[:900])
    return folder


EXPECTED = {
    "deer (1).jpg": ("duplicates", "deer.jpg"),
    "IMG-20240101-WA0001.jpg": ("duplicates", "deer.jpg"),
    "deer.webp": ("duplicates", "deer.jpg"),
    "cropped.jpg": ("duplicates", "deer.jpg"),
    "soft.jpg": ("blurred", None),
    "night.jpg": ("dark", None),
    "pocket.jpg": ("empty", None),
    "thumb.jpg": ("tiny", None),
    "dot.png": ("tiny", None),
    "Screenshot_20230521-081540.png": ("screenshots", None),
}


def test_each_photo_has_its_reason_and_the_original_stays(pictures: Path) -> None:
    """Copies of five kinds name the original as keeper; a hard link of it is no copy."""
    before = snapshot(pictures)
    found = reviewed(pictures, "--dry-run")
    assert {name: found.get(name) for name in EXPECTED} == EXPECTED
    assert not {"deer.jpg", "same-file.jpg", "harbour.jpg", "panorama.jpg"} & found.keys()
    assert snapshot(pictures) == before
    assert not pictures.with_name("pictures-photosort").exists()


@pytest.mark.slow
def test_links_by_reason_are_written_and_taken_back(pictures: Path, tmp_path: Path) -> None:
    """Folders of links to the originals; undo leaves nothing, and nothing else ever changes."""
    source = tmp_path / "pictures"
    shutil.copytree(pictures, source)
    before = snapshot(source)
    done = run("review", source)
    out = tmp_path / "pictures-photosort" / "review"
    assert "Nothing was deleted or moved." in done.stdout
    assert "Skipped 1" in done.stdout
    for name, (reason, _) in EXPECTED.items():
        assert (out / reason / name).resolve() == source / name
    table = [line.split() for line in done.stdout.splitlines()]
    assert ["blurred", "1"] in [row[:2] for row in table]
    assert run("review", source, "--only", "dark,blurred").returncode == 0
    assert names_in(out) == [".photosort", "album.json", "blurred", "dark"]
    run("undo", "--album", out)
    assert (out / "duplicates").is_dir()
    run("undo", "--all", "--album", out)
    assert not out.exists()
    assert snapshot(source) == before


def test_a_second_review_decodes_nothing_and_loads_nothing_heavy(pictures: Path) -> None:
    """From the catalog: no worker starts, no TensorFlow, no scikit-learn."""
    run("review", pictures, "--dry-run")
    code = (
        "import sys\nfrom photosort.__main__ import main\n"
        f"sys.argv = ['photosort', 'review', {str(pictures)!r}, '--dry-run']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'scipy', 'ai_edge_litert'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Looking" not in done.stderr


@pytest.mark.slow
def test_what_is_kept_is_never_found_again_wherever_it_lies(pictures: Path, tmp_path: Path) -> None:
    """A kept photo is known by content: renamed, after the cache is cleared; until --no-keep."""
    source = tmp_path / "pictures"
    shutil.copytree(pictures, source)
    before = snapshot(source)
    done = run("review", "--keep", source / "soft.jpg", source / "deer.webp")
    assert "Kept for good: 2 photos" in done.stdout
    assert snapshot(source) == before
    (source / "soft.jpg").rename(source / "again.jpg")
    run("cache", "clear")
    found = reviewed(source, "--dry-run")
    assert not {"again.jpg", "deer.webp"} & found.keys()
    assert found["cropped.jpg"] == ("duplicates", "deer.webp")
    run("review", "--no-keep", source / "again.jpg")
    assert reviewed(source, "--dry-run")["again.jpg"] == ("blurred", None)


def test_json_and_csv_list_the_same(pictures: Path, tmp_path: Path) -> None:
    """Path, reason, score, keeper and bytes of each photo; the table is never replaced."""
    table = tmp_path / "found.csv"
    listed = json.loads(run("review", pictures, "--dry-run", "--json", "--csv", table).stdout)
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [one["path"] for one in listed["findings"]]
    for one in listed["findings"]:
        assert one["size_bytes"] == Path(one["path"]).stat().st_size
        assert 0 < one["score"] <= 1
        assert one["why"]
    assert sum(found["photos"] for found in listed["reasons"].values()) == len(rows)
    assert "is there already" in run("review", pictures, "--csv", table, code=1).stderr
    assert "lies in a source" in run("review", pictures, "--csv", pictures / "x", code=1).stderr


def test_shell_prints_commands_and_runs_none(tmp_path: Path) -> None:
    """Each line is one command with one name, also where the name is hostile."""
    source = tmp_path / "pictures"
    source.mkdir()
    names = ["a'b $(touch x).jpg", "-rf.jpg", "line\nbreak \x1b[31m.jpg"]
    for name in ["a.jpg", *names]:
        shutil.copy(DEER, source / name)
    os.utime(source / "a.jpg", (1, 1))
    before = snapshot(source)
    done = run("review", source, "--shell")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert len(lines) == len(names)
    assert "\x1b" not in done.stdout
    echoed = subprocess.run(
        ["bash", "-c", "\n".join(lines).replace("gio trash --", "printf '%s\\0'")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(echoed.stdout.split("\0")[:-1]) == sorted(str(source / n) for n in names)
    assert all(shlex.split(line, comments=True)[:3] == ["gio", "trash", "--"] for line in lines)
    assert snapshot(source) == before
    assert names_in(tmp_path) == ["pictures"]


def test_show_lists_the_keeper_first(pictures: Path) -> None:
    """Below the keeper stand its copies, each with the reason in words."""
    lines = run("review", pictures, "--show", "duplicates").stdout.splitlines()
    assert lines[0].startswith("duplicates")
    assert lines[1].split() == ["keep", str(pictures / "deer.jpg")]
    assert any("4.0x the pixels" in line for line in lines[2:])
    assert any("same content" in line for line in lines[2:])


@pytest.mark.slow
def test_an_album_is_reviewed_photo_by_photo(pictures: Path, tmp_path: Path) -> None:
    """--album takes the photos of an album, a nested one too; one that vanished is skipped."""
    source = tmp_path / "pictures"
    shutil.copytree(pictures, source)
    run("organize", source, "--by", "time,place", "-q")
    (source / "soft.jpg").unlink()
    before = snapshot(source)
    found = reviewed("--album", tmp_path / "pictures-photosort")
    assert found["cropped.jpg"] == ("duplicates", "deer.jpg")
    assert "soft.jpg" not in found
    assert (tmp_path / "pictures-photosort" / "review" / "dark" / "night.jpg").exists()
    assert snapshot(source) == before
    run("organize", source, "--by", "time", "-q")
    assert (tmp_path / "pictures-photosort" / "review" / "dark" / "night.jpg").exists()


@pytest.mark.slow
def test_organize_may_come_after_review(pictures: Path, tmp_path: Path) -> None:
    """The album's folder that only holds a review is free for an album; either is undone alone."""
    source, album = tmp_path / "pictures", tmp_path / "pictures-photosort"
    shutil.copytree(pictures, source)
    before = snapshot(source)
    run("review", source, "-q")
    run("organize", source, "--by", "time", "-q")
    assert (album / "album.json").exists()
    run("undo", "--album", album)
    assert (album / "review" / "album.json").exists()
    run("undo", "--album", album / "review")
    assert not (album / "review").exists()
    assert snapshot(source) == before


@pytest.mark.slow
def test_organize_sets_aside_what_review_found(pictures: Path, tmp_path: Path) -> None:
    """Without a review it is refused; with one, what it found is accounted for and left out."""
    source, album = tmp_path / "pictures", tmp_path / "pictures-photosort"
    shutil.copytree(pictures, source)
    before = snapshot(source)
    aside = ["organize", source, "--by", "time", "--set-aside", "review"]
    assert "no review to set aside" in run(*aside, code=1).stderr
    assert not album.exists()
    run("organize", source, "--by", "time", "-q")
    run("review", source, "-q")
    done = json.loads(run(*aside, "--json", "-q").stdout)
    placed = {Path(one["path"]).name for folder in done["folders"] for one in folder["photos"]}
    assert {"deer.jpg", "harbour.jpg", "panorama.jpg"} <= placed
    assert not placed & EXPECTED.keys()
    reasons = {Path(one["path"]).name: one["reason"] for one in done["skipped"]}
    assert reasons["soft.jpg"] == "set aside by review: blurred"
    again = json.loads(run("organize", "--again", "--album", album, "--json", "-q").stdout)
    assert again["photos"] == done["photos"]
    run("review", "--keep", source / "soft.jpg", "-q")
    kept = json.loads(run("organize", "--again", "--album", album, "--json", "-q").stdout)
    assert kept["photos"] == done["photos"] + 1
    assert snapshot(source) == before


def test_nothing_found_leaves_nothing(tmp_path: Path) -> None:
    """One good photo: a line says so, and no folder is made."""
    source = tmp_path / "pictures"
    source.mkdir()
    shutil.copy2(HARBOUR, source)
    done = run("review", source)
    assert done.stdout.splitlines() == ["1 photo: nothing found"]
    assert names_in(tmp_path) == ["pictures"]


def test_everything_may_be_found(tmp_path: Path) -> None:
    """Only flat pictures: one of equal ones and all others are found, and linked."""
    source = tmp_path / "pictures"
    source.mkdir()
    for number in range(4):
        Image.new("RGB", (300, 200 + 10 * number), (90, 90, 90)).save(source / f"{number}.png")
    found = reviewed(source)
    assert {reason for reason, _ in found.values()} <= {"empty", "duplicates"}
    assert len(found) == 4
    assert len(list((tmp_path / "pictures-photosort" / "review").rglob("*.png"))) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["nowhere"], 1, "nowhere"),
        (["{src}", "--only", "ugly"], 2, "duplicates, bursts"),
        (["{src}", "--show", "ugly"], 2, "--show ugly"),
        (["{src}", "--album", "{src}"], 2, "not both"),
        (["--keep"], 2, "name the photos"),
        (["--keep", "nowhere.jpg"], 1, "name a photo"),
        (["--keep", "{src}"], 1, "is a folder"),
        (["{src}", "--out", "{src}"], 1, "is the source itself"),
        (["{src}", "--out", ""], 2, "empty"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, arguments: list[str], code: int, text: str) -> None:
    """What cannot work is refused by name, with nothing written."""
    source = tmp_path / "pictures"
    source.mkdir()
    shutil.copy2(HARBOUR, source)
    before = snapshot(tmp_path)
    done = run("review", *(part.format(src=source) for part in arguments), code=code)
    assert text in " ".join(done.stderr.replace("│", " ").split())
    assert snapshot(tmp_path) == before


@pytest.mark.slow
def test_a_damaged_list_of_kept_photos_is_named(tmp_path: Path) -> None:
    """Photos that the user keeps are not put at risk by a list that cannot be read."""
    shutil.copy2(HARBOUR, tmp_path)
    run("review", "--keep", tmp_path / HARBOUR.name)
    file = Path(os.environ["XDG_STATE_HOME"]) / "photosort" / "kept-photos.json"
    for text in ("{", "[]", '{"kept": ["x"]}', '{"kept": {"aa": 1}}'):
        file.write_text(text)
        done = run("review", tmp_path, "--dry-run", code=1)
        assert str(file) in done.stderr
        assert len(done.stderr.splitlines()[-1:]) == 1


def test_blur_is_judged_by_the_sharpest_part(tmp_path: Path) -> None:
    """A smooth sky above a sharp edge, or a subject before a blurred ground, is not blurred."""
    source = tmp_path / "pictures"
    source.mkdir()
    sky = np.linspace(120, 220, 600)[:, None, None] * np.ones((1, 800, 3))
    Image.fromarray(sky.astype(np.uint8)).save(source / "sky.jpg", quality=95)
    photo = Image.open(SAMPLES / "DSCN1307.JPG").convert("RGB")
    ground = photo.filter(ImageFilter.GaussianBlur(8))
    middle = (photo.width // 4, photo.height // 4, photo.width * 3 // 4, photo.height * 3 // 4)
    ground.paste(photo.crop(middle), middle[:2])
    ground.save(source / "subject.jpg", quality=95)
    photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(8)).save(
        source / "soft.jpg"
    )
    assert {n for n, (reason, _) in reviewed(source).items() if reason == "blurred"} == {"soft.jpg"}
