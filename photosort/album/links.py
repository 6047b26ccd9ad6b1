"""The texts of an album's symbolic links, which name their photos. Pure: no disk is looked at.

An album has many links between few folders, so the relative path from one folder to another is
computed once.
"""

import os
from pathlib import Path, PurePosixPath


class Texts:
    """Computes the texts of the links of an album at `out`, its real path."""

    def __init__(self, out: Path, *, relative: bool) -> None:
        self._out, self._relative = str(out), relative
        self._ways: dict[tuple[str, str], str] = {}  # from an album's folder to a photo's

    def of(self, place: PurePosixPath, target: Path) -> str:
        """Return the text by which a symbolic link at `place` leads to `target`."""
        text = str(target)
        if not self._relative:
            return text
        above = str(place).rpartition("/")[0]
        folder, _, name = text.rpartition(os.sep)
        if name in {"", os.pardir}:  # no name in a folder: the path is taken as a whole
            return self._way(text, above)
        way = self._ways.get((above, folder))
        if way is None:
            way = self._way(folder + os.sep, above)
            way = self._ways[above, folder] = "" if way == os.curdir else way + os.sep
        return way + name

    def _way(self, target: str, above: str) -> str:
        return os.path.relpath(target, os.path.join(self._out, above))  # noqa: PTH118 (text)
