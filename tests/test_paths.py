"""Paths: `..` as the kernel takes it, and one notion of what is the same file."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.errors import PhotosortError
from photosort.photos.paths import in_full, same_file, same_folder
from photosort.photos.scan import scan
from tests.conftest import snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)
from tests.test_scan import all_paths, names, write_photo

STEPS = ("a", "b", "to-b", "to-deep", "up", "round", "..", "..", ".", "file.jpg", "gone")


def make_maze(top: Path) -> None:
    """Make folders, links to folders above, below and beside them, and files."""
    (top / "a" / "a").mkdir(parents=True)
    (top / "b" / "b").mkdir(parents=True)
    for folder in (top, top / "a", top / "b", top / "a" / "a"):
        (folder / "to-b").symlink_to(top / "b")
        (folder / "to-deep").symlink_to("../to-b/b" if folder != top else "a/a")
        (folder / "up").symlink_to("..")
        (folder / "file.jpg").write_bytes(b"x")
    (top / "round").symlink_to("round")


def kernel(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@given(steps=st.lists(st.sampled_from(STEPS), max_size=8), absolute=st.booleans())
def test_dots_are_resolved_as_the_kernel_does(steps: list[str], absolute: bool) -> None:
    """Law: the full path has no `..` and leads where the kernel says the given one does.

    What leads nowhere still leads nowhere, or is refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder, "top").resolve()
        make_maze(top)
        here = Path.cwd()
        os.chdir(top)
        try:
            given_path = Path(*[top] if absolute else [], *steps)
            meant = kernel(given_path)
            try:
                full = in_full(given_path)
            except PhotosortError:
                assert meant is None
                return
            assert full.is_absolute()
            assert ".." not in full.parts
            assert kernel(full) == meant
        finally:
            os.chdir(here)


def test_links_stay_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a link that `..` follows is resolved: what the user named keeps its name."""
    make_maze(tmp_path / "top")
    monkeypatch.chdir(tmp_path / "top")
    assert in_full(Path("to-b/b")) == tmp_path / "top" / "to-b" / "b"
    assert in_full(Path("to-deep/../file.jpg")) == tmp_path / "top" / "a" / "file.jpg"
    assert in_full(Path("to-b/b/../b")) == tmp_path / "top" / "to-b" / "b"
    for path in ("gone/../a", "file.jpg/..", "round/.."):
        with pytest.raises(PhotosortError, match="is no folder; check the path"):
            in_full(Path(path))


def test_every_path_a_user_names_is_resolved_so(few: Path, user: User) -> None:  # noqa: F811
    """`link/..` as source, as --out, as --album and in add is the parent of the link's target."""
    far = few.parent / "far"
    far.mkdir()
    link = few.parent / "link"
    link.symlink_to(few / "trip0")
    (far / "place").mkdir()
    (far.parent / "place").symlink_to(far / "place")
    out = far.parent / "place" / ".." / "album"
    run = ("organize", link / "..", "-k", "1", "--out", out)
    done = user.json(*run)
    assert (done["album"], done["photos"]) == (str(far / "album"), 6)
    assert user.json("list", "--album", out)["photos"] == 6
    paint(far / "new.jpg", 250)
    added = user.json("add", far.parent / "place" / ".." / "new.jpg", "--album", out)
    assert added["filed"] == [str(far / "new.jpg")]
    refused = user.refused("organize", few.parent / "nowhere" / ".." / "photos")
    assert "nowhere is no folder" in refused


Numbers = Callable[[], tuple[int, int]]
COUNT = itertools.count(2)
LYING: dict[str, Numbers] = {
    "zero": lambda: (0, 0),
    "equal": lambda: (1, 7),
    "zero inodes": lambda: (0, 7),
    "changing": lambda: (next(COUNT), next(COUNT)),
}


@pytest.fixture(params=LYING)
def lying(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the system number files as some FUSE, mergerfs and SMB mounts do, and time them alike.

    An open file keeps its number there: photosort's lock does.
    """
    numbers = LYING[request.param]
    originals = {name: getattr(os, name) for name in ("stat", "lstat", "fstat")}

    def lie(name: str) -> Callable[..., os.stat_result]:
        def look(path: object, **options: object) -> os.stat_result:
            status = originals[name](path, **options)
            if name == "fstat" or str(path).endswith("lock"):
                return status
            kind, (fields, more) = status.__reduce__()
            inode, device = numbers()
            times = {key: 10**18 for key in more if key.endswith("time_ns")}
            return kind((fields[0], inode, device, *fields[3:]), {**more, **times})

        return look

    for name in originals:
        monkeypatch.setattr(os, name, lie(name))
    return str(request.param)


def test_numbers_that_say_nothing_merge_nothing(tmp_path: Path, lying: str) -> None:
    """Every photo and folder counts, links and loops of links end, where all numbers are wrong.

    The photos are of one size and one time, too.
    """
    photos = [tmp_path / "source" / folder / f"{n}.bmp" for folder in "abc" for n in range(3)]
    for shade, path in enumerate(photos):
        write_photo(path, shade, "BMP")
    (tmp_path / "source" / "a" / "alias.bmp").symlink_to("0.bmp")
    (tmp_path / "source" / "b" / "up").symlink_to("..")
    found = scan([tmp_path / "source", tmp_path / "source" / "c"], follow=True)
    assert [photo.path for photo in found.photos] == photos
    assert [path.name for path in found.repeated] == ["alias.bmp", "up"]
    assert len(all_paths(found)) == len(photos) + 2
    excluded = scan([tmp_path / "source"], exclude=[tmp_path / "source" / "b"])
    assert len(excluded.photos) == 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lying", "link"),  # hard links need to know at least that two folders are on one disk
    [
        ("zero", "symlink"), ("equal", "symlink"), ("changing", "symlink"), ("zero", "hardlink"),
        ("equal", "hardlink"), ("equal", "copy"),
    ],
    indirect=["lying"],
)  # fmt: skip
def test_albums_are_made_there_too(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
    lying: str,
    link: str,
) -> None:
    """organize, its second run, add and undo on such a file system: all photos, one whole album."""
    before = snapshot(few)
    out = few.with_name("album")
    run = ("organize", few, "-k", "1", "--link", link, "--out", out)
    for _ in range(2):
        done = user.json(*run)
        assert (done["files"]["placed"], done["files"]["repeated"], done["kept"]) == (6, 0, [])
    paint(few.parent / "more" / "new.jpg", 250)
    assert len(user.json("add", few.parent / "more", "--album", out)["filed"]) == 1
    assert len(list(out.glob("cluster-*/*"))) == 7
    done = user.json("undo", "--all", "--album", out)
    assert len(done["removed"]) + len(done["kept"]) == 7
    assert done["kept"] == [] or link == "hardlink"
    assert {path: entry[2] for path, entry in snapshot(few).items()} == {
        path: entry[2] for path, entry in before.items()
    }


def test_one_file_or_two(tmp_path: Path) -> None:
    """One notion for all: links of either kind are the file, a copy with its time is another."""
    photo = write_photo(tmp_path / "a" / "x.jpg", 5)
    (tmp_path / "soft.jpg").symlink_to(photo)
    (tmp_path / "hard.jpg").hardlink_to(photo)
    (tmp_path / "alias").symlink_to("a")
    shutil.copy2(photo, tmp_path / "copy.jpg")
    one = [photo, tmp_path / "soft.jpg", tmp_path / "hard.jpg", tmp_path / "alias" / "x.jpg"]
    assert all(same_file(a, b) for a, b in itertools.product(one, one))
    assert not any(same_file(a, tmp_path / "copy.jpg") for a in one)
    assert not same_file(photo, tmp_path / "gone.jpg")
    assert same_folder(tmp_path / "a", tmp_path / "alias")
    assert not same_folder(tmp_path / "a", tmp_path)
    files = [*one, photo, tmp_path / "copy.jpg"]
    found = scan([tmp_path / "a"], files=files)
    assert names(found, tmp_path) == ["a/x.jpg", "copy.jpg"]
    assert [str(path.relative_to(tmp_path)) for path in found.repeated] == [
        "alias/x.jpg", "hard.jpg", "soft.jpg",
    ]  # fmt: skip
