"""What an album says of each photo: the folders it stands in, as keywords. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photosort.album.manifest import Manifest
from photosort.album.plan import Placed


@dataclass(frozen=True, slots=True)
class Described:
    """A photo, where it stands in the album, and the names of its groups from the top."""

    photo: Placed
    headings: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The original."""
        return self.photo.path


def described(manifest: Manifest) -> Iterator[Described]:
    """Describe every photo of the album, in its order.

    A cluster without a title is called by the name of its folder.
    """
    for folder in manifest.folders:
        parts = folder.place.parts
        names = tuple(h.name or parts[level] for level, h in enumerate(folder.headings))
        for photo in folder.photos:
            yield Described(photo, names)
