"""A comparison as cells of text: what the terminal's table and the page's table both show."""

from rich.table import Table

from photosort.bench.published import PEERS
from photosort.bench.run import Report, Row, Tick
from photosort.counts import counted, noun

HEAD = ("method", "NMI", "ACC", "ARI", "purity", "seconds", "published NMI / ACC", "difference")


def cells(report: Report) -> list[tuple[str, ...]]:
    """Return one line for each method, in the order of `HEAD`."""
    return [_line(row) for row in report.rows]


def summary(report: Report) -> str:
    """Say in a sentence what was compared."""
    how = (
        f"fit on the first {report.n_rows - report.scored:,}, scored on the other {report.scored:,}"
        if report.options.protocol == "article"
        else f"all {counted(report.n_rows, 'image')}"
    )
    classes = counted(len(report.classes), "class", "classes")
    return f"{report.source}: {classes}, {how}; {_seeds(report.seeds)}."


def _seeds(seeds: tuple[int, ...]) -> str:
    return f"{noun(len(seeds), 'seed')} {', '.join(map(str, seeds))}"


def foot(report: Report) -> list[str]:
    """Say where weights and published figures come from, and what they may be compared with."""
    lines = []
    if any(run.pretrain_seconds for run in report.runs):
        lines.append("Seconds: of the method itself + of training the autoencoder it began with.")
    lines.append(
        "NMI: arithmetic mean of the entropies; the difference is against the geometric one, "
        "which is what was published. No method uses a label; labels only score."
    )
    if origins := dict.fromkeys(run.autoencoder for run in report.runs if run.autoencoder):
        trained = f"trained in {report.options.precision} where trained here"
        lines.append(f"Autoencoders: {', '.join(origins)}; {trained}.")
    lines += [
        f"{row.title}: {_seeds(row.seeds)}. Unequal trainings are not averaged."
        for row in report.rows
        if row.seeds != report.seeds
    ]
    if sources := dict.fromkeys(r.published.source for r in report.rows if r.published):
        lines.append(f"Published: {'; '.join(sources)}.")
    if report.options.protocol == "whole" and (peers := PEERS.get(report.dataset)):
        figures = (
            f"{name} {acc:.1%} / {'-' if nmi is None else f'{nmi:.1%}'}" for name, acc, nmi in peers
        )
        lines.append(f"Others published (ACC / NMI): {'; '.join(figures)}.")
    return lines


def _line(row: Row) -> tuple[str, ...]:
    def score(name: str) -> str:
        spread = f" ±{row.sd[name]:.3f}" if len(row.seeds) > 1 else ""
        return f"{row.mean[name]:.3f}{spread}"

    seconds = f"{row.mean['seconds']:.1f}"
    if row.mean["pretrain_seconds"]:
        seconds += f" + {row.mean['pretrain_seconds']:.0f}"
    published = difference = "-"
    if row.published is not None:
        published = f"{row.published.nmi:.3f} / {row.published.acc:.3f}"
        difference = f"{row.nmi_difference:+.3f} / {row.acc_difference:+.3f}"
    names = ("nmi", "acc", "ari", "purity")
    return (row.title, *(score(name) for name in names), seconds, published, difference)


def rich_table(report: Report) -> Table:
    """Lay the cells out for the terminal."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    compared = any(row.published for row in report.rows)
    head = HEAD if compared else HEAD[: HEAD.index("published NMI / ACC")]
    lines = cells(report)
    for number, name in enumerate(head):
        scores = number < HEAD.index("seconds")  # never shortened; what follows may wrap
        texts = [line[number] for line in [HEAD, *lines]]
        parts = texts if scores else [word for text in texts for word in text.split()]
        drawn.add_column(
            name,
            justify="right" if number else "left",
            no_wrap=scores,
            min_width=max(map(len, parts)),
        )
    for line in lines:
        drawn.add_row(*line[: len(head)])
    return drawn


def tick_text(tick: Tick) -> str:
    """Say in a few words where a method is, and the NMI of its labels right now."""
    words = [tick.method, f"seed {tick.seed}", tick.stage]
    if tick.of > 1:
        words.append(f"{tick.done:,} of {tick.of:,}")
    if tick.nmi is not None:
        words.append(f"NMI {tick.nmi:.3f}")
    return ", ".join(words)
