"""A work's page: the picture, its attributes, its related works, and what its scripts ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response

from zokusei.errors import UsageError
from zokusei.recommend import Request as Wanted
from zokusei.serve.answers import WorkDetails
from zokusei.serve.pages.asking import Asked
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.pages.showing import ShownAnswers, shown_answers, shown_groups
from zokusei.serve.service import Service


def routes(service: Service, renderer: Renderer) -> APIRouter:
    """A work's page and what its scripts ask."""
    router = APIRouter(include_in_schema=False)

    @router.get("/works/{work_id:path}")
    async def work(
        request: Request, work_id: str, where: str = "", rest: bool = False, fragment: str = ""
    ) -> Response:
        asked = Asked.of(request.query_params, request.url.path, service.vocabulary)
        with service.moment(with_people=asked.by != "attributes"):
            return _page(service, renderer, request, asked, work_id, where, rest, fragment)

    @router.get("/figures")
    def figures(request: Request, work: str) -> Response:
        return renderer.answer(request, "figures.html", heads=service.heads(work))

    return router


def _page(
    service: Service,
    renderer: Renderer,
    request: Request,
    asked: Asked,
    work_id: str,
    where: str,
    rest: bool,
    fragment: str,
) -> Response:
    """A work's page, or the fragment of it that a script asks for.

    The attributes that it hardly has are most of what there is to draw, and few
    people look at them: they are sent to whoever asks for the ``rest``.
    """
    if fragment == "answers":
        related = ask(service, asked.request(work_id))
        return renderer.answer(request, "answers.html", related=related, asked=asked)
    details = service.work(work_id)
    context: dict[str, Any] = {
        "groups": shown_groups(details.groups),
        "where": where,
        "more": "" if rest else "?rest=1#attributes",
        "is_open": rest,
        "can_say": True,
        "can_look": service.can_look,
    }
    if fragment == "lines":
        return renderer.answer(request, "attributes.html", **context)
    wanted = asked.request(work_id)
    return renderer.answer(
        request,
        "work.html",
        page="work",
        card=details.card,
        facts=list(_facts(details, renderer, request)),
        num_bookmarks=details.num_bookmarks,
        is_bookmarked=service.is_bookmarked(work_id),
        has_finder=service.bundle.finder is not None,
        converged=service.bundle.converged,
        asked=asked,
        related=ask(service, wanted) if details.groups else None,
        **context,
    )


def ask(service: Service, wanted: Wanted) -> ShownAnswers:
    """Related works as they are drawn; where the wish cannot be used, why not."""
    try:
        return shown_answers(service.related(wanted))
    except UsageError as error:
        return ShownAnswers((), problem=str(error))


def _facts(details: WorkDetails, renderer: Renderer, request: Request) -> Iterable[tuple[str, str]]:
    """What is told of a work under its title, as keys of texts and values."""
    card, t = details.card, renderer.texts(request)
    if card.artist:
        yield "artist", card.artist
    between = "、" if renderer.site(request).language == "ja" else ", "
    if details.characters:
        yield "characters", between.join(details.characters)
    if details.series:
        yield "series", between.join(details.series)
    if card.rating:
        yield "rating", card.rating
    if details.created_at:
        yield "created", details.created_at.date().isoformat()
    if card.width_px:
        yield "size", t("work.size_px", width=card.width_px, height=card.height_px)
