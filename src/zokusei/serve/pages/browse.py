"""The gallery: works that match a query, facets to narrow it, suggestions for its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from zokusei.errors import UsageError
from zokusei.query import Query
from zokusei.serve.answers import FacetGroup, WorksPage
from zokusei.serve.listing import Sort, Wish
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.pages.site import Site
from zokusei.serve.pages.terms import chosen_terms, completed, with_added
from zokusei.serve.service import Service

_ON_A_PAGE = 60
# Groups that are open at first: what people look for most.
_OPEN = frozenset({"hair_color", "hair_length", "eye_color"})


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """An attribute to narrow by, and where that leads."""

    id: str
    num_works: int
    is_chosen: bool
    toggle: str
    exclude: str


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


def routes(service: Service, renderer: Renderer) -> APIRouter:
    """The gallery and what its scripts ask."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def gallery(
        request: Request, q: str = "", sort: str = "best", cursor: str = "", fragment: str = ""
    ) -> Response:
        site = renderer.site(request)
        shown = service.works(
            q, wish=Wish(sort=_sort(sort), limit=_ON_A_PAGE), cursor=cursor or None
        )
        context: dict[str, Any] = {"shown": shown, "next": _next(site, shown, q, sort)}
        if fragment == "tiles":
            return renderer.answer(request, "tiles.html", **context)
        query = shown.query
        return renderer.answer(
            request,
            "gallery.html",
            page="gallery",
            q=q,
            sort=sort,
            sorts=[each for each in get_args(Sort) if each != "best" or query.wanted],
            terms=chosen_terms(query, lambda terms: site.gallery(terms, sort=_unusual(sort))),
            facets=_facets(shown.facets, query, site, _unusual(sort)),
            unknown=_unknown(query, site),
            **context,
        )

    @router.get("/suggest")
    def suggest(request: Request, q: str = "") -> Response:
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

    def addressed(attribute_id: str, *, excluded: bool = False) -> str:
        if attribute_id in chosen and not excluded:
            kept = [term for term in query.terms if term.attribute_id != attribute_id]
            return site.gallery(kept, sort=sort)
        return site.gallery(with_added(query, attribute_id, excluded=excluded), sort=sort)

    return [
        ShownFacets(
            group.group_id,
            group.group_id in _OPEN or any(facet.attribute_id in chosen for facet in group.facets),
            tuple(
                ShownFacet(
                    facet.attribute_id,
                    facet.num_works,
                    facet.attribute_id in chosen,
                    addressed(facet.attribute_id),
                    addressed(facet.attribute_id, excluded=True),
                )
                for facet in group.facets
            ),
        )
        for group in groups
        if group.facets
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
