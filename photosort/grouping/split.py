"""One group made several: k-means on smoothed features, centred on the group alone."""

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.dec.estimator import count_distinct, kmeans
from photosort.dec.table import check_rows
from photosort.grouping.graph import smooth_features
from photosort.grouping.pretrained import Pretrained
from photosort.grouping.rows import centre_features

N_INIT = 20  # initializations of k-means, the default of `DEC`


def split_rows(
    features: Floats, into: int, pretrained: Pretrained | None = None, *, seed: int = 0
) -> Ints:
    """Split photos with `features` (n, d) into parts (n,), 0 the largest.

    There are fewer than `into` only where photos differ by rounding errors.
    """
    rows = centre_features(check_rows(features), pretrained)
    smooth = smooth_features(rows, seed=seed)
    table = smooth if count_distinct(smooth, up_to=into) >= into else rows
    into = min(into, count_distinct(table, up_to=into))
    _, labels = kmeans(table, into, seed=seed, n_init=N_INIT)
    order = np.argsort(-np.bincount(labels, minlength=into), kind="stable")
    parts: Ints = np.argsort(order)[labels]
    return parts
