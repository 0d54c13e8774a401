"""The wish: works like those liked, unlike those disliked, with written attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from zokusei.query import parse_query
from zokusei.serve.answers import WorkCard
from zokusei.serve.pages.asking import Asked, Text
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.pages.work import ask
from zokusei.serve.service import Service

_PATH = "/wish"


@dataclass(frozen=True, slots=True)
class Example:
    """A liked or disliked work, and the address of the wish without it."""

    card: WorkCard
    liked: bool
    removed: str


def routes(service: Service, renderer: Renderer) -> APIRouter:
    """The page of a wish."""
    router = APIRouter(include_in_schema=False)

    @router.get(_PATH)
    def wish(request: Request, words: Text = "", fragment: str = "") -> Response:
        asked = Asked.of(request.query_params, request.url.path, service.vocabulary)
        query = parse_query(words, service.vocabulary)
        is_asked = bool(asked.likes or words)
        wanted, unknown = replace(asked.request(), query=query).understood()
        related = ask(service, wanted) if is_asked else None
        if fragment == "answers" and is_asked:
            return renderer.answer(
                request, "answers.html", related=related, asked=asked, unknown=unknown
            )
        return renderer.answer(
            request,
            "wish.html",
            page="wish",
            asked=asked,
            words=words,
            related=related,
            unknown=unknown,
            examples=list(_examples(service, request, asked)),
        )

    return router


def _examples(service: Service, request: Request, asked: Asked) -> Iterable[Example]:
    examples = [*((work_id, True) for work_id in asked.likes)]
    examples += [(work_id, False) for work_id in asked.dislikes]
    parameters = request.query_params.multi_items()
    for work_id, liked in examples:
        kept = [(name, value) for name, value in parameters if value != work_id]
        removed = f"{_PATH}?{urlencode(kept, quote_via=quote)}"
        yield Example(service.work(work_id).card, liked, removed)
