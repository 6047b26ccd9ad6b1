"""The catalog: what goes in comes out, whatever the file has been through."""

import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from photosort.catalog import IN_MEMORY, Catalog, default_path, opening
from photosort.errors import PhotosortError
from photosort.photos.metadata import Facts, Stamp
from photosort.photos.metadata.facts import TRUST
from photosort.photos.records import Embedded, Failed
from photosort.photos.scan import Photo
from tests.conftest import REPO, snapshot

MODEL = "lite2-0123456789ab"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and links")


def photo(
    name: str = "a.jpg", size_bytes: int = 1000, mtime_ns: int = 5, ctime_ns: int = 7
) -> Photo:
    return Photo(Path("/pictures") / name, size_bytes, mtime_ns, ctime_ns, "JPEG")


def numbers(content: int, size: int) -> np.ndarray:
    return np.random.default_rng([content, size]).random(size).astype(np.float16)


def embedded(of: Photo, content: int, facts: Facts | None = None) -> Embedded:
    return Embedded(
        path=of.path,
        size_bytes=of.size_bytes,
        mtime_ns=of.mtime_ns,
        ctime_ns=of.ctime_ns,
        content_hash=bytes([content]) * 16,
        facts=facts or Facts(640, 480),
        feature=numbers(content, 1280),
        scores=numbers(content, 1000),
    )


def failed(of: Photo, content: int | None, reason: str = "damaged") -> Failed:
    content_hash = None if content is None else bytes([content]) * 16
    return Failed(of.path, of.size_bytes, of.mtime_ns, of.ctime_ns, content_hash, reason)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "catalog.sqlite3"


def fill(path: Path, contents: Sequence[int] = (1, 2, 3)) -> list[Photo]:
    photos = [photo(f"{content}.jpg") for content in contents]
    with Catalog.open(path) as catalog:
        results = map(embedded, photos, contents)
        catalog.store(list(results), MODEL)
    return photos


def use(path: Path) -> None:
    """Open, ask everything, store, and close."""
    with Catalog.open(path) as catalog:
        found = catalog.known([photo(f"{content}.jpg") for content in range(200)], MODEL)
        hashes = [answer for answer in found.values() if isinstance(answer, bytes)]
        catalog.features(hashes, MODEL)
        catalog.scores(hashes, MODEL)
        photos = [photo(f"{content}.jpg") for content in range(200)]
        assert all(isinstance(facts, Facts | None) for facts in catalog.facts(photos))
        assert catalog.sizes(photos, MODEL) <= {1000}
        assert catalog.held(hashes, MODEL) == set(hashes)
        assert catalog.info().path == path
        catalog.store([embedded(photo("new.jpg"), 201)], MODEL)


def complaint(path: Path) -> str:
    """Give the one line that the use of a catalog ends with."""
    with pytest.raises(PhotosortError) as caught:
        use(path)
    assert str(caught.value).startswith(f"{path.parent}")
    assert "\n" not in str(caught.value)
    return str(caught.value)


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
stamps = st.builds(
    Stamp,
    source=st.sampled_from(list(TRUST)),
    local=st.datetimes(),
    in_utc=st.booleans(),
    day_only=st.booleans(),
) | st.builds(
    Stamp,
    source=st.sampled_from(list(TRUST)),
    local=st.datetimes(),
    offset_minutes=st.integers(-840, 840),
    offset_source=st.sampled_from(["EXIF OffsetTime", "date"]),
)
placeless = {
    "width": st.none() | st.integers(1, 10**6),
    "height": st.none() | st.integers(1, 10**6),
    "orientation": st.none() | st.integers(1, 8),
    "dates": st.lists(stamps, max_size=3).map(tuple),
    "make": texts,
    "model": texts,
    "serial": texts,
    "software": texts,
    "comment": texts,
    "from_camera": st.booleans(),
}
facts_strategy = st.builds(Facts, **placeless) | st.builds(
    Facts,
    **placeless,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    altitude_m=st.none() | st.floats(-500, 9000),
    place_source=st.sampled_from(["EXIF", "XMP", "sidecar", "Takeout"]),
)
names = st.sampled_from([b"a.jpg", b"\xff\xfe.jpg", "é\n[red].jpg".encode(), b"d/a.jpg"])
photos_strategy = st.builds(
    photo,
    name=names.map(os.fsdecode),
    size_bytes=st.integers(1, 3),
    mtime_ns=st.integers(0, 2) | st.integers(-(2**70), 2**70),
    ctime_ns=st.integers(0, 2),
)
contents_strategy = st.integers(0, 4)
models_strategy = st.sampled_from([MODEL, "lite0-ba9876543210"])


def state(of: Photo) -> tuple[int, int, int]:
    return of.size_bytes, of.mtime_ns % 2**64, of.ctime_ns


class CatalogAgainstDicts(RuleBasedStateMachine):
    """Whatever is stored, in whatever order, the catalog answers like five dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.catalog = Catalog.open(IN_MEMORY)
        self.located: dict[Path, tuple[tuple[int, int, int], bytes]] = {}
        self.seen: dict[tuple[bytes, str], int] = {}
        self.sizes: dict[bytes, int] = {}
        self.facts: dict[Path, tuple[tuple[int, int, int], Facts]] = {}
        self.failures: dict[bytes, str] = {}
        self.asked: set[Photo] = set()

    def teardown(self) -> None:
        self.catalog.connection.close()

    def remember(self, of: Photo, content_hash: bytes) -> None:
        self.asked.add(of)
        self.located[of.path] = (state(of), content_hash)

    @rule(
        batch=st.lists(st.tuples(photos_strategy, contents_strategy, facts_strategy), max_size=4),
        model=models_strategy,
    )
    def store_embedded(self, batch, model) -> None:
        self.catalog.store([embedded(*each) for each in batch], model)
        for of, content, facts in batch:
            content_hash = bytes([content]) * 16
            self.remember(of, content_hash)
            self.seen[content_hash, model] = content
            self.sizes[content_hash] = of.size_bytes
            self.facts[of.path] = (state(of), facts)
            self.failures.pop(content_hash, None)

    @rule(read=st.lists(st.tuples(photos_strategy, facts_strategy), max_size=4))
    def store_facts(self, read) -> None:
        self.catalog.store_facts(read)
        for of, facts in read:
            self.asked.add(of)
            self.facts[of.path] = (state(of), facts)

    @rule(of=photos_strategy, content=st.none() | contents_strategy, reason=st.text())
    def store_failed(self, of, content, reason) -> None:
        result = failed(of, content, reason)
        self.catalog.store([result], MODEL)
        if result.content_hash:
            self.remember(of, result.content_hash)
            self.failures[result.content_hash] = reason.encode("utf-8", "replace").decode()
        self.asked.add(of)

    @rule(of=photos_strategy, content=contents_strategy)
    def locate(self, of, content) -> None:
        self.catalog.locate(of, bytes([content]) * 16)
        self.remember(of, bytes([content]) * 16)

    @rule(of=photos_strategy, ctime_ns=st.integers(0, 2))
    def retime(self, of, ctime_ns) -> None:
        self.catalog.retime([(of, ctime_ns)])
        new = replace(of, ctime_ns=ctime_ns)
        self.asked |= {of, new}
        for table in (self.located, self.facts):
            when, what = table.get(of.path, (None, None))
            if when == state(of):
                table[of.path] = (state(new), what)

    @invariant()
    def photos_are_known(self) -> None:
        for model in (MODEL, "lite0-ba9876543210"):
            for of in self.asked:
                expected: bytes | str | None = None
                when, content_hash = self.located.get(of.path, (None, b""))
                if when == state(of):
                    expected = self.failures.get(content_hash)
                    if (content_hash, model) in self.seen:
                        expected = content_hash
                assert self.catalog.known([of], model).get(of.path) == expected

    @invariant()
    def contents_are_known(self) -> None:
        for model in (MODEL, "lite0-ba9876543210"):
            hashes = [content_hash for content_hash, seen_with in self.seen if seen_with == model]
            sizes = {self.sizes[each] for each in hashes} & {of.size_bytes for of in self.asked}
            assert self.catalog.sizes(list(self.asked), model) == sizes
            assert self.catalog.held([*hashes, b"other"], model) == set(hashes)
            for content in range(5):
                content_hash = bytes([content]) * 16
                assert self.catalog.has(content_hash, model) == (content_hash in hashes)
            twice = hashes[::-1] + hashes
            features = self.catalog.features(twice, model)
            scores = self.catalog.scores(twice, model)
            assert features.dtype == scores.dtype == np.float32
            for row, content_hash in enumerate(twice):
                content = self.seen[content_hash, model]
                np.testing.assert_array_equal(features[row], numbers(content, 1280))
                np.testing.assert_array_equal(scores[row], numbers(content, 1000))

    @invariant()
    def facts_are_known(self) -> None:
        for of in self.asked:
            when, facts = self.facts.get(of.path, (None, None))
            assert self.catalog.facts([of]) == [facts if when == state(of) else None]

    @invariant()
    def counts_add_up(self) -> None:
        info = self.catalog.info()
        assert (info.photos, info.failures) == (len(self.sizes), len(self.failures))
        assert sum(info.models.values()) == len(self.seen)


TestCatalogAgainstDicts = CatalogAgainstDicts.TestCase
TestCatalogAgainstDicts.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)


def test_facts_and_columns_agree():
    """A field added to Facts asks for a migration and for its place in the queries."""
    catalog = Catalog.open(IN_MEMORY)
    columns = [row[1] for row in catalog.connection.execute("PRAGMA table_info(facts)")]
    catalog.connection.close()
    key = ["path", "size_bytes", "mtime_ns", "ctime_ns", "version"]
    assert columns == [*key, *(field.name for field in fields(Facts))]


def test_facts_of_a_changed_file_are_read_again(path, monkeypatch):
    """Another size, mtime, ctime or reader of headers: what was remembered says nothing."""
    of = photo()
    with Catalog.open(path) as catalog:
        catalog.store_facts([(of, Facts(640, 480))])
        assert catalog.facts([of, photo("b.jpg"), of]) == [Facts(640, 480), None, Facts(640, 480)]
        for changed in ({"size_bytes": 1}, {"mtime_ns": 6}, {"ctime_ns": 8}):
            assert catalog.facts([replace(of, **changed)]) == [None]
        monkeypatch.setattr("photosort.catalog.files.VERSION", 0)
        assert catalog.facts([of]) == [None]


def test_a_catalog_of_the_first_release_is_brought_up_to_date(path, monkeypatch):
    """Features stay; facts are read anew, and files, whose ctime is not known, hashed anew."""
    of = photo()
    monkeypatch.setattr(opening, "MIGRATIONS", opening.MIGRATIONS[:1])
    connection = opening.connect(path)
    blob = bytes(2560)
    with connection:
        connection.execute(
            "INSERT INTO content VALUES (?, 1000, 640, 480, '2018-07-04T12:30:00', NULL, 52.5, 13.4"
            ", NULL, 'Maker', NULL)",
            (bytes([1]) * 16,),
        )
        values = (bytes([1]) * 16, MODEL, blob, blob[:2000])
        connection.execute("INSERT INTO feature VALUES (?, ?, ?, ?)", values)
        values = (os.fsencode(of.path), 1000, 5, bytes([1]) * 16)
        connection.execute("INSERT INTO location VALUES (?, ?, ?, ?)", values)
    connection.close()
    monkeypatch.undo()
    with Catalog.open(path) as catalog:
        assert catalog.known([of], MODEL) == {}
        assert catalog.sizes([of], MODEL) == {1000}
        assert catalog.has(bytes([1]) * 16, MODEL)
        assert catalog.facts([of]) == [None]
        catalog.locate(of, bytes([1]) * 16)
        assert catalog.known([of], MODEL) == {of.path: bytes([1]) * 16}


def test_what_was_stored_is_there_next_time(path):
    """A second run knows the photos; a touched one, another model and a new photo it does not."""
    photos = fill(path)
    with Catalog.open(path) as catalog:
        assert catalog.known(photos, MODEL) == {
            of.path: bytes([content]) * 16 for of, content in zip(photos, (1, 2, 3), strict=True)
        }
        touched = [replace(photos[0], mtime_ns=6), replace(photos[1], ctime_ns=8)]
        assert catalog.known([*touched, photo("new.jpg")], MODEL) == {}
        assert catalog.known(photos, "lite0") == {}
        info = catalog.info()
        assert (info.photos, info.failures, info.models) == (3, 0, {MODEL: 3})
        assert info.size_bytes > 3 * 4560


def test_a_failure_is_remembered_until_the_decoder_changes(path):
    """A damaged photo is not decoded again, until another version of the decoder might."""
    of = photo()
    with Catalog.open(path, reader="pillow 1") as catalog:
        catalog.store([failed(of, 1, "truncated")], MODEL)
        assert catalog.known([of], MODEL) == {of.path: "truncated"}
    with Catalog.open(path, reader="pillow 2") as catalog:
        assert catalog.known([of], MODEL) == {}


def test_an_unreadable_file_leaves_no_trace(path):
    """A file that could not be read (permission, I/O error) is tried again next time."""
    with Catalog.open(path) as catalog:
        catalog.store([failed(photo(), None, "no permission to read")], MODEL)
        assert catalog.known([photo()], MODEL) == {}
        assert catalog.info().failures == 0


def test_a_batch_is_stored_whole_or_not_at_all(path):
    """A batch that cannot be stored to its end leaves the catalog as it was."""
    good = embedded(photo(), 1)
    bad = replace(embedded(photo("b.jpg"), 2), feature=numbers(2, 7))
    with Catalog.open(path) as catalog:
        with pytest.raises(AssertionError):
            catalog.store([good, bad], MODEL)
        assert catalog.known([photo()], MODEL) == {}
        assert catalog.info().photos == 0


def test_many_photos_at_once(path):
    """More photos than a query can have parameters are no trouble."""
    photos = [photo(f"{number}.jpg") for number in range(40_000)]
    with Catalog.open(path) as catalog:
        catalog.store([failed(of, 1) for of in photos], MODEL)
        assert len(catalog.known(photos, MODEL)) == 40_000


def test_hashes_that_vanished_are_an_error(path):
    """A catalog cleared by another process in mid-run is told, not invented."""
    fill(path)
    with Catalog.open(path) as catalog, pytest.raises(PhotosortError, match="misses 1 photo;"):
        catalog.features([bytes([1]) * 16, bytes([9]) * 16], MODEL)


# ---- the file


@posix
def test_the_catalog_is_private(path):
    """Folder 0700, file 0600, also one that was made readable by others, and its log."""
    fill(path)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with Catalog.open(path) as catalog:
        catalog.store([embedded(photo(), 1)], MODEL)
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_the_default_place_is_the_users_cache(own_home):
    """Without a path the catalog lies in the cache directory of the user."""
    with Catalog.open() as catalog:
        assert catalog.info().path == default_path()
    assert default_path().is_relative_to(own_home)
    assert Catalog.clear() > 0
    assert Catalog.clear() == 0


@posix
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_planted_link_is_not_followed(path, tmp_path, suffix):
    """A link in the place of the catalog or its log is refused; what it points to is untouched."""
    target = tmp_path / "precious"
    target.write_text("precious")
    before = snapshot(tmp_path)
    path.parent.mkdir()
    path.with_name(path.name + suffix).symlink_to(target)
    assert "link" in complaint(path)
    Catalog.clear(path)
    assert snapshot(tmp_path)[b"precious".hex()] == before[b"precious".hex()]
    fill(path)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: b"no database at all" * 300, id="other bytes"),
        pytest.param(lambda whole: whole[:50], id="cut in the header"),
        pytest.param(lambda whole: whole[:5000], id="cut behind a page"),
        pytest.param(lambda whole: whole[:100] + bytes(4000) + whole[4100:], id="no schema"),
        pytest.param(lambda whole: whole[:4096] + b"\xa5" * (len(whole) - 4096), id="overwritten"),
    ],
)
def test_a_damaged_catalog_is_one_line_and_a_remedy(path, damage):
    """Damage is told in one line that names the remedy; the remedy helps."""
    fill(path, range(150))
    path.write_bytes(damage(path.read_bytes()))
    assert complaint(path) == f"{path}: damaged; remove it with 'photosort cache clear'"
    assert Catalog.clear(path) > 0
    with Catalog.open(path) as catalog:
        assert catalog.info().photos == 0
    fill(path)


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_never_give_a_traceback(path, seed):
    """Whatever bytes change, the catalog works or complains; nothing else is raised."""
    fill(path, range(20))
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for position in rng.integers(0, len(whole), 200) if seed % 2 else rng.integers(0, 4096 * 4, 20):
        whole[position] = rng.integers(256)
    path.write_bytes(whole)
    said = None
    try:
        use(path)
    except PhotosortError as error:
        said = str(error)
    assert said is None or (said.startswith(f"{path.parent}") and "\n" not in said)
    if said and "move it away" in said:  # the mark that it is photosort's was hit
        path.rename(path.with_name("away"))
    else:
        Catalog.clear(path)
    fill(path)  # the remedy helps
    use(path)


def test_a_newer_catalog_is_left_alone(path):
    """A catalog of a later version is told from a damaged one, and not touched."""
    fill(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    assert "written by a newer photosort; upgrade photosort" in complaint(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("application_id", [0, 77])
def test_a_database_of_another_program_is_left_alone(path, application_id):
    """Neither opened, nor changed, nor cleared."""
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.execute("CREATE TABLE precious (thing)")
    connection.close()
    before = path.read_bytes()
    assert "not a catalog of photosort" in complaint(path)
    with pytest.raises(PhotosortError, match="not a catalog of photosort"):
        Catalog.clear(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE feature SET feature = x'00'",
        "UPDATE feature SET scores = CAST(zeroblob(2000) AS TEXT)",
        "UPDATE feature SET feature = 5, scores = NULL",
        "DELETE FROM content",
        "UPDATE location SET hash = 'text'",
        "UPDATE location SET size_bytes = 'big', mtime_ns = x'05'",
    ],
)
def test_an_entry_of_the_wrong_shape_is_unknown(path, attack):
    """Rows that photosort did not write so count as photos not yet looked at."""
    photos = fill(path)
    with Catalog.open(path) as catalog:
        if "NULL" in attack:
            catalog.connection.execute("DROP TABLE feature")
            catalog.connection.execute("CREATE TABLE feature (hash, model, feature, scores)")
            catalog.connection.execute(f"INSERT INTO feature VALUES (x'01', '{MODEL}', 5, NULL)")
        catalog.connection.execute(attack)
        catalog.connection.commit()
        assert catalog.known(photos, MODEL) == {}
        if "location" not in attack:
            assert not catalog.has(bytes([1]) * 16, MODEL)
            assert catalog.held([bytes([1]) * 16], MODEL) == set()


def test_absurd_values_are_damage_or_absent(path):
    """Facts of another kind are absent; numbers that are not finite are damage."""
    fill(path)
    with Catalog.open(path) as catalog:
        catalog.connection.execute(
            "UPDATE facts SET width = 'wide', make = 5, model = x'00', latitude = 9e999,"
            " longitude = 1.0, place_source = 'EXIF', from_camera = 7"
        )
        blob = np.full(1280, np.nan, "<f2").tobytes()
        catalog.connection.execute("UPDATE feature SET feature = ?", (blob,))
        catalog.connection.commit()
        assert catalog.facts([photo("1.jpg")]) == [Facts(None, 480, make="5")]
        with pytest.raises(PhotosortError, match="damaged"):
            catalog.features([bytes([1]) * 16], MODEL)


@pytest.mark.parametrize(
    "dates",
    [
        "5",
        "[5]",
        "[[1, 2]]",
        '[["EXIF DateTime", "yesterday", null, null, 0, 0]]',
        '[["EXIF DateTime", "2018-05-03T10:11:12+02:00", null, null, 0, 0]]',
        '[["a dream", "2018-05-03T10:11:12", null, null, 0, 0]]',
        '[["EXIF DateTime", "2018-05-03T10:11:12", "two", "date", 0, 0]]',
        '[["EXIF DateTime", "2018-05-03T10:11:12", 120, "a dream", 0, 0]]',
        "[" * 10_000,
    ],
)
def test_dates_that_photosort_did_not_write_are_absent(path, dates):
    """A row of dates of the wrong shape gives facts without a date."""
    fill(path)
    with Catalog.open(path) as catalog:
        catalog.connection.execute("UPDATE facts SET dates = ?", (dates,))
        catalog.connection.commit()
        assert catalog.facts([photo("1.jpg")]) == [Facts(640, 480)]


def test_a_folder_that_cannot_be_made(tmp_path):
    """A file where the cache folder should be is one clear line."""
    (tmp_path / "cache").write_text("")
    assert "not a folder" in complaint(tmp_path / "cache" / "catalog.sqlite3")


@posix
def test_a_cache_without_permission(path):
    """A cache that belongs to somebody else is one line that names a way out."""
    fill(path)
    path.parent.chmod(0o500)
    path.chmod(0o400)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)
    try:
        assert "XDG_CACHE_HOME" in complaint(path)
    finally:
        if superuser:
            os.seteuid(0)
        path.parent.chmod(0o700)


def test_a_cache_that_cannot_be_read_is_not_cleared(tmp_path):
    """Whatever the system says of the file is one line with its path."""
    far = tmp_path / ("x" * 300) / "catalog.sqlite3"
    with pytest.raises(PhotosortError, match="sqlite3: File name too long; "):
        Catalog.clear(far)


def test_a_full_disk_is_told(path):
    """SQLite's 'full' is one line with a remedy, and what was stored before is still there."""
    photos = fill(path)
    with Catalog.open(path) as catalog:
        catalog.connection.execute("PRAGMA max_page_count = 1")  # as many as there are
        batch = [embedded(photo(f"new{n}.jpg"), n) for n in range(10, 60)]
        with pytest.raises(PhotosortError, match="the disk is full; free some space"):
            catalog.store(batch, MODEL)
        assert len(catalog.known(photos, MODEL)) == 3
        assert catalog.info().photos == 3


@posix
def test_a_write_that_the_system_refuses_is_told(path):
    """A file that may not grow (a quota, a limit) ends in one line; the catalog stays whole."""
    photos = fill(path)
    program = """
        import resource, sys
        from pathlib import Path
        from photosort.catalog import Catalog
        from photosort.errors import PhotosortError
        from tests.test_catalog import MODEL, embedded, photo

        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with Catalog.open(Path(sys.argv[1])) as catalog:
            try:
                catalog.store([embedded(photo(f"n{n}"), n) for n in range(10, 90)], MODEL)
            except PhotosortError as error:
                print(error)
    """
    done = run(program, path)
    assert "cannot be read or written" in done.stdout
    assert done.stderr == ""
    with Catalog.open(path) as catalog:
        assert len(catalog.known(photos, MODEL)) == 3
        assert catalog.info().photos == 3


def test_a_catalog_in_use_is_told(path, monkeypatch):
    """Waiting has an end: one line says that another photosort has the catalog."""
    fill(path)
    monkeypatch.setattr(opening, "BUSY_LIMIT_MS", 100)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    with Catalog.open(path) as catalog:
        assert len(catalog.known([photo("1.jpg")], MODEL)) == 1  # reading needs no waiting
        with pytest.raises(PhotosortError, match="in use by another photosort"):
            catalog.store([embedded(photo(), 9)], MODEL)
        other.close()
        catalog.store([embedded(photo(), 9)], MODEL)


def test_a_catalog_that_is_open_is_not_cleared(path):
    """`cache clear` while a run uses the catalog is refused; afterwards it forgets everything."""
    photos = fill(path)
    before = path.read_bytes()
    with Catalog.open(path) as catalog:
        with pytest.raises(PhotosortError, match="in use by another photosort; wait for it"):
            Catalog.clear(path)
        assert len(catalog.known(photos, MODEL)) == 3
    assert path.read_bytes() == before
    assert Catalog.clear(path) > 0
    with Catalog.open(path) as catalog:
        assert catalog.known(photos, MODEL) == {}
        assert catalog.info().photos == 0


@pytest.mark.slow
def test_a_catalog_that_is_opened_while_it_is_cleared_is_the_one_at_the_path(path):
    """However often it is cleared meanwhile, what is stored is found again: no file is lost."""
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from photosort.catalog import Catalog\n"
        "from photosort.errors import PhotosortError\n"
        "end = time.monotonic() + 4\n"
        "while time.monotonic() < end:\n"
        "    try: Catalog.clear(Path(sys.argv[1]))\n"
        "    except PhotosortError: pass\n"
    )
    fill(path)
    env = os.environ | {"PYTHONPATH": str(REPO)}
    rounds = 0
    with subprocess.Popen([sys.executable, "-c", program, path], env=env) as clearing:
        while clearing.poll() is None:
            with Catalog.open(path) as catalog:
                catalog.store([embedded(photo(), 9)], MODEL)
                assert len(catalog.known([photo()], MODEL)) == 1
                same = sqlite3.connect(path)
                assert same.execute("SELECT count(*) FROM feature").fetchone()[0] >= 1
                same.close()
            rounds += 1
    assert clearing.returncode == 0
    assert rounds > 1


# ---- versions


def test_a_migration_keeps_what_was_stored(path, monkeypatch):
    """Opened by a later version, the catalog is brought up to date with its rows."""
    photos = fill(path)
    later = (*opening.MIGRATIONS, ("ALTER TABLE failure ADD COLUMN tries INTEGER",))
    monkeypatch.setattr(opening, "MIGRATIONS", later)
    for _ in range(2):
        with Catalog.open(path) as catalog:
            assert len(catalog.known(photos, MODEL)) == 3
            version = catalog.connection.execute("PRAGMA user_version").fetchone()
            assert version == (len(later),)


def test_a_migration_that_fails_changes_nothing(path, monkeypatch):
    """A migration is one transaction: the version before it can still open the catalog."""
    photos = fill(path)
    broken = (*opening.MIGRATIONS, ("DROP TABLE failure", "ALTER TABLE nothing ADD COLUMN x"))
    with monkeypatch.context() as patch:
        patch.setattr(opening, "MIGRATIONS", broken)
        with pytest.raises(PhotosortError):
            Catalog.open(path)
    with Catalog.open(path) as catalog:
        assert len(catalog.known(photos, MODEL)) == 3
        assert catalog.info().failures == 0


# ---- several processes


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    with start(program, *arguments) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPO,
    )


WRITER = """
    import sys
    from pathlib import Path
    from photosort.catalog import Catalog
    from tests.test_catalog import MODEL, embedded, photo

    path, first = Path(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    for content in range(first, first + 60):
        if content % 20 == first % 20:
            catalog = Catalog.open(path)
        catalog.store([embedded(photo(f"{content}.jpg"), content)], MODEL)
        assert len(catalog.known([photo(f"{content}.jpg")], MODEL)) == 1
        print(content, flush=True)
    catalog.connection.close()
"""


def test_processes_share_a_catalog(path):
    """Three processes that make, open and write one catalog at once lose and damage nothing."""
    writers = [start(WRITER, path, first) for first in (0, 60, 120)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, err = writer.communicate(timeout=120)
        assert (writer.returncode, err) == (0, "")
    photos = [photo(f"{content}.jpg") for content in range(180)]
    with Catalog.open(path) as catalog:
        assert catalog.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        known = catalog.known(photos, MODEL)
        assert known == {of.path: bytes([n]) * 16 for n, of in enumerate(photos)}
        features = catalog.features(list(known.values()), MODEL)
    for content, feature in enumerate(features):
        np.testing.assert_array_equal(feature, numbers(content, 1280))


MAKER = """
    import sys
    from pathlib import Path
    from photosort.catalog import Catalog

    for line in sys.stdin:
        with Catalog.open(Path(line.strip())) as catalog:
            print(catalog.info().photos, flush=True)
"""


def test_processes_make_a_catalog_at_once(path):
    """Four processes that open a catalog that is not there yet all get it, forty times over."""
    makers = [start(MAKER) for _ in range(4)]
    for number in range(40):
        for maker in makers:
            maker.stdin.write(f"{path.parent / str(number) / path.name}\n")
            maker.stdin.flush()
        said = [maker.stdout.readline() for maker in makers]
        if said != ["0\n"] * len(makers):
            break
    results = [(maker.communicate(timeout=60)[1], maker.returncode) for maker in makers]
    assert results == [("", 0)] * len(makers)


def test_a_killed_process_leaves_every_finished_batch(path):
    """SIGKILL between or in batches: what was reported stored is there, and the file is whole."""
    writer = start(WRITER, path, 0)
    writer.stdin.write("go\n")
    writer.stdin.flush()
    lines = [writer.stdout.readline() for _ in range(30)]
    writer.kill()
    writer.communicate()
    stored = [photo(f"{line.strip()}.jpg") for line in lines if line != "ready\n"]
    with Catalog.open(path) as catalog:
        assert catalog.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert len(catalog.known(stored, MODEL)) == len(stored) == 29
