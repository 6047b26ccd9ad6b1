"""Numbers that a change of names, of modules or of speed must not move: same seed, same groups."""

import numpy as np
import pytest

from photosort.bench import datasets
from photosort.bench.deskew import deskew
from photosort.bench.hog import HogPca, hog
from photosort.bench.spectral import Neighbours, spectral_clustering
from photosort.embed.backbone import MODELS, Backbone
from photosort.grouping.groups import START_KEPT, group_features
from photosort.grouping.pretrained import load_pretrained
from photosort.photos.decode import decode
from photosort.photos.scan import scan
from tests.test_groups import album
from tests.test_samples import SAMPLES

# A label a photo. Another processor rounds otherwise: a photo in fifty may differ.
SAMPLE_LABELS = "000005555002222220000333333335333322241111244444451151115514041111004422425"
BLOB_LABELS = (
    "0000000000000100000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00000200000000000000000000"
    "1111111111111111111111111111111111111111"
    "222222222222"
)


def same_share(found: np.ndarray, pinned: str) -> float:
    return float(np.mean(found == np.array(list(pinned), int)))


def test_the_sample_photos_are_grouped_as_before() -> None:
    """Features of sample_photos, six clusters, seed 0: the labels and their mean confidence."""
    spec = MODELS["lite2"]
    backbone = Backbone(spec)
    photos = sorted(scan([SAMPLES]).photos, key=lambda photo: photo.path)
    images = (decode(photo.path, min_side=spec.input_side).image for photo in photos)
    features = np.array([backbone.embed(image)[0] for image in images])
    found = group_features(features, clusters=6, pretrained=load_pretrained("lite2"))
    assert same_share(found.labels, SAMPLE_LABELS) >= 0.98
    assert found.confidence.mean() == pytest.approx(0.903, abs=0.005)


def test_overlapping_groups_are_told_apart_as_before() -> None:
    """Three groups that overlap, seed 0: labels, confidence, and how DEC ended."""
    x, _ = album((120, 40, 12), spread=1.5)
    found = group_features(x, clusters=3)
    assert same_share(found.labels, BLOB_LABELS) >= 0.98
    assert found.confidence.mean() == pytest.approx(0.9387, abs=0.005)
    assert (found.stop_reason, found.n_iter) == (START_KEPT, 60)


def test_digits_are_described_and_cut_as_before() -> None:
    """2,000 MNIST digits: deskewed pixels, HOG, and the sizes of ten spectral clusters."""
    digits = datasets.load("mnist").head(2000)
    images = deskew(digits.x, digits.shape)
    place = np.arange(784)
    assert (images * place).mean() == pytest.approx(50.964, abs=0.01)
    features = hog(images, digits.shape)
    assert (features * np.arange(features.shape[1])).mean() == pytest.approx(5.64494, abs=1e-3)
    graph = Neighbours(HogPca(images, digits.shape)(images)).graph
    assert graph.sum() == pytest.approx(1933.0, abs=1)
    sizes = np.bincount(spectral_clustering(graph, 10, seed=0))
    wanted = [168, 183, 193, 195, 196, 198, 202, 215, 219, 231]
    assert np.abs(np.sort(sizes) - wanted).max() <= 2
