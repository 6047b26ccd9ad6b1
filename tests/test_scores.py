"""Scores against values computed by hand, and the laws that any score of clusters obeys."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photosort.bench.scores import accuracy, ari, contingency, nmi, purity

# Two classes of three; clusters of two and four:  [[2, 1],
#                                                 [0, 3]]
TRUTH = np.array([0, 0, 0, 1, 1, 1])
FOUND = np.array([5, 5, 9, 9, 9, 9])
MUTUAL = math.log(2) / 6 + math.log(1.5) / 2
H_TRUTH = math.log(2)
H_FOUND = math.log(3) - math.log(2) * 2 / 3

labellings = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*[arrays(np.int64, n, elements=st.integers(0, 5))] * 2)
)


def test_contingency_counts_classes_by_clusters() -> None:
    """Rows are classes, columns clusters, both in sorted order; names may be text."""
    assert contingency(TRUTH, FOUND).tolist() == [[2, 1], [0, 3]]
    assert contingency(np.array(["b", "a", "b"]), np.array([1, 0, 1])).tolist() == [[1, 0], [0, 2]]


def test_nmi_by_hand() -> None:
    """Mutual information over the arithmetic or the geometric mean of the entropies."""
    assert nmi(TRUTH, FOUND) == pytest.approx(MUTUAL / ((H_TRUTH + H_FOUND) / 2))
    geometric = nmi(TRUTH, FOUND, "geometric")
    assert geometric == pytest.approx(MUTUAL / math.sqrt(H_TRUTH * H_FOUND))
    assert geometric > nmi(TRUTH, FOUND)


def test_accuracy_purity_and_ari_by_hand() -> None:
    """Five of six are right both ways; ARI = (4 - 2.8) / (6.5 - 2.8) from the counts of pairs."""
    assert accuracy(TRUTH, FOUND) == pytest.approx(5 / 6)
    assert purity(TRUTH, FOUND) == pytest.approx(5 / 6)
    assert ari(TRUTH, FOUND) == pytest.approx(1.2 / 3.7)


def test_accuracy_matches_each_class_once_and_purity_does_not() -> None:
    """One class split over two clusters is half wrong to accuracy and pure to purity."""
    truth, found = np.zeros(4, np.int64), np.array([0, 0, 1, 1])
    assert accuracy(truth, found) == 0.5
    assert purity(truth, found) == 1.0
    assert accuracy(found, truth) == purity(found, truth) == 0.5


def test_accuracy_takes_the_best_matching_not_the_greedy_one() -> None:
    """Counts [[5, 4], [4, 0]]: greedy matching gets 5 of 13, the best one 8."""
    truth = np.repeat([0, 0, 1], [5, 4, 4])
    found = np.repeat([0, 1, 0], [5, 4, 4])
    assert accuracy(truth, found) == pytest.approx(8 / 13)


@given(labellings, st.permutations(range(6)), st.randoms(use_true_random=False))
def test_scores_depend_on_neither_names_nor_order(pair: tuple, names: list[int], random) -> None:
    """Renaming the clusters, or shuffling the photos of both, changes no score."""
    truth, found = pair
    order = list(range(len(truth)))
    random.shuffle(order)
    renamed = np.array(names)[found]
    for score in (nmi, ari, accuracy, purity):
        expected = pytest.approx(score(truth, found), abs=1e-9)
        assert score(truth, renamed) == expected
        assert score(truth[order], found[order]) == expected


@given(labellings)
def test_scores_stay_within_their_bounds(pair: tuple) -> None:
    """Equal labels score 1; all else 0 to 1 (ARI -0.5 to 1); accuracy never exceeds purity."""
    truth, found = pair
    for score in (nmi, ari, accuracy, purity):
        assert score(truth, truth) == pytest.approx(1)
    assert 0 <= nmi(truth, found) <= nmi(truth, found, "geometric") + 1e-9 <= 1 + 2e-9
    assert -0.5 <= ari(truth, found) <= 1
    assert 0 < accuracy(truth, found) <= purity(truth, found) <= 1
