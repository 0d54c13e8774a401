"""Bounds on the scores of all works, read from 4 bits a pool of attributes.

The length x of a work in a pool is kept as the level ceil(15 x), so that level / 15 is at
least x and less than x + 1 / 15. The sum of weight times level is what faiss's
FastScan reads 32 works at a time; with what its own rounding may take away, and what the
pools that are not read may add, it is at least the work's score, and a work whose bound is
below the scores of k others needs no further look.

Levels are kept by pools, so that a query reads those it gives most weight to: of drawings 27 of
123 (2026-11-27). They are copied for faiss, as many works at a time as stay in the processor's
cache, which with the reading takes half of what reading all pools took.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import ZokuseiError
from zokusei.index.blas import load_faiss
from zokusei.index.growing import Growing
from zokusei.index.pools import Pools

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]
Levels: TypeAlias = NDArray[np.uint8]

TOP = 15  # the highest level
LEFT = 1 / 20  # of what all pools can add, at most so much is left to those that are not read
_BLOCK = 32  # works that faiss reads at a time
# Of a block faiss keeps, for each pool, 16 bytes: byte j holds the levels of these two works.
_LOW = np.arange(16).reshape(2, 8).T.ravel()
_HIGH = _LOW + 16
_PLACES = np.argsort(np.concatenate([_LOW, _HIGH]))  # of each work of a block among these halves
_CELL = np.dtype("V16")  # those bytes as one thing to copy
# Blocks that are read at a time: with 30 pools 0.65 MB. 341 lines of cache for each pool, which is
# odd: were it even, pools would push each other out of the cache as they are copied (2.4 ms for a
# million works instead of 3.1 with 2,048 blocks, 2026-11-26).
_CHUNK_BLOCKS = 1_364
CHUNK = _CHUNK_BLOCKS * _BLOCK  # works
# So many pools, or a multiple, are read: faiss keeps two levels in a byte, and few widths are few
# readers.
_WIDTHS = 4
_LAST_BLOCKS = 64  # so many, or a multiple, are read of the last chunk
_MOST_READERS = 12  # that a thread keeps, of 1 MB


class Scan:
    """The levels of N works, in rows from 0.

    Args:
        pools: P pools of A attributes.
        levels: What ``levels`` of another scan with these pools was; 0 by default.
        size: N.

    Raises:
        ValueError: ``levels`` is of another shape.
    """

    def __init__(self, pools: Pools, *, levels: Growing | None = None, size: int = 0) -> None:
        _check_layout()
        self.pools = pools
        shape = (-(-size // CHUNK), len(pools), _CHUNK_BLOCKS, 16)
        self._levels = levels or Growing(np.zeros(shape, np.uint8))
        if self.levels.dtype != np.uint8 or self.levels.shape != shape:
            raise ValueError(
                f"levels are {self.levels.dtype} {self.levels.shape}, expected uint8 {shape}"
            )
        self._size = size

    def __len__(self) -> int:
        return self._size

    @property
    def levels(self) -> Levels:
        """By chunks, pools and blocks, as faiss keeps them: uint8 (chunks, P, blocks, 16)."""
        return self._levels.array

    def put(self, rows: Rows, vectors: NDArray[np.floating[Any]]) -> None:
        """Keeps the vectors of works, in place of those that were in their rows.

        Args:
            rows: int64 (n,), each once; rows from N on make room for themselves.
            vectors: Floating (n, A), in [0, 1].
        """
        if not len(rows):
            return
        self._size = max(len(self), int(rows.max()) + 1)
        self._levels.grow(-(-len(self) // CHUNK))
        blocks, inverse = np.unique(rows // _BLOCK, return_inverse=True)
        chunks, places = blocks // _CHUNK_BLOCKS, blocks % _CHUNK_BLOCKS
        levels = _unpacked(self.levels[chunks, :, places])
        levels[inverse, rows % _BLOCK] = _levels(self.pools.lengths(vectors))
        self.levels[chunks, :, places] = _packed(levels)

    def bounds(self, weighted: Floats, rows: Rows) -> Floats:
        """Bounds on the scores of some works, from all pools, without faiss.

        Args:
            weighted: float64 (A,), of any signs.
            rows: int64 (n,).

        Returns:
            float64 (n,).
        """
        weights = self.pools.weights(weighted)
        blocks, works = np.divmod(rows, _BLOCK)
        chunks, blocks = np.divmod(blocks, _CHUNK_BLOCKS)
        halves, places = np.divmod(_PLACES[works], 16)
        pool_bytes = _CHUNK_BLOCKS * 16
        first = chunks * (len(weights) * pool_bytes) + blocks * 16 + places
        shifts = (4 * halves).astype(np.uint8)
        levels = self.levels.reshape(-1)
        # A level may be 1 / 15 too high, which under a negative weight is too low.
        lowered = float(np.minimum(weights, 0).sum()) / TOP
        bounds = np.full(len(rows), 1e-9 * float(np.abs(weights).sum()) - lowered)
        for pool in np.flatnonzero(weights).tolist():
            bounds += weights[pool] / TOP * (levels[first + pool * pool_bytes] >> shifts & TOP)
        return bounds

    def ask(self, weighted: Floats, wanted: Bools, left: float = LEFT) -> Asked:
        """Bounds for a query.

        Args:
            weighted: float64 (A,), of any signs.
            wanted: bool (N,), which works are looked at.
            left: Which part of what all pools can add may be left to pools that are not read.
        """
        return Asked(self, _Query(self.pools, weighted, left), wanted)


class Asked:
    """The bounds of works on their scores for a query, computed as they are asked for.

    Args:
        scan: Of N works.
        query: What is asked.
        wanted: bool (N,), which works are looked at.
    """

    def __init__(self, scan: Scan, query: _Query, wanted: Bools) -> None:
        self._levels = scan.levels.view(_CELL)[..., 0]
        self._query = query
        self._wanted = wanted
        self._num_blocks = -(-len(scan) // _BLOCK)

    def best(self, count: int) -> tuple[Rows, Floats, Floats]:
        """The works of each chunk with the highest bounds.

        Args:
            count: At most how many of a chunk.

        Returns:
            Rows, int64 (n,); their bounds, float64 (n,); and for each chunk a bound on
            all that is wanted of it besides, -inf where nothing is.
        """
        rows, bounds = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        rests = np.full(len(self._levels), -np.inf)
        query, faiss = self._query, load_faiss()
        # To tell it which works are wanted takes 0.2 ms of a search of 100,000 works (2026-11-27).
        anything = faiss.SearchParametersIVF(nprobe=1)
        for chunk, index in self._read(range(len(self._levels))):
            found, places = index.search(query.values, count, params=anything)
            there, are_wanted = self._wanted_of(places[0], chunk)
            if 2 * np.count_nonzero(are_wanted) < count:
                found, places = index.search(query.values, count, params=self._only_wanted(chunk))
                there, are_wanted = self._wanted_of(places[0], chunk)
            rows.append(there[are_wanted])
            bounds.append(found[0][are_wanted])
            # faiss leaves out the lowest
            rests[chunk] = found[0, -1] if places[0, -1] >= 0 else query.lowest
        return np.concatenate(rows), query.bounds(np.concatenate(bounds)), query.bounds(rests)

    def above(self, least: float, chunks: Iterable[int]) -> Rows:
        """All works of these chunks with a bound of at least ``least``, and perhaps others."""
        query = self._query
        if query.bounds(query.highest) < least:
            return np.zeros(0, np.int64)
        radius = query.radius(least)
        if radius is None:
            return np.concatenate([np.zeros(0, np.int64), *map(self._all, chunks)])
        rows = [np.zeros(0, np.int64)]
        for chunk, index in self._read(chunks):
            parameters = self._only_wanted(chunk)
            _, _, places = index.range_search(query.values, radius, params=parameters)
            rows.append(np.asarray(places, np.int64) + chunk * CHUNK)
        return np.concatenate(rows)

    def _wanted_of(self, places: Rows, chunk: int) -> tuple[Rows, Bools]:
        """The rows of what faiss found in a chunk, -1 where nothing, and which are wanted."""
        rows = places + chunk * CHUNK
        are_wanted = (places >= 0) & (rows < len(self._wanted))
        are_wanted &= self._wanted.take(rows, mode="clip")
        return rows, are_wanted

    def _only_wanted(self, chunk: int) -> Any:
        wanted = self._wanted[chunk * CHUNK : (chunk + 1) * CHUNK]
        faiss = load_faiss()
        selector = faiss.IDSelectorBitmap(np.packbits(wanted, bitorder="little"))
        return faiss.SearchParametersIVF(nprobe=1, sel=selector)

    def _read(self, chunks: Iterable[int]) -> Iterator[tuple[int, Any]]:
        """Has faiss know chunk after chunk of those with wanted works; yields its index of each."""
        pools = self._query.pools
        for chunk in chunks:
            if not self._wanted[chunk * CHUNK : (chunk + 1) * CHUNK].any():
                continue
            left = self._num_blocks - chunk * _CHUNK_BLOCKS
            num_blocks = min(_CHUNK_BLOCKS, _LAST_BLOCKS * -(-left // _LAST_BLOCKS))
            index, cells = _readers.get(self._query.values.shape[1], num_blocks)
            cells[:, : len(pools)] = self._levels[chunk, pools, :num_blocks].T
            yield chunk, index

    def _all(self, chunk: int) -> Rows:
        return np.flatnonzero(self._wanted[chunk * CHUNK : (chunk + 1) * CHUNK]) + chunk * CHUNK


class _Query:
    """Weights of pools as faiss is asked for them, and what its answers bound.

    ``pools`` are read, ``values`` is what faiss gets for them, ``lowest`` and ``highest``
    are the least and the most that it can answer.

    Args:
        pools: P pools of A attributes.
        weighted: float64 (A,), of any signs.
        left: As for ``Scan.ask``.
    """

    def __init__(self, pools: Pools, weighted: Floats, left: float) -> None:
        weights = pools.weights(weighted)
        self.pools, self._rest = pools.heaviest(weights, left)
        self._scale = float(np.abs(weights).max(initial=0)) or 1.0
        query = weights[self.pools] / self._scale
        spans = np.abs(query)
        self.values = np.zeros((1, _WIDTHS * max(1, -(-len(query) // _WIDTHS))), np.float32)
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

    def bounds(self, found: NDArray[np.floating[Any]] | float) -> Floats:
        """What the scores are at most for which faiss answers this."""
        return (np.asarray(found, np.float64) + self._slack) * self._scale + self._rest

    def radius(self, least: float) -> float | None:
        """Above which faiss answers for all that score at least this; None where that is all."""
        radius = (least - self._rest) / self._scale - self._slack - self._step
        return radius if radius > self.lowest else None


def _fast_scan(width: int) -> Any:
    """A faiss index of one list, whose codes are levels; ``width`` is even."""
    faiss = load_faiss()
    one_list = faiss.IndexFlatIP(width)
    one_list.add(np.zeros((1, width), np.float32))
    index = faiss.IndexIVFPQFastScan(one_list, width, 1, width, 4, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False
    levels = np.arange(TOP + 1, dtype=np.float32) / TOP
    faiss.copy_array_to_vector(np.tile(levels, width), index.pq.centroids)
    index.is_trained = True
    return index


class _Readers(threading.local):
    """The readers of each thread, by width and blocks.

    What one was left with does not matter: a chunk is copied before it is read.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], tuple[Any, NDArray[np.void]]] = {}

    def get(self, width: int, num_blocks: int) -> tuple[Any, NDArray[np.void]]:
        """As ``_reader`` makes it; one that was used before if there is one."""
        if (width, num_blocks) not in self._kept:
            if len(self._kept) == _MOST_READERS:
                self._kept.clear()
            self._kept[width, num_blocks] = _reader(width, num_blocks)
        return self._kept[width, num_blocks]


_readers = _Readers()


def _reader(width: int, num_blocks: int) -> tuple[Any, NDArray[np.void]]:
    """A faiss index of so many blocks, and its own memory: 16 bytes (blocks, width)."""
    faiss, index = load_faiss(), _fast_scan(width)
    lists = faiss.downcast_InvertedLists(index.invlists)
    size = num_blocks * _BLOCK
    lists.resize(0, size)
    faiss.rev_swig_ptr(lists.get_ids(0), size)[:] = np.arange(size)
    index.ntotal = size
    codes = faiss.rev_swig_ptr(lists.get_codes(0), num_blocks * width * 16)
    return index, codes.view(_CELL).reshape(num_blocks, width)


def _levels(lengths: Floats) -> Levels:
    levels: Levels = np.minimum(TOP, np.ceil(lengths * TOP)).astype(np.uint8)
    return levels


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
    levels = np.arange(2 * _BLOCK, dtype=np.uint8).reshape(1, _BLOCK, 2) % (TOP + 1)
    index, cells = _reader(2, 1)
    cells[:] = np.ascontiguousarray(_packed(levels)).view(_CELL)[..., 0]
    found, rows = index.search(np.array([[1.0, 0.5]], np.float32), _BLOCK)
    expected = levels[0, rows[0]] @ np.array([1.0, 0.5]) / TOP
    if not np.allclose(found[0], expected, atol=1 / 255):
        raise ZokuseiError(
            f"faiss {load_faiss().__version__} keeps 4-bit codes otherwise than zokusei expects; "
            "install the version in constraints.txt"
        )
