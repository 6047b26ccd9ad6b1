"""From what was typed to what `organize` is asked for: a file's or an album's options, features."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from photosort.cli.checks import check_options, option_of
from photosort.commands.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photosort.commands.remote import RemoteOutcome
    from photosort.commands.request import Progress


def thorough_network(model: str | None) -> str:
    """Name the network of --thorough, which looks four times at each photo."""
    from photosort.embed.backbone import DEFAULT_MODEL, NAMES, THOROUGH

    name = (model or DEFAULT_MODEL).removesuffix(THOROUGH) + THOROUGH
    if name not in NAMES:
        raise typer.BadParameter("--thorough: for lite2 and lite0; leave out --model")
    return name


def repeat(album: Path | None, typed: "Mapping[str, Any]") -> "tuple[Request, str]":
    """Say how an album was made, with what was typed above that, and as a command line."""
    from photosort.commands.album import find_album, open_album
    from photosort.commands.settings import as_made, command_line, override

    out = find_album(album)
    request = override(as_made(open_album(out), out), typed)
    check_options(request, typed)
    return request, command_line(request)


def combine(
    base: Request, config: Path | None, typed: "Mapping[str, Any]", *, update: bool
) -> Request:
    """Put the options of a file above those of `base`, and what was typed above both."""
    from photosort.commands.settings import override, read_config, refuse_contradictions

    request = override(override(base, read_config(config)) if config else base, typed)
    if update:
        refuse_contradictions(request, typed)
    else:
        check_options(request, typed)
    return request


def recalled(
    features: str,
    request: Request,
    progress: "Progress",
    typed: "Mapping[str, Any]",
    keeps: bool,
    manifest: str | None,
) -> "tuple[Request, RemoteOutcome | None]":
    """Read features from a store: return the request for its photos, where these are files.

    Photos of an object store are grouped here, and their manifest is written. `keeps` says that
    --update or --dry-run was given, which they exclude.
    """
    from photosort.commands.features import open_features, recall_features

    opened = open_features(features)
    model_typed = "model" in typed
    if not opened.is_remote:
        if manifest is not None:
            raise typer.BadParameter(
                "--manifest: these photos are files, and get links; pass --out instead"
            )
        return recall_features(opened, request, progress, model_typed=model_typed), None
    from photosort.commands.remote import organize_remote

    given = {"SRC": request.sources, "--out": request.out, "--update or --dry-run": keeps}
    given |= {option_of(name): name in typed for name in ("link", "relative", "set_aside")}
    wrong = next((name for name, value in given.items() if value), None)
    if wrong:
        raise typer.BadParameter(
            f"{wrong}: photos in an object store get no links; leave it out, --manifest says where"
            " the album is written"
        )
    to = manifest or f"{features.rstrip('/')}-album"
    return request, organize_remote(opened, request, to, progress, model_typed=model_typed)
