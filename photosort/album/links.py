"""What the symbolic links of an album hold. Pure: no disk is looked at.

An album has many links between few folders: the way from one to the other is found once.
"""

import os
from pathlib import Path, PurePosixPath


class Texts:
    """Says what the links of an album at `out`, its real path, hold."""

    def __init__(self, out: Path, *, relative: bool) -> None:
        self._out, self._relative = str(out), relative
        self._ways: dict[tuple[str, str], str] = {}

    def of(self, place: PurePosixPath, target: Path) -> str:
        """Say what a symbolic link at `place` holds to show `target`."""
        text = str(target)
        if not self._relative:
            return text
        above = str(place).rpartition("/")[0]
        folder, _, name = text.rpartition(os.sep)
        if name in {"", os.pardir}:
            return self._way(text, above)
        way = self._ways.get((above, folder))
        if way is None:
            way = self._way(folder + os.sep, above)
            way = self._ways[above, folder] = "" if way == os.curdir else way + os.sep
        return way + name

    def _way(self, target: str, above: str) -> str:
        return os.path.relpath(target, os.path.join(self._out, above))  # noqa: PTH118 (text)
