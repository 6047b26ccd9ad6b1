"""The groups that DEC starts from: one of three partitions of the smoothed rows.

K-means prefers groups of equal size, average linkage does not. Where even k-means finds groups of
uneven size, the album has such; else the mean silhouette (Rousseeuw 1987) decides. The first
partition is k-means on the rows' 64 leading principal components, which is k-means on the rows in a
third of the time. The two others group as many components as there are groups (Ding and He 2004,
"K-means clustering via principal component analysis"), by k-means and by average linkage, and a
mixture of von Mises-Fisher distributions (Banerjee et al. 2005, "Clustering on the unit
hypersphere") refines each. BENCHMARKS.md, "Groups", has each alone.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.dec.estimator import kmeans
from photosort.grouping.graph import group_sums, l2_normalise, squared_norms

# The constants were chosen on the labelled albums of ../shared, mixed and thinned out too.
DIMENSION = 16  # of the mixture's sphere: smoothed rows differ in about so many directions
EM_STEPS = 50
EM_TOL = 1e-6  # relative change of the mean log-likelihood
COMPONENTS = 64  # that k-means is given: 96 to 99 % of the variance of smoothed rows
UNEVEN = 0.4  # standard deviation of the groups' sizes over their mean; .45 and .5 serve as well
MOST_LOST = 0.05  # of the mean silhouette, where average linkage is still taken
MANY = 60  # photos; in albums of fewer, sizes vary by chance
PARTS = 400  # that average linkage joins, or twice the clusters: k-means gathers more rows first
SAME = 1 - 1e-6  # cosine from which rows differ by rounding errors alone
TINY = 1e-12  # the least distance that is divided by


def partitions(x: Floats, components: Floats, clusters: int, *, seed: int) -> list[Ints]:
    """Group unit rows by three methods: labels (n,) from 0 of each.

    `x` (n, m) are smoothed, `components` (n, d) their `principal_components`. A partition has fewer
    than `clusters` groups where rows differ by rounding errors.
    """
    rows = principal_rows(components, clusters)
    return [
        kmeans_labels(components, clusters, seed=seed),
        mixture_labels(x, kmeans_labels(rows, clusters, seed=seed)),
        mixture_labels(x, linkage_labels(rows, clusters, seed=seed)),
    ]


def principal_components(x: Floats, clusters: int) -> Floats:
    """Project `x` (n, m) on its leading principal components: 64, or one a cluster, (n, d)."""
    centred = x - x.mean(axis=0)
    _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))  # ascending
    components: Floats = centred @ vectors[:, ::-1][:, : max(COMPONENTS, clusters)].astype(x.dtype)
    return components


def principal_rows(components: Floats, clusters: int) -> Floats:
    """Return as many leading `components` (n, d) as there are clusters, of unit length."""
    return l2_normalise(components[:, :clusters])


def kmeans_labels(x: Floats, clusters: int, *, seed: int) -> Ints:
    """Group `x` (n, m) by k-means: labels (n,) from 0, no group empty."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer groups than asked for
        _, labels = kmeans(x, clusters, seed=seed, n_init=n_init(len(x)))
    return renumbered(labels)


def n_init(n_rows: int) -> int:
    """Return the number of k-means initializations: small albums need more of them and pay less."""
    return int(np.clip(50_000 // n_rows, 5, 50))


def linkage_labels(rows: Floats, clusters: int, *, seed: int) -> Ints:
    """Group unit `rows` (n, d) by average linkage of cosines: labels (n,) from 0.

    More than 400 rows are gathered into 400 parts by k-means first; a part counts by its size.
    """
    parts: Ints = np.arange(len(rows))
    wanted = max(PARTS, 2 * clusters)
    if len(rows) > wanted:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of fewer parts: rows may be equal
            parts = renumbered(kmeans(rows, wanted, seed=seed, n_init=1)[1])
    sizes = np.bincount(parts)
    return average_linkage(group_sums(rows, parts, len(sizes)), sizes, clusters)[parts]


def average_linkage(sums: Floats, sizes: Ints, clusters: int) -> Ints:
    """Join parts until `clusters` are left, the two of the largest mean cosine first: labels (m,).

    Parts that differ by rounding errors alone are joined even beyond that. Part i has `sizes[i]`
    unit rows, whose sum is `sums[i]` (d,). The mean cosine between the rows of two parts is the
    inner product of their means. SciPy's linkage is no help: it takes no parts of unequal weight.
    """
    group, sizes = np.arange(len(sums)), sizes.astype(float)
    means = sums / sizes[:, None]
    cosine = means @ means.T
    np.fill_diagonal(cosine, -np.inf)
    for left in range(len(sums), 1, -1):
        kept, gone = divmod(int(cosine.argmax()), len(sums))
        if left <= clusters and cosine[kept, gone] < SAME:
            break
        share = sizes[[kept, gone]] / (sizes[kept] + sizes[gone])
        joined = share @ cosine[[kept, gone]]
        joined[kept] = -np.inf
        cosine[kept] = cosine[:, kept] = joined
        cosine[gone] = cosine[:, gone] = -np.inf
        sizes[kept] += sizes[gone]
        group[group == gone] = kept
    return renumbered(group)


def mixture_labels(x: Floats, labels: Ints) -> Ints:
    """Fit a mixture of von Mises-Fisher distributions to unit rows `x` (n, m) from `labels` (n,).

    Expectation-maximization, with free weights and one concentration. Returns labels (n,) from 0:
    `labels` themselves where a group would run empty.
    """
    found, before = labels, -np.inf
    memberships = np.eye(labels.max() + 1, dtype=np.float32)[labels]  # (n, clusters)
    for _ in range(EM_STEPS):
        sizes, sums = memberships.sum(axis=0), memberships.T @ x
        lengths = np.linalg.norm(sums, axis=1)
        mean_length = float(np.clip(lengths.sum() / len(x), 1e-3, 1 - 1e-4))
        # Banerjee et al. 2005, equation 4.4
        concentration = mean_length * (DIMENSION - mean_length**2) / (1 - mean_length**2)
        directions = sums / np.maximum(lengths, 1e-9)[:, None]
        weights = np.log(np.maximum(sizes / len(x), 1e-12))
        logits = np.float32(concentration) * (x @ directions.T) + weights
        top = logits.max(axis=1, keepdims=True)
        memberships = np.exp(logits - top)
        totals = memberships.sum(axis=1, keepdims=True)
        memberships /= totals
        likelihood = float((top + np.log(totals)).mean()) - concentration
        if abs(likelihood - before) < EM_TOL * abs(likelihood):
            break
        before = likelihood
    found = renumbered(memberships.argmax(axis=1))
    return found if found.max() == labels.max() else labels


def first_groups(rows: Floats, found: Sequence[Ints]) -> Ints:
    """Choose one of the `partitions` that were `found` of unit `rows` (n, d): labels (n,).

    It is the best by silhouette, or, where k-means' groups are of uneven size, the one by average
    linkage, unless its mean silhouette is lower by more than .05.
    """
    by_kmeans, _, by_linkage, *_ = found
    best = best_by_silhouette(rows, found)
    if is_uneven(by_kmeans) and len(np.unique(by_linkage)) == most_groups(found):
        lost = silhouette(rows, best) - silhouette(rows, by_linkage)
        return by_linkage if lost <= MOST_LOST else best
    return best


def is_uneven(labels: Ints) -> bool:
    """Return whether the groups of `labels` (n,), numbers from 0, are of uneven size.

    Fewer than 60 photos never count as uneven.
    """
    sizes = np.bincount(labels)
    return len(labels) >= MANY and bool(sizes.std() > UNEVEN * sizes.mean())


def most_groups(found: Sequence[Ints]) -> int:
    """Count the groups of the partition that has the most."""
    return max(len(np.unique(labels)) for labels in found)


def best_by_silhouette(rows: Floats, partitions: Sequence[Ints]) -> Ints:
    """Return the partition of unit `rows` (n, d) with the most groups; of those, the best one.

    The best has the largest mean silhouette; of equal ones the first is kept.
    """
    most = most_groups(partitions)
    able = [labels for labels in partitions if len(np.unique(labels)) == most]
    return max(able, key=lambda labels: silhouette(rows, labels))


def silhouette(rows: Floats, labels: Ints) -> float:
    """Return the mean silhouette of unit `rows` (n, d) by cosine distance; -1 for one group.

    The mean distance from a row to those of a group is 1 minus its inner product with their mean,
    so no pairs are compared.
    """
    own = renumbered(labels)
    sizes = np.bincount(own)
    if not 1 < len(sizes) < len(labels):
        return -1.0
    sums = group_sums(rows, own, len(sizes))
    each = np.arange(len(rows))
    products = rows @ sums.T  # (n, groups)
    others = sizes[own] - 1
    itself = squared_norms(rows)
    within = 1 - (products[each, own] - itself) / np.maximum(others, 1)
    apart = 1 - products / sizes
    apart[each, own] = np.inf
    between = apart.min(axis=1)
    scores = (between - within) / np.maximum(np.maximum(between, within), TINY)
    return float(np.where(others > 0, scores, 0).mean())


def renumbered(labels: Ints) -> Ints:
    """Return `labels` (n,) as numbers from 0 without gaps, in the same order."""
    found: Ints = np.unique(labels, return_inverse=True)[1].reshape(-1)
    return found
