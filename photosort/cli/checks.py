"""Which options of `organize` go together; what does not is wrong usage."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from photosort.commands.request import VIEWS, Request, views_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photosort.commands.request import View


def check_start(
    sources: tuple[Path, ...],
    *,
    out: Path | None,
    again: bool,
    album: Path | None,
    config: Path | None,
    update: bool,
) -> None:
    """Refuse what does not go together about where photos and options come from."""
    if not again:
        if album is not None:
            raise typer.BadParameter("--album goes with --again; without, name the album by --out")
        if not sources:
            raise typer.BadParameter("name a folder of photos (SRC...), or pass --again")
        if update and config is not None:
            raise typer.BadParameter("--update keeps how the album was made; leave --config out")
        return
    given = {
        "SRC": sources,
        "--out (--album names the album)": out is not None,
        "--config": config is not None,
        "--update": update,
    }
    wrong = next((name for name, value in given.items() if value), None)
    if wrong:
        raise typer.BadParameter(f"--again makes an album as it was made; leave {wrong} out")


def check_features(
    sources: tuple[Path, ...], features: str | None, manifest: str | None, *, update: bool
) -> None:
    """Refuse what does not go with --features, or needs it."""
    if manifest is not None and features is None:
        raise typer.BadParameter("--manifest goes with --features")
    if features is not None and update and not sources:
        raise typer.BadParameter("--update goes with SRC, the folders of the album's photos")


def check_update(typed: "Mapping[str, Any]") -> None:
    """Refuse options that --update has no use for, as wrong usage."""
    for name in ("clusters", "min_clusters", "max_clusters"):
        if name in typed:
            option = option_of(name)
            raise typer.BadParameter(f"--update keeps the clusters there are; leave {option} out")
    if "relative" in typed:
        option = option_of("relative", typed["relative"])
        raise typer.BadParameter(f"--update keeps how links are written; leave {option} out")


def check_options(request: Request, typed: "Mapping[str, Any]") -> None:
    """Refuse typed options that contradict each other or that no view listens to."""
    from photosort.commands.settings import FOR_VIEWS

    least, most = request.min_clusters, request.max_clusters
    if "clusters" in typed:
        bound = next((n for n in ("min_clusters", "max_clusters") if n in typed), None)
        if bound:
            option = option_of(bound)
            raise typer.BadParameter(f"--clusters sets the number; leave {option} out")
    if least is not None and most is not None and least > most:
        raise typer.BadParameter(f"--min-clusters {least} is more than --max-clusters {most}")
    if "relative" in typed and request.link != "symlink":
        option = option_of("relative", request.relative)
        raise typer.BadParameter(f"{option} is for symbolic links; leave it or --link out")
    for name, views in FOR_VIEWS.items():
        if name in typed and not views & set(request.by):
            option, listening = option_of(name), " or ".join(sorted(views))
            raise typer.BadParameter(f"{option} goes with --by {listening}")


def option_of(name: str, value: object = True) -> str:
    """Name an option as it is typed."""
    return "--absolute" if (name, value) == ("relative", False) else f"--{name.replace('_', '-')}"


def check_views(by: str) -> "tuple[View, ...]":
    """Read `--by`; wrong usage where it is none."""
    views = views_of(by)
    if views is None:
        raise typer.BadParameter(
            f"--by {by}: name one to three of {', '.join(VIEWS)}, each once, with commas between"
        )
    return views
