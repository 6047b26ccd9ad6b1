"""The decision for a new album, and the steps that follow from it.

The journal is the decision: a process that dies before it is written leaves the old album, one that
dies after it leaves a job that the next command finishes. Every step can be taken again. The last
one turns the journal into `album.json`.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from photosort.album import disk, folder
from photosort.album.album_json import NAME, decode, encode, with_history
from photosort.album.check import Check
from photosort.album.folder import HOME, JOURNAL, NEXT, PREVIOUS, PROBE, REPLACED, Kept
from photosort.album.manifest import Manifest, changes
from photosort.album.plan import Heading, Placed
from photosort.album.refusals import explain
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped


@dataclass(frozen=True, slots=True)
class Written:
    """An album as it now is, and the older entries that were left alone, with the reason."""

    album: Manifest
    kept: tuple[Kept, ...]


def decide(out: Path, album: Manifest) -> None:
    """Put the journal on the disk: from here on the new album is the one that will be."""
    home = out / HOME
    disk.remove(home / f"{JOURNAL}.new")
    disk.write_new(home / f"{JOURNAL}.new", encode(album), _mode(home / NEXT, out / NAME, home))
    disk.replace(home / f"{JOURNAL}.new", home / JOURNAL)
    disk.sync_folder(home)


def shelve(out: Path, old: Manifest | None, album: Manifest, *, history: bool = False) -> Manifest:
    """Keep the manifest of `old` for an undo of `album`; return `album` with a note of it.

    An album equal to the old one takes nothing away: what that one replaced stays within reach,
    and the command that made it is the one that undo names.
    With `history`, what the old one replaced stays too, for the undo after that.
    """
    disk.remove(out / HOME / REPLACED)
    if old is None:
        return album
    if old.equals(album):
        return replace(album, replaced=old.replaced, command=old.command)
    as_written = (out / NAME).read_bytes()  # that is `old`, encoded
    if history and old.replaced and os.path.lexists(out / HOME / PREVIOUS):
        as_written = with_history(as_written, (out / HOME / PREVIOUS).read_bytes())
    disk.write_new(out / HOME / REPLACED, as_written, _mode(out / NAME, out / HOME))
    return replace(album, replaced=True)


def _mode(*paths: Path) -> int:
    """Return the mode of the first that exists: a new file is readable by its owner alone."""
    return next(path for path in paths if os.path.lexists(path)).lstat().st_mode & 0o777


def finish(out: Path) -> Written | None:
    """Take the steps that another run's decision left to take; None without a journal."""
    journal = out / HOME / JOURNAL
    if not os.path.lexists(journal):
        return None
    try:
        album = decode(journal.read_bytes(), journal)
    except OSError as error:
        raise explain(error, out) from error
    return carry_out(out, folder.previous_album(out), album)


def carry_out(out: Path, old: Manifest | None, album: Manifest) -> Written:
    """Replace `old` by `album`, which is decided and staged. Raises PhotosortError."""
    journal = out / HOME / JOURNAL
    try:
        if old and not os.path.lexists(out / HOME / NEXT):
            renamed = _rename_folders(out, old, album)
            if renamed != album:
                album = renamed
                decide(out, album)
            _point_links(out, old, album)
        kept = _clear_away(out, old, album) if old else ()
        shut_out = _bring_in(out, album)
        if shut_out:
            album = _without(album, shut_out)
            decide(out, album)
        _close(out, old, album)
        disk.sync_folder(out)
        _settle_replaced(out, album)
        disk.replace(journal, out / NAME)
        disk.sync_folder(out)
        with suppress(OSError):  # the next write discards it too
            disk.discard(out / HOME / NEXT)
    except OSError as error:
        raise PhotosortError(
            f"{out}: the album is only partly changed ({error.strerror or error});"
            " mend that and run any command on it: it goes on where it stopped"
        ) from error
    return Written(album, kept)


def _rename_folders(out: Path, old: Manifest, album: Manifest) -> Manifest:
    """Move folders to their new names: that is all there is to do where nothing is built.

    A folder keeps its name where something else has the new one by now.
    """
    before = {_keys(headings): place for place, headings in old.directories.items()}
    places = {PurePosixPath(): PurePosixPath()}
    for place, headings in album.directories.items():
        above = places[place.parent]
        name = before.get(_keys(headings), place).name
        differs = name != place.name and folder.has_folder(out, above / name)
        stays = differs and not disk.move(out / above / name, out / above / place.name)
        places[place] = above / (name if stays else place.name)
    return replace(
        album, folders=tuple(some.moved_to(places[some.place]) for some in album.folders)
    )


def _point_links(out: Path, old: Manifest, album: Manifest) -> None:
    """Replace links whose texts are others by now, each at once, if still as written."""
    before = {photo.place: photo for photo in old.photos} if album.link == "symlink" else {}
    new = out / HOME / PROBE
    old_texts, texts, alike = old.texts, album.texts, old.ways == album.ways
    changed: dict[PurePosixPath, str] = {}
    for photo in album.photos:
        was = before.get(photo.place)
        if was is None or (alike and was.path == photo.path):
            continue
        text = texts.of(photo.place, photo.path)
        if old_texts.of(was.place, was.path) != text:
            changed[photo.place] = text
    removable, _ = sift(out, old, map(before.__getitem__, changed))
    for was in removable:
        disk.remove(new)
        disk.link_symbolic(changed[was.place], new)
        disk.replace(new, out / was.place)


def _keys(headings: Iterable[Heading]) -> tuple[str, ...]:
    return tuple(heading.key for heading in headings)


def _settle_replaced(out: Path, album: Manifest) -> None:
    """Put what was shelved for an undo in its place, or away where nothing was replaced."""
    shelved, previous = out / HOME / REPLACED, out / HOME / PREVIOUS
    if not album.replaced:
        disk.remove(shelved)
        disk.remove(previous)
    elif os.path.lexists(shelved):
        disk.replace(shelved, previous)


def _clear_away(out: Path, old: Manifest, album: Manifest) -> tuple[Kept, ...]:
    """Remove the old album's entries that the new one has not, and that still are as written."""
    tree = out / HOME / NEXT
    between = changes(old, album)
    if any(not os.path.lexists(f"{tree}{os.sep}{photo.place}") for photo in between.new):
        return ()  # something has moved in: then all this was done before, and is not old any more
    removable, kept = sift(out, old, between.gone)
    for photo in removable:
        disk.remove(f"{out}{os.sep}{photo.place}")
    for place in reversed(old.directories):
        if folder.has_folder(out, place):
            for left in folder.noise(out / place) if place not in album.directories else ():
                disk.discard(left)
            disk.remove_folder(out / place)  # stays where the user's files are in it
    return kept


def _bring_in(out: Path, album: Manifest) -> list[Placed]:
    """Move the new album's entries from the staging tree to their places; return the shut out."""
    tree = out / HOME / NEXT
    inside: dict[PurePosixPath, list[PurePosixPath]] = {}
    for place in album.directories:
        inside.setdefault(place.parent, []).append(place)
    photos = {some.place: some.photos for some in album.folders}
    shut_out: list[Placed] = []

    def is_whole(place: PurePosixPath) -> bool:
        """Return whether a staged folder holds all that belongs there and nothing besides."""
        below = inside.get(place, [])
        wanted = {*(some.name for some in below), *(p.place.name for p in photos.get(place, ()))}
        names = set(os.listdir(tree / place))  # noqa: PTH208 (names are all that is asked)
        return names == wanted and all(map(is_whole, below))

    def bring(place: PurePosixPath, *, usable: bool) -> None:
        if not os.path.lexists(tree / place):
            return
        if usable and is_whole(place) and disk.move(tree / place, out / place):
            return
        usable = usable and (
            disk.make_folder(out / place, _mode(tree / place)) or folder.is_folder(out / place)
        )
        for some in inside.get(place, []):
            bring(some, usable=usable)
        for photo in photos.get(place, ()) if os.listdir(tree / place) else ():  # noqa: PTH208
            waiting = os.path.lexists(f"{tree}{os.sep}{photo.place}")
            moved = waiting and usable and disk.move(tree / photo.place, out / photo.place)
            if waiting and not moved and not _is_there(out, album, photo):
                shut_out.append(photo)

    for place in inside.get(PurePosixPath(), []):
        bring(place, usable=True)
    return shut_out


def _is_there(out: Path, album: Manifest, photo: Placed) -> bool:
    """Return whether the place of a photo already holds what the album has there."""
    try:
        return Check(out, album, thorough=False).why_keep(photo) is None
    except OSError:
        return False


def _close(out: Path, old: Manifest | None, album: Manifest) -> None:
    """Narrow the modes of folders that stayed to those of the new ones; sync all folders."""
    tree = out / HOME / NEXT
    mode = _mode(tree) if os.path.lexists(tree) else 0o777
    stayed = old.directories if old else {}
    for place in album.directories:
        if folder.has_folder(out, place):
            if place in stayed:
                disk.narrow(out / place, mode)
            disk.sync_folder(out / place)


def _without(album: Manifest, shut_out: list[Placed]) -> Manifest:
    """Record in the manifest the photos whose places were taken since the plan was made."""
    places = {photo.place for photo in shut_out}
    folders = tuple(
        replace(some, photos=tuple(photo for photo in some.photos if photo.place not in places))
        for some in album.folders
    )
    reasons = [Skipped(photo.path, f"{photo.place} was taken meanwhile") for photo in shut_out]
    return replace(album, folders=folders, skipped=(*album.skipped, *reasons))


def sift(
    out: Path, album: Manifest, photos: Iterable[Placed]
) -> tuple[tuple[Placed, ...], tuple[Kept, ...]]:
    """Part `photos` of an album into those to remove and those to keep; the missing are neither."""
    removable, kept = [], []
    check = Check(out, album)
    for photo in photos:
        try:
            reason = check.why_keep(photo)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = error.strerror or str(error)
        if reason is None:
            removable.append(photo)
        else:
            kept.append(Kept(photo.place, reason))
    return tuple(removable), tuple(kept)
