"""Pictures that somebody sends: tagged, with related works, and kept only if asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from zokusei.errors import UsageError
from zokusei.serve.api import models
from zokusei.serve.api.answering import Asked, troubles
from zokusei.serve.settings import UploadLimits
from zokusei.serve.uploads import UploadQueue, read_body, too_many_bytes

router = APIRouter(tags=["tag"])

_ROOM_BYTES = 10_000  # of a form, besides its picture

_BODY = {
    "required": True,
    "description": "The picture itself, or a form with a field `picture`.",
    "content": {
        **{
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp", "application/octet-stream")
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["picture"],
                "properties": {"picture": {"type": "string", "format": "binary"}},
            }
        },
    },
}


@router.post(
    "/tag",
    response_model=models.TaggedPicture,
    responses=troubles(
        s408="The picture did not arrive in time.",
        s415="It is no picture of a known format.",
        s429="More pictures are waiting than the limit; `Retry-After` says when to try again.",
    ),
    openapi_extra={"requestBody": _BODY},
)
async def tag(
    request: Request,
    service: Asked,
    k: Annotated[int, Query(ge=0, le=200, description="How many related works.")] = 24,
    store: Annotated[bool, Query(description="Whether it becomes a work of the library.")] = False,
    work_id: Annotated[
        str | None,
        Query(min_length=1, max_length=1000, description="Of that work; made up by default."),
    ] = None,
) -> models.TaggedPicture:
    """Tag a picture and find works like it. It is not kept unless `store` says so."""
    queue: UploadQueue = request.app.state.uploads
    limits = service.settings.uploads
    _check_length(request, limits)
    async with queue.place():
        data = await _picture(request, limits)
        answer = await queue.run(
            lambda: service.tag_upload(data, k=k, store=store, store_as=work_id)
        )
    return models.TaggedPicture.model_validate(answer)


def _check_length(request: Request, limits: UploadLimits) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > limits.max_bytes + _ROOM_BYTES:
        raise too_many_bytes(limits.max_bytes)


async def _picture(request: Request, limits: UploadLimits) -> bytes:
    """The picture that a request sends, as its body or in a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _some(await read_body(request.stream(), limits))
    body = await read_body(request.stream(), limits)

    async def again() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    try:
        form = await MultiPartParser(request.headers, again(), max_files=1, max_fields=4).parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise UsageError(f"the form cannot be read: {error}") from error
    try:
        picture = form.get("picture")
        if not isinstance(picture, UploadFile):
            raise UsageError("the form has no file `picture`; send one, or the picture itself")
        return _some(await picture.read())
    finally:
        await form.close()


def _some(data: bytes) -> bytes:
    if not data:
        raise UsageError("no picture was sent; send its bytes as the body, or as `picture`")
    return data
