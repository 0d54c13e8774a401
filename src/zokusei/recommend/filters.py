"""Which works may be answered, as one bitmap over the rows of the index."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.query import Query
from zokusei.query.search import least_stored
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.known import Asked, Known
from zokusei.recommend.names import Names, Rows
from zokusei.recommend.request import Request


def allowed_rows(
    request: Request, asked: Asked, known: Known, *, seen: Collection[str] = ()
) -> NDArray[np.bool_]:
    """The rows that a request's filters and excluded attributes leave, bool (N,).

    Args:
        request: What is asked for.
        asked: The works that it names, which are left out too.
        known: Of N works.
        seen: Ids of works to leave out besides; any may be unknown.

    Raises:
        UnknownNameError: No work has a rating that is asked for.
    """
    index, facts = known.index, known.facts
    allowed = index.live.copy() if known.shown is None else index.live & known.shown
    filters = request.filters
    if filters.ratings:
        allowed &= facts.rated(filters.ratings)
    for is_asked, names in (
        (filters.other_characters, facts.characters),
        (filters.other_artists, facts.artists),
        (filters.other_series, facts.series),
    ):
        if is_asked:
            allowed[_sharing(names, facts, asked.liked)] = False
    allowed[asked.all] = False
    if filters.exclude or seen:
        rows = index.find([*filters.exclude, *seen])
        allowed[rows[rows >= 0]] = False
    return _without_excluded(allowed, request.query, index, known.thresholds)


def _sharing(names: Names, facts: WorkFacts, liked: Rows) -> Rows:
    return facts.index_rows(names.rows_sharing(facts.own_rows(liked)))


def _without_excluded(
    allowed: NDArray[np.bool_],
    query: Query,
    index: AttributeIndex,
    thresholds: NDArray[np.float32],
) -> NDArray[np.bool_]:
    if not query.excluded:
        return allowed
    columns = [index.vocabulary.row(term.attribute_id) for term in query.excluded]
    present = index.present(least_stored(thresholds))
    return present.matching(allowed, wanted=[], excluded=columns)
