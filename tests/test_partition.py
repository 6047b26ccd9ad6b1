"""The groups DEC starts from: each method against its definition, and the choice between them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from photosort.bench import scores
from photosort.grouping import partition
from photosort.grouping.graph import l2_normalise
from photosort.grouping.partition import (
    average_linkage,
    best_by_silhouette,
    first_groups,
    is_uneven,
    linkage_labels,
    mixture_labels,
    partitions,
    principal_components,
    principal_rows,
    silhouette,
)


def blobs(sizes: tuple[int, ...], spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make unit rows (n, 12) around one direction a class, and their classes (n,)."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(len(sizes)), sizes)
    means = rng.normal(size=(len(sizes), 12))
    return l2_normalise(means[classes] + spread * rng.normal(size=(len(classes), 12))), classes


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(4, 60), clusters=st.integers(1, 4))
def test_average_linkage_is_that_of_scipy(seed: int, count: int, clusters: int) -> None:
    """Parts of one row each are joined as SciPy joins them."""
    rows = l2_normalise(np.random.default_rng(seed).normal(size=(count, 5)))
    found = average_linkage(rows, np.ones(count, int), clusters)
    wanted = fcluster(linkage(rows, "average", metric="cosine"), clusters, "maxclust")
    assert scores.nmi(wanted, found) == pytest.approx(1)


def test_a_part_counts_by_its_size() -> None:
    """Three rows as one part and as three are joined alike."""
    rows, _ = blobs((9, 6, 5), 0.5)
    sums = np.concatenate([rows[:3].sum(axis=0, keepdims=True), rows[3:]])
    sizes = np.concatenate([[3], np.ones(17, int)])
    whole = average_linkage(sums, sizes, 3)
    apart = average_linkage(rows, np.ones(20, int), 3)
    assert scores.nmi(whole[1:], apart[3:]) == pytest.approx(1)


def test_equal_rows_are_one_group() -> None:
    """Four rows, three of them equal to rounding errors, asked for four groups: two."""
    rows = l2_normalise(np.array([[1, 1, 0], [1, 1, 1e-7], [1, 1, -1e-7], [0, 1, 1]]))
    assert average_linkage(rows, np.ones(4, int), 4).tolist() == [0, 0, 0, 1]


def test_more_rows_than_parts_are_joined_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 400 rows, here 30, parts of them are joined, to the same classes."""
    rows, classes = blobs((80, 40, 10), 0.4)
    monkeypatch.setattr(partition, "PARTS", 30)
    assert scores.nmi(classes, linkage_labels(rows, 3, seed=0)) > 0.95


def test_principal_rows_are_those_of_scikit_learn() -> None:
    """They are PCA's, of unit length, but for the sign of a component."""
    rows, _ = blobs((20, 20), 1.0)
    wanted = l2_normalise(PCA(4).fit_transform(rows))
    assert np.abs(principal_rows(principal_components(rows, 4), 4)) == pytest.approx(
        np.abs(wanted), abs=1e-3
    )


def test_the_mixture_puts_rows_right_and_keeps_sizes_unequal() -> None:
    """From labels of which every fifth is wrong, to those of the classes, 90 and 10."""
    rows, classes = blobs((90, 10), 0.4)
    wrong = np.where(np.arange(100) % 5, classes, 1 - classes)
    assert np.array_equal(mixture_labels(rows, wrong), classes)


def test_a_mixture_that_empties_a_group_is_not_used() -> None:
    """Three groups of one point: the labels it began with are returned."""
    rows = l2_normalise(np.ones((9, 12)))
    labels = np.repeat([0, 1, 2], 3)
    assert np.array_equal(mixture_labels(rows, labels), labels)


def test_the_better_partition_is_kept() -> None:
    """That with more groups; of equally many, that of the larger silhouette; then the first."""
    rows, classes = blobs((30, 20, 10), 0.4)
    mixed = np.arange(60) % 3
    two = np.minimum(classes, 1)
    assert best_by_silhouette(rows, [mixed, classes, two]) is classes
    assert best_by_silhouette(rows, [two, mixed]) is mixed
    assert best_by_silhouette(rows, [classes, classes.copy()]) is classes


@pytest.mark.parametrize(
    ("sizes", "uneven"), [((90, 20, 10), True), ((40, 30, 30), False), ((40, 8, 4), False)]
)
def test_average_linkage_is_taken_where_groups_are_of_uneven_size(
    sizes: tuple[int, ...], uneven: bool
) -> None:
    """Elsewhere, of fewer than 60 rows, or where much worse, that of the best silhouette is."""
    rows, classes = blobs(sizes, 0.4)
    near, far = classes.copy(), np.roll(classes, 9)
    near[0] = 1  # of the first class
    assert is_uneven(classes) == uneven
    assert first_groups(rows, [classes, classes.copy(), near]) is (near if uneven else classes)
    assert first_groups(rows, [classes, classes.copy(), far]) is classes
    two = np.minimum(classes, 1)
    assert first_groups(rows, [classes, classes.copy(), two]) is classes


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_the_silhouette_is_that_of_scikit_learn(seed: int, sizes: list[int]) -> None:
    """Groups of any sizes, among them single rows; two rows that are equal; -1 for one group."""
    rows, classes = blobs((*sizes, 2), 0.8, seed)
    rows[-1] = rows[-2]
    wanted = silhouette_score(rows, classes * 3, metric="cosine")
    assert silhouette(rows, classes * 3) == pytest.approx(wanted, abs=1e-5)
    assert silhouette(rows, np.zeros(len(rows), int)) == -1


def test_unequal_classes_are_found_by_one_of_three() -> None:
    """Of 150, 30 and 6 rows that overlap, k-means alone cuts the largest class."""
    rows, classes = blobs((150, 30, 6), 0.75, seed=3)
    components = principal_components(rows, 3)
    found = partitions(rows, components, 3, seed=0)
    best = best_by_silhouette(principal_rows(components, 3), found)
    assert scores.nmi(classes, best) >= scores.nmi(classes, found[0])
    assert len({len(np.unique(labels)) for labels in found}) == 1
