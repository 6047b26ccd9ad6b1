"""The user's own cache and state folders for photosort."""

from collections.abc import Callable
from pathlib import Path

from photosort.errors import PhotosortError


def cache_folder() -> Path:
    """Name the folder for what can be made again. Raises PhotosortError where no home is known."""
    from platformdirs import user_cache_path

    return _absolute(user_cache_path, "XDG_CACHE_HOME")


def state_folder() -> Path:
    """Name the folder for the last album's name. Raises PhotosortError where no home is known."""
    from platformdirs import user_state_path

    return _absolute(user_state_path, "XDG_STATE_HOME")


def _absolute(find: Callable[..., Path], variable: str) -> Path:
    """Find a folder; what platformdirs comes to without a home depends on its version."""
    try:
        folder = find("photosort", appauthor=False)
    except RuntimeError:
        folder = Path("~")
    if not folder.is_absolute():
        raise PhotosortError(
            "HOME: not an absolute path, and no home folder is known for this user; "
            f"set HOME or {variable} to a folder you can write to"
        )
    return folder
