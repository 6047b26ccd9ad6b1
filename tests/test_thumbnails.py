"""Small pictures of photos: kept in the catalog, given up first, made again where they are not."""

import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from photosort import report
from photosort.catalog import Catalog, opening, thumbnails
from photosort.commands.embedding import look
from photosort.commands.request import Request
from photosort.commands.thumbnails import thumbnails as find_thumbnails
from photosort.embed.backbone import DEFAULT_MODEL, find_model
from photosort.photos.records import content_hash
from photosort.photos.scan import scan
from photosort.photos.thumbnails import (
    HEIGHT,
    MAX_PROFILE_BYTES,
    WIDEST,
    as_jpeg,
    read_thumbnail,
    thumbnail,
)
from tests.conftest import REPO, snapshot
from tests.test_catalog import MODEL, embedded, photo

SAMPLES = sorted((REPO / "sample_photos").glob("*.jpg"))


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("size", [(900, 600), (600, 900), (1, 1), (20_000, 50), (50, 20_000)])
def test_a_thumbnail_is_small_and_keeps_its_shape(size: tuple[int, int]) -> None:
    """Of any photo: no larger than the limits or the photo, and of the photo's proportions."""
    small = read_thumbnail(thumbnail(noise(*size)))
    assert small is not None
    assert small.width <= min(WIDEST, size[0])
    assert small.height <= min(HEIGHT, size[1])
    assert abs(small.width - small.height * size[0] / size[1]) <= max(1, size[0] / size[1])


def test_bytes_that_are_no_thumbnail_are_none() -> None:
    """What the catalog holds is untrusted: other formats, larger pictures and damage are none."""
    png, wide = io.BytesIO(), io.BytesIO()
    noise(30, 20).save(png, "PNG")
    noise(WIDEST + 1, 20).save(wide, "JPEG")
    whole = thumbnail(noise(300, 200))
    for data in (b"", b"RIFF", png.getvalue(), wide.getvalue(), whole[: len(whole) // 2]):
        assert read_thumbnail(data) is None
        assert as_jpeg(data) == data


def test_a_thumbnail_tells_nothing_of_the_photo_but_how_it_looks() -> None:
    """No comment, no EXIF, no XMP; the profile of its colours stays, one for printing does not."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    photo = io.BytesIO()
    told = {"exif": exif, "xmp": b"<x:xmpmeta>Secret</x:xmpmeta>", "comment": b"Secret"}
    noise(600, 400).save(photo, "JPEG", icc_profile=profile, **told)
    small = thumbnail(Image.open(photo))
    assert b"Secret" in photo.getvalue()
    assert b"Secret" not in small
    with Image.open(io.BytesIO(small)) as image:
        assert image.info["icc_profile"] == profile
    large = noise(30, 20)
    large.info["icc_profile"] = profile + bytes(MAX_PROFILE_BYTES)
    assert len(thumbnail(large)) < MAX_PROFILE_BYTES


def test_thumbnails_of_an_older_catalog_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were WebP: they are given as JPEG, for photos that are gone, too."""
    path, old = tmp_path / "catalog.sqlite3", io.BytesIO()
    noise(300, 200).save(old, "WEBP")
    with monkeypatch.context() as patch:
        patch.setattr(opening, "MIGRATIONS", opening.MIGRATIONS[:7])
        with Catalog.open(path) as catalog, catalog.connection as connection:
            row = (bytes(16), len(old.getvalue()), old.getvalue())
            connection.execute(
                "INSERT INTO thumbnail (hash, size_bytes, webp) VALUES (?, ?, ?)", row
            )
    with Catalog.open(path) as catalog:
        data = catalog.thumbnail(bytes(16))
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (300, 200))


def stored(catalog: Catalog, contents: Sequence[int]) -> list[int]:
    return [content for content in contents if catalog.thumbnail(bytes([content]) * 16)]


def test_the_oldest_thumbnails_give_way_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the limit those stored first go; features stay."""
    monkeypatch.setattr(thumbnails, "LIMIT_BYTES", 250)
    photos = [photo(f"{content}.jpg") for content in range(1, 6)]
    with Catalog.open(tmp_path / "catalog.sqlite3") as catalog:
        for content, one in enumerate(photos, start=1):
            catalog.store([replace(embedded(one, content), thumbnail=b"x" * 100)], MODEL)
        assert stored(catalog, range(1, 6)) == [4, 5]
        catalog.store_thumbnails([(photos[3], bytes([4]) * 16, b"y" * 100)])
        catalog.store_thumbnails([(photos[0], bytes([1]) * 16, b"z" * 100)])
        assert stored(catalog, range(1, 6)) == [1, 4]
        assert len(catalog.known(photos, MODEL)) == 5
        assert catalog.info().thumbnails == 2


@pytest.mark.parametrize("row", ["picture = 'text'", "picture = zeroblob(600000)", "hash = 5"])
def test_a_row_of_the_wrong_shape_is_no_thumbnail(tmp_path: Path, row: str) -> None:
    """A text or a giant in place of a picture is not read."""
    with Catalog.open(tmp_path / "catalog.sqlite3") as catalog:
        catalog.store_thumbnails([(photo(), bytes(16), b"x")])
        catalog.connection.execute(f"UPDATE thumbnail SET {row}")
        catalog.connection.commit()
        assert catalog.thumbnail(bytes(16)) is None


def test_photos_that_were_looked_at_are_not_opened_again(tmp_path: Path) -> None:
    """Their thumbnails come from the catalog even when the photos are gone."""
    source = tmp_path / "photos"
    source.mkdir()
    copies = [Path(shutil.copy2(path, source)) for path in SAMPLES[:3]]
    before = snapshot(source)
    with report.progress(quiet=True) as progress:
        request = Request((source,), workers=1)
        looked = look(scan([source]).photos, find_model(DEFAULT_MODEL), request, progress)
    assert snapshot(source) == before
    for path in copies:
        path.unlink()
    with find_thumbnails() as found:
        pictures = [found.of(one.path, digest.hex()) for one, digest in looked.photos]
    assert found.opened == 0
    assert all(data and read_thumbnail(data) for data in pictures)


def test_a_thumbnail_that_had_to_be_made_is_remembered_under_the_photos_own_content(
    tmp_path: Path,
) -> None:
    """The second time nothing is opened; a photo that changed is not filed under its old hash."""
    path = tmp_path / "a.jpg"
    noise(300, 200).save(path)
    old = "00" * 16
    with find_thumbnails() as found:
        assert found.of(path, old)
        assert found.opened == 1
    with find_thumbnails() as found:
        assert found.of(path, content_hash(path).hex())
        assert found.of(path, None), "an album cut by dates knows no contents"
        assert found.opened == 0
        assert found.of(tmp_path / "gone.jpg", old) is None


def test_without_a_catalog_photos_are_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache folder that cannot be used costs time and nothing else."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    noise(30, 20).save(tmp_path / "a.png")
    with find_thumbnails() as found:
        assert found.of(tmp_path / "a.png", None)
