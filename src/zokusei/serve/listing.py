"""Lists of works: those that match a query, in an order, a page at a time, with facets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.query import Query, QueryTerm
from zokusei.query.search import facets_of, least_stored
from zokusei.serve.answers import Facet, FacetGroup, Widened, WorkCard, WorksPage
from zokusei.serve.catalogue import PEOPLE_COLUMNS
from zokusei.serve.paging import Cursor, question_of
from zokusei.serve.view import Bools, Rows, View
from zokusei.vocabulary import Vocabulary

Sort = Literal["best", "newest", "oldest", "id"]
Keys = NDArray[np.float64]

MOST_ON_A_PAGE = 200
MOST_LETTERS = 500  # of a written query, as requests may send it

_EVERYTHING = Query(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which works are wanted, and how they stand.

    Args:
        query: What they show.
        sort: ``best`` is by the query, newest first where there is none.
        artist: Only works by this one.
        character: Only works that show this one.
        series: Only works of this one.
        limit: At most how many on a page, 1 to 200.

    Raises:
        UsageError: A value is out of its range.
    """

    query: Query = _EVERYTHING
    sort: Sort = "best"
    artist: str | None = None
    character: str | None = None
    series: str | None = None
    limit: int = 60

    def __post_init__(self) -> None:
        if self.sort not in get_args(Sort):
            raise UsageError(f"sort is '{self.sort}', expected one of {', '.join(get_args(Sort))}")
        if not 1 <= self.limit <= MOST_ON_A_PAGE:
            raise UsageError(f"limit is {self.limit}, expected 1 to {MOST_ON_A_PAGE}")

    @property
    def question(self) -> str:
        """A text that differs where other works, or another order, are wanted."""
        terms = [(term.attribute_id, term.weight, term.excluded) for term in self.query.terms]
        return question_of(terms, self.sort, self.artist, self.character, self.series)


@dataclass(frozen=True, eq=False)
class Matches:
    """The works that a wish is for.

    Args:
        rows: int64 (n,), of the catalogue, ascending.
        keys: float64 (n,), what they are ordered by: the largest first, equal ones by work id.
        facets: Of all of them.
    """

    rows: Rows
    keys: Keys
    facets: tuple[FacetGroup, ...]


def chosen_terms(chosen: Sequence[str], vocabulary: Vocabulary) -> list[QueryTerm]:
    """Attributes chosen by id as terms of a query: ``twintails``, ``-glasses``, ``kimono:2``.

    Raises:
        UsageError: One cannot be read.
        UnknownNameError: There is no such attribute.
    """
    terms = []
    for text in chosen:
        excluded = text.startswith("-")
        id_, _, weight = text.removeprefix("-").partition(":")
        vocabulary.row(id_)
        try:
            terms.append(QueryTerm(id_, float(weight) if weight else 1.0, excluded))
        except ValueError:
            raise UsageError(
                f"the weight of '{text}' cannot be read; expected such as {id_}:1.5"
            ) from None
    return terms


def combined(written: Query, chosen: Sequence[QueryTerm]) -> Query:
    """A written query and terms that were chosen besides; of one attribute the last counts."""
    terms = {term.attribute_id: term for term in (*written.terms, *chosen)}
    return Query(tuple(terms.values()), written.unknown)


def page_of(view: View, wish: Wish, cursor: str | None = None) -> WorksPage:
    """A page of works.

    Raises:
        UsageError: The cursor is none of this wish.
        NotTaggedError: Attributes are asked for where nothing is tagged.
    """
    found = view.memo.get(("matches", wish.question), lambda: _matches(view, wish))
    cards, after = view.memo.get(
        ("page", wish.question, wish.limit, cursor), lambda: _listed(view, wish, found, cursor)
    )
    return WorksPage(cards, len(found.rows), after, wish.query, found.facets)


def _listed(
    view: View, wish: Wish, found: Matches, cursor: str | None
) -> tuple[tuple[WorkCard, ...], str | None]:
    """The works of a page, and the cursor of the next."""
    rows, keys = found.rows, found.keys
    if cursor is not None:
        rows, keys = _after(view, Cursor.decode(cursor, wish.question), rows, keys)
    order = _first(rows, keys, wish.limit)
    searched = wish.sort == "best" and bool(wish.query.wanted)
    on_page = rows[order]
    cards = tuple(
        view.catalogue.cards(
            on_page, view.index_rows[on_page] >= 0, keys[order].tolist() if searched else None
        )
    )
    if len(order) == len(rows):
        return cards, None
    last = Cursor(float(keys[order[-1]]), (cards[-1].work_id,))
    return cards, last.encode(wish.question)


def widened(view: View, wish: Wish) -> tuple[Widened, ...]:
    """What may be asked for instead of a wish that no work fulfils.

    Without one of its attributes each; where none of these finds anything, each of
    them alone. Those that find most come first.
    """
    terms = wish.query.terms
    fewer = [tuple(each for each in terms if each is not term) for term in terms]
    for left in (fewer, [(term,) for term in terms]):
        found = [_widened(view, wish, those) for those in left if those]
        found = [each for each in found if each.total]
        if found:
            return tuple(sorted(found, key=lambda each: -each.total))
    return ()


def _widened(view: View, wish: Wish, left: tuple[QueryTerm, ...]) -> Widened:
    query = Query(left)
    total = np.count_nonzero(_wanted(view, replace(wish, query=query)))
    dropped = tuple(term.attribute_id for term in wish.query.terms if term not in left)
    return Widened(query, dropped, int(total))


def _after(view: View, cursor: Cursor, rows: Rows, keys: Keys) -> tuple[Rows, Keys]:
    (work_id,) = cursor.place or ("",)
    place = view.catalogue.place_after(work_id)
    left = (keys < cursor.key) | ((keys == cursor.key) & (rows >= place))
    return rows[left], keys[left]


def _first(rows: Rows, keys: Keys, limit: int) -> Rows:
    """The places of the first few in order; rows ascend, so that ties stay by work id."""
    if len(keys) > limit:
        least = np.partition(keys, -limit)[-limit]
        near = np.flatnonzero(keys >= least)
    else:
        near = np.arange(len(keys))
    return near[np.lexsort((rows[near], -keys[near]))][:limit]


def _matches(view: View, wish: Wish) -> Matches:
    rows = np.flatnonzero(_wanted(view, wish))
    return Matches(rows, _keys(view, wish, rows), _facets(view, rows))


def _wanted(view: View, wish: Wish) -> Bools:
    """Which works of the catalogue are wished for."""
    wanted = view.shown.copy()
    for column, name in zip(
        PEOPLE_COLUMNS, (wish.artist, wish.character, wish.series), strict=True
    ):
        if name is not None:
            wanted &= view.catalogue.rows_of(column, name)
    if wish.query.terms:
        wanted &= _have(view, wish.query)
    return wanted


def _have(view: View, query: Query) -> Bools:
    """Which works of the catalogue have what is wanted, and nothing that is excluded."""
    known = view.tagged()
    row = known.index.vocabulary.row
    has = known.index.present(least_stored(known.thresholds)).matching(
        known.index.live,
        wanted=[row(term.attribute_id) for term in query.wanted],
        excluded=[row(term.attribute_id) for term in query.excluded],
    )
    found: Bools = np.append(has, False)[view.index_rows]  # one more: works that are not tagged
    return found


def _keys(view: View, wish: Wish, rows: Rows) -> Keys:
    wanted = wish.query.wanted
    if wish.sort == "id":
        return np.zeros(len(rows))
    if wish.sort == "best" and wanted:
        known = view.tagged()
        columns = [known.index.vocabulary.row(term.attribute_id) for term in wanted]
        weights = np.array([term.weight for term in wanted])
        shown = known.index.probabilities[view.index_rows[rows][:, None], columns]
        keys: Keys = shown @ (weights / weights.sum()) / 255
        return keys
    created = view.catalogue.created[rows].astype(np.float64)
    return -created if wish.sort == "oldest" else created


def _facets(view: View, rows: Rows) -> tuple[FacetGroup, ...]:
    if view.known is None:
        return ()
    tagged = view.index_rows[rows]
    least = least_stored(view.known.thresholds)
    found = facets_of(view.known.index, tagged[tagged >= 0], least)
    return tuple(
        FacetGroup(of.group_id, tuple(Facet(id_, count) for id_, count in of.counts))
        for of in found
    )
