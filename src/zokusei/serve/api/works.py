"""Works: listed, searched, shown, and completed as one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from zokusei.serve.answers import WorksPage as Page
from zokusei.serve.api import models
from zokusei.serve.api.answering import Asked, Cursor, IfNoneMatch, answered, troubles
from zokusei.serve.listing import MOST_LETTERS, Sort, Wish, chosen_terms
from zokusei.serve.paging import etag, matches
from zokusei.serve.thumbnails import WIDTHS_PX

router = APIRouter(tags=["works"])

Text = Annotated[
    str,
    Query(
        alias="q",
        max_length=MOST_LETTERS,
        description="Words in Japanese and English; `-` excludes, `:weight` weighs.",
        examples=["黒髪ロング -glasses twintails:1.5"],
    ),
]
Chosen = Annotated[
    list[str],
    Query(
        alias="attribute",
        max_length=100,
        description="Attributes chosen besides, by id: `twintails`, `-glasses`, `kimono:2`.",
        examples=[["twintails", "-glasses"]],
    ),
]
Limit = Annotated[int, Query(ge=1, le=200)]
Name = Annotated[str | None, Query(max_length=500)]


@router.get("/works", response_model=models.WorksPage, responses=troubles())
async def works(
    request: Request,
    service: Asked,
    q: Text = "",
    attribute: Chosen = [],  # noqa: B006 - FastAPI copies it
    sort: Annotated[Sort, Query(description="`best` is by the query, else the newest.")] = "best",
    artist: Name = None,
    character: Name = None,
    series: Name = None,
    limit: Limit = 60,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """List works, a page at a time, with the facets of all pages."""
    wish = Wish(sort=sort, artist=artist, character=character, series=series, limit=limit)

    def make() -> Page:
        return service.works(
            q, chosen_terms(attribute, service.vocabulary), wish=wish, cursor=cursor
        )

    return answered(request, service, if_none_match, make)


@router.get("/search", response_model=models.WorksPage, responses=troubles())
async def search(
    request: Request,
    service: Asked,
    q: Text,
    attribute: Chosen = [],  # noqa: B006
    limit: Limit = 24,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Find the works that have what is written, best first."""

    def make() -> Page:
        terms = chosen_terms(attribute, service.vocabulary)
        return service.works(q, terms, wish=Wish(limit=limit), cursor=cursor)

    return answered(request, service, if_none_match, make)


@router.get("/suggest", response_model=models.Suggestions, responses=troubles())
async def suggest(
    service: Asked,
    q: Annotated[str, Query(max_length=MOST_LETTERS, examples=["ツイン"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> models.Suggestions:
    """Complete the word being typed."""
    found = service.suggest(q, limit=limit)
    return models.Suggestions(attributes=[models.Attribute.model_validate(each) for each in found])


@router.get("/works/{work_id:path}", response_model=models.Work, responses=troubles())
async def work(
    request: Request, service: Asked, work_id: str, if_none_match: IfNoneMatch = None
) -> Response:
    """Tell all about one work; `/` in its id stands as `%2F` or as it is."""
    return answered(request, service, if_none_match, lambda: service.work(work_id))


_PICTURE: Mapping[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {}}, "description": "A picture."}
}


@router.get("/pictures/{work_id:path}", responses={**troubles(), **_PICTURE})
def picture(
    service: Asked,
    work_id: str,
    width: Annotated[
        int, Query(description=f"One of {', '.join(map(str, WIDTHS_PX))}.", examples=[320])
    ] = 320,
    v: Annotated[str, Query(max_length=64, description="`version` of the work's card.")] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send a work's picture as WebP, at most so wide, encoded anew."""
    data, version = service.picture(work_id, width)
    tag = etag(work_id, version, width)
    is_named = bool(v) and v == version
    lasting = "private, max-age=31536000, immutable" if is_named else "private, no-cache"
    headers = {"ETag": tag, "Cache-Control": lasting}
    if matches(tag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="image/webp", headers=headers)


@router.get("/where/{attribute_id}/{work_id:path}", responses={**troubles(), **_PICTURE})
def where(service: Asked, attribute_id: str, work_id: str) -> Response:
    """Send a work's picture with where the model looked for an attribute."""
    data = service.where(work_id, attribute_id)
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(data, media_type="image/webp", headers=headers)
