"""The figures of a comparison, drawn by matplotlib (extra `[plots]`) into PNG files."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from photosort.bench import scores
from photosort.bench.run import Example, Report, Tick
from photosort.dec.arrays import Floats, Ints

Figure = Any  # matplotlib's; it is imported when something is drawn
DPI = 144
OURS, THEIRS = "#1f5fa8", "#c9ced6"


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw(report: Report, folder: Path) -> list[tuple[Path, str]]:
    """Write the figures into `folder`; return each with what it shows."""
    import matplotlib as mpl
    from matplotlib import figure as drawing

    drawn = []
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        for name, caption, paint in (
            ("bars.png", "NMI and accuracy, beside the published figures", _bars),
            ("nmi.png", "NMI while training", _curves),
            ("confusion.png", "Classes (rows) against the clusters matched to them", _confusion),
            ("codes.png", "Codes in two dimensions (t-SNE), by class and by cluster", _codes),
        ):
            figure = drawing.Figure(layout="constrained", dpi=DPI)
            if paint(report, figure):
                figure.savefig(folder / name)
                drawn.append((folder / name, caption))
    return drawn


def matched(truth: Ints, found: Ints, n_classes: int) -> Ints:
    """Renumber clusters by the classes they match best, one to one; those left over come after."""
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((n_classes, int(found.max()) + 1), np.int64)
    np.add.at(table, (truth, found), 1)
    classes, clusters = linear_sum_assignment(table, maximize=True)
    names = np.full(table.shape[1], -1)
    names[clusters] = classes
    left = np.flatnonzero(names < 0)
    names[left] = n_classes + np.arange(len(left))
    renamed: Ints = names[found]
    return renamed


def _bars(report: Report, figure: Figure) -> bool:
    rows = report.rows
    figure.set_size_inches(8, 1.2 + 0.5 * len(rows))
    place = np.arange(len(rows))[::-1]
    for axes, measure, label in zip(
        figure.subplots(1, 2, sharey=True), ("nmi_geometric", "acc"), ("NMI", "ACC"), strict=True
    ):
        spread = [row.sd[measure] for row in rows]
        means = [row.mean[measure] for row in rows]
        axes.barh(place + 0.2, means, 0.4, xerr=spread, color=OURS, label="measured here")
        published = [
            0 if row.published is None
            else row.published.nmi if label == "NMI" else row.published.acc
            for row in rows
        ]  # fmt: skip
        axes.barh(place - 0.2, published, 0.4, color=THEIRS, label="published")
        for y, mean in zip(place, means, strict=True):
            axes.text(0.01, y + 0.2, f"{mean:.3f}", va="center", color="white", fontsize=8)
        axes.set(xlim=(0, 1), xlabel=label, yticks=place)
        axes.set_yticklabels([row.title for row in rows])
    axes.legend(loc="upper right", fontsize=7)  # where the weakest methods leave room
    return True


def curves(report: Report) -> dict[str, dict[tuple[str, int], list[Tick]]]:
    """Collect by stage, then method and seed, where NMI was computed more than once."""
    scored: dict[str, dict[tuple[str, int], list[Tick]]] = {}
    for tick in report.log:
        if tick.nmi is not None:
            scored.setdefault(tick.stage, {}).setdefault((tick.method, tick.seed), []).append(tick)
    lines = {
        stage: {key: ticks for key, ticks in found.items() if len(ticks) > 1}
        for stage, found in scored.items()
    }
    return {stage: found for stage, found in lines.items() if found}


def _curves(report: Report, figure: Figure) -> bool:
    groups = curves(report)
    if not groups:
        return False
    figure.set_size_inches(4.5 * len(groups), 3.2)
    methods = list(dict.fromkeys(row.method for row in report.rows))
    all_axes = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for axes, (stage, lines) in zip(all_axes, groups.items(), strict=True):
        for (method, seed), ticks in lines.items():
            axes.plot(
                [t.done for t in ticks],
                [t.nmi for t in ticks],
                color=f"C{methods.index(method) % 10}",
                label=method if seed == report.seeds[0] else None,
            )
        unit = "epoch" if stage == "pretraining" else "step"
        axes.set(title=stage, xlabel=unit, ylabel="NMI", ylim=(0, 1))
        axes.legend(fontsize=7)
    return True


def _confusion(report: Report, figure: Figure) -> bool:
    examples = report.examples
    columns = min(3, len(examples))
    lines = -(-len(examples) // columns)
    figure.set_size_inches(3.4 * columns, 3.4 * lines)
    n = len(report.classes)
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in grid[len(examples) :]:
        axes.set_axis_off()
    for axes, example in zip(grid, examples, strict=False):
        table = scores.contingency(report.truth, matched(report.truth, example.labels, n))
        share = table / table.sum(axis=1, keepdims=True)
        axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
        if n <= 12:
            for (i, j), value in np.ndenumerate(share):
                if value >= 0.005:
                    dark = "white" if value > 0.5 else "black"
                    axes.text(j, i, f"{value:.0%}"[:-1], ha="center", va="center", color=dark,
                              fontsize=6)  # fmt: skip
            axes.set_yticks(range(n), report.classes, fontsize=7)
        axes.set_title(f"{example.title} (%)", fontsize=8)
        axes.set_xticks([])
    return True


def _codes(report: Report, figure: Figure) -> bool:
    shown = _last_with_codes(report)
    if shown is None or shown.codes is None or len(shown.codes) < 10:
        return False
    n = len(report.classes)
    flat = _flatten(shown.codes)
    truth = report.truth[: len(flat)]
    clusters = matched(report.truth, shown.labels, n)[: len(flat)]
    figure.set_size_inches(9, 4.4)
    colors = "tab10" if n <= 10 else "tab20"
    pairs: Sequence[tuple[str, Ints]] = (("class", truth), ("cluster", clusters))
    for axes, (what, values) in zip(figure.subplots(1, 2), pairs, strict=True):
        modulo = values % (10 if n <= 10 else 20)
        axes.scatter(flat[:, 0], flat[:, 1], c=modulo, cmap=colors, s=4, linewidths=0)
        axes.set(title=f"{shown.title}, by {what}", xticks=[], yticks=[])
    if n <= 12:
        for label in range(n):
            if (truth == label).any():
                x, y = np.median(flat[truth == label], axis=0)
                figure.axes[0].text(x, y, report.classes[label], weight="bold", ha="center")
    return True


def _last_with_codes(report: Report) -> Example | None:
    """Return the last method asked for that has codes: the order goes from plain to refined."""
    return next((e for e in reversed(report.examples) if e.codes is not None), None)


def _flatten(codes: Floats) -> Floats:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(codes) - 1) / 3)
    flat: Floats = TSNE(2, perplexity=perplexity, init="pca", random_state=0).fit_transform(codes)
    return flat
