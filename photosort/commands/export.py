"""An album for other programs; nothing is written beside an original."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from photosort.commands.album import open_album
from photosort.errors import PhotosortError
from photosort.photos.paths import bytes_of, in_full

if TYPE_CHECKING:
    from pathlib import Path

    from photosort.export.immich import Sent

KEY = "IMMICH_API_KEY"  # the environment variable that Immich's own tools read


def export_xmp(album: Path | None, out: Path) -> tuple[int, list[str]]:
    """Write a sidecar for each photo into the folder `out`. Raises PhotosortError.

    Returns how many there are, and the names of photos that are too long for one.
    """
    from photosort.album.files import check_apart, write_tree
    from photosort.album.names import NAME_BYTES
    from photosort.export.xmp import sidecars

    manifest, out = open_album(album), in_full(out)
    check_apart(out, manifest, "--out")
    files = {place: text.encode("utf-8") for place, text in sidecars(manifest).items()}
    too_long = [place for place in files if len(bytes_of(place.name)) > NAME_BYTES]
    for place in too_long:
        del files[place]
    write_tree(out, files, "--out")
    return len(files), [place.stem for place in too_long]


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
