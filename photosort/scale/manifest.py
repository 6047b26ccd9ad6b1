"""An album of photos that are no files: what is in which folder, as Parquet and JSON.

    manifest.json    folders with their headings, options, where the features are
    photos.parquet   a row a photo: URL, folder, name, confidence, content hash, date, place, map

`manifest.json` is written last and has the SHA-256 of `photos.parquet`.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from photosort import __version__
from photosort.errors import PhotosortError
from photosort.scale.places import Place, open_place
from photosort.scale.store import read_parquet, to_json, to_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ABOUT, PHOTOS = "manifest.json", "photos.parquet"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A photo of the album: its URL, its folder and the name that nothing else there has.

    `taken` is local wall-clock time in ISO 8601, `location` goes from the country down, `position`
    is latitude and longitude in degrees, `at` its place on the map of similarity (0 to 1).
    """

    url: str
    folder: str
    name: str
    confidence: float
    content_hash: str
    taken: str | None
    taken_source: str | None
    location: tuple[str, ...]
    position: tuple[float, float] | None
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class RemoteAlbum:
    """A manifest: its folders in order (place, title), and all photos."""

    folders: tuple[tuple[str, str | None], ...]
    photos: tuple[Entry, ...]


def check_manifest(url: str) -> Place:
    """Refuse a place that holds something and is no manifest. Raises PhotosortError."""
    place = open_place(url)
    if place.read(ABOUT) is None and place.sizes(""):
        raise PhotosortError(
            f"{place.url}: holds files and is no manifest of photosort; pass an empty or new"
            " --manifest"
        )
    return place


def write_manifest(
    place: Place,
    folders: Sequence[Mapping[str, Any]],
    photos: Sequence[Entry],
    about: Mapping[str, Any],
) -> None:
    """Write a manifest, in the place of one that is there. Raises PhotosortError."""
    import pyarrow as pa

    def pair(values: Sequence[tuple[float, float] | None], which: int) -> pa.Array:
        return pa.array([value and value[which] for value in values], pa.float64())

    positions, spots = [one.position for one in photos], [one.at for one in photos]
    table = pa.table(
        {
            "url": pa.array([one.url for one in photos], pa.string()),
            "folder": pa.array([one.folder for one in photos], pa.string()),
            "name": pa.array([one.name for one in photos], pa.string()),
            "confidence": pa.array([one.confidence for one in photos], pa.float64()),
            "content_hash": pa.array([one.content_hash for one in photos], pa.string()),
            "taken": pa.array([one.taken for one in photos], pa.string()),
            "taken_source": pa.array([one.taken_source for one in photos], pa.string()),
            "location": pa.array([list(one.location) for one in photos], pa.list_(pa.string())),
            "latitude": pair(positions, 0),
            "longitude": pair(positions, 1),
            "x": pair(spots, 0),
            "y": pair(spots, 1),
        }
    )
    data = to_parquet(table)
    whole = {
        "format": FORMAT,
        "photosort": __version__,
        **about,
        "folders": list(folders),
        "photos": len(photos),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    place.write(PHOTOS, data)
    place.write(ABOUT, to_json(whole))


def read_manifest(url: str) -> RemoteAlbum:
    """Read a manifest. Raises PhotosortError where there is none, or a damaged one."""
    place = open_place(url)
    about, data = place.read(ABOUT), place.read(PHOTOS)
    if about is None or data is None:
        raise PhotosortError(
            f"{place.url}: no manifest there; run photosort organize --features URL --manifest URL"
        )
    damaged = PhotosortError(
        f"{place.at(ABOUT)}: damaged; run photosort organize --features URL --manifest URL again"
    )
    try:
        told = json.loads(about)
        if told["sha256"] != hashlib.sha256(data).hexdigest():
            raise damaged
        folders = tuple((str(one["place"]), _text(one["title"])) for one in told["folders"])
        rows = read_parquet(io.BytesIO(data), place.at(PHOTOS)).to_pylist()
        photos = tuple(map(_entry, rows))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise damaged from error
    return RemoteAlbum(folders, photos)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _entry(row: dict[str, Any]) -> Entry:
    def pair(one: str, other: str) -> tuple[float, float] | None:
        return None if row[one] is None else (float(row[one]), float(row[other]))

    return Entry(
        str(row["url"]),
        str(row["folder"]),
        str(row["name"]),
        float(row["confidence"]),
        str(row["content_hash"]),
        _text(row["taken"]),
        _text(row["taken_source"]),
        tuple(map(str, row["location"] or ())),
        pair("latitude", "longitude"),
        pair("x", "y"),
    )
