"""The commands as a user meets them: on real files, and the tree read back."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from PIL import Image

from photosort.cli import app
from tests.conftest import REPO, snapshot
from tests.processes import opened
from tests.test_by import photo as located
from tests.test_samples import kinds_of_samples

SAMPLES = REPO / "sample_photos"


class Finished(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class User:
    """Somebody with a home of their own, who runs photosort."""

    home: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "COLUMNS": "120",
            "NO_COLOR": "1",
        }

    def command(self, *args: str | Path) -> list[str]:
        return [sys.executable, "-m", "photosort", *map(str, args)]

    def run(self, *args: str | Path) -> "Finished":
        """Run in this process: TensorFlow starts once for all tests. Workers are real processes."""
        printed, complained = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.env),
            contextlib.chdir(REPO),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(complained),
            pytest.raises(SystemExit) as end,
        ):
            app([*map(str, args)], prog_name="photosort")
        return Finished(end.value.code, printed.getvalue(), complained.getvalue())

    def json(self, *args: str | Path) -> dict:
        done = self.run(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *args: str | Path) -> str:
        """Run what must fail with exit code 1 and one line; return the line."""
        done = self.run(*args)
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        lines = done.stderr.strip().splitlines()
        complaints = [line for line in lines if not line.startswith(("Scanning", "Looking"))]
        assert len(complaints) == 1, lines
        return complaints[0]


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home")


def paint(path: Path, hue: int) -> Path:
    """Save a small picture of its own: same hue, same look."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.effect_mandelbrot((96, 96), (-2 + hue / 300, -1, 1, 1 + hue / 400), 40)
    coloured = Image.merge("HSV", (Image.new("L", (96, 96), hue), *[picture.convert("L")] * 2))
    coloured.convert("RGB").save(path, format="JPEG", quality=80)
    return path


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Six small photos in two folders."""
    for i in range(6):
        paint(tmp_path / "photos" / f"trip{i % 2}" / f"IMG_{i}.jpg", hue=20 + i * 40)
    return tmp_path / "photos"


@dataclass(frozen=True)
class Sorted:
    user: User
    source: Path
    out: Path
    before: dict
    printed: str


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Sorted:
    """Organize a copy of the sample photos into six clusters, once."""
    home = tmp_path_factory.mktemp("samples")
    source = home / "Pictures"
    shutil.copytree(SAMPLES, source)
    user = User(home)
    before = snapshot(source)
    done = user.run("organize", source, "--clusters", "6")
    assert done.returncode == 0, done.stderr
    return Sorted(user, source, home / "Pictures-photosort", before, done.stdout)


def tree(out: Path) -> dict[str, list[str]]:
    """List the cluster folders of an album and the originals their entries lead to."""
    return {
        folder.name: sorted(os.path.realpath(entry) for entry in folder.iterdir())
        for folder in sorted(out.iterdir())
        if folder.is_dir() and folder.name != ".photosort"
    }


# ------------------------------------------------------------------------------- the main job


def test_the_main_job_links_every_sample_once_and_touches_none(samples: Sorted) -> None:
    """Six folders of relative links that together show each photo once; the source is unchanged."""
    album = tree(samples.out)
    assert len(album) == 6
    assert all(name.startswith(f"cluster-{i}") for i, name in enumerate(album, start=1))
    linked = [Path(path).name for paths in album.values() for path in paths]
    assert sorted(linked) == sorted(kinds_of_samples())
    for folder in album:
        for entry in (samples.out / folder).iterdir():
            assert entry.is_symlink()
            assert not entry.readlink().is_absolute()
    assert snapshot(samples.source) == samples.before
    sizes = [len(paths) for paths in album.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_the_samples_are_grouped_visibly_right(samples: Sorted) -> None:
    """At least nine of ten sample photos share their folder with a majority of their own kind."""
    kinds = kinds_of_samples()
    right = 0
    for paths in tree(samples.out).values():
        counts = Counter(kinds[Path(path).name] for path in paths)
        right += counts.most_common(1)[0][1]
    assert right / len(kinds) >= 0.9


def test_list_and_preview_need_no_path(samples: Sorted) -> None:
    """The last album is remembered; a cluster answers to its number, name and folder."""
    listed = samples.user.run("list")
    assert listed.returncode == 0
    assert "cluster-1" in listed.stdout
    names = [cluster["name"] for cluster in samples.user.json("list")["folders"]]
    assert names == list(tree(samples.out))
    for name in ("2", "cluster-2", names[1]):
        shown = samples.user.json("preview", name)
        assert shown["number"] == 2
        assert shown["count"] == len(tree(samples.out)[names[1]])
    printed = samples.user.run("preview", "cluster-2").stdout
    for entry in (samples.out / names[1]).iterdir():
        assert entry.name in printed


def test_a_gallery_and_a_sheet_show_every_sample(samples: Sorted, tmp_path: Path) -> None:
    """The page has each photo with a thumbnail and a place on the map; the sheet has its pages."""
    made = samples.user.json("gallery", "--out", tmp_path / "page")
    script = (tmp_path / "page" / "data.js").read_text("ascii")
    data = json.loads(script.removeprefix("window.album = ").removesuffix(";\n"))
    linked = [Path(path).name for paths in tree(samples.out).values() for path in paths]
    assert sorted(data["names"]) == sorted(linked)
    assert made["photos"] == len(linked)
    assert all(data["thumbs"])
    assert len(data["xy"]) == 2 * len(linked)
    done = samples.user.run("sheet", "-o", tmp_path / "sheet.pdf")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "sheet.pdf").read_bytes().count(b"/Type /Page\n") == 6
    small = tmp_path / "small.webp"
    assert samples.user.run("sheet", "1", "--tile", "60", "-o", small).returncode == 0
    with Image.open(small) as image:
        assert (image.format, image.width) == ("WEBP", 6 * (60 + 12) + 12)
    assert snapshot(samples.source) == samples.before


def test_a_second_run_neither_decodes_nor_hashes_a_photo_again(samples: Sorted) -> None:
    """Photos that have not changed are neither looked at nor recognised: the album is the same."""
    first = json.loads((samples.out / "album.json").read_text())
    again = samples.user.run("organize", samples.source, "--clusters", "6")
    assert again.returncode == 0, again.stderr
    assert "Looking" not in again.stderr
    assert "Recognising" not in again.stderr
    second = json.loads((samples.out / "album.json").read_text())
    assert first["folders"] == second["folders"]
    assert first["skipped"] == second["skipped"] == []


@pytest.mark.slow
def test_the_same_seed_gives_the_same_album(samples: Sorted, tmp_path: Path) -> None:
    """Another run with the same seed, from scratch, gives the same clusters and confidences."""
    source = tmp_path / "Pictures"
    shutil.copytree(samples.source, source)
    assert samples.user.run("organize", source, "-k", "6", "--fresh").returncode == 0
    mine, theirs = (
        [
            [(Path(photo["path"]).name, photo["confidence"]) for photo in cluster["photos"]]
            for cluster in json.loads((out / "album.json").read_text())["folders"]
        ]
        for out in (samples.out, tmp_path / "Pictures-photosort")
    )
    assert mine == theirs


def test_a_dry_run_writes_nothing_and_says_what_it_would_write(few: Path, user: User) -> None:
    """--dry-run --json lists every photo's place; no album appears and none is remembered."""
    before = snapshot(few)
    plan = user.json("organize", few, "-k", "2", "--dry-run")
    assert plan["dry_run"] is True
    assert sum(len(cluster["photos"]) for cluster in plan["folders"]) == 6
    assert not few.with_name("photos-photosort").exists()
    assert "no album" in user.refused("list")
    assert snapshot(few) == before


@pytest.mark.parametrize("link", ["hardlink", "copy"])
def test_links_of_other_kinds(few: Path, user: User, link: str) -> None:
    """Hard links share the inode, copies share the bytes; the originals stay as they were."""
    before = snapshot(few)
    assert user.run("organize", few, "-k", "2", "--link", link).returncode == 0
    album = user.json("list")
    assert album["link"] == link
    for cluster in album["folders"]:
        for photo in cluster["photos"]:
            entry, original = Path(album["album"], photo["place"]), Path(photo["path"])
            assert not entry.is_symlink()
            assert entry.samefile(original) == (link == "hardlink")
            assert entry.read_bytes() == original.read_bytes()
    assert snapshot(few) == before


def test_only_json_on_stdout_and_nothing_when_quiet(few: Path, user: User) -> None:
    """--json prints one document; --quiet prints nothing at all."""
    assert user.json("organize", few, "-k", "2")["photos"] == 6
    quiet = user.run("organize", few, "-k", "2", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_several_sources_and_a_photo_reached_twice(few: Path, user: User) -> None:
    """A file that two sources, or a link, reach is placed once; the second path is named."""
    again = few / "zz.jpg"
    again.symlink_to(few / "trip0" / "IMG_0.jpg")
    album = user.json("organize", few, few / "trip0", "-k", "2", "--out", few.parent / "out")
    assert album["photos"] == 6
    assert album["repeated"] == [str(again)]


@pytest.mark.slow
def test_every_file_is_accounted_for(few: Path, user: User) -> None:
    """Placed, skipped with a reason, or counted as no photo: nothing vanishes silently."""
    (few / "empty.jpg").touch()
    (few / "cut.jpg").write_bytes((few / "trip0" / "IMG_0.jpg").read_bytes()[:900])
    (few / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(64))
    (few / "notes.txt").write_text("not a photo")
    before = snapshot(few)
    album = user.json("organize", few, "-k", "2")
    assert album["photos"] == 6
    reasons = {Path(s["path"]).name: s["reason"] for s in album["skipped"]}
    assert reasons.keys() == {"empty.jpg", "cut.jpg"}
    assert all(reasons.values())
    assert album["unsupported"] == {"video": 1, "other": 1}
    summary = user.run("organize", few, "-k", "2").stdout
    assert "cut.jpg" in summary
    assert "1 video" in summary
    assert snapshot(few) == before


def test_hostile_names_survive(few: Path, user: User) -> None:
    """Newlines, markup, emoji, stray bytes, escapes and 255 bytes are placed and printed safely."""
    names = ["a\nb.jpg", "[red]x.jpg", "🏖️.jpg", os.fsdecode(b"\xff\xfe.jpg"), "\x1b[2J.jpg"]
    names += ["é" * 125 + ".jpg", "-rf.jpg"]
    for i, name in enumerate(names):
        paint(few / name, hue=i * 30)
    before = snapshot(few)
    album = user.json("organize", few, "-k", "3")
    placed = {Path(p["path"]).name for c in album["folders"] for p in c["photos"]}
    assert placed >= set(names)
    for cluster in ("1", "2", "3"):
        printed = user.run("preview", cluster)
        assert printed.returncode == 0, printed.stderr
        assert "\x1b" not in printed.stdout
        assert "a\nb" not in printed.stdout
    assert snapshot(few) == before


def test_one_photo_is_an_album(user: User, tmp_path: Path) -> None:
    """A single photo makes a single cluster, with the number of clusters chosen."""
    paint(tmp_path / "one" / "a.jpg", 9)
    album = user.json("organize", tmp_path / "one")
    assert [cluster["count"] for cluster in album["folders"]] == [1]


def test_where_photos_were_taken_is_told_of_clusters_too(user: User, tmp_path: Path) -> None:
    """`preview` names the places of a cluster, and those of photos that were added later."""
    located(tmp_path / "some" / "a.jpg", "2018:05:03 10:00:00", (38.7223, -9.1393))
    located(tmp_path / "some" / "b.jpg", "2018:05:04 10:00:00")
    album = user.json("organize", tmp_path / "some", "-k", "1")
    photos = album["folders"][0]["photos"]
    assert [photo["location"][0] if photo["location"] else None for photo in photos] == [
        "Portugal", None,
    ]  # fmt: skip
    assert "Lisbon, Portugal (1)" in user.run("preview", "1").stdout
    new = located(tmp_path / "some" / "c.jpg", "2018:05:05 10:00:00", (15.4909, 73.8278))
    assert user.run("add", new).returncode == 0
    assert "India (1)" in user.run("preview", "1").stdout


def test_identical_photos_make_fewer_clusters_and_say_so(user: User, tmp_path: Path) -> None:
    """Copies of one photo cannot be told apart: one cluster, and a note instead of a crash."""
    first = paint(tmp_path / "same" / "0.jpg", 77)
    for i in range(1, 5):
        shutil.copy(first, first.with_name(f"{i}.jpg"))
    done = user.run("organize", tmp_path / "same", "-k", "3")
    assert done.returncode == 0, done.stderr
    assert "note:" in done.stderr
    assert [len(paths) for paths in tree(tmp_path / "same-photosort").values()] == [5]


# ------------------------------------------------------------------------------- second runs


@pytest.mark.slow
def test_a_file_of_the_users_in_the_album_stays(few: Path, user: User) -> None:
    """A second run replaces its own links and leaves the user's notes and pictures alone."""
    assert user.run("organize", few, "-k", "2").returncode == 0
    out = few.with_name("photos-photosort")
    note = out / user.json("list")["folders"][0]["name"] / "note.txt"
    note.write_text("the good ones")
    stamp = note.stat().st_mtime_ns
    assert user.run("organize", few, "-k", "3").returncode == 0
    assert note.read_text() == "the good ones"
    assert note.stat().st_mtime_ns == stamp
    assert len(user.json("list")["folders"]) == 3


@pytest.mark.slow
def test_a_second_run_opens_no_photo(few: Path, user: User) -> None:
    """By content and by time, all that is asked of a photo is in the catalog; --fresh opens all."""
    names = sorted(path.name for path in few.rglob("*.jpg"))
    assert user.run("organize", few, "-k", "2").returncode == 0
    assert user.run("organize", few, "--by", "time", "--out", few.parent / "days").returncode == 0
    assert opened(user.env, "organize", few, "-k", "2", "-q") == []
    days = ("organize", few, "--by", "time", "--out", few.parent / "days", "-q")
    assert opened(user.env, *days) == []
    assert opened(user.env, *days, "--fresh") == names
    assert opened(user.env, "organize", few, "--update", "-q") == []
    assert opened(user.env, "review", few, "-q") == []


@pytest.mark.slow
def test_an_album_inside_the_source_is_not_its_own_input(few: Path, user: User) -> None:
    """--out inside the source works twice: the second run finds the same six photos."""
    for _ in range(2):
        album = user.json("organize", few, "-k", "2", "--out", few / "sorted")
        assert album["photos"] == 6
    assert user.json("organize", few, "-k", "2", "--out", few.parent / "other")["photos"] == 6


@pytest.mark.slow
def test_undo_takes_back_run_after_run(few: Path, user: User) -> None:
    """It brings back the album before, then leaves nothing but the user's note; it says both."""
    everything, before = few.parent, snapshot(few)
    first = user.json("organize", few, "-k", "2")
    once = snapshot(few.with_name("photos-photosort"))
    assert user.run("organize", few, "-k", "3").returncode == 0
    rehearsed = user.json("undo", "--dry-run")
    undone = user.json("undo")
    assert undone == {**rehearsed, "dry_run": False}
    assert len(undone["removed"]) == 6
    assert undone["restored"] == {"created": first["created"], "photos": 6}
    again = snapshot(few.with_name("photos-photosort"))
    assert {path: seen[2] for path, seen in again.items()} == {
        path: seen[2] for path, seen in once.items()
    }
    (first_folder,) = few.with_name("photos-photosort").glob("cluster-1*")
    note = first_folder / "\x1b[31mnote.txt"
    note.write_text("mine")
    printed = user.run("undo").stdout
    assert "Taken back (organize): 6 entries" in printed
    assert f"Left alone: {first_folder.name}/\\x1b[31mnote.txt, not photosort's" in printed
    left = [path for path in everything.rglob("*photosort/**/*") if path.is_file()]
    assert [path for path in left if "home" not in path.parts] == [note]
    assert "no album here; run photosort organize" in user.refused("undo")
    assert snapshot(few) == before


def assert_gone(group: int) -> None:
    """Fail unless every process of the group ends within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process outlived photosort")


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_the_next_run_goes_on(few: Path, user: User) -> None:
    """SIGINT in the middle: exit 130, no album, no child left; what was seen is remembered."""
    for i in range(600):
        Image.new("RGB", (1200, 900), (i % 256, i // 3, 9)).save(few / f"many{i}.png")
    run = subprocess.Popen(
        user.command("organize", few, "-k", "2"),
        env=user.env,
        cwd=REPO,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    seen = 0
    while seen < 64 and run.poll() is None:
        time.sleep(0.2)
        info = user.run("cache", "info", "--json")
        seen = json.loads(info.stdout)["photos"] if info.returncode == 0 else 0
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to parent and children
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert "Traceback" not in errors
    assert not few.with_name("photos-photosort").exists()
    assert_gone(run.pid)
    remembered = user.json("cache", "info")["photos"]
    assert 64 <= remembered < 606
    again = user.run("organize", few, "-k", "2")
    assert again.returncode == 0, again.stderr
    assert f"Looking: {606 - remembered} photos" in again.stderr


# ------------------------------------------------------------------------------- bad input


def test_a_missing_folder(user: User, tmp_path: Path) -> None:
    """A folder that is not there is named."""
    assert "nowhere" in user.refused("organize", tmp_path / "nowhere")


def test_a_file_instead_of_a_folder(few: Path, user: User) -> None:
    """A photo given as a source is refused by name."""
    assert "IMG_0.jpg" in user.refused("organize", few / "trip0" / "IMG_0.jpg")


def test_an_empty_folder_and_one_without_photos(user: User, tmp_path: Path) -> None:
    """No photo, no album: the line says what was there instead."""
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no photo" in user.refused("organize", empty)
    (empty / "a.txt").write_text("text")
    (empty / "b.jpg").touch()
    assert "1 other" in user.refused("organize", empty)
    assert [path.name for path in tmp_path.iterdir() if "photosort" in path.name] == []


def test_more_clusters_than_photos(few: Path, user: User) -> None:
    """The line names the number found, the number needed and the remedy."""
    line = user.refused("organize", few, "--clusters", "8")
    assert "6 photos found, 8 clusters need at least 8; use --clusters 6" in line
    line = user.refused("organize", few, "--min-clusters", "7")
    assert "6 photos found, 7 clusters need at least 7; use --min-clusters 6" in line


@pytest.mark.slow
def test_the_number_that_is_chosen_is_bounded(few: Path, user: User) -> None:
    """--min-clusters and --max-clusters bound it, and the album keeps them among its options."""
    album = user.json("organize", few, "--min-clusters", "4")
    assert len(album["folders"]) >= 4
    manifest = few.with_name("photos-photosort") / "album.json"
    assert json.loads(manifest.read_text())["options"]["min_clusters"] == 4
    album = user.json("organize", few, "--max-clusters", "1")
    assert [cluster["count"] for cluster in album["folders"]] == [6]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--clusters", "0"),
        ("--clusters", "many"),
        ("--link", "magic"),
        ("--nonsense",),
        ("--min-clusters", "4", "--max-clusters", "3"),
        ("--clusters", "3", "--max-clusters", "4"),
        ("--update", "--min-clusters", "2"),
    ],
)
def test_wrong_usage_exits_with_two(few: Path, user: User, wrong: tuple[str, ...]) -> None:
    """One line on stderr, exit code 2."""
    done = user.run("organize", few, *wrong)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


def test_output_that_is_or_holds_the_source_is_refused(few: Path, user: User) -> None:
    """--out equal to the source or above it would mix links with originals."""
    before = snapshot(few)
    for out in (few, few.parent):
        assert str(out) in user.refused("organize", few, "--out", out)
    assert snapshot(few) == before


def test_a_foreign_folder_is_refused(few: Path, user: User, tmp_path: Path) -> None:
    """A folder with files that are not an album's stays as it is."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("three years")
    before = snapshot(foreign)
    assert "foreign" in user.refused("organize", few, "--out", foreign)
    assert snapshot(foreign) == before


def test_the_output_cannot_be_written(few: Path, user: User, tmp_path: Path) -> None:
    """A file where the album should be: one line, nothing written."""
    blocker = tmp_path / "blocker"
    blocker.write_text("a file")
    assert "blocker" in user.refused("organize", few, "--out", blocker / "album")
    assert "blocker" in user.refused("organize", few, "--out", blocker)
    assert blocker.read_text() == "a file"


def test_a_loop_of_links_ends(few: Path, user: User) -> None:
    """With --follow, a link to its own parent is entered once at most."""
    (few / "trip0" / "loop").symlink_to(few)
    assert user.json("organize", few, "-k", "2", "--follow")["photos"] == 6


def test_unknown_clusters_and_albums(samples: Sorted, tmp_path: Path) -> None:
    """The line names what exists instead."""
    assert "cluster-1" in samples.user.refused("preview", "cluster-99")
    assert "no album" in samples.user.refused("list", "--album", tmp_path)


@pytest.mark.slow
def test_a_damaged_catalog_has_a_remedy_that_works(few: Path, user: User) -> None:
    """Garbage in the catalog: one line that names `photosort cache clear`, which cures it."""
    assert user.run("organize", few, "-k", "2").returncode == 0
    catalog = Path(user.json("cache", "info")["path"])
    catalog.write_bytes(b"garbage" * 1000)
    assert "photosort cache clear" in user.refused("organize", few, "-k", "2")
    assert user.run("cache", "clear").returncode == 0
    assert user.run("organize", few, "-k", "2").returncode == 0


def test_an_unreadable_folder_is_skipped_with_its_reason(few: Path, user: User) -> None:
    """EACCES on one folder costs that folder's photos, and the summary says so."""
    locked = few / "locked"
    paint(locked / "x.jpg", 3)
    locked.chmod(0)
    try:
        if os.access(locked, os.R_OK):
            pytest.skip("this user may read everything (root)")
        album = user.json("organize", few, "-k", "2")
        assert [Path(s["path"]).name for s in album["skipped"]] == ["locked"]
    finally:
        locked.chmod(0o755)


# ------------------------------------------------------------------------------- start-up


HEAVY = {"tensorflow", "keras", "sklearn", "scipy", "matplotlib"}


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (["--help"], HEAVY | {"rich", "pydantic", "numpy", "sqlite3", "PIL"}),
        (["--version"], HEAVY | {"rich", "pydantic", "numpy", "sqlite3", "PIL"}),
        (["list"], HEAVY | {"PIL", "sqlite3"}),
        (["preview", "1"], HEAVY),
        (["undo", "--dry-run"], HEAVY),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_use(
    samples: Sorted, args: list[str], absent: set[str]
) -> None:
    """--help and --version load no library but Typer; list, preview, undo nothing heavy."""
    assert loaded(samples.user, *args) & absent == set()


def test_a_single_group_needs_no_tensorflow(user: User, tmp_path: Path) -> None:
    """One photo makes one cluster: no autoencoder is built, and TensorFlow's 4 s are saved."""
    one = paint(tmp_path / "one" / "a.jpg", 9).parent
    assert loaded(user, "organize", one, "--model", "lite0") & {"tensorflow", "keras"} == set()


@pytest.mark.slow
def test_grouping_loads_nothing_that_keras_alone_would(user: User, tmp_path: Path) -> None:
    """Keras and scikit-learn import pandas, h5py and matplotlib where they are installed."""
    photos = [paint(tmp_path / "some" / f"{name}.jpg", name) for name in range(8)]
    found = loaded(user, "organize", photos[0].parent, "--model", "lite0", "--clusters", "2")
    assert "keras" in found
    assert found & {"pandas", "h5py", "matplotlib"} == set()


def loaded(user: User, *args: str | Path) -> set[str]:
    """List the modules that a command has loaded when it ends well."""
    program = (
        "import sys\n"
        "from photosort.cli import app\n"
        "try:\n"
        f"    app({[*map(str, args)]!r}, prog_name='photosort')\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=user.env,
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_the_shell_learns_to_complete(user: User) -> None:
    """--show-completion prints a script for the shell."""
    done = user.run("--show-completion", "bash")
    assert done.returncode == 0, done.stderr
    assert "_PHOTOSORT_COMPLETE" in done.stdout
