"""The scan's bounds: never below a score, so that what lies below them may be left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zokusei.index.pools import Pools
from zokusei.index.scan import CHUNK, Scan

values = st.sampled_from([0, 0, 0, 1, 1, 0.5, 1 / 15, 2 / 15 + 1e-9, 0.999]) | st.floats(0, 1)
weights = st.sampled_from([0, 0, 1, -1, 1e-12]) | st.floats(-2, 2, allow_subnormal=False)


def parted(things, sizes):
    """These things in lists of these sizes, as far as they go; the others alone."""
    parts = []
    for size in [*sizes, *[1] * len(things)]:
        parts.append(things[:size])
        things = things[size:]
    return [part for part in parts if part]


def pools(num_attributes, sizes=(), group_sizes=()):
    """Pools of these sizes in groups of these sizes, as far as they go; the others alone."""
    return Pools(parted(parted(list(range(num_attributes)), sizes), group_sizes))


@st.composite
def scans(draw):
    """A scan, the vectors it has read, and a query that is not 0."""
    num_works, num_attributes = draw(st.integers(1, 70)), draw(st.integers(1, 21))
    vectors = draw(arrays.arrays(np.float64, (num_works, num_attributes), elements=values))
    weighted = draw(arrays.arrays(np.float64, num_attributes, elements=weights))
    weighted[draw(st.integers(0, num_attributes - 1))] = draw(st.sampled_from([0.3, -0.3]))
    vectors /= np.maximum(1, np.linalg.norm(vectors, axis=1, keepdims=True))
    sizes, group_sizes = (
        draw(st.lists(st.integers(1, 4), min_size=num_attributes, max_size=num_attributes))
        for _ in range(2)
    )
    scan = Scan(pools(num_attributes, sizes, group_sizes))
    scan.put(np.arange(num_works), vectors)
    return scan, vectors, weighted


def everyone(scan):
    return np.ones(len(scan), np.bool_)


def best(scan, weighted, count, *, wanted=None, left=0.0):
    """Rows, their bounds, and a bound on every work besides."""
    wanted = everyone(scan) if wanted is None else wanted
    rows, bounds, rests = scan.ask(weighted, wanted, left).best(count)
    return rows, bounds, rests.repeat(CHUNK)[: len(scan)]


def above(scan, weighted, least, *, wanted=None, left=0.0):
    wanted = everyone(scan) if wanted is None else wanted
    asked = scan.ask(weighted, wanted, left)
    return asked.above(least, range(len(scan.levels)))


lefts = st.sampled_from([0, 1 / 30, 0.2, 1])


@settings(deadline=None)
@given(scans(), st.integers(1, 80), lefts)
def test_the_best_have_bounds_at_or_over_their_scores_and_over_those_left_out(world, count, left):
    scan, vectors, weighted = world
    rows, bounds, rests = best(scan, weighted, count, left=left)
    scores = vectors @ weighted
    assert len(rows) == len(set(rows.tolist())) <= count
    assert (bounds >= scores[rows]).all()
    assert (bounds >= rests[rows]).all()
    assert (np.delete(scores, rows) <= np.delete(rests, rows)).all()


@settings(deadline=None)
@given(scans(), st.floats(-3, 3) | st.integers(0, 69), lefts)
def test_no_work_that_scores_enough_is_missing_above(world, least, left):
    scan, vectors, weighted = world
    scores = vectors @ weighted
    if isinstance(least, int):
        least = float(scores[least % len(scores)])  # exactly the score of a work
    found = set(above(scan, weighted, least, left=left).tolist())
    assert set(np.flatnonzero(scores >= least).tolist()) <= found


@settings(deadline=None)
@given(scans(), st.data(), lefts)
def test_only_what_is_wanted_is_found(world, data, left):
    scan, vectors, weighted = world
    wanted = data.draw(arrays.arrays(np.bool_, len(vectors)))
    rows, _, rests = best(scan, weighted, 80, wanted=wanted, left=left)
    assert wanted[rows].all()
    left_out = wanted.copy()
    left_out[rows] = False
    assert ((vectors @ weighted)[left_out] <= rests[left_out]).all()
    for least in (-10.0, 0.0, 0.1):
        assert wanted[above(scan, weighted, least, wanted=wanted, left=left)].all()


@settings(deadline=None)
@given(scans(), st.data())
def test_bounds_of_some_works_are_at_or_over_their_scores_and_close(world, data):
    scan, vectors, weighted = world
    rows = np.array(data.draw(st.lists(st.integers(0, len(vectors) - 1))), np.int64)
    bounds = scan.bounds(weighted, rows)
    assert (bounds >= vectors[rows] @ weighted).all()
    everything, by_faiss, _ = best(scan, weighted, len(vectors))
    there = np.isin(rows, everything)
    known = dict(zip(everything.tolist(), by_faiss.tolist(), strict=True))
    for row, bound in zip(rows[there].tolist(), bounds[there].tolist(), strict=True):
        assert bound <= known[row] + 1e-6


@settings(deadline=None)
@given(scans(), st.data())
def test_a_vector_that_is_put_again_replaces_the_one_before(world, data):
    scan, vectors, weighted = world
    size = len(vectors) + data.draw(st.integers(0, 40))
    rows = data.draw(st.lists(st.integers(0, size - 1), unique=True).map(sorted))
    rows = np.array(sorted({*rows, *range(len(vectors), size)}), np.int64)
    new = data.draw(
        arrays.arrays(
            np.float64, (len(rows), len(weighted)), elements=st.sampled_from([0, 0.1, 0.2])
        )
    )
    scan.put(rows, new)
    now = np.zeros((size, len(weighted)))
    now[: len(vectors)] = vectors
    now[rows] = new
    other = Scan(scan.pools)
    other.put(np.arange(size), now)
    assert len(scan) == size
    rows, bounds, _ = best(scan, weighted, size)
    other_rows, other_bounds, _ = best(other, weighted, size)
    assert dict(zip(rows, bounds, strict=True)) == dict(zip(other_rows, other_bounds, strict=True))


def test_bounds_are_close_enough_to_leave_most_works_out():
    generator = np.random.default_rng(2)
    vectors = generator.random((5000, 179)) * (generator.random((5000, 179)) < 0.1)
    weighted = vectors[7] / 13
    scan = Scan(pools(179))
    scan.put(np.arange(5000), vectors)
    tenth = np.sort(vectors @ weighted)[-10]
    assert len(above(scan, weighted, tenth)) < 100


def test_nothing_is_found_where_nothing_was_put():
    scan = Scan(pools(4))
    scan.put(np.zeros(0, np.int64), np.zeros((0, 4)))
    assert len(scan) == 0
    rows, _, _ = best(scan, np.ones(4), 3)
    assert rows.tolist() == []
    assert above(scan, np.ones(4), 0.5).tolist() == []


@pytest.mark.parametrize("num_works", [31, 32, 33, 64])
def test_works_at_the_edges_of_blocks_are_found(num_works):
    vectors = np.eye(num_works)
    scan = Scan(pools(num_works))
    scan.put(np.arange(num_works), vectors)
    for row in range(num_works):
        rows, bounds, _ = best(scan, vectors[row], 1)
        assert rows.tolist() == [row]
        assert bounds[0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("tiny", [1e-300, 1e-45, -1e-45])
def test_weights_may_be_smaller_than_faiss_can_tell(tiny):
    vectors, scan = np.array([[0.5], [1.0]]), Scan(pools(1))
    scan.put(np.arange(2), vectors)
    assert above(scan, np.array([tiny]), 0.1).tolist() == []
    assert set(above(scan, np.array([tiny]), -0.1).tolist()) == {0, 1}
