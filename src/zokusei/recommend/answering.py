"""From a request to its answer, given all that is known of the works."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UnknownNameError, UsageError
from zokusei.index import MIN_SCORE
from zokusei.recommend.answer import Related
from zokusei.recommend.direction import direction
from zokusei.recommend.filters import allowed_rows
from zokusei.recommend.known import Asked, Known
from zokusei.recommend.people_scores import BookmarkScores, MixedScores
from zokusei.recommend.picking import pick
from zokusei.recommend.request import Request
from zokusei.recommend.scores import AttributeScores, Scores


def answer(
    request: Request, known: Known, *, seen: Collection[str] = (), as_list: bool = False
) -> list[Related]:
    """The works that a request asks for, best first.

    Args:
        request: What is asked for.
        known: With people, unless it asks for attributes alone.
        seen: Ids of works that are left out besides; any may be unknown.
        as_list: Whether its likes are one person's whole list.

    Raises:
        UnknownNameError: A rating, group, attribute or written word is not there.
        UsageError: Nothing is asked for, or a value is out of its range.
        LibraryError: The index lacks a work that is liked or disliked.
    """
    for word in request.query.unknown:
        raise UnknownNameError("attribute", word.text, nearest=word.nearest)
    asked = Asked.of(request, known.index)
    allowed = allowed_rows(request, asked, known, seen=seen)
    scores = _scores(request, asked, known, allowed, as_list=as_list)
    return pick(request, asked, scores, known)


def _scores(
    request: Request, asked: Asked, known: Known, allowed: NDArray[np.bool_], *, as_list: bool
) -> Scores:
    index, people, likes = known.index, known.people, request.likes
    least = max(MIN_SCORE, request.filters.min_score)
    if request.by == "bookmarks" and not likes:
        raise UsageError("nothing is asked for: by bookmarks, related works are those of a work")
    if request.by == "bookmarks" and people:
        return BookmarkScores(people, index, likes, allowed, least, as_list=as_list)
    if not people or request.by == "attributes":
        return AttributeScores(index, direction(request, asked, index), allowed, least)
    towards = direction(request, asked, index, people.taste)
    by_attributes = AttributeScores(index, towards, allowed, MIN_SCORE)
    by_bookmarks = BookmarkScores(people, index, likes, allowed, 0.0, as_list=as_list)
    return MixedScores(by_attributes, by_bookmarks, people, index, likes, least)
