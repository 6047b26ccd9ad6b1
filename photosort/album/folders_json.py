"""The folders of an album.json, read as untrusted input, and the clusters of its first version."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from photosort.album.manifest import Json, Manifest
from photosort.album.names import name_key, place_key
from photosort.album.plan import (
    DEEPEST,
    MISC,
    OWN_NAMES,
    UNKNOWN,
    Folder,
    Heading,
    Placed,
    Taken,
    cluster,
)
from photosort.album.untrusted import (
    Value,
    WrongError,
    entries,
    fields,
    fraction,
    is_plain,
    number_or_none,
    path,
    text,
    text_or_none,
    time,
)
from photosort.photos.paths import Paths

TAKEN = ("date", "date_source", "offset", "location", "location_source")


def read_folders(top: Value) -> tuple[Folder, ...]:
    """Read and check the folders, with their headings and photos."""
    headings = [_heading(value) for value in top.key("headings").items()]
    refuse_repeats("heading", [heading.key for heading in headings])
    known = {heading.key: heading for heading in headings}
    paths = Paths()
    return tuple(_folder(value, known, paths) for value in top.key("folders").items())


def _heading(value: Value) -> Heading:
    number = value.key("number").number_or_none()
    title, given = value.key("title").text_or_none(), value.key("given").text_or_none()
    heading = Heading(value.key("key").text(), title, given, number)
    if number is None and not heading.name:
        raise WrongError("a heading has no name")
    if number is not None and (number < 0 or heading.key != cluster(number).key):
        raise WrongError("a cluster's key is not its number's")
    return heading


def _folder(value: Value, known: Mapping[str, Heading], paths: Paths) -> Folder:
    keys = [key.text() for key in value.key("headings").items()]
    place, listed = _place(value.key("place").text()), value.key("photos").value
    if not set(keys) <= known.keys() or len(set(keys)) < len(keys) or len(keys) > DEEPEST:
        raise WrongError("a folder's headings are unknown, repeated or too many")
    if len(place.parts) != len(keys):
        raise WrongError("a folder's place has not a part for each heading")
    return Folder(
        tuple(known[key] for key in keys),
        place,
        tuple([_photo(fields(p, "a photo"), place, paths) for p in entries(listed, "photos")]),
        value.key("reason").text_or_none(),
    )


def _place(text: str) -> PurePosixPath:
    parts = text.split("/")
    if not all(map(is_plain, parts)) or name_key(parts[0]) in map(name_key, OWN_NAMES):
        raise WrongError("a place is not a folder's in the album")
    return PurePosixPath(text)


def _photo(entry: Mapping[str, Json], folder: PurePosixPath, paths: Paths) -> Placed:
    get = entry.get
    name = text(get("name"), "name")
    if not is_plain(name):  # it could lead out of its folder
        raise WrongError("a photo's name is not a file's")
    return Placed(
        path(get("path"), "path", paths),
        folder / name,
        fraction(get("confidence"), "confidence"),
        number_or_none(get("size_bytes"), "size_bytes"),
        number_or_none(get("mtime_ns"), "mtime_ns"),
        text_or_none(get("content_hash"), "content_hash"),
        UNKNOWN if entry.keys().isdisjoint(TAKEN) else _taken(entry),
    )


def _taken(entry: Mapping[str, Json]) -> Taken:
    date, location = entry.get("date"), entry.get("location")
    names = () if location is None else entries(location, "location")
    return Taken(
        None if date is None else time(date, "date"),
        text_or_none(entry.get("date_source"), "date_source"),
        text_or_none(entry.get("offset"), "offset"),
        tuple([text(name, "an entry of location") for name in names]),
        text_or_none(entry.get("location_source"), "location_source"),
    )


def check_places(manifest: Manifest) -> None:
    """Raise WrongError unless folders and headings are one tree and no two places are one."""
    refuse_repeats("folder", [folder.place for folder in manifest.folders])
    directories = manifest.directories
    refuse_repeats("folder", [place_key(str(place)) for place in directories])
    refuse_repeats("folder", [tuple(h.key for h in heads) for heads in directories.values()])
    below: dict[PurePosixPath, set[str]] = {}
    for place in directories:
        below.setdefault(place.parent, set()).add(place.name)
    for folder in manifest.folders:
        names = [photo.place.name for photo in folder.photos]
        refuse_repeats("place", names)
        if not below.get(folder.place, set()).isdisjoint(names):
            raise WrongError("a place is a photo's and a folder's")
        for depth in range(1, len(folder.headings)):
            above = PurePosixPath(*folder.place.parts[:depth])
            if directories[above] != folder.headings[:depth]:
                raise WrongError("a folder stands under two headings")


def refuse_repeats(what: str, values: Iterable[object]) -> None:
    """Raise WrongError where a value comes twice."""
    listed = list(values)
    if len(set(listed)) < len(listed):
        raise WrongError(f"a {what} comes twice")


# ------------------------------------------------------------------------------ version 1


def read_clusters(top: Value) -> tuple[Folder, ...]:
    """Read version 1: numbered clusters at the top, and photos with their places in full."""
    folders = tuple(_cluster(value) for value in top.key("clusters").items())
    refuse_repeats("cluster", [folder.leaf.key for folder in folders])
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
    listed, paths = entries(value.key("photos").value, "photos"), Paths()
    photos = [_photo_of_cluster(fields(photo, "a photo"), folder, paths) for photo in listed]
    return Folder((heading,), folder, tuple(photos))


def _photo_of_cluster(entry: Mapping[str, Json], folder: PurePosixPath, paths: Paths) -> Placed:
    place = text(entry.get("place"), "place")
    name = place.removeprefix(f"{folder}/")
    if name == place:
        raise WrongError("a place is not in its cluster's folder")
    return _photo({**entry, "name": name}, folder, paths)
