"""Scores of works for one request, each as a sum of reasons; by attributes."""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.recommend.answer import Reason
from zokusei.recommend.names import Rows

Floats = NDArray[np.float64]


class Scores(Protocol):
    """What ranks works for a request."""

    def best(self, num: int) -> tuple[Rows, Floats]:
        """The best works.

        Args:
            num: How many; fewer are returned only where there are no more.

        Returns:
            int64 (n,) rows of the index and float64 (n,) scores, best first, ties by work id.
        """

    def reasons(self, rows: Rows) -> list[tuple[Reason, ...]]:
        """Why each of these works, which ``best`` gave, scores what it does.

        Returns:
            For each its reasons, largest share first; they sum to its score.
        """


class AttributeScores:
    """Scores by attributes: the product of a request's direction and a work's vector.

    Args:
        index: N works.
        direction: float64 (A,), of the request.
        allowed: bool (N,), the works that may be answered.
        min_score: The least that is answered.
    """

    def __init__(
        self,
        index: AttributeIndex,
        direction: Floats,
        allowed: NDArray[np.bool_],
        min_score: float,
    ) -> None:
        self._index = index
        self._direction = direction
        self._allowed = allowed
        self._min_score = min_score

    def best(self, num: int) -> tuple[Rows, Floats]:
        """As ``Scores`` says; exact."""
        return self._index.search(
            self._direction, k=num, allowed=self._allowed, min_score=self._min_score
        )

    def of(self, rows: Rows) -> Floats:
        """The scores of these works, however low: float64 (n,)."""
        scores: Floats = self._index.terms(self._direction, rows).sum(axis=1)
        return scores

    def reasons(self, rows: Rows) -> list[tuple[Reason, ...]]:
        """As ``Scores`` says: a reason for each attribute that adds or takes away."""
        ids = self._index.vocabulary.ids
        terms = self._index.terms(self._direction, rows)
        places, columns = np.nonzero(terms)
        shares = terms[places, columns]
        order = np.lexsort((-shares, places))
        told = zip(columns[order].tolist(), shares[order].tolist(), strict=True)
        reasons = [Reason("attribute", ids[column], share) for column, share in told]
        ends = np.cumsum(np.bincount(places, minlength=len(rows))).tolist()
        return [tuple(reasons[start:end]) for start, end in pairwise([0, *ends])]


def best_of(rows: Rows, scores: Floats, num: int, index: AttributeIndex) -> tuple[Rows, Floats]:
    """The best of works that are scored already, in the order of ``Scores.best``.

    Args:
        rows: int64 (n,), of the index.
        scores: float64 (n,).
        num: How many.
        index: Names the works.
    """
    if len(scores) > num:
        enough = scores >= np.partition(scores, -num)[-num]
        rows, scores = rows[enough], scores[enough]
    ids = [index.work_ids[row] for row in rows.tolist()]
    order = sorted(range(len(rows)), key=lambda place: (-scores[place], ids[place]))[:num]
    return rows[order], scores[order]
