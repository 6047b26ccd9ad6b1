"""The terms of the autoencoder's loss, and the noise its batches get."""

from photosort.dec.schedule import Augment
from photosort.dec.training import Tensor, tensorflow

CODE_LENGTH = 5.0  # length of the code of a row of length √d; chosen on the labelled albums


def gather_batch(data: Tensor, rows: Tensor, key: Tensor, augment: Augment | None) -> Tensor:
    """Gather the batch `rows` of `data`, changed by `augment` when there is one."""
    batch = tensorflow().gather(data, rows)  # (batch, d)
    return batch if augment is None else augment(batch, key)


def dropout(x: Tensor, rate: float, key: Tensor) -> Tensor:
    """Set a random fraction `rate` of the entries to 0, scale the others to keep the mean."""
    if not rate:
        return x
    return tensorflow().nn.experimental.stateless_dropout(x, rate=rate, seed=key)


def squared_error(x: Tensor, y: Tensor) -> Tensor:
    """Mean over batch and features of the squared difference."""
    tf = tensorflow()
    return tf.reduce_mean(tf.math.squared_difference(x, y))


def strain(codes: Tensor, x: Tensor) -> Tensor:
    """Mean squared difference between the inner products of `codes` and those of `x`.

    This is the loss of classical multidimensional scaling (Torgerson 1952). Codes that only have to
    be decodable may be stretched and folded; with this term the distances between codes are in
    proportion to those between rows. Inner products are divided by the squared lengths that are
    expected: d of a row of `x`, `CODE_LENGTH`² of a code.
    """
    tf = tensorflow()
    cosines = tf.matmul(x, x, transpose_b=True) / x.shape[1]  # (batch, batch)
    return squared_error(tf.matmul(codes, codes, transpose_b=True) / CODE_LENGTH**2, cosines)
