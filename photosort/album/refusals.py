"""What a refusing disk said -> one line with what would help."""

import errno
from pathlib import Path

from photosort.errors import PhotosortError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)
WINDOWS_NO_PRIVILEGE = 1314
ELSEWHERE = "write the album elsewhere with photosort organize --out DIR"


# What is said of one photo's link or copy, and costs that photo alone.
OF_ONE_PHOTO = {
    errno.ENAMETOOLONG: "its name or path is too long for the album",
    errno.EILSEQ: "its name is refused by the album's file system",
    errno.EINVAL: "its name is refused by the album's file system",
    errno.EEXIST: "the album's file system takes its name for another photo's",
    errno.EMLINK: "has as many hard links as its file system allows",
    errno.EFBIG: "too large for the album's file system",
}


def why_unplaced(error: OSError, link: str) -> str | None:
    """Say why one photo cannot be placed; None for an error that others would meet as well."""
    if getattr(error, "winerror", 0) == WINDOWS_NO_PRIVILEGE:
        return None
    if link == "hardlink" and error.errno == errno.EPERM:  # hard links as such were tried before
        return "hard links to it are not permitted"
    return OF_ONE_PHOTO.get(error.errno or 0)


def explain(error: OSError, out: Path) -> PhotosortError:
    """Say in one line why `out` cannot be written and what would help."""
    if error.errno in NO_SPACE:
        return PhotosortError(f"{out}: no space left; free some, or {ELSEWHERE}")
    if error.errno == errno.EROFS:
        return PhotosortError(f"{out}: the file system is read-only; {ELSEWHERE}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return PhotosortError(f"{out}: not writable; change its permissions, or {ELSEWHERE}")
    reason = error.strerror or str(error)
    return PhotosortError(f"{out}: {reason}; check the disk, or {ELSEWHERE}")


def explain_link(error: OSError, out: Path, link: str, source: Path) -> PhotosortError:
    """Say in one line why a link (or copy) of `source` cannot be made at `out`."""
    refused = error.errno in NO_LINKS or getattr(error, "winerror", 0) == WINDOWS_NO_PRIVILEGE
    if link == "symlink" and refused:
        return PhotosortError(
            f"{out}: symbolic links are not possible here;"
            " use photosort organize --link hardlink or --link copy"
        )
    if link == "hardlink" and error.errno == errno.EXDEV:
        return PhotosortError(
            f"{out}: not on the same disk as {source}, so hard links are not possible;"
            " use photosort organize --link symlink or --link copy"
        )
    if link == "hardlink" and error.errno == errno.EMLINK:
        return PhotosortError(
            f"{source}: {OF_ONE_PHOTO[errno.EMLINK]};"
            " use photosort organize --link symlink or --link copy"
        )
    if link == "hardlink" and refused:
        return PhotosortError(
            f"{out}: hard links to {source} are not possible here;"
            " use photosort organize --link symlink or --link copy"
        )
    return explain(error, out)
