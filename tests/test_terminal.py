"""What a terminal shows: progress that fits its width, thumbnails that fill whole cells."""

import io
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from photosort import report
from photosort.report import stages, thumbnails
from tests.conftest import snapshot

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
        progress.stage("Comparing photos", unit="steps")
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
    console.print(thumbnails.strip(paths, columns=columns))
    lines = console.render_lines(thumbnails.strip(paths, columns=columns), pad=False)
    widths = {sum(segment.cell_length for segment in line) for line in lines} - {0}
    assert max(widths) <= columns
    if columns >= thumbnails.COLUMNS_A_TILE:
        assert max(widths) == shown * thumbnails.COLUMNS_A_TILE - 1
    assert snapshot(tmp_path) == before


def test_a_photo_that_cannot_be_read_gives_its_place_away(tmp_path: Path) -> None:
    """Broken ones are left out; with none left there is no strip."""
    good, bad = make_photos(tmp_path, 2)
    bad.write_bytes(b"no picture")
    lines = screen(120).render_lines(thumbnails.strip([bad, good], columns=120), pad=False)
    assert max(sum(s.cell_length for s in line) for line in lines) == thumbnails.COLUMNS_A_TILE - 1
    assert thumbnails.strip([bad, tmp_path / "gone.jpg"], columns=120) is None


def test_a_thumbnail_is_the_upright_centre(tmp_path: Path) -> None:
    """A photo that lies on its side is turned first, then its centre square cut out."""
    image = Image.new("RGB", (300, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.png", exif=exif)
    small = thumbnails.thumbnail(tmp_path / "turned.png", 60)
    assert small.size == (60, 60)
    assert small.getpixel((30, 30)) == (0, 0, 255)
