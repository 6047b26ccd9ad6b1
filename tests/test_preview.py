"""`preview` and `list` in a real pseudo-terminal: pictures that fit, and the text beside them."""

import json
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from PIL import Image

from photosort.album.plan import Placed, Taken
from photosort.report import contents
from tests import albums
from tests.conftest import snapshot
from tests.terminals import shown_in

# textual-image asks Pillow in a way that Pillow 14 will not know any more.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")

WIDTHS = [20, 40, 80, 200]


def photosort(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "photosort", *map(str, arguments)]


def piped(*arguments: str | Path) -> str:
    return subprocess.run(photosort(*arguments), check=True, capture_output=True, text=True).stdout


def lines(shown: str) -> list[str]:
    """Take the styles away and give the lines of the screen."""
    return (
        re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b_G[^\x1b]*\x1b\\", "", shown)
        .replace("\r\n", "\n")
        .splitlines()
    )


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Write an album of 30 photos in two clusters, one of a panorama."""
    source = tmp_path / "photos"
    source.mkdir()
    for n in range(29):
        Image.new("RGB", (90, 60), (8 * n, 90, 200)).save(source / f"IMG_{n:02}.jpg")
    Image.new("RGB", (12_000, 40), "green").save(source / "pano.jpg")
    photos = sorted(source.iterdir())
    out = tmp_path / "album"
    albums.write(out, [("dog", photos[:29]), ("wide", photos[29:])])
    return out


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_grid_fills_the_terminal_and_no_line_is_wider(album: Path, columns: int) -> None:
    """As many pictures as fit into width and height, then their names, then how many more."""
    before = snapshot(album.parent)
    code, shown = shown_in("talking", photosort("preview", "1", "--album", album), columns=columns)
    assert code == 0, shown
    screen = lines(shown)
    pictures = [line for line in screen if "▀" in line]
    across = max(1, (columns + 1) // 20)
    assert max(map(len, pictures)) == min(across * 20 - 1, columns)
    assert len([line for line in screen if line.startswith("  IMG_")]) == across
    assert screen[0].endswith("97% · 29 photos")
    assert f"{29 - across} more; --all names them" in screen
    assert snapshot(album.parent) == before


@pytest.mark.parametrize("columns", WIDTHS)
def test_without_a_name_each_folder_has_a_row(album: Path, columns: int) -> None:
    """A heading and one strip of small pictures a folder, a panorama among them."""
    code, shown = shown_in("talking", photosort("preview", "--album", album), columns=columns)
    assert code == 0, shown
    screen = lines(shown)
    headings = [line for line in screen if " · " in line]
    assert [line.split(" · ")[0] for line in headings] == ["cluster-1-dog", "cluster-2-wide"]
    assert max(len(line) for line in screen if "▀" in line) <= columns


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_list_has_pictures_and_bars_where_there_is_room(album: Path, columns: int) -> None:
    """No width breaks a line of the table that could do without its ornaments."""
    code, shown = shown_in("talking", photosort("list", "--album", album), columns=columns)
    assert code == 0, shown
    assert ("▀" in shown) == (columns >= 80)
    assert ("█" in shown) == (columns >= 80)
    if columns >= 80:
        assert max(map(len, lines(shown)[:-1])) <= columns
    assert "cluster-1-dog" in shown


def test_no_colour_no_terminal_and_no_answer_are_plain(album: Path) -> None:
    """NO_COLOR, a pipe, a terminal that never answers: names and no picture; no escape codes."""
    for words in (["preview", "1"], ["preview"], ["list"]):
        command = photosort(*words, "--album", album)
        _, uncoloured = shown_in("talking", ["env", "NO_COLOR=1", *command])
        assert "▀" not in uncoloured
        text = piped(*words, "--album", album)
        assert "▀" not in text
        assert "\x1b" not in text
        assert "█" not in text
    assert len(piped("preview", "1", "--album", album).splitlines()) == 30
    assert "▀" not in shown_in("mute", photosort("preview", "1", "--album", album))[1]


def test_what_is_shown_can_be_chosen(album: Path) -> None:
    """--limit, --all and --sort say how many photos and in which order."""

    def names(*options: str) -> list[str]:
        text = piped("preview", "1", "--album", album, *options)
        return [line.strip() for line in text.splitlines() if line.startswith("  ")]

    assert names("--limit", "3", "--sort", "name") == ["IMG_00.jpg", "IMG_01.jpg", "IMG_02.jpg"]
    assert len(names("--limit", "3", "--all")) == 29
    assert names("--limit", "0") == []
    _, shown = shown_in("talking", photosort("preview", "1", "--album", album, "--limit", "5"))
    assert len([line for line in lines(shown) if line.startswith("  IMG_")]) == 5
    refused = subprocess.run(
        photosort("preview", "1", "--sort", "size"), check=False, capture_output=True, text=True
    )
    assert refused.returncode == 2


def test_json_holds_the_photos_that_were_chosen_and_counts_all(album: Path) -> None:
    """--limit, --all and --sort choose among the photos of a folder, or of each."""

    def told(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(piped("preview", "--album", album, "--json", *options))
        return found

    one = told("1", "--limit", "2", "--sort", "name")
    assert [Path(photo["path"]).name for photo in one["photos"]] == ["IMG_00.jpg", "IMG_01.jpg"]
    assert one["count"] == 29
    assert one["share"] == pytest.approx(29 / 30)
    assert [len(folder["photos"]) for folder in told("--limit", "2")["folders"]] == [2, 1]
    assert [len(folder["photos"]) for folder in told("--limit", "2", "--all")["folders"]] == [29, 1]
    assert [len(folder["photos"]) for folder in told()["folders"]] == [29, 1]


def test_a_list_of_a_moved_album_says_where_it_is_and_where_it_was_made(album: Path) -> None:
    """Its links may lead nowhere until they are repaired."""
    assert "relink" not in piped("list", "--album", album)
    moved = album.rename(album.with_name("elsewhere"))
    told = piped("list", "--album", moved).splitlines()
    assert told[-2].startswith(f"30 photos in {moved}, ")
    assert told[-1] == f"Made at {album}, and moved since; photosort relink repairs its links"


def test_photos_that_are_gone_are_counted_and_the_rest_is_shown(album: Path) -> None:
    """Moved or deleted since: said for each and in all, with the remedy."""
    for n in (3, 4):
        (album.parent / "photos" / f"IMG_0{n}.jpg").unlink()
    text = piped("preview", "1", "--album", album)
    assert text.count("out of reach)") == 2
    assert "2 photos out of reach; photosort relink finds what moved" in text
    code, shown = shown_in("talking", photosort("preview", "--album", album))
    assert code == 0
    assert "▀" in shown


def test_an_album_of_one_photo(tmp_path: Path) -> None:
    """One picture, one name, and all of the album."""
    Image.new("RGB", (9, 6), "red").save(tmp_path / "a.jpg")
    albums.write(tmp_path / "album", [("dog", [tmp_path / "a.jpg"])])
    _, shown = shown_in("talking", photosort("preview", "1", "--album", tmp_path / "album"))
    assert lines(shown)[0] == "cluster-1-dog · dog · 100% · 1 photo"
    assert lines(shown)[-1] == "  a.jpg"


def placed(name: str, sure: float, date: str | None, *location: str) -> Placed:
    taken = Taken(date=date, location=location)
    return Placed(Path("/p") / name, PurePosixPath("c") / name, sure, taken=taken)


def test_photos_are_sorted_and_summed_up() -> None:
    """Typical, uncertain, by date with undated last, by name in any case; days and places."""
    photos = [
        placed("b.jpg", 0.9, "2020-05-01T10:00:00", "India", "Goa"),
        placed("A.jpg", 0.2, None, "India", "Goa"),
        placed("c.jpg", 0.5, "2018-01-01", "Germany", "Berlin"),
    ]

    def order(sort: contents.Sort) -> str:
        return "".join(photo.path.name[0] for photo in contents.in_order(photos, sort))

    assert [order("typical"), order("uncertain"), order("date"), order("name")] == [
        "bcA", "Acb", "cbA", "Abc",
    ]  # fmt: skip
    assert contents.span(photos) == "2018-01-01 to 2020-05-01"
    assert contents.span(photos[:1]) == "2020-05-01"
    assert contents.span(photos[1:2]) == ""
    assert contents.places(photos) == "Goa, India (2); Berlin, Germany (1)"
    more = [
        placed("a.jpg", 1, None, "Portugal", "Lisbon", "Lisbon", "Alfama"),
        placed("b.jpg", 1, None, "Portugal", "Lisbon", "near Sintra"),
        placed("c.jpg", 1, None, "at sea"),
    ]
    assert contents.places(more) == "Lisbon, Portugal (1); at sea (1); near Sintra, Portugal (1)"
