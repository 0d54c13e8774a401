"""Scores of works for one request by bookmarks, and by attributes and bookmarks together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from zokusei.index import MIN_SCORE, AttributeIndex
from zokusei.recommend.answer import Reason
from zokusei.recommend.gate import Weights
from zokusei.recommend.names import Rows
from zokusei.recommend.people import People
from zokusei.recommend.scores import AttributeScores, Floats, best_of


class BookmarkScores:
    """Scores by the people who bookmarked a liked work and another one.

    Args:
        people: Fitted to the index.
        index: N works.
        liked: Their ids.
        allowed: bool (N,), the works that may be answered.
        min_score: The least that is answered.
        as_list: Whether the liked works are one person's whole list, and one reason together.
    """

    def __init__(
        self,
        people: People,
        index: AttributeIndex,
        liked: Sequence[str],
        allowed: NDArray[np.bool_],
        min_score: float,
        *,
        as_list: bool = False,
    ) -> None:
        self._people, self._index = people, index
        self._liked, self._as_list = liked, as_list
        rows, scores, num_people = people.scored(liked)
        kept = allowed[rows] & (scores >= min_score)
        self.rows, self.scores, self._num_people = rows[kept], scores[kept], num_people[kept]
        self._places = np.full(len(index), -1)
        self._places[self.rows] = np.arange(len(self.rows))

    def best(self, num: int) -> tuple[Rows, Floats]:
        """As ``Scores`` says; exact."""
        return best_of(self.rows, self.scores, num, self._index)

    def of(self, rows: Rows) -> Floats:
        """The scores of these works, 0 where no people speak for one: float64 (n,)."""
        scores: Floats = np.append(self.scores, 0)[self._places[rows]]
        return scores

    def reasons(self, rows: Rows) -> list[tuple[Reason, ...]]:
        """As ``Scores`` says: a reason for each liked work, or one for a whole list."""
        places = self._places[rows]
        if self._as_list:
            return [
                (Reason("bookmarks", "", float(score), int(num)),)
                for score, num in zip(self.scores[places], self._num_people[places], strict=True)
            ]
        parts = self._people.parts(self._liked, rows)
        terms = parts.shares * self.scores[places, None]
        return [
            _sorted(
                Reason("bookmarks", work_id, float(term), int(num))
                for work_id, term, num in zip(parts.liked, of_work, together, strict=True)
                if term
            )
            for of_work, together in zip(terms, parts.num_people, strict=True)
        ]


class MixedScores:
    """Scores by attributes and by bookmarks, as a gate mixes them.

        score(x) = attributes(x) * score by attributes + bookmarks(x) * score by bookmarks

    with the weights that the gate gives by the numbers of bookmarks.

    Args:
        by_attributes: Scores all works.
        by_bookmarks: Scores some, without a least score.
        people: Fitted to the index.
        index: N works.
        liked: Their ids.
        min_score: The least that is answered.
        num_first: So many works come in by attributes at first.
    """

    def __init__(
        self,
        by_attributes: AttributeScores,
        by_bookmarks: BookmarkScores,
        people: People,
        index: AttributeIndex,
        liked: Sequence[str],
        min_score: float,
        *,
        num_first: int = 256,
    ) -> None:
        self._by_attributes, self._by_bookmarks = by_attributes, by_bookmarks
        self._people, self._index = people, index
        self._num_liked = people.num_liked(liked)
        self._most = float(people.gate.weights(self._num_liked, 0).attributes)
        self._min_score = min_score
        self._num_first = num_first

    def best(self, num: int) -> tuple[Rows, Floats]:
        """As ``Scores`` says; exact.

        Works come in by attributes, best first, until what is left cannot reach
        the num-th: it scores at most as high as the last that came in, times what
        attributes weigh without bookmarks, which is the most; but for those that
        people speak for, of which all that still can are scored. An
        instance of the threshold algorithm: R. Fagin, A. Lotem and M. Naor,
        "Optimal aggregation algorithms for middleware", PODS 2001.
        """
        num_looked = max(num, self._num_first)
        while True:
            rows, scores = self._by_attributes.best(num_looked)
            at_most = float(scores[-1]) if len(rows) == num_looked else MIN_SCORE
            mixed = self._mixed(rows, scores)
            enough = self._last(mixed, num)
            others = self._others(rows, at_most, enough)
            rows = np.append(rows, others)
            mixed = np.append(mixed, self._mixed(others, self._by_attributes.of(others)))
            if at_most == MIN_SCORE or at_most * self._most <= self._last(mixed, num):
                kept = mixed >= self._min_score
                return best_of(rows[kept], mixed[kept], num, self._index)
            num_looked *= 4

    def _last(self, scores: Floats, num: int) -> float:
        """The num-th best score, or the least that is answered where there are fewer."""
        if len(scores) < num:
            return self._min_score
        return max(self._min_score, float(np.partition(scores, -num)[-num]))

    def _others(self, rows: Rows, at_most: float, enough: float) -> Rows:
        """Works besides these that people speak for so much that they may reach a score."""
        is_new = np.ones(len(self._index), np.bool_)
        is_new[rows] = False
        others = self._by_bookmarks.rows[is_new[self._by_bookmarks.rows]]
        weights = self._weights(others)
        speaking = weights.bookmarks * self._by_bookmarks.of(others)
        limits = weights.attributes * at_most + speaking
        return others[limits >= enough]

    def _mixed(self, rows: Rows, by_attributes: Floats) -> Floats:
        weights = self._weights(rows)
        speaking = weights.bookmarks * self._by_bookmarks.of(rows)
        mixed: Floats = weights.attributes * by_attributes + speaking
        return mixed

    def _weights(self, rows: Rows) -> Weights:
        return self._people.gate.weights(self._num_liked, self._people.num_bookmarks(rows))

    def reasons(self, rows: Rows) -> list[tuple[Reason, ...]]:
        """As ``Scores`` says: each times what its kind weighs."""
        weights = self._weights(rows)
        speaks = np.flatnonzero(self._by_bookmarks.of(rows) > 0)
        of_people = dict(
            zip(speaks.tolist(), self._by_bookmarks.reasons(rows[speaks]), strict=True)
        )
        return [
            _sorted(
                Reason(reason.kind, reason.id, reason.share * part, reason.num_people)
                for part, reasons in (
                    (weights.attributes[at], attributes),
                    (weights.bookmarks[at], of_people.get(at, ())),
                )
                for reason in reasons
                if part
            )
            for at, attributes in enumerate(self._by_attributes.reasons(rows))
        ]


def _sorted(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: -reason.share))
