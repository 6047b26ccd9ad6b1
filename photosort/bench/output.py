"""The folder of a comparison: results.json, log.csv, figures and report.html."""

import base64
import csv
import json
from dataclasses import asdict, dataclass, fields
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from photosort import __version__
from photosort.bench import plots, table
from photosort.bench.run import Report, Row, Run, Tick
from photosort.errors import PhotosortError

FORMAT = 1
TEMPLATE = Path(__file__).parent / "templates" / "report.html"
RUN_COLUMNS = (
    "method", "seed", "nmi", "nmi_geometric", "acc", "ari", "purity",
    "seconds", "pretrain_seconds", "n_iter", "stop_reason", "autoencoder", "epochs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one comparison, and a remark where figures could not be drawn."""

    folder: Path
    files: tuple[Path, ...]
    note: str | None = None


def reserve(dataset: str, out: Path | None = None, *, base: Path = Path("bench-runs")) -> Path:
    """Make the run's folder before the work begins: `out`, or the next `bench-runs/dataset-n`.

    Raises PhotosortError when it cannot be made or `out` holds something already.
    """
    try:
        if out is None:
            return _next(base, dataset)
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise PhotosortError(f"{out}: not empty; name a new folder for --out")
    except OSError as error:
        folder = base if out is None else out
        raise PhotosortError(f"{folder}: {error.strerror}; name another --out DIR") from error
    return out


def write(report: Report, folder: Path) -> Written:
    """Write everything about `report` into `folder`. Raises PhotosortError when that fails."""
    try:
        _write_json(report, folder / "results.json")
        _write_log(report, folder / "log.csv")
        figures = plots.draw(report, folder) if plots.available() else []
        (folder / "report.html").write_text(_page(report, figures), encoding="utf-8")
    except OSError as error:
        raise PhotosortError(f"{folder}: {error.strerror}; make room or name another") from error
    note = None
    if not plots.available():
        note = "no figures: matplotlib is missing; python -m pip install 'photosort-dec[plots]'"
    names = ("results.json", "log.csv", "report.html")
    return Written(folder, (*(folder / n for n in names), *(path for path, _ in figures)), note)


def as_json(report: Report) -> dict[str, Any]:
    """Return what results.json holds."""
    return {
        "format": FORMAT,
        "photosort": __version__,
        "dataset": report.dataset,
        "source": report.source,
        "pictures": report.n_rows,
        "scored": report.scored,
        "classes": list(report.classes),
        "options": asdict(report.options),
        "seeds": list(report.seeds),
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "machine": report.machine,
        "methods": [_row_json(row) for row in report.rows],
        "runs": [asdict(run) for run in report.runs],
    }


def _row_json(row: Row) -> dict[str, Any]:
    published = None if row.published is None else asdict(row.published)
    return {
        "method": row.method,
        "title": row.title,
        "seeds": list(row.seeds),
        "mean": row.mean,
        "sd": row.sd,
        "published": published,
        "nmi_difference": row.nmi_difference,
        "acc_difference": row.acc_difference,
    }


def _next(base: Path, dataset: str) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = base / f"{dataset}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _write_json(report: Report, path: Path) -> None:
    text = json.dumps(as_json(report), indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _write_log(report: Report, path: Path) -> None:
    names = [field.name for field in fields(Tick)]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        for tick in report.log:
            rows.writerow(_short(getattr(tick, name)) for name in names)


def _short(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def _page(report: Report, figures: list[tuple[Path, str]]) -> str:
    """One HTML file that needs no other: the figures are inside it."""
    pictures = "\n".join(
        f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,'
        f'{base64.b64encode(path.read_bytes()).decode()}">'
        f"<figcaption>{escape(caption)}.</figcaption></figure>"
        for path, caption in figures
    )
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"photosort bench {report.dataset}"),
        summary=escape(table.summary(report)),
        head=_cells("th", table.HEAD),
        rows="\n".join(f"<tr>{_cells('td', line)}</tr>" for line in table.cells(report)),
        foot="<br>".join(escape(line) for line in table.foot(report)),
        figures=pictures or "<p>No figures: matplotlib is not installed.</p>",
        run_head=_cells("th", RUN_COLUMNS),
        runs="\n".join(f"<tr>{_cells('td', _run_cells(run))}</tr>" for run in report.runs),
        made=escape(
            f"photosort {__version__}, {report.started}, {report.seconds:.0f} s, {report.machine}"
        ),
    )


def _run_cells(run: Run) -> tuple[str, ...]:
    values = (getattr(run, name) for name in RUN_COLUMNS)
    return tuple(f"{v:.4f}" if isinstance(v, float) else str(v) for v in values)


def _cells(tag: str, texts: tuple[str, ...]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)
