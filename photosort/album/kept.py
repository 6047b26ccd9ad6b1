"""The photos that the user keeps whatever review finds: contents, in photosort's state folder."""

import json
from collections.abc import Mapping
from pathlib import Path

from photosort.album import disk
from photosort.errors import PhotosortError
from photosort.userdirs import state_folder

FILE = "kept-photos.json"


def read_kept() -> dict[str, str]:
    """Read where each content lay when it was named, by its hash in hex. Raises PhotosortError."""
    file = state_folder() / FILE
    try:
        kept = json.loads(file.read_bytes())["kept"]
        if any(len(bytes.fromhex(digest)) != 16 for digest in kept):
            raise ValueError(kept)  # noqa: TRY301 - the same message
        return {digest: str(path) for digest, path in kept.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PhotosortError(f"{file}: {error.strerror}; check its permissions") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PhotosortError(f"{file}: damaged; mend it, or remove it to keep nothing") from None


def write_kept(kept: Mapping[str, str]) -> None:
    """Replace the list. Raises PhotosortError."""
    file: Path = state_folder() / FILE
    try:
        disk.write_state(file, json.dumps({"kept": kept}, indent=1).encode("ascii"))
    except OSError as error:
        raise PhotosortError(
            f"{file}: cannot be written ({error.strerror}); check its permissions"
        ) from error
