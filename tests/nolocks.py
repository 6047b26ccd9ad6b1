"""A kernel without file locks, as on a network share whose server runs no lock daemon.

Linux only: a seccomp filter answers every lock with an error, in this process and its children.
"""

import ctypes
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF: ld [k], jeq k, ret k
ALLOW, FAIL = 0x7FFF0000, 0x00050000
NUMBERS = {"x86_64": (73, 72), "aarch64": (32, 25)}  # flock, fcntl
NO_SUCH_CALL = 0xFFFF
SETTING = (6, 7, 37, 38)  # F_SETLK, F_SETLKW and their open-file kin
SYSCALL_AT, SECOND_ARGUMENT_AT = 0, 24  # in struct seccomp_data


def available() -> bool:
    """Return whether this machine can pretend."""
    return platform.system() == "Linux" and platform.machine() in NUMBERS


def install(number: int, *, only_flock: bool = False) -> None:
    """Answer every attempt to lock a file with this errno from now on.

    photosort locks albums with flock, SQLite the catalog with fcntl.
    """
    flock, fcntl = NUMBERS[platform.machine()]
    fcntl = NO_SUCH_CALL if only_flock else fcntl
    fail = len(SETTING) + 3
    program = [
        (LOAD, 0, 0, SYSCALL_AT),
        (JUMP_IF_EQUAL, fail, 0, flock),
        (JUMP_IF_EQUAL, 0, len(SETTING) + 1, fcntl),
        (LOAD, 0, 0, SECOND_ARGUMENT_AT),
        *((JUMP_IF_EQUAL, len(SETTING) - at, 0, command) for at, command in enumerate(SETTING)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FAIL | number),
    ]
    packed = b"".join(struct.pack("HBBI", *line) for line in program)
    filters = ctypes.create_string_buffer(packed)
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(filters))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0),
    ):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "no seccomp here")
