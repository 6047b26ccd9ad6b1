"""Whether symbolic links lead to their photos.

An album has many links between few folders: when one link from one folder to another is proven,
others between them need no look at the disk.
"""

import errno
import os
from pathlib import Path

from photosort.album import disk


class Proof:
    """Says whether a link in the folder `home` that held a text would lead to a photo."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._proven: dict[tuple[str, str], bool] = {}  # (folder in a text, a photo's folder)

    def leads(self, text: str, photo: Path, original: os.stat_result) -> bool:
        """Return whether `text` leads to `photo`, whose state is `original`.

        It does where the folder that it names is the photo's and the file's name is the same; else
        the file itself is compared. Raises OSError where `text` is too long for a link.
        """
        way, _, name = text.rpartition(os.sep)
        folder, _, file = str(photo).rpartition(os.sep)
        proven = self._proven.get((way, folder)) if name == file else False
        if proven is None:
            there = folder + os.sep
            proven = self._is(way + os.sep if os.sep in text else os.curdir, there, os.stat(there))  # noqa: PTH116
            self._proven[way, folder] = proven
        return proven or self._is(text, str(photo), original)

    def _is(self, text: str, path: str, status: os.stat_result) -> bool:
        """Return whether `text` leads to the file or folder at `path`."""
        try:
            if os.stat in os.supports_dir_fd:  # home and text in one path may be too long
                with disk.opened_folder(self._home) as descriptor:
                    found = os.stat(text, dir_fd=descriptor)
            else:
                found = (self._home / text).stat()  # Path keeps the text's ".."
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise
            return False
        # Some file systems give a file another inode number each time it is looked at.
        return os.path.samestat(found, status) or (
            os.path.realpath(self._home / text) == os.path.realpath(path)
        )
