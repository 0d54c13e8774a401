"""Which works may be answered, as one bitmap over the rows of the index."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.query import Query
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.names import Names, Rows
from zokusei.recommend.request import Request


def allowed_rows(
    request: Request,
    index: AttributeIndex,
    facts: WorkFacts,
    thresholds: NDArray[np.float32],
    *,
    seen: Collection[str] = (),
) -> NDArray[np.bool_]:
    """The rows that a request's filters and excluded attributes leave, bool (N,).

    Args:
        request: Its liked and disliked works are left out too.
        index: N works, all of the request's among them.
        facts: Fitted to the index.
        thresholds: float32 (A,), at or over which an attribute is there.
        seen: Ids of works to leave out, by whom they were seen; any may be missing here.

    Raises:
        UnknownNameError: No work has a rating that is asked for, or a work is unknown.
    """
    allowed = index.live.copy()
    filters = request.filters
    if filters.ratings:
        rated = np.zeros_like(allowed)
        rated[facts.index_rows(facts.ratings.rows_with(filters.ratings))] = True
        allowed &= rated
    liked = index.rows(request.likes)
    for is_asked, names in (
        (filters.other_characters, facts.characters),
        (filters.other_artists, facts.artists),
        (filters.other_series, facts.series),
    ):
        if is_asked:
            allowed[_sharing(names, facts, liked)] = False
    out = [*request.likes, *request.dislikes, *filters.exclude, *seen]
    rows = index.find(out)
    allowed[rows[rows >= 0]] = False
    return _without_excluded(allowed, request.query, index, thresholds)


def _sharing(names: Names, facts: WorkFacts, liked: Rows) -> Rows:
    return facts.index_rows(names.rows_sharing(facts.own_rows(liked)))


def _without_excluded(
    allowed: NDArray[np.bool_],
    query: Query,
    index: AttributeIndex,
    thresholds: NDArray[np.float32],
) -> NDArray[np.bool_]:
    for term in query.excluded:
        row = index.vocabulary.row(term.attribute_id)
        least = int(min(256, np.ceil(float(thresholds[row]) * 255)))
        allowed &= index.probabilities[:, row] < least
    return allowed
