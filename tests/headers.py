"""Photo headers that the tests write themselves: EXIF in both byte orders, XMP, JPEG XL."""

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, PngImagePlugin

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAKE, MODEL, ORIENTATION, SOFTWARE, CHANGED = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
TAKEN, DIGITIZED = 0x9003, 0x9004
OFFSET, OFFSET_TAKEN, OFFSET_DIGITIZED = 0x9010, 0x9011, 0x9012
SUBSEC, SUBSEC_TAKEN, SUBSEC_DIGITIZED = 0x9290, 0x9291, 0x9292
EXPOSURE, FILE_SOURCE, COMMENT, SERIAL = 0x829A, 0xA300, 0x9286, 0xA431
LAT_REF, LAT, LON_REF, LON, ALT_REF, ALT, GPS_TIME, GPS_DATE = 1, 2, 3, 4, 5, 6, 7, 0x1D
BERLIN = {
    LAT_REF: "N", LAT: ((52, 1), (31, 1), (12, 1)), LON_REF: "E", LON: ((13, 1), (24, 1), (36, 1)),
}  # fmt: skip
ORDERS = ("<", ">")

Tags = Mapping[int, Any]


def entry_of(value: Any, order: str) -> tuple[int, int, bytes]:
    """Give type, count and bytes: text is ASCII, bytes UNDEFINED, int SHORT, pairs are RATIONAL.

    A triple of type, count and bytes stands for itself.
    """
    match value:
        case (int(), int(), bytes()):
            return value
        case str():
            data = value.encode() + b"\0"
            return 2, len(data), data
        case bytes():
            return 7, len(value), value
        case int():
            return 3, 1, struct.pack(order + "H", value)
        case float():
            return 12, 1, struct.pack(order + "d", value)
        case [float(), *_]:
            return 12, len(value), struct.pack(f"{order}{len(value)}d", *value)
        case _:
            numbers = [number for pair in value for number in pair]
            return 5, len(value), struct.pack(f"{order}{len(numbers)}I", *numbers)


def directory(tags: Tags, order: str, at: int, pointers: Tags | None = None) -> bytes:
    """Write a directory that lies `at` bytes behind the header, its long values behind it."""
    entries = {tag: entry_of(value, order) for tag, value in tags.items()}
    entries |= {
        tag: (4, 1, struct.pack(order + "I", offset)) for tag, offset in (pointers or {}).items()
    }
    behind = at + 2 + 12 * len(entries) + 4
    fields, values = b"", b""
    for tag, (kind, count, data) in sorted(entries.items()):
        if len(data) > 4:
            inline = struct.pack(order + "I", behind + len(values))
            values += data + bytes(len(data) % 2)
        else:
            inline = data.ljust(4, b"\0")
        fields += struct.pack(order + "HHI", tag, kind, count) + inline
    return struct.pack(order + "H", len(entries)) + fields + bytes(4) + values


def exif_block(main: Tags = {}, own: Tags = {}, gps: Tags = {}, order: str = "<") -> bytes:  # noqa: B006
    """Write an EXIF block without the mark that JPEG puts before it."""
    sizes = len(directory(main, order, 0, {EXIF_IFD: 0, GPS_IFD: 0}))
    own_at = 8 + sizes
    own_part = directory(own, order, own_at)
    gps_at = own_at + len(own_part)
    pointers = {EXIF_IFD: own_at, GPS_IFD: gps_at}
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return header + directory(main, order, 8, pointers) + own_part + directory(gps, order, gps_at)


def jpeg(exif: bytes = b"", xmp: bytes = b"", size: tuple[int, int] = (40, 30)) -> bytes:
    """Write a small JPEG."""
    stream = io.BytesIO()
    options: dict[str, Any] = {"exif": b"Exif\0\0" + exif} if exif else {}
    if xmp:
        options["xmp"] = xmp
    Image.new("RGB", size, "red").save(stream, "JPEG", **options)
    return stream.getvalue()


def photo(image_format: str, exif: bytes, xmp: bytes) -> bytes:
    """Write a photo of any format that Pillow can put EXIF and XMP into, or JPEG XL's boxes."""
    if image_format == "JXL":
        return (
            b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"ftyp", b"jxl \0\0\0\0jxl ")
            + box(b"jxlc", b"\xff\x0a" + bytes(9)) + box(b"Exif", bytes(4) + exif)
            + box(b"xml ", xmp)
        )  # fmt: skip
    stream = io.BytesIO()
    image = Image.new("RGB", (40, 30), "red")
    if image_format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(stream, "PNG", exif=exif, pnginfo=info)
    elif image_format == "TIFF":
        block = Image.Exif()
        block.load(exif)
        block[700] = xmp
        image.save(stream, "TIFF", exif=block)
    elif image_format == "JPEG":
        return jpeg(exif, xmp)
    else:
        image.save(stream, image_format, exif=exif, xmp=xmp)
    return stream.getvalue()


def box(kind: bytes, contents: bytes) -> bytes:
    """Write a box of ISO/IEC 14496-12."""
    return struct.pack(">I", 8 + len(contents)) + kind + contents


SPACES = {
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
}


def xmp_packet(
    attributes: Mapping[str, str] = {},
    elements: Sequence[tuple[str, str]] = (),
    inner: str = "",
) -> bytes:
    """Write an XMP packet with properties as attributes, as elements, and anything `inner`."""
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
    listed = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    told = "".join(f"<{name}>{value}</{name}>" for name, value in elements)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces} {listed}>{told}{inner}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>" + " " * 100 + '<?xpacket end="w"?>'
    ).encode()
