"""Remembers the album that was organized last, so that `list` and `preview` need no path."""

import json
import os
import shlex
from pathlib import Path

from photosort.album import disk
from photosort.errors import PhotosortError
from photosort.userdirs import state_folder


def remember(out: Path) -> bool:
    """Note `out` as the last album; False when the state folder cannot be written."""
    try:
        file = _state_file()
    except PhotosortError:
        return False
    data = json.dumps({"album": os.path.abspath(out)}).encode("ascii")
    try:
        disk.write_state(file, data)
    except OSError:  # the album is written: not worth failing for
        return False
    return True


def forgotten(out: Path) -> str:
    """Say that `out` could not be noted, and how other commands are told of it."""
    name = shlex.quote(str(out))
    return f"{out}: not noted as the last album; name it, as in photosort list --album {name}"


def recall() -> Path:
    """Find the last album. Raises PhotosortError when there is none or it is no longer there."""
    try:
        file = _state_file()
    except PhotosortError as error:
        raise PhotosortError(f"{error}, or pass --album") from error
    try:
        album = Path(json.loads(file.read_bytes())["album"])
        there = album.is_absolute() and album.is_dir()
    except FileNotFoundError:
        raise PhotosortError(
            "no album yet; run photosort organize FOLDER, or pass --album with an album's folder"
        ) from None
    except OSError as error:
        raise PhotosortError(f"{file}: {error.strerror}; pass --album") from error
    except (ValueError, TypeError, KeyError, RecursionError):
        raise PhotosortError(f"{file}: damaged; delete it, or pass --album") from None
    if not there:
        raise PhotosortError(
            f"{album}: no longer there; run photosort organize, or pass --album"
            " with an album's folder"
        )
    return album


def _state_file() -> Path:
    return state_folder() / "last-album.json"
