"""Worker processes: every photo gets one result, whatever happens to the workers."""

import contextlib
import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from photosort.embed.backbone import MODELS, Backbone
from photosort.embed.workers import embed_photos
from photosort.errors import PhotosortError
from photosort.photos.decode import decode
from photosort.photos.metadata import read_facts
from photosort.photos.records import Embedded, Failed, content_hash
from photosort.photos.scan import Photo, scan
from tests.conftest import REPO, snapshot
from tests.processes import children

SPEC = MODELS["lite0"]
posix = pytest.mark.skipif(os.name != "posix", reason="signals and FIFOs")
linux = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Make a folder of twenty-four small photos, four of them different."""
    folder = tmp_path / "album"
    folder.mkdir()
    models = sorted((REPO / "sample_photos").rglob("*.jpg"))[:4]
    for number in range(24):
        shutil.copy(models[number % 4], folder / f"{number:02}.jpg")
    return folder


@pytest.fixture(autouse=True)
def no_worker_stays() -> Iterator[None]:
    """Whatever a test does, no process outlives it, not even as a zombie."""
    yield
    assert children() == []


def photos_of(folder: Path) -> list[Photo]:
    return list(scan([folder]).photos)


def fake(path: Path) -> Photo:
    """Stand for a file that changed between the scan and the look."""
    return Photo(path, 1, 1, 1, "JPEG")


def signal_workers(number: int) -> None:
    for child in children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)


def workers_at_rest() -> set[tuple[int, int]]:
    """Give id and CPU time of the workers that sleep, read from outside: nothing is collected."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent, *rest = (process / "stat").read_text().rpartition(")")[2].split()
            ours = int(parent) == os.getpid() and state == "S"
            if ours and b"embed.worker" in (process / "cmdline").read_bytes():
                found.add((int(process.name), int(rest[9]) + int(rest[10])))
    return found


@contextlib.contextmanager
def killing_stuck_workers(number: int) -> Iterator[None]:
    """Send a signal to every worker that has not moved for half a second."""
    done = threading.Event()

    def watch() -> None:
        stuck = workers_at_rest()
        for reading in itertools.count(1):
            if done.wait(0.05):
                return
            stuck &= workers_at_rest()
            if reading % 10 == 0:
                for pid, _ in stuck:
                    os.kill(pid, number)
                stuck = workers_at_rest()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_every_photo_gets_what_the_backbone_says_of_it(album):
    """Facts, hash, feature and scores equal those of a plain loop; the folder is left alone."""
    before = snapshot(album)
    photos = photos_of(album)[:6]
    results = {result.path: result for result in embed_photos(photos, SPEC, workers=2)}
    assert list(results) != []
    assert results.keys() == {photo.path for photo in photos}
    backbone = Backbone(SPEC)
    for photo in photos:
        result = results[photo.path]
        assert isinstance(result, Embedded)
        decoded = decode(photo.path, min_side=SPEC.input_side)
        feature, scores = backbone.embed(decoded.image)
        assert (result.size_bytes, result.mtime_ns) == (photo.size_bytes, photo.mtime_ns)
        assert result.content_hash == content_hash(photo.path)
        assert len(result.content_hash) == 16
        assert result.facts == read_facts(photo.path)
        assert result.ctime_ns == photo.path.stat().st_ctime_ns
        assert result.feature.dtype == result.scores.dtype == np.float16
        np.testing.assert_array_equal(result.feature, feature.astype(np.float16))
        np.testing.assert_array_equal(result.scores, scores.astype(np.float16))
    assert snapshot(album) == before


def test_bad_photos_are_results_too(album):
    """A damaged photo fails with its hash and a reason; a vanished one without a hash."""
    damaged = album / "damaged.jpg"
    damaged.write_bytes((album / "00.jpg").read_bytes()[:300])
    photos = [*photos_of(album)[:2], fake(damaged), fake(album / "gone.jpg"), fake(album)]
    results = {result.path.name: result for result in embed_photos(photos, SPEC, workers=2)}
    assert len(results) == 5
    assert results["damaged.jpg"].content_hash == content_hash(damaged)
    assert results["damaged.jpg"].size_bytes == 300  # of the bytes, not of the scan
    assert isinstance(results["damaged.jpg"], Failed)
    assert results["damaged.jpg"].reason
    gone = results["gone.jpg"]
    assert (gone.content_hash, gone.reason) == (None, "gone while photosort was looking")
    assert results["album"].reason.startswith("cannot be read: ")


@linux
def test_a_disk_error_costs_the_photo_it_hits(album):
    """EIO while a photo is read: that photo fails with the system's reason, the others are done."""
    broken = Path("/proc/self/mem")  # answers EIO to whoever reads its beginning
    results = list(embed_photos([fake(broken), *photos_of(album)[:2]], SPEC, workers=1))
    (failed,) = [result for result in results if isinstance(result, Failed)]
    assert (failed.path, failed.content_hash) == (broken, None)
    assert failed.reason == f"cannot be read: {os.strerror(errno.EIO)}"
    assert len(results) == 3


def test_no_photos_no_workers():
    """An empty list yields nothing and starts nothing."""
    assert list(embed_photos([], SPEC)) == []


def test_no_more_workers_than_photos(album):
    """Two photos never start more than two processes."""
    results = embed_photos(photos_of(album)[:2], SPEC, workers=8)
    next(results)
    assert 1 <= len(children()) <= 2
    results.close()


@posix
def test_a_killed_worker_loses_no_photo(album):
    """All workers are killed in mid-work: each photo still gets exactly one good result."""
    notes: list[str] = []
    photos = photos_of(album)
    results = embed_photos(photos, SPEC, workers=2, on_note=notes.append)
    seen = [next(results)]
    signal_workers(signal.SIGKILL)
    seen.extend(results)
    assert sorted(result.path for result in seen) == [photo.path for photo in photos]
    assert all(isinstance(result, Embedded) for result in seen)
    assert 1 <= len(notes) <= 2
    assert all("signal 9); trying once more" in note for note in notes)


@linux
def test_a_photo_that_kills_its_worker_costs_itself_alone(album):
    """Killed by the same photo twice: that photo fails, named by signal, the others are done."""
    killer = album / "killer.jpg"
    os.mkfifo(killer)  # a worker waits there for ever
    photos = [fake(killer), *photos_of(album)]
    notes: list[str] = []
    with killing_stuck_workers(signal.SIGSEGV):
        results = list(embed_photos(photos, SPEC, workers=1, on_note=notes.append))
    assert sorted(result.path for result in results) == sorted(photo.path for photo in photos)
    (failed,) = [result for result in results if isinstance(result, Failed)]
    assert (failed.path, failed.reason) == (killer, "the decoder crashed (signal 11)")
    assert len(notes) == 1
    assert str(killer) in notes[0]


@posix
def test_a_photo_that_hangs_is_given_up(album):
    """A photo that takes too long fails with that reason; those handed out behind it are done."""
    endless = album / "endless.jpg"
    os.mkfifo(endless)
    photos = [fake(endless), *photos_of(album)]
    notes: list[str] = []
    results = list(embed_photos(photos, SPEC, workers=1, time_limit_s=3, on_note=notes.append))
    assert sorted(result.path for result in results) == sorted(photo.path for photo in photos)
    (failed,) = [result for result in results if isinstance(result, Failed)]
    assert (failed.path, failed.reason) == (endless, "took longer than 3 s")
    assert len(notes) == 1


@posix
def test_a_stopped_worker_is_replaced(album):
    """Workers that are stopped, and so ignore all but SIGKILL, are replaced after the limit."""
    photos = photos_of(album)
    results = embed_photos(photos, SPEC, workers=2, time_limit_s=3)
    seen = [next(results)]
    signal_workers(signal.SIGSTOP)
    seen.extend(results)
    assert sorted(result.path for result in seen) == [photo.path for photo in photos]
    failed = [result for result in seen if isinstance(result, Failed)]
    assert 1 <= len(failed) <= 2
    assert {result.reason for result in failed} == {"took longer than 3 s"}


def test_closing_ends_the_workers(album):
    """Leaving the results unread ends the processes at once (the fixture looks)."""
    results = embed_photos(photos_of(album), SPEC, workers=2)
    next(results)
    assert children() != []
    results.close()
    assert children() == []


@pytest.mark.parametrize("file", ["no-such.tflite", "imagenet_classes.txt"])
def test_a_model_that_cannot_load_ends_the_run(album, file):
    """A missing or damaged model is one clear error in the parent, not an endless respawn."""
    with pytest.raises(PhotosortError, match=rf"models/{file}: .*reinstall") as caught:
        list(embed_photos(photos_of(album), replace(SPEC, file=file), workers=2))
    assert "\n" not in str(caught.value)


@posix
def test_workers_that_never_start_end_the_run(album):
    """Workers that die before they are ready are not replaced for ever; the signal is named."""
    done = threading.Event()

    def slay() -> None:
        while not done.wait(0.01):
            signal_workers(signal.SIGKILL)

    thread = threading.Thread(target=slay)
    thread.start()
    try:
        with pytest.raises(PhotosortError, match=r"died while starting \(signal 9\); .*--workers"):
            list(embed_photos(photos_of(album), SPEC, workers=2))
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("raise ImportError('libz.so.1: cannot open shared object')",
         "workers: libz.so.1: cannot open shared object; reinstall photosort-dec"),
        ("raise MemoryError('no 3 GB')",
         "workers: 3 died while starting (MemoryError: no 3 GB); end other programs"),
        ("raise SystemExit(7)",
         "workers: 3 died while starting (exit status 7); please report it"),
        ("import os, sys; print('a greeting', file=sys.stderr); os.abort()",
         "workers: 3 died while starting (signal 6); please report it"),
        ("import sys; sys.stderr.write('x' * 10_000); raise LookupError('a\\x1b[2Jb')",
         "workers: 3 died while starting (LookupError: a\x1b[2Jb); please report it"),
    ],
)  # fmt: skip
def test_the_cause_of_a_failed_start_is_named(album, tmp_path, monkeypatch, module, line):
    """What a worker dies of while it starts is in the line, with the remedy for that cause."""
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)  # workers search where their parent does
    with pytest.raises(PhotosortError) as caught:
        list(embed_photos(photos_of(album), SPEC, workers=1))
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


@posix
def test_workers_serve_a_caller_without_standard_streams(album, tmp_path):
    """Descriptors 0, 1 and 2 closed, as some supervisors start a program: the photos are done."""
    script = tmp_path / "program.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from photosort.embed.backbone import MODELS\n"
        "from photosort.embed.workers import Embedded, embed_photos\n"
        "from photosort.photos.scan import scan\n"
        "photos = scan([Path(sys.argv[1])]).photos[:3]\n"
        "done = list(embed_photos(photos, MODELS['lite0'], workers=2))\n"
        "assert all(isinstance(one, Embedded) for one in done)\n"
        "Path(sys.argv[2]).write_text(str(len(done)))\n"
    )
    count = tmp_path / "count"
    subprocess.run(
        ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', sys.executable, script, album, count],
        env=os.environ | {"PYTHONPATH": str(REPO)},
        check=True,
    )
    assert count.read_text() == "3"


@linux
def test_a_worker_is_light(album):
    """A worker has no TensorFlow loaded and computes in a single thread."""
    results = embed_photos(photos_of(album), SPEC, workers=1)
    next(results)
    (worker,) = children()
    maps = Path(f"/proc/{worker}/maps").read_text()
    threads = [(task / "comm").read_text() for task in Path(f"/proc/{worker}/task").iterdir()]
    results.close()
    assert "ai_edge_litert" in maps
    assert "/tensorflow/" not in maps
    assert "keras" not in maps
    assert len(threads) == 2  # the work, and the watch over the parent


# Without `if __name__ == "__main__"`: a worker does not run the caller's program again.
PROGRAM = """
    import sys
    from pathlib import Path
    from photosort.embed.backbone import MODELS
    from photosort.embed.workers import embed_photos
    from photosort.photos.scan import scan
    from tests.processes import children

    photos = scan([Path(sys.argv[1])]).photos
    try:
        for number, _ in enumerate(embed_photos(photos * 200, MODELS["lite0"], workers=2)):
            if number == 3:
                print(*children(), flush=True)
    except KeyboardInterrupt:
        print(len(children()), "left")
        sys.exit(130)
"""


@pytest.fixture
def running(album: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen, list[int]]]:
    """Run a program in a group of its own; give it and the ids of its busy workers."""
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(PROGRAM))
    with subprocess.Popen(
        [sys.executable, script, album],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(REPO)},
    ) as program:
        yield program, [int(pid) for pid in program.stdout.readline().split()]


@posix
def test_ctrl_c_ends_quietly(running):
    """Ctrl-C reaches the whole group: the parent alone hears it, no worker stays or complains."""
    program, pids = running
    assert len(pids) == 2
    os.killpg(program.pid, signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err) == (130, "0 left\n", "")
    assert not any(alive(pid) for pid in pids)


@posix
def test_workers_leave_with_a_killed_parent(running):
    """A parent that is killed outright leaves no orphans behind."""
    program, pids = running
    program.kill()
    program.wait()
    give_up_at = time.monotonic() + 60
    while any(alive(pid) for pid in pids) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    """Return whether a process runs; an orphan that nobody collected does not."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
