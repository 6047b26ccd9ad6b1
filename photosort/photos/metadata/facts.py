"""What one file says of a photo; every field was read from untrusted bytes and is in range."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

DateSource = Literal[
    "EXIF DateTimeOriginal",
    "EXIF DateTimeDigitized",
    "XMP DateTimeOriginal",
    "XMP DateCreated",
    "XMP CreateDate",
    "sidecar DateTimeOriginal",
    "sidecar DateCreated",
    "sidecar CreateDate",
    "GPS time",
    "file name",
    "Takeout",
    "EXIF DateTime",
    "file time",
]
#: The order of DateSource is the order of trust.
TRUST: Final[dict[DateSource, int]] = {source: at for at, source in enumerate(get_args(DateSource))}
OffsetSource = Literal[
    "EXIF OffsetTimeOriginal",
    "EXIF OffsetTimeDigitized",
    "EXIF OffsetTime",
    "date",  # written behind the time, as in 2018-07-04T12:30:00+02:00
    "place",  # the time zone of the place
    "system",  # the time zone this computer is set to
]
PlaceSource = Literal["EXIF", "XMP", "sidecar", "Takeout"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date that a file states, possible in the calendar, whether or not it is plausible.

    `local` is naive: the wall clock where the photo was taken, or UTC where `in_utc`.
    `offset_minutes` is how far the wall clock is ahead of UTC. `day_only`: the file states no time.
    """

    source: DateSource
    local: datetime
    offset_minutes: int | None = None
    offset_source: OffsetSource | None = None
    in_utc: bool = False
    day_only: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a photo without looking at its pixels; what is absent or absurd is None.

    `width` and `height` are the pixels of the upright photo, `orientation` the EXIF tag (1 to 8).
    Places are degrees north and east, `altitude_m` metres above the sea. `from_camera`: make or
    model beside an exposure, so neither a screenshot nor a scan.
    """

    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    dates: tuple[Stamp, ...] = ()  # each source once, in the order of trust
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    place_source: PlaceSource | None = None
    make: str | None = None
    model: str | None = None
    serial: str | None = None
    software: str | None = None
    comment: str | None = None  # iOS writes "Screenshot" here
    from_camera: bool = False


NO_FACTS: Final = Facts()
