"""Pictures that somebody drops, pastes or chooses: tagged, shown and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from fastapi import APIRouter, Request, Response

from zokusei.serve.answers import AttributeLine, TaggedPicture
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.pages.showing import ShownAnswers, ShownGroup, shown_answers, shown_groups
from zokusei.serve.service import Service
from zokusei.serve.uploads import UploadQueue, read_body

_NUM_RELATED = 10
_MOST_NAME = 120  # letters of a file's name that are shown


@dataclass(frozen=True, slots=True)
class Tagged:
    """An uploaded picture as it is shown.

    Args:
        name: Of its file.
        ms: How long it took to tag it and to find works like it.
        picture: What is known of it.
        has: The attributes it is tagged with, the likeliest first.
        groups: All attributes.
        related: The works like it.
    """

    name: str
    ms: int
    picture: TaggedPicture
    has: tuple[AttributeLine, ...]
    groups: tuple[ShownGroup, ...]
    related: ShownAnswers


def routes(service: Service, renderer: Renderer, queue: UploadQueue) -> APIRouter:
    """The page that takes pictures, and what it sends them to."""
    router = APIRouter(include_in_schema=False)
    limits = service.settings.uploads

    @router.get("/upload")
    def page(request: Request) -> Response:
        return renderer.answer(
            request, "upload.html", page="upload", max_megabytes=limits.max_bytes // 1_000_000
        )

    @router.post("/upload")
    async def upload(request: Request, name: str = "", keep: bool = False) -> Response:
        async with queue.place():
            data = await read_body(request.stream(), limits)
            tagged = await queue.run(lambda: _timed(service, data, keep))
        picture, ms = tagged
        lines = [line for group in picture.groups for line in group.lines if line.over_threshold]
        shown = Tagged(
            name[:_MOST_NAME],
            ms,
            picture,
            tuple(sorted(lines, key=lambda line: -line.probability)),
            tuple(shown_groups(picture.groups)),
            shown_answers(picture.related),
        )
        return renderer.answer(request, "uploaded.html", tagged=shown)

    return router


def _timed(service: Service, data: bytes, keep: bool) -> tuple[TaggedPicture, int]:
    began = monotonic()
    picture = service.tag_upload(data, k=_NUM_RELATED, store=keep)
    return picture, round(1000 * (monotonic() - began))
