"""Features that are read from the catalog when they are needed: an album is the same in parts."""

from pathlib import Path

import numpy as np
import pytest

from photosort import report
from photosort.album.manifest import Manifest
from photosort.catalog import Catalog
from photosort.commands.embedding import look
from photosort.commands.organize import rehearse
from photosort.commands.recalled import Recalled
from photosort.commands.request import Request
from photosort.embed.backbone import find_model
from photosort.grouping import rows
from photosort.photos.scan import scan
from tests.test_samples import SAMPLES


def folders(album: Manifest) -> list[tuple[str, list[str]]]:
    return [
        (str(folder.place), [photo.path.name for photo in folder.photos])
        for folder in album.folders
    ]


@pytest.mark.slow
def test_an_album_read_in_parts_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample photos, all at once and 20 at a time: the same folders with the same photos."""
    request = Request((SAMPLES,), out=tmp_path / "album", clusters=6)
    whole = rehearse(request, report.Quiet())
    monkeypatch.setattr(rows, "BLOCK", 20)
    assert folders(rehearse(request, report.Quiet()).album) == folders(whole.album)


def test_features_come_in_the_order_asked_for() -> None:
    """A slice and some numbers: as the catalog gives them for those contents."""
    spec = find_model("lite2")
    photos = sorted(scan([SAMPLES]).photos, key=lambda photo: photo.path)[:5]
    looked = look(photos, spec, Request((SAMPLES,)), report.Quiet())
    features = Recalled(looked, spec)
    with Catalog.open() as catalog:
        wanted = catalog.features([digest for _, digest in looked.photos], spec.id)
    assert features.shape == wanted.shape
    assert np.array_equal(features[1:4], wanted[1:4])
    assert np.array_equal(features[np.array([4, 0, 4])], wanted[[4, 0, 4]])
