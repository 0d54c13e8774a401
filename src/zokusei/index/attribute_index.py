"""Exact search over the works of a library, and the terms that sum to each score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import LibraryError, UsageError
from zokusei.index.space import AttributeSpace, Floats
from zokusei.vocabulary import Vocabulary

Bools: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = NDArray[np.int64]

MIN_SCORE = 1e-3  # a work below this is not related
CHUNK_ROWS = 16_384  # 24 MB of float64 for 184 attributes


class AttributeIndex:
    """The works of a library as vectors of a space, searched exactly.

    A work has its row as long as the object lives: works that are added get new
    rows, and the row of one that was removed stays, as zeros that no search
    returns, until the work comes back.

    Args:
        work_ids: N ids, each once.
        probabilities: uint8 (N, A), probability times 255; kept, not copied,
            until works are added.
        space: Of A attributes.

    Raises:
        UsageError: Shapes or ids do not fit.
    """

    def __init__(
        self, work_ids: Sequence[str], probabilities: NDArray[np.uint8], space: AttributeSpace
    ) -> None:
        _check(work_ids, probabilities, space.vocabulary)
        self.space = space
        self._ids = list(work_ids)
        self._rows = {work_id: row for row, work_id in enumerate(self._ids)}
        self._probabilities = probabilities
        self._live = np.ones(len(self._ids), np.bool_)

    @classmethod
    def from_probabilities(
        cls,
        work_ids: Sequence[str],
        probabilities: NDArray[np.uint8],
        vocabulary: Vocabulary,
        *,
        group_weights: Mapping[str, float] | None = None,
    ) -> AttributeIndex:
        """Indexes works; rarity is measured on them.

        Args:
            work_ids: N ids, each once.
            probabilities: uint8 (N, A), probability times 255.
            vocabulary: A attributes, in the order of the columns.
            group_weights: In place of ``GROUP_WEIGHTS``, for the groups named;
                0 to 3.

        Raises:
            UsageError: Shapes, ids or weights do not fit.
        """
        _check(work_ids, probabilities, vocabulary)
        space = AttributeSpace.from_probabilities(
            probabilities, vocabulary, group_weights=group_weights
        )
        return cls(work_ids, probabilities, space)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def work_ids(self) -> Sequence[str]:
        """The N ids, by row; those of removed works too."""
        return self._ids

    @property
    def vocabulary(self) -> Vocabulary:
        """The A attributes."""
        return self.space.vocabulary

    @property
    def probabilities(self) -> NDArray[np.uint8]:
        """Of each row, uint8 (N, A), times 255; zeros where a work was removed. Only to be read."""
        return self._probabilities

    @property
    def live(self) -> Bools:
        """Whether the work of a row is there, bool (N,). Only to be read."""
        return self._live

    @property
    def num_works(self) -> int:
        """How many works are there."""
        return int(np.count_nonzero(self._live))

    def find(self, work_id: str) -> int | None:
        """The row of a work, or None where the index lacks it."""
        row = self._rows.get(work_id)
        return row if row is not None and self._live[row] else None

    def row(self, work_id: str) -> int:
        """The row of a work.

        Raises:
            LibraryError: The index lacks it.
        """
        row = self._rows.get(work_id)
        if row is None or not self._live[row]:
            raise LibraryError(
                f"work '{work_id}' is not in the index; tag it, then run `zokusei index` again"
            )
        return row

    def vectors(self, rows: NDArray[Any] | Sequence[int]) -> Floats:
        """float64 (n, A), in [0, 1]: the vectors of these rows.

        Raises:
            UsageError: There is no such row.
        """
        return self.space.vectors(self._probabilities[self._checked_rows(rows)] / 255)

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
        rows = np.flatnonzero(self._wanted(allowed))
        scores = self._scores(weighted, rows)
        return self._best(rows, scores, k, min_score)

    def put(self, work_ids: Sequence[str], probabilities: NDArray[np.uint8]) -> None:
        """Adds works, or replaces them where they are there; the next search sees them.

        Args:
            work_ids: n ids, each once.
            probabilities: uint8 (n, A), probability times 255.

        Raises:
            UsageError: Shapes or ids do not fit.
        """
        _check(work_ids, probabilities, self.vocabulary)
        new = [work_id for work_id in work_ids if work_id not in self._rows]
        self._rows.update((work_id, row) for row, work_id in enumerate(new, len(self._ids)))
        self._ids.extend(new)
        room = np.zeros((len(new), len(self.vocabulary)), np.uint8)
        self._probabilities = np.concatenate([self._probabilities, room])
        self._live = np.concatenate([self._live, np.zeros(len(new), np.bool_)])
        rows = [self._rows[work_id] for work_id in work_ids]
        self._probabilities[rows] = probabilities
        self._live[rows] = True

    def remove(self, work_ids: Sequence[str]) -> None:
        """Removes works; the next search does not see them.

        Raises:
            LibraryError: The index lacks one; nothing is removed.
        """
        rows = [self.row(work_id) for work_id in work_ids]
        self._probabilities = self._probabilities.copy()
        self._probabilities[rows] = 0
        self._live[rows] = False

    def _scores(self, weighted: Floats, rows: Rows) -> Floats:
        chunks = [rows[start : start + CHUNK_ROWS] for start in range(0, len(rows), CHUNK_ROWS)]
        scores = [self.terms(weighted, chunk).sum(axis=1) for chunk in chunks]
        return np.concatenate([np.zeros(0), *scores])

    def _best(self, rows: Rows, scores: Floats, k: int, min_score: float) -> tuple[Rows, Floats]:
        enough = scores >= min_score
        rows, scores = rows[enough], scores[enough]
        ids = np.array([self._ids[row] for row in rows], object)
        order = np.lexsort((ids, -scores))[:k]
        return rows[order], scores[order]

    def _wanted(self, allowed: Bools | None) -> Bools:
        if allowed is None:
            return self._live
        if allowed.dtype != np.bool_ or allowed.shape != (len(self),):
            raise UsageError(
                f"allowed is {allowed.dtype} {allowed.shape}, expected bool ({len(self)},)"
            )
        return self._live & allowed

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


def _check(work_ids: Sequence[str], probabilities: NDArray[Any], vocabulary: Vocabulary) -> None:
    shape = (len(work_ids), len(vocabulary))
    if probabilities.dtype != np.uint8 or probabilities.shape != shape:
        raise UsageError(
            f"probabilities are {probabilities.dtype} {probabilities.shape}, "
            f"expected uint8 {shape}: a row for each work id, a column for each attribute"
        )
    if len(set(work_ids)) != len(work_ids):
        twice = next(id_ for place, id_ in enumerate(work_ids) if id_ in work_ids[:place])
        raise UsageError(f"work id '{twice}' stands for several works, expected each once")
