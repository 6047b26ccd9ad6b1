"""Points an album at photos that were moved, or at where they are from an album that was moved.

The journey is that of a rename, with nothing to build: the manifest with the new paths is the
journal, and links are replaced after it, each at once. The album that an undo would bring back gets
the new paths too. An entry that is no longer as photosort wrote it stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from photosort.album import disk, folder
from photosort.album.album_json import encode, read_manifest
from photosort.album.commit import carry_out, decide, finish
from photosort.album.folder import HOME, NEXT, REPLACED
from photosort.album.lock import held, settle
from photosort.album.manifest import Manifest
from photosort.album.missing import find_roots
from photosort.album.refusals import explain
from photosort.album.undo import replaced_by
from photosort.errors import PhotosortError


def remembered(out: Path) -> tuple[Manifest, Manifest | None]:
    """Read the album at `out`, and the one before it that an undo would bring back."""
    real = folder.locate(out)
    album = read_manifest(real)
    return album, replaced_by(real, album)


def relinked(
    out: Path, album: Manifest, moved: Mapping[Path, Path], sources: Sequence[Path]
) -> Manifest:
    """Describe `album` at `out`, with the photos that are keys of `moved` at the paths there."""
    folders = tuple(
        replace(
            some,
            photos=tuple(replace(p, path=moved.get(p.path, p.path)) for p in some.photos),
        )
        for some in album.folders
    )
    corrections = tuple(
        replace(one, path=moved.get(one.path, one.path)) for one in album.corrections
    )
    described = replace(
        album, out=out, folders=folders, sources=tuple(sources), corrections=corrections
    )
    roots = find_roots(described.sources, (photo.path for photo in described.photos))
    return replace(described, roots=roots)


def relink_album(out: Path, moved: Mapping[Path, Path], sources: Sequence[Path]) -> Manifest:
    """Give the photos of the album at `out` the paths in `moved`, and its links the new texts."""
    real = folder.locate(out)
    if not folder.is_album(real):
        read_manifest(real)  # says so itself where there is no album at all
        raise PhotosortError(f"{out}: not marked as photosort's; nothing was relinked")
    with held(real):
        finish(real)
        old, before = remembered(real)
        try:
            disk.discard(real / HOME / NEXT)
            disk.remove(real / HOME / REPLACED)
            if before is not None:
                again = encode(relinked(real, before, moved, sources))
                disk.write_new(real / HOME / REPLACED, again, 0o600)
            album = relinked(real, old, moved, sources)
            decide(real, album)
        except OSError as error:
            settle(real)
            raise explain(error, out) from error
        return carry_out(real, old, album).album
