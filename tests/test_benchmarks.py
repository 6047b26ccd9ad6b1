"""The benchmarks that measure grouping run and print their tables: a smoke run on sample photos."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO, snapshot
from tests.test_samples import SAMPLES, kinds_of_samples


@pytest.fixture
def albums(tmp_path: Path) -> Path:
    """Lay out a folder of one album: the sample photos, in a sub-folder for each kind."""
    for file, kind in kinds_of_samples().items():
        folder = tmp_path / "albums" / "samples" / kind.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SAMPLES / file, folder)
    return tmp_path / "albums"


def run(script: str, *args: str | Path) -> list[list[str]]:
    """Run a benchmark; return the cells of what it prints as tables."""
    command = [sys.executable, REPO / "benchmarks" / script, *args]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.slow
def test_albums_are_compared_by_every_method(albums: Path) -> None:
    """benchmarks/albums.py: NMI, ACC and ARI of each method; DEC finds the samples' kinds."""
    before = snapshot(albums)
    table = run("albums.py", albums, "--seeds", "1", "--methods", "kmeans-features,ae,dec")
    assert [row[0] for row in table if row[1] == "samples"] == ["NMI", "ACC", "ARI"]
    scores = {row[0]: float(row[1]) for row in table[2:5]}
    assert len(scores) == 3
    assert scores["DEC as organize runs it"] > 0.8
    number = run("albums.py", albums, "--count")
    assert number[-1][:2] == ["samples", "6"]
    assert 4 <= int(number[-1][2]) <= 9
    assert snapshot(albums) == before


@pytest.mark.slow
def test_steps_of_grouping_are_compared_on_even_and_uneven_albums(albums: Path) -> None:
    """benchmarks/partitions.py: a row for each step; organize finds the samples' kinds."""
    few = ("--thinnings", "1", "--mixes", "2")
    table = run("partitions.py", albums, *few)
    assert table[0][:4] == ["NMI", "even (1)", "thinned (1)", "even mix (1)"]
    assert len(table) == 2 + 7
    assert table[-1][0] == "what organize runs"
    assert float(table[-1][1]) > 0.8
    counts = run("partitions.py", albums, *few, "--count")
    assert [row[0] for row in counts[2:]] == [
        "even (1)", "thinned (1)", "even mix (1)", "uneven mix (1)"
    ]  # fmt: skip
    assert all(0.5 < float(row[2]) < 2 for row in counts[2:])


@pytest.mark.slow
def test_what_learns_from_looks_is_compared_with_what_gets_their_mean(albums: Path) -> None:
    """benchmarks/views.py: a row for each method; the samples' kinds are found from four looks."""
    table = run("views.py", albums, "--thinnings", "1")
    assert table[0] == ["NMI", "even", "thinned"]
    assert len(table) == 2 + 5
    assert all(float(row[1]) > 0.7 for row in table[2:])


@pytest.mark.slow
def test_many_photos_are_made_of_few_and_grouped(albums: Path, tmp_path: Path) -> None:
    """benchmarks/million.py: a row for each number; six classes are found again; a plot."""
    made = ("--work", tmp_path / "work", "--photos", "300", "900")
    table = run("million.py", albums, *made, "--plot", tmp_path / "cost.png", "--subset", "200")
    assert [row[0] for row in table[2:]] == ["300", "900"]
    assert all(float(row[-1]) > 0.5 for row in table[2:])
    assert (tmp_path / "cost.png").stat().st_size < 60_000


@pytest.mark.slow
def test_corrections_are_measured(albums: Path) -> None:
    """benchmarks/corrections.py: NMI before and after, for each kind of correction and number."""
    before = snapshot(albums)
    table = run("corrections.py", albums, "--seeds", "1", "--draws", "1", "--picks", "2")
    assert [row[:3] for row in table[2:6]] == [
        ["true", "move", "samples"], ["true", "move and new", "samples"],
        ["true", "move", "mean"], ["true", "move and new", "mean"],
    ]  # fmt: skip
    assert all(row[4] == "+0.000" for row in table[2:6])
    assert table[-1][0] == "samples"
    assert snapshot(albums) == before


@pytest.mark.slow
def test_every_stage_is_timed(albums: Path) -> None:
    """benchmarks/stages.py: a row a stage, with photos a second and the share of the bare limit."""
    before = snapshot(albums)
    table = run("stages.py", albums, "--limit", "20", "--clusters", "3")
    stages = [row[0] for row in table[2:]]
    assert stages[:4] == ["scan", "hash", "header", "decode"]
    assert {"workers (all of these)", "neighbours", "DEC", "all of grouping", "link"} <= {*stages}
    assert all(float(row[1].replace(",", "")) > 0 for row in table[2:])
    assert snapshot(albums) == before


@pytest.mark.slow
def test_a_library_of_known_photos_is_organized_to_the_end(tmp_path: Path) -> None:
    """benchmarks/second_run.py: the stages before grouping, then the commands of a user."""
    library = (tmp_path / "work", "--photos", "90")
    told = [row[0] for row in run("second_run.py", *library, "--new", "2")]
    assert told.count("Scanning") == 3
    assert "Looking" in told
    whole = run("second_run.py", *library, "--commands", "--organize", "--relink")
    assert [row[0] for row in whole if row[-1].endswith("GB")] == [
        "organize", "list", "preview", "find", "move", "undo of that", "rename",
        "relink", "relink, back again", "undo of the album",
    ]  # fmt: skip


@pytest.mark.slow
def test_links_are_written_by_turns_and_one_photo_is_added(tmp_path: Path) -> None:
    """benchmarks/links.py leaves only the photos; benchmarks/add.py files one photo more."""
    work = tmp_path / "work"
    for number in range(40):
        (work / "photos" / f"{number % 3}").mkdir(parents=True, exist_ok=True)
        shutil.copy2(
            next(SAMPLES.glob("*.jpg")), work / "photos" / f"{number % 3}" / f"{number}.jpg"
        )
    before = snapshot(work)
    rows = run("links.py", work, "--turns", "1")[2:]
    assert [row[0] for row in rows] == [str(REPO), "os.symlink"]
    assert all(float(row[4].replace(",", "")) > 0 for row in rows)
    assert snapshot(work) == before
    run("add.py", tmp_path / "album", "--count", "40", "--runs", "2")
    album = json.loads((tmp_path / "album" / "album" / "album.json").read_text())
    names = {photo["name"] for folder in album["folders"] for photo in folder["photos"]}
    assert len(names) == 42
    assert {"new0.jpg", "new1.jpg"} < names


def test_each_step_of_a_worker_is_timed(albums: Path) -> None:
    """benchmarks/one_photo.py: a row a step, and the decoder alone beside them."""
    steps = [row[0] for row in run("one_photo.py", albums, "--limit", "3", "--rounds", "2")[2:]]
    assert steps[:4] == ["read", "hash", "header", "(Pillow alone)"]
    assert steps[-1] == "to the parent"


@pytest.mark.slow
def test_titles_and_confidence_are_shown(albums: Path) -> None:
    """benchmarks/titles.py and benchmarks/confidence.py print a line a cluster, a line an album."""
    titles = run("titles.py", albums / "samples")
    assert len(titles) == 2 + 6
    assert sum(row[0] != "-" for row in titles[2:]) >= 4
    sure = run("confidence.py", albums / "samples", "--seeds", "1")
    assert sure[2][0] == "samples, seed 0"
    assert sure[2][1].endswith("%")


@pytest.mark.slow
def test_ablation_of_the_digits_prints_a_line_for_each_variant() -> None:
    """benchmarks/ablation.py: five starts and five refinements, each with its ACC and NMI."""
    command = [sys.executable, REPO / "benchmarks" / "ablation.py", "--rows", "300"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 10
    for line in lines:
        acc, nmi = float(line.split()[-3]), float(line.split()[-1])
        assert 0.3 < nmi <= 1
        assert 0.3 < acc <= 1


@pytest.mark.slow
def test_review_is_measured_on_spoilt_copies(tmp_path: Path) -> None:
    """benchmarks/review.py: a row each for kinds, blur, exposure, copies, wrong pairs."""
    phone = tmp_path / "albums" / "phone" / "lakes"
    phone.mkdir(parents=True)
    for file in sorted(SAMPLES.glob("DSC*.JPG"))[:4]:
        shutil.copy2(file, phone / f"{file.stem}.jpg")
    before = snapshot(tmp_path / "albums")
    rows = run("review.py", tmp_path / "albums", "--work", tmp_path / "work", "--photos", "2")
    scores = {row[0]: row[1:] for row in rows}
    judged = {f"{reason}, photosort" for reason in ("blurred", "dark", "bright")}
    assert {"screenshots", "memes", "watermark", *judged} <= scores.keys()
    assert float(scores["dark, photosort"][3]) > 0.9
    assert float(scores["wrong pairs in 10,000"][0]) == 0
    assert snapshot(tmp_path / "albums") == before
