r"""`album.json`: a manifest as a file.

It lies in the user's folder, so it is read back as untrusted input. Paths that are not valid UTF-8
survive: Python's surrogate escapes become `\udcXX` in JSON.
"""

import json
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast, get_args
from weakref import WeakValueDictionary

from photosort.album.corrections import Correction
from photosort.album.folders_json import (
    check_places,
    read_clusters,
    read_folders,
    refuse_repeats,
)
from photosort.album.manifest import Json, Manifest, Root
from photosort.album.plan import UNKNOWN, Folder, Linking, Placed
from photosort.album.untrusted import Value, WrongError, parse
from photosort.errors import PhotosortError
from photosort.photos.records import Remark, Skipped, new_hash, read_hash

NAME = "album.json"
BEFORE = "before"  # the key of what a manifest that waits for an undo replaced
MOST_HISTORY = 50_000_000  # bytes of a manifest with those it replaced: judgement
VERSION = 2  # 1 had clusters only, each in a folder at the top


def encode(manifest: Manifest) -> bytes:
    """Write `manifest` as JSON, in ASCII, a photo a line."""
    whole = {
        "version": _dump(VERSION),
        "photosort": _dump(manifest.photosort),
        "created": _dump(manifest.created),
        "command": _dump(manifest.command),
        "out": _dump(str(manifest.out)),
        "link": _dump(manifest.link),
        "relative": _dump(manifest.relative),
        "replaced": _dump(manifest.replaced),
        "sources": _dump([str(path) for path in manifest.sources]),
        "roots": _lines(
            {"path": str(root.path), "device": root.device, "inode": root.inode}
            for root in manifest.roots
        ),
        "options": _dump(dict(manifest.options)),
        "unsupported": _dump(dict(manifest.unsupported)),
        "not_photos": _dump(_by_kind(manifest.not_photos)),
        "skipped": _lines(
            {"path": str(out.path), "reason": out.reason} for out in manifest.skipped
        ),
        "remarks": _lines(
            {"path": str(remark.path), "text": remark.text} for remark in manifest.remarks
        ),
        "headings": _lines(
            {"key": head.key, "number": head.number, "title": head.title, "given": head.given}
            for head in manifest.headings
        ),
        "folders": _list(map(_folder_to_json, manifest.folders)),
        "corrections": _lines(
            {
                "content_hash": one.content_hash,
                "path": str(one.path),
                "cluster": one.number,
                "from": one.origin,
                "made": one.made,
            }
            for one in manifest.corrections
        ),
    }
    return (_object(whole) + "\n").encode("ascii")


_dump = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


def _lines(values: Iterable[Json]) -> str:
    return _list(map(_dump, values))


def _list(encoded: Iterable[str]) -> str:
    """Write a list of values that are JSON already, each on a line."""
    text = ",\n".join(encoded)
    return f"[\n{text}\n]" if text else "[]"


def _object(encoded: Mapping[str, str]) -> str:
    """Write an object of values that are JSON already, each on a line."""
    text = ",\n".join(f"{_dump(key)}: {value}" for key, value in encoded.items())
    return f"{{\n{text}\n}}"


def _folder_to_json(folder: Folder) -> str:
    return _object(
        {
            "place": _dump(str(folder.place)),
            "headings": _dump([heading.key for heading in folder.headings]),
            "reason": _dump(folder.reason),
            "photos": _list(map(_photo_to_json, folder.photos)),
        }
    )


def with_history(data: bytes, before: bytes) -> bytes:
    """Write into a manifest the one that it replaced, which may hold an earlier one in turn.

    `data` is returned unchanged where that would make more than `MOST_HISTORY` bytes, or where what
    was replaced is damaged.
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


def _photo_to_json(photo: Placed) -> str:
    """Write an entry; there are many, so only texts go through the encoder."""
    if not 0 <= photo.confidence <= 1:
        raise ValueError(f"{photo.path}: a confidence of {photo.confidence}")
    path, name = _dump(str(photo.path)), _dump(photo.place.name)
    sure = round(float(photo.confidence), 6)
    parts = [f'"path": {path}, "name": {name}, "confidence": {sure!r}']
    if photo.size_bytes is not None:
        parts.append(f'"size_bytes": {photo.size_bytes:d}')
    if photo.mtime_ns is not None:
        parts.append(f'"mtime_ns": {photo.mtime_ns:d}')
    taken, texts = photo.taken, {"content_hash": photo.content_hash}
    if taken is not UNKNOWN:
        texts |= {"date": taken.date, "date_source": taken.date_source, "offset": taken.offset}
        texts["location_source"] = taken.location_source
        if taken.location:
            parts.append(f'"location": {_dump(taken.location)}')
    parts += [f'"{key}": {_dump(text)}' for key, text in texts.items() if text is not None]
    return f"{{{', '.join(parts)}}}"


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
    """Parse and check a manifest; `file` is named in errors. Raises PhotosortError.

    The same bytes give the very same manifest while it is in use: a command may read an album anew
    under its lock.
    """
    digest = new_hash(data).digest()
    known = _in_use.get(digest)
    if known is not None:
        return known
    try:
        manifest = _in_use[digest] = _manifest(Value(parse(data), "the whole"))
    except _NewerError as error:
        raise PhotosortError(
            f"{file}: written by a newer photosort (album version {error}); upgrade photosort-dec"
        ) from None
    except WrongError as error:
        raise PhotosortError(
            f"{file}: damaged ({error}); move it away and run photosort organize again"
        ) from None
    return manifest


_in_use: WeakValueDictionary[bytes, Manifest] = WeakValueDictionary()  # by the hash of their bytes


class _NewerError(ValueError):
    """Holds a version this photosort does not know."""


def _manifest(top: Value) -> Manifest:
    version = top.key("version").number()
    if version > VERSION:
        raise _NewerError(version)
    if version < 1:
        raise WrongError(f"there is no version {version}")
    manifest = Manifest(
        created=top.key("created").time(),
        out=top.key("out").path(),
        link=_linking(top.key("link")),
        relative=top.key("relative").flag(),
        sources=tuple(source.path() for source in top.key("sources").items()),
        folders=read_clusters(top) if version == 1 else read_folders(top),
        skipped=tuple(
            Skipped(entry.key("path").path(), entry.key("reason").text())
            for entry in top.key("skipped").items()
        ),
        remarks=tuple(
            Remark(entry.key("path").path(), entry.key("text").text())
            for entry in _items(top.key("remarks"))
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
    check_places(manifest)
    return manifest


def _items(value: Value) -> Iterable[Value]:
    """Go through a list that albums of earlier versions may lack."""
    return () if value.missing else value.items()


def _not_photos(value: Value) -> dict[Path, str]:
    by_kind = {} if value.missing else value.object()
    return {
        path.path(): kind
        for kind, paths in by_kind.items()
        for path in Value(paths, "a list of files that are no photos").items()
    }


def _linking(value: Value) -> Linking:
    if value.text() not in get_args(Linking):
        raise WrongError(f"{value.where} is none of {', '.join(get_args(Linking))}")
    return cast("Linking", value.text())


def _roots(value: Value) -> tuple[Root, ...]:
    return tuple(
        Root(entry.key("path").path(), entry.key("device").number(), entry.key("inode").number())
        for entry in _items(value)
    )


def _corrections(value: Value) -> tuple[Correction, ...]:
    found = tuple(map(_correction, _items(value)))
    refuse_repeats("corrected content", [one.content_hash for one in found])
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
        value.key("made").time(),
    )
