"""People's bookmarks beside an index: what they say of its rows, and how much it counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.library import Library
from zokusei.recommend.bookmark_model import BookmarkModel, Parts
from zokusei.recommend.by_bookmarks import open_model
from zokusei.recommend.gate import Gate
from zokusei.recommend.names import Rows
from zokusei.recommend.taste import Taste

Floats = NDArray[np.float64]


class People:
    """What people bookmarked, by the rows of an index.

    Args:
        model: Scores works by bookmarks.
        gate: How much of a score is people's.
        taste: What their bookmarks say of attributes, if that was learned.
    """

    def __init__(self, model: BookmarkModel, gate: Gate, taste: Taste | None = None) -> None:
        self._model = model
        self.gate = gate
        self.taste = taste
        self._ids: Sequence[str] = ()  # of the works that were ever bookmarked, by row there
        self._index: AttributeIndex | None = None
        self._theirs = np.zeros(0, np.int64)  # of each row there, the index row; -1 where none
        self._own = np.zeros(0, np.int64)  # of each index row, the row there; -1 where none
        self._live = np.zeros(0, np.bool_)  # which works the index had when they were found

    @classmethod
    def of_library(cls, library: Library) -> People:
        """The people of a library, with the gate and taste learned on it if they were."""
        return cls(open_model(library), Gate.from_library(library), Taste.from_library(library))

    def refresh(self, library: Library) -> None:
        """Takes in the bookmarks that were added or deleted."""
        self._model.refresh(library)

    def fit(self, index: AttributeIndex) -> None:
        """Finds which works of the index are which of the bookmarked ones."""
        ids = self._model.matrix.work_ids
        if ids is not self._ids or index is not self._index:
            self._ids, self._index = ids, index
            self._theirs, self._live = np.zeros(0, np.int64), np.zeros(0, np.bool_)
            self.taste = self.taste and self.taste.fitted(index.vocabulary.ids)
        if len(ids) == len(self._theirs) and np.array_equal(index.live, self._live):
            return
        self._theirs = np.append(self._theirs, np.full(len(ids) - len(self._theirs), -1))
        unknown = np.flatnonzero(self._theirs < 0)
        self._theirs[unknown] = index.find([ids[own] for own in unknown])
        self._own = np.full(len(index), -1)
        known = np.flatnonzero(self._theirs >= 0)
        self._own[self._theirs[known]] = known
        self._live = index.live.copy()

    def num_bookmarks(self, rows: Rows) -> Rows:
        """How many people bookmarked these rows of the index: int64 (n,)."""
        return np.append(self._model.matrix.num_by_work, 0)[self._own[rows]]

    def scored(self, liked: Sequence[str]) -> tuple[Rows, Floats, Rows]:
        """The works of the index that people bookmarked together with the liked ones.

        Returns:
            int64 (n,) rows of the index, float64 (n,) scores in (0, 1], and int64 (n,): how
            many people bookmarked each and a liked work.
        """
        scored = self._model.scores(liked)
        rows = self._theirs[scored.rows]
        known = rows >= 0
        return rows[known], scored.scores[known], scored.num_people[known]

    def num_liked(self, liked: Sequence[str]) -> int:
        """How many bookmarks these works have in all."""
        return int(self._model.matrix.num_bookmarks(liked).sum())

    def parts(self, liked: Sequence[str], rows: Rows) -> Parts:
        """Which liked works speak for some works that ``scored`` gave, as the model says.

        Args:
            liked: As ``scored`` was given them.
            rows: int64 (K,), of the index.
        """
        return self._model.parts(liked, self._own[rows])
