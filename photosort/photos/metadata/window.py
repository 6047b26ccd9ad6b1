"""Bytes of a file on demand, so that a photo's header is read and its pixels are not."""

import io
from typing import IO, Final, Self

#: Holds EXIF with its thumbnail in nearly every JPEG: one read a photo.
FIRST_READ: Final = 1 << 16
NEXT_READ: Final = 1 << 12


class Window:
    """A file or bytes in memory, read where it is asked for."""

    def __init__(self, data: bytes, stream: IO[bytes] | None = None, size: int = 0) -> None:
        self._block = data
        self._start = 0
        self._stream = stream
        self.size = size or len(data)

    @classmethod
    def over(cls, stream: IO[bytes]) -> Self:
        """Open a window over a file; raises OSError."""
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        return cls(stream.read(FIRST_READ), stream, size)

    def at(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset` on, fewer where the file ends. Raises OSError."""
        end = min(offset + length, self.size)
        if offset < 0 or offset >= end:
            return b""
        first = offset - self._start
        if self._stream is not None and not (first >= 0 and end - self._start <= len(self._block)):
            self._stream.seek(offset)
            self._block = self._stream.read(max(length, NEXT_READ))
            self._start, first = offset, 0
        return self._block[first : first + end - offset]
