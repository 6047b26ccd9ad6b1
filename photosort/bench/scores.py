"""How well clusters agree with known kinds: NMI, ARI, accuracy, purity. Labels choose nothing."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer[Any]]


def nmi(
    truth: Labels, found: Labels, average: Literal["arithmetic", "geometric"] = "arithmetic"
) -> float:
    """Mutual information over the mean of both entropies, 0 to 1.

    The geometric mean is what scikit-learn computed before 0.22, and so what was published.
    """
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(truth, found, average_method=average))


def ari(truth: Labels, found: Labels) -> float:
    """Return the adjusted Rand index of pairs: 0 by chance, 1 when equal."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(truth, found))


def accuracy(truth: Labels, found: Labels) -> float:
    """Share of photos that are right under the best one-to-one naming of clusters by kinds."""
    from scipy.optimize import linear_sum_assignment

    table = contingency(truth, found)
    kinds, clusters = linear_sum_assignment(table, maximize=True)
    return float(table[kinds, clusters].sum() / table.sum())


def purity(truth: Labels, found: Labels) -> float:
    """Share of photos that are of their cluster's most frequent kind."""
    table = contingency(truth, found)
    return float(table.max(axis=0).sum() / table.sum())


def contingency(truth: Labels, found: Labels) -> npt.NDArray[np.int64]:
    """Count photos of each kind (rows) in each cluster (columns), both in sorted order."""
    kinds, row = np.unique(truth, return_inverse=True)
    clusters, column = np.unique(found, return_inverse=True)
    table = np.zeros((len(kinds), len(clusters)), np.int64)
    np.add.at(table, (row, column), 1)
    return table
