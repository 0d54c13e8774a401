"""The queue of what a person should look at."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from zokusei.errors import UsageError
from zokusei.serve.answers import QueueKind
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.service import Service

_ON_A_PAGE = 24


def routes(service: Service, renderer: Renderer) -> APIRouter:
    """The page of the queue and what its script asks."""
    router = APIRouter(include_in_schema=False)

    @router.get("/correct")
    def correct(
        request: Request,
        kind: str = "doubtful",
        group: str = "",
        cursor: str = "",
        fragment: str = "",
    ) -> Response:
        asked = _kind(kind)
        page = service.queue(asked, group=group or None, limit=_ON_A_PAGE, cursor=cursor or None)
        context: dict[str, Any] = {
            "items": page.items,
            "next": _address(asked, group, page.next_cursor),
        }
        if fragment == "questions":
            return renderer.answer(request, "questions.html", **context)
        return renderer.answer(
            request,
            "correct.html",
            page="correct",
            kind=asked,
            group=group,
            groups=[each.id for each in service.vocabulary.groups],
            queues={each: _address(each, group, "") for each in get_args(QueueKind)},
            **context,
        )

    return router


def _kind(text: str) -> QueueKind:
    for kind in get_args(QueueKind):
        if kind == text:
            found: QueueKind = kind
            return found
    raise UsageError(f"kind is '{text}', expected one of {', '.join(get_args(QueueKind))}")


def _address(kind: QueueKind, group: str, cursor: str | None) -> str:
    """A page of a queue; nothing where there is none."""
    if cursor is None:
        return ""
    parameters = {"kind": kind, "group": group, "cursor": cursor}
    given = {name: value for name, value in parameters.items() if value}
    return f"/correct?{urlencode(given, quote_via=quote)}"
