"""Works that have the wanted attributes and none of the excluded ones, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.query.query import Query, QueryTerm

if TYPE_CHECKING:
    from zokusei.index import AttributeIndex

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]

_FEW = 40  # one row in so many: below it they are counted sooner one by one than in all bits
_COUNTED_AT_ONCE = 255  # rows; as many as fit a uint8


@dataclass(frozen=True, slots=True)
class Share:
    """What one wanted attribute adds to a score.

    Args:
        id: The attribute.
        share: Its weight's part of all weights, times its probability; 0 to 1.
    """

    id: str
    share: float


@dataclass(frozen=True, slots=True)
class Found:
    """A work that matches.

    Args:
        work_id: Which.
        score: The weighted mean of its probabilities of what is wanted, 0 to 1; 0 where
            nothing is wanted.
        because: One share for each wanted attribute, largest first; they sum to the score.
    """

    work_id: str
    score: float
    because: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """What the matches have of a group.

    Args:
        group_id: Which.
        counts: Attribute ids with the number of matches that have them, largest first; those
            that none has are left out.
    """

    group_id: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A work that does not match and has the most of what is wanted.

    Args:
        work: With its score and shares, as of one that matches.
        lacks: Ids of the wanted attributes that it has not, in the order asked.
    """

    work: Found
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An answer to a query.

    Args:
        total: How many works match.
        works: Those of the page asked for, best first, equal scores by work id.
        facets: Of all matches, for each group of which they have something.
        nearest: Where none matches, those that have the most of what is wanted and nothing
            that is excluded; first the ones that lack the fewest, among these by score.
    """

    total: int
    works: tuple[Found, ...]
    facets: tuple[Facet, ...]
    nearest: tuple[Near, ...] = ()


def search(
    index: AttributeIndex,
    query: Query,
    thresholds: NDArray[np.floating[Any]],
    *,
    k: int,
    allowed: Bools | None = None,
    offset: int = 0,
) -> SearchResult:
    """The works of an index that match a query.

    A work matches if its probability of every wanted attribute is at or over
    the threshold, and that of no excluded one is. Words that were not understood
    do not count. Where no work matches, those that have at least one of the wanted
    attributes are told as the nearest ones.

    Args:
        index: N works, A attributes.
        query: What is looked for; all works match an empty one.
        thresholds: Floating (A,), in [0, 1]: an attribute at or over its threshold is there.
        k: At most how many works.
        allowed: bool (N,); only works where it is true are looked at.
        offset: How many of the best to pass over.

    Raises:
        UnknownNameError: A term is for no attribute of the index.
        UsageError: A number is out of its range or an array of another shape.
    """
    _check(index, thresholds, k, allowed, offset)
    least = least_stored(thresholds)
    rows = matching_rows(index, query, least, allowed)
    scores = _shares(index, query.wanted, rows).sum(axis=1)
    page = index.ranked(rows, scores, k + offset)[offset:]
    shares = _shares(index, query.wanted, page)
    return SearchResult(
        total=len(rows),
        works=tuple(
            _found(index.work_ids[row], query.wanted, of_work)
            for row, of_work in zip(page.tolist(), shares, strict=True)
        ),
        facets=facets_of(index, rows, least),
        nearest=() if len(rows) else nearest_works(index, query, least, k=k, allowed=allowed),
    )


def nearest_works(
    index: AttributeIndex,
    query: Query,
    least: NDArray[np.uint16],
    *,
    k: int,
    allowed: Bools | None = None,
) -> tuple[Near, ...]:
    """The works that have the most of the wanted attributes, and none of the excluded ones.

    Args:
        index: N works.
        query: As for ``search``.
        least: Of each attribute, as ``least_stored`` tells.
        k: At most how many works; those that have nothing of what is wanted are left out.
        allowed: bool (N,), as for ``search``.
    """
    rows = matching_rows(index, Query(query.excluded), least, allowed)
    had = np.zeros(len(rows), np.int64)
    present = index.present(least)
    has = [present.has(index.vocabulary.row(term.attribute_id)) for term in query.wanted]
    for one in has:
        had += one[rows]
    rows, had = rows[had > 0], had[had > 0]
    # As many as are wanted, and all that have as much as the last of them.
    enough = had >= np.partition(had, -k)[-k] if len(had) > k else np.ones(len(had), np.bool_)
    rows, had = rows[enough], had[enough]
    # A score is at most 1, so that one more attribute counts for more than any score.
    scores = _shares(index, query.wanted, rows).sum(axis=1)
    best = index.ranked(rows, scores + 2 * had, k)
    found = zip(best.tolist(), _shares(index, query.wanted, best), strict=True)
    return tuple(
        Near(
            _found(index.work_ids[row], query.wanted, shares),
            tuple(
                term.attribute_id
                for term, one in zip(query.wanted, has, strict=True)
                if not one[row]
            ),
        )
        for row, shares in found
    )


def least_stored(thresholds: NDArray[np.floating[Any]]) -> NDArray[np.uint16]:
    """The least probability times 255 that is at or over each threshold; 256 where none is.

    Args:
        thresholds: Floating (A,). What float32 adds to a number is not counted: 0.2 is 51.
    """
    least = np.ceil(np.asarray(thresholds, np.float64) * 255 - 1e-4)
    return np.clip(least, 0, 256).astype(np.uint16)


def matching_rows(
    index: AttributeIndex, query: Query, least: NDArray[np.uint16], allowed: Bools | None
) -> Rows:
    """The rows that match, int64, ascending.

    Args:
        index: N works.
        query: As for ``search``.
        least: Of each attribute, as ``least_stored`` tells.
        allowed: bool (N,), as for ``search``.
    """

    def columns(terms: Sequence[QueryTerm]) -> list[int]:
        return [index.vocabulary.row(term.attribute_id) for term in terms]

    matching = index.live if allowed is None else index.live & allowed
    if query.terms:
        matching = index.present(least).matching(
            matching, wanted=columns(query.wanted), excluded=columns(query.excluded)
        )
    return np.flatnonzero(matching)


def _shares(index: AttributeIndex, wanted: Sequence[QueryTerm], rows: Rows) -> Floats:
    """Of each row, float64 (n, terms): its shares, which sum to its score."""
    columns = [index.vocabulary.row(term.attribute_id) for term in wanted]
    weights = np.array([term.weight for term in wanted])
    probabilities = index.probabilities[rows[:, None], columns] / 255
    shares: Floats = probabilities * (weights / weights.sum() if len(weights) else weights)
    return shares


def _found(work_id: str, wanted: Sequence[QueryTerm], shares: Floats) -> Found:
    because = [
        Share(term.attribute_id, share) for term, share in zip(wanted, shares.tolist(), strict=True)
    ]
    because.sort(key=lambda share: -share.share)
    return Found(work_id, float(shares.sum()), tuple(because))


def facets_of(index: AttributeIndex, rows: Rows, least: NDArray[np.uint16]) -> tuple[Facet, ...]:
    """What these rows have of each group, as ``SearchResult`` tells it."""
    vocabulary = index.vocabulary
    if len(rows) * _FEW < len(index):
        counts = _counts(index.probabilities, rows, least)
    else:
        among = np.zeros(len(index), np.bool_)
        among[rows] = True
        counts = index.present(least).counts(among)
    facets = []
    for group in vocabulary.groups:
        present = [(id_, int(counts[vocabulary.row(id_)])) for id_ in group.attribute_ids]
        present = sorted((pair for pair in present if pair[1]), key=lambda pair: -pair[1])
        if present:
            facets.append(Facet(group.id, tuple(present)))
    return tuple(facets)


def _counts(probabilities: NDArray[np.uint8], rows: Rows, least: NDArray[np.uint16]) -> Rows:
    """How many of the rows have each attribute, int64 (A,)."""
    # Compared as uint8 they take half the time; the few that none reaches are cleared.
    fits = np.minimum(least, 255).astype(np.uint8)
    counts = np.zeros(len(least), np.int64)
    for start in range(0, len(rows), _COUNTED_AT_ONCE):
        has = probabilities[rows[start : start + _COUNTED_AT_ONCE]] >= fits
        counts += np.add.reduce(has, axis=0, dtype=np.uint8)
    counts[least > 255] = 0
    return counts


def _check(
    index: AttributeIndex,
    thresholds: NDArray[np.floating[Any]],
    k: int,
    allowed: Bools | None,
    offset: int,
) -> None:
    if k < 1:
        raise UsageError(f"k is {k}, expected 1 or more")
    if offset < 0:
        raise UsageError(f"offset is {offset}, expected 0 or more")
    if thresholds.shape != (len(index.vocabulary),):
        raise UsageError(
            f"thresholds are {thresholds.shape}, expected ({len(index.vocabulary)},): "
            "one for each attribute of the index"
        )
    if allowed is not None and (allowed.dtype != np.bool_ or allowed.shape != (len(index),)):
        raise UsageError(
            f"allowed is {allowed.dtype} {allowed.shape}, expected bool ({len(index)},)"
        )
