"""One way to cut an album inside another: the event, and inside it the kinds."""

from collections.abc import Sequence
from pathlib import Path

from photosort.views.records import Cut, Shot


def nest(views: Sequence[Sequence[Cut]]) -> list[Cut]:
    """Cut by the first view, each of its groups by the second, and so on.

    Every view holds the same shots. A group keeps its key and its name in every group above, so
    that a cluster is the same one in all events. Raises ValueError where a shot is not in a view.
    """
    outer, *inner = views
    if not inner:
        return list(outer)
    groups: dict[tuple[int, ...], list[Shot]] = {}
    where = [_cut_of(view) for view in inner]
    for number, cut in enumerate(outer):
        for shot in cut.shots:
            try:
                key = (number, *(of[shot.path] for of in where))
            except KeyError:
                raise ValueError(f"{shot.path}: is not in every view") from None
            groups.setdefault(key, []).append(shot)
    return [
        _joined([view[index] for view, index in zip(views, key, strict=True)], shots)
        for key, shots in sorted(groups.items())
    ]


def _cut_of(view: Sequence[Cut]) -> dict[Path, int]:
    return {shot.path: number for number, cut in enumerate(view) for shot in cut.shots}


def _joined(cuts: Sequence[Cut], shots: Sequence[Shot]) -> Cut:
    # Two views may both say no-date: once is enough.
    names = {key: name for cut in cuts for key, name in zip(cut.keys, cut.path, strict=True)}
    reasons = "; ".join(dict.fromkeys(cut.reason for cut in cuts))
    return Cut(tuple(names.values()), tuple(names), tuple(shots), reasons)
