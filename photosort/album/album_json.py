r"""`album.json`: a manifest as a file.

It lies in the user's folder, so it is read back as untrusted input. Paths that are not valid UTF-8
survive: Python's surrogate escapes become `\udcXX` in JSON.
"""

import json
import stat
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import cast, get_args

from photosort.album.corrections import Correction
from photosort.album.manifest import Json, Manifest, Root
from photosort.album.names import name_key, place_key
from photosort.album.plan import (
    DEEPEST,
    MISC,
    OWN_NAMES,
    Folder,
    Heading,
    Linking,
    Placed,
    Taken,
    cluster,
)
from photosort.album.untrusted import Value, WrongError, is_plain, parse
from photosort.errors import PhotosortError
from photosort.photos.records import Remark, Skipped, read_hash

NAME = "album.json"
BEFORE = "before"  # the key of what a manifest that waits for an undo replaced
MOST_HISTORY = 50_000_000  # bytes of a manifest with those it replaced: judgement
VERSION = 2  # 1 had clusters only, each in a folder at the top


def encode(manifest: Manifest) -> bytes:
    """Write `manifest` as JSON, in ASCII."""
    data = {
        "version": VERSION,
        "photosort": manifest.photosort,
        "created": manifest.created,
        "command": manifest.command,
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
        "not_photos": _by_kind(manifest.not_photos),
        "skipped": [{"path": str(out.path), "reason": out.reason} for out in manifest.skipped],
        "remarks": [{"path": str(remark.path), "text": remark.text} for remark in manifest.remarks],
        "headings": [
            {"key": head.key, "number": head.number, "title": head.title, "given": head.given}
            for head in manifest.headings
        ],
        "folders": [
            {
                "place": str(folder.place),
                "headings": [heading.key for heading in folder.headings],
                "reason": folder.reason,
                "photos": [_photo_to_json(photo) for photo in folder.photos],
            }
            for folder in manifest.folders
        ],
        "corrections": [
            {
                "content_hash": one.content_hash,
                "path": str(one.path),
                "cluster": one.number,
                "from": one.origin,
                "made": one.made,
            }
            for one in manifest.corrections
        ],
    }
    return json.dumps(data, ensure_ascii=True, indent=1, allow_nan=False).encode("ascii") + b"\n"


def with_history(data: bytes, before: bytes) -> bytes:
    """Write into a manifest the one that it replaced, with those that this one replaced in turn.

    As it is where that makes more than `MOST_HISTORY` bytes, or where what was replaced is damaged.
    """
    if len(data) + len(before) > MOST_HISTORY:
        return data
    try:
        whole = {**Value(parse(data), "the whole").object(), BEFORE: parse(before)}
        return json.dumps(whole, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
    except (WrongError, ValueError, RecursionError):
        return data


def history_in(data: bytes) -> bytes | None:
    """Return the manifest that `with_history` wrote into another; None where there is none."""
    before = Value(parse(data), "the whole").key(BEFORE).value
    if not isinstance(before, dict):
        return None
    return json.dumps(before, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def _by_kind(not_photos: Mapping[Path, str]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for path, kind in not_photos.items():
        gathered.setdefault(kind, []).append(str(path))
    return gathered


def _photo_to_json(photo: Placed) -> dict[str, Json]:
    taken = photo.taken
    optional: dict[str, Json] = {
        "size_bytes": photo.size_bytes,
        "mtime_ns": photo.mtime_ns,
        "content_hash": photo.content_hash,
        "date": taken.date,
        "date_source": taken.date_source,
        "offset": taken.offset,
        "location": list(taken.location) or None,
        "location_source": taken.location_source,
    }
    return {
        "path": str(photo.path),
        "name": photo.place.name,
        "confidence": round(float(photo.confidence), 6),
        **{key: value for key, value in optional.items() if value is not None},
    }


def read_manifest(out: Path) -> Manifest:
    """Read the album at `out`. Raises PhotosortError when there is none or it cannot be trusted."""
    file = out / NAME
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would wait for ever
            raise PhotosortError(f"{file}: not a file; name an album's folder")
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise PhotosortError(
            f"{out}: no album here; run photosort organize, or name an album's folder"
        ) from None
    except OSError as error:
        raise PhotosortError(f"{file}: {error.strerror}; check its permissions") from error
    return decode(data, file)


def decode(data: bytes, file: Path) -> Manifest:
    """Parse and check a manifest; `file` is named in errors. Raises PhotosortError."""
    try:
        return _manifest(Value(parse(data), "the whole"))
    except _NewerError as error:
        raise PhotosortError(
            f"{file}: written by a newer photosort (album version {error}); upgrade photosort-dec"
        ) from None
    except WrongError as error:
        raise PhotosortError(
            f"{file}: damaged ({error}); move it away and run photosort organize again"
        ) from None


class _NewerError(ValueError):
    """Holds a version this photosort does not know."""


def _manifest(top: Value) -> Manifest:
    version = top.key("version").number()
    if version > VERSION:
        raise _NewerError(version)
    if version < 1:
        raise WrongError(f"there is no version {version}")
    manifest = Manifest(
        created=_time(top.key("created")),
        out=top.key("out").path(),
        link=_linking(top.key("link")),
        relative=top.key("relative").flag(),
        sources=tuple(source.path() for source in top.key("sources").items()),
        folders=_clusters(top) if version == 1 else _folders(top),
        skipped=tuple(
            Skipped(entry.key("path").path(), entry.key("reason").text())
            for entry in top.key("skipped").items()
        ),
        remarks=tuple(
            Remark(entry.key("path").path(), entry.key("text").text())
            for entry in (
                top.key("remarks").items() if top.key("remarks").value is not None else ()
            )
        ),
        unsupported={
            kind: Value(count, "a count of unsupported files").number()
            for kind, count in top.key("unsupported").object().items()
        },
        not_photos=_not_photos(top.key("not_photos")),
        options=top.key("options").object(),
        roots=_roots(top.key("roots")),
        replaced=not top.key("replaced").missing and top.key("replaced").flag(),
        corrections=_corrections(top.key("corrections")),
        command="" if top.key("command").missing else top.key("command").text(),
        photosort=top.key("photosort").text(),
    )
    _check_places(manifest)
    return manifest


def _not_photos(value: Value) -> dict[Path, str]:
    by_kind = {} if value.missing else value.object()
    return {
        path.path(): kind
        for kind, paths in by_kind.items()
        for path in Value(paths, "a list of files that are no photos").items()
    }


def _time(value: Value) -> str:
    try:
        datetime.fromisoformat(value.text())
    except ValueError:
        raise WrongError(f"{value.where} is not a time") from None
    return value.text()


def _linking(value: Value) -> Linking:
    if value.text() not in get_args(Linking):
        raise WrongError(f"{value.where} is none of {', '.join(get_args(Linking))}")
    return cast("Linking", value.text())


def _roots(value: Value) -> tuple[Root, ...]:
    return tuple(
        Root(entry.key("path").path(), entry.key("device").number(), entry.key("inode").number())
        for entry in (() if value.missing else value.items())
    )


def _corrections(value: Value) -> tuple[Correction, ...]:
    found = tuple(_correction(entry) for entry in (() if value.missing else value.items()))
    _refuse_repeats("corrected content", [one.content_hash for one in found])
    return found


def _correction(value: Value) -> Correction:
    content_hash, number = value.key("content_hash").text(), value.key("cluster").number()
    if read_hash(content_hash) is None or number < 1:
        raise WrongError("a correction is not of a content and a cluster")
    return Correction(
        content_hash,
        value.key("path").path(),
        number,
        value.key("from").text_or_none(),
        _time(value.key("made")),
    )


# ------------------------------------------------------------------------------ folders


def _folders(top: Value) -> tuple[Folder, ...]:
    headings = [_heading(value) for value in top.key("headings").items()]
    _refuse_repeats("heading", [heading.key for heading in headings])
    known = {heading.key: heading for heading in headings}
    return tuple(_folder(value, known) for value in top.key("folders").items())


def _heading(value: Value) -> Heading:
    number = value.key("number").number_or_none()
    title, given = value.key("title").text_or_none(), value.key("given").text_or_none()
    heading = Heading(value.key("key").text(), title, given, number)
    if number is None and not heading.name:
        raise WrongError("a heading has no name")
    if number is not None and (number < 0 or heading.key != cluster(number).key):
        raise WrongError("a cluster's key is not its number's")
    return heading


def _folder(value: Value, known: Mapping[str, Heading]) -> Folder:
    keys = [key.text() for key in value.key("headings").items()]
    place = _place(value.key("place").text())
    if not set(keys) <= known.keys() or len(set(keys)) < len(keys) or len(keys) > DEEPEST:
        raise WrongError("a folder's headings are unknown, repeated or too many")
    if len(place.parts) != len(keys):
        raise WrongError("a folder's place has not a part for each heading")
    return Folder(
        tuple(known[key] for key in keys),
        place,
        tuple(_photo(photo, place) for photo in value.key("photos").items()),
        value.key("reason").text_or_none(),
    )


def _place(text: str) -> PurePosixPath:
    parts = text.split("/")
    if not all(map(is_plain, parts)) or name_key(parts[0]) in map(name_key, OWN_NAMES):
        raise WrongError("a place is not a folder's in the album")
    return PurePosixPath(text)


def _photo(value: Value, folder: PurePosixPath) -> Placed:
    name = value.key("name").text()
    if not is_plain(name):  # it would lead out of its folder
        raise WrongError("a photo's name is not a file's")
    return Placed(
        value.key("path").path(),
        folder / name,
        value.key("confidence").fraction(),
        value.key("size_bytes").number_or_none(),
        value.key("mtime_ns").number_or_none(),
        value.key("content_hash").text_or_none(),
        _taken(value),
    )


def _taken(value: Value) -> Taken:
    date, location = value.key("date"), value.key("location")
    return Taken(
        None if date.missing else _time(date),
        value.key("date_source").text_or_none(),
        value.key("offset").text_or_none(),
        () if location.missing else tuple(name.text() for name in location.items()),
        value.key("location_source").text_or_none(),
    )


def _check_places(manifest: Manifest) -> None:
    """Raise WrongError unless folders and headings are one tree and no two places are one."""
    _refuse_repeats("place", [photo.place for photo in manifest.photos])
    _refuse_repeats("folder", [folder.place for folder in manifest.folders])
    directories = manifest.directories
    _refuse_repeats("folder", [place_key(str(place)) for place in directories])
    _refuse_repeats("folder", [tuple(h.key for h in heads) for heads in directories.values()])
    if any(photo.place in directories for photo in manifest.photos):
        raise WrongError("a place is a photo's and a folder's")
    for folder in manifest.folders:
        for depth in range(1, len(folder.headings)):
            above = PurePosixPath(*folder.place.parts[:depth])
            if directories[above] != folder.headings[:depth]:
                raise WrongError("a folder stands under two headings")


def _refuse_repeats(what: str, values: Iterable[object]) -> None:
    listed = list(values)
    if len(set(listed)) < len(listed):
        raise WrongError(f"a {what} comes twice")


# ------------------------------------------------------------------------------ version 1


def _clusters(top: Value) -> tuple[Folder, ...]:
    """Read what version 1 had: numbered clusters, photos with their places in full."""
    folders = tuple(_cluster(value) for value in top.key("clusters").items())
    _refuse_repeats("cluster", [folder.leaf.key for folder in folders])
    return folders


def _cluster(value: Value) -> Folder:
    number, name, title, named = (value.key(key) for key in ("number", "name", "title", "named"))
    if number.number() < (0 if name_key(name.text()).startswith(name_key(MISC)) else 1):
        raise WrongError("a cluster's number is below 1")
    by_user = not named.missing and named.flag()
    shown = title.text_or_none()
    heading = cluster(number.number(), *((None, shown) if by_user else (shown, None)))
    folder = _place(name.text())
    if len(folder.parts) > 1:
        raise WrongError("a cluster's name is not a folder's")
    photos = tuple(_photo_of_cluster(photo, folder) for photo in value.key("photos").items())
    return Folder((heading,), folder, photos)


def _photo_of_cluster(value: Value, folder: PurePosixPath) -> Placed:
    place = value.key("place").text()
    name = place.removeprefix(f"{folder}/")
    if name == place:
        raise WrongError("a place is not in its cluster's folder")
    return _photo(Value({**value.object(), "name": name}, value.where), folder)
