"""Weights on disk: an .npz of plain arrays with names, nothing pickled."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from photosort.errors import PhotosortError

Built = TypeVar("Built")
Arrays = Mapping[str, npt.NDArray[Any]]


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write named arrays to `path` as they are, nothing pickled."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(path: Path, build: Callable[[Arrays], Built]) -> Built:
    """Open an .npz without unpickling and hand it to `build`; PhotosortError when that fails."""
    import zipfile
    import zlib

    damage = (OSError, LookupError, ValueError, TypeError, AttributeError, EOFError, RuntimeError)
    try:
        # Opened here, because np.load leaks the file when it holds a damaged zip.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return build(arrays)
    except FileNotFoundError as error:
        raise PhotosortError(f"{path}: no such file; train and save the weights first") from error
    except (*damage, zipfile.BadZipFile, zlib.error) as error:
        raise PhotosortError(
            f"{path}: not weights that photosort wrote ({error}); train and save them again"
        ) from error
