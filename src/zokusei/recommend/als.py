"""Factors of people and works by alternating least squares, as `implicit` computes them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from zokusei.errors import ZokuseiError
from zokusei.recommend.bookmark_matrix import BookmarkMatrix, Floats, Rows
from zokusei.recommend.bookmark_model import BookmarkModel

# The best of five settings on validation people (docs/log.md, 2026-11-26).
NUM_FACTORS = 64
L2 = 1.0
NUM_ITERATIONS = 15
SEED = 0


class Als(BookmarkModel):
    """The liked works as one more person, whose factors are solved for as it is asked.

    With Y the works' factors, the sum for a work x is y_x' u, where

        u = (Y'Y + L2 I)^-1 (sum of y_l over the liked works l)

    and so has one term a liked work (Hu, Koren and Volinsky, "Collaborative
    filtering for implicit feedback datasets", ICDM 2008, section 5; all confidences
    are 1). The factors are fitted when they are first asked for. Later bookmarks
    give the people and works they concern new factors and leave the others, so
    after many of them a model made anew is better.

    Raises:
        ZokuseiError: implicit is not installed.
    """

    name: ClassVar[str] = "als"

    def __init__(self, matrix: BookmarkMatrix) -> None:
        super().__init__(matrix)
        self._als: Any = None
        self._era = self._generation = -1
        _least_squares()

    def _sums(self, liked: Rows) -> Floats:
        factors = self._factors()
        sums: Floats = factors @ self._solved(factors, factors[liked].sum(axis=0))
        return sums

    def _terms(self, liked: Rows, rows: Rows) -> Floats:
        factors = self._factors()
        terms: Floats = factors[rows] @ self._solved(factors, factors[liked].T)
        return terms

    @staticmethod
    def _solved(factors: Floats, wanted: Floats) -> Floats:
        gram = factors.T @ factors + L2 * np.eye(factors.shape[1], dtype=np.float64)
        return np.asarray(np.linalg.solve(gram, wanted), np.float64)

    def _factors(self) -> Floats:
        """Those of the works, for the bookmarks there are now: float64 (N, factors)."""
        matrix = self.matrix
        if self._generation != matrix.generation:
            with threadpool_limits(1, "blas"):  # implicit runs threads of its own
                if self._era != matrix.era:
                    self._fit()
                else:
                    self._catch_up()
            self._era, self._generation = matrix.era, matrix.generation
            self._counts = matrix.num_by_person, matrix.num_by_work
        return np.asarray(self._als.item_factors, np.float64)

    def _fit(self) -> None:
        # With as many factors as works every work would be like itself alone.
        num_factors = max(1, min(NUM_FACTORS, self.matrix.num_works // 4))
        self._als = _least_squares()(
            factors=num_factors, regularization=L2, iterations=NUM_ITERATIONS, random_state=SEED
        )
        everybody = np.arange(self.matrix.num_people)
        self._als.fit(self.matrix.works_of(everybody).astype(np.float32), show_progress=False)

    def _catch_up(self) -> None:
        """Gives people and works that have more bookmarks than before new factors."""
        people = _grown(self._counts[0], self.matrix.num_by_person)
        works = _grown(self._counts[1], self.matrix.num_by_work)
        known, size = self._als.item_factors.shape
        unknown = np.zeros((self.matrix.num_works - known, size), np.float32)
        self._als.item_factors = np.concatenate([self._als.item_factors, unknown])
        if len(people):
            self._als.partial_fit_users(people, self.matrix.works_of(people).astype(np.float32))
        if len(works):
            self._als.partial_fit_items(works, self.matrix.people_of(works).astype(np.float32))


def _grown(before: Rows, now: Rows) -> Rows:
    """The rows whose count is another than before, new ones among them."""
    rows: Rows = np.flatnonzero(now != np.pad(before, (0, len(now) - len(before))))
    return rows


def _least_squares() -> Any:
    try:
        from implicit.cpu.als import AlternatingLeastSquares
    except ImportError:
        raise ZokuseiError(
            "implicit is not installed; the model 'als' needs `pip install 'zokusei[bookmarks]'`"
        ) from None
    return AlternatingLeastSquares
