"""`photosort embed` and `organize --features`: shards, the ledger, the album of a plain run."""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow", reason="needs the extra [ray]: pyarrow")
fsspec = pytest.importorskip("fsspec", reason="needs the extra [ray]: fsspec")
pq = pytest.importorskip("pyarrow.parquet")

from photosort.catalog import Catalog  # noqa: E402
from photosort.embed.backbone import MODELS, class_names  # noqa: E402
from photosort.errors import PhotosortError  # noqa: E402
from photosort.photos.records import Embedded, Failed, content_hash  # noqa: E402
from photosort.photos.scan import scan  # noqa: E402
from photosort.scale.batch import embed_batch, end_workers  # noqa: E402
from photosort.scale.listing import Listed  # noqa: E402
from photosort.scale.places import explained, open_place  # noqa: E402
from photosort.scale.rows import from_table, schema, to_table  # noqa: E402
from photosort.scale.store import open_store, shard_name  # noqa: E402
from tests.conftest import REPO, snapshot  # noqa: E402
from tests.processes import children  # noqa: E402
from tests.test_cli import SAMPLES, User, paint  # noqa: E402

MODEL = MODELS["lite2"]


@dataclass(frozen=True)
class Home:
    """A user with sample photos, one of them damaged."""

    user: User
    photos: Path
    store: Path

    def rows(self, store: Path | None = None) -> pa.Table:
        """Read all shards of a store, sorted by photo."""
        files = sorted((store or self.store).glob("shards/*.parquet"))
        return pa.concat_tables([pq.read_table(file) for file in files]).sort_by("url")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Embed twenty sample photos into shards of six, once."""
    home = tmp_path_factory.mktemp("scale")
    (home / "Pictures" / "trip").mkdir(parents=True)
    for number, photo in enumerate(sorted(SAMPLES.glob("*.jpg"))[:20]):
        shutil.copy2(photo, home / "Pictures" / ("trip" if number % 3 else "."))
    damaged = home / "Pictures" / "damaged.jpg"
    damaged.write_bytes(next(SAMPLES.glob("IMG_*.jpg")).read_bytes()[:400])
    found = Home(User(home), home / "Pictures", home / "features")
    before = snapshot(found.photos)
    done = found.user.json("embed", found.photos, "--to", found.store, "--shard", "6")
    assert (done["photos"], done["looked"], done["failed"], done["shards"]) == (21, 21, 1, 4)
    assert snapshot(found.photos) == before
    return found


@pytest.fixture
def lent(embedded: Home, tmp_path: Path) -> Home:
    """Lend photos and features to one test: the same paths, a catalog of its own, another store."""
    shutil.copytree(embedded.store, tmp_path / "features")
    return Home(User(tmp_path / "home"), embedded.photos, tmp_path / "features")


def album(out: Path) -> list[tuple[str, list[tuple[str, float]]]]:
    folders = json.loads((out / "album.json").read_text())["folders"]
    return [
        (folder["place"], [(photo["path"], photo["confidence"]) for photo in folder["photos"]])
        for folder in folders
    ]


# ------------------------------------------------------------------------------- the same result


@pytest.mark.slow
def test_features_and_labels_equal_those_of_a_plain_run(embedded: Home, tmp_path: Path) -> None:
    """Rows of the catalog are equal to the bit; the album has the same groups, names, confidences.

    `organize --features` looks at no photo, and touches none.
    """
    plain, by_features = User(tmp_path / "plain"), User(tmp_path / "features")
    before = snapshot(embedded.photos)
    for user, more in ((plain, []), (by_features, ["--features", embedded.store])):
        source = [] if more else [embedded.photos]
        done = user.run("organize", *source, "-k", "3", "-o", user.home / "album", *more)
        assert done.returncode == 0, done.stderr
        assert ("Looking" in done.stderr) is not bool(more)
    assert album(plain.home / "album") == album(by_features.home / "album")
    assert len(list((by_features.home / "album").rglob("*.jpg"))) == 20
    assert snapshot(embedded.photos) == before
    photos = scan([embedded.photos]).photos
    hashes = [content_hash(photo.path) for photo in photos if photo.path.name != "damaged.jpg"]
    found = []
    for user in (plain, by_features):
        with Catalog.open(user.home / "cache" / "photosort" / "catalog.sqlite3") as catalog:
            facts = catalog.facts(photos)
            failed = catalog.known(photos, MODEL.id)[embedded.photos / "damaged.jpg"]
            features, scores = (f(hashes, MODEL.id) for f in (catalog.features, catalog.scores))
            numbers = [features, scores, *catalog.measures(hashes)]
            found.append((facts, failed, [array.tobytes() for array in numbers]))
    assert found[0] == found[1]


def test_any_driver_can_call_the_function(embedded: Home) -> None:
    """embed_batch(paths) gives the rows of the shards, in the order of the paths, failures too.

    Its worker process stays for the next call, and ends when told to.
    """
    before = set(children())
    urls = [
        str(embedded.photos / "damaged.jpg"),
        *sorted(map(str, embedded.photos.glob("trip/*.jpg")))[:3],
        str(embedded.photos / "none.jpg"),
    ]
    try:
        table = embed_batch(urls)
        (worker,) = set(children()) - before
        assert embed_batch(urls).equals(table)
        assert set(children()) - before == {worker}
    finally:
        end_workers()
    assert set(children()) <= before
    assert table.schema == schema(MODEL.id)
    assert [os.fsdecode(url) for url in table.column("url").to_pylist()] == urls
    assert table.column("reason").to_pylist()[-1] == "gone while photosort was looking"
    known = {row["url"]: row for row in embedded.rows().to_pylist()}
    for row in table.to_pylist()[:-1]:
        assert row == known[row["url"]]


def test_rows_give_back_what_they_were_given(embedded: Home) -> None:
    """A table of results, read back and written again, is the same table."""
    table = embedded.rows()
    learned = list(from_table(table))
    assert sum(isinstance(one.result, Failed) for one in learned) == 1
    good = next(one.result for one in learned if isinstance(one.result, Embedded))
    assert good.thumbnail is None
    assert len(good.scores) == len(class_names())
    listed = [
        Listed(one.url, row["size_bytes"], row["mtime_ns"], row["ctime_ns"])
        for one, row in zip(learned, table.to_pylist(), strict=True)
    ]
    assert to_table(listed, [one.result for one in learned], MODEL.id) == table


def test_no_column_holds_a_picture(embedded: Home) -> None:
    """A row is some kilobytes: features, scores, a hash, dates, 32 x 32 greys."""
    table = embedded.rows()
    assert table.nbytes / table.num_rows < 8000
    widths = {
        field.name: field.type.byte_width
        for field in table.schema
        if pa.types.is_fixed_size_binary(field.type)
    }
    assert widths == {"feature": 2560, "scores": 2000, "thumb": 1024, "numbers": widths["numbers"]}
    assert widths["numbers"] < 200


# ------------------------------------------------------------------------------- the ledger


@pytest.mark.slow
def test_a_second_run_looks_at_what_is_new_or_changed(lent: Home, tmp_path: Path) -> None:
    """Known photos are not looked at; new and changed ones are; what is gone is no longer in it."""
    photos = tmp_path / "copy"
    shutil.copytree(lent.photos, photos)
    store = tmp_path / "other"
    assert lent.user.json("embed", photos, "--to", store, "--shard", "6")["looked"] == 21
    assert lent.user.json("embed", photos, "--to", store)["looked"] == 0
    paint(photos / "new.jpg", 40)
    changed, gone, *_ = sorted(photos.glob("trip/*.jpg"))
    paint(changed, 90)
    gone.unlink()
    again = lent.user.json("embed", photos, "--to", store)
    assert (again["looked"], again["photos"], again["shards"]) == (2, 21, 5)
    done = lent.user.run("organize", "--features", store, "-k", "2", "-o", tmp_path / "album")
    assert done.returncode == 0, done.stderr
    assert "Looking" not in done.stderr
    held = {path for _, members in album(tmp_path / "album") for path, _ in members}
    assert str(changed) in held
    assert str(gone) not in held


def test_a_run_that_was_cut_short_goes_on_by_shard(lent: Home) -> None:
    """A shard without its entry in the ledger, or cut short, is looked at again, the others not."""
    ledger, shards = sorted(lent.store.glob("ledger/*")), sorted(lent.store.glob("shards/*"))
    whole = {path.name: path.read_bytes() for path in shards}
    ledger[0].unlink()  # killed between the shard and its entry
    rows = json.loads(ledger[2].read_text())["rows"]
    shards[2].write_bytes(shards[2].read_bytes()[:-100])  # a disk that was full
    (lent.store / "index.json").unlink()
    assert "unfinished" in lent.user.refused("organize", "--features", lent.store)
    done = lent.user.json("embed", lent.photos, "--to", lent.store, "--shard", "6")
    first = pq.read_table(shards[0]).num_rows
    assert (done["looked"], done["photos"]) == (first + rows, 21)
    assert lent.rows().num_rows >= 21
    known = {path.name: path.read_bytes() for path in lent.store.glob("shards/*")}
    untouched = whole.keys() - {shards[0].name, shards[2].name}
    assert {name: known[name] for name in untouched} == {name: whole[name] for name in untouched}


def test_a_damaged_shard_is_named_and_looked_at_again(lent: Home) -> None:
    """A flipped byte: organize names the shard and the remedy, and the remedy works."""
    shard = sorted(lent.store.glob("shards/*"))[1]
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    refused = lent.user.run("organize", "--features", lent.store, "-k", "2")
    said = refused.stderr.splitlines()[-1]
    assert (refused.returncode, refused.stdout) == (1, "")
    assert shard.name in said
    assert "--check" in said
    done = lent.user.run("embed", lent.photos, "--to", lent.store, "--check")
    assert done.returncode == 0, done.stderr
    assert f"{shard.name}: damaged" in done.stderr
    assert "looked at 6 now" in done.stdout or "looked at 3 now" in done.stdout
    assert lent.user.run("embed", lent.photos, "--to", lent.store, "--check").returncode == 0
    assert open_store(str(lent.store)).index().photos != ()


def test_the_name_of_a_shard_is_that_of_its_photos() -> None:
    """Equal photos give equal names; another size, time or order another one."""
    one, other = Listed("/a.jpg", 1, 2, 3), Listed("/b.jpg", 1, 2, 3)
    names = [
        shard_name(photos)
        for photos in ([one, other], [other, one], [one], [Listed("/a.jpg", 1, 2, 4)])
    ]
    assert len(set(names)) == 4
    assert shard_name([one, other]) == names[0]


# ------------------------------------------------------------------------------- what is refused


def test_what_cannot_work_is_refused_in_one_line(lent: Home, tmp_path: Path) -> None:
    """Protocols, places in a source, foreign folders, other networks; nothing is written."""
    photos, user = lent.photos, lent.user
    before = snapshot(photos)
    assert "no such protocol" in user.refused("embed", photos, "--to", "nope://a/b")
    assert "lies in the source" in user.refused("embed", photos, "--to", photos / "features")
    assert "lies in the source" in user.refused("embed", photos, "--to", f"file://{photos}/x")
    assert "holds the source" in user.refused("embed", photos, "--to", photos.parent)
    assert "holds files" in user.refused("embed", photos, "--to", tmp_path)
    assert "--model lite2" in user.refused("embed", photos, "--to", lent.store, "--model", "lite0")
    assert "no photo found" in user.refused("embed", lent.store, "--to", tmp_path / "x")
    assert "no such folder" in user.refused("embed", tmp_path / "none", "--to", tmp_path / "x")
    assert "no features there" in user.refused("organize", "--features", tmp_path / "none")
    assert "--model out" in user.refused("organize", "--features", lent.store, "--model", "lite0")
    assert "--thorough out" in user.refused("organize", "--features", lent.store, "--thorough")
    for run in (["embed", photos, "--to"], ["organize", "--features"]):
        refused = user.refused(*run, lent.store / "store.json")
        assert refused.count("store.json") == 1
        assert "not a folder" in refused
    paint(tmp_path / "others" / "a.jpg", 10)
    others = user.refused("organize", tmp_path / "others", "--features", lent.store)
    assert f"holds no photo of {tmp_path / 'others'}" in others
    inside = user.refused("organize", "--features", lent.store, "--out", lent.store / "album")
    assert "lies among the features" in inside
    assert user.run("embed", photos, "--to", tmp_path / "x", "--address", "auto").returncode == 2
    assert user.run("organize", "--features", lent.store, "--update").returncode == 2
    assert user.run("organize", photos, "--manifest", tmp_path / "x").returncode == 2
    assert snapshot(photos) == before
    assert not (tmp_path / "x").exists()


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """What was there stays, no part of the new file is left, and the remedy is space."""
    place = open_place(str(tmp_path / "features"))
    place.write("store.json", b"old")
    before = snapshot(tmp_path)
    script = (
        "import resource, signal, sys\n"
        "from photosort.scale.places import open_place\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "open_place(sys.argv[1]).write('store.json', bytes(100_000))\n"
    )
    command = [sys.executable, "-c", script, place.root]
    cut = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "PhotosortError" in cut.stderr
    assert {name: seen[2] for name, seen in snapshot(tmp_path).items()} == {
        name: seen[2] for name, seen in before.items()
    }
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(PhotosortError, match=r"; free some space$"), explained("x"):
        raise full


def test_a_folder_that_cannot_be_made_is_named(lent: Home) -> None:
    """The kernel says "no such file" of a new folder below /proc: a line, no traceback."""
    assert "/proc/photosort" in lent.user.refused("embed", lent.photos, "--to", "/proc/photosort")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["store.json", "index.json", "index.parquet"])
def test_a_pipe_in_a_store_is_not_waited_for(lent: Home, name: str) -> None:
    """A file of a store that is a pipe is refused by its path."""
    (lent.store / name).unlink()
    os.mkfifo(lent.store / name)
    assert f"{lent.store / name}: " in lent.user.refused("organize", "--features", lent.store)


@pytest.mark.parametrize("name", ["index.json", "ledger"])
def test_json_of_a_store_that_is_nested_too_deep(lent: Home, name: str) -> None:
    """An index is named as damaged, an entry of the ledger counts as none."""
    place = lent.store / name
    for file in place.iterdir() if place.is_dir() else [place]:
        file.write_text("[" * 100_000)
    refused = lent.user.run("organize", "--features", lent.store)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Traceback" not in refused.stderr
    said = "gone or cut short" if place.is_dir() else "damaged"
    assert said in refused.stderr.splitlines()[-1]


DEEP = "[" * 100_000


@pytest.mark.parametrize("text", ["{}", "[", '{"format": 1}', '{"format": 9, "facts": 1}', DEEP])
def test_a_damaged_store_is_named(lent: Home, text: str) -> None:
    """Whatever stands in store.json: a line with a remedy, no traceback."""
    (lent.store / "store.json").write_text(text)
    assert "store.json" in lent.user.refused("organize", "--features", lent.store) or "version" in (
        lent.user.refused("embed", lent.photos, "--to", lent.store)
    )


def test_without_ray_the_extra_is_named(lent: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """--engine ray names photosort-dec[ray] where Ray is missing; nothing is written."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    said = lent.user.refused(
        "embed", lent.photos, "--to", lent.store.with_name("new"), "--engine", "ray"
    )
    assert "photosort-dec[ray]" in said
    assert not lent.store.with_name("new").exists()


# ------------------------------------------------------------------------------- Ray


@pytest.fixture
def ray_installed() -> None:
    pytest.importorskip("ray", reason="needs the extra [ray]: ray")


def test_an_address_that_is_none_is_named(lent: Home, ray_installed: None) -> None:
    """--address auto where no cluster runs: one line, nothing written."""
    new = lent.store.with_name("new")
    options = ["--engine", "ray", "--address", "auto"]
    done = subprocess.run(
        lent.user.command("embed", lent.photos, "--to", new, *options),
        env=lent.user.env, cwd=REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no Ray cluster there" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not new.exists()


def descendants(parent: int) -> list[int]:
    below = children(parent)
    return [pid for child in below for pid in (child, *descendants(child))]


def actors(parent: int) -> list[int]:
    """Find the processes of a run in which Ray runs an actor of ours."""
    found = []
    for pid in descendants(parent):
        try:
            name = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::") and b"MapWorker" in name:
            found.append(pid)
    return found


@pytest.mark.slow
def test_a_cluster_of_two_gives_the_same_and_a_lost_worker_repeats_its_shard(
    embedded: Home, tmp_path: Path, ray_installed: None
) -> None:
    """Two actors, one killed in the middle: every photo has its row, equal to the bit."""
    store = tmp_path / "features"
    user = User(tmp_path / "home")
    with subprocess.Popen(
        user.command("embed", embedded.photos, "--to", store, "--shard", "2",
                     "--engine", "ray", "--workers", "2", "--json"),
        env=user.env, cwd=REPO, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as run:  # fmt: skip
        until_s = time.monotonic() + 120
        killed = 0
        while run.poll() is None and time.monotonic() < until_s and not killed:
            if list(store.glob("ledger/*")):
                for pid in actors(run.pid)[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed = pid
            time.sleep(0.05)
        printed, errors = run.communicate(timeout=240)
    assert run.returncode == 0, errors
    assert killed
    done = json.loads(printed)
    assert (done["photos"], done["failed"], done["shards"]) == (21, 1, 11)
    assert embedded.rows(store).equals(embedded.rows())
    for file in store.glob("ledger/*.json"):
        entry = json.loads(file.read_text())
        data = (store / "shards" / f"{entry['name']}.parquet").read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
