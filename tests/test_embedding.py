"""What is looked at again, and what is not: told by a file's size and times, then its content."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 (fixtures)


def hashes(done: dict, out: Path) -> dict[str, str]:
    import json

    album = json.loads((out / "album.json").read_bytes())
    return {
        Path(photo["path"]).name: photo["content_hash"]
        for cluster in album["folders"]
        for photo in cluster["photos"]
    }


def swap_content(one: Path, other: Path) -> None:
    """Exchange what two files hold; sizes are made equal, size and mtime are as before."""
    size = max(one.stat().st_size, other.stat().st_size)
    contents = [path.read_bytes().ljust(size, b"\0") for path in (one, other)]
    for path, content in zip((one, other), reversed(contents), strict=True):
        path.write_bytes(content)
        os.utime(path, ns=(10**18, 10**18))


@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
def test_content_replaced_with_size_and_time_kept_is_seen(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
    link: str,
) -> None:
    """A photo restored over another with its size and mtime: the album, and its copy, are new."""
    one, other = sorted(few.rglob("*.jpg"))[:2]
    swap_content(one, other)
    out = few.with_name("album")
    run = ("organize", few, "-k", "1", "--link", link, "--out", out)
    before = hashes(user.json(*run), out)
    swap_content(one, other)
    after = hashes(user.json(*run), out)
    assert after == {**before, one.name: before[other.name], other.name: before[one.name]}
    for photo in (one, other):
        (entry,) = out.glob(f"cluster-1*/{photo.name}")
        assert entry.read_bytes() == photo.read_bytes()


@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
def test_an_album_changes_nothing_that_is_remembered(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
    link: str,
) -> None:
    """Hard links change the ctime of what they link: the second and third run hash nothing yet."""
    out = few.with_name("album")
    run = ("organize", few, "-k", "1", "--link", link, "--out", out)
    assert "Looking: 6 photos" in user.run(*run).stderr
    for _ in range(2):
        said = user.run(*run).stderr
        assert "Looking" not in said
        assert "Recognising" not in said
    paint(few / "new.jpg", 250)
    assert "Looking: 1 photo" in user.run("organize", few, "--update", "--out", out).stderr
    said = user.run(*run).stderr
    assert "Looking" not in said
    assert "Recognising" not in said


def test_a_touched_photo_is_hashed_and_not_looked_at(few: Path, user: User) -> None:  # noqa: F811
    """Another mode, or a restored copy, gives another ctime: the content is known."""
    run = ("organize", few, "-k", "1")
    assert user.run(*run).returncode == 0
    photo, other = sorted(few.rglob("*.jpg"))[:2]
    photo.chmod(0o600)
    shutil.copy2(other, few / "restored")
    (few / "restored").replace(other)
    before = snapshot(few)
    said = user.run(*run).stderr
    assert "Recognising: 2 photos" in said
    assert "Looking" not in said
    assert "Recognising" not in user.run(*run).stderr
    assert snapshot(few) == before
