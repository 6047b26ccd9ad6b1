"""Rows in blocks: however large a block, however the features are stored, the rows are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.bench import scores
from photosort.dec.arrays import Floats, Ints
from photosort.errors import PhotosortError
from photosort.grouping import graph, rows
from photosort.grouping.confidence import confidence
from photosort.grouping.graph import largest, neighbour_adjacency, personalised_pagerank
from photosort.grouping.groups import group_features
from photosort.grouping.rows import Rows, Stored, blocks, copies
from tests.test_groups import album


class File(Stored):
    """Features in memory that are only given in small parts."""

    def __init__(self, table: Floats) -> None:
        self.table, self.most = table, 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.table.shape[0], self.table.shape[1]

    def __getitem__(self, wanted: slice | Ints) -> Floats:
        found: Floats = self.table[wanted]
        self.most = max(self.most, len(found))
        return found


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a block be 7 rows, and references be 40."""
    monkeypatch.setattr(rows, "BLOCK", 7)
    monkeypatch.setattr(graph, "REFERENCES", 40)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999), count=st.integers(1, 40), block=st.integers(1, 50))
def test_the_size_of_a_block_changes_no_row(seed: int, count: int, block: int) -> None:
    """All rows, a slice of them, and some in another order, from memory and from a file."""
    x = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    whole = Rows(x)[:]
    some = np.random.default_rng(seed).integers(count, size=6)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rows, "BLOCK", block)
        for source in (x, File(x)):
            cut = Rows(source)
            assert np.concatenate([part for _, part in blocks(cut)]) == pytest.approx(
                whole, abs=1e-6
            )
            assert np.array_equal(cut.whole(), np.concatenate([part for _, part in blocks(cut)]))
            assert cut[some] == pytest.approx(whole[some], abs=1e-6)
            assert cut[1:3] == pytest.approx(whole[1:3], abs=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("small_blocks")
def test_features_are_read_a_block_at_a_time() -> None:
    """Of 90 photos no more are read at once than are compared one by one."""
    x, classes = album((40, 30, 20))
    source = File(x)
    found = group_features(source, clusters=3)
    assert source.most == 40
    assert scores.nmi(classes, found.labels) > 0.95
    assert np.bincount(found.labels).tolist() == [40, 30, 20]


@pytest.mark.slow
@pytest.mark.parametrize("references", [40, 90])
def test_the_size_of_a_block_changes_no_group(
    monkeypatch: pytest.MonkeyPatch, references: int
) -> None:
    """With all photos compared and with 40 of 90: labels and confidence are those of one block."""
    monkeypatch.setattr(graph, "REFERENCES", references)
    x, _ = album((40, 30, 20), spread=1.0)
    whole = group_features(x, clusters=3)
    monkeypatch.setattr(rows, "BLOCK", 11)
    cut = group_features(x, clusters=3)
    assert np.array_equal(cut.labels, whole.labels)
    assert cut.confidence == pytest.approx(whole.confidence, abs=1e-4)


@pytest.mark.usefixtures("small_blocks")
def test_a_bad_row_is_named_by_its_place_among_all() -> None:
    """Rows 9 and 23 hold no numbers: the message counts both and names the first."""
    x, _ = album((10, 20))
    x[[9, 23], 0] = np.nan
    with pytest.raises(PhotosortError, match=r"2 of 30 rows hold NaN .*first: row 9"):
        group_features(x, clusters=2)


@pytest.mark.usefixtures("small_blocks")
def test_equal_rows_have_one_number_in_every_block() -> None:
    """Three photos, copied: three numbers; None as soon as as many differ as are asked for."""
    x = np.eye(3, 8, dtype=np.float32)[np.arange(20) % 3]
    found = copies(Rows(x), 4)
    assert found is not None
    assert found.tolist() == (np.arange(20) % 3).tolist()
    assert copies(Rows(x), 3) is None


def test_confidence_is_that_of_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours, centroids and cosines of 90 photos, whole and 13 at a time."""
    x, classes = album((40, 30, 20), spread=1.5)
    unit = Rows(x)[:]
    whole = confidence(unit, classes)
    monkeypatch.setattr(rows, "BLOCK", 13)
    assert confidence(unit, classes) == pytest.approx(whole, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 9999), width=st.integers(3, 90), count=st.integers(1, 3))
def test_the_largest_values_are_all_found(seed: int, width: int, count: int) -> None:
    """Maxima of columns first, or whole rows: the values are those of a sort."""
    values = np.random.default_rng(seed).normal(size=(4, width)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(graph, "COLUMNS", 12)
        found = largest(values, count)
    assert np.array_equal(
        np.sort(np.take_along_axis(values, found, axis=1)), np.sort(values)[:, width - count :]
    )


def test_an_average_over_the_graph_is_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 columns at once and 9 at a time."""
    unit = Rows(album((20, 20))[0])[:]
    adjacency = neighbour_adjacency(unit)
    whole = personalised_pagerank(adjacency, unit, 0.9)
    monkeypatch.setattr(graph, "WIDTH", 9)
    assert personalised_pagerank(adjacency, unit, 0.9) == pytest.approx(whole, abs=1e-6)
