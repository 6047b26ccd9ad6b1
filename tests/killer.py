"""Kills the album's writer at every change it makes to the disk, and looks at what is left.

`python -m tests.killer DIR LINK first|write|undo|restore [nested]` prints one JSON line; with
"nested" the recoveries are killed at every step too. An undo takes back the only album, a restore
brings back the one before. test_recovery.py runs it, because forking wants a process without
threads.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import cast

from photosort.album.plan import Linking
from photosort.album.undo import undo
from photosort.album.write import recover
from tests.albums import killed_at, make_sources, tree, write
from tests.conftest import snapshot


def prepare(base: Path, link: Linking, act: str = "write") -> tuple[Path, list[Path]]:
    """Write what `act` finds: an album with a file of the user's and an entry the user replaced.

    There are only photos for "first", and another album on top for "restore".
    """
    shutil.rmtree(base, ignore_errors=True)
    photos = make_sources(base / "photos")
    out = base / "out"
    if act == "first":
        return out, photos
    write(out, [("sea", photos[:3]), (None, photos[3:])], link)
    (out / "cluster-2" / "e.jpg").unlink()
    for mine in (out / "cluster-1-sea" / "mine.txt", out / "cluster-2" / "e.jpg"):
        mine.write_text("the user's")
        os.utime(mine, ns=(1, 1))
    if act == "restore":
        rewrite(out, photos, link)
    return out, photos


def rewrite(out: Path, photos: list[Path], link: Linking) -> None:
    """Write the new album: folders that go, come and stay, photos that move and stay."""
    write(out, [("sea", [photos[0], photos[4]]), ("wood", photos[1:4]), (None, photos[5:])], link)


def kill_recoveries(out: Path) -> int:
    """Kill a recovery at step 0, 1, 2 ... of what the one before it left; count them."""
    step = 0
    while killed_at(step, lambda: recover(out)):
        step += 1
    return step


def main(base: Path, link: Linking, act_name: str, *, nested: bool) -> dict[str, object]:
    """Kill at step 0, 1, 2 ... until the act survives; count the outcomes."""
    out, photos = prepare(base, link, act_name)
    old, before = tree(out), snapshot(base / "photos")

    def act() -> None:
        if act_name in {"undo", "restore"}:
            undo(out)
        else:
            rewrite(out, photos, link)

    act()
    new = tree(out)
    counts = {"kills": 0, "recoveries_killed": 0, "old": 0, "new": 0}
    wrong: list[str] = []
    while True:
        prepare(base, link, act_name)
        if not killed_at(counts["kills"], act):
            break
        counts["recoveries_killed"] += kill_recoveries(out) if nested else 0
        recover(out)
        left = tree(out)
        if act_name == "undo" and left.get("cluster-1-sea/a.jpg") is None:
            left.pop("album.json", None)  # an album of nothing: undone but for the last touch
        if left in (old, new):
            counts["new" if left == new else "old"] += 1
        else:
            wrong.append(f"kill {counts['kills']}: neither album: {sorted(left)}")
        done = left == new if act_name == "restore" else not os.path.lexists(out / ".photosort")
        if not done or act_name in {"first", "write"}:
            act()
        if tree(out) != new or (act_name == "undo" and (out / ".photosort").exists()):
            wrong.append(f"kill {counts['kills']}: the next {act_name} did not give the new album")
        if snapshot(base / "photos") != before:
            wrong.append(f"kill {counts['kills']}: sources changed")
        counts["kills"] += 1
    return {**counts, "wrong": wrong}


if __name__ == "__main__":
    print(
        json.dumps(
            main(
                Path(sys.argv[1]),
                cast("Linking", sys.argv[2]),
                sys.argv[3],
                nested=sys.argv[4:] == ["nested"],
            )
        )
    )
