"""What a terminal shows: progress that fits its width, thumbnails that fill whole cells."""

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from photosort import report
from photosort.commands.organize import Outcome
from photosort.report import console as streams
from photosort.report import stages, thumbnails
from tests import albums
from tests.conftest import snapshot
from tests.terminals import shown_in

# textual-image asks Pillow in a way that Pillow 14 will not know any more.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")


def screen(width: int) -> Console:
    """Build a terminal that writes down what it is told."""
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=30, soft_wrap=True)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_progress_takes_one_line_of_any_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stage, photos done, photos a second and time left stand on one line, 60 columns or more."""
    console = screen(width)
    monkeypatch.setattr(stages, "err", console)
    with report.progress(quiet=False) as progress:
        progress.stage("Looking", total=12_345)
        for done in (1000, 6000, 12_000):
            progress.advance(done)
        bar = progress.bar
        lines = console.render_lines(bar.get_renderable(), pad=False)
        (line,) = ["".join(segment.text for segment in line) for line in lines]
    assert len(line) <= width
    assert "Looking" in line
    assert "12,000/12,345 photos" in line


def test_a_stage_of_unknown_length_counts_without_a_question_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Scanning says how many it found, and a single long step says its name alone."""
    console = screen(80)
    monkeypatch.setattr(stages, "err", console)
    with report.progress(quiet=False) as progress:
        progress.stage("Scanning")
        progress.advance(1234)
        progress.bar.refresh()
        progress.stage("Comparing photos", unit="step")
        progress.bar.refresh()
    assert "1,234 photos" in printed(console)
    assert "Comparing photos" in printed(console)
    assert "?" not in printed(console).replace("\x1b[?25", "")
    assert "0 steps" not in printed(console)


def test_plain_progress_is_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe: one line a stage, and no escape codes."""
    with report.progress(quiet=False) as progress:
        progress.stage("Looking", total=1200)
        progress.note("a [red]name[/red]\nwith a break")
    assert capsys.readouterr().err == (
        "Looking: 1,200 photos\nnote: a [red]name[/red]\\nwith a break\n"
    )


def make_photos(folder: Path, count: int) -> list[Path]:
    paths = []
    for number in range(count):
        paths.append(folder / f"{number}.png")
        Image.new("RGB", (300, 200), (40 * number, 90, 200)).save(paths[-1])
    return paths


@pytest.mark.parametrize(("columns", "shown"), [(120, 6), (100, 5), (60, 3), (30, 1), (10, 1)])
def test_as_many_thumbnails_as_fit(tmp_path: Path, columns: int, shown: int) -> None:
    """The strip is never wider than the terminal, and a tile never narrower than it can be seen."""
    paths = make_photos(tmp_path, 6)
    before = snapshot(tmp_path)
    console = screen(columns)
    drawn = thumbnails.strip(thumbnails.opened(paths), columns=columns)
    lines = console.render_lines(drawn, pad=False)
    widths = {sum(segment.cell_length for segment in line) for line in lines} - {0}
    assert max(widths) <= columns
    if columns >= thumbnails.COLUMNS_A_TILE:
        assert max(widths) == shown * thumbnails.COLUMNS_A_TILE - 1
    assert snapshot(tmp_path) == before


def test_a_photo_that_cannot_be_read_gives_its_place_away(tmp_path: Path) -> None:
    """Broken ones are left out; with none left there is no strip."""
    good, bad = make_photos(tmp_path, 2)
    bad.write_bytes(b"no picture")
    drawn = thumbnails.strip(thumbnails.opened([bad, good]), columns=120)
    lines = screen(120).render_lines(drawn, pad=False)
    assert max(sum(s.cell_length for s in line) for line in lines) == thumbnails.COLUMNS_A_TILE - 1
    assert thumbnails.strip(thumbnails.opened([bad, tmp_path / "gone.jpg"]), columns=120) is None


# Markup, emoji codes, numbers and addresses that rich would colour, backslashes, blanks at the end.
ODD_NAMES = (
    ":dog: :smile:.jpg", "[bold]x [red].jpg", "[link=x]y[blink].jpg", "a\\.jpg", "b\\[x].jpg",
    "12:30 2024-05-01 http:x.org #5.jpg", "a name of more than twenty columns   .jpg",
    "narrow\u202fblank and\u00a0another.jpg", "می\u200cخواهم.jpg", "👩\u200d👧.jpg",
)  # fmt: skip


def preview(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "photosort", "preview", "1", *arguments]


def piped(*arguments: str) -> str:
    """Return what a command prints into a pipe."""
    command = [sys.executable, "-m", "photosort", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def without_styles(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r\n", "\n")


@pytest.fixture
def odd_album(tmp_path: Path) -> Path:
    """Write an album of photos with odd names, in a cluster with an odd title."""
    sources = tmp_path / "photos"
    sources.mkdir()
    for number, name in enumerate(ODD_NAMES):
        Image.new("RGB", (60, 40), (20 * number, 90, 200)).save(sources / name, "PNG")
    out = tmp_path / "album [i]:cat:"
    albums.write(out, [(":dog: [b]12 & more than twenty", sorted(sources.iterdir()))])
    return out


@pytest.mark.parametrize("kind", ["stdin-null", "no-size", "mute"])
def test_a_terminal_that_shows_no_pictures_gets_the_names(kind: str, odd_album: Path) -> None:
    """Keyboard no terminal, no size, no answer: the names of the photos, no picture, no error."""
    code, shown = shown_in(kind, preview("--album", str(odd_album)))
    assert code == 0, shown
    lines = without_styles(shown).splitlines()
    assert lines[0].endswith("10 photos")
    assert {line[2:] for line in lines[1:]} == set(ODD_NAMES)
    assert "▀" not in shown


def test_a_terminal_that_answers_gets_pictures(odd_album: Path) -> None:
    """Half-blocks where nothing better is known; questions left open are not complained about."""
    code, shown = shown_in("talking", preview("--album", str(odd_album)))
    assert code == 0
    assert "▀" in shown
    assert "Traceback" not in shown
    assert "Failed" not in shown
    code, shown = shown_in("talking", ["env", "NO_COLOR=1", *preview("--album", str(odd_album))])
    assert code == 0
    assert "▀" not in shown, "a picture without colours"


@pytest.mark.parametrize("columns", [20, 80])
def test_names_are_shown_exactly_at_any_width(columns: int, odd_album: Path) -> None:
    """No width cuts and no markup changes what has to be typed: in a terminal and in a pipe."""
    (cluster,) = (path.name for path in odd_album.iterdir() if path.name.startswith("cluster-"))
    for words in (["preview", "1"], ["list"]):
        arguments = [*words, "--album", str(odd_album)]
        command = [sys.executable, "-m", "photosort", *arguments]
        in_terminal = shown_in("mute", command, columns=columns)[1]
        for shown in (without_styles(in_terminal), piped(*arguments)):
            assert cluster in shown
            assert arguments[0] == "list" or all(f"  {name}\n" in shown for name in ODD_NAMES)
            assert arguments[0] == "preview" or str(odd_album) in shown
            assert ":dog: [b]12 & more than twenty" in shown


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_name_is_printed_as_it_is(name: str) -> None:
    """Whatever a name holds, 20 columns show it whole; what would steer a terminal is spelt out."""
    safe = report.printable(name)
    width = streams.out.width
    try:
        streams.out.width = 20
        with streams.out.capture() as captured:
            report.line(safe)
    finally:
        streams.out.width = width
    assert captured.get() == f"{safe}\n"
    assert not set(map(ord, safe)) & {*range(32), 127, *range(0x80, 0xA0), 0x202E, 0x2066}
    if name.isascii() and name.isprintable():
        assert safe == name


def test_an_error_names_the_path_as_it_is(tmp_path: Path) -> None:
    """The line on stderr keeps blanks, brackets and emoji codes; a line break is spelt out."""
    name = " :dog: [red]x\ny "
    command = [sys.executable, "-m", "photosort", "organize", f"{tmp_path}/{name}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{tmp_path}/ :dog: [red]x\\ny : " in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_next_command_can_be_pasted(
    odd_album: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What to type next is quoted for the shell, and is the cluster's name."""
    from photosort.commands.album import open_album

    manifest = open_album(odd_album)
    report.show_outcome(Outcome(manifest, ()), dry_run=False)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("Next: "))
    name = manifest.folders[0].name
    assert shlex.split(line.removeprefix("Next: ")) == ["photosort", "preview", name]
