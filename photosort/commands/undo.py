"""Take back an album."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photosort.commands.album import find_album

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from photosort.album.undo import Undone


def undo(
    album: Path | None, *, everything: bool = False, check: Callable[[], None] | None = None
) -> Undone:
    """Take back an album, by default the last one organized. Raises PhotosortError.

    `check` may refuse, by an exception, the album that is there under the lock.
    """
    from photosort.album.undo import undo

    return undo(find_album(album), everything=everything, check=check)


def rehearse_undo(album: Path | None, *, everything: bool = False) -> Undone:
    """Return what `undo` would do, changing nothing. Raises PhotosortError."""
    from photosort.album.undo import plan_undo

    return plan_undo(find_album(album), everything=everything)
