"""add and --update on albums cut by time, place and event, and on nested ones."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from photosort.album.write import recover
from photosort.commands.request import Request
from photosort.commands.update import update
from photosort.report import Quiet
from tests.albums import failing_at
from tests.albums import tree as entries
from tests.conftest import REPO, snapshot
from tests.processes import opened
from tests.test_by import LISBON, PANAJI, photo, source  # noqa: F401 (a fixture)
from tests.test_cli import User, user  # noqa: F401 (a fixture)

PORTO = (41.1496, -8.6110)


@pytest.fixture
def out(user: User) -> Path:  # noqa: F811
    return user.home / "album"


def organized(user: User, *arguments: str | Path) -> None:  # noqa: F811
    done = user.run("organize", *arguments)
    assert done.returncode == 0, done.stderr


def where(out: Path) -> dict[str, str]:
    """Say in which folder each photo lies."""
    places = [Path(place) for place in entries(out) if place != "album.json"]
    assert all((out / place).is_file() for place in places)
    return {place.name: place.parent.as_posix() for place in places}


def filed(user: User, how: str, source: Path, out: Path) -> dict:  # noqa: F811
    """File what is new by either command; the originals stay as they are."""
    before = snapshot(source)
    new = [path for path in source.iterdir() if path.name.startswith("new")]
    run = {"add": ("add", *new, "--album", out),
           "update": ("organize", source, "--update", "--out", out)}  # fmt: skip
    done = user.json(*run[how])
    assert snapshot(source) == before
    return done


either = pytest.mark.parametrize("how", ["add", "update"])


@either
def test_a_new_photo_joins_its_day_or_makes_one(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
    how: str,
) -> None:
    """A day the user renamed keeps its name and gets its photo; undo takes the filing back."""
    organized(user, source, "--out", out, "--by", "time")
    assert user.run("rename", "2018/2018-05-03", "Arrival", "--album", out).returncode == 0
    before = where(out)
    photo(source / "new same day.jpg", "2018:05:03 23:59:00")
    photo(source / "new day.jpg", "2018:06:01 08:00:00")
    photo(source / "new year.jpg", "2020:02:29 08:00:00")
    done = filed(user, how, source, out)
    assert sorted(Path(path).name for path in done["filed"]) == [
        "new day.jpg", "new same day.jpg", "new year.jpg"
    ]  # fmt: skip
    assert where(out) == before | {
        "new same day.jpg": "2018/Arrival",
        "new day.jpg": "2018/2018-06-01",
        "new year.jpg": "2020/2020-02-29",
    }
    held = json.loads((out / "album.json").read_text())
    dates = {p["name"]: p.get("date") for folder in held["folders"] for p in folder["photos"]}
    assert dates["new day.jpg"] == "2018-06-01T08:00:00"
    assert (done["due"], filed(user, how, source, out)["filed"]) == (None, [])
    assert user.run("undo", "--album", out).returncode == 0
    assert where(out) == before


@either
def test_a_new_photo_joins_its_place_or_makes_one(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
    how: str,
) -> None:
    """A country renamed keeps its name; with --infer a photo takes the place of an old one."""
    organized(user, source, "--out", out, "--by", "place", "--infer", "--language", "local")
    assert user.run("rename", "Portugal", "Sea", "--album", out).returncode == 0
    before = where(out)
    photo(source / "new there.jpg", "2018:07:03 10:00:00", LISBON)
    photo(source / "new town.jpg", "2018:07:03 10:00:00", PORTO)
    photo(source / "new borrowed.jpg", "2019:01:01 00:30:00")
    photo(source / "new nowhere.jpg", "2001:01:01 00:30:00")
    filed(user, how, source, out)
    after = where(out)
    assert before.items() <= after.items()
    assert after["new there.jpg"] == before["a.jpg"]
    assert after["new town.jpg"].startswith("Sea/")
    assert after["new town.jpg"] != before["a.jpg"]
    assert after["new borrowed.jpg"] == before["d.jpg"]
    assert after["new nowhere.jpg"] == "no-place"


@either
def test_an_event_goes_on(tmp_path: Path, out: Path, user: User, how: str) -> None:  # noqa: F811
    """A journey gets its last days, another one begins, quiet days go to their month."""
    photos = tmp_path / "photos"
    for month in (1, 2, 3, 4):
        for day in range(1, 29, 2):
            name = f"home-{month:02d}-{day:02d}.jpg"
            photo(photos / name, f"2018:{month:02d}:{day:02d} 09:00:00", LISBON)
    for day in range(3, 9):
        for hour in range(9, 18):
            photo(photos / f"goa-{day}-{hour}.jpg", f"2018:05:{day:02d} {hour}:00:00", PANAJI)
    organized(user, photos, "--out", out, "--by", "event")
    journey = where(out)["goa-3-9.jpg"]
    assert user.run("rename", journey, "Honeymoon", "--album", out).returncode == 0
    before = where(out)
    for hour in range(9, 18):
        photo(photos / f"new goa-{hour}.jpg", f"2018:05:09 {hour}:00:00", PANAJI)
        photo(photos / f"new porto-{hour}.jpg", f"2018:07:02 {hour}:00:00", PORTO)
    photo(photos / "new home.jpg", "2018:04:28 09:00:00", LISBON)
    filed(user, how, photos, out)
    after = where(out)
    assert before.items() <= after.items()
    assert {after[f"new goa-{hour}.jpg"] for hour in range(9, 18)} == {"Honeymoon"}
    (porto,) = {after[f"new porto-{hour}.jpg"] for hour in range(9, 18)}
    assert porto.startswith("2018-07-02")
    assert after["new home.jpg"] == before["home-04-27.jpg"]


@either
def test_a_new_photo_joins_the_cluster_inside_its_day(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
    how: str,
) -> None:
    """The cluster is that of the whole album, with the user's name, in years old and new."""
    options = ("--by", "time,content", "--every", "year", "-k", "1", "--model", "lite0")
    organized(user, source, "--out", out, *options)
    assert user.run("rename", "cluster-1", "Rex", "--album", out).returncode == 0
    before = where(out)
    shutil.copyfile(source / "b.jpg", source / "new twin.jpg")
    photo(source / "new.jpg", "2020:02:29 08:00:00")
    filed(user, how, source, out)
    assert where(out) == before | {
        "new twin.jpg": "2018/cluster-1-rex",
        "new.jpg": "2020/cluster-1-rex",
    }


def test_photos_that_moved_are_not_new(source: Path, out: Path, user: User) -> None:  # noqa: F811
    """A moved photo keeps its folder, a deleted one leaves, a second name of a file is no photo.

    They are known without their contents: by name and date, or as one file.
    """
    organized(user, source, "--out", out, "--by", "time")
    (source / "sub").mkdir()
    (source / "a.jpg").rename(source / "sub" / "a.jpg")
    (source / "b.jpg").unlink()
    (source / "again.jpg").symlink_to("d.jpg")
    (source / "more.jpg").hardlink_to(source / "d.jpg")
    outside = photo(out.parent / "other" / "a.jpg", "2018:05:03 10:00:00", LISBON)
    done = user.json("organize", source, "--update", "--out", out)
    assert done["filed"] == []
    assert sorted(Path(path).name for path in done["repeated"]) == ["again.jpg", "more.jpg"]
    assert [Path(entry["path"]).name for entry in done["skipped"]] == ["b.jpg"]
    assert where(out)["a.jpg"] == "2018/2018-05-03"
    assert "b.jpg" not in where(out)
    assert user.json("add", outside, "--album", out)["filed"] == [str(outside)]


def test_filing_by_headers_loads_no_network(source: Path, out: Path, user: User) -> None:  # noqa: F811
    """Neither TensorFlow nor the network that looks at photos is loaded."""
    organized(user, source, "--out", out, "--by", "event")
    new = photo(source / "new.jpg", "2018:05:03 12:00:00", LISBON)
    script = (
        "import sys; from photosort.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'ai_edge_litert'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "add", str(new), "--album", str(out), "-q"],
        capture_output=True, text=True, check=False, env=user.env, cwd=REPO,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
    assert "new.jpg" in where(out)


@pytest.mark.parametrize("options", [("--by", "event"), ("--by", "place", "--infer")])
def test_only_new_photos_are_opened(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
    options: tuple[str, ...],
) -> None:
    """What the photos around a new one say is in the catalog: their files are not opened."""
    organized(user, source, "--out", out, *options)
    new = photo(source / "new.jpg", "2018:05:03 12:00:00", LISBON)
    assert opened(user.env, "add", new, "--album", out, "-q") == ["new.jpg"]
    assert "new.jpg" in where(out)


def test_undo_names_the_command_that_changed_the_album(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
) -> None:
    """An update that files nothing is not what is taken back."""
    organized(user, source, "--out", out, "--by", "time")
    assert user.run("organize", source, "--out", out, "--update").returncode == 0
    assert "(organize)" in user.run("undo", "--album", out, "--dry-run").stdout
    photo(source / "new.jpg", "2018:05:03 12:00:00", LISBON)
    for _ in range(2):
        assert user.run("organize", source, "--out", out, "--update").returncode == 0
    assert "(update)" in user.run("undo", "--album", out).stdout
    assert "(organize)" in user.run("undo", "--album", out).stdout
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--by", "place"), "--by"),
        (("--every", "month"), "--every"),
        (("--level", "city"), "--level"),
        (("--seed", "1", "--infer"), "--seed and --infer"),
    ],
)
def test_update_refuses_what_the_album_was_not_made_with(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
    options: tuple[str, ...],
    named: str,
) -> None:
    """Each by name, and the album stays; its own options are no contradiction."""
    organized(user, source, "--out", out, "--by", "time")
    before = snapshot(out)
    line = user.refused("organize", source, "--out", out, "--update", *options)
    assert f"was not made with {named}, and" in line
    assert snapshot(out) == before
    own = ("--by", "time", "--every", "day", "--dry-run")
    assert user.run("organize", source, "--out", out, "--update", *own).returncode == 0


def test_an_album_that_new_photos_change_is_said(
    tmp_path: Path,
    out: Path,
    user: User,  # noqa: F811
) -> None:
    """Days that were quiet stay in their month when a journey shows in them; a note says so."""
    photos = tmp_path / "photos"
    for month in (1, 2, 3, 4, 5):
        for day in range(1, 29, 2):
            name = f"home-{month:02d}-{day:02d}.jpg"
            photo(photos / name, f"2018:{month:02d}:{day:02d} 09:00:00", LISBON)
    photo(photos / "first.jpg", "2018:06:02 09:00:00")
    organized(user, photos, "--out", out, "--by", "event")
    before = where(out)
    for day in range(1, 8):
        for hour in range(9, 18):
            photo(photos / f"new-{day}-{hour}.jpg", f"2018:06:{day:02d} {hour}:10:00", PANAJI)
    done = filed(user, "update", photos, out)
    assert before.items() <= where(out).items()
    assert done["due"].startswith("1 photo of the album would lie elsewhere")
    organized(user, "--again")
    after = where(out)
    assert after["first.jpg"] == after["new-1-9.jpg"]


class Killed(BaseException):
    """The process dies here."""


def die() -> None:
    raise Killed


@pytest.mark.slow
def test_a_filing_cut_short_anywhere_leaves_the_old_album_or_the_new(
    source: Path,  # noqa: F811
    out: Path,
    user: User,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Died before every second change to the disk; what is new is filed by the next command."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, user.env[name])
    organized(user, source, "--out", out, "--by", "time,place", "--every", "year")
    photo(source / "new.jpg", "2018:05:03 12:00:00", PORTO)
    request = Request((source,), out)
    update(request, Quiet())
    new = where(out)
    assert user.run("undo", "--album", out).returncode == 0
    old, before = where(out), snapshot(source)
    ends = set()
    for step in range(1, 400, 2):
        try:
            with failing_at(step, die):
                update(request, Quiet())
        except Killed:
            recover(out)
        else:
            break
        ends.add("new" if where(out) == new else "old")
        assert where(out) in (old, new)
        assert snapshot(source) == before
        update(request, Quiet())
        assert where(out) == new
        assert user.run("undo", "--album", out).returncode == 0
        assert where(out) == old, step
    assert ends == {"old", "new"}
