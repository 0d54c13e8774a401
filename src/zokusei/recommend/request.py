"""What is asked of the recommender: examples, words, weights, filters and their dials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.query import Query, UnknownWord

By = Literal["attributes", "bookmarks", "both"]

_NO_WORDS = Query(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which works may be answered; by default all but those asked about.

    Args:
        other_characters: Leave out works that show a character of a liked work.
        other_artists: Leave out works by an artist of a liked work.
        other_series: Leave out works of a series of a liked work.
        ratings: Only works of these ratings, as the library has them; all if empty.
        unseen_by: Leave out what this user has bookmarked.
        exclude: Ids of works to leave out; any may be unknown.
        min_score: Leave out what scores below; the recommender's own floor of 0.001 holds
            as well.
    """

    other_characters: bool = False
    other_artists: bool = False
    other_series: bool = False
    ratings: tuple[str, ...] = ()
    unseen_by: str | None = None
    exclude: tuple[str, ...] = ()
    min_score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """A wish for related works; everything in it is mixed into one ranking.

    Args:
        likes: Ids of works the answer shall be like; they are not answered themselves.
        dislikes: Ids of works it shall be unlike; not answered either.
        pictures: Pictures that are no works of the library, liked as well: probabilities, each
            uint8 (A,) times 255, or floating point (A,) in [0, 1].
        query: Written attributes: wanted ones are added to the examples, excluded ones left out.
        weights: Of groups (0 to 3) in place of their own, and of attributes (-1 to 2) times
            their terms, by id.
        filters: Which works may be answered.
        k: At most how many works, 1 or more.
        diversity: 0 ranks by score alone, 1 by unlikeness to what is ranked before (diversity.py).
        per_artist: At most how many works of one artist; any number by default.
        fold_duplicates: Whether works that nearly duplicate a better one are folded into its
            entry, and those that nearly duplicate a liked work are left out.
        by: What scores: attributes, the bookmarks people set, or both.

    Raises:
        UsageError: A number is out of its range.
    """

    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    pictures: tuple[NDArray[Any], ...] = ()
    query: Query = _NO_WORDS
    weights: Mapping[str, float] = field(default_factory=dict)
    filters: Filters = Filters()
    k: int = 10
    diversity: float = 0.0
    per_artist: int | None = None
    fold_duplicates: bool = True
    by: By = "attributes"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UsageError(f"k is {self.k}, expected 1 or more")
        if not 0 <= self.diversity <= 1:
            raise UsageError(f"diversity is {self.diversity}, expected 0 to 1")
        if self.per_artist is not None and self.per_artist < 1:
            raise UsageError(f"per_artist is {self.per_artist}, expected 1 or more, or None")
        if self.by not in get_args(By):
            raise UsageError(f"by is '{self.by}', expected one of {', '.join(get_args(By))}")
        if not math.isfinite(self.filters.min_score):
            raise UsageError(f"min_score is {self.filters.min_score}, expected a number")

    def understood(self) -> tuple[Request, tuple[UnknownWord, ...]]:
        """The request without the words that nobody knows, and these words.

        Where it asks for nothing besides them it stays as it is, and to answer it is an error.
        """
        if not (self.likes or self.pictures or self.query.terms):
            return self, ()
        return replace(self, query=Query(self.query.terms)), self.query.unknown
