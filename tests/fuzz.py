"""Damages tiny photos in thousands of seeded ways and sends them through scan, decode and EXIF.

`python -m tests.fuzz COUNT SEED` prints one JSON line. The photos are looked at by photosort's own
workers, so that a crash, an endless loop or a photo that eats the memory shows as what it would be
for a user; peak memory is that of the largest worker.
"""

import base64
import io
import json
import random
import resource
import struct
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image

from photosort.embed.backbone import MODELS
from photosort.embed.workers import embed_photos
from photosort.photos.metadata import Facts, read_facts
from photosort.photos.records import Embedded, Failed
from photosort.photos.scan import scan

BATCH = 1000
TIME_LIMIT_S = 10
SUFFIX = {"HEIF": "heic", "JPEG": "jpg", "TIFF": "tif", "EXIF": "jpg", "GPS": "jpg"}
ORDERS = {b"II": "<", b"MM": ">"}
NAMES: dict[str, Literal["little", "big"]] = {"<": "little", ">": "big"}
# Values that programs stumble over, as bytes of every width.
ODD = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# 32 x 32 pixels with EXIF; nothing that photosort depends on writes HEIC.
HEIC = zlib.decompress(
    base64.b85decode(
        "c-mc3&ubG=5T3W2q${mWY*W!9H7$s-J-A5=N}v#Ja}gr-Ab9M$*(DEmn`IMX6hQ-GRaAnAh<fl;j~={OPkIrR;"
        "y)mj9z;v=7l>`3Epg`UODP?8-pu>vd$aRq9snG$E0?^Y#Z5qQxt${4<%SKw-n&-CfItR|1;>{@c-*YO4jJQ4Nh"
        "F!ff&z>@_9L(;XAwhDPP7p=gv)WxXKb;hXdiAYK|@ZlYNlWt$cU1waY66)c*O<DWF6e|J@mhE&n%&>;@JtN64V"
        "f+fj_XZ*=zzt)oDDjFUz`Et3?Er7%F`Oua&HU!QqpP?T9=})WZ)~zRu0R(u#TlA(a*wJdgCqBzs$aa|?gcYnB{"
        ";#&l|k?uN)UgyOvHS+W6HsY%l@sIo**d|+Fx))F<LZBb($uW>r4YMO>-7xzmQtOxdU&utHd0gKcXHGKUBZu+@z"
        "*)q^=7Rsg=12yQXTQF!|XOiqi=k%tszA==Um_Ix<{^j{^w(zOzU*Gp!=)+=udAZkocX##T%j%sG{YvNJz35-<>"
        "6+F*7yWs;=i|b!&-J7lkLmX8<MNaBgSiKVN0>Ac3?-k3VccmDW>Im02<j;o6FyyFiuF)Gsb>JQ973`I=WZU_^6"
        "yjadE<iRL%vk7oWv+LqoIl%ahhynkMKKCZxc7Ir&AgISVkX9q|%vDJ)`R|qNmAF1>(_wayocnVGt9AB?vMqIl@"
        "C*coRJ)E1}b2`MzSZsYhjOue9TGRND4Yq8<@hL8bSr{0HVtk?s"
    )
)

Mutate = Callable[[bytearray, random.Random], bytes]


def picture(size: int = 24) -> Image.Image:
    """Draw something with edges, in colour."""
    return Image.effect_mandelbrot((size, size), (-2, -1.5, 1, 1.5), 30).convert("RGB")


def exif_block() -> bytes:
    """Write what a camera writes: maker, turn, dates with offsets, a place with its height."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 3", 6
    own = exif.get_ifd(0x8769)
    own[0x9003], own[0x9011] = "2021:07:04 12:30:00", "+02:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (47.0, 22.0, 30.5), "E", (8.0, 32.0, 10.25)
    gps[5], gps[6] = b"\0", 408.5
    return exif.tobytes()


def encoded(image_format: str, mode: str = "RGB", **options: object) -> bytes:
    """Encode the picture, with EXIF where the encoder can write it."""
    stream = io.BytesIO()
    if "compression" not in options:  # libtiff's encoders take no EXIF from Pillow
        options["exif"] = exif_block()
    picture().convert(mode).save(stream, image_format, **options)
    return stream.getvalue()


def seeds() -> dict[str, list[bytes]]:
    """Make the photos that get damaged, in the variants whose decoders differ."""
    return {
        "JPEG": [
            encoded("JPEG"), encoded("JPEG", progressive=True), encoded("JPEG", "L"),
            encoded("JPEG", "CMYK"), encoded("JPEG", subsampling=0, restart_marker_blocks=1),
        ],
        "PNG": [encoded("PNG"), encoded("PNG", "P"), encoded("PNG", "I;16"), encoded("PNG", "LA")],
        "WEBP": [encoded("WEBP"), encoded("WEBP", lossless=True), encoded("WEBP", "RGBA")],
        "HEIF": [HEIC],
        "TIFF": [
            encoded("TIFF"), encoded("TIFF", compression="tiff_lzw"), encoded("TIFF", "1"),
            encoded("TIFF", compression="tiff_adobe_deflate"), encoded("TIFF", "I;16"),
            encoded("TIFF", compression="jpeg"), encoded("TIFF", "1", compression="group4"),
        ],
        "EXIF": [exif_block()],
        "GPS": [exif_block()],
    }  # fmt: skip


# ------------------------------------------------------------------ ways to damage


def flip(data: bytearray, chance: random.Random) -> bytes:
    """Flip one bit, or a handful."""
    for _ in range(chance.choice((1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def overwrite(data: bytearray, chance: random.Random) -> bytes:
    """Put an odd number where another one was, in either byte order."""
    for _ in range(chance.choice((1, 1, 3))):
        width = chance.choice((1, 2, 4))
        value = chance.choice(ODD) % (1 << 8 * width)
        at = chance.randrange(len(data))
        data[at : at + width] = value.to_bytes(width, chance.choice(("big", "little")))
    return bytes(data)


def cut(data: bytearray, chance: random.Random) -> bytes:
    """End too early."""
    return bytes(data[: chance.randrange(1, len(data))])


def remove(data: bytearray, chance: random.Random) -> bytes:
    """Leave bytes out."""
    at = chance.randrange(len(data))
    del data[at : at + chance.choice((1, 2, 8, 64))]
    return bytes(data)


def repeat(data: bytearray, chance: random.Random) -> bytes:
    """Say a part again, up to a thousand times."""
    at = chance.randrange(len(data))
    part = bytes(data[at : at + chance.choice((4, 12, 64))])
    data[at:at] = part * chance.choice((1, 2, 1000))
    return bytes(data)


def noise(data: bytearray, chance: random.Random) -> bytes:
    """Put random bytes over a part."""
    at = chance.randrange(len(data))
    part = chance.randbytes(min(chance.choice((4, 16, 128)), len(data) - at))
    data[at : at + len(part)] = part
    return bytes(data)


def splice(data: bytearray, chance: random.Random) -> bytes:
    """Change two parts for each other."""
    first, second = sorted(chance.randrange(len(data)) for _ in range(2))
    return bytes(data[:first] + data[second:] + data[first:second])


MUTATIONS: tuple[Mutate, ...] = (flip, overwrite, overwrite, cut, remove, repeat, noise, splice)


def mend_png(data: bytes) -> bytes:
    """Give every chunk of a PNG a right checksum, so that damage gets past the first check."""
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        parts.append(data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join(parts)


def mutate_entries(data: bytearray, chance: random.Random, directories: range) -> bytes:
    """Rewrite fields of EXIF entries: tag, type, count, value or offset, and what they point to."""
    block = data[6:] if data[:4] == b"Exif" else data
    starts, order = directory_starts(block), ORDERS[bytes(block[:2])]
    start = starts[min(chance.choice(directories), len(starts) - 1)]
    for _ in range(chance.choice((1, 2, 5))):
        (count,) = struct.unpack_from(f"{order}H", block, start)
        at = start + 2 + 12 * chance.randrange(max(count, 1))
        offset, width = chance.choice(((0, 2), (2, 2), (4, 4), (8, 4)))
        value = chance.choice((*ODD, *range(14), 0x8769, 0x8825, start, len(block)))
        (target,) = struct.unpack_from(f"{order}I", block, at + 8)
        if chance.random() < 0.3 and target + 4 <= len(block):
            at, offset, width = target, 0, 4  # a zero below a fraction, and the like
        field = (value % (1 << 8 * width)).to_bytes(width, NAMES[order])
        block[at + offset : at + offset + width] = field
    return b"Exif\0\0" + bytes(block)


def directory_starts(block: bytearray) -> list[int]:
    """Find the directories of a good EXIF block: the main one, the camera's, the place's."""
    order = ORDERS[bytes(block[:2])]
    (main,) = struct.unpack_from(f"{order}I", block, 4)
    starts = [main]
    (count,) = struct.unpack_from(f"{order}H", block, main)
    for number in range(count):
        tag, _, _, value = struct.unpack_from(f"{order}HHII", block, main + 2 + 12 * number)
        if tag in {0x8769, 0x8825}:
            starts.append(value)
    return starts


def damaged(kind: str, samples: list[bytes], chance: random.Random) -> bytes:
    """Damage one of a kind's samples; EXIF and GPS blocks travel in a good JPEG."""
    data = bytearray(chance.choice(samples))
    if kind in {"EXIF", "GPS"}:
        directories = range(3) if kind == "EXIF" else range(2, 3)
        if kind == "GPS" or chance.random() < 0.5:
            block = mutate_entries(data, chance, directories)
        else:
            block = chance.choice(MUTATIONS)(data, chance)
        stream = io.BytesIO()
        picture(16).save(stream, "JPEG", exif=block[:65_000])
        return stream.getvalue()
    result = chance.choice(MUTATIONS)(data, chance)
    return mend_png(result) if kind == "PNG" and chance.random() < 0.7 else result


# ------------------------------------------------------------------ trying them


def write_batch(
    folder: Path, numbers: range, samples: dict[str, list[bytes]], chance: random.Random
) -> dict[Path, bytes]:
    """Write one damaged photo a number, kinds by turns."""
    kinds = list(samples)
    written = {}
    for number in numbers:
        kind = kinds[number % len(kinds)]
        path = folder / f"{number:06}-{kind}.{SUFFIX.get(kind, kind.lower())}"
        written[path] = damaged(kind, samples[kind], chance)
        path.write_bytes(written[path])
    return written


def run(count: int, seed: int) -> dict[str, object]:
    """Damage `count` photos, look at all, and say what came of them and what went wrong."""
    chance, samples = random.Random(seed), seeds()
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for begin in range(0, count, BATCH):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            numbers = range(begin, min(begin + BATCH, count))
            written = write_batch(folder, numbers, samples, chance)
            wrong += try_batch(folder, written, outcomes)
    peak_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {
        "tried": count, "seed": seed, "outcomes": dict(outcomes), "wrong": wrong,
        "peak_bytes": peak_bytes,
    }  # fmt: skip


def in_range(facts: Facts) -> bool:
    """Say whether facts could be those of a photo, whatever its bytes are."""
    return (
        abs(facts.latitude or 0) <= 90
        and abs(facts.longitude or 0) <= 180
        and (facts.orientation or 1) in range(1, 9)
        and (facts.width or 1) > 0
        and (facts.make or "").isprintable()
    )


def try_batch(folder: Path, written: dict[Path, bytes], outcomes: Counter[str]) -> list[str]:
    """Scan and look at the photos in `folder`; return what must not happen and did."""
    notes: list[str] = []
    found = scan([folder])
    results = list(
        embed_photos(found.photos, MODELS["lite0"], time_limit_s=TIME_LIMIT_S, on_note=notes.append)
    )
    ends = [
        *(("skipped", entry.path) for entry in found.skipped),
        *(("unsupported", entry.path) for entry in found.unsupported),
        *(("decoded", result.path) for result in results if isinstance(result, Embedded)),
        *(("refused", result.path) for result in results if isinstance(result, Failed)),
    ]
    outcomes.update(f"{path.stem[7:]} {end}" for end, path in ends)
    wrong = [f"crash or hang: {note}" for note in notes]
    wrong += [f"absurd facts: {path}" for path in written if not in_range(read_facts(path))]
    wrong += [f"no reason: {r.path}" for r in results if isinstance(r, Failed) and not r.reason]
    if sorted(path for _, path in ends) != sorted(written):
        wrong.append(f"{folder}: not every file is in exactly one list")
    changed = [path for path, data in written.items() if path.read_bytes() != data]
    return wrong + [f"changed: {path}" for path in changed]


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
