"""What the routes share: the service, ETags, and which errors they document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from pydantic import TypeAdapter

from zokusei.serve.api.models import TroubleAnswer
from zokusei.serve.paging import etag, matches
from zokusei.serve.service import Service

Cursor = Annotated[
    str | None,
    Query(
        description="`next_cursor` of the page before; without it the first page.", max_length=4096
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(description="An ETag; if it still holds the answer is 304, without a body.")
]

_STATUSES = {
    400: "A value cannot be used.",
    401: "A token is wanted.",
    403: "The request comes from another site.",
    404: "Something named is not there.",
    409: "The work, or the library, is not tagged yet.",
    413: "The request, or a picture, is over the limit.",
    422: "The request does not fit its description.",
    503: "The library or the bundle cannot be read.",
}


def troubles(**others: str) -> dict[int | str, dict[str, Any]]:
    """The errors that a route documents, all of one shape.

    Args:
        others: Further ones, as ``s413="why"``.
    """
    told = {**_STATUSES, **{int(name[1:]): why for name, why in others.items()}}
    return {
        status: {"description": why, "model": TroubleAnswer} for status, why in sorted(told.items())
    }


async def _service(request: Request) -> Service:  # a plain function would be run by a thread
    service: Service = request.app.state.service
    return service


Asked = Annotated[Service, Depends(_service)]


def answered(
    request: Request,
    service: Service,
    if_none_match: str | None,
    make: Callable[[], Any],
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer with an ETag; nothing is computed where the reader has it already.

    Args:
        request: What is asked.
        service: Whom.
        if_none_match: The header.
        make: Makes the answer, a dataclass.
        headers: To send along.
    """
    with service.moment() as state:
        tag = etag(state, request.url.path, request.url.query)
        sent = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
        if matches(tag, if_none_match):
            return Response(status_code=304, headers=sent)
        said = as_json(make())
    return Response(said, media_type="application/json", headers=sent)


def as_json(answer: Any) -> bytes:
    """A dataclass as the API says it; what is not finite becomes null.

    The models of ``models.py`` describe these same fields, and a test holds it. To make one
    of them first would take ten times as long, a millisecond for 24 related works (2026-11-26).
    """
    kind: Any = type(answer)
    return _adapter(kind).dump_json(answer)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
