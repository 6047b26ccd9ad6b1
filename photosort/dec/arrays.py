"""The arrays of this project by name, and weights on disk: an .npz of plain arrays, no pickle."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from photosort.errors import PhotosortError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer[Any]]
Arrays = Mapping[str, npt.NDArray[Any]]
Built = TypeVar("Built")
Stored = Literal["float32", "float16", "int8"]  # of weights on disk

#: The largest integer that weights are rounded to. 63 instead of 127 makes files 12 % smaller.
_LARGEST: Final = 63
#: Weights below this have no scale that float32 holds with all its digits: they become 0.
_SMALLEST: Final = _LARGEST * np.finfo(np.float32).tiny
_SCALE: Final = "_scale"

_DAMAGE = (OSError, LookupError, ValueError, TypeError, AttributeError, EOFError, RuntimeError)


def pack(name: str, weights: Floats, form: Stored) -> dict[str, npt.NDArray[Any]]:
    """Give weights of any shape the form they are stored in, under `name`.

    "int8" rounds matrices and kernels to integers of -63 to 63, with a float32 scale for each index
    of the last axis under `name`_scale; vectors are stored as float16. Each weight is moved by less
    than 1/126 of the largest of its scale, or by 1e-36.
    """
    if form != "int8":
        return {name: weights.astype(form)}
    if weights.ndim < 2:
        return {name: weights.astype(np.float16)}
    largest = np.abs(weights).max(axis=tuple(range(weights.ndim - 1)))
    scale = np.where(largest > _SMALLEST, largest / _LARGEST, 1).astype(np.float32)
    return {name: np.rint(weights / scale).astype(np.int8), name + _SCALE: scale}


def unpack(name: str, arrays: Arrays) -> Floats:
    """Return the weights that `pack` stored under `name`, float32. Raises KeyError."""
    weights = arrays[name].astype(np.float32)
    return weights * arrays[name + _SCALE] if name + _SCALE in arrays else weights


def write_arrays(path: Path | str, arrays: Arrays) -> None:
    """Write named arrays to `path` as an .npz without pickles."""
    with Path(path).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(path: Path | str, build: Callable[[Arrays], Built]) -> Built:
    """Open an .npz without unpickling and give it to `build`; PhotosortError when that fails."""
    import zipfile
    import zlib

    try:
        # Opened here, because np.load leaks the file when it holds a damaged zip.
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return build(arrays)
    except FileNotFoundError as error:
        raise PhotosortError(f"{path}: no such file; train and save the weights first") from error
    except (*_DAMAGE, zipfile.BadZipFile, zlib.error) as error:
        raise PhotosortError(
            f"{path}: not weights that photosort wrote ({error}); train and save them again"
        ) from error
