"""What one photo may take of the memory: large ones of today's phones fit, bombs do not."""

import resource
import struct
import subprocess
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.photos.decode import TooLargeError, decode
from photosort.photos.memory import LEAST_BYTES, photo_bytes
from tests.test_decode import jpeg_that_claims


def flat_png(width: int, height: int, colour_type: int) -> bytes:
    """Write a white PNG of any size without holding its pixels."""
    row = b"\0" + b"\xff" * width * {2: 3, 6: 4}[colour_type]
    deflate = zlib.compressobj(1)
    body = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("colour_type", [2, 6])
def test_a_png_of_108_megapixels_fits(colour_type: int) -> None:
    """In the least that a worker has for a photo, with alpha too; it takes no more than that."""
    data = flat_png(12_000, 9_000, colour_type)
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    decoded = decode(data, min_side=260)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before
    assert min(decoded.image.size) >= 520
    assert decoded.image.getpixel((0, 0)) == (255, 255, 255)
    assert taken <= LEAST_BYTES


def test_a_progressive_jpeg_of_200_megapixels_fits() -> None:
    """Its coefficients do; those of four times as many do not."""
    assert min(decode(jpeg_that_claims(14_142, progressive=True), min_side=260).image.size) >= 520
    with pytest.raises(TooLargeError):
        decode(jpeg_that_claims(28_284, progressive=True), min_side=260)


def test_more_memory_admits_larger_photos() -> None:
    """The bound is the caller's: a photo refused under one is decoded under a larger one."""
    data = flat_png(2_000, 1_500, 2)
    with pytest.raises(TooLargeError, match=r"too large: 2000 x 1500 pixels take 0\.0 GB"):
        decode(data, min_side=260, max_bytes=10_000_000)
    assert decode(data, min_side=260, max_bytes=20_000_000).remark is None


@given(workers=st.integers(1, 1000))
def test_workers_share_the_memory(workers: int) -> None:
    """Law: each has LEAST_BYTES at least, and more workers never have more each."""
    assert photo_bytes(workers) >= LEAST_BYTES
    assert photo_bytes(workers + 1) <= photo_bytes(workers)


@pytest.mark.slow
def test_grouping_many_photos_reads_them_in_parts() -> None:
    """40,000 more features would take 0.2 GB: read in parts, they take no more than before."""
    script = """
import resource, sys
import numpy as np
from photosort.grouping.groups import group_features
from photosort.grouping.pretrained import load_pretrained
from photosort.grouping.rows import Stored
rng = np.random.default_rng(0)
means, noise = (rng.standard_normal((n, 1280), np.float32) for n in (9, 1000))
class Made(Stored):
    shape = (int(sys.argv[1]), 1280)
    def __getitem__(self, rows):
        numbers = np.arange(self.shape[0])[rows]
        made = means[numbers % 9]
        made += noise[numbers * 7 % 1000]
        return np.maximum(made, 0, out=made).astype(np.float16)
found = group_features(Made(), clusters=9, pretrained=load_pretrained("lite2"))
assert len(set(found.labels)) == 9
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    few, many = (
        int(subprocess.run([sys.executable, "-c", script, n], check=True, stdout=-1).stdout)
        for n in ("40000", "80000")
    )
    assert many < 1.1 * few
