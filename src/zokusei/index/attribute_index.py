"""Search over the works of a library, and the terms that sum to each score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import LibraryError, UsageError
from zokusei.index.growing import Growing
from zokusei.index.ids import Rows, WorkIds, WorkIdTexts
from zokusei.index.pools import Pools
from zokusei.index.present import Present
from zokusei.index.scan import CHUNK, Bools, Scan
from zokusei.index.space import AttributeSpace, Floats, Scales
from zokusei.vocabulary import Vocabulary

MIN_SCORE = 1e-3  # a work below this is not related
CHUNK_ROWS = 8_192  # 12 MB of float64 for 184 attributes
FEW = 2_048  # works of which each is scored, without a scan
FEW_OF = 32  # where one in so many is looked at, the bound of each is computed, without faiss
UNBOUNDED = 1_024  # works that are scored sooner than bounded
KEPT = 1_024  # works of which the scan tells the bounds, besides 2 k of each chunk
APPROXIMATE_FROM = 10_000_000  # works
# Which part of what all pools can add an approximate search leaves to those it does not read: of
# drawings it reads 9 pools of 123 where an exact one reads 31 (2026-11-26).
LEFT_APPROXIMATE = 0.4


class AttributeIndex:
    """The works of a library as vectors of a space.

    A work has its row as long as the object lives: works that are added get new
    rows, and the row of one that was removed stays, as zeros that no search
    returns, until the work comes back.

    Args:
        work_ids: N ids, each once.
        probabilities: uint8 (N, A), probability times 255; kept, not copied:
            ``put`` and ``remove`` write to it. One that has room for more works grows
            into that.
        space: Of A attributes.
        live: bool (N,), which rows are of works that are there; all by default.
        scan: That has read these rows; they are read by default, where they are many.
        scales: float32 (N, groups), of ``space``, where they are known.
        approximate: Whether a search may take it from the works it scored what others can
            score at most; by default from ``APPROXIMATE_FROM`` works on. It may be set.

    Raises:
        UsageError: Shapes or ids do not fit.
    """

    def __init__(
        self,
        work_ids: WorkIdTexts,
        probabilities: NDArray[np.uint8] | Growing,
        space: AttributeSpace,
        *,
        live: Bools | None = None,
        scan: Scan | None = None,
        scales: Growing | None = None,
        approximate: bool | None = None,
    ) -> None:
        growing = probabilities if isinstance(probabilities, Growing) else Growing(probabilities)
        _check(len(work_ids), growing.array, space.vocabulary)
        self.space = space
        self.approximate = approximate
        self._ids = WorkIds(work_ids)
        self._probabilities = growing
        self._live = Growing(np.ones(len(work_ids), np.bool_) if live is None else live)
        self._num_pooled = len(work_ids)
        self._present: Present | None = None  # made when first asked for
        self.scan = scan
        self._scales = scales or Growing(np.zeros((len(work_ids), space.num_groups), np.float32))
        if scan is None or scales is None:
            self._read(np.arange(len(work_ids)))

    @classmethod
    def from_probabilities(
        cls,
        work_ids: WorkIdTexts,
        probabilities: NDArray[np.uint8],
        vocabulary: Vocabulary,
        *,
        group_weights: Mapping[str, float] | None = None,
        approximate: bool | None = None,
    ) -> AttributeIndex:
        """Indexes works; rarity is measured on them.

        Args:
            work_ids: N ids, each once.
            probabilities: uint8 (N, A), probability times 255.
            vocabulary: A attributes, in the order of the columns.
            group_weights: In place of ``GROUP_WEIGHTS``, for the groups named;
                0 to 3.
            approximate: As for the class.

        Raises:
            UsageError: Shapes, ids or weights do not fit.
        """
        _check(len(work_ids), probabilities, vocabulary)
        space = AttributeSpace.from_probabilities(
            probabilities, vocabulary, group_weights=group_weights
        )
        return cls(work_ids, probabilities, space, approximate=approximate)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def work_ids(self) -> WorkIds:
        """The N ids, by row; those of removed works too."""
        return self._ids

    @property
    def vocabulary(self) -> Vocabulary:
        """The A attributes."""
        return self.space.vocabulary

    @property
    def probabilities(self) -> NDArray[np.uint8]:
        """Of each row, uint8 (N, A), times 255; zeros where a work was removed. Only to be read."""
        return self._probabilities.array

    @property
    def scales(self) -> Scales:
        """Of each row, float32 (N, groups), as ``space`` has them. Only to be read."""
        return self._scales.array

    @property
    def live(self) -> Bools:
        """Whether the work of a row is there, bool (N,). Only to be read."""
        return self._live.array

    @property
    def exact(self) -> bool:
        """Whether a search surely finds the best works."""
        if self.approximate is None:
            return len(self) < APPROXIMATE_FROM
        return not self.approximate

    @property
    def num_works(self) -> int:
        """How many works are there."""
        return int(np.count_nonzero(self.live))

    def row(self, work_id: str) -> int:
        """The row of a work.

        Raises:
            LibraryError: The index lacks it.
        """
        return int(self.rows([work_id])[0])

    def rows(self, work_ids: WorkIdTexts) -> Rows:
        """The rows of works, int64.

        Raises:
            LibraryError: The index lacks one.
        """
        rows = self._ids.rows(work_ids)
        for at in np.flatnonzero(~self._there(rows)).tolist():
            raise LibraryError(
                f"work '{work_ids[at]}' is not in the index; tag it, then run `zokusei index` again"
            )
        return rows

    def find(self, work_ids: WorkIdTexts) -> Rows:
        """The rows of works, int64 (n,); -1 where the index lacks one."""
        rows = self._ids.rows(work_ids)
        found: Rows = np.where(self._there(rows), rows, -1)
        return found

    def has(self, work_ids: WorkIdTexts) -> Bools:
        """Which of these works are there, bool (n,)."""
        return self._there(self._ids.rows(work_ids))

    def _there(self, rows: Rows) -> Bools:
        there = rows >= 0
        there[there] = self.live[rows[there]]
        return there

    def present(self, least: NDArray[np.uint16]) -> Present:
        """Which works have which attributes; made for the last asked values, and kept up to date.

        Args:
            least: uint16 (A,), probability times 255 from which on an attribute is there.
        """
        present = self._present
        if present is None or not np.array_equal(present.least, least):
            present = Present(least)
            present.put(np.arange(len(self)), self.probabilities)
            self._present = present
        return present

    def vectors(self, rows: NDArray[Any] | Sequence[int]) -> Floats:
        """float64 (n, A), in [0, 1]: the vectors of these rows.

        Raises:
            UsageError: There is no such row.
        """
        return self._vectors(self._checked_rows(rows))

    def terms(self, weighted: Floats, rows: NDArray[Any] | Sequence[int]) -> Floats:
        """What each attribute adds to the scores of these rows.

        Args:
            weighted: float64 (A,), as for ``search``.
            rows: n rows.

        Returns:
            float64 (n, A); a row sums to its score.
        """
        terms: Floats = self.vectors(rows) * weighted
        return terms

    def search(
        self,
        weighted: Floats,
        *,
        k: int,
        allowed: Bools | None = None,
        min_score: float = MIN_SCORE,
    ) -> tuple[Rows, Floats]:
        """The works whose vectors have the largest products with a weighted one.

        Args:
            weighted: float64 (A,), of any signs: a query's vector times
                ``space.shares``, or a sum of such.
            k: At most how many works.
            allowed: bool (N,); only works where it is true are returned.
            min_score: Works below it are left out.

        Returns:
            Rows, int64 (n,), n at most k, highest score first, equal scores in
            the order of their work ids; and their scores, float64 (n,).

        Raises:
            UsageError: A value is out of its range or an array of another shape.
        """
        if k < 1:
            raise UsageError(f"k is {k}, expected 1 or more")
        self._check_weighted(weighted)
        wanted = self._wanted(allowed)
        rows, least = self._candidates(weighted, wanted, k, min_score)
        rows = self._promising(weighted, rows, k, least)
        return self._best(rows, self._scores(weighted, rows), k, min_score)

    def ranked(self, rows: Rows, scores: Floats, k: int) -> Rows:
        """The best of some rows by scores of any kind.

        Args:
            rows: int64 (n,).
            scores: float64 (n,).
            k: At most how many.

        Returns:
            int64 (at most k,), highest score first, equal scores in the order of
            their work ids.
        """
        return self._best(rows, scores, k, -np.inf)[0]

    def put(self, work_ids: WorkIdTexts, probabilities: NDArray[np.uint8]) -> None:
        """Adds works, or replaces them where they are there; the next search sees them.

        Args:
            work_ids: n ids, each once.
            probabilities: uint8 (n, A), probability times 255.

        Raises:
            UsageError: Shapes or ids do not fit; nothing is put.
        """
        _check(len(work_ids), probabilities, self.vocabulary)
        rows = self._ids.rows_with_room(work_ids)
        self._probabilities.grow(len(self))
        self._scales.grow(len(self))
        self._live.grow(len(self))
        changed = ~self.live[rows] | (self.probabilities[rows] != probabilities).any(axis=1)
        self.probabilities[rows[changed]] = probabilities[changed]
        self.live[rows] = True
        self._read(rows[changed])
        if self._present is not None:
            self._present.put(rows[changed], self.probabilities)

    def remove(self, work_ids: WorkIdTexts) -> None:
        """Removes works; the next search does not see them.

        Raises:
            LibraryError: The index lacks one; nothing is removed.
        """
        rows = self.rows(work_ids)
        self.probabilities[rows] = 0
        self.live[rows] = False
        if self._present is not None:
            self._present.put(rows, self.probabilities)

    def _read(self, rows: Rows) -> None:
        """Has the scan know these rows; without one, all of them, once they are many."""
        for chunk in _chunks(rows):
            self.scales[chunk] = self.space.scales(self.probabilities[chunk])
        if len(self) > FEW and (self.scan is None or len(self) > 2 * self._num_pooled):
            # What is rare may have changed with so many new works, and with it the pools.
            some = np.linspace(0, len(self), min(CHUNK_ROWS, len(self)), False, dtype=np.int64)
            pools = Pools.of_vectors(self.vectors(some), self.vocabulary)
            self.scan = Scan(pools, size=len(self))
            self._num_pooled = len(self)
            rows = np.arange(len(self))
        if self.scan is None:
            return
        for chunk in _chunks(rows):
            self.scan.put(chunk, self._vectors(chunk))

    def _vectors(self, rows: Rows) -> Floats:
        return self.space.vectors_of_bytes(self.probabilities[rows], self.scales[rows])

    def _candidates(
        self, weighted: Floats, wanted: Bools, k: int, min_score: float
    ) -> tuple[Rows, float]:
        """Rows that hold the k best, surely if the index is exact; what these score at least."""
        num_wanted = int(np.count_nonzero(wanted))
        if self.scan is None or num_wanted <= max(FEW, k, len(self) // FEW_OF):
            return np.flatnonzero(wanted), min_score
        count = 2 * k + KEPT // len(self.scan.levels)
        if not self.exact:
            asked = self.scan.ask(weighted, wanted, LEFT_APPROXIMATE)
            likely = self._likely(weighted, *asked.best(count), k, min_score)
            if likely is not None:
                return likely, min_score
        asked = self.scan.ask(weighted, wanted)
        rows, bounds, rests = asked.best(count)
        first = rows[_largest(bounds, 2 * k)]
        least = _kth_best(self._scores(weighted, first), k, min_score)
        rows = rows[bounds >= least]
        if (rests < least).all():
            return rows, least
        promising = self._promising(weighted, rows, k, least)
        least = _kth_best(self._scores(weighted, promising), k, min_score)
        more = np.flatnonzero(rests >= least)
        rows = rows[~np.isin(rows // CHUNK, more)]
        return np.concatenate([rows, asked.above(least, more)]), least

    def _likely(
        self,
        weighted: Floats,
        rows: Rows,
        bounds: Floats,
        rests: Floats,
        k: int,
        min_score: float,
    ) -> Rows | None:
        """Rows that very likely hold the k best; None where that is in doubt.

        It is not where the k best of these works stand, by their bounds, in the first half of
        those that are above the bounds of all other works.
        """
        best = self._promising(weighted, rows, k, min_score)
        scores = self._scores(weighted, best)
        best = best[scores >= _kth_best(scores, k, min_score)]
        least = bounds[np.isin(rows, best)].min(initial=np.inf)
        num_above_others = np.count_nonzero(bounds > rests.max())
        return best if 2 * np.count_nonzero(bounds > least) < num_above_others else None

    def _promising(self, weighted: Floats, rows: Rows, k: int, least: float) -> Rows:
        """Those of some rows that may be among the k best of them, which score at least this."""
        if self.scan is None or len(rows) <= 4 * k + UNBOUNDED:
            return rows
        bounds = self.scan.bounds(weighted, rows)
        kept = bounds >= least
        if np.count_nonzero(kept) > 4 * k + UNBOUNDED:
            first = rows[_largest(bounds, 2 * k)]
            kept = bounds >= _kth_best(self._scores(weighted, first), k, least)
        return rows[kept]

    def _scores(self, weighted: Floats, rows: Rows) -> Floats:
        scores = [
            self.space.scores(weighted, self.probabilities[chunk], self.scales[chunk])
            for chunk in _chunks(rows)
        ]
        return np.concatenate([np.zeros(0), *scores])

    def _best(self, rows: Rows, scores: Floats, k: int, min_score: float) -> tuple[Rows, Floats]:
        enough = scores >= _kth_best(scores, k, min_score)
        rows, scores = self._first_by_id(rows[enough], scores[enough], k)
        order = np.lexsort((*self._ids.sort_keys(rows), -scores))[:k]
        return rows[order], scores[order]

    def _first_by_id(self, rows: Rows, scores: Floats, k: int) -> tuple[Rows, Floats]:
        """The same without most of those that score least and are too far back by their ids."""
        if len(rows) <= 2 * k:
            return rows, scores
        last = scores == scores.min()
        places = self._ids.places(rows[last])
        room = max(1, k - (len(rows) - len(places)))
        kept = ~last
        kept[last] = places <= np.partition(places, room - 1)[room - 1]
        return rows[kept], scores[kept]

    def _wanted(self, allowed: Bools | None) -> Bools:
        if allowed is None:
            return self.live
        if allowed.dtype != np.bool_ or allowed.shape != (len(self),):
            raise UsageError(
                f"allowed is {allowed.dtype} {allowed.shape}, expected bool ({len(self)},)"
            )
        return self.live & allowed

    def _check_weighted(self, weighted: Floats) -> None:
        shape = (len(self.vocabulary),)
        if weighted.shape != shape or weighted.dtype != np.float64:
            raise UsageError(
                f"the query is {weighted.dtype} {weighted.shape}, expected float64 {shape}"
            )
        if not np.isfinite(weighted).all():
            raise UsageError("the query has values that are no numbers, expected finite ones")

    def _checked_rows(self, rows: NDArray[Any] | Sequence[int]) -> Rows:
        checked = np.asarray(rows, np.int64)
        for row in checked[(checked < 0) | (checked >= len(self))]:
            raise UsageError(f"row {row} is not in the index, which has {len(self)} rows")
        return checked


def _chunks(rows: Rows) -> Iterator[Rows]:
    for start in range(0, len(rows), CHUNK_ROWS):
        yield rows[start : start + CHUNK_ROWS]


def _kth_best(scores: Floats, k: int, min_score: float) -> float:
    """What a work has to score to be among the k best of these and over the minimum."""
    if len(scores) < k:
        return min_score
    return max(min_score, float(np.partition(scores, -k)[-k]))


def _largest(values: Floats, count: int) -> Rows:
    """The places of the largest values, at most so many, in no order."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(values, -count)[-count:]


def _check(num_works: int, probabilities: NDArray[Any], vocabulary: Vocabulary) -> None:
    shape = (num_works, len(vocabulary))
    if probabilities.dtype != np.uint8 or probabilities.shape != shape:
        raise UsageError(
            f"probabilities are {probabilities.dtype} {probabilities.shape}, "
            f"expected uint8 {shape}: a row for each work id, a column for each attribute"
        )
