"""Makes every single operation of an album's writing fail, and looks at what is left.

`python -m tests.faulty DIR [LINK ACT SHAPE CODE]...` prints one JSON line for all, or for the given
ones; test_recovery.py tries a part of them, benchmarks/faults.py all.
"""

import errno
import itertools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never, cast

from photosort.album.plan import Linking
from photosort.album.refusals import WINDOWS_NO_PRIVILEGE
from photosort.album.undo import undo
from photosort.album.write import recover
from photosort.errors import PhotosortError
from tests.albums import CHANGING, failing_at, tree
from tests.conftest import snapshot
from tests.killer import SHAPES, USERS, prepare, rewrite

LINKS: tuple[Linking, ...] = ("symlink", "hardlink", "copy")
ACTS = ("first", "write", "add", "correct", "undo", "restore")
CODES = {
    name: getattr(errno, name)
    for name in ("EACCES", "EPERM", "ENOSPC", "EROFS", "EXDEV", "EMLINK", "ENAMETOOLONG", "EIO")
} | {"WinError 1314": WINDOWS_NO_PRIVILEGE}
OPERATIONS = (*CHANGING, "read")
MAX_STEPS = 1000

Tree = dict[str, str]


@dataclass
class Found:
    """How many faults were injected, how many told the user a line, and what went wrong."""

    faults: int = 0
    told: int = 0
    sources_changed: int = 0
    wrong: list[str] = field(default_factory=list)


def raising(code: int) -> Callable[[], Never]:
    """Make a function that fails as the system does with `code`."""

    def fail() -> Never:
        if code == WINDOWS_NO_PRIVILEGE:  # has no errno of its own
            error = OSError(errno.EINVAL, "A required privilege is not held by the client")
            error.winerror = code  # type: ignore[attr-defined]
            raise error
        raise OSError(code, os.strerror(code))

    return fail


@dataclass
class Trial:
    """One kind of album, one act on it, one error; `found` collects over its steps."""

    base: Path
    link: Linking
    act_name: str
    shape: str
    code: int
    found: Found = field(default_factory=Found)

    def run(self) -> Found:
        """Fail at step 0, 1, 2 ... until the act is through before its turn."""
        self.prepare()
        self.old, self.sources = tree(self.out), snapshot(self.base / "photos")
        self.outside = set(snapshot(self.base))
        self.act()
        self.new = tree(self.out)
        for step in range(MAX_STEPS):
            self.prepare()
            made, said = self.attempt(step)
            if len(made) <= step:
                return self.found
            self.found.faults += 1
            self.found.told += bool(said)
            place = (
                f"{self.link} {self.act_name} {self.shape} {self.code}, step {step} ({made[step]})"
            )
            self.found.wrong += [f"{place}: {what}" for what in self.judge(said, made)]
        raise AssertionError("the act never ended")

    def prepare(self) -> None:
        self.out, self.photos = prepare(self.base, self.link, self.act_name, self.shape)

    def act(self) -> None:
        if self.act_name in {"undo", "restore"}:
            undo(self.out)
        else:
            rewrite(self.out, self.photos, self.link, self.shape, self.act_name)

    def attempt(self, step: int) -> tuple[list[str], str]:
        """Act with an error at a step; return the operations tried and the line the user got."""
        made: list[str] = []
        try:
            with failing_at(step, raising(self.code), OPERATIONS) as made:
                self.act()
        except PhotosortError as error:
            return made, str(error)
        return made, ""

    def judge(self, said: str, made: list[str]) -> list[str]:
        """Say what must not be after an error: in the line, the album, the next act, the photos."""
        wrong = ["more than one line"] if "\n" in said else []
        recover(self.out)
        left = tree(self.out)
        if not self.is_whole(left):
            wrong.append(f"neither album: {sorted(left)}")
        if any(self.old.get(name) != left.get(name) for name in USERS[self.shape]):
            wrong.append("a file of the user's is not as it was")
        if self.act_name == "first" and not left and made[-1] not in {"unlink", "rmdir"}:
            more = set(snapshot(self.base)) - self.outside
            wrong += [f"left behind: {len(more)}"] if more else []
        if not self.is_done(left):
            self.act()
            left = tree(self.out)
        if without_json(left) != without_json(self.new) and not (
            self.act_name == "restore" and self.is_short(left)
        ):
            wrong.append("the next act did not give the new album")
        if snapshot(self.base / "photos") != self.sources:
            self.found.sources_changed += 1
            wrong.append("sources changed")
        return wrong

    def is_whole(self, left: Tree) -> bool:
        """Return whether this is one of the two albums, but for photos that are told as skipped."""
        if left in (self.old, self.new):
            return True
        if "album.json" not in left:
            return without_json(left) == without_json(self.new)
        if self.act_name == "undo" and not json.loads(left["album.json"])["folders"]:
            return without_json(left) == without_json(self.new)
        return self.is_short(left)

    def is_short(self, left: Tree) -> bool:
        """Return whether this is the new album without photos that its album.json has as skipped.

        A photo may be skipped and its name be there: the user's own file, which was kept.
        """
        skipped = len(json.loads(left["album.json"])["skipped"])
        missing = without_json(self.new).keys() - left.keys()
        return len(missing) <= skipped > 0 and without_json(left).items() <= self.new.items()

    def is_done(self, left: Tree) -> bool:
        """Return whether the act is not to be done again."""
        if self.act_name == "undo":
            return not os.path.lexists(self.out / ".photosort")
        return self.act_name == "restore" and left != self.old


def without_json(seen: Tree) -> Tree:
    """Leave out what differs between an album written once and the same written twice."""
    return {name: content for name, content in seen.items() if name != "album.json"}


def try_all(base: Path, trials: Iterable[tuple[str, ...]]) -> Found:
    """Try every combination of link, act, shape and error name; sum up."""
    total = Found()
    for link, act, shape, name in trials:
        found = Trial(base, cast("Linking", link), act, shape, CODES[name]).run()
        shutil.rmtree(base, ignore_errors=True)
        total.faults += found.faults
        total.told += found.told
        total.sources_changed += found.sources_changed
        total.wrong += found.wrong
    return total


if __name__ == "__main__":
    given = [tuple(sys.argv[at : at + 4]) for at in range(2, len(sys.argv), 4)]
    everything = list(itertools.product(LINKS, ACTS, SHAPES, CODES))
    print(json.dumps(vars(try_all(Path(sys.argv[1]), given or everything))))
