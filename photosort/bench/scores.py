"""How well clusters agree with known classes: NMI, ARI, accuracy, purity."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Ints


def nmi(
    truth: Ints, found: Ints, average: Literal["arithmetic", "geometric"] = "arithmetic"
) -> float:
    """Mutual information over the mean of both entropies, 0 to 1.

    The geometric mean is what scikit-learn computed before 0.22, and so what was published.
    """
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(truth, found, average_method=average))


def ari(truth: Ints, found: Ints) -> float:
    """Return the adjusted Rand index of pairs: 0 by chance, 1 when equal."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(truth, found))


def accuracy(truth: Ints, found: Ints) -> float:
    """Fraction of rows that are right under the best one-to-one matching of clusters to classes."""
    from scipy.optimize import linear_sum_assignment

    table = contingency(truth, found)
    classes, clusters = linear_sum_assignment(table, maximize=True)
    return float(table[classes, clusters].sum() / table.sum())


def purity(truth: Ints, found: Ints) -> float:
    """Fraction of rows that are of their cluster's most frequent class."""
    table = contingency(truth, found)
    return float(table.max(axis=0).sum() / table.sum())


def contingency(truth: Ints, found: Ints) -> npt.NDArray[np.int64]:
    """Count rows of each class (rows) in each cluster (columns), both in sorted order."""
    classes, row = np.unique(truth, return_inverse=True)
    clusters, column = np.unique(found, return_inverse=True)
    table = np.zeros((len(classes), len(clusters)), np.int64)
    np.add.at(table, (row, column), 1)
    return table
