"""What every way of recommending by bookmarks has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from zokusei.library import Library
from zokusei.recommend.bookmark_matrix import BookmarkMatrix, Floats, Rows

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Scored:
    """The works that bookmarks recommend, in order of their rows.

    Args:
        rows: int64 (n,), rows of the matrix; ascending.
        scores: float64 (n,), in (0, 1]: parts of the best work's, which has 1.
        num_people: int64 (n,): how many people bookmarked it together with a
            liked work or several.
    """

    rows: Rows
    scores: Floats
    num_people: Rows


@dataclass(frozen=True, slots=True)
class Parts:
    """What each liked work adds to the scores of K answered works.

    Args:
        liked: The L liked works that anybody has bookmarked.
        shares: float64 (K, L): parts of a work's score; each row sums to 1. Some
            may be negative, where a model takes one liked work as speaking against.
        num_people: int64 (K, L): how many people bookmarked both.
    """

    liked: tuple[str, ...]
    shares: Floats
    num_people: Rows


class BookmarkModel(ABC):
    """Recommends by what the same people bookmarked.

    A model tells how strongly the liked works speak for each other work, as a sum
    of one term a liked work. Scores are these sums relative to that of the best
    work: 1 is the work that speaks for itself most, one of 0.5 has half as much
    behind it, and what nothing speaks for is not scored. So the scores of one
    question can be mixed with those by attributes whatever a model computes in,
    and say nothing across questions; how much there is behind the best of them is
    the gate's business.

    Args:
        matrix: Who bookmarked what; models may share it.
    """

    name: ClassVar[str]

    def __init__(self, matrix: BookmarkMatrix) -> None:
        self.matrix = matrix
        self._made: Any = None
        self._of_generation = -1

    def refresh(self, library: Library) -> bool:
        """Takes in what changed in the library; says whether anything did."""
        return self.matrix.refresh(library)

    def scores(self, liked: Sequence[str]) -> Scored:
        """The works that people bookmarked together with the liked ones.

        Args:
            liked: Work ids; one that nobody bookmarked adds nothing. The liked
                works are not scored themselves.
        """
        rows = self._liked_rows(liked)
        sums = self._sums(rows) if len(rows) else np.zeros(self.matrix.num_works)
        sums[rows] = 0
        scored = np.flatnonzero(sums > 0)
        best = sums[scored].max(initial=0.0)
        return Scored(scored, sums[scored] / (best or 1.0), self._num_people(rows)[scored])

    def parts(self, liked: Sequence[str], rows: Rows) -> Parts:
        """What each liked work adds to the score of some works that ``scores`` gave.

        Args:
            liked: As ``scores`` was given them.
            rows: int64 (K,), rows of the matrix.
        """
        of_liked = self._liked_rows(liked)
        if len(of_liked) == 1:
            shares = np.ones((len(rows), 1))
        else:
            terms = self._terms(of_liked, rows)
            shares = terms / terms.sum(axis=1, keepdims=True)
        return Parts(
            tuple(self.matrix.work_ids[row] for row in of_liked),
            shares,
            self.matrix.together(rows, of_liked),
        )

    def _once(self, make: Callable[[], Made]) -> Made:
        """What a model makes of the bookmarks there are now, made once for these."""
        if self._of_generation != self.matrix.generation:
            self._made = make()
            self._of_generation = self.matrix.generation
        made: Made = self._made
        return made

    def _liked_rows(self, liked: Sequence[str]) -> Rows:
        return self.matrix.rows_of(dict.fromkeys(liked))

    def _num_people(self, liked: Rows) -> Rows:
        """How many people bookmarked each work and one of these: int64 (N,)."""
        has = self.matrix.to_people(_indicator(liked, self.matrix.num_works)) > 0
        counted = self.matrix.to_works(has.astype(np.float64))
        return np.rint(counted).astype(np.int64)

    @abstractmethod
    def _sums(self, liked: Rows) -> Floats:
        """How strongly these works, one or more, speak for each work: float64 (N,)."""

    @abstractmethod
    def _terms(self, liked: Rows, rows: Rows) -> Floats:
        """The terms of the sums at some rows: float64 (len(rows), len(liked))."""


def _indicator(rows: Rows, size: int) -> Floats:
    vector = np.zeros(size)
    vector[rows] = 1
    return vector
