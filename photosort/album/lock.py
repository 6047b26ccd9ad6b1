"""One photosort at a time: an advisory lock that vanishes with the process that holds it."""

import errno
import os
import sys

# What a busy lock answers; anything else means that the file system has no locks.
BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(descriptor: int) -> bool:
    """Lock the open file until it is closed; False when another process holds it.

    Where the file system knows no locks (some network shares), the answer is True: an album there
    is better than none.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        return error.errno not in BUSY
    return True
