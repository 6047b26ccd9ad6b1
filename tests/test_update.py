"""What happens to an album after the first run: titles, rename, add, --update, --misc."""

import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPO, snapshot
from tests.test_cli import SAMPLES, User, paint
from tests.test_samples import kinds_of_samples

KINDS = kinds_of_samples()
TITLES = {
    "animals": {"animals", "dog", "cat"},
    "buildings": {"building", "castle", "city", "church"},
    "documents": {"documents & receipts"},
    "fish": {"fish", "sea creatures", "diving"},
    "flowers": {"flowers", "insects"},
    "landscapes": {"landscape", "mountains", "countryside", "coast"},
}


def late() -> list[str]:
    """Name two photos of each kind, which come after the first run."""
    return [
        name
        for kind in TITLES
        for name in sorted(name for name, its_kind in KINDS.items() if its_kind == kind)[::6][:2]
    ]


@dataclass(frozen=True)
class Shelf:
    """A user with photos, more of them in another folder, and an album of the first."""

    user: User
    photos: Path
    more: Path
    out: Path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Organize all sample photos but the late ones, once."""
    home = tmp_path_factory.mktemp("upkeep")
    shutil.copytree(SAMPLES, home / "Pictures")
    (home / "More").mkdir()
    for name in late():
        (home / "Pictures" / name).rename(home / "More" / name)
    user = User(home)
    done = user.run("organize", home / "Pictures", "-k", "6")
    assert done.returncode == 0, done.stderr
    return Shelf(user, home / "Pictures", home / "More", home / "Pictures-photosort")


@pytest.fixture
def shelf(first: Shelf, tmp_path: Path) -> Shelf:
    """Lend the album to one test: a copy, with what photosort has learned, as if made there."""
    home = tmp_path / "home"
    shutil.copytree(first.user.home, home, symlinks=True)
    manifest = home / "Pictures-photosort" / "album.json"
    manifest.write_text(manifest.read_text().replace(str(first.user.home), str(home)))
    user = User(home)
    assert user.run("list", "--album", home / "Pictures-photosort").returncode == 0
    return Shelf(user, home / "Pictures", home / "More", home / "Pictures-photosort")


def listed(shelf: Shelf) -> list[dict]:
    return shelf.user.json("list", "--album", shelf.out)["folders"]


def kind_of(cluster: dict) -> str:
    kinds = Counter(KINDS[Path(photo["path"]).name] for photo in cluster["photos"])
    return kinds.most_common(1)[0][0]


def numbers(clusters: list[dict]) -> dict[str, int]:
    """Say which number holds each photo."""
    return {Path(p["path"]).name: c["number"] for c in clusters for p in c["photos"]}


def test_most_clusters_have_a_title_that_fits(shelf: Shelf) -> None:
    """Five of six titles say what is in the cluster, no two are alike, the folders have them."""
    clusters = listed(shelf)
    fit = [cluster["title"] in TITLES[kind_of(cluster)] for cluster in clusters]
    assert sum(fit) >= 5
    titles = [cluster["title"] for cluster in clusters if cluster["title"]]
    assert len(set(titles)) == len(titles)
    for cluster in clusters:
        assert (shelf.out / cluster["name"]).is_dir()
        assert (cluster["name"] == f"cluster-{cluster['number']}") == (cluster["title"] is None)


@pytest.mark.slow
def test_a_name_and_numbers_outlast_new_photos(shelf: Shelf) -> None:
    """With more photos, organize keeps numbers, titles and the user's name; --auto lets it go."""
    before = listed(shelf)
    said = shelf.user.run("rename", "cluster-2", "Goa  2018", "--album", shelf.out)
    assert said.stdout == "cluster-2 is cluster-2-goa-2018 now\n"
    for photo in shelf.more.iterdir():
        shutil.copy2(photo, shelf.photos)
    assert shelf.user.run("organize", shelf.photos, "-k", "6").returncode == 0
    after = listed(shelf)
    new = numbers(after)
    stayed = [new[name] == number for name, number in numbers(before).items()]
    assert sum(stayed) >= 0.9 * len(stayed)
    titles = {cluster["number"]: cluster["title"] for cluster in before} | {2: "Goa 2018"}
    kept = {cluster["number"]: cluster["title"] for cluster in after}
    assert kept.keys() == titles.keys()
    assert all(kept[number] == title for number, title in titles.items() if title)
    assert [cluster["number"] for cluster in after if cluster["named"]] == [2]
    assert shelf.user.run("rename", "2", "--auto", "--album", shelf.out).returncode == 0
    own = listed(shelf)[1]
    assert (own["title"], own["named"]) == (before[1]["title"], False)
    assert (shelf.out / own["name"]).is_dir()
    assert not (shelf.out / "cluster-2-goa-2018").exists()


@pytest.mark.parametrize(
    ("args", "fact"),
    [
        (("2", "a/b"), "slashes"), (("2", "  "), "empty title"), (("2", "x" * 255), "255 bytes"),
        (("2", "a\nb"), "control characters"), (("9", "Goa"), "no such folder"),
    ],
)  # fmt: skip
def test_bad_names_are_refused(first: Shelf, args: tuple[str, str], fact: str) -> None:
    """One line, exit code 1, and the album as it was."""
    before = snapshot(first.out)
    assert fact in first.user.refused("rename", *args, "--album", first.out)
    assert snapshot(first.out) == before


def test_rename_wants_a_title_or_auto(first: Shelf) -> None:
    """Neither or both is wrong usage."""
    for args in (("2",), ("2", "Goa", "--auto")):
        assert first.user.run("rename", *args, "--album", first.out).returncode == 2


@pytest.mark.slow
def test_added_photos_join_their_kind_and_touch_nothing(shelf: Shelf) -> None:
    """Files and folders are filed without TensorFlow; no photo, old or new, is changed."""
    before = snapshot(shelf.photos), snapshot(shelf.more)
    old = numbers(listed(shelf))
    one = min(shelf.more.iterdir())
    assert len(shelf.user.json("add", one, "--album", shelf.out)["filed"]) == 1
    program = (
        "import sys\n"
        "from photosort.cli import app\n"
        "try:\n"
        f"    app({['add', str(shelf.more), '--album', str(shelf.out)]!r})\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "heavy = {'tensorflow', 'keras', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=shelf.user.env, cwd=REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Filed {len(late()) - 1} new" in done.stdout
    clusters = listed(shelf)
    now = numbers(clusters)
    assert old.items() <= now.items()
    kinds = {cluster["number"]: kind_of(cluster) for cluster in clusters}
    assert sum(kinds[now[name]] == KINDS[name] for name in late()) >= 10
    for cluster in clusters:
        for photo in cluster["photos"]:
            assert (shelf.out / photo["place"]).resolve() == Path(photo["path"]).resolve()
    again = shelf.user.json("add", shelf.more, "--album", shelf.out)
    assert (again["filed"], again["due"]) == ([], None)
    assert (snapshot(shelf.photos), snapshot(shelf.more)) == before


def test_update_files_what_is_new_and_says_when_to_train(shelf: Shelf) -> None:
    """--update keeps every photo where it was; a fifth of new photos makes training due."""
    old = numbers(listed(shelf))
    for photo in shelf.more.iterdir():
        photo.rename(shelf.photos / photo.name)
    plan = shelf.user.json("organize", shelf.photos, "--update", "--dry-run")
    assert len(plan["filed"]) == len(late())
    assert numbers(listed(shelf)) == old
    done = shelf.user.json("organize", shelf.photos, "--update")
    assert old.items() <= numbers(done["folders"]).items()
    assert len(done["filed"]) == len(late())
    assert done["due"] is None
    for name in list(old)[:10]:  # under other names: known by content, but new files
        shutil.copy2(shelf.photos / name, shelf.photos / f"copy of {name}")
    due = shelf.user.json("organize", shelf.photos, "--update")
    twins = numbers(due["folders"])
    assert all(twins[f"copy of {name}"] == old[name] for name in list(old)[:10])
    assert "22 of 85 photos came after the clusters were made" in due["due"]


def test_moved_photos_stay_in_their_clusters(shelf: Shelf) -> None:
    """Photos under other paths are neither new nor lost; a deleted one leaves the album."""
    old = numbers(listed(shelf))
    (shelf.photos / "sub").mkdir()
    moved, (deleted, *_) = list(old)[:5], list(old)[5:]
    for name in moved:
        (shelf.photos / name).rename(shelf.photos / "sub" / f"new {name}")
    (shelf.photos / deleted).unlink()
    done = shelf.user.json("organize", shelf.photos, "--update")
    assert (done["filed"], done["due"]) == ([], None)
    assert [Path(entry["path"]).name for entry in done["skipped"]] == [deleted]
    now = numbers(done["folders"])
    assert len(now) == len(old) - 1
    assert all(now[f"new {name}"] == old[name] for name in moved)


def test_update_and_add_refuse_what_cannot_be(first: Shelf, tmp_path: Path) -> None:
    """No album to update, a path that is not there, one in the album, no photos, --clusters."""
    user = first.user
    assert "no album here" in user.refused("organize", first.more, "--update")
    assert "no such file" in user.refused("add", tmp_path / "x.jpg", "--album", first.out)
    inside = next((first.out / "album.json").parent.glob("cluster-1*/*"))
    assert "in the album itself" in user.refused("add", inside, "--album", first.out)
    assert "no photo" in user.refused("add", REPO / "README.md", "--album", first.out)
    assert user.run("organize", first.photos, "--update", "-k", "3").returncode == 2


@pytest.mark.slow
def test_misc_takes_what_belongs_nowhere(shelf: Shelf) -> None:
    """--misc sets unsure photos aside into misc, outside the numbering; preview shows it."""
    for hue in range(3):
        paint(shelf.photos / f"odd{hue}.jpg", hue=hue * 90)
    album = shelf.user.json("organize", shelf.photos, "-k", "6", "--misc")
    *clusters, misc = album["folders"]
    assert (misc["number"], misc["name"], misc["title"]) == (0, "misc", None)
    assert all(cluster["number"] > 0 for cluster in clusters)
    assert max(photo["confidence"] for photo in misc["photos"]) < 0.5
    sure = [photo["confidence"] for cluster in clusters for photo in cluster["photos"]]
    assert min(sure) >= 0.5
    shown = shelf.user.json("preview", "misc", "--album", shelf.out)
    surest_first = sorted(misc["photos"], key=lambda photo: -photo["confidence"])
    assert [p["path"] for p in shown["photos"]] == [p["path"] for p in surest_first]
    assert "misc" in shelf.user.run("list").stdout
    assert "is no cluster" in shelf.user.refused("rename", "misc", "Rest")
    paint(shelf.more / "odd.jpg", hue=45)
    added = shelf.user.json("add", shelf.more)
    assert len(added["filed"]) == len(late()) + 1
    for cluster in added["folders"]:
        for photo in cluster["photos"]:
            assert (photo["confidence"] < 0.5) == (cluster["number"] == 0), photo


@pytest.mark.parametrize(
    "options",
    [
        ("--link", "copy"),
        ("--model", "lite0"),
        ("--seed", "5"),
        ("--misc",),
        ("--link", "copy", "--misc"),
    ],
)
def test_update_refuses_options_the_album_was_not_made_with(
    first: Shelf, options: tuple[str, ...]
) -> None:
    """Each by name, before any work; the album's own values are no contradiction."""
    before = snapshot(first.out)
    line = first.user.refused("organize", first.photos, "--update", *options)
    assert all(option in line for option in options if option.startswith("--"))
    assert snapshot(first.out) == before
    same = ("--link", "symlink", "--seed", "0", "--dry-run")
    assert first.user.run("organize", first.photos, "--update", *same).returncode == 0
