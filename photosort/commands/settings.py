"""How albums are made: options from an album.json (`--again`) or a TOML file (`--config`), checked.

What the user types goes above both.
"""

from __future__ import annotations

import os
import shlex
import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from photosort.commands.request import (
    MAX_COUNT,
    MAX_LEVELS,
    MAX_SEED,
    MAX_WORKERS,
    VIEWS,
    Request,
    absolute,
    views_of,
)
from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from photosort.album.manifest import Manifest

ADDED_FROM = "added_from"  # the option of an album that lists folders of which it has single photos

#: What the views listen to; the other options are of every album.
FOR_VIEWS: Mapping[str, frozenset[str]] = {
    "clusters": frozenset({"content"}),
    "min_clusters": frozenset({"content"}),
    "max_clusters": frozenset({"content"}),
    "misc": frozenset({"content"}),
    "levels": frozenset({"content"}),
    "every": frozenset({"time"}),
    "level": frozenset({"place"}),
    "language": frozenset({"place", "event"}),
    "infer": frozenset({"place", "event"}),
}


def _heard(name: str, request: Request) -> bool:
    """Return whether a view of the request listens to an option."""
    return bool(FOR_VIEWS.get(name, frozenset(VIEWS)) & set(request.by))


@dataclass(frozen=True, slots=True)
class Kind:
    """What the value of an option has to be, in words and as a test."""

    words: str
    fits: Callable[[object], bool]


def kinds() -> dict[str, Kind]:
    """List the options of an album that a file may hold, by the names `Request` has for them."""
    from photosort.album.plan import Linking
    from photosort.embed.backbone import NAMES
    from photosort.views.place import Language, Level
    from photosort.views.time import Every

    count, flag = (
        _number(1, MAX_COUNT),
        Kind("true or false", lambda value: isinstance(value, bool)),
    )
    views = Kind(
        f"one to three of {', '.join(VIEWS)}, each once", lambda v: views_of(v) is not None
    )
    return {
        "by": views,
        "clusters": count,
        "min_clusters": count,
        "max_clusters": count,
        "link": _one_of(get_args(Linking)),
        "relative": flag,
        "model": _network(NAMES),
        "seed": _number(0, MAX_SEED),
        "workers": _number(1, MAX_WORKERS),
        "follow": flag,
        "misc": flag,
        "set_aside": _one_of(("review",)),
        "levels": _number(1, MAX_LEVELS),
        "every": _one_of(get_args(Every)),
        "level": _one_of(get_args(Level)),
        "language": _one_of(get_args(Language)),
        "infer": flag,
    }


def _number(least: int, most: int) -> Kind:
    def fits(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return Kind(f"a whole number from {least} to {most}", fits)


def _network(names: Iterable[str]) -> Kind:
    from photosort.embed import NETWORK_FILES

    listed = [*names, f"the path of a {' or '.join(NETWORK_FILES)} file"]

    def fits(value: object) -> bool:
        return value in listed[:-1] or (
            isinstance(value, str) and Path(value).suffix.lower() in NETWORK_FILES
        )

    return Kind(f"one of {', '.join(listed)}", fits)


def _one_of(names: Any) -> Kind:  # noqa: ANN401 - names of a Literal, or keys
    listed = [str(name) for name in names]
    return Kind(f"one of {', '.join(listed)}", lambda value: value in listed)


# ------------------------------------------------------------------------------ album.json


def as_made(album: Manifest, out: Path) -> Request:
    """Say how an album was made: everything that `organize` needs to make it again.

    Photos that `add` took from elsewhere are named one by one, a folder it took whole is a source.
    Raises PhotosortError for an option that is none.
    """
    options: dict[str, Any] = {"link": album.link}
    for name, kind in kinds().items():
        value = album.options.get(name)
        if value is None or name in {"link", "workers"}:
            continue
        if not kind.fits(value):
            raise PhotosortError(
                f'{out / "album.json"}: option "{name}" is not {kind.words};'
                " organize the folders of its photos anew"
            )
        options[name] = views_of(value) if name == "by" else value
    singly = album.options.get(ADDED_FROM)
    apart = {str(folder) for folder in singly} if isinstance(singly, list) else set()
    sources = tuple(source for source in album.sources if str(source) not in apart)
    files = tuple(
        photo.path
        for photo in album.photos
        if not any(photo.path.is_relative_to(source) for source in sources)
        and os.path.lexists(photo.path)
    )
    return Request(sources=sources, out=out, files=files, **options)


def refuse_contradictions(request: Request, typed: Mapping[str, Any]) -> None:
    """Refuse options to update an album with that it was not made with, each by name."""
    from photosort.commands.album import open_album

    album = open_album(absolute(request)[1])
    made = as_made(album, album.out)
    wrong = [
        "--thorough" if name == "model" and _is_thorough(value, made) else _option(name)
        for name, value in typed.items()
        if name in ("by", "link", "model", "seed", *FOR_VIEWS)
        and (value != getattr(made, name) or not _heard(name, made))
    ]
    if wrong:
        named = " and ".join(wrong)
        raise PhotosortError(
            f"{album.out}: was not made with {named}, and --update keeps the album as it is; leave"
            f" {named} out, or organize without --update"
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_thorough(model: str, made: Request) -> bool:
    """Return whether `model` looks four times at a photo, and that of the album once."""
    from photosort.embed.backbone import THOROUGH

    return model.endswith(THOROUGH) and not made.model.endswith(THOROUGH)


def singly_added(album: Manifest, request: Request) -> list[str]:
    """List the folders of which an album has single photos only, once those asked for are added."""
    named = request.files or request.sources
    whole = [path for path in named if path.is_dir()]
    before = album.options.get(ADDED_FROM)
    folders = dict.fromkeys(str(one) for one in before) if isinstance(before, list) else {}
    tops = [source for source in album.sources if str(source) not in folders] + whole
    for path in request.files:
        if path not in whole and not any(path.is_relative_to(top) for top in tops):
            folders[str(path.parent)] = None
    return [folder for folder in folders if folder not in map(str, whole)]


def command_line(request: Request) -> str:
    """Write what would make the same album, as it is typed."""
    from photosort.embed.backbone import THOROUGH

    words = ["photosort", "organize", *map(str, request.sources)]
    plain = Request(())
    for name in kinds():
        value = getattr(request, name)
        if value == getattr(plain, name) or not _heard(name, request):
            continue
        option = _option(name)
        if name == "model" and value.endswith(THOROUGH):
            words.append("--thorough")
            value = value.removesuffix(THOROUGH)
            if value == plain.model:
                continue
        if name == "relative":
            words.append("--relative" if value else "--absolute")
        elif value is True:
            words.append(option)
        else:
            words += [option, ",".join(value) if isinstance(value, tuple) else str(value)]
    words += ["--out", str(request.out)] if request.out else []
    more = f", with {counted(len(request.files), 'photo')} from elsewhere" if request.files else ""
    return shlex.join(words) + more


# ------------------------------------------------------------------------------ a TOML file


def read_config(file: Path) -> dict[str, Any]:
    """Read options from a TOML file, by the names `Request` has for them.

    Keys are named as the options of `organize` are. Raises PhotosortError that names file and key.
    """
    from photosort.embed.backbone import NAMES

    known = {name.replace("_", "-"): (name, kind) for name, kind in kinds().items()}
    found: dict[str, Any] = {}
    for key, value in _parse(file).items():
        if key not in known:
            close = get_close_matches(key.replace("_", "-"), known, n=1)
            meant = f"did you mean {close[0]}?" if close else f"it may have {', '.join(known)}"
            raise PhotosortError(f'{file}: "{key}" is no option that a file can set; {meant}')
        name, kind = known[key]
        if not kind.fits(value):
            raise PhotosortError(
                f'{file}: "{key}" has to be {kind.words}; change it or leave it out'
            )
        found[name] = views_of(value) if name == "by" else value
    if found.get("model") not in (None, *NAMES):
        found["model"] = str(in_full(file.parent / found["model"]))
    _refuse_contradictions(file, found)
    return found


def _parse(file: Path) -> dict[str, Any]:
    try:
        if not file.is_file():  # a pipe would wait for ever
            fact = "not a file" if file.exists() else "no such file"
            raise PhotosortError(f"{file}: {fact}; check the path given to --config")
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise PhotosortError(f"{file}: {error.strerror}; check its permissions") from error
    except UnicodeDecodeError:
        raise PhotosortError(f"{file}: not UTF-8, as TOML is; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PhotosortError(
            f'{file}: not TOML ({error}); a line is like: every = "month"'
        ) from None
    except RecursionError:
        raise PhotosortError(f"{file}: nested too deep; options are lines at the top") from None


def _refuse_contradictions(file: Path, options: Mapping[str, Any]) -> None:
    bounds = [name for name in ("min_clusters", "max_clusters") if name in options]
    wrong = None
    if "clusters" in options and bounds:
        wrong = ("clusters", bounds[0])
    elif len(bounds) == 2 and options["min_clusters"] > options["max_clusters"]:
        wrong = ("min_clusters", "max_clusters")
    elif "relative" in options and options.get("link", "symlink") != "symlink":
        wrong = ("link", "relative")
    if wrong:
        one, other = (name.replace("_", "-") for name in wrong)
        raise PhotosortError(f'{file}: "{one}" and "{other}" contradict each other; leave one out')


# ------------------------------------------------------------------------------ what was typed


def override(base: Request, typed: Mapping[str, Any]) -> Request:
    """Put the options that were typed above those of `base`; what they exclude there gives way."""
    cleared: dict[str, Any] = {}
    if "clusters" in typed:
        cleared |= {"min_clusters": None, "max_clusters": None}
    elif {"min_clusters", "max_clusters"} & typed.keys():
        cleared["clusters"] = None
    if typed.get("link", "symlink") != "symlink":
        cleared["relative"] = None
    return replace(base, **{**cleared, **typed})
