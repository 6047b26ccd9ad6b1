"""An album for other programs; nothing is written beside an original."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from photosort.commands.album import open_album
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from pathlib import Path

    from photosort.export.immich import Sent

KEY = "IMMICH_API_KEY"  # the environment variable that Immich's own tools read


def export_xmp(album: Path | None, out: Path) -> int:
    """Write a sidecar for each photo into the folder `out`; return how many. PhotosortError."""
    from photosort.album.files import check_apart, write_tree
    from photosort.export.xmp import sidecars

    manifest, out = open_album(album), in_full(out)
    check_apart(out, manifest, "--out")
    files = {place: text.encode("utf-8") for place, text in sidecars(manifest).items()}
    write_tree(out, files, "--out")
    return len(files)


def export_csv(album: Path | None, out: Path | None) -> str | None:
    """Write the album's table to a new file, or return it where `out` is None. PhotosortError."""
    from photosort.album.files import check_apart, write_file
    from photosort.export.table import as_csv

    manifest = open_album(album)
    text = as_csv(manifest)
    if out is None:
        return text
    out = in_full(out)
    check_apart(out, manifest, "--out")
    write_file(out, text.encode("utf-8"), "--out")
    return None


def export_immich(album: Path | None, server: str, key: str | None) -> Sent:
    """Make the album's folders albums of an Immich server. Raises PhotosortError."""
    from photosort.export.immich import Immich, send

    key = key or os.environ.get(KEY)
    if not key:
        raise PhotosortError(f"{server}: no API key; pass --key, or set {KEY}")
    return send(open_album(album), Immich(server, key))
