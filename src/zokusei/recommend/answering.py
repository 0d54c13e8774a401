"""From a request to its answer, given all that is known of the works."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UnknownNameError, UsageError
from zokusei.index import MIN_SCORE, AttributeIndex
from zokusei.recommend.answer import Related
from zokusei.recommend.direction import direction
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.filters import allowed_rows
from zokusei.recommend.people import People
from zokusei.recommend.people_scores import BookmarkScores, MixedScores
from zokusei.recommend.picking import pick
from zokusei.recommend.request import Request
from zokusei.recommend.scores import AttributeScores, Scores


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of works.

    Args:
        index: What they show.
        thresholds: float32 (A,): an attribute at or over its threshold is there.
        facts: What else is said of them, fitted to the index.
        people: Who bookmarked them, fitted to the index; None where nobody asked.
        shown: bool (N,), the works that may be answered at all; every one by default.
    """

    index: AttributeIndex
    thresholds: NDArray[np.float32]
    facts: WorkFacts
    people: People | None = None
    shown: NDArray[np.bool_] | None = None


def answer(
    request: Request, known: Known, *, seen: Collection[str] = (), as_list: bool = False
) -> list[Related]:
    """The works that a request asks for, best first.

    Args:
        request: Its liked and disliked works are in the index.
        known: With people, unless it asks for attributes alone.
        seen: Ids of works that are left out besides; any may be unknown.
        as_list: Whether its likes are one person's whole list.

    Raises:
        UnknownNameError: A rating, group, attribute or written word is not there.
        UsageError: Nothing is asked for, or a value is out of its range.
    """
    for word in request.query.unknown:
        raise UnknownNameError("attribute", word.text, nearest=word.nearest)
    allowed = allowed_rows(request, known.index, known.facts, known.thresholds, seen=seen)
    if known.shown is not None:
        allowed &= known.shown
    scores = _scores(request, known, allowed, as_list=as_list)
    return pick(request, scores, known.index, known.facts)


def _scores(request: Request, known: Known, allowed: NDArray[np.bool_], *, as_list: bool) -> Scores:
    index, people, likes = known.index, known.people, request.likes
    least = max(MIN_SCORE, request.filters.min_score)
    if request.by == "bookmarks" and not likes:
        raise UsageError("nothing is asked for: by bookmarks, related works are those of a work")
    if request.by == "bookmarks" and people:
        return BookmarkScores(people, index, likes, allowed, least, as_list=as_list)
    asked = direction(request, index)
    if not people or request.by == "attributes":
        return AttributeScores(index, asked, allowed, least)
    by_attributes = AttributeScores(index, asked, allowed, MIN_SCORE)
    by_bookmarks = BookmarkScores(people, index, likes, allowed, 0.0, as_list=as_list)
    return MixedScores(by_attributes, by_bookmarks, people, index, likes, least)
