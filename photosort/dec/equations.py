"""The three equations of DEC: soft assignment, target distribution, and their divergence.

Xie, Girshick, Farhadi 2016, "Unsupervised deep embedding for clustering analysis", section 3.
"""

import numpy as np

from photosort.dec.arrays import Floats
from photosort.dec.training import Tensor, tensorflow


def soft_assignment(codes: Floats, centers: Floats, alpha: float = 1.0) -> Floats:
    """Assign codes to centers by a Student-t kernel. Xie et al. 2016, eq. 1.

    Parameters
    ----------
    codes : array of float32, shape (n, code)
        The codes.
    centers : array of float32, shape (clusters, code)
        Cluster centers.
    alpha : float, default=1.0
        Degrees of freedom.

    Returns
    -------
    array of float32, shape (n, clusters)
        Rows sum to 1. Computed relative to each row's closest center: no row is all zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from photosort.dec import soft_assignment
    >>> q = soft_assignment(np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]]))
    >>> [[round(float(share), 2) for share in row] for row in q]
    [[0.67, 0.33], [0.33, 0.67]]
    """
    from scipy.spatial.distance import cdist

    # By differences, in float64: |z|² - 2zc + |c|² loses all digits far from the origin.
    squared = cdist(codes, centers, "sqeuclidean")
    log_kernel = -(alpha + 1) / 2 * np.log1p(squared / alpha)
    kernel = np.exp(log_kernel - log_kernel.max(axis=1, keepdims=True))
    q: Floats = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
    return q


def target_distribution(q: Floats) -> Floats:
    """Sharpen soft assignments. Xie et al. 2016, eq. 3.

    Parameters
    ----------
    q : array of float32, shape (n, clusters)
        Soft assignments; rows sum to 1.

    Returns
    -------
    array of float32, shape (n, clusters)
        q² over the clusters' sums of q; rows sum to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from photosort.dec import target_distribution
    >>> target_distribution(np.array([[0.8, 0.2], [0.2, 0.8]])).round(2).tolist()
    [[0.94, 0.06], [0.06, 0.94]]
    """
    weight = q**2 / np.maximum(q.sum(axis=0), np.finfo(q.dtype).tiny)
    p: Floats = weight / weight.sum(axis=1, keepdims=True)
    return p


def kl_divergence(p: Tensor, codes: Tensor, centers: Tensor, alpha: float = 1.0) -> Tensor:
    """Mean over the batch of KL(p || q), where q are the soft assignments of `codes`. Eq. 2.

    Parameters
    ----------
    p : tensor of float32, shape (batch, clusters)
        Targets; a row of zeros costs nothing.
    codes : tensor of float32, shape (batch, code)
        The codes.
    centers : tensor of float32, shape (clusters, code)
        Cluster centers.
    alpha : float, default=1.0
        Degrees of freedom of the Student-t kernel.

    Returns
    -------
    tensor of float32, shape ()
        Computed in logarithms: no q is so small that its logarithm is infinite.
    """
    tf = tensorflow()
    offsets = tf.expand_dims(codes, 1) - centers  # (batch, clusters, code)
    squared = tf.reduce_sum(offsets**2, axis=-1)  # (batch, clusters)
    log_kernel = -(alpha + 1) / 2 * tf.math.log1p(squared / alpha)
    log_q = log_kernel - tf.reduce_logsumexp(log_kernel, axis=1, keepdims=True)
    terms = tf.math.xlogy(p, p) - p * log_q
    return tf.reduce_mean(tf.reduce_sum(terms, axis=1))
