"""Time and memory of reading dates and places: from the headers of photos, and from the catalog.

    python benchmarks/headers.py [--photos 1000] [--mb 3] [--known 100000]

Makes photos like a telephone's (EXIF with a thumbnail and a maker note of 24 KB, XMP, then --mb
megabytes of picture) and small ones (--known), in a folder of its own, which goes at the end. Reads
the headers of the first as `--by time` does, photos/s by the clock and by processor time; reads the
second from the catalog that a first run has filled: seconds and peak memory of that process.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

A_FOLDER = 1000


def telephone_photo() -> bytes:
    """Write a JPEG as a telephone does, but for its pixels."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112], exif[0x0131] = "Maker", "Telephone 12", 6, "16.1"
    own = exif.get_ifd(0x8769)
    own[0x9003] = own[0x9004] = "2018:05:03 10:11:12"
    own[0x9011], own[0x9291], own[0x829A] = "+02:00", "123", 0.01
    own[0x927C] = os.urandom(24_000)
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (47.0, 22.0, 30.5), "E", (8.0, 32.0, 10.25)
    gps[5], gps[6], gps[7], gps[0x1D] = b"\0", 408.5, (8.0, 11.0, 12.0), "2018:05:03"
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="2018-05-03T10:11:12" '
        'xmp:CreatorTool="16.1"/></rdf:RDF></x:xmpmeta>'
    )
    stream = io.BytesIO()
    picture = Image.effect_mandelbrot((400, 300), (-2, -1.5, 1, 1.5), 30).convert("RGB")
    picture.save(stream, "JPEG", exif=exif, xmp=packet.encode())
    return stream.getvalue()


def make(folder: Path, count: int, size_bytes: int) -> None:
    """Write photos of a size, in folders of 1,000."""
    head = telephone_photo()
    body = head + os.urandom(max(size_bytes - len(head), 0))
    for number in range(count):
        place = folder / f"{number // A_FOLDER:03}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"IMG_{number:06}.jpg").write_bytes(body + number.to_bytes(4, "big"))


def described(folder: Path, *options: str) -> dict[str, float]:
    """Describe the photos below `folder` in a process of its own, with a catalog beside it."""
    env = os.environ | {"XDG_CACHE_HOME": str(folder.parent / "cache")}
    command = [sys.executable, __file__, "--describe", str(folder), *options]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
        """Ignore the name of a stage."""

    def advance(self, done: int) -> None:
        """Ignore how far it came."""

    def note(self, text: str) -> None:
        """Ignore a remark."""


def describe(folder: Path, *, fresh: bool) -> dict[str, float]:
    """Scan `folder` and describe its photos, each step with its time."""
    from photosort.commands.metadata import describe
    from photosort.photos.scan import scan

    marks = [(time.perf_counter(), time.process_time())]
    photos = scan([folder]).photos
    marks.append((time.perf_counter(), time.process_time()))
    found, failed = describe(photos, Silent(), fresh=fresh)
    marks.append((time.perf_counter(), time.process_time()))
    if failed or any(each.taken is None or each.place is None for each in found):
        sys.exit("a photo has no date or no place")
    (began, began_cpu), (scanned, scanned_cpu), (ended, ended_cpu) = marks
    return {
        "photos": len(found),
        "scan_s": scanned - began,
        "scan_cpu_s": scanned_cpu - began_cpu,
        "read_s": ended - scanned,
        "read_cpu_s": ended_cpu - scanned_cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--mb", type=float, default=3.0)
    parser.add_argument("--known", type=int, default=100_000)
    parser.add_argument("--describe", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fresh", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.describe:
        print(json.dumps(describe(given.describe, fresh=given.fresh)))
        return
    print("| run | photos | scan s (CPU) | dates s (CPU) | photos/s | photos per CPU s | MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        large, small = Path(name) / "large", Path(name) / "small"
        make(large, given.photos, round(given.mb * 1e6))
        described(large, "--fresh")  # once, so that the files are in the system's cache
        row(f"headers, {given.mb:g} MB each", described(large, "--fresh"))
        make(small, given.known, 0)
        row("headers, small files", described(small, "--fresh"))
        row("from the catalog", described(small))


def row(run: str, m: dict[str, float]) -> None:
    """Print a line of the table."""
    print(
        f"| {run} | {m['photos']:,.0f} | {m['scan_s']:.2f} ({m['scan_cpu_s']:.2f}) "
        f"| {m['read_s']:.2f} ({m['read_cpu_s']:.2f}) | {m['photos'] / m['read_s']:,.0f} "
        f"| {m['photos'] / m['read_cpu_s']:,.0f} | {m['peak_mb']:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
