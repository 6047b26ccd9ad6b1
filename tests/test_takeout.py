"""Google Takeout: which JSON file belongs to a photo, and what it says; XMP sidecars beside it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.photos.metadata import NO_FACTS, Facts, Stamp
from photosort.photos.metadata.sidecars import Sidecars, pair, read_sidecar
from photosort.photos.metadata.takeout import index, partner, read_takeout
from tests.conftest import snapshot
from tests.headers import xmp_packet

ENDING = ".supplemental-metadata"

#: Photo and JSON file as Takeout has been seen to name them: the matchers of immich-go and the
#: reports of GooglePhotosTakeoutHelper have these and their like.
PAIRS = [
    ("IMG_0001.jpg", "IMG_0001.jpg.json"),
    ("IMG_0001.jpg", "IMG_0001.jpg.supplemental-metadata.json"),
    ("IMG_0001.JPG", "IMG_0001.jpg.Supplemental-Metadata.json"),
    ("Screenshot_20190317-234331.jpg", "Screenshot_20190317-234331.jpg.supplemental-me.json"),
    (
        "IMG_20180503_101112_HDR_0000000000000.jpg",
        "IMG_20180503_101112_HDR_0000000000000.jpg.supp.json",
    ),
    ("IMG_0001.jpg", "IMG_0001.jpg.s.json"),
    ("IMG_0001.jpg", "IMG_0001.jpg..json"),
    ("IMG_0001.jpg", "IMG_0001.json"),
    ("DSC_0101(1).JPG", "DSC_0101.JPG(1).json"),
    ("IMG_2710(1).HEIC", "IMG_2710.HEIC.supplemental-metadata(1).json"),
    ("IMG_2710(12).HEIC", "IMG_2710.HEIC.suppl(12).json"),
    ("image(2).png", "image(2).png.supplemental-metadata.json"),
    ("IMG_0001-edited.jpg", "IMG_0001.jpg.json"),
    ("IMG_0001-edited(1).jpg", "IMG_0001.jpg(1).json"),
    ("IMG_0001-edited(1).jpg", "IMG_0001.jpg.supplemental-metadata(1).json"),
    ("IMG_0001-edi.jpg", "IMG_0001.jpg.json"),
    ("PXL_20220405_090123740.PORTRAIT-modifié.jpg", "PXL_20220405_090123740.PORTRAIT.jpg.json"),
    ("PXL_20220405.PORTRAIT-modifie\u0301.jpg", "PXL_20220405.PORTRAIT.jpg.suppl.json"),
    ("IMG_0001-COLLAGE.jpg", "IMG_0001-COLLAGE.jpg.json"),
    (
        "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg",
        "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json",
    ),
    (
        "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
        "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json",
    ),
    (
        "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛.jpg",
        "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋.json",
    ),
    (
        "Backyard_ceremony_wedding_photography_xxxxxxx_m(494).jpg",
        "Backyard_ceremony_wedding_photography_xxxxxxx_(494).json",
    ),
    (
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg",
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json",
    ),
    (
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P(1).jpg",
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json",
    ),
    (
        "13039_327707840323_537645323_9470255_27214_n(1).jpg",
        "13039_327707840323_537645323_9470255_27214_n.j(1).json",
    ),
    ("PXL_20210102_221126856.MP~2.jpg", "PXL_20210102_221126856.MP~2.jpg.json"),
]


@pytest.mark.parametrize(("photo", "name"), PAIRS)
def test_pairs(photo: str, name: str) -> None:
    """Numbers that move, endings that are cut, edited copies: each photo finds its JSON file."""
    others = ["metadata.json", "IMG_9999.jpg.json", "user-generated-memory-titles.json"]
    assert partner(photo, index([*others, name])) == name


@pytest.mark.parametrize(
    "suffix",
    ["edited", "bearbeitet", "modifié", "modificato", "ha editado", "editado", "editat", "bewerkt",
     "edytowane", "編集済み", "编辑", "redigeret", "muokattu", "отредактировано", "düzenlendi"],
)  # fmt: skip
def test_edited_in_many_languages(suffix: str) -> None:
    """An edited copy shares the JSON file of its original, whatever the language calls it."""
    names = index(["IMG_0001.jpg.supplemental-metadata.json"])
    assert partner(f"IMG_0001-{suffix}.jpg", names) is not None
    assert partner(f"IMG_0002-{suffix}.jpg", names) is None


@pytest.mark.parametrize(
    ("photo", "name"),
    [
        ("DSC_0102(1).JPG", "DSC_0102.JPG(2).json"),
        ("DSC_0103.JPG", "DSC_0103.JPG(1).json"),
        ("DSC_0104(1).JPG", "DSC_0104.JPG.json"),
        ("PXL_20211013_220651958.jpg", "PXL_20211013_220651983.jpg.json"),
        ("Backyard_ceremony_wedding_photography_xxxxxxx_m(185).jpg",
         "Backyard_ceremony_wedding_photography_xxxxxxx_(494).json"),
        ("IMG_1.jpg", "IMG_10.jpg.json"),
        ("IMG_10.jpg", "IMG_1.jpg.json"),
        ("IMG_0001-2.jpg", "IMG_0001.jpg.json"),
        ("IMG_0001.png", "IMG_0001.jpg.json"),
    ],
)  # fmt: skip
def test_strangers(photo: str, name: str) -> None:
    """Another number, another name or another kind of file is another photo's JSON file."""
    assert partner(photo, index([name])) is None


def test_its_own_file_comes_before_the_originals() -> None:
    """A collage has a JSON file of its own; IMG(1).jpg may be a title of its own."""
    names = index(["a.jpg.json", "a-COLLAGE.jpg.json", "b(1).jpg.json", "b.jpg(1).json"])
    assert partner("a-COLLAGE.jpg", names) == "a-COLLAGE.jpg.json"
    assert partner("b(1).jpg", names) == "b(1).jpg.json"


@given(
    stem=st.text("abcIMG_0123 äß", min_size=1, max_size=60),
    number=st.none() | st.integers(1, 99),
    kept=st.integers(0, len(ENDING)),
)
def test_every_cut_finds_back(stem: str, number: int | None, kept: int) -> None:
    """Law: a JSON name made by Takeout's rules from a title is found by the photo's name."""
    title = f"{stem}.jpg"
    mark = "" if number is None else f"({number})"
    base = (title + ENDING[:kept]) if len(title) <= 46 else title[:46]
    assert partner(f"{stem}{mark}.jpg", index([f"{base}{mark}.json"])) == f"{base}{mark}.json"


GEO = {"latitude": 48.8578, "longitude": 2.297, "altitude": 35.0}
NOWHERE = {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
TAKEN = (Stamp("Takeout", datetime(2018, 5, 3, 10, 11, 12), in_utc=True),)


def told(**changes: Any) -> bytes:
    content = {"title": "a.jpg", "photoTakenTime": {"timestamp": "1525342272"}} | changes
    return json.dumps(content).encode()


def test_what_a_json_file_says() -> None:
    """The moment in UTC; the place the user gave, else the camera's, 0, 0 being none."""
    placed = Facts(dates=TAKEN, latitude=48.8578, longitude=2.297, altitude_m=35.0,
                   place_source="Takeout")  # fmt: skip
    assert read_takeout(told()) == Facts(dates=TAKEN)
    assert read_takeout(told(geoData=GEO, geoDataExif=NOWHERE)) == placed
    assert read_takeout(told(geoData=NOWHERE, geoDataExif=GEO)) == placed
    assert read_takeout(told(geoData=NOWHERE, geoDataExif=NOWHERE)) == Facts(dates=TAKEN)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"5", b'"text"', b"null", b"[" * 100_000, b"\xff\xfe", b"{}",
        told(photoTakenTime=5), told(photoTakenTime={"timestamp": "soon"}),
        told(photoTakenTime={"timestamp": "9" * 12}), told(photoTakenTime={"timestamp": "9" * 400}),
        told(photoTakenTime={"timestamp": None}), told(photoTakenTime={"timestamp": [1]}),
    ],
)  # fmt: skip
def test_other_json_says_nothing(data: bytes) -> None:
    """Damaged and foreign JSON files give no facts and no exception."""
    assert read_takeout(data) == NO_FACTS


@pytest.mark.parametrize(
    "geo",
    [5, {"latitude": "north", "longitude": 1}, {"latitude": 91, "longitude": 1}, {"latitude": 1},
     {"latitude": float("nan"), "longitude": 1}, {"latitude": True, "longitude": 1}],
)  # fmt: skip
def test_bad_places_in_json(geo: Any) -> None:
    """A place that is none leaves the date."""
    assert read_takeout(told(geoData=geo)) == Facts(dates=TAKEN)


def test_sidecars_are_paired_in_their_folder(tmp_path: Path) -> None:
    """IMG.jpg.xmp before IMG.xmp, in any case of letters, never from another folder."""
    a, b = tmp_path / "a", tmp_path / "b"
    photos = [a / "IMG.jpg", a / "raw.jpg", b / "IMG.jpg", b / "none.jpg"]
    sidecars = [a / "IMG.jpg.xmp", a / "IMG.xmp", a / "RAW.XMP", b / "IMG.jpg.json", a / "lost.xmp"]
    assert pair(photos, sidecars) == {
        photos[0]: Sidecars(xmp=a / "IMG.jpg.xmp"),
        photos[1]: Sidecars(xmp=a / "RAW.XMP"),
        photos[2]: Sidecars(takeout=b / "IMG.jpg.json"),
    }


def test_sidecars_are_read(tmp_path: Path) -> None:
    """Date and place of an XMP file and of a JSON file; one too large says nothing."""
    properties = {"exif:DateTimeOriginal": "2018-07-04T12:30:59+02:00",
                  "exif:GPSLatitude": "52,31.2N", "exif:GPSLongitude": "13,24.6E"}  # fmt: skip
    (tmp_path / "a.jpg.XMP").write_bytes(xmp_packet(properties))
    (tmp_path / "a.jpg.json").write_bytes(told(geoData=GEO))
    (tmp_path / "b.xmp").write_bytes(b" " * (9 << 20) + xmp_packet(properties))
    before = snapshot(tmp_path)
    facts = read_sidecar(tmp_path / "a.jpg.XMP")
    assert facts.dates == (
        Stamp("sidecar DateTimeOriginal", datetime(2018, 7, 4, 12, 30, 59), 120, "date"),
    )
    assert (facts.latitude, facts.longitude, facts.place_source) == (52.52, 13.41, "sidecar")
    assert read_sidecar(tmp_path / "a.jpg.json").place_source == "Takeout"
    assert read_sidecar(tmp_path / "b.xmp") == NO_FACTS
    assert snapshot(tmp_path) == before


def test_sidecars_of_digikam_and_darktable(shared: Path) -> None:
    """Real sidecars name the day they were made for."""
    folder = shared / "fixtures" / "dated"
    for year in ("2000", "2010", "2020"):
        (stamp, *_) = read_sidecar(folder / f"{year}.xmp").dates
        assert str(stamp.local.year) == year
