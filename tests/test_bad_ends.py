"""Bad ends of albums by time, place and event: real files, read back from the disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import REPO, snapshot
from tests.test_by import LISBON, organized, photo, photosort

VIEWS = ("time", "place", "event")
BIEL = (47.13713, 7.24608)
NEVER_SET = "0000:00:00 00:00:00"


def undated(path: Path) -> Path:
    """Make a photo that no source dates: its file's time is that of a clock never set."""
    os.utime(photo(path, NEVER_SET), (0, 0))
    return path


def names(found: dict[str, list[str]]) -> list[str]:
    return sorted(name for some in found.values() for name in some)


@pytest.mark.parametrize("by", ["time", "event", "time,event", "event,time,place"])
def test_no_photo_has_a_date(tmp_path: Path, by: str) -> None:
    """All are in no-date, said once where two views say it; where there is no place, that too."""
    for number in range(3):
        undated(tmp_path / "photos" / f"{number}.jpg")
    folder = "no-date/no-place" if "place" in by else "no-date"
    assert organized(tmp_path / "photos", tmp_path / "album", "--by", by) == {
        folder: ["0.jpg", "1.jpg", "2.jpg"]
    }


@pytest.mark.slow
@pytest.mark.parametrize("by", VIEWS)
def test_all_at_one_minute(tmp_path: Path, by: str) -> None:
    """A series of thirty in one minute at one place is one folder."""
    for number in range(30):
        photo(tmp_path / "photos" / f"{number}.jpg", f"2018:05:03 10:00:{number:02}", LISBON)
    found = organized(tmp_path / "photos", tmp_path / "album", "--by", by)
    assert [len(some) for some in found.values()] == [30]


@pytest.mark.slow
def test_fifty_years(tmp_path: Path) -> None:
    """A folder a year, in the order of the years; as events, one group each at most."""
    for year in range(1975, 2025):
        photo(tmp_path / "photos" / f"{year}.jpg", f"{year}:07:01 10:00:00", LISBON)
    found = organized(tmp_path / "photos", tmp_path / "t", "--by", "time", "--every", "year")
    assert list(found) == [str(year) for year in range(1975, 2025)]
    events = organized(tmp_path / "photos", tmp_path / "e", "--by", "event")
    assert names(events) == [f"{year}.jpg" for year in range(1975, 2025)]


def test_two_cameras_of_one_name(tmp_path: Path) -> None:
    """Two of one model count their files alike: both photos are there, no clock is blamed."""
    for camera in ("mine", "yours"):
        for number in range(1, 5):
            path = tmp_path / "photos" / camera / f"DSC_000{number}.jpg"
            photo(path, f"2018:05:0{number} 1{len(camera) - 4}:00:00")
    found = organized(tmp_path / "photos", tmp_path / "album", "--by", "time")
    assert found["2018/2018-05-03"] == ["DSC_0003 (2).jpg", "DSC_0003.jpg"]
    assert len(names(found)) == 8
    said = photosort("organize", tmp_path / "photos", "--by", "time", "--dry-run")
    assert "clock" not in said.stdout + said.stderr


@pytest.mark.slow
def test_a_place_with_a_slash_in_its_name(tmp_path: Path) -> None:
    """Biel/Bienne is one folder, and an event there is one too."""
    for number in range(12):
        photo(tmp_path / "photos" / f"{number:02}.jpg", f"2018:05:03 10:{number:02}:00", BIEL)
    found = organized(tmp_path / "photos", tmp_path / "album", "--by", "place")
    assert list(found) == ["Switzerland/Bern/Biel-Bienne"]
    found = organized(
        tmp_path / "photos", tmp_path / "album", "--by", "event", "--language", "local"
    )
    assert [name.count("/") for name in found] == [0]


@pytest.mark.slow
@pytest.mark.parametrize("by", ["time", "event"])
def test_sources_that_cannot_be_written_to(tmp_path: Path, by: str) -> None:
    """Read-only photos in read-only folders are organized, updated and taken back as they are."""
    source = tmp_path / "photos"
    for number in range(3):
        photo(source / f"{number}.jpg", f"2018:05:03 10:0{number}:00", LISBON).chmod(0o444)
    (source / "0.jpg.xmp").write_text("<x/>")
    source.chmod(0o555)
    before = snapshot(tmp_path / "photos")
    try:
        found = organized(source, tmp_path / "album", "--by", by)
        assert names(found) == ["0.jpg", "1.jpg", "2.jpg"]
        for command in (
            ("organize", source, "--update", "--out", tmp_path / "album"),
            ("undo", "--album", tmp_path / "album", "--all"),
        ):
            done = photosort(*command)
            assert done.returncode == 0, done.stderr
        assert snapshot(source) == before
    finally:
        source.chmod(0o755)


@pytest.mark.parametrize("by", ["time", "place"])
def test_sidecars_without_their_photo(tmp_path: Path, by: str) -> None:
    """They are counted as sidecars, date nobody else, and stay where they are."""
    source = tmp_path / "photos"
    photo(source / "a.jpg", "2018:05:03 10:00:00", LISBON)
    undated(source / "b.jpg")
    (source / "gone.jpg.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    taken = {"photoTakenTime": {"timestamp": "1525305600"}, "geoData": {"latitude": 1.0}}
    (source / "gone.jpg.json").write_text(json.dumps(taken))
    found = organized(source, tmp_path / "album", "--by", by)
    assert names(found) == ["a.jpg", "b.jpg"]
    assert found["no-place" if by == "place" else "no-date"] == ["b.jpg"]
    manifest = json.loads((tmp_path / "album" / "album.json").read_text("utf-8"))
    assert manifest["unsupported"] == {"sidecar": 2}


def test_a_source_of_nothing_but_sidecars(tmp_path: Path) -> None:
    """No photo: one line, exit code 1, nothing written."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "gone.jpg.xmp").write_text("<x/>")
    done = photosort("organize", tmp_path / "photos", "--out", tmp_path / "album", "--by", "time")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()[-1]) > 0
    assert not (tmp_path / "album").exists()


def test_a_burst_of_screenshots_at_home_is_no_trip(tmp_path: Path) -> None:
    """Forty screenshots of an evening stay in the month, as the photos of its days do."""
    source = tmp_path / "photos"
    for day in range(1, 29, 2):
        for month in (1, 2, 3):
            photo(source / f"h-{month}-{day:02}.jpg", f"2018:{month:02}:{day:02} 18:00:00", LISBON)
    for minute in range(40):
        image = Image.new("RGB", (48, 64), (minute, 90, 120))
        image.save(source / f"Screenshot_2018-02-10-20-{minute:02}-12.png")
    found = organized(source, tmp_path / "album", "--by", "event")
    assert list(found) == ["2018-01 at home", "2018-02 at home", "2018-03 at home"]
    assert len(found["2018-02 at home"]) == 54


MILLION = """
import resource, sys
from datetime import datetime
from pathlib import Path
from photosort.album.plan import Group, Heading, Member, Site, plan_album
from photosort.photos.metadata.when import Taken
from photosort.views.events import by_event
from photosort.views.place import by_place
from photosort.views.records import Shot
from photosort.views.time import by_time

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

view = {"time": by_time, "place": by_place, "event": by_event}[sys.argv[1]]
taken = Taken(datetime(2018, 5, 3, 10, 11), "EXIF DateTimeOriginal")
view([Shot(Path("/photos/x.jpg"), taken, 51.8425, 5.8528)])  # loads what it needs
before = peak()
count = 1_000_000
shots = [Shot(Path(f"/photos/{n}.jpg"), taken, 51.8425, 5.8528) for n in range(count)]
groups = [
    Group(tuple(map(Heading, cut.keys, cut.path)),
          tuple(Member(shot.path, 1.0) for shot in cut.shots), cut.reason)
    for cut in view(shots)
]
plan = plan_album(groups, Site(Path("/album")))
print(len(plan.folders), len(plan.photos), (peak() - before) // count)
"""


@pytest.mark.slow
@pytest.mark.parametrize("by", VIEWS)
def test_a_million_at_one_place_and_minute(by: str) -> None:
    """One folder of a million, planned in a kilobyte a photo and a bit."""
    done = subprocess.run(
        [sys.executable, "-c", MILLION, by], capture_output=True, text=True, check=True, cwd=REPO
    )
    folders, photos, bytes_each = map(int, done.stdout.split())
    assert (folders, photos) == (1, 1_000_000)
    assert bytes_each < 1200
