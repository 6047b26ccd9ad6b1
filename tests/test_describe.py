"""When and where, for whole folders: read once, remembered, and nothing of the user's touched."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from photosort.catalog import Catalog
from photosort.commands import metadata
from photosort.commands.metadata import Described, clock_notes, describe
from photosort.photos.metadata import read_facts
from photosort.photos.records import Skipped
from photosort.photos.scan import Scan, scan
from tests.conftest import REPO, snapshot
from tests.headers import BERLIN, MAKE, MODEL, TAKEN, exif_block, jpeg, xmp_packet


class Watch:
    """Notes the stages and how far each came."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.done = 0

    def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
        self.stages.append((name, total))

    def advance(self, done: int) -> None:
        self.done = done

    def note(self, text: str) -> None:
        raise AssertionError(text)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Write photos of every source, with sidecars of every kind, and some that are nobody's."""
    folder = tmp_path / "photos"
    (folder / "takeout").mkdir(parents=True)
    files = {
        "camera.jpg": jpeg(exif_block({MAKE: "Maker"}, {TAKEN: "2018:05:03 10:11:12"}, BERLIN)),
        "IMG-20180503-WA0001.jpg": jpeg(),
        "edited.jpg": jpeg(),
        "edited.jpg.xmp": xmp_packet({"exif:DateTimeOriginal": "2018-05-04T10:11:12"}),
        "takeout/a(1).jpg": jpeg(),
        "takeout/a.jpg.supplemental-metadata(1).json": json.dumps(
            {
                "photoTakenTime": {"timestamp": "1525305600"},  # 2018-05-03 00:00 UTC
                "geoData": {"latitude": 40.7, "longitude": -74.0, "altitude": 3.0},
            }
        ).encode(),
        "takeout/metadata.json": b"{}",
        "lost.xmp": xmp_packet({"exif:DateTimeOriginal": "2001-01-01T00:00:00"}),
        "plain.jpg": jpeg(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1_525_600_000, 1_525_600_000))
    return folder


def look(folder: Path, watch: Watch | None = None, **options: bool) -> dict[str, Described]:
    described, failed = describe(scan([folder]).photos, watch or Watch(), **options)
    assert failed == []
    return {str(each.photo.path.relative_to(folder)): each for each in described}


def test_every_photo_gets_date_and_place_with_their_sources(album: Path) -> None:
    """EXIF, XMP sidecar, name, Takeout and file time, each said to be what it is."""
    before = snapshot(album)
    found = look(album)
    said = {
        name: (str(d.taken.local), d.taken.source, d.place.source if d.place else None)
        for name, d in found.items()
        if d.taken
    }
    plain = found["plain.jpg"].taken
    assert plain is not None
    assert said == {
        "camera.jpg": ("2018-05-03 10:11:12", "EXIF DateTimeOriginal", "EXIF"),
        "IMG-20180503-WA0001.jpg": ("2018-05-03 00:00:00", "file name", None),
        "edited.jpg": ("2018-05-04 10:11:12", "sidecar DateTimeOriginal", None),
        "takeout/a(1).jpg": ("2018-05-02 20:00:00", "Takeout", "Takeout"),
        "plain.jpg": (str(datetime.fromtimestamp(1_525_600_000)), "file time", None),
    }
    assert plain.is_guess
    assert snapshot(album) == before


def test_a_second_run_reads_no_photo_and_no_sidecar(
    album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the catalog knows is not opened again; `fresh` opens it."""
    first, watch = look(album), Watch()
    photos = scan([album]).photos

    def refuse(*_: object) -> None:
        raise AssertionError("opened")

    with monkeypatch.context() as patch:
        patch.setattr(metadata, "_read", refuse)
        described, failed = describe(photos, watch)
    assert described == list(first.values())
    assert failed == []
    assert watch.stages == []
    assert look(album, watch, fresh=True) == first
    assert watch.stages == [("Reading dates", 5), ("Reading dates", 2)]


def test_what_changed_is_read_again(album: Path) -> None:
    """A photo and a sidecar that changed, size and mtime kept, are read; the others are not."""
    look(album)
    time.sleep(0.02)  # coarser than the clock of a file system
    for name, old, new in (
        ("camera.jpg", b"2018:05", b"2019:06"),
        ("edited.jpg.xmp", b"2018", b"2017"),
    ):
        path = album / name
        path.write_bytes(path.read_bytes().replace(old, new))
        os.utime(path, (1_525_600_000, 1_525_600_000))
    watch = Watch()
    found = look(album, watch)
    assert watch.stages == [("Reading dates", 1), ("Reading dates", 1)]
    dates = {name: each.taken.local.year for name, each in found.items() if each.taken}
    assert (dates["camera.jpg"], dates["edited.jpg"]) == (2019, 2017)


def test_a_sidecar_that_comes_and_goes(album: Path) -> None:
    """A new sidecar dates its photo at once; without it the date is gone again."""
    look(album)
    beside = album / "plain.jpg.xmp"
    beside.write_bytes(xmp_packet({"exif:DateTimeOriginal": "2015-01-02T03:04:05"}))
    dated = look(album)["plain.jpg"].taken
    assert dated is not None
    assert dated.source == "sidecar DateTimeOriginal"
    beside.unlink()
    undated = look(album)["plain.jpg"].taken
    assert undated is not None
    assert undated.source == "file time"


def test_a_photo_that_cannot_be_read_costs_itself(album: Path) -> None:
    """A file that vanished between scan and reading is named; the others are dated."""
    photos = scan([album]).photos
    (album / "camera.jpg").unlink()
    described, failed = describe(photos, Watch())
    assert len(described) == 4
    assert failed == [Skipped(album / "camera.jpg", "gone while photosort was looking")]


def test_odd_sidecars_are_left_alone(album: Path) -> None:
    """A folder, a dangling link and a pipe named like sidecars are none."""
    (album / "plain.jpg.xmp").mkdir()
    (album / "camera.jpg.xmp").symlink_to("nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(album / "IMG-20180503-WA0001.jpg.xmp")
    assert len(look(album)) == 5


def test_looking_at_a_photo_remembers_its_facts(album: Path) -> None:
    """After `organize` has looked at photos, their dates are known without opening them."""
    from photosort.embed.backbone import MODELS
    from photosort.embed.workers import embed_photos

    photos = scan([album]).photos
    results = list(embed_photos(photos, MODELS["lite0"], workers=1))
    with Catalog.open() as catalog:
        catalog.store(results, MODELS["lite0"].id)
        assert catalog.facts(photos) == [read_facts(photo.path) for photo in photos]
    watch = Watch()
    look(album, watch)
    assert watch.stages == [("Reading dates", 2)]  # the sidecars


def test_an_interrupted_reading_is_not_lost(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before Ctrl-C is remembered."""
    photos = scan([album]).photos

    class Stop(Watch):
        def advance(self, done: int) -> None:
            if done == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        describe(photos, Stop())
    with Catalog.open() as catalog:
        assert sum(facts is not None for facts in catalog.facts(photos)) == 3


def test_dates_need_no_tensorflow_and_no_scikit_learn(album: Path) -> None:
    """Describing a folder in a process of its own loads nothing heavy."""
    code = f"""
import sys
from pathlib import Path
from photosort.commands.metadata import describe
from photosort.photos.scan import scan
from tests.test_describe import Watch
found, _ = describe(scan([Path({str(album)!r})]).photos, Watch())
heavy = ("tensorflow", "keras", "sklearn", "scipy", "ai_edge_litert", "pi_heif")
print(len(found), [name for name in heavy if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True, cwd=REPO
    )
    assert done.stdout.strip() == "5 []"


def test_a_camera_whose_clock_was_off_is_said(tmp_path: Path) -> None:
    """A camera seven hours off beside a telephone at one event: a line, and no date changed."""
    from tests.test_clocks import CANON, PHONE, RIGHT, SEVEN, flurries, share

    for number, reading in enumerate(share(flurries(1), 2, RIGHT, (CANON, SEVEN))):
        taken = f"{reading.local:%Y:%m:%d %H:%M:%S}"
        gps = BERLIN if reading.camera == PHONE else {}
        main = {MAKE: reading.camera.make, MODEL: reading.camera.model}
        data = jpeg(exif_block(main, {TAKEN: taken}, gps), size=(8, 8))
        (tmp_path / f"IMG_{number:04}.jpg").write_bytes(data)
    before = snapshot(tmp_path)
    described, _ = describe(scan([tmp_path]).photos, Watch())
    (note,) = clock_notes(described)
    assert note.startswith("Canon A80: its clock seems 7 h ahead in ")
    assert all(d.taken and d.taken.source == "EXIF DateTimeOriginal" for d in described)
    assert snapshot(tmp_path) == before


def test_thousands_of_photos(album: Path) -> None:
    """More photos than a batch and a chunk hold are described in their order."""
    data = jpeg()
    many = album / "many"
    many.mkdir()
    for number in range(2 * metadata.BATCH + 5):
        (many / f"IMG_20180503_{number:06}.jpg").write_bytes(data)
    found: Scan = scan([album])
    described, _ = describe(found.photos, Watch())
    assert [each.photo for each in described] == list(found.photos)
    shutil.rmtree(many)
