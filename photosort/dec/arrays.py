"""The arrays of this project by name, and weights on disk: an .npz of plain arrays, no pickle."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from photosort.errors import PhotosortError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer[Any]]
Arrays = Mapping[str, npt.NDArray[Any]]
Built = TypeVar("Built")

_DAMAGE = (OSError, LookupError, ValueError, TypeError, AttributeError, EOFError, RuntimeError)


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
