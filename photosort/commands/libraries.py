"""Settings of TensorFlow, Keras and matplotlib that the command makes, as owner of its process."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import cast

from photosort.errors import PhotosortError


@contextlib.contextmanager
def tensorflow_settings() -> Iterator[None]:
    """Import TensorFlow and Keras in here: quiet, fast on every processor, writing no file.

    Keras makes a folder and a settings file where KERAS_HOME is none yet, and imports all of
    matplotlib, a sixth of the time, for pictures that are never drawn (BENCHMARKS.md).
    """
    settings = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "1",  # off by default on AMD, and slower
        "KERAS_BACKEND": "tensorflow",  # photosort.dec trains with TensorFlow's own loops
        "KERAS_HOME": os.devnull,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else all of a GPU's memory is taken at once
    }
    unloaded = "matplotlib" not in sys.modules
    with _environment(settings):
        if unloaded:
            cast("dict[str, object]", sys.modules)["matplotlib"] = None  # cannot be imported
        try:
            yield
        finally:
            if unloaded:
                del sys.modules["matplotlib"]


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
