"""Kills the album's writer at every change it makes to the disk, and looks at what is left.

`python -m tests.killer DIR LINK ACT flat|nested [recoveries] [plain]`, where ACT is first, write,
add, correct, undo or restore, prints one JSON line; with "recoveries" these are killed at every
step too, with "plain" the disk has no exclusive renames. An undo takes back the only album, a
restore brings back the one before.
test_recovery.py runs it, because forking wants a process without threads.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import cast

from photosort.album.plan import Heading, Linking, cluster
from photosort.album.undo import undo
from photosort.album.write import recover
from tests.albums import Groups, correct, extend, killed_at, make_sources, tree, without, write
from tests.conftest import snapshot

SHAPES = ("flat", "nested")
CORRECTED = {"a.jpg": 2, "b.jpg": 3, "d.jpg": 1, "e.jpg": 1}  # to clusters there are and a new one
USERS = {
    "flat": ("cluster-1-sea/mine.txt", "cluster-2/e.jpg"),
    "nested": ("2018 Goa/cluster-1-sea/mine.txt", "2018 Goa/cluster-2/e.jpg"),
}
GOA, LISBON = Heading("event-1", "2018 Goa"), Heading("event-2", "2019 Lisbon")
SEA = cluster(1, "sea")


def first_groups(photos: list[Path], shape: str) -> Groups:
    """Group the photos as the first album has them."""
    if shape == "flat":
        return [("sea", photos[:3]), (None, photos[3:])]
    return [((GOA, SEA), photos[:3]), ((GOA, cluster(2)), photos[3:])]


def next_groups(photos: list[Path], shape: str) -> Groups:
    """Group them anew: folders that go, come and stay, photos that move and stay."""
    if shape == "flat":
        return [("sea", [photos[0], photos[4]]), ("wood", photos[1:4]), (None, photos[5:])]
    return [
        ((GOA, SEA), [photos[0], photos[4]]), ((LISBON, SEA), photos[1:4]), ((GOA,), photos[5:])
    ]  # fmt: skip


def added_groups(photos: list[Path], shape: str) -> Groups:
    """Group photos that are added: to folders that are there, one of whose names is taken."""
    if shape == "flat":
        return [("sea", photos[6:8]), (None, photos[8:9]), ("wood", photos[9:])]
    return [
        ((GOA, SEA), photos[6:8]),
        ((GOA, cluster(2)), photos[8:9]),
        ((LISBON, SEA), photos[9:]),
    ]


def prepare(
    base: Path, link: Linking, act: str = "write", shape: str = "flat"
) -> tuple[Path, list[Path]]:
    """Write what `act` finds: an album with a file of the user's and an entry the user replaced.

    There are only photos for "first", and another album on top for "restore".
    """
    shutil.rmtree(base, ignore_errors=True)
    photos = make_sources(base / "photos")
    out = base / "out"
    if act == "first":
        return out, photos
    write(out, first_groups(photos, shape), link)
    if act == "add":
        photos += make_sources(base / "photos" / "more", "agehi")
        os.utime(base / "photos" / "more", ns=(1, 1))
    (out / USERS[shape][1]).unlink()
    for mine in USERS[shape]:
        (out / mine).write_text("the user's")
        os.utime(out / mine, ns=(1, 1))
    if act == "restore":  # an undo of a correction, after which there is more to undo
        rewrite(out, photos, link, shape)
        correct(out, {"a.jpg": 2})
    return out, photos


def rewrite(
    out: Path, photos: list[Path], link: Linking, shape: str = "flat", act: str = "write"
) -> None:
    """Write the new album, or "add" to the old one, or "correct" it."""
    if act == "add":
        extend(out, added_groups(photos, shape))
    elif act == "correct":
        correct(out, CORRECTED)
    else:
        write(out, next_groups(photos, shape), link)


def kill_recoveries(out: Path) -> int:
    """Kill a recovery at step 0, 1, 2 ... of what the one before it left; count them."""
    step = 0
    while killed_at(step, lambda: recover(out)):
        step += 1
    return step


def main(
    base: Path, link: Linking, act_name: str, shape: str, *, recoveries: bool
) -> dict[str, object]:
    """Kill at step 0, 1, 2 ... until the act survives; count the outcomes."""
    out, photos = prepare(base, link, act_name, shape)
    old, before = tree(out), snapshot(base / "photos")

    def act() -> None:
        if act_name in {"undo", "restore"}:
            undo(out)
        else:
            rewrite(out, photos, link, shape, act_name)

    act()
    new = tree(out)
    counts = {"kills": 0, "recoveries_killed": 0, "old": 0, "new": 0}
    wrong: list[str] = []
    while True:
        prepare(base, link, act_name, shape)
        if not killed_at(counts["kills"], act):
            break
        counts["recoveries_killed"] += kill_recoveries(out) if recoveries else 0
        recover(out)
        left = tree(out)
        if act_name == "undo" and left.get(USERS[shape][0].replace("mine.txt", "a.jpg")) is None:
            left.pop("album.json", None)  # an album of nothing: undone but for the last touch
        if left in (old, new):
            counts["new" if left == new else "old"] += 1
        else:
            wrong.append(f"kill {counts['kills']}: neither album: {sorted(left)}")
        done = left == new if act_name == "restore" else not os.path.lexists(out / ".photosort")
        if not done or act_name in {"first", "write", "add", "correct"}:
            act()
        if tree(out) != new or (act_name == "undo" and (out / ".photosort").exists()):
            wrong.append(f"kill {counts['kills']}: the next {act_name} did not give the new album")
        if snapshot(base / "photos") != before:
            wrong.append(f"kill {counts['kills']}: sources changed")
        counts["kills"] += 1
    return {**counts, "wrong": wrong}


if __name__ == "__main__":
    folder, link, act, shape, *more = sys.argv[1:]
    with without(*(["rename_new"] if "plain" in more else [])):
        found = main(
            Path(folder), cast("Linking", link), act, shape, recoveries="recoveries" in more
        )
    print(json.dumps(found))
