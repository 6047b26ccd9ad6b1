"""Rows of features as they come from outside: checked, and made float32."""

from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats, Ints
from photosort.errors import PhotosortError


class FeaturesError(PhotosortError, ValueError):
    """Rows that cannot be clustered; a ValueError because scikit-learn's tools expect one."""


def check_rows(x: npt.ArrayLike) -> Floats:
    """Return `x` as finite float32 rows (n, d), or raise FeaturesError."""
    rows = as_floats(as_table(x))
    require_finite(np.flatnonzero(~np.isfinite(rows).all(axis=1)), len(rows))
    return rows


def as_table(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return `x` as a table (n, d) of real numbers, or raise FeaturesError."""
    if hasattr(x, "toarray"):
        raise FeaturesError("features: a sparse matrix is not supported; pass x.toarray()")
    table = np.asarray(x)
    if np.iscomplexobj(table):
        raise FeaturesError("features: Complex data not supported; pass real numbers")
    if table.ndim != 2:
        raise FeaturesError(
            f"features: shape {table.shape} is not (rows, features). Reshape your data with "
            "reshape(-1, 1) for a single feature or reshape(1, -1) for a single row"
        )
    for size, name in zip(table.shape, ("sample", "feature"), strict=True):
        if size == 0:
            raise FeaturesError(
                f"features: 0 {name}(s) (shape={table.shape}) while a minimum of 1 is required."
            )
    return table


def as_floats(table: npt.NDArray[Any]) -> Floats:
    """Return `table` as float32, what is beyond its range as infinity."""
    with np.errstate(over="ignore"):
        return table.astype(np.float32, copy=False)


def require_finite(bad: Ints, count: int) -> None:
    """Raise FeaturesError that says how many of `count` rows are `bad` (k,), their numbers."""
    if len(bad):
        raise FeaturesError(
            f"features: {len(bad)} of {count} rows hold NaN or infinity (first: row {bad[0]}); "
            "leave those rows out"
        )
