"""Bounds on the scores of all works, read from 4 bits a pool of attributes.

The length x of a work in a pool is kept as the level ceil(15 x), so that level / 15 is at
least x and less than x + 1 / 15. The sum of weight times level is what faiss's
FastScan reads 32 works at a time; with what its own rounding may take away it is
at least the work's score, and a work whose bound is below the scores of k others
needs no further look.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import ZokuseiError
from zokusei.index.blas import load_faiss
from zokusei.index.pools import Pools

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]
Levels: TypeAlias = NDArray[np.uint8]

TOP = 15  # the highest level
_BLOCK = 32  # works that faiss reads at a time
# Of a block faiss keeps, for each pool, 16 bytes: byte j holds the levels of these two works.
_LOW = np.arange(16).reshape(2, 8).T.ravel()
_HIGH = _LOW + 16


class Scan:
    """The levels of N works, in rows from 0.

    Args:
        pools: P pools of A attributes.
        packed: What ``packed`` of another scan with these pools was; nothing by default.
        size: N of that scan.

    Raises:
        ValueError: ``packed`` is of another shape.
    """

    def __init__(self, pools: Pools, *, packed: Levels | None = None, size: int = 0) -> None:
        _check_layout()
        self.pools = pools
        self._index = _fast_scan(len(pools))
        self._lists = load_faiss().downcast_InvertedLists(self._index.invlists)
        if packed is not None and size:
            self._make_room(size)
            if packed.dtype != np.uint8 or packed.shape != self.packed.shape:
                raise ValueError(
                    f"packed is {packed.dtype} {packed.shape}, expected uint8 {self.packed.shape}"
                )
            self.packed[:] = packed

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def put(self, rows: Rows, vectors: NDArray[np.floating[Any]]) -> None:
        """Keeps the vectors of works, in place of those that were in their rows.

        Args:
            rows: int64 (n,), each once; rows from N on make room for themselves.
            vectors: Floating (n, A), in [0, 1].
        """
        if not len(rows):
            return
        self._make_room(max(len(self), int(rows.max()) + 1))
        blocks, inverse = np.unique(rows // _BLOCK, return_inverse=True)
        packed = self.packed
        levels = _unpacked(packed[blocks])
        levels[inverse, rows % _BLOCK, : len(self.pools)] = _levels(self.pools.lengths(vectors))
        packed[blocks] = _packed(levels)

    def best(
        self, weighted: Floats, wanted: Bools | None, count: int
    ) -> tuple[Rows, Floats, float]:
        """The works with the highest bounds.

        Args:
            weighted: float64 (A,), of any signs.
            wanted: bool (N,), which works are looked at; None for all.
            count: At most how many.

        Returns:
            Rows, int64 (n,); their bounds, float64 (n,), highest first; and a
            bound on all that is wanted besides.
        """
        query = _Query(self.pools.weights(weighted))
        found, rows = self._index.search(query.values, count, params=_parameters(wanted))
        there = rows[0] >= 0
        rest = float(found[0, -1]) if there.all() else query.lowest  # faiss leaves out the lowest
        return rows[0][there], query.bounds(found[0][there]), float(query.bounds(rest))

    def above(self, weighted: Floats, wanted: Bools | None, least: float) -> Rows:
        """All works with a bound of at least ``least``, and perhaps some others, in no order."""
        query = _Query(self.pools.weights(weighted))
        if query.bounds(query.highest) < least:
            return np.zeros(0, np.int64)
        radius = query.radius(least)
        if radius is None:
            return np.arange(len(self)) if wanted is None else np.flatnonzero(wanted)
        _, _, rows = self._index.range_search(query.values, radius, params=_parameters(wanted))
        return np.asarray(rows, np.int64)

    def _make_room(self, size: int) -> None:
        if size == len(self):
            return
        self._lists.resize(0, size)
        ids = load_faiss().rev_swig_ptr(self._lists.get_ids(0), size)
        ids[len(self) :] = np.arange(len(self), size)
        self._index.ntotal = size

    @property
    def packed(self) -> Levels:
        """Faiss's own memory, until it makes more room: uint8 (blocks, P, 16)."""
        num_blocks = -(-len(self) // _BLOCK)
        width = _even(len(self.pools))
        memory = load_faiss().rev_swig_ptr(self._lists.get_codes(0), num_blocks * width * 16)
        blocks: Levels = memory.reshape(num_blocks, width, 16)
        return blocks


class _Query:
    """Weights of pools as faiss is asked for them, and what its answers bound.

    ``values`` is what faiss gets, ``lowest`` and ``highest`` are the least and the most
    that it can answer.

    Args:
        weights: float64 (P,), of any signs.
    """

    def __init__(self, weights: Floats) -> None:
        self._scale = float(np.abs(weights).max()) or 1.0
        query = weights / self._scale
        spans = np.abs(query)
        self.values = np.zeros((1, _even(len(query))), np.float32)
        self.values[0, : len(query)] = query
        # faiss keeps each product of weight and level in 8 bits, and their sum in 16.
        self._step = max(1 / 255, float(spans.sum()) / 65535)
        rounding = np.count_nonzero(spans) * self._step / 2
        # A level may be 1 / 15 too high, which under a negative weight is too low.
        lowered = float(spans[query < 0].sum()) / TOP
        arithmetic = 1e-6 * (1 + float(spans.sum()))  # float32's
        self._slack = rounding + lowered + arithmetic
        self.lowest = float(query[query < 0].sum())
        self.highest = float(query[query > 0].sum())

    def bounds(self, found: NDArray[np.float32] | float) -> Floats:
        """What the scores are at most for which faiss answers this."""
        return (np.asarray(found, np.float64) + self._slack) * self._scale

    def radius(self, least: float) -> float | None:
        """Above which faiss answers for all that score at least this; None where that is all."""
        radius = least / self._scale - self._slack - self._step
        return radius if radius > self.lowest else None


def _fast_scan(num_pools: int) -> Any:
    """A faiss index of one list, whose codes are levels."""
    faiss, width = load_faiss(), _even(num_pools)
    one_list = faiss.IndexFlatIP(width)
    one_list.add(np.zeros((1, width), np.float32))
    index = faiss.IndexIVFPQFastScan(one_list, width, 1, width, 4, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False
    levels = np.arange(TOP + 1, dtype=np.float32) / TOP
    faiss.copy_array_to_vector(np.tile(levels, width), index.pq.centroids)
    index.is_trained = True
    return index


def _even(num_pools: int) -> int:
    """The next even number: faiss keeps two levels in a byte."""
    return num_pools + num_pools % 2


def _levels(lengths: Floats) -> Levels:
    levels: Levels = np.minimum(TOP, np.ceil(lengths * TOP)).astype(np.uint8)
    return levels


def _parameters(wanted: Bools | None) -> Any:
    faiss = load_faiss()
    if wanted is None:
        return faiss.SearchParametersIVF(nprobe=1)
    selector = faiss.IDSelectorBitmap(np.packbits(wanted, bitorder="little"))
    return faiss.SearchParametersIVF(nprobe=1, sel=selector)


def _packed(levels: Levels) -> Levels:
    """uint8 (blocks, 32, P), 0 to 15, as faiss keeps them: (blocks, P, 16)."""
    packed: Levels = levels[:, _LOW] | (levels[:, _HIGH] << np.uint8(4))
    return packed.transpose(0, 2, 1)


def _unpacked(packed: Levels) -> Levels:
    """The inverse of ``_packed``."""
    by_work = packed.transpose(0, 2, 1)
    levels = np.empty((len(packed), _BLOCK, packed.shape[1]), np.uint8)
    levels[:, _LOW], levels[:, _HIGH] = by_work & TOP, by_work >> 4
    return levels


@cache
def _check_layout() -> None:
    """Sees to it that faiss reads what ``_packed`` writes.

    Raises:
        ZokuseiError: This version of faiss keeps its codes otherwise.
    """
    faiss, index = load_faiss(), _fast_scan(2)
    levels = np.arange(2 * _BLOCK, dtype=np.uint8).reshape(1, _BLOCK, 2) % (TOP + 1)
    ids, codes = np.arange(_BLOCK), np.ascontiguousarray(_packed(levels))
    index.invlists.add_entries(0, _BLOCK, faiss.swig_ptr(ids), faiss.swig_ptr(codes))
    index.ntotal = _BLOCK
    found, rows = index.search(np.array([[1.0, 0.5]], np.float32), _BLOCK)
    expected = levels[0, rows[0]] @ np.array([1.0, 0.5]) / TOP
    if not np.allclose(found[0], expected, atol=1 / 255):
        raise ZokuseiError(
            f"faiss {faiss.__version__} keeps 4-bit codes otherwise than zokusei expects; install "
            "the version in constraints.txt"
        )
