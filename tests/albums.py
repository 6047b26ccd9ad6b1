"""Small real albums for the album's tests, and ways to make their writing fail at any step."""

import errno
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from photosort.album import disk
from photosort.album.corrections import Correction, corrected
from photosort.album.filing import join
from photosort.album.folder import survey, survey_folders
from photosort.album.manifest import About
from photosort.album.plan import Group, Heading, Linking, Member, cluster, plan_album
from photosort.album.regroup import regroup
from photosort.album.write import Written, amend_album, claim, extend_album, write_album

# Whatever changes a disk; reading cannot.
CHANGING = (
    "fsync", "link", "mkdir", "open", "rename", "replace", "rmdir", "symlink", "unlink", "utime",
    "write",
)  # fmt: skip

Under = str | tuple[Heading, ...] | None  # a cluster's title, or the headings in full
Groups = Sequence[tuple[Under, Sequence[Path]]]


def make_sources(folder: Path, names: str = "abcdef") -> list[Path]:
    """Write a small file a letter, each with its own content and time."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = []
    for index, name in enumerate(names):
        photo = folder / f"{name}.jpg"
        photo.write_bytes(name.encode() * (100 + index))
        os.utime(photo, ns=(10**18, 10**18 + index))
        photos.append(photo)
    return photos


def write(
    out: Path,
    groups: Groups,
    link: Linking = "symlink",
    sources: Sequence[Path] | None = None,
    created: datetime = datetime(2024, 5, 6, tzinfo=UTC),
) -> Written:
    """Write an album the way the pipeline does."""
    where = sources or sorted({photo.parent for _, photos in groups for photo in photos})
    with claim(out, where, link) as claimed:
        site = survey(out, where, portable=claimed.portable)
        plan = plan_album(grouped(groups), site, link)
        about = About(created, tuple(where))
        return write_album(claimed, plan, about)


def extend(out: Path, groups: Groups) -> Written:
    """Add photos that the album at `out` has not yet the way the pipeline does."""
    with claim(out, [], None) as claimed:
        old = claimed.old
        assert old is not None
        held = {photo.path for photo in old.photos}
        new = [(under, [path for path in photos if path not in held]) for under, photos in groups]
        places = [folder.place for folder in old.folders]
        site = survey_folders(old, places, portable=claimed.portable)
        plan = join(old, [group for group in grouped(new) if group.members], site)
        return extend_album(claimed, plan, About(datetime.fromisoformat(old.created), old.sources))


def correct(out: Path, numbers: Mapping[str, int]) -> Written:
    """Move photos, by their names, to clusters of these numbers the way the pipeline does."""
    with claim(out, [], None) as claimed:
        old = claimed.old
        assert old is not None
        known = {folder.cluster.number: folder.cluster for folder in old.folders if folder.cluster}
        wanted = [photo for photo in old.photos if photo.path.name in numbers]
        moves = {
            photo.place: (known.get(number, cluster(number)),)
            for photo in wanted
            for number in [numbers[photo.path.name]]
        }
        site = survey_folders(old, list(old.directories), portable=claimed.portable)
        noted = [
            Correction(f"{ord(name[0]):032x}", photo.path, numbers[name], None, old.created)
            for photo in sorted(wanted, key=lambda photo: photo.path)
            for name in [photo.path.name]
        ]
        about = About(
            datetime.fromisoformat(old.created),
            old.sources,
            corrections=corrected(old.corrections, noted),
        )
        return amend_album(claimed, regroup(old, moves, site), about)


def grouped(groups: Groups) -> list[Group]:
    """Make groups; those under no headings are clusters, numbered from 1 in their order."""
    return [
        Group(
            under if isinstance(under, tuple) else (cluster(number, under),),
            tuple(Member(photo, 0.5) for photo in photos),
        )
        for number, (under, photos) in enumerate(groups, start=1)
    ]


def tree(out: Path) -> dict[str, str]:
    """Show what a user sees in an album: link texts, and files by content and, if copied, time.

    Without the numbers of the sources in album.json: sources that are made again have others.
    """
    seen = {}
    for path in sorted(out.rglob("*")):
        place = path.relative_to(out)
        if place.parts[0] == ".photosort" or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            seen[str(place)] = f"-> {path.readlink()}"
        elif path.name == "album.json":
            seen[str(place)] = json.dumps(json.loads(path.read_text()) | {"roots": None})
        else:
            seen[str(place)] = f"{path.read_bytes()!r} {path.stat().st_mtime_ns}"
    return seen


@contextmanager
def failing_at(
    step: int, fail: Callable[[], None], names: Sequence[str] = CHANGING
) -> Iterator[list[str]]:
    """Call `fail` before the `step`th (from 0) call of one of `names`; yield the calls made."""
    made: list[str] = []
    places = [(os, name) for name in names]
    places += [(disk, "rename_new")] if "rename" in names else []
    originals = [getattr(module, name) for module, name in places]

    def wrap(name: str, original: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **options: object) -> object:
            reads = name == "open" and not int(str(args[1])) & os.O_CREAT
            if not reads:
                made.append(name)
                if len(made) == step + 1:
                    fail()
            return original(*args, **options)

        return wrapped

    for (module, name), original in zip(places, originals, strict=True):
        setattr(module, name, wrap(name, original))
    try:
        yield made
    finally:
        for (module, name), original in zip(places, originals, strict=True):
            setattr(module, name, original)


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Stand for a file system that has no `rename_new`, hard `link` or `symlink`: it says so."""

    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    with ExitStack() as stack:
        for name in names:
            module = disk if name == "rename_new" else os
            stack.enter_context(mock.patch.object(module, name, refuse))
        yield


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Fork, and SIGKILL the child before its `step`th change to the disk; False if it ended first.

    Call it from a process without threads: `python -m tests.killer` is one.
    """
    child = os.fork()
    if child == 0:
        with failing_at(step, lambda: os.kill(os.getpid(), signal.SIGKILL)):
            act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False
