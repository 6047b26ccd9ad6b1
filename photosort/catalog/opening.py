"""The catalog's file: private, never through a planted link, brought up to date, or removed.

What is found there is untrusted: whatever SQLite says of it becomes one line with a remedy.
"""

import contextlib
import errno
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from photosort.errors import PhotosortError
from photosort.userdirs import cache_folder

IN_MEMORY: Final = Path(":memory:")
APPLICATION_ID: Final = 0x50484F54  # "PHOT"
BUSY_LIMIT_MS: Final = 30_000
_HEADER: Final = b"SQLite format 3\0"
_APPLICATION_ID_AT: Final = slice(68, 72)  # https://sqlite.org/fileformat.html#application_id

#: Script n takes a catalog from user_version n to n + 1. Only ever append.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE content (
            hash BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL,
            width INTEGER, height INTEGER, taken TEXT, utc_offset TEXT,
            latitude REAL, longitude REAL, altitude_m REAL, make TEXT, model TEXT
        ) WITHOUT ROWID""",
        # float16, little-endian: feature (1280,), scores (1000,)
        """CREATE TABLE feature (
            hash BLOB NOT NULL, model TEXT NOT NULL, feature BLOB NOT NULL, scores BLOB NOT NULL,
            PRIMARY KEY (hash, model)
        )""",
        """CREATE TABLE location (
            path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            hash BLOB NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE failure (
            hash BLOB PRIMARY KEY, reader TEXT NOT NULL, reason TEXT NOT NULL
        ) WITHOUT ROWID""",
    ),
    (
        # Facts belong to the file at a path, read from its header without hashing it, and are
        # read again when size, mtime, ctime or the version of the reader differ.
        """CREATE TABLE facts (
            path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            ctime_ns INTEGER NOT NULL, version INTEGER NOT NULL,
            width INTEGER, height INTEGER, orientation INTEGER, dates TEXT,
            latitude REAL, longitude REAL, altitude_m REAL, place_source TEXT,
            make TEXT, model TEXT, serial TEXT, software TEXT, comment TEXT, from_camera INTEGER
        ) WITHOUT ROWID""",
        "CREATE TABLE slim (hash BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO slim SELECT hash, size_bytes FROM content",
        "DROP TABLE content",
        "ALTER TABLE slim RENAME TO content",
    ),
    (
        # A file whose size and mtime were put back has another ctime. NULL, from before, is none:
        # such files are hashed once more.
        "ALTER TABLE location ADD COLUMN ctime_ns INTEGER",
        "CREATE INDEX content_size ON content (size_bytes)",
    ),
    (
        # What is wrong with photos that are used in spite of it.
        "CREATE TABLE remark (hash BLOB PRIMARY KEY, remark TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        # What `review` needs of the pixels: a thumbnail, uint8 (32, 32), and numbers, float16.
        """CREATE TABLE measure (
            hash BLOB PRIMARY KEY, version INTEGER NOT NULL, thumb BLOB NOT NULL,
            numbers BLOB NOT NULL
        )""",
    ),
    (
        # WebP; the lowest ids are given up first. The index sums sizes without reading pictures.
        """CREATE TABLE thumbnail (
            id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE,
            size_bytes INTEGER NOT NULL, webp BLOB NOT NULL
        )""",
        "CREATE INDEX thumbnail_size ON thumbnail (id, size_bytes)",
    ),
    (
        # What a scan found a file to be: a photo's format, or the kind of another file.
        """CREATE TABLE format (
            path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            ctime_ns INTEGER NOT NULL, version INTEGER NOT NULL, format TEXT NOT NULL
        ) WITHOUT ROWID""",
    ),
    # JPEG from here on; those of before are WebP.
    ("ALTER TABLE thumbnail RENAME COLUMN webp TO picture",),
)

_PAUSE_S: Final = 0.01
_PRIMARY: Final = 0xFF  # the low byte of SQLite's error codes
_UNUSED_BYTE: Final = 0x3FFFFFFF  # SQLite locks those that follow it
#: What a file system without locks answers, as a network share whose server has no lock daemon.
NO_LOCKS: Final = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
_CANNOT_WRITE: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)


def default_path() -> Path:
    """Where the catalog lies unless told otherwise; PhotosortError where no home is known."""
    return cache_folder() / "catalog.sqlite3"


def files(path: Path) -> tuple[Path, ...]:
    """List what SQLite keeps beside a database, the database first."""
    return tuple(path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal"))


def size_on_disk(path: Path) -> int:
    """Return the bytes of the catalog at `path`, its logs included; no link is followed."""
    sizes = []
    for file in files(path):
        with contextlib.suppress(FileNotFoundError):  # none there, or its user just removed it
            sizes.append(file.lstat().st_size)
    return sum(sizes)


def connect(path: Path) -> sqlite3.Connection:
    """Open the catalog at `path`, made or migrated as needed; raises PhotosortError."""
    if path != IN_MEMORY:
        _make_private(path)
    with explained(path), contextlib.ExitStack() as on_error:
        connection = sqlite3.connect(path, timeout=0)
        on_error.callback(connection.close)
        _require_locks(connection, path)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_LIMIT_MS}")
        _migrate(connection, path)
        _settle(connection)
        on_error.pop_all()
    return connection


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says of the file (not of a bug in our SQL) into a PhotosortError."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.NotSupportedError):
        raise
    except sqlite3.DatabaseError as error:
        trouble = _trouble(error)
        raise (PhotosortError(f"{path}: {trouble}") if trouble else damaged(path)) from error
    except UnicodeDecodeError as error:  # SQLite quotes the damaged text in its message
        raise damaged(path) from error


def damaged(path: Path) -> PhotosortError:
    """Say that the catalog at `path` does not hold what photosort wrote, and what helps."""
    if is_foreign(path):  # `cache clear` would refuse to remove it
        return PhotosortError(foreign(path))
    return PhotosortError(f"{path}: damaged; remove it with 'photosort cache clear'")


def in_use(error: sqlite3.DatabaseError) -> bool:
    """Return whether SQLite was kept waiting by another connection."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & _PRIMARY


def without_locks(path: Path) -> str | None:
    """Say why a file cannot be locked where its file system has no locks; None where it has."""
    try:
        import fcntl
    except ImportError:  # Windows: every file system has them
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _UNUSED_BYTE)
    except OSError as error:
        return error.strerror if error.errno in NO_LOCKS else None
    finally:
        os.close(descriptor)
    return None


def _require_locks(connection: sqlite3.Connection, path: Path) -> None:
    """Raise at once where the file system has no locks: SQLite takes that for a busy file."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        reason = without_locks(path)
        if reason is not None:
            raise PhotosortError(
                f"{path}: its file system has no locks ({reason}); "
                "set XDG_CACHE_HOME to a folder on another disk"
            ) from error
        if not in_use(error):
            raise


def _trouble(error: sqlite3.DatabaseError) -> str | None:
    """Say what keeps SQLite from a catalog that is whole; None where it is damaged."""
    code = _code(error)
    if in_use(error):
        return "in use by another photosort; wait for it to end, then run again"
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; free some space, then run again"
    if code == sqlite3.SQLITE_IOERR:
        return f"cannot be read or written ({error}); check its disk and its free space"
    if code in _CANNOT_WRITE:
        return f"cannot be written ({error}); {_REMEDY}"
    return None


_REMEDY: Final = "check its permissions, or set XDG_CACHE_HOME to a folder you can write to"


def _make_private(path: Path) -> None:
    """Create the file for the user alone, or make the one that is there so."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in files(path):
            if file.is_symlink():
                raise PhotosortError(f"{file}: a link instead of the catalog; remove it")
        if path.exists():
            _check_private(path)
        else:  # O_EXCL follows no link either
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:  # another photosort was quicker, or the folder is a file
        if not path.exists():
            raise PhotosortError(f"{path.parent}: not a folder; remove it") from None
    except OSError as error:
        raise PhotosortError(f"{path}: cannot be written ({error.strerror}); {_REMEDY}") from error


def _check_private(path: Path) -> None:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise PhotosortError(f"{path}: not a file; remove it")
    if os.name == "posix" and status.st_mode & 0o077:
        path.chmod(0o600)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the migrations that are due, each in one transaction."""
    while (version := _version(connection, path)) < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            if _version(connection, path) > version:
                continue  # another process was quicker
            for statement in MIGRATIONS[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return how many migrations have run; raises where it is not ours, or newer than we are."""
    # One statement: between several, another process may have made the catalog.
    application_id, version, things = connection.execute(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if application_id == version == things == 0:
        return 0
    if application_id != APPLICATION_ID:
        raise PhotosortError(foreign(path))
    if version < 0:
        raise damaged(path)
    if version > len(MIGRATIONS):
        raise PhotosortError(
            f"{path}: written by a newer photosort; upgrade photosort, "
            "or start afresh with 'photosort cache clear'"
        )
    return int(version)


def _settle(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once, and trust nothing that the file brings along."""
    _become_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")  # a power cut loses a batch, never the file
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")


def _become_wal(connection: sqlite3.Connection) -> None:
    """Wait for the others, as SQLite itself does not here, until the journal is a WAL.

    A connection to a WAL locks the file until it is closed, which refuses `clear`.
    """
    end = time.monotonic() + BUSY_LIMIT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not in_use(error) or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def foreign(path: Path) -> str:
    """Say that the file at `path` belongs to something else."""
    return f"{path}: not a catalog of photosort; move it away, then run again"


def is_foreign(path: Path) -> bool:
    """Return whether a file is a database that something else has signed or filled.

    Raises PhotosortError where it cannot be read.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise PhotosortError(f"{path}: {error.strerror}; check its permissions") from error
    signature = int.from_bytes(head[_APPLICATION_ID_AT], "big")
    return len(head) == 100 and head.startswith(_HEADER) and signature != APPLICATION_ID
