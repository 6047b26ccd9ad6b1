"""confidence: low for what is in the wrong cluster; assign_new: new photos get their cluster."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.grouping import graph
from photosort.grouping.confidence import (
    LEAST,
    LOW_CONFIDENCE,
    assign_new,
    confidence,
    representative_rows,
)
from photosort.grouping.graph import l2_normalise

RNG = np.random.default_rng(0)
CENTROIDS = np.eye(4, 32, dtype=np.float32)


def blobs(each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make four groups of unit rows (4 * each, 32) around four corners."""
    labels = np.repeat(np.arange(4), each)
    noise = np.random.default_rng(seed).normal(0, 0.1, (len(labels), 32))
    return l2_normalise((CENTROIDS[labels] + noise).astype(np.float32)), labels


def test_wrong_photos_have_the_lowest_confidence() -> None:
    """Of 120 photos, the six with a wrong label have the lowest confidence, below the limit."""
    x, labels = blobs(30)
    wrong = np.arange(0, 120, 20)
    labels[wrong] = (labels[wrong] + 1) % 4
    found = confidence(x, labels)
    assert set(np.argsort(found)[:6]) == set(wrong)
    assert found[wrong].max() < LOW_CONFIDENCE < np.delete(found, wrong).min()


def test_a_photo_alone_in_its_cluster_belongs_nowhere() -> None:
    """A photo does not count as its own neighbour, nor in its own centroid."""
    x, labels = blobs(10)
    labels[0] = 4
    assert confidence(x, labels)[0] < LOW_CONFIDENCE


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_confidence_is_a_fraction_whatever_the_labels(n: int, clusters: int, seed: int) -> None:
    """From 0 to 1 and finite, for any rows (zeros and copies too) and any names of labels."""
    rng = np.random.default_rng(seed)
    x = l2_normalise(rng.integers(-1, 2, (n, 6)).astype(np.float32))
    labels = rng.integers(0, clusters, n) * 7
    found = confidence(x, labels)
    assert found.shape == (n,)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= 1 + 1e-6).all()


def test_a_large_album_is_judged_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """With neighbours from a third of the photos the verdicts are nearly the same."""
    x, labels = blobs(60)
    labels[::40] = (labels[::40] + 1) % 4
    whole = confidence(x, labels)
    monkeypatch.setattr(graph, "REFERENCES", 80)
    assert np.abs(confidence(x, labels) - whole).max() < 0.25


def test_new_photos_go_to_their_cluster() -> None:
    """Features near a cluster get its label with confidence; one between all of them does not."""
    known, labels = blobs(20)
    new, right = blobs(5, seed=1)
    between = CENTROIDS.sum(axis=0, keepdims=True)
    numbers, found = assign_new(np.concatenate([new, between]) * 3, known * 2, labels * 10 + 1)
    assert (numbers[:-1] == right * 10 + 1).all()
    assert found[:-1].min() > LOW_CONFIDENCE > found[-1]


def test_a_sample_of_a_large_album_has_all_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit a random sample, the same every time, with enough of every cluster."""
    labels = np.array([1] * 3000 + [2] * 70 + [3] * 4)
    assert np.array_equal(representative_rows(labels), np.arange(len(labels)))
    monkeypatch.setattr(graph, "REFERENCES", 100)
    rows = representative_rows(labels)
    assert np.array_equal(rows, representative_rows(labels))
    assert np.array_equal(rows, np.unique(rows))
    found = dict(zip(*np.unique(labels[rows], return_counts=True), strict=True))
    assert found[1] >= 90
    assert found[2] >= LEAST
    assert found[3] == 4
    assert len(rows) <= 100 + 2 * LEAST + 4
