"""What a person would bookmark, by regression on all other people, solved as it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from zokusei.recommend.bookmark_matrix import Floats, Rows
from zokusei.recommend.bookmark_model import BookmarkModel

# Chosen on validation people of the measurement in bench/bookmarks.py (docs/log.md).
L2 = 30.0
DAMPING = 0.25

TOLERANCE = 1e-4  # of the residual, relative; far below what changes a ranking
MOST_STEPS = 100


class Ridge(BookmarkModel):
    """Kernel ridge regression over people.

    With X the U people's bookmarks, each work's column scaled by n^-0.25 for its
    n bookmarks, and q the liked works scaled likewise, the sums are

        q X' (XX' + L2 I)^-1 X

    undone of the scale. So people like the one who asks count, but not twice
    where they are alike among themselves, which is what sets it apart from going
    from work to work. The system is solved by conjugate gradients, some twenty
    passes over the bookmarks, and nothing is kept: exact for the bookmarks of
    this moment.
    """

    name: ClassVar[str] = "ridge"

    def _sums(self, liked: Rows) -> Floats:
        scale = self._once(self._scale)
        wanted = np.zeros((self.matrix.num_works, 1))
        wanted[liked, 0] = scale[liked]
        return self._smoothed(wanted)[:, 0]

    def _terms(self, liked: Rows, rows: Rows) -> Floats:
        # The operator is symmetric: one solution for each liked work has all terms, and so
        # has one for each answered work.
        scale = self._once(self._scale)
        if len(liked) <= len(rows):
            wanted = np.zeros((self.matrix.num_works, len(liked)))
            wanted[liked, np.arange(len(liked))] = scale[liked]
            return self._smoothed(wanted)[rows]
        wanted = np.zeros((self.matrix.num_works, len(rows)))
        wanted[rows, np.arange(len(rows))] = 1 / scale[rows]
        smoothed = self._smoothed(wanted, undo=False)
        terms: Floats = smoothed[liked].T * scale[liked]
        return terms

    def _scale(self) -> Floats:
        return np.maximum(self.matrix.num_by_work, 1) ** -DAMPING

    def _smoothed(self, wanted: Floats, *, undo: bool = True) -> Floats:
        """X'(XX' + L2 I)^-1 X times the columns: float64 (N, n), unscaled if asked."""
        scale = self._once(self._scale)[:, None]

        def forward(works: Floats) -> Floats:
            return self.matrix.to_people(works * scale)

        def backward(people: Floats) -> Floats:
            return self.matrix.to_works(people) * scale

        solution = _solve(lambda v: forward(backward(v)) + L2 * v, forward(wanted))
        smoothed = backward(solution)
        return smoothed / scale if undo else smoothed


def _solve(apply: Callable[[Floats], Floats], wanted: Floats) -> Floats:
    """Conjugate gradients for a symmetric positive definite system, every column by itself.

    Source: Hestenes and Stiefel, "Methods of conjugate gradients for solving
    linear systems", Journal of Research of the National Bureau of Standards 49 (1952).

    Args:
        apply: The matrix times columns (U, n).
        wanted: float64 (U, n).
    """
    solution = np.zeros_like(wanted)
    residual, direction = wanted.copy(), wanted.copy()
    squares = (residual**2).sum(axis=0)
    enough = TOLERANCE**2 * squares
    for _ in range(MOST_STEPS):
        going = squares > enough
        if not going.any():
            break
        applied = apply(direction)
        curvature = (direction * applied).sum(axis=0)
        step = np.divide(squares, curvature, out=np.zeros_like(squares), where=going)
        solution += step * direction
        residual -= step * applied
        before, squares = squares, (residual**2).sum(axis=0)
        ratio = np.divide(squares, before, out=np.zeros_like(squares), where=before > 0)
        direction = residual + ratio * direction
    return solution
