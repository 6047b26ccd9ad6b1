r"""`album.json`: a manifest as a file.

It lies in the user's folder, so it is read back as untrusted input. Paths that are not valid UTF-8
survive: Python's surrogate escapes become `\udcXX` in JSON.
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import cast, get_args

from photosort.album.manifest import VERSION, Cluster, Json, Manifest, Placed, Root
from photosort.album.plan import MISC, OWN_NAMES, Linking, name_key
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped

NAME = "album.json"
SEPARATORS = frozenset("/" if os.sep == "/" else "/\\:")  # on Windows also of drives, streams


def encode(manifest: Manifest) -> bytes:
    """Write `manifest` as JSON, in ASCII."""
    data = {
        "version": manifest.version,
        "photosort": manifest.photosort,
        "created": manifest.created,
        "out": str(manifest.out),
        "link": manifest.link,
        "relative": manifest.relative,
        "replaced": manifest.replaced,
        "sources": [str(path) for path in manifest.sources],
        "roots": [
            {"path": str(root.path), "device": root.device, "inode": root.inode}
            for root in manifest.roots
        ],
        "options": dict(manifest.options),
        "unsupported": dict(manifest.unsupported),
        "skipped": [{"path": str(out.path), "reason": out.reason} for out in manifest.skipped],
        "clusters": [
            {
                "number": cluster.number,
                "name": cluster.name,
                "title": cluster.title,
                "named": cluster.named,
                "photos": [_photo_to_json(photo) for photo in cluster.photos],
            }
            for cluster in manifest.clusters
        ],
    }
    return json.dumps(data, ensure_ascii=True, indent=1, allow_nan=False).encode("ascii") + b"\n"


def _photo_to_json(photo: Placed) -> dict[str, Json]:
    optional = {
        "size_bytes": photo.size_bytes,
        "mtime_ns": photo.mtime_ns,
        "content_hash": photo.content_hash,
    }
    return {
        "path": str(photo.path),
        "place": str(photo.place),
        "confidence": round(float(photo.confidence), 6),
        **{key: value for key, value in optional.items() if value is not None},
    }


def read_manifest(out: Path) -> Manifest:
    """Read the album at `out`. Raises PhotosortError when there is none or it cannot be trusted."""
    file = out / NAME
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would wait for ever
            raise PhotosortError(f"{file}: not a file; pass --album with an album's folder")
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise PhotosortError(
            f"{out}: no album here; run photosort organize, or pass --album with an album's folder"
        ) from None
    except OSError as error:
        raise PhotosortError(f"{file}: {error.strerror}; check its permissions") from error
    return decode(data, file)


def decode(data: bytes, file: Path) -> Manifest:
    """Parse and check a manifest; `file` is named in errors. Raises PhotosortError."""
    try:
        return _manifest(_Value(_parse(data), "the whole"))
    except _NewerError as error:
        raise PhotosortError(
            f"{file}: written by a newer photosort (album version {error}); upgrade photosort-dec"
        ) from None
    except _WrongError as error:
        raise PhotosortError(
            f"{file}: damaged ({error}); move it away and run photosort organize again"
        ) from None


class _WrongError(ValueError):
    """Says which part of the data is wrong."""


class _NewerError(ValueError):
    """Holds a version this photosort does not know."""


def _parse(data: bytes) -> object:
    def refuse(constant: str) -> None:
        raise _WrongError(f"{constant} is not JSON")

    try:
        return json.loads(data, parse_constant=refuse)
    except _WrongError:
        raise
    except (
        ValueError,
        RecursionError,
    ) as error:  # not UTF-8, not JSON, too long a number, too deep
        raise _WrongError(f"not JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class _Value:
    """An untrusted JSON value and where it stands; its methods check it and return it plain."""

    value: object
    where: str

    def key(self, name: str) -> "_Value":
        if not isinstance(self.value, dict):
            raise _WrongError(f"{self.where} is not an object")
        return _Value(self.value.get(name), name)

    def items(self) -> Iterator["_Value"]:
        if not isinstance(self.value, list):
            raise _WrongError(f"{self.where} is not a list")
        return (_Value(item, f"an entry of {self.where}") for item in self.value)

    def text(self) -> str:
        if not isinstance(self.value, str) or "\0" in self.value:
            raise _WrongError(f"{self.where} is not a text")
        try:
            self.value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # half of a UTF-16 pair: no file name decodes to it
            raise _WrongError(f"{self.where} is not a text") from None
        return self.value

    def number(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise _WrongError(f"{self.where} is not a whole number")
        return self.value

    def fraction(self) -> float:
        fits = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not fits or not 0 <= cast("float", self.value) <= 1:
            raise _WrongError(f"{self.where} is not between 0 and 1")
        return float(cast("float", self.value))

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise _WrongError(f"{self.where} is not true or false")
        return self.value

    def path(self) -> Path:
        path = Path(self.text())
        if not path.is_absolute():
            raise _WrongError(f"{self.where} is not an absolute path")
        return path

    def object(self) -> dict[str, Json]:
        if not isinstance(self.value, dict):
            raise _WrongError(f"{self.where} is not an object")
        return self.value


def _manifest(top: _Value) -> Manifest:
    version = top.key("version").number()
    if version > VERSION:
        raise _NewerError(version)
    if version < 1:
        raise _WrongError(f"there is no version {version}")
    manifest = Manifest(
        created=_time(top.key("created")),
        out=top.key("out").path(),
        link=_linking(top.key("link")),
        relative=top.key("relative").flag(),
        sources=tuple(source.path() for source in top.key("sources").items()),
        clusters=tuple(_cluster(cluster) for cluster in top.key("clusters").items()),
        skipped=tuple(
            Skipped(entry.key("path").path(), entry.key("reason").text())
            for entry in top.key("skipped").items()
        ),
        unsupported={
            kind: _Value(count, "a count of unsupported files").number()
            for kind, count in top.key("unsupported").object().items()
        },
        options=top.key("options").object(),
        roots=tuple(
            Root(
                entry.key("path").path(), entry.key("device").number(), entry.key("inode").number()
            )
            for entry in (top.key("roots").items() if top.key("roots").value is not None else ())
        ),
        replaced=top.key("replaced").value is not None and top.key("replaced").flag(),
        photosort=top.key("photosort").text(),
        version=version,
    )
    _refuse_repeats("cluster", [cluster.number for cluster in manifest.clusters])
    _refuse_repeats("folder", [name_key(cluster.name) for cluster in manifest.clusters])
    _refuse_repeats("place", [photo.place for photo in manifest.photos])
    return manifest


def _refuse_repeats(what: str, values: list[int] | list[str] | list[PurePosixPath]) -> None:
    if len(set(values)) < len(values):
        raise _WrongError(f"a {what} comes twice")


def _time(value: _Value) -> str:
    try:
        datetime.fromisoformat(value.text())
    except ValueError:
        raise _WrongError(f"{value.where} is not a time") from None
    return value.text()


def _linking(value: _Value) -> Linking:
    if value.text() not in get_args(Linking):
        raise _WrongError(f"{value.where} is none of {', '.join(get_args(Linking))}")
    return cast("Linking", value.text())


def _cluster(value: _Value) -> Cluster:
    number, name, title, named = (value.key(key) for key in ("number", "name", "title", "named"))
    if number.number() < (0 if name_key(name.text()).startswith(name_key(MISC)) else 1):
        raise _WrongError("a cluster's number is below 1")
    if not _is_plain(name.text()) or name_key(name.text()) in OWN_NAMES:
        raise _WrongError("a cluster's name is not a folder's")
    photos = tuple(_photo(photo, name.text()) for photo in value.key("photos").items())
    shown = None if title.value is None else title.text()
    by_user = named.value is not None and named.flag()
    return Cluster(number.number(), name.text(), shown, photos, by_user)


def _photo(value: _Value, folder: str) -> Placed:
    place = value.key("place").text()
    name = place.removeprefix(f"{folder}/")
    if name == place or not _is_plain(name):  # it would lead out of its folder
        raise _WrongError("a place is not in its cluster's folder")
    size, mtime, digest = (value.key(key) for key in ("size_bytes", "mtime_ns", "content_hash"))
    return Placed(
        value.key("path").path(),
        PurePosixPath(folder, name),
        value.key("confidence").fraction(),
        None if size.value is None else size.number(),
        None if mtime.value is None else mtime.number(),
        None if digest.value is None else digest.text(),
    )


def _is_plain(name: str) -> bool:
    """Tell whether `name` is one step down, on this system's file names."""
    return name not in {"", ".", ".."} and not SEPARATORS.intersection(name)
