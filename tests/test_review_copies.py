"""Groups of copies: no chains, no wrong time, near-linear work; pure, without files."""

import contextlib
import io
import shlex
import tracemalloc
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.commands.review import Reviewed
from photosort.photos.measures import NAMES
from photosort.report.review import show_trash_commands
from photosort.review.copies import Grades, exact_copies, near_copies
from photosort.review.judge import Look, judge
from photosort.review.likeness import distances
from photosort.review.pairs import TABLES, WINDOW, candidates, perceptual_hashes, sketches
from photosort.review.records import REASONS, Item
from photosort.review.trained import KINDS, load_trained

NOON = datetime(2024, 5, 6, 12)


def item(number: int, **more) -> Item:
    return Item(Path(f"/p/{number:05}.jpg"), number.to_bytes(16, "big"), 1000, number, **more)


def even(count: int) -> Grades:
    return Grades(np.zeros(count, np.float32), np.zeros(count, np.float32))


def looked(rng: np.random.Generator, count: int, thumbs: np.ndarray | None = None) -> Look:
    """Make up what the catalog holds of photos that have nothing in common, or given thumbnails."""
    if thumbs is None:
        coarse = rng.integers(0, 256, (count, 8, 8))
        thumbs = coarse.repeat(4, axis=1).repeat(4, axis=2).astype(np.uint8)
    features = np.abs(rng.standard_normal((count, 1280))).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    numbers = np.full((count, len(NAMES)), 0.5, np.float32)
    return Look(thumbs, numbers, features.astype(np.float16), np.zeros((count, 5), np.float32))


def copies_of(look: Look, rows: list[int]) -> Look:
    return Look(look.thumbs[rows], look.numbers[rows], look.features[rows], look.kind_odds[rows])


def test_a_chain_of_likenesses_is_no_group():
    """Of A like B like C, with A unlike C, C is no copy of A: every copy is one of its keeper."""
    items = [replace(item(n), width=100 - n, height=100) for n in range(3)]
    pairs = np.array([[0, 1], [1, 2]])
    found = near_copies(items, pairs, np.array([0.5, 0.5]), even(3))
    assert found == {1: (0, 0.5)}


@pytest.mark.parametrize(
    ("apart_s", "cameras", "group"),
    [(1, ("A", "A"), True), (3600, ("A", "A"), False), (1, ("A", "B"), False)],
)
def test_time_and_camera_may_part_photos_that_look_alike(apart_s, cameras, group):
    """A second apart on one camera is a burst; an hour apart, or two cameras, both stay."""
    times = (NOON, NOON + timedelta(seconds=apart_s))
    items = [replace(item(n), taken=times[n], camera=cameras[n]) for n in range(2)]
    found = near_copies(items, np.array([[0, 1]]), np.array([0.1]), even(2))
    assert bool(found) is group


def test_time_alone_never_stacks():
    """Photos a second apart that do not look alike all stay."""
    look = looked(np.random.default_rng(0), 20)
    items = [replace(item(n), taken=NOON + timedelta(seconds=n), camera="A") for n in range(20)]
    found = judge(items, range(20), look, load_trained())
    assert not found["bursts"]
    assert not found["duplicates"]


def test_the_keeper_is_the_sharper_the_larger_and_what_the_user_keeps():
    """Sharpness outweighs pixels, pixels the file's name, and the user everything."""
    pairs, apart = np.array([[0, 1]]), np.array([0.1])
    large, small = (replace(item(n), width=side, height=side) for n, side in ((0, 2000), (1, 1000)))
    assert near_copies([small, large], pairs, apart, even(2)) == {0: (1, 0.1)}
    blurred = Grades(np.array([5.0, -5.0]), np.zeros(2))
    assert near_copies([large, small], pairs, apart, blurred) == {0: (1, 0.1)}
    kept = replace(small, kept=True)
    assert near_copies([large, kept], pairs, apart, even(2)) == {0: (1, 0.1)}
    both = [replace(large, kept=True), kept]
    assert near_copies(both, pairs, apart, even(2)) == {}


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_every_photo_has_at_most_one_reason_and_every_keeper_stays(count, seed):
    """Whatever copies there are: one finding a photo, and no keeper is itself a copy."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, max(count // 3, 1), count).tolist()
    look = copies_of(looked(rng, count), rows)
    items = [
        replace(item(n), content_hash=bytes([rows[n] if rng.random() < 0.5 else n + 100]) * 16,
                kept=bool(rng.random() < 0.1))
        for n in range(count)
    ]  # fmt: skip
    found = judge(items, range(count), look, load_trained())
    assert tuple(found) == REASONS
    all_found = [one for some in found.values() for one in some]
    paths = [one.item.path for one in all_found]
    assert len(set(paths)) == len(paths)
    assert not any(one.item.kept for one in all_found)
    copies = {one.item.path for one in (*found["duplicates"], *found["bursts"])}
    for one in (*found["duplicates"], *found["bursts"]):
        assert one.keeper is not None
        assert one.keeper.path not in copies


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_the_commands_for_a_shell_never_take_the_last_of_copies(count, seed):
    """Whatever else the keepers are found for: after all commands one of each picture is left."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, max(count // 4, 1), count).tolist()
    look = copies_of(looked(rng, count), rows)
    look.numbers[rng.random(count) < 0.5] = 0.0  # black all over
    items = [
        replace(item(n), content_hash=bytes([rows[n] if rng.random() < 0.5 else n + 100]) * 16,
                width=int(rng.choice([100, 4000])), height=100)
        for n in range(count)
    ]  # fmt: skip
    found = judge(items, range(count), look, load_trained())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        show_trash_commands(Reviewed(found, count, 0, (), ()))
    named = {
        shlex.split(line, comments=True)[-1]
        for line in printed.getvalue().splitlines()
        if shlex.split(line, comments=True)
    }
    copies = [*found["duplicates"], *found["bursts"]]
    assert {str(one.item.path) for one in copies} <= named
    assert not {str(one.keeper.path) for one in copies if one.keeper} & named


@pytest.mark.parametrize("count", [3000, pytest.param(30_000, marks=pytest.mark.slow)])
def test_thousands_of_copies_of_one_photo_have_one_keeper(count):
    """Near copies beside 300 others: one stays of the copies, and the others all do.

    No list of all pairs: what is allocated meanwhile is some kilobytes a photo.
    """
    rng = np.random.default_rng(1)
    look = copies_of(looked(rng, 301), [0] * count + list(range(1, 301)))
    noisy = look.thumbs + rng.integers(0, 4, look.thumbs.shape, np.uint8)
    look = Look(np.maximum(noisy, look.thumbs), look.numbers, look.features, look.kind_odds)
    items = [item(n) for n in range(count + 300)]
    tracemalloc.start()
    found = judge(items, range(len(items)), look, load_trained())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    copies = [one for one in found["duplicates"] if one.keeper]
    assert len(copies) == count - 1
    assert len({one.keeper.path for one in copies}) == 1
    assert peak < 50_000 * count + 150e6


def test_candidates_are_few_and_hold_the_copies():
    """Work grows with the photos, not with their pairs; hardly a copy is missed."""
    rng = np.random.default_rng(2)
    look = looked(rng, 4000)
    features = look.features.astype(np.float32)
    features[2000:] = features[:2000] + rng.normal(0, 0.005, (2000, 1280))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    thumbs = look.thumbs.copy()
    thumbs[2000:] = (thumbs[:2000] * 0.8).astype(np.uint8)
    sketch = sketches(features, features.mean(axis=0))
    pairs = candidates(perceptual_hashes(thumbs), sketch, rng.permutation(4000))
    assert len(pairs) <= (TABLES + 5) * WINDOW * 4000
    assert len(pairs) < 40_000
    wanted = pairs[pairs[:, 1] - pairs[:, 0] == 2000]
    assert len(wanted) > 1960
    assert (distances(thumbs, features.astype(np.float16), wanted) <= 1).mean() > 0.98


def test_exact_copies_keep_the_one_that_looks_original():
    """Of one content stays what is not named a copy, then the oldest file."""
    same = [
        replace(item(1), path=Path("/p/IMG_1 (1).jpg"), content_hash=b"c" * 16),
        replace(item(3), path=Path("/p/IMG_1.jpg"), content_hash=b"c" * 16),
        replace(item(2), path=Path("/p/old/IMG_1.jpg"), content_hash=b"c" * 16),
    ]
    assert exact_copies(same) == {0: 2, 1: 2}


def test_no_photo_at_all_is_no_error():
    """An empty list gives empty lists."""
    look = looked(np.random.default_rng(0), 0)
    assert not any(judge([], [], look, load_trained()).values())
    assert len(KINDS) == 5
