"""`photosort watch` as a user meets it: a real process, real files that come while it runs."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from photosort.album.lock import claim
from photosort.commands.changes import log_files
from photosort.commands.stillness import Stillness
from photosort.photos.scan import Photo
from photosort.report import logs
from tests.conftest import REPO, snapshot
from tests.test_cli import User, assert_gone, paint

NOT_UTF8 = (b"/caf\xe9.jpg", b"/na\xefve.jpg")
LONG_S = 60.0  # for what takes three seconds on an idle machine


@dataclass
class Watched:
    """A running `photosort watch --json`, and what it has said so far."""

    process: subprocess.Popen[str]
    news: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.news.append(json.loads(line))

    def of(self, event: str) -> list[dict]:
        return [one for one in self.news if one["event"] == event]

    def wait_for(self, event: str, count: int = 1) -> dict:
        """Wait until an event has been told `count` times; return the last of them."""
        until_s = time.monotonic() + LONG_S
        while len(self.of(event)) < count:
            assert self.process.poll() is None, self.news
            assert time.monotonic() < until_s, self.news
            time.sleep(0.05)
        return self.of(event)[count - 1]

    def filed(self, photos: set[Path]) -> None:
        """Wait until exactly these have been filed, in however many batches."""
        until_s = time.monotonic() + LONG_S
        while (got := {Path(p) for one in self.of("filed") for p in one["photos"]}) != photos:
            assert self.process.poll() is None, self.news
            assert time.monotonic() < until_s, (got, self.news)
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what was said on stderr."""
        self.process.send_signal(number)
        self.reader.join(LONG_S)
        assert self.process.stderr is not None
        errors = self.process.stderr.read()
        return self.process.wait(LONG_S), errors


@dataclass
class Start:
    """Starts `photosort watch` for a user; whatever still runs ends with the test."""

    user: User
    running: list[Watched] = field(default_factory=list)

    def __call__(self, *args: str | Path) -> Watched:
        process = subprocess.Popen(
            self.user.command("watch", "--json", "--settle", "1", *args),
            env=self.user.env, cwd=REPO, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.running.append(Watched(process))
        return self.running[-1]


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Six photos, and a folder of six more beside them."""
    for i in range(6):
        paint(tmp_path / "photos" / f"IMG_{i}.jpg", hue=20 + i * 3)
        paint(tmp_path / "card" / f"NEW_{i}.jpg", hue=30 + i * 40)
    return tmp_path / "photos"


@pytest.fixture
def album(photos: Path, user: User) -> Path:
    done = user.run("organize", photos, "-k", "1")
    assert done.returncode == 0, done.stderr
    return photos.with_name("photos-photosort")


@pytest.fixture
def start(user: User) -> Iterator[Start]:
    starter = Start(user)
    yield starter
    for one in starter.running:
        if one.process.poll() is None:
            one.process.kill()
        one.reader.join()
        with one.process:  # closes its pipes
            pass


def links(out: Path) -> set[str]:
    """Name the originals that an album's links lead to."""
    return {
        Path(os.path.realpath(entry)).name
        for entry in out.rglob("*")
        if entry.is_symlink() and ".photosort" not in entry.parts
    }


# ------------------------------------------------------------------------------- the main job


def test_photos_that_come_are_filed_and_no_original_is_touched(
    photos: Path, album: Path, start: Start
) -> None:
    """Photos copied into the source, and into a new folder in it, are links in the album soon."""
    watched = start(photos)
    assert watched.wait_for("watching")["album"] == str(album)
    card = photos.with_name("card")
    shutil.copy2(card / "NEW_0.jpg", photos)
    shutil.copytree(card, photos / "trip", ignore=shutil.ignore_patterns("NEW_0*"))
    before = snapshot(photos)
    expected = {photos / "NEW_0.jpg", *(photos / "trip" / f"NEW_{i}.jpg" for i in range(1, 6))}
    watched.filed(expected)
    code, errors = watched.end()
    assert (code, errors) == (0, "")
    assert links(album) == {f"IMG_{i}.jpg" for i in range(6)} | {f"NEW_{i}.jpg" for i in range(6)}
    assert snapshot(photos) == before
    assert sum(sum(one["folders"].values()) for one in watched.of("filed")) == 6
    assert_gone(watched.process.pid)


def test_a_line_a_batch_for_a_reader(photos: Path, album: Path, user: User) -> None:
    """Without --json a batch is one line with time, number and folders; Ctrl-C exits with 130."""
    with subprocess.Popen(
        user.command("watch", photos, "--settle", "1"),
        env=user.env, cwd=REPO, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert f"watching {photos} for {album}" in process.stdout.readline()
        (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no photo")
        shutil.copy2(photos.with_name("card") / "NEW_0.jpg", photos)
        line = process.stdout.readline().strip()
        time.sleep(1)  # past its flush: what Ctrl-C cuts short there is written again at the end
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=LONG_S)
    clock, _, said = line.partition("  ")
    assert len(clock) == 5
    assert said.startswith("1 photo filed: 1 in cluster-1")
    assert "1 skipped: broken.jpg (" in said
    assert (process.returncode, rest) == (130, "")
    assert "Traceback" not in errors


@pytest.mark.slow
def test_a_first_run_makes_the_album_and_an_empty_source_is_refused(
    photos: Path, user: User, start: Start, tmp_path: Path
) -> None:
    """Without an album the first batch is what organize makes; of nothing there is none to make."""
    watched = start(photos, "-o", tmp_path / "album")
    assert watched.wait_for("watching")["made"] == 6
    assert watched.end()[0] == 0
    assert len(links(tmp_path / "album")) == 6
    (tmp_path / "empty").mkdir()
    assert "no photo that can be read" in user.refused("watch", tmp_path / "empty")
    assert "no such folder" in user.refused("watch", tmp_path / "none")
    refused = user.refused("watch", photos, "-o", photos)
    assert "is the source itself" in refused
    assert "photosort watch --out DIR" in refused
    assert "organize" not in refused
    assert not (tmp_path / "empty-photosort").exists()


def test_what_came_while_nobody_watched_is_filed_at_the_start(
    photos: Path, album: Path, start: Start
) -> None:
    """The first look finds what is new, without an event."""
    shutil.copy2(photos.with_name("card") / "NEW_3.jpg", photos)
    watched = start(photos)
    watched.filed({photos / "NEW_3.jpg"})
    assert watched.end()[0] == 0


@pytest.mark.slow
def test_a_name_that_is_not_utf8_ends_no_watching(photos: Path, album: Path, start: Start) -> None:
    """One that is there, and one that comes: they are filed, and so is what comes after."""
    first, second = (Path(os.fsdecode(os.fsencode(photos) + name)) for name in NOT_UTF8)
    shutil.copy(photos.with_name("card") / "NEW_0.jpg", first)
    watched = start(photos)
    watched.filed({first})
    shutil.copy(photos.with_name("card") / "NEW_1.jpg", second)
    watched.filed({first, second})
    shutil.copy(photos.with_name("card") / "NEW_2.jpg", photos / "later.jpg")
    watched.filed({first, second, photos / "later.jpg"})
    assert watched.end()[0] == 0


@pytest.mark.slow
def test_polling_needs_no_events(photos: Path, album: Path, start: Start) -> None:
    """--poll finds new photos by listing folders."""
    watched = start(photos, "--poll")
    watched.wait_for("watching")
    time.sleep(2)  # polling has begun: what is there now is what it compares with
    shutil.copy2(photos.with_name("card") / "NEW_3.jpg", photos)
    watched.filed({photos / "NEW_3.jpg"})
    assert watched.end()[0] == 0


# ------------------------------------------------------------------------------- what goes wrong


@pytest.mark.slow
def test_a_photo_that_is_still_being_copied_waits(photos: Path, album: Path, start: Start) -> None:
    """A file that grows is not looked at; when it has stood still it is filed, whole."""
    watched = start(photos)
    watched.wait_for("watching")
    data = (photos.with_name("card") / "NEW_1.jpg").read_bytes()
    with (photos / "slow.jpg").open("wb") as slow:
        for at in range(0, len(data), len(data) // 12 + 1):
            slow.write(data[at : at + len(data) // 12 + 1])
            slow.flush()
            time.sleep(0.2)
            assert not watched.of("filed")
    watched.filed({photos / "slow.jpg"})
    assert watched.of("filed")[0]["skipped"] == []
    assert watched.end()[0] == 0


@pytest.mark.slow
def test_a_damaged_photo_is_named_once(photos: Path, album: Path, start: Start) -> None:
    """It is skipped with its reason, and neither later batches nor another watch try it again."""
    bad = photos / "bad.jpg"
    bad.write_bytes((photos / "IMG_0.jpg").read_bytes()[:300])
    watched = start(photos)
    [skipped] = watched.wait_for("filed")["skipped"]
    assert skipped["path"] == str(bad)
    shutil.copy2(photos.with_name("card") / "NEW_1.jpg", photos)
    watched.filed({photos / "NEW_1.jpg"})
    assert watched.end()[0] == 0
    assert [one["skipped"] for one in watched.of("filed")] == [[skipped], []]
    again = start(photos)
    again.wait_for("watching")
    shutil.copy2(photos.with_name("card") / "NEW_2.jpg", photos)
    again.filed({photos / "NEW_2.jpg"})
    assert again.end()[0] == 0
    assert [one["skipped"] for one in again.of("filed")] == [[]]
    shutil.copy2(photos.with_name("card") / "NEW_4.jpg", bad)  # mended
    third = start(photos)
    third.filed({bad})


@pytest.mark.slow
def test_a_source_that_goes_away_is_waited_for(photos: Path, album: Path, start: Start) -> None:
    """One line says so; the album keeps its photos; when the source is back, filing goes on."""
    watched = start(photos)
    watched.wait_for("watching")
    before = (album / "album.json").read_bytes()
    away = photos.with_name("unplugged")
    photos.rename(away)
    assert str(photos) in watched.wait_for("waiting")["reason"]
    photos.mkdir()  # the mount point that an unmounted disk leaves
    assert "is empty" in watched.wait_for("waiting", 2)["reason"]
    time.sleep(2.5)
    assert (album / "album.json").read_bytes() == before
    photos.rmdir()
    away.rename(photos)
    watched.wait_for("going on")
    shutil.copy2(photos.with_name("card") / "NEW_1.jpg", photos)
    watched.filed({photos / "NEW_1.jpg"})
    assert watched.end()[0] == 0
    assert len(links(album)) == 7
    assert len(watched.of("waiting")) <= 3


def test_a_rename_in_the_source_is_no_new_photo(photos: Path, album: Path, start: Start) -> None:
    """The link leads to the photo's new name; nothing is filed twice, and no clusters change."""
    watched = start(photos)
    watched.wait_for("watching")
    (photos / "IMG_0.jpg").rename(photos / "renamed.jpg")
    (photos / "sub").mkdir()
    (photos / "IMG_1.jpg").rename(photos / "sub" / "IMG_1.jpg")
    told = watched.wait_for("filed")
    assert watched.end()[0] == 0
    assert told["photos"] == []
    assert set(told["moved"]) == {str(photos / "renamed.jpg"), str(photos / "sub" / "IMG_1.jpg")}
    assert links(album) == {f"IMG_{i}.jpg" for i in range(1, 6)} | {"renamed.jpg"}


@pytest.mark.slow
def test_an_album_that_is_in_use_is_waited_for(
    photos: Path, album: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another command holds the album one line says so; then the photos are filed."""
    with claim(album, [photos], None):
        watched = start(photos)
        watched.wait_for("watching")
        shutil.copy2(photos.with_name("card") / "NEW_1.jpg", photos)
        assert "at work on this album" in watched.wait_for("waiting")["reason"]
        time.sleep(3.5)  # past the first retry
        assert len(watched.of("waiting")) == 1
        assert len(links(album)) == 6
    watched.filed({photos / "NEW_1.jpg"})
    assert len(watched.of("going on")) == 1
    assert watched.end()[0] == 0


@pytest.mark.slow
def test_an_album_in_the_source_does_not_feed_itself(
    photos: Path, user: User, start: Start
) -> None:
    """What photosort writes (album, cache, log, all within the source) is no news: no more runs."""
    inner = User(photos / "home")
    done = inner.run("organize", photos, "-k", "1", "-o", photos / "album")
    assert done.returncode == 0, done.stderr
    start.user = inner
    watched = start(photos, "-o", photos / "album", "--log-file", photos / "log.txt")
    watched.wait_for("watching")
    shutil.copy2(photos.with_name("card") / "NEW_1.jpg", photos)
    watched.filed({photos / "NEW_1.jpg"})
    time.sleep(2)
    log = (photos / "log.txt").read_text()
    time.sleep(3)
    assert (photos / "log.txt").read_text() == log
    assert len(watched.of("filed")) == 1
    assert watched.end()[0] == 0
    assert len(links(photos / "album")) == 7


@pytest.mark.slow
def test_sigterm_in_the_middle_of_a_batch_leaves_a_whole_album(
    photos: Path, album: Path, user: User, start: Start
) -> None:
    """Exit 0, no child left, the album as it was or with the batch; the next watch goes on."""
    for i in range(60):
        paint(photos / "burst" / f"B{i}.jpg", hue=i * 4)
    watched = start(photos)
    watched.wait_for("watching")
    until_s = time.monotonic() + LONG_S
    seen = user.json("cache", "info")["photos"]
    while user.json("cache", "info")["photos"] == seen and not watched.of("filed"):
        assert time.monotonic() < until_s
        time.sleep(0.05)
    assert watched.end() == (0, "")
    assert_gone(watched.process.pid)
    assert user.run("list", "--album", album).returncode == 0
    assert len(links(album)) in {6, 66}
    if not watched.of("filed"):
        start(photos).filed({photos / "burst" / f"B{i}.jpg" for i in range(60)})
    assert len(links(album)) == 66


@pytest.mark.slow
def test_a_burst_of_5000_is_one_run(photos: Path, album: Path, start: Start) -> None:
    """5,000 files that come within some seconds are one batch, every file accounted for."""
    watched = start(photos, "--settle", "2")
    watched.wait_for("watching")
    data = [(photos.with_name("card") / f"NEW_{i}.jpg").read_bytes() for i in range(6)]
    (photos / "burst").mkdir()
    for i in range(5000):
        (photos / "burst" / f"B{i}.jpg").write_bytes(data[i % 6] + i.to_bytes(2, "big"))
    until_s = time.monotonic() + 400
    while not watched.of("filed"):
        assert time.monotonic() < until_s
        time.sleep(0.5)
    time.sleep(6)
    assert [len(one["photos"]) for one in watched.of("filed")] == [5000]
    assert watched.end()[0] == 0
    assert len(links(album)) == 5006


# ------------------------------------------------------------------------------- its parts


def test_only_what_has_not_changed_for_long_enough_is_still() -> None:
    """A new size or mtime begins the time anew; a photo that is gone is forgotten."""
    stillness = Stillness(3.0)
    one = Photo(Path("/a.jpg"), 10, 1, 1, "JPEG")
    grown = Photo(Path("/a.jpg"), 20, 1, 1, "JPEG")
    assert stillness.still([one], 0.0) == set()
    assert stillness.still([one], 2.5) == set()
    assert stillness.still([grown], 3.0) == set()
    assert stillness.still([grown], 5.5) == set()
    assert stillness.still([grown], 6.0) == {Path("/a.jpg")}
    assert stillness.longest_s(6.0) == 3.0
    assert stillness.still([], 7.0) == set()
    assert stillness.still([grown], 20.0) == set()


def test_the_log_knows_its_file(tmp_path: Path) -> None:
    """The file of --log-file is named; nothing else is."""
    assert list(log_files()) == []
    logs.to_file(tmp_path / "log.txt")
    try:
        assert list(log_files()) == [tmp_path / "log.txt"]
    finally:
        logs.stop()
