"""The formulas of DEC and of the scores against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.bench import scores
from photosort.dec.dec import kl_divergence, soft_assignment, target_distribution

TRUTH = np.array([0, 0, 0, 1, 1, 1])
FOUND = np.array([1, 1, 0, 0, 0, 0])


def test_soft_assignment_by_hand() -> None:
    """A code at distance 0 and 1 of two centers: kernels 1 and 1/2, shares 2/3 and 1/3."""
    codes = np.array([[0.0, 0.0]], np.float32)
    centers = np.array([[0.0, 0.0], [1.0, 0.0]], np.float32)
    assert soft_assignment(codes, centers) == pytest.approx(np.array([[2 / 3, 1 / 3]]))
    # alpha 3: kernels 1 and (1 + 1/3)^-2 = 9/16
    assert soft_assignment(codes, centers, 3.0) == pytest.approx(np.array([[16 / 25, 9 / 25]]))


def test_target_distribution_by_hand() -> None:
    """Squares over column sums: .81/1.2 and .01/.8 for the first row, .09/1.2 and .49/.8 below."""
    q = np.array([[0.9, 0.1], [0.3, 0.7]])
    first, second = (0.81 / 1.2, 0.01 / 0.8), (0.09 / 1.2, 0.49 / 0.8)
    wanted = [[a / (a + b), b / (a + b)] for a, b in (first, second)]
    assert target_distribution(q) == pytest.approx(np.array(wanted))


def test_divergence_by_hand() -> None:
    """P = (1/2, 1/2) against q = (2/3, 1/3): half of log(9/8); a target of zeros costs nothing."""
    codes = np.array([[0.0, 0.0]], np.float32)
    centers = np.array([[0.0, 0.0], [1.0, 0.0]], np.float32)
    even = np.array([[0.5, 0.5]], np.float32)
    assert float(kl_divergence(even, codes, centers)) == pytest.approx(
        math.log(9 / 8) / 2, rel=1e-5
    )
    assert float(kl_divergence(even * 0, codes, centers)) == 0


def test_scores_by_hand() -> None:
    """Three and three in truth, two and four found, five of six right, worked out by hand."""
    # joint: (0, 0) 1/6, (0, 1) 2/6, (1, 0) 3/6
    information = (1 / 6) * math.log(1 / 2) + (1 / 3) * math.log(2) + (1 / 2) * math.log(3 / 2)
    kinds, clusters = math.log(2), -(math.log(1 / 3) / 3 + 2 * math.log(2 / 3) / 3)
    assert scores.nmi(TRUTH, FOUND) == pytest.approx(information / ((kinds + clusters) / 2))
    geometric = information / math.sqrt(kinds * clusters)
    assert scores.nmi(TRUTH, FOUND, "geometric") == pytest.approx(geometric)
    assert scores.accuracy(TRUTH, FOUND) == pytest.approx(5 / 6)
    assert scores.purity(TRUTH, FOUND) == pytest.approx(5 / 6)
    # pairs: 4 together in both of 6 and 7 together, 15 in all
    assert scores.ari(TRUTH, FOUND) == pytest.approx((4 - 42 / 15) / (6.5 - 42 / 15))


def test_accuracy_names_clusters_one_to_one_and_purity_does_not() -> None:
    """Four clusters of two kinds: two clusters stay without a name, purity does not mind."""
    truth, found = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 2, 2, 3])
    assert scores.accuracy(truth, found) == pytest.approx(4 / 6)
    assert scores.purity(truth, found) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_scores_do_not_depend_on_the_names_of_clusters(pairs: list[tuple[int, int]]) -> None:
    """Renaming the clusters changes no score."""
    truth, found = np.array(pairs).T
    renamed = np.array([7, 2, 5, 0])[found]
    for score in (scores.nmi, scores.ari, scores.accuracy, scores.purity):
        assert score(truth, renamed) == pytest.approx(score(truth, found))
