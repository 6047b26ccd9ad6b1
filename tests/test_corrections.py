"""Corrections: move, merge, split and new change an album at once, and later runs keep them."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.album.album_json import read_manifest
from photosort.album.corrections import Correction
from photosort.album.manifest import Manifest
from photosort.album.plan import Folder, Heading, Linking, Placed, cluster
from photosort.cli.albums import complete_folder
from photosort.grouping.corrections import follow
from photosort.grouping.graph import l2_normalise, smooth_features
from photosort.photos.records import content_hash
from photosort.titles.numbering import name_groups
from tests.albums import make_sources, write
from tests.conftest import snapshot
from tests.test_cli import SAMPLES, User, few, paint, user  # noqa: F401 (fixtures)
from tests.test_samples import kinds_of_samples

every_link = pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
GOA, LISBON = Heading("event-1", "2018 Goa"), Heading("event-2", "2019 Lisbon")


def prepare(base: Path, link: Linking = "symlink") -> tuple[Path, list[Path]]:
    """Write an album of three clusters: sea (a, b, c), wood (d, e), and one without a title (f)."""
    photos = make_sources(base / "photos")
    out = base / "out"
    write(out, [("sea", photos[:3]), ("wood", photos[3:5]), (None, photos[5:])], link)
    return out, photos


def shown(out: Path) -> dict[str, str]:
    """List the names of the entries of each folder, one text each."""
    folders = (path for path in sorted(out.rglob("*")) if path.is_dir() and not path.is_symlink())
    return {
        str(folder.relative_to(out)): " ".join(names)
        for folder in folders
        if ".photosort" not in folder.parts
        and (names := sorted(p.stem for p in folder.iterdir() if not p.is_dir()))
    }


BEFORE = {"cluster-1-sea": "a b c", "cluster-2-wood": "d e", "cluster-3": "f"}


@every_link
def test_photos_move_at_once_and_undo_takes_it_back(
    tmp_path: Path,
    user: User,  # noqa: F811
    link: Linking,
) -> None:
    """Named by the original and by the entry; entries lead to their photos, which stay as they are.

    Modes and times of the originals too, but for the count of names that a hard link adds.
    """
    out, photos = prepare(tmp_path, link)
    before = snapshot(tmp_path / "photos")
    entry = out / "cluster-1-sea" / "b.jpg"
    done = user.json("move", photos[0], entry, "2", "--album", out)
    assert done["moved"] == [
        {"path": str(photo), "from": "cluster-1-sea", "to": "cluster-2-wood"}
        for photo in photos[:2]
    ]
    assert shown(out) == {"cluster-1-sea": "c", "cluster-2-wood": "a b d e", "cluster-3": "f"}
    for photo in read_manifest(out).photos:
        assert (out / photo.place).read_bytes() == photo.path.read_bytes()
    assert snapshot(tmp_path / "photos") == before
    assert user.run("undo", "--album", out).returncode == 0
    assert shown(out) == BEFORE
    assert user.json("corrections", "list", "--album", out)["corrections"] == []
    assert snapshot(tmp_path / "photos") == before


def test_undo_takes_back_one_step_after_the_other(tmp_path: Path, user: User) -> None:  # noqa: F811
    """Corrections, the last one first, then the album before them, then that one itself."""
    out, photos = prepare(tmp_path)
    write(out, [("sea", photos)])
    for words in (["new", "x", photos[0]], ["move", photos[1], "2"], ["merge", "2", "1"]):
        assert user.run(*words, "--album", out).returncode == 0
    assert shown(out) == {"cluster-2-x": "a b c d e f"}
    for step, left in {
        "(merge)": {"cluster-1-sea": "c d e f", "cluster-2-x": "a b"},
        "(move)": {"cluster-1-sea": "b c d e f", "cluster-2-x": "a"},
        "(new)": {"cluster-1-sea": "a b c d e f"},
        "": BEFORE,  # written without a command
    }.items():
        assert (
            f"Would take back {step}".rstrip()
            in user.run("undo", "--dry-run", "--album", out).stdout
        )
        assert f"Taken back {step}".rstrip() in user.run("undo", "--album", out).stdout
        assert shown(out) == left
    assert user.run("undo", "--album", out).returncode == 0
    assert not out.exists()


def test_clusters_merge_into_the_first(tmp_path: Path, user: User) -> None:  # noqa: F811
    """It keeps number and title, or takes the one that is given, also that of one it takes in."""
    out, _ = prepare(tmp_path)
    assert user.run("merge", "cluster-3", "2", "--album", out).returncode == 0
    assert shown(out) == {"cluster-1-sea": "a b c", "cluster-3": "d e f"}
    assert user.run("merge", "1", "3", "--title", "Wood", "--album", out).returncode == 0
    assert shown(out) == {"cluster-1-wood": "a b c d e f"}
    assert [folder.leaf.given for folder in read_manifest(out).folders] == ["Wood"]
    assert user.run("undo", "--album", out).returncode == 0
    assert shown(out) == {"cluster-1-sea": "a b c", "cluster-3": "d e f"}


def test_a_new_cluster_has_the_lowest_free_number(tmp_path: Path, user: User) -> None:  # noqa: F811
    """And the user's title; a cluster of which all photos go away is no more."""
    out, photos = prepare(tmp_path)
    assert user.run("new", "Goa 2018", photos[0], photos[5], "--album", out).returncode == 0
    assert shown(out) == {
        "cluster-1-sea": "b c",
        "cluster-2-wood": "d e",
        "cluster-4-goa-2018": "a f",
    }
    assert user.run("undo", "--album", out).returncode == 0
    assert shown(out) == BEFORE


def test_the_names_of_a_folder_stay_apart(tmp_path: Path, user: User) -> None:  # noqa: F811
    """Two photos of one name, and a file of the user's there: nothing is overwritten."""
    photos = make_sources(tmp_path / "photos")
    others = make_sources(tmp_path / "photos" / "more", "zyx")
    twin = tmp_path / "photos" / "more" / "a.jpg"
    others[0].rename(twin)
    out = tmp_path / "out"
    write(out, [("sea", photos), ("wood", [twin, *others[1:]])])
    (out / "cluster-2-wood" / "b.jpg").write_text("the user's")
    assert user.run("move", photos[0], photos[1], "2", "--album", out).returncode == 0
    assert shown(out)["cluster-2-wood"] == "a a (2) b b (2) x y"
    assert (out / "cluster-2-wood" / "b.jpg").read_text() == "the user's"
    assert (out / "cluster-2-wood" / "a (2).jpg").read_bytes() == photos[0].read_bytes()


def test_an_entry_that_the_user_changed_stays(tmp_path: Path, user: User) -> None:  # noqa: F811
    """The photo moves; what stands at its old place now is the user's, and is named."""
    out, photos = prepare(tmp_path)
    mine = out / "cluster-1-sea" / "a.jpg"
    mine.unlink()
    mine.write_text("mine")
    done = user.json("move", photos[0], "3", "--album", out)
    assert [kept["place"] for kept in done["kept"]] == ["cluster-1-sea/a.jpg"]
    assert mine.read_text() == "mine"
    assert (out / "cluster-3" / "a.jpg").resolve() == photos[0]


def test_all_copies_of_a_photo_move(tmp_path: Path, user: User) -> None:  # noqa: F811
    """A photo is its content: the copy in another folder goes along."""
    photos = make_sources(tmp_path / "photos")
    copy = Path(shutil.copy2(photos[0], tmp_path / "photos" / "z.jpg"))
    out = tmp_path / "out"
    write(out, [("sea", [*photos, copy]), ("wood", make_sources(tmp_path / "more", "gh"))], "copy")
    done = user.json("move", copy, "2", "--album", out)
    assert sorted(one["path"] for one in done["moved"]) == sorted(map(str, [photos[0], copy]))


def test_in_a_nested_album_a_photo_stays_in_its_event(tmp_path: Path, user: User) -> None:  # noqa: F811
    """It goes to the cluster in the same event, whose folder is made, under the cluster's title."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    sea, wood = cluster(1, "sea"), cluster(2, "wood")
    write(out, [((GOA, sea), photos[:2]), ((GOA, wood), photos[2:3]), ((LISBON, sea), photos[3:])])
    assert user.run("move", photos[0], photos[3], "2", "--album", out).returncode == 0
    assert shown(out) == {
        "2018 Goa/cluster-1-sea": "b", "2018 Goa/cluster-2-wood": "a c",
        "2019 Lisbon/cluster-1-sea": "e f", "2019 Lisbon/cluster-2-wood": "d",
    }  # fmt: skip
    assert user.run("merge", "2", "1", "--album", out).returncode == 0
    assert shown(out) == {"2018 Goa/cluster-2-wood": "a b c", "2019 Lisbon/cluster-2-wood": "d e f"}
    line = user.refused("move", photos[0], "2018 Goa", "--album", out)
    assert line == "2018 Goa: is no cluster; name one, or make one with photosort new"


def test_under_kinds_a_photo_goes_to_the_kind_of_its_cluster(
    tmp_path: Path,
    user: User,  # noqa: F811
) -> None:
    """With two levels of content both change: animals/cluster-1-dog, cluster-2."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    animals = Heading("kind:animals", "animals")
    write(out, [((animals, cluster(1, "dog")), photos[:3]), ((cluster(2),), photos[3:])])
    assert user.run("move", photos[0], "2", "--album", out).returncode == 0
    assert user.run("move", photos[5], "1", "--album", out).returncode == 0
    assert shown(out) == {"animals/cluster-1-dog": "b c f", "cluster-2": "a d e"}


REFUSED = {
    ("move", "a", "9"): "9: no such folder; the album has cluster-1-sea, cluster-2-wood, cluster-3",
    ("move", "a", "cluster-2-wod"): "cluster-2-wod: no such folder; did you mean cluster-2-wood",
    ("move", "a", "b", "1"): "2 photos: are in cluster-1-sea already",
    ("move", "nothing", "1"): "nothing.jpg: no such photo; name one of the album",
    ("move", "other", "1"): "is not in the album",
    ("move", "mine", "1"): "is in the album's folder and no entry of the album",
    ("merge", "1", "cluster-1"): "cluster-1: is named twice; name clusters to merge",
    ("merge", "1", "2", "--title", "a/b"): '"a/b": a title has no slashes; use a hyphen or a comma',
    ("split", "3"): "3: has 1 photo, which cannot be split into 2",
    ("new", "SEA", "f"): '"SEA": cluster-1-sea has this title; use another one',
    ("new", " ", "f"): "an empty title",
    ("corrections", "forget", "a"): "has no correction; see photosort corrections list",
}  # fmt: skip


@pytest.mark.parametrize("asked", REFUSED, ids=" ".join)
def test_what_cannot_be_is_one_line_and_changes_nothing(
    tmp_path: Path,
    user: User,  # noqa: F811
    asked: tuple[str, ...],
) -> None:
    """Unknown clusters and photos, photos that are there, titles that are taken, too few photos."""
    out, photos = prepare(tmp_path)
    mine = out / "cluster-2-wood" / "mine.jpg"
    mine.write_text("mine")
    paths = {p.stem: p for p in (*photos, *make_sources(tmp_path / "else", ["other"]), mine)}
    paths["nothing"] = tmp_path / "nothing.jpg"
    before = snapshot(tmp_path)
    words = [paths.get(word, word) for word in asked]
    assert REFUSED[asked] in user.refused(*words, "--album", out)
    after = snapshot(tmp_path)
    lock = os.fsencode("out/.photosort/lock").hex()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert not {
        name for name in changed if name != lock and before.get(name, ("",))[-1] != "directory"
    }
    assert shown(out) == BEFORE | {"cluster-2-wood": "d e mine"}


def test_an_album_by_time_and_no_album(tmp_path: Path, user: User) -> None:  # noqa: F811
    """The date decides where a photo is: one line. The same for a folder that is no album."""
    photos = make_sources(tmp_path / "photos")
    out = tmp_path / "out"
    write(
        out,
        [
            ((Heading("time:2018", "2018"),), photos[:3]),
            ((Heading("time:2019", "2019"),), photos[3:]),
        ],
    )
    for words in (["move", photos[0], "2019"], ["merge", "2018", "2019"], ["new", "x", photos[0]],
                  ["split", "2018"]):  # fmt: skip
        line = user.refused(*words, "--album", out)
        assert "has no clusters; it is cut by" in line
        assert "no album here" in user.refused(*words, "--album", tmp_path / "photos")
    assert user.run("merge", "1", "--album", out).returncode == 2
    assert user.run("corrections", "forget", "--album", out).returncode == 2


def test_a_photo_that_is_gone_stays_in_the_album(tmp_path: Path, user: User) -> None:  # noqa: F811
    """It could not be brought back: nothing moves, the line says what helps, others can move."""
    out, photos = prepare(tmp_path)
    photos[0].rename(tmp_path / "a.jpg")
    for words in (["move", photos[0], "2"], ["merge", "2", "1"]):
        assert "the original is not there; photosort relink" in user.refused(*words, "--album", out)
    assert shown(out) == BEFORE
    assert user.run("move", photos[1], "2", "--album", out).returncode == 0


def test_a_dry_run_says_what_would_be_and_changes_nothing(tmp_path: Path, user: User) -> None:  # noqa: F811
    """Every step takes --dry-run, --json and --quiet."""
    out, photos = prepare(tmp_path)
    before = snapshot(tmp_path)
    real = user.run("move", photos[0], "2", "--album", out, "--dry-run")
    assert real.stdout == "Would move 1 photo from cluster-1-sea to cluster-2-wood: a.jpg\n"
    done = user.json("merge", "1", "2", "--title", "both", "--album", out, "--dry-run")
    assert done["dry_run"]
    assert [one["from"] for one in done["moved"]] == ["cluster-2-wood"] * 2
    assert (
        user.json("new", "x", photos[0], "--album", out, "--dry-run")["moved"][0]["to"]
        == "cluster-4-x"
    )
    assert snapshot(tmp_path) == before
    assert user.run("move", photos[0], "2", "--album", out, "--quiet").stdout == ""


def test_corrections_are_listed_and_forgotten(tmp_path: Path, user: User) -> None:  # noqa: F811
    """By photo, old and new cluster and time; forgetting leaves photos there and can be undone."""
    out, photos = prepare(tmp_path)
    assert user.run("corrections", "list", "--album", out).stdout == "No corrections.\n"
    user.run("move", photos[0], photos[3], "3", "--album", out)
    listed = user.json("corrections", "list", "--album", out)["corrections"]
    assert [(one["from"], one["to"], one["cluster"]) for one in listed] == [
        ("cluster-1-sea", "cluster-3", 3), ("cluster-2-wood", "cluster-3", 3),
    ]  # fmt: skip
    assert listed[0]["content_hash"] == content_hash(photos[0]).hex()
    table = user.run("corrections", "list", "--album", out).stdout.splitlines()
    assert [line.split()[:3] for line in table[1:]] == [
        [str(photos[0]), "cluster-1-sea", "cluster-3"],
        [str(photos[3]), "cluster-2-wood", "cluster-3"],
    ]  # fmt: skip
    done = user.json("corrections", "forget", out / "cluster-3" / "a.jpg", "--album", out)
    assert done["forgotten"] == [str(photos[0])]
    assert shown(out)["cluster-3"] == "a d f"
    assert len(read_manifest(out).corrections) == 1
    user.run("undo", "--album", out)
    assert len(read_manifest(out).corrections) == 2
    assert (
        user.run("corrections", "forget", "--all", "--album", out).stdout
        == "Forgot 2 corrections\n"
    )
    assert read_manifest(out).corrections == ()


# ------------------------------------------------------------------------------ later runs


def test_later_runs_keep_what_was_corrected(few: Path, user: User) -> None:  # noqa: F811
    """Organize and add: wherever the file lies by then, and whatever it is called.

    With one cluster asked for there is that of the user beside it; nothing is trained.
    """
    out = few.with_name("album")
    make = ("organize", few, "-k", "1", "--out", out)
    assert user.run(*make).returncode == 0
    photos = sorted(few.rglob("*.jpg"))
    assert user.run("new", "Mine", photos[0], photos[1], "--album", out).returncode == 0
    before = snapshot(few)
    assert user.run(*make).returncode == 0
    assert {photos[0].stem, photos[1].stem} <= set(shown(out)["cluster-2-mine"].split())
    assert snapshot(few) == before
    moved = photos[0].rename(few / "renamed.jpg")
    assert user.run(*make).returncode == 0
    assert {photos[1].stem, "renamed"} <= set(shown(out)["cluster-2-mine"].split())
    away = few.with_name("away.jpg")
    moved.rename(away)
    assert user.run(*make).returncode == 0
    assert photos[1].stem in shown(out)["cluster-2-mine"].split()
    away.rename(few / "back.jpg")
    assert user.run("add", few / "back.jpg", "--album", out).returncode == 0
    assert {photos[1].stem, "back"} <= set(shown(out)["cluster-2-mine"].split())
    assert len(read_manifest(out).corrections) == 2


def test_a_cluster_is_split_and_stays_so(tmp_path: Path, user: User) -> None:  # noqa: F811
    """By what the photos show; the larger part keeps number and title, the other is titled anew."""
    source = tmp_path / "Pictures"
    source.mkdir()
    kinds = kinds_of_samples()
    flowers, receipts = (
        sorted(SAMPLES / file for file, kind in kinds.items() if kind == wanted)[:count]
        for wanted, count in (("flowers", 4), ("documents", 3))
    )
    for path in (*flowers, *receipts):
        shutil.copy2(path, source)
    before = snapshot(source)
    out = tmp_path / "out"
    assert user.run("organize", source, "-k", "1", "--out", out).returncode == 0
    (name,) = shown(out)
    assert user.run("split", "1", "--album", out).returncode == 0
    parts = shown(out)
    assert next(iter(parts)) == name
    assert parts[name] == " ".join(sorted(path.stem for path in flowers))
    assert list(parts.values())[1] == " ".join(sorted(path.stem for path in receipts))
    assert "cannot be split into 5" in user.refused("split", "1", "--into", "5", "--album", out)
    assert user.run("organize", source, "-k", "1", "--out", out).returncode == 0
    assert {frozenset(text.split()) for text in shown(out).values()} == {
        frozenset(text.split()) for text in parts.values()
    }
    assert len(shown(out)) == 2
    assert snapshot(source) == before


def test_photos_like_those_that_were_corrected_go_along(tmp_path: Path, user: User) -> None:  # noqa: F811
    """Three landscapes are taken from a cluster: the next organize takes the others too.

    It says how many, leaves the rest where it is, and forgets with the corrections.
    """
    source = tmp_path / "Pictures"
    source.mkdir()
    kinds = kinds_of_samples()
    for file, kind in kinds.items():
        if kind in {"flowers", "landscapes"}:
            shutil.copy2(SAMPLES / file, source)
    landscapes = sorted(path for path in source.iterdir() if kinds[path.name] == "landscapes")
    out = tmp_path / "out"
    assert user.run("organize", source, "-k", "1", "--out", out).returncode == 0
    assert user.run("new", "Outside", *landscapes[::4], "--album", out).returncode == 0
    done = user.run("organize", source, "-k", "1", "--out", out)
    others = len(landscapes) - len(landscapes[::4])
    assert f"{others} photos went along with those that you corrected" in done.stderr
    assert shown(out)["cluster-2-outside"] == " ".join(path.stem for path in landscapes)
    assert user.run("corrections", "forget", "--all", "--album", out).returncode == 0
    assert user.run("organize", source, "-k", "1", "--out", out).returncode == 0
    assert len(shown(out)) == 1


def test_photos_that_are_all_alike_are_not_split(few: Path, user: User) -> None:  # noqa: F811
    """Copies of one picture: one line."""
    source = few.with_name("same")
    for name in "ab":
        paint(source / f"{name}.jpg", 20)
    out = few.with_name("album")
    assert user.run("organize", source, "-k", "1", "--out", out).returncode == 0
    assert "too alike to be split into 2" in user.refused("split", "1", "--album", out)


def test_clusters_are_offered_to_the_shell(
    tmp_path: Path,
    user: User,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As for preview: the names of the last album's folders."""
    out = tmp_path / "album"
    paint(tmp_path / "p" / "a.jpg", 20)
    assert user.run("organize", tmp_path / "p", "-k", "1", "--out", out).returncode == 0
    for name, value in user.env.items():
        monkeypatch.setenv(name, value)
    assert complete_folder("cluster-1")[0].startswith("cluster-1")


@given(st.data())
def test_others_go_only_the_way_that_a_corrected_photo_went(data: st.DataObject) -> None:
    """A corrected photo is where it belongs; others stay, or go as one of those went."""
    n = data.draw(st.integers(3, 20))
    rows = l2_normalise(np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(n, 4)))
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    wanted = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)))
    found = follow(rows, smooth_features(rows), labels, wanted)
    ways = {(a, b) for a, b in zip(labels.tolist(), wanted.tolist(), strict=True) if b >= 0}
    for was, want, now in zip(labels.tolist(), wanted.tolist(), found.tolist(), strict=True):
        assert now == want if want >= 0 else now == was or (was, now) in ways


def test_a_part_of_a_cluster_follows_and_a_mere_pick_takes_none_along() -> None:
    """Three photos go to a new cluster: of one of two blobs, or of a single one.

    A third cluster, of which one photo goes there too, loses no other.
    """
    rng = np.random.default_rng(0)
    blobs = np.repeat(np.eye(3, 16), 40, axis=0) + rng.normal(scale=0.12, size=(120, 16))
    rows = l2_normalise(blobs)
    labels = np.repeat([0, 0, 1], 40)
    wanted = np.full(120, -1)
    wanted[[3, 17, 30, 100]] = 2
    found = follow(rows, smooth_features(rows), labels, wanted)
    assert (found[:40] == 2).all()
    assert (found[40:80] == 0).all()
    assert np.flatnonzero(found[80:] == 2).tolist() == [20]
    mere = np.full(120, -1)
    mere[[83, 97, 110]] = 2
    found = follow(rows, smooth_features(rows), labels, mere)
    assert np.flatnonzero(found == 2).tolist() == [83, 97, 110]


def manifest_of(numbers: list[int], corrections: list[int]) -> Manifest:
    """Describe an album: the cluster of each photo, and that which the user put it into, or 0."""
    folders = tuple(
        Folder(
            (cluster(number, given=f"c{number}"),),
            Path(f"cluster-{number}"),
            tuple(
                Placed(
                    Path(f"/p/{i}"), Path(f"cluster-{number}/{i}"), 1.0, content_hash=f"{i:032x}"
                )
                for i, own in enumerate(numbers)
                if own == number
            ),
        )
        for number in sorted(set(numbers))
    )
    said = tuple(
        Correction(f"{i:032x}", Path(f"/p/{i}"), number, "cluster-x", "2026-01-01")
        for i, number in enumerate(corrections)
        if number
    )
    return Manifest(
        "2026-01-01", Path("/out"), "symlink", True, (Path("/p"),), folders, corrections=said
    )


@given(st.data())
def test_a_corrected_photo_is_never_in_the_old_group(data: st.DataObject) -> None:
    """Whatever the next clustering says: it is in its cluster, each photo in one, no number twice.

    Nor does the cluster of a correction that holds no photo now give its number to another.
    """
    from photosort.album.plan import Member

    n = data.draw(st.integers(1, 12))
    before = data.draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    corrections = data.draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    there = [c or b for b, c in zip(before, corrections, strict=True)]  # as the move left it
    old = manifest_of(there, corrections)
    labels = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)))
    shown = [i for i in range(n) if data.draw(st.booleans())] or [0]
    members = [Member(Path(f"/q/{i}"), 0.5, f"{i:032x}") for i in shown]
    labels[shown[0]] = max(labels[shown[0]], 0)  # never are all set aside
    scores = np.full((len(shown), 1000), 0.001, np.float32)
    named = name_groups(members, labels[shown], scores, old)
    numbers = [group.leaf.number for group in named.groups]
    assert len(set(numbers)) == len(numbers)
    placed = {m.path.name: g.leaf.number for g in named.groups for m in g.members}
    assert len(placed) == len(members) == sum(len(group.members) for group in named.groups)
    for i in shown:
        if corrections[i]:
            assert placed[str(i)] == corrections[i]
    unseen = {c for i, c in enumerate(corrections) if c} - {there[i] for i in shown}
    assert not unseen & set(numbers)
