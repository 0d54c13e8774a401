"""What a library says of its works besides their attributes, at hand for filters."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.library import Library
from zokusei.library.changes import Parts
from zokusei.recommend.names import Names, Rows

_COLUMNS = ("work_id", "artist", "series", "characters", "rating", "perceptual_hash")
_WORDS = 4  # of 64 bits: a perceptual hash
_MOST_ROWS = 2  # here for each work; beyond it stale rows are dropped by reading all again


class WorkFacts:
    """Artists, series, characters, ratings and perceptual hashes of a library's works.

    They are read once; later only what was added or changed is. A work that
    changed gets a new row here, and its old one is stale; so rows here are
    others than those of an index, and ``fit`` keeps which is which.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.artists, self.series = Names("artist"), Names("series")
        self.characters, self.ratings = Names("character"), Names("rating")
        self._hashes = np.zeros((0, _WORDS), np.uint64)
        self._rows: dict[str, int] = {}  # of each work, its row here
        self._parts: Parts = frozenset()
        self._ids: list[str] = []  # by row here
        self._index: AttributeIndex | None = None
        self._live = np.zeros(0, np.bool_)  # which works the index had when they were found
        self._num_fitted = 0  # of the rows here
        self._own = np.zeros(0, np.int64)  # of each index row, the row here; -1 where none
        self._theirs = np.zeros(0, np.int64)  # of each row here, the index row; -1 where none
        self._rated: dict[frozenset[str], NDArray[np.bool_]] = {}

    def refresh(self, library: Library) -> None:
        """Takes in what was added or changed since the last time."""
        table, self._parts = library.works_beyond(self._parts, _COLUMNS)
        if len(self._ids) + table.num_rows > _MOST_ROWS * max(len(self._rows), table.num_rows):
            self._forget()
            table, self._parts = library.works_beyond(self._parts, _COLUMNS)
        self.add(table)

    def add(self, table: pa.Table) -> None:
        """Adds works, or says something else of those that are there.

        Args:
            table: Of the columns that ``refresh`` reads: those of the works table of these
                names.
        """
        if not table.num_rows:
            return
        first = len(self._ids)
        for name, names in (
            ("artist", self.artists),
            ("series", self.series),
            ("characters", self.characters),
            ("rating", self.ratings),
        ):
            names.add(table[name], first)
        hashes = _hashes(table["perceptual_hash"].combine_chunks())
        self._hashes = np.concatenate([self._hashes, hashes])
        self._ids += table["work_id"].to_pylist()
        self._rows.update(zip(self._ids[first:], range(first, len(self._ids)), strict=True))

    def fit(self, index: AttributeIndex) -> None:
        """Finds which of the index's rows are which here, of those that are new in either."""
        if index is not self._index:
            self._index, self._num_fitted = index, 0
            self._own, self._live = np.zeros(0, np.int64), np.zeros(0, np.bool_)
        if self._num_fitted == len(self._ids) and np.array_equal(index.live, self._live):
            return
        self._rated.clear()
        first = self._num_fitted
        came = index.live.copy()
        came[: len(self._own)] &= ~self._live
        self._own = np.append(self._own, np.full(len(index) - len(self._own), -1))
        if first:
            rows = np.flatnonzero(came).tolist()
            self._own[rows] = [self._rows.get(index.work_ids[row], -1) for row in rows]
        found = index.find(self._ids[first:])
        self._own[found[found >= 0]] = first + np.flatnonzero(found >= 0)
        self._theirs = np.full(len(self._ids), -1)
        known = np.flatnonzero(self._own >= 0)
        self._theirs[self._own[known]] = known
        self._live, self._num_fitted = index.live.copy(), len(self._ids)

    def rated(self, ratings: Collection[str]) -> NDArray[np.bool_]:
        """Which rows of the index have one of these ratings: bool (N,), only to be read.

        Kept until something changes: a site asks for the same ones again and again.

        Raises:
            UnknownNameError: No work has one of them.
        """
        wanted = frozenset(ratings)
        if wanted not in self._rated:
            rated = np.zeros(len(self._own), np.bool_)
            rated[self.index_rows(self.ratings.rows_with(sorted(wanted)))] = True
            self._rated[wanted] = rated
        return self._rated[wanted]

    def own_rows(self, index_rows: Rows) -> Rows:
        """The rows here of these rows of the index; those of which nothing is known left out."""
        rows = self._own[index_rows]
        return rows[rows >= 0]

    def index_rows(self, own_rows: Rows) -> Rows:
        """The rows of the index of these rows here; those that it lacks left out."""
        rows = self._theirs[own_rows]
        return rows[rows >= 0]

    def artist_codes(self, index_rows: Rows) -> Rows:
        """A number for the artist of each of these rows of the index; -1 where none is known."""
        return self.artists.first_codes(self._own[index_rows])

    def hashes(self, index_rows: Rows) -> NDArray[np.uint64]:
        """The perceptual hashes of rows of the index, uint64 (n, 4); 0 where none is known."""
        own = self._own[index_rows]
        found = self._hashes[np.maximum(own, 0)] if len(self._hashes) else 0
        return np.where((own >= 0)[:, None], found, np.zeros((len(own), _WORDS), np.uint64))


def _hashes(column: pa.Array) -> NDArray[np.uint64]:
    """uint64 (n, 4); 0 where the column has none, or one of another length."""
    size = 8 * _WORDS
    whole = pc.fill_null(pc.equal(pc.binary_length(column), size), False)
    fixed = column.filter(whole).cast(pa.binary(size))
    hashes = np.zeros((len(column), _WORDS), np.uint64)
    if len(fixed):
        words = np.frombuffer(fixed.buffers()[1], np.uint64)
        hashes[whole.to_numpy(zero_copy_only=False)] = words.reshape(-1, _WORDS)[: len(fixed)]
    return hashes
