"""The gallery: works that match a query, facets to narrow it, suggestions for its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

from fastapi import APIRouter, Request, Response

from zokusei.errors import UsageError
from zokusei.query import Query
from zokusei.serve.answers import Facet, FacetGroup, WorkCard, WorksPage
from zokusei.serve.listing import Sort, Wish, chosen_terms
from zokusei.serve.pages.asking import Text
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.pages.site import ADDED, Site
from zokusei.serve.pages.terms import completed, terms_of, with_added
from zokusei.serve.service import Service

_ON_A_PAGE = 60
# Groups that are open at first: what people look for most.
_OPEN = frozenset({"hair_color", "hair_length", "eye_color"})


class ShownFacet(NamedTuple):
    """An attribute to narrow by.

    Args:
        id: Which.
        num_works: How many works have it.
        is_chosen: Whether the query wants it.
        address: Of the page without it where it is chosen; else of the page with it, up to
            its id.
    """

    id: str
    num_works: int
    is_chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class ShownFacets:
    """The facets of a group."""

    id: str
    is_open: bool
    facets: tuple[ShownFacet, ...]


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word that nobody knows, and the nearest attributes with where they lead."""

    text: str
    nearest: tuple[Nearest, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """An attribute to take instead of a word."""

    id: str
    href: str


class ShownTiles(NamedTuple):
    """Works as they hang on the wall, and the address of the next ones, if there are any."""

    works: tuple[WorkCard, ...]
    next: str


class ShownWider(NamedTuple):
    """A query without some of its attributes, how many works it finds, and where it leads."""

    dropped: tuple[str, ...]
    query: Query
    total: int
    href: str


def routes(service: Service, renderer: Renderer) -> APIRouter:
    """The gallery and what its scripts ask."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def gallery(
        request: Request, q: Text = "", sort: str = "best", cursor: str = "", fragment: str = ""
    ) -> Response:
        site = renderer.site(request)
        added = chosen_terms(request.query_params.getlist(ADDED), service.vocabulary)
        wish = Wish(sort=_sort(sort), limit=_ON_A_PAGE)
        shown = service.works(q, added, wish=wish, cursor=cursor or None)
        text = site.written(shown.query) if added else q
        hung = ShownTiles(shown.works, _next(site, shown, text, sort))
        context: dict[str, Any] = {
            "tiles": renderer.drawn(request, "tiles", hung, lambda: hung),
            "next": hung.next,
        }
        if fragment == "tiles":
            return renderer.answer(request, "tiles.html", **context)
        query, usual = shown.query, _unusual(sort)
        facets = renderer.drawn(
            request,
            "facets",
            (shown.facets, query, usual),
            lambda: _facets(shown.facets, query, site, usual),
        )
        return renderer.answer(
            request,
            "gallery.html",
            page="gallery",
            shown=shown,
            q=text,
            sort=sort,
            sorts=[each for each in get_args(Sort) if each != "best" or query.wanted],
            terms=terms_of(query, lambda terms: site.gallery(terms, sort=usual)),
            facets=facets,
            unknown=_unknown(query, site),
            wider=_wider(service, wish, query, site, usual) if not shown.total else [],
            **context,
        )

    @router.get("/suggest")
    async def suggest(request: Request, q: Text = "") -> Response:
        site = renderer.site(request)
        offered = [
            {"id": each.id, "text": completed(q, each, site.name(each.id))}
            for each in service.suggest(q)
        ]
        return renderer.answer(request, "suggestions.html", suggestions=offered)

    return router


def _sort(text: str) -> Sort:
    for sort in get_args(Sort):
        if sort == text:
            found: Sort = sort
            return found
    raise UsageError(f"sort is '{text}', expected one of {', '.join(get_args(Sort))}")


def _unusual(sort: str) -> str:
    return "" if sort == "best" else sort


def _next(site: Site, shown: WorksPage, text: str, sort: str) -> str:
    if shown.next_cursor is None:
        return ""
    return site.gallery_of(text, sort=_unusual(sort), cursor=shown.next_cursor)


def _facets(
    groups: tuple[FacetGroup, ...], query: Query, site: Site, sort: str
) -> list[ShownFacets]:
    chosen = {term.attribute_id for term in query.wanted}
    with_one_more = site.gallery_with_one_more(query, sort=sort)

    def shown(facet: Facet) -> ShownFacet:
        id_ = facet.attribute_id
        if id_ not in chosen:
            return ShownFacet(id_, facet.num_works, False, with_one_more)
        kept = [term for term in query.terms if term.attribute_id != id_]
        return ShownFacet(id_, facet.num_works, True, site.gallery(kept, sort=sort))

    return [
        ShownFacets(
            group.group_id,
            group.group_id in _OPEN or any(facet.attribute_id in chosen for facet in group.facets),
            tuple(map(shown, group.facets)),
        )
        for group in groups
        if group.facets
    ]


def _wider(service: Service, wish: Wish, query: Query, site: Site, sort: str) -> list[ShownWider]:
    """What one may ask instead of what finds nothing."""
    return [
        ShownWider(each.dropped, each.query, each.total, site.gallery(each.query.terms, sort=sort))
        for each in service.widened(query, wish)
    ]


def _unknown(query: Query, site: Site) -> list[ShownWord]:
    known = Query(query.terms)
    return [
        ShownWord(
            word.text,
            tuple(Nearest(id_, site.gallery(with_added(known, id_))) for id_ in word.nearest),
        )
        for word in query.unknown
    ]
