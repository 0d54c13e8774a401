"""From work to work by the people they share, worked out exactly as it is asked."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from zokusei.recommend.bookmark_matrix import Floats, Rows
from zokusei.recommend.bookmark_model import BookmarkModel

# As in implicit's BM25Recommender: how soon a work's bookmarks stop adding, and how much a
# work with many of them is held back.
K1 = 1.2
B = 0.75


class Factors(NamedTuple):
    """What a model multiplies people and works by.

    Args:
        people: float64 (U,), at least 0.
        liked: float64 (N,), at least 0: of a work where it is liked.
        answered: float64 (N,), at least 0: of a work where it is answered.
    """

    people: Floats
    liked: Floats
    answered: Floats


class ItemItem(BookmarkModel):
    """Likeness of two works by the people who bookmarked both.

        likeness(l, x) = liked_l * answered_x * sum of people_u over those who bookmarked both

    Only the bookmarks of people who bookmarked a liked work are looked at, so no
    table of neighbours is kept and a bookmark counts as soon as it is there.
    """

    def _sums(self, liked: Rows) -> Floats:
        factors = self._once(self._factors)
        wanted = np.zeros(self.matrix.num_works)
        wanted[liked] = factors.liked[liked]
        people = self.matrix.to_people(wanted) * factors.people
        return self.matrix.to_works(people) * factors.answered

    def _terms(self, liked: Rows, rows: Rows) -> Floats:
        factors = self._once(self._factors)
        weighted = self.matrix.people_of(rows).multiply(factors.people)
        shared: Floats = (weighted @ self.matrix.people_of(liked).T).toarray()
        return shared * factors.answered[rows, None] * factors.liked[liked]

    @abstractmethod
    def _factors(self) -> Factors:
        """The factors for the bookmarks there are now."""


class Cosine(ItemItem):
    """The cosine of two works as vectors over people."""

    name: ClassVar[str] = "cosine"

    def _factors(self) -> Factors:
        return _cosine(np.ones(self.matrix.num_people), self.matrix.num_by_work)


class TfIdf(ItemItem):
    """The cosine where people who bookmarked few works count more, by their rarity.

    A person weighs log(N / (1 + n)) with n bookmarks among N works, as in
    implicit's TFIDFRecommender, here never below log(1.01) lest small libraries lose
    people.
    """

    name: ClassVar[str] = "tfidf"

    def _factors(self) -> Factors:
        people = _rarity(self.matrix.num_by_person, self.matrix.num_works) ** 2
        return _cosine(people, self.matrix.to_works(people))


class Bm25(ItemItem):
    """The product of two works' BM25 weights over people, as in implicit's BM25Recommender."""

    name: ClassVar[str] = "bm25"

    def _factors(self) -> Factors:
        people = _rarity(self.matrix.num_by_person, self.matrix.num_works) ** 2
        counts = self.matrix.num_by_work
        relative = counts / max(counts.mean(), 1e-12) if len(counts) else np.zeros(0)
        weight = (K1 + 1) / (K1 * (1 - B + B * relative) + 1)
        return Factors(people, weight, weight)


def _cosine(people: Floats, squares: Floats | Rows) -> Factors:
    """Factors that divide by both works' lengths, whose squares are given: (N,)."""
    inverse = np.zeros(len(squares))
    np.divide(1, np.sqrt(squares), out=inverse, where=squares > 0)
    return Factors(people, inverse, inverse)


def _rarity(counts: Rows, num_works: int) -> Floats:
    """How much a person's bookmarks say: float64 (U,), less the more works they bookmarked."""
    rarity: Floats = np.log(np.maximum(num_works / (1 + counts), 1.01))
    return rarity
