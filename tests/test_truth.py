"""Dates, offsets, orientation and places of camera files, as other programs read them."""

import subprocess
import sys
from pathlib import Path

from photosort.photos.metadata import read_facts
from photosort.photos.metadata.when import when
from tests.conftest import REPO, snapshot
from tests.headers import BERLIN, OFFSET, ORIENTATION, TAKEN, exif_block, jpeg, xmp_packet

OTHERS = (
    ("dated/date-priority-test.jpg", "EXIF DateTimeOriginal", "2023-02-02 02:00:00", None),
    ("dated/30-type_error.jpg", "XMP DateTimeOriginal", "2013-07-05 03:18:27", 0),
    ("dated/67-0_length_string.jpg", "EXIF DateTime", "2016-09-12 10:05:31", 120),
    ("dated/Kodak_CX7530.jpg", "EXIF DateTimeOriginal", "2005-08-13 09:47:23", 180),
    ("gps/gps-datetime.jpg", "GPS time", "2023-11-15 04:30:00", -480),
    ("gps/datetimeoriginal-gps.jpg", "EXIF DateTimeOriginal", "2025-12-01 11:30:00", -420),
    ("gps/thompson-springs.jpg", "XMP DateCreated", "2022-01-10 15:15:44.310000", -420),
    ("formats/HMD_Nokia_8.3_5G_hdr.heif", "GPS time", "2022-01-12 08:30:14", 60),
    ("formats/IMG_5195.HEIC", "EXIF DateTimeOriginal", "2021-04-11 15:47:53.054000", -300),
    ("formats/denali.webp", "EXIF DateTimeOriginal", "2010-08-13 21:00:01.850000", None),
)
HEADER = "file\tsource\tdate_local\tdate_tag\toffset\torientation\tlat\tlon\tnote\n"


def run(folder: Path) -> tuple[int, str, dict[str, list[str]]]:
    """Run benchmarks/truth.py: exit status, output, and the numbers of its table by field."""
    command = [sys.executable, "-B", str(REPO / "benchmarks" / "truth.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPO)
    assert done.stderr == ""
    rows = [line.strip("|").split("|") for line in done.stdout.splitlines() if line[:2] == "| "]
    table = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows if len(row) == 6}
    return done.returncode, done.stdout, table


def test_camera_files_agree_with_the_truth(shared: Path) -> None:
    """139 real files: every field agrees, but for one date that the truth's source cannot see."""
    folder = shared / "fixtures" / "truth"
    before = snapshot(folder)
    status, output, table = run(folder)
    assert status == 0, output
    # field: files, with a value, agree, explained, not explained
    assert table == {
        "field": ["files", "with a value", "agree", "explained", "not explained"],
        "date": ["139", "108", "138", "1", "0"],
        "offset": ["139", "12", "139", "0", "0"],
        "orientation": ["139", "118", "139", "0", "0"],
        "place": ["139", "23", "139", "0", "0"],
    }
    assert "long_description.jpg | date | none | 2003-08-31 00:00:00 | it stands in XMP" in output
    assert "2 files stand in them and follow from their place; 2 of them are the same" in output
    assert snapshot(folder) == before


def test_the_comparison_sees_differences(tmp_path: Path) -> None:
    """A wrong date, offset, orientation and place fail it; a date of XMP alone is explained."""
    files = tmp_path / "files"
    files.mkdir()
    own = {TAKEN: "2018:05:03 10:11:12", OFFSET: "+02:00"}
    (files / "a.jpg").write_bytes(jpeg(exif_block({ORIENTATION: 6}, own, BERLIN)))
    (files / "b.jpg").write_bytes(jpeg(xmp=xmp_packet({"xmp:CreateDate": "2018-05-03T10:11:12"})))
    right = "a.jpg\timagemeta\t2018-05-03 10:11:12\t\t+02:00\t6\t52.520005\t13.41\t\n"
    xmp_only = "b.jpg\texif-py\t\t\t\t\t\t\t\n"
    (tmp_path / "truth.tsv").write_text(HEADER + right + xmp_only)
    status, output, table = run(tmp_path)
    assert status == 0, output
    assert table["date"] == ["2", "1", "1", "1", "0"]
    assert table["place"] == ["2", "1", "2", "0", "0"]
    wrong = "a.jpg\timagemeta\t2018-05-03 10:11:13\t\t+01:00\t5\t52.520015\t13.41\t\n"
    (tmp_path / "truth.tsv").write_text(HEADER + wrong)
    status, _, table = run(tmp_path)
    assert status == 1
    for field in ("date", "offset", "orientation", "place"):
        assert table[field] == ["1", "1", "0", "0", "1"]


def test_dates_and_places_of_the_other_fixtures(shared: Path) -> None:
    """Orientation in the name, date priority, sidecars and odd GPS blocks say what they are for."""
    fixtures = shared / "fixtures"
    for path in sorted((fixtures / "orientation").iterdir()):
        number = int(path.stem.rpartition("_")[2])
        assert (read_facts(path).orientation or 0) == number, path.name
    for name, source, local, minutes in OTHERS:
        taken = when(read_facts(fixtures / name), "", None)
        assert taken is not None
        assert (taken.source, str(taken.local), taken.offset_minutes) == (source, local, minutes)
    for name in ("dated/PaintTool_sample.jpg", "dated/landscape_1.jpg", "formats/8bit-sRGB.jxl"):
        assert when(read_facts(fixtures / name), "", None) is None
