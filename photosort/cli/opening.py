"""Shows a file or a folder in the desktop's own program for it."""

from pathlib import Path

import typer

from photosort.errors import PhotosortError


def show(path: Path) -> None:
    """Show what lies at an absolute `path`. Raises PhotosortError where no program does that."""
    if typer.launch(str(path)) != 0:
        raise PhotosortError(f"{path}: no xdg-open here to show it; open it yourself")
