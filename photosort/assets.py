"""Where the files that ship with photosort lie: model weights and their cards, MNIST."""

from pathlib import Path

from photosort.errors import PhotosortError

PACKAGE = Path(__file__).parent


def asset(kind: str, name: str) -> Path:
    """Find `name` in `kind` ("models"): inside the installed package, or beside it in a checkout.

    Raises PhotosortError when it is in neither place.
    """
    for home in (PACKAGE / kind, PACKAGE.parent / kind):
        if (home / name).exists():
            return home / name
    raise PhotosortError(f"{kind}/{name}: missing from this installation; reinstall photosort-dec")
