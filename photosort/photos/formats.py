"""What a file is, told by its first bytes; the suffix only decides where bytes cannot."""

import functools
from importlib.util import find_spec
from typing import Final, Literal

Kind = Literal["video", "raw", "sidecar", "backup", "other"]

#: Raise it when a photo that could not be decoded may be by now: the catalog tries it again.
DECODER_VERSION: Final = 2
#: Raise it when `photo_format` or `unsupported_kind` say something else of a file.
SIGNATURES_VERSION: Final = 1
#: What `photo_format` names.
PHOTO_FORMATS: Final = frozenset(
    {"JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "JXL"}
)
#: Why a JPEG XL photo is left out where nothing reads it.
JXL_NOT_READ: Final = "JPEG XL is not read; pip install 'photosort-dec[jxl]'"
#: How much of a file `photo_format` and `unsupported_kind` want to see.
HEAD_BYTES: Final = 64


def _suffixes(names: str) -> frozenset[str]:
    return frozenset("." + name for name in names.split())


#: Files called like this claim to be photos; one that holds something else deserves a word.
PHOTO_SUFFIXES: Final = _suffixes(
    "jpg jpeg jpe jfif png webp gif bmp dib tif tiff heic heics heif heifs hif avif avifs jxl"
)
#: Camera formats; most are TIFF by their bytes, so here the suffix speaks first.
RAW_SUFFIXES: Final = _suffixes(
    "3fr arw bay cap cr2 cr3 crw dcr dcs dng erf fff gpr iiq k25 kdc mdc mef mos mrw nef "
    "nrw orf ori pef ptx raf raw rw2 rwl rwz sr2 srf srw x3f"
)
VIDEO_SUFFIXES: Final = _suffixes(
    "3g2 3gp asf avi divx flv insv lrv m2t m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv ts "
    "vob webm wmv"
)
#: Notes that travel beside a photo. A .thm is a JPEG inside, and a video's thumbnail all the same.
SIDECAR_SUFFIXES: Final = _suffixes("aae dop exif json mie nksc on1 pp3 thm vrd xmp")

_PHOTO_MAGIC: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\xff\x0a", "JXL"),  # bare
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
)
_TIFF_MAGIC: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RAW_MAGIC: Final = (
    b"FUJIFILMCCD-RAW",
    b"FOVb",  # Sigma
    b"\0MRM",  # Minolta
    b"II\x1a\0\0\0HEAPCCDR",  # Canon CRW
    b"IIU\0",  # Panasonic, Leica
    b"IIRO",  # Olympus
    b"IIRS",
    b"MMOR",
    b"IIII",  # Phase One
    b"MMMM",
)
_VIDEO_MAGIC: Final = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\0\0\1\xba",  # MPEG
    b"\0\0\1\xb3",
    b"FLV\1",
    b"0&\xb2u\x8ef\xcf\x11",  # ASF, WMV
)
_OTHER_MAGIC: Final = (
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",
    b"8BPS",  # Photoshop
    b"%PDF",
    b"<svg",
)
_QUICKTIME_ATOMS: Final = frozenset({b"moov", b"mdat", b"wide", b"skip", b"pnot"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
#: The sizes a bitmap's second header can have: "BM" alone also begins a text about a car.
_BMP_HEADERS: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def photo_format(head: bytes, suffix: str) -> str | None:
    """Name the photo format whose file begins with `head`, in Pillow's spelling; None: no photo.

    `suffix` (lower case, with its dot) tells a camera's raw TIFF and a .thm from a photo.
    """
    if suffix in SIDECAR_SUFFIXES:
        return None
    for magic, image_format in _PHOTO_MAGIC:
        if head.startswith(magic):
            return image_format
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if head.startswith(_TIFF_MAGIC) and suffix not in RAW_SUFFIXES and head[8:10] != b"CR":
        return "TIFF"
    return _heif_or_avif(head)


@functools.cache
def reads_jxl() -> bool:
    """Return whether the decoder of JPEG XL is installed, without loading it."""
    return find_spec("pylibjxl") is not None


def unsupported_kind(head: bytes, suffix: str) -> Kind | None:
    """Return the kind of a file that is no photo; None where bytes and suffix say nothing."""
    by_content = _kind_by_content(head)
    if by_content is not None:
        return by_content
    kinds: tuple[tuple[frozenset[str], Kind], ...] = (
        (SIDECAR_SUFFIXES, "sidecar"),
        (VIDEO_SUFFIXES, "video"),
        (RAW_SUFFIXES, "raw"),
    )
    return next((kind for suffixes, kind in kinds if suffix in suffixes), None)


def _kind_by_content(head: bytes) -> Kind | None:
    """Recognise video, raw and known documents by their magic bytes; `head` is no photo's."""
    if head[4:8] == b"ftyp":
        return "raw" if head[8:12] == b"crx " else "video"
    if head.startswith(_OTHER_MAGIC):
        return "other"
    if head.startswith(_RAW_MAGIC) or (head.startswith(_TIFF_MAGIC) and head[8:10] == b"CR"):
        return "raw"
    is_avi = head.startswith(b"RIFF") and head[8:12] == b"AVI "
    if is_avi or head.startswith(_VIDEO_MAGIC) or head[4:8] in _QUICKTIME_ATOMS:
        return "video"
    return None


def _heif_or_avif(head: bytes) -> str | None:
    """Recognise HEIF and AVIF by the brands in their first box; the major brand comes first."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    compatible = {head[at : at + 4] for at in range(16, end - 3, 4)}
    if major in _AVIF_BRANDS:
        return "AVIF"
    if major in _HEIF_BRANDS - {b"mif1", b"msf1"}:
        return "HEIF"
    if compatible & _AVIF_BRANDS:  # "mif1" and "msf1" name the container of both
        return "AVIF"
    if major in _HEIF_BRANDS or compatible & _HEIF_BRANDS:
        return "HEIF"
    return None
