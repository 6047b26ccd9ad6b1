"""The comparison on a folder of photos: the backbone's features, and pixels beside them."""

import numpy as np
import pytest

from photosort.bench import methods, run
from photosort.bench.datasets import Dataset
from photosort.errors import PhotosortError


def album(n: int = 60) -> Dataset:
    """Three classes of photos whose features tell them apart and whose pixels do not."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    features = rng.normal(0, 1, (n, 1280)) + 4 * rng.normal(0, 1, (3, 1280))[labels]
    pixels = rng.integers(0, 256, (n, 8, 8, 3), np.uint8)
    classes = ("beach", "city", "forest")
    return Dataset(
        "folder", pixels, labels, classes, "made here", np.maximum(features, 0).astype(np.float32)
    )


@pytest.mark.slow
def test_photos_are_grouped_by_their_features() -> None:
    """K-means on features, the autoencoder and DEC find the classes; on pixels k-means does not."""
    report = run.run(album(), ("kmeans", "kmeans-features", "kmeans-smoothed", "ae", "dec"))
    acc = {row.method: row.mean["acc"] for row in report.rows}
    assert acc["kmeans"] < 0.7
    assert acc["kmeans-features"] == acc["kmeans-smoothed"] == acc["ae"] == acc["dec"] == 1.0
    assert all(row.published is None for row in report.rows)
    assert any(tick.stage == "fine-tuning" for tick in report.log)


def test_umap_is_among_the_defaults_only_where_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without umap-learn a folder is benched without that row; asking for it names the extra."""
    monkeypatch.setattr(methods, "find_spec", lambda name: None)
    assert methods.photo_default() == (
        "kmeans", "kmeans-features", "kmeans-smoothed", "ae", "dec"
    )  # fmt: skip
    with pytest.raises(PhotosortError, match=r"photosort-dec\[umap\]"):
        run.run(album(), ("umap",))


def test_photos_have_no_held_out_protocol() -> None:
    """The article's protocol is refused for photos."""
    with pytest.raises(PhotosortError, match="for digits"):
        run.run(album(), options=run.Options(protocol="article"))


def test_dataset_wants_equal_lengths() -> None:
    """Features of another number of photos are a mistake in the program, not in the photos."""
    photos = album()
    with pytest.raises(ValueError, match="differ in number"):
        Dataset("folder", photos.pixels, photos.labels[:-1], photos.classes, "made here")
