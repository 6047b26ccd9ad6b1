"""`organize --by`: cut by time, place and event from headers alone; nested with content."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from tests.conftest import snapshot

LISBON = (38.7223, -9.1393)
PANAJI = (15.4909, 73.8278)


def photo(path: Path, taken: str | None, spot: tuple[float, float] | None = None) -> Path:
    """Make a photo as a camera would: date, make and, where there is a spot, GPS."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acme", "One"
    if taken:
        exif.get_ifd(0x8769).update({0x9003: taken, 0x829A: IFDRational(1, 60)})
    if spot:
        north, east = (IFDRational(round(abs(degrees) * 10_000), 10_000) for degrees in spot)
        exif.get_ifd(0x8825).update(
            {
                1: "N" if spot[0] >= 0 else "S",
                2: (
                    IFDRational(round(abs(north) * 10_000), 10_000),
                    IFDRational(0),
                    IFDRational(0),
                ),
                3: "E" if spot[1] >= 0 else "W",
                4: (east, IFDRational(0), IFDRational(0)),
            }
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    shade = sum(path.name.encode()) % 200
    Image.new("RGB", (64, 48), (shade, 90, 120)).save(path, exif=exif)
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    photo(folder / "a.jpg", "2018:05:03 10:00:00", LISBON)
    photo(folder / "b.jpg", "2018:05:31 23:45:00", LISBON)
    photo(folder / "c.jpg", "2018:05:03 10:30:00")
    photo(folder / "d.jpg", "2019:01:01 00:05:00", PANAJI)
    os.utime(photo(folder / "e.jpg", None), (0, 0))  # 1970-01-01: a clock that was never set
    return folder


def photosort(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "photosort", *map(str, arguments)],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def organized(source: Path, out: Path, *options: str) -> dict[str, list[str]]:
    before = snapshot(source)
    done = photosort("organize", source, "--out", out, *options)
    assert done.returncode == 0, done.stderr
    assert snapshot(source) == before
    return tree(out)


def tree(out: Path) -> dict[str, list[str]]:
    """List the folders of an album with the names in them."""
    found: dict[str, list[str]] = {}
    for link in sorted(path for path in out.rglob("*") if path.is_symlink()):
        assert link.resolve().is_file()
        found.setdefault(link.parent.relative_to(out).as_posix(), []).append(link.name)
    return found


def test_by_time_is_the_local_day(source: Path, tmp_path: Path) -> None:
    """23:45 on 31 May is in May; a photo without a date is in no-date."""
    assert organized(source, tmp_path / "album", "--by", "time") == {
        "2018/2018-05-03": ["a.jpg", "c.jpg"],
        "2018/2018-05-31": ["b.jpg"],
        "2019/2019-01-01": ["d.jpg"],
        "no-date": ["e.jpg"],
    }


def test_by_month(source: Path, tmp_path: Path) -> None:
    """`--every month` makes a folder a month."""
    found = organized(source, tmp_path / "album", "--by", "time", "--every", "month")
    assert list(found) == ["2018/2018-05", "2019/2019-01", "no-date"]


@pytest.mark.slow
def test_by_place_and_an_inferred_one(source: Path, tmp_path: Path) -> None:
    """Places from coordinates; with `--infer` a photo takes that of one half an hour before."""
    assert organized(source, tmp_path / "album", "--by", "place", "--level", "country") == {
        "India": ["d.jpg"],
        "Portugal": ["a.jpg", "b.jpg"],
        "no-place": ["c.jpg", "e.jpg"],
    }
    found = organized(source, tmp_path / "album", "--by", "place", "--infer")
    lisbon = next(name for name in found if name.startswith("Portugal/"))
    assert found[lisbon] == ["a.jpg", "b.jpg", "c.jpg"]
    manifest = json.loads((tmp_path / "album" / "album.json").read_text("utf-8"))
    assert "within the hour" in json.dumps(manifest)


def test_views_nest_in_the_order_they_are_named(source: Path, tmp_path: Path) -> None:
    """Year, then country; undo takes all of it back."""
    out = tmp_path / "album"
    options = ("--by", "time,place", "--every", "year", "--level", "country")
    assert organized(source, out, *options) == {
        "2018/Portugal": ["a.jpg", "b.jpg"],
        "2018/no-place": ["c.jpg"],
        "2019/India": ["d.jpg"],
        "no-date/no-place": ["e.jpg"],
    }
    assert photosort("undo", "--album", out).returncode == 0
    assert not out.exists()


def test_dates_and_their_sources_are_in_the_album(source: Path, tmp_path: Path) -> None:
    """album.json has the local time of each photo and says where it came from."""
    organized(source, tmp_path / "album", "--by", "time")
    text = (tmp_path / "album" / "album.json").read_text("utf-8")
    assert "2018-05-31T23:45:00" in text
    assert "DateTimeOriginal" in text


@pytest.mark.slow
def test_a_folder_renamed_keeps_its_name_in_the_next_run(source: Path, tmp_path: Path) -> None:
    """The user's title of a day stays, also with a new photo in it."""
    out = tmp_path / "album"
    organized(source, out, "--by", "time")
    done = photosort("rename", "2018/2018-05-03", "Arrival", "--album", out)
    assert done.returncode == 0, done.stderr
    before = tree(out)
    assert any("rrival" in name for name in before)
    photo(source / "f.jpg", "2018:05:03 12:00:00")
    after = organized(source, out, "--by", "time")
    assert after.keys() == before.keys()
    assert any(names == ["a.jpg", "c.jpg", "f.jpg"] for names in after.values())


def test_an_event_gathers_a_journey(tmp_path: Path) -> None:
    """Days away from home are one event, named by its dates and its place."""
    folder = tmp_path / "photos"
    for day in range(1, 29):
        for month in (1, 2, 3, 4):
            name = f"home-{month:02d}-{day:02d}.jpg"
            photo(folder / name, f"2018:{month:02d}:{day:02d} 09:00:00", LISBON)
    for day in range(3, 9):
        for hour in range(9, 18):
            photo(folder / f"goa-{day}-{hour}.jpg", f"2018:05:{day:02d} {hour}:00:00", PANAJI)
    found = organized(folder, tmp_path / "album", "--by", "event")
    goa = [name for name, names in found.items() if any(n.startswith("goa") for n in names)]
    assert len(goa) == 1
    assert goa[0].startswith("2018-05-03..08")
    assert len(found[goa[0]]) == 54


@pytest.mark.slow
@pytest.mark.parametrize("by", ["time", "place", "event"])
def test_headers_are_enough(source: Path, tmp_path: Path, by: str) -> None:
    """Neither TensorFlow nor scikit-learn nor the network that looks at photos is loaded."""
    script = (
        "import sys; from photosort.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'ai_edge_litert'} & set(sys.modules)))"
    )
    arguments = ["organize", str(source), "--out", str(tmp_path / "album"), "--by", by, "-q"]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--by", "colour"), "--by colour"),
        (("--by", "time,time"), "--by time,time"),
        (("--by", ""), "--by"),
        (("--by", "time", "--clusters", "3"), "--clusters"),
        (("--by", "content", "--every", "year"), "--every"),
        (("--by", "time", "--level", "city"), "--level"),
    ],
)
def test_what_contradicts_itself_is_wrong_usage(
    source: Path, tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    """Exit code 2, the option by name, nothing written."""
    done = photosort("organize", source, "--out", tmp_path / "album", *options)
    assert done.returncode == 2
    assert named in done.stderr
    assert not (tmp_path / "album").exists()


@pytest.mark.slow
def test_an_event_and_inside_it_the_content(source: Path, tmp_path: Path) -> None:
    """A cluster has the same number and name in every year; --dry-run writes nothing."""
    options = ("--by", "time,content", "--every", "year", "--clusters", "2", "--model", "lite0")
    dry = photosort("organize", source, "--out", tmp_path / "dry", *options, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert not (tmp_path / "dry").exists()
    found = organized(source, tmp_path / "album", *options)
    clusters = {name.partition("/")[2] for name in found}
    assert {name.partition("/")[0] for name in found} == {"2018", "2019", "no-date"}
    assert len(clusters) == 2
    assert all(name.startswith("cluster-") for name in clusters)
    assert sorted(n for names in found.values() for n in names) == [f"{x}.jpg" for x in "abcde"]
