"""One photo's header in, its facts out: for a file on disk and for bytes in memory alike."""

from pathlib import Path
from typing import Final

from photosort.photos.metadata import exif, xmp
from photosort.photos.metadata.containers import find
from photosort.photos.metadata.exif import Exif, read_exif
from photosort.photos.metadata.facts import TRUST, DateSource, Facts, PlaceSource
from photosort.photos.metadata.found import Found
from photosort.photos.metadata.window import Window

#: Raise it when the same bytes give other facts: what the catalog remembers is then read again.
VERSION: Final = 1

_EMBEDDED: Final[tuple[DateSource, DateSource, DateSource]] = (
    "XMP DateTimeOriginal", "XMP DateCreated", "XMP CreateDate",
)  # fmt: skip


def read_facts(photo: Path | bytes) -> Facts:
    """Read the facts of a photo without decoding it; never raises for what its bytes hold.

    Raises OSError where the file cannot be read.
    """
    if isinstance(photo, bytes):
        return _facts_of(Window(photo))
    with photo.open("rb", buffering=0) as stream:
        return _facts_of(Window.over(stream))


def _facts_of(window: Window) -> Facts:
    found = find(window)
    tags = read_exif(found.exif) if found.exif else Exif()
    packet = xmp.read_xmp(found.xmp) if found.xmp else {}
    turn = exif.orientation(tags)
    width, height = _upright(found, turn)
    dates = [*exif.dates(tags), *xmp.dates(packet, _EMBEDDED)]
    satellite = xmp.gps_time(packet)
    if satellite and not any(stamp.source == satellite.source for stamp in dates):
        dates.append(satellite)
    where, source = _place(tags, packet)
    make, model, serial = (
        mine or theirs for mine, theirs in zip(exif.camera(tags), xmp.camera(packet), strict=True)
    )
    return Facts(
        width=width,
        height=height,
        orientation=turn,
        dates=tuple(sorted(dates, key=lambda stamp: TRUST[stamp.source])),
        latitude=where and where[0],
        longitude=where and where[1],
        altitude_m=exif.altitude(tags.gps) if source == "EXIF" else xmp.altitude(packet),
        place_source=source,
        make=make,
        model=model,
        serial=serial,
        software=exif.software(tags) or xmp.software(packet),
        comment=exif.comment(tags) or xmp.comment(packet),
        from_camera=exif.is_from_camera(tags),
    )


def _upright(found: Found, turn: int | None) -> tuple[int | None, int | None]:
    """Give width and height of the upright photo; a size of 0 is none."""
    width, height = found.size or (0, 0)
    if not (width and height):
        return None, None
    is_sideways = found.is_sideways if found.is_sideways is not None else (turn or 1) >= 5
    return (height, width) if is_sideways else (width, height)


def _place(
    tags: Exif, packet: xmp.Properties
) -> tuple[tuple[float, float] | None, PlaceSource | None]:
    where = exif.place(tags.gps)
    if where is not None:
        return where, "EXIF"
    where = xmp.place(packet)
    return where, None if where is None else "XMP"
