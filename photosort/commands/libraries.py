"""Settings of TensorFlow, Keras and matplotlib that the command makes, as owner of its process."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.abc import MetaPathFinder
from typing import Final

from photosort.errors import PhotosortError

#: What Keras and scikit-learn import where it is installed, for pictures of networks, tables and
#: files that photosort never makes (BENCHMARKS.md, "Start-up").
UNUSED: Final = frozenset({"matplotlib", "pandas", "h5py"})


class _Absent(MetaPathFinder):
    """Makes imports of UNUSED fail, as where they are not installed."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Raise ModuleNotFoundError for one of them."""
        if fullname in UNUSED:
            raise ModuleNotFoundError(f"{fullname}: not used by photosort", name=fullname)


@contextlib.contextmanager
def tensorflow_settings() -> Iterator[None]:
    """Import TensorFlow, Keras, scikit-learn in here: quiet, on every processor, writing no file.

    Keras makes a folder and a settings file where KERAS_HOME is none yet.
    """
    settings = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "1",  # off by default on AMD, and slower
        "KERAS_BACKEND": "tensorflow",  # photosort.dec trains with TensorFlow's own loops
        "KERAS_HOME": os.devnull,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else all of a GPU's memory is taken at once
    }
    absent = _Absent()
    with _environment(settings):
        sys.meta_path.insert(0, absent)
        try:
            yield
        finally:
            sys.meta_path.remove(absent)


@contextlib.contextmanager
def matplotlib_settings() -> Iterator[None]:
    """Import matplotlib in here: it keeps its list of fonts in photosort's cache."""
    import logging

    from photosort.userdirs import cache_folder

    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    settings = {}
    with contextlib.suppress(PhotosortError):  # then it uses a temporary folder, and warns
        settings["MPLCONFIGDIR"] = str(cache_folder() / "matplotlib")
    with _environment(settings):
        yield


@contextlib.contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
