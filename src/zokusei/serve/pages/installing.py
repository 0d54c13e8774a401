"""Puts the pages into an app."""

from __future__ import annotations

import mimetypes

from fastapi import APIRouter, FastAPI, Request, Response

from zokusei.serve.errors import ErrorPage, NotFoundError, Problem
from zokusei.serve.pages import about, browse, correct, upload, wish, work
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.pages.site import STATIC
from zokusei.serve.service import Service
from zokusei.serve.uploads import UploadQueue

_YEAR = "public, max-age=31536000, immutable"


def install(app: FastAPI, service: Service) -> ErrorPage:
    """Adds every page to an app.

    Args:
        app: Where to; its state holds the queue in which uploaded pictures wait.
        service: Whom the pages ask.

    Returns:
        What makes the page of an error.
    """
    renderer = Renderer(service.vocabulary, service.settings.language)
    for routes in (browse.routes, work.routes, wish.routes, correct.routes, about.routes):
        app.include_router(routes(service, renderer))
    queue: UploadQueue = app.state.uploads
    app.include_router(upload.routes(service, renderer, queue))
    app.include_router(_static())

    async def error_page(request: Request, problem: Problem) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return problem.as_json()
        if "fragment" in request.query_params or request.method != "GET":
            return problem.as_json()
        answer = renderer.answer(request, "error.html", status=problem.status, problem=problem)
        for name, value in problem.headers:
            answer.headers[name] = value
        return answer

    return error_page


def _static() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    known = {path.name: path for path in STATIC.iterdir()}

    @router.get("/static/{_version}/{name}")
    def static(_version: str, name: str) -> Response:
        """A file by its name; the version in the address only tells when it changed."""
        if name not in known:
            raise NotFoundError(f"there is no file '{name}' here")
        kind, _ = mimetypes.guess_type(name)
        data = known[name].read_bytes()
        return Response(data, media_type=kind or "text/plain", headers={"Cache-Control": _YEAR})

    return router
