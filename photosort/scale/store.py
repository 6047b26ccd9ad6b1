"""A folder of features on any file system: Parquet shards, and a ledger with an entry a shard.

    store.json               what network made the features, by which version
    shards/NAME.parquet      rows (rows.py); NAME is a hash of the shard's photos
    ledger/NAME.json         written when its shard is whole: rows, bytes, SHA-256
    index.parquet            when all photos have a row: which shard, which row, in order of URLs
    index.json               where they came from, what was left out, SHA-256 of the index

A shard without its entry in the ledger counts as missing. What is read is checked, as others may
be able to write to the place.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from photosort import __version__
from photosort.errors import PhotosortError
from photosort.photos.measures import VERSION as MEASURES_VERSION
from photosort.photos.metadata import VERSION as FACTS_VERSION
from photosort.scale.listing import Listed
from photosort.scale.places import Place, explained, open_place
from photosort.scale.rows import KEY, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from photosort.scale.listing import Listing

ABOUT: Final = "store.json"
INDEX, INDEX_ABOUT = "index.parquet", "index.json"
FORMAT: Final = 1
AGAIN: Final = "run photosort embed on it with --check, which looks at its photos again"


@dataclass(frozen=True, slots=True)
class Entry:
    """A shard in the ledger: how many rows, how many of them failed, its bytes, their SHA-256."""

    name: str
    rows: int
    failed: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Index:
    """What a finished store holds: photos in order of URLs, the shard and row of each."""

    photos: tuple[Listed, ...]
    shards: tuple[str, ...]
    rows: tuple[int, ...]
    sources: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    unsupported: int


@dataclass(frozen=True, slots=True)
class Store:
    """An open store of features by one network, `model` as the user names it."""

    place: Place
    model: str
    model_id: str

    def begin(self) -> None:
        """Write what the store is, unless it is there. Raises PhotosortError."""
        if self.place.read(ABOUT) is None:
            about = {
                "format": FORMAT,
                "photosort": __version__,
                "model": self.model,
                "model_id": self.model_id,
                "facts": FACTS_VERSION,
                "measures": MEASURES_VERSION,
            }
            self.place.write(ABOUT, to_json(about))

    def entries(self) -> dict[str, Entry]:
        """Read the ledger: the shards whose file is there and as long as the entry says."""
        there = self.place.sizes("shards")
        noted = sorted(self.place.sizes("ledger"))
        names = [file.removesuffix(".json") for file in noted if file.endswith(".json")]
        names = [name for name in names if f"{name}.parquet" in there]
        texts = self.place.read_all([f"ledger/{name}.json" for name in names])
        found = {name: _entry(name, texts.get(f"ledger/{name}.json")) for name in names}
        return {
            name: entry
            for name, entry in found.items()
            if entry is not None and there[f"{name}.parquet"] == entry.size_bytes
        }

    def write(self, table: pa.Table) -> Entry:
        """Write a shard, then its entry in the ledger. Raises PhotosortError."""
        name = shard_name(_listed(table))
        data = to_parquet(table)
        failed = table.column("feature").null_count
        digest = hashlib.sha256(data).hexdigest()
        entry = Entry(name, table.num_rows, failed, len(data), digest)
        self.place.write(f"shards/{name}.parquet", data)
        self.place.write(f"ledger/{name}.json", to_json(asdict(entry)))
        return entry

    def has(self, entry: Entry) -> bool:
        """Return whether a shard is there as it was written."""
        return _entry(entry.name, self.place.read(f"ledger/{entry.name}.json")) == entry

    def read(self, entry: Entry) -> pa.Table:
        """Read a shard, checked against the ledger. PhotosortError for a damaged one."""
        data = self.place.read(f"shards/{entry.name}.parquet")
        path = self.place.at(f"shards/{entry.name}.parquet")
        if data is None or hashlib.sha256(data).hexdigest() != entry.sha256:
            fact = "gone" if data is None else "damaged (its checksum is not the ledger's)"
            raise PhotosortError(f"{path}: {fact}; {AGAIN}")
        table = read_parquet(io.BytesIO(data), path)
        if table.schema != schema(self.model_id):
            raise PhotosortError(f"{path}: has other columns than a shard; {AGAIN}")
        return table

    def drop_damaged(self) -> list[str]:
        """Read every shard; forget those that are not as the ledger says, and name them."""
        dropped = []
        for name, entry in self.entries().items():
            try:
                self.read(entry)
            except PhotosortError:
                dropped.append(self.drop(name))
        return dropped

    def drop(self, name: str) -> str:
        """Forget a shard, so that its photos are looked at again; return its path."""
        self.place.remove(f"ledger/{name}.json")
        return self.place.at(f"shards/{name}.parquet")

    def photos_of(self, entry: Entry) -> list[tuple[Listed, bool]]:
        """List the photos of a shard in its order, and whether each could be read.

        Only these columns are fetched. Raises PhotosortError for a shard that is damaged there.
        """
        import pyarrow.parquet as pq

        path = self.place.at(f"shards/{entry.name}.parquet")
        with explained(path), self.place.files.open(path, "rb") as file:
            table = pq.read_table(file, columns=[*KEY, "hash"])
            read = [digest is not None for digest in table.column("hash").to_pylist()]
            return list(zip(_listed(table), read, strict=True))

    def write_index(self, listing: Listing, at: Mapping[Listed, tuple[str, int]]) -> None:
        """Say that every photo of a listing has its row, and where."""
        import pyarrow as pa

        photos = listing.photos
        table = pa.table(
            {
                "url": pa.array([os.fsencode(one.url) for one in photos], pa.binary()),
                "size_bytes": pa.array([one.size_bytes for one in photos], pa.int64()),
                "mtime_ns": pa.array([one.mtime_ns for one in photos], pa.int64()),
                "ctime_ns": pa.array([one.ctime_ns for one in photos], pa.int64()),
                "shard": pa.array([at[one][0] for one in photos], pa.string()),
                "row": pa.array([at[one][1] for one in photos], pa.int64()),
            }
        )
        data = to_parquet(table)
        about = {
            "photosort": __version__,
            "photos": len(photos),
            "sources": listing.sources,
            "skipped": [[str(entry.path), entry.reason] for entry in listing.skipped],
            "unsupported": listing.unsupported,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        self.place.write(INDEX, data)
        self.place.write(INDEX_ABOUT, to_json(about))

    def index(self) -> Index:
        """Read what the store holds. Raises PhotosortError where it is unfinished or damaged."""
        about, data = self.place.read(INDEX_ABOUT), self.place.read(INDEX)
        path = self.place.at(INDEX)
        if about is None or data is None:
            raise PhotosortError(
                f"{self.place.url}: unfinished; run photosort embed again, which goes on there"
            )
        try:
            told = json.loads(about)
            sources = tuple(map(str, told["sources"]))
            skipped = tuple((str(where), str(why)) for where, why in told["skipped"])
            whole = told["sha256"] == hashlib.sha256(data).hexdigest()
            unsupported = int(told["unsupported"])
        except (ValueError, TypeError, LookupError, RecursionError):
            whole = False
        if not whole:
            raise PhotosortError(
                f"{path}: damaged; run photosort embed again, which writes it anew"
            )
        table = read_parquet(io.BytesIO(data), path)
        return Index(
            tuple(_listed(table)),
            tuple(table.column("shard").to_pylist()),
            tuple(table.column("row").to_pylist()),
            sources,
            skipped,
            unsupported,
        )


def plan_store(url: str, model: str, model_id: str) -> Store:
    """Open the store at a place, or plan one where there is nothing yet.

    Nothing is written before `Store.begin`. Raises PhotosortError where there are other files, or
    the features of another network.
    """
    place = _open_folder(url, "pass another --to")
    if place.read(ABOUT) is None:
        if place.sizes("") or (place.is_local and _holds_something(place.root)):
            raise PhotosortError(
                f"{place.url}: holds files and is no store of features; pass an empty or new --to"
            )
        return Store(place, model, model_id)
    store = open_store(url)
    if store.model_id != model_id:
        raise PhotosortError(
            f"{place.url}: holds features of {store.model} ({store.model_id}), not of {model}"
            f" ({model_id}); pass --model {store.model}, or another --to"
        )
    return store


def open_store(url: str) -> Store:
    """Open the store at a place. Raises PhotosortError for none, or one of another version."""
    place = _open_folder(url, "name the folder that photosort embed wrote")
    data = place.read(ABOUT)
    if data is None:
        raise PhotosortError(
            f"{place.url}: no features there; run photosort embed SRC --to {place.url}"
        )
    try:
        about = json.loads(data)
        found = [about[key] for key in ("format", "facts", "measures")]
        store = Store(place, str(about["model"]), str(about["model_id"]))
    except (ValueError, TypeError, LookupError, RecursionError):
        raise PhotosortError(
            f"{place.at(ABOUT)}: damaged; run photosort embed with a new --to"
        ) from None
    if found != [FORMAT, FACTS_VERSION, MEASURES_VERSION]:
        raise PhotosortError(
            f"{place.url}: written by another version of photosort; run photosort embed with a new"
            " --to, or use that version"
        )
    return store


def _open_folder(url: str, remedy: str) -> Place:
    """Open a place, which may be missing. Raises PhotosortError for one that is no folder."""
    place = open_place(url)
    if place.is_local and os.path.lexists(place.root) and not os.path.isdir(place.root):  # noqa: PTH112
        raise PhotosortError(f"{place.url}: not a folder; {remedy}")
    return place


def shard_name(photos: Sequence[Listed]) -> str:
    """Name a shard by its photos: whoever looks at the same ones writes the same file."""
    digest = hashlib.blake2b(digest_size=16)
    for one in photos:
        digest.update(os.fsencode(one.url))
        digest.update(f"\0{one.size_bytes}\0{one.mtime_ns}\0{one.ctime_ns}\n".encode())
    return digest.hexdigest()


def _entry(name: str, text: bytes | None) -> Entry | None:
    """Read a shard's entry in the ledger; None for anything else."""
    try:
        entry = Entry(**json.loads(text or b""))
    except (ValueError, TypeError, RecursionError):
        return None
    numbers = entry.rows, entry.failed, entry.size_bytes
    whole = all(isinstance(number, int) for number in numbers)
    return entry if whole and (entry.name, type(entry.sha256)) == (name, str) else None


def _listed(table: pa.Table) -> list[Listed]:
    columns = [table.column(name).to_pylist() for name in KEY]
    return [Listed(os.fsdecode(url), *rest) for url, *rest in zip(*columns, strict=True)]


def _holds_something(root: str) -> bool:
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is not None
    except FileNotFoundError:
        return False


def to_parquet(table: pa.Table) -> bytes:
    """Write a table into memory."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read_parquet(file: io.BytesIO, path: str) -> pa.Table:
    """Read a table; `path` is named where it is none. Raises PhotosortError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise PhotosortError(f"{path}: no Parquet that can be read; {AGAIN}") from error


def to_json(value: object) -> bytes:
    """Write JSON in ASCII."""
    return json.dumps(value, ensure_ascii=True, indent=1).encode("ascii") + b"\n"
