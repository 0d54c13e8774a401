"""The application: routes, middleware, and what lives as long as it does."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from threading import Thread
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.types import Lifespan

from zokusei.bundle import Bundle
from zokusei.library import Library
from zokusei.serve import errors
from zokusei.serve.api import facts, labels, related, tag, works
from zokusei.serve.bodies import ShortBodies
from zokusei.serve.metrics import API, Measured, Metrics
from zokusei.serve.safety import Safety
from zokusei.serve.service import Service
from zokusei.serve.settings import Settings
from zokusei.serve.uploads import UploadQueue

_TAKE_PICTURES = frozenset({f"{API}/tag", "/upload"})

# Requests that threads of a process answer at a time; others wait. More of them only take turns,
# and hold their memory meanwhile: 515 MB a process, where anyio's 40 took 618 to 662 (2026-11-26).
# What is computed from memory in some milliseconds is computed in turn by the event loop itself
# (``async def``): of 20 at a time 95% of related works came within 59 and 64 ms so, and within 62
# and 85 from threads, in turns (2026-11-27).
_AT_ONCE = 4

_ABOUT = """\
Attributes of illustrations, each with a calibrated probability, and related works that share them.

Every error has one shape: `{"error": {"kind", "message", "nearest"?}}`. Lists come in pages: ask
for the next with `cursor=next_cursor`. Answers have ETags: send them back as `If-None-Match`, and
get 304 where nothing changed. A server that other machines reach wants
`Authorization: Bearer TOKEN`."""


def create_app(settings: Settings, *, service: Service | None = None) -> FastAPI:
    """The application over a library.

    Args:
        settings: Which library, and what the operator wants.
        service: Over the library; opened by default.

    Raises:
        LibraryError: There is no library.
        BundleError: The bundle is missing or altered.
    """
    served = service or open_service(settings)
    uploads = UploadQueue(settings.uploads)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = _AT_ONCE
        Thread(target=_warm_up, args=(served,), name="warm-up", daemon=True).start()
        yield
        uploads.close()

    app = _api(lifespan)
    app.state.service, app.state.uploads, app.state.metrics = served, uploads, Metrics()
    error_page = None
    if find_spec("zokusei.serve.pages") is not None:
        error_page = import_module("zokusei.serve.pages").install(app, served)
    errors.install(app, error_page=error_page)
    app.add_middleware(ShortBodies, but=_TAKE_PICTURES)
    app.add_middleware(Safety, settings=settings)
    app.add_middleware(Measured, metrics=app.state.metrics)
    return app


def _warm_up(service: Service) -> None:
    service.warm_up()
    # What is there now stays: to look through it for garbage would take 60 ms each time of a
    # library of 100,000 works. And a page makes some thousand things, none of which outlives it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def _api(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """An app with the routes of the API alone."""
    app = FastAPI(
        title="Zokusei",
        description=_ABOUT,
        version=version("zokusei"),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    for router in (works.router, related.router, tag.router, labels.router, facts.router):
        app.include_router(router, prefix=API)
    return app


def api_description() -> dict[str, Any]:
    """The description of the API, as OpenAPI has it."""
    return _api().openapi()


def open_service(settings: Settings) -> Service:
    """The service over the library and the bundle that settings name."""
    bundle = Bundle.packaged() if settings.bundle is None else Bundle.load(settings.bundle)
    return Service(Library.open(settings.library), bundle.with_runtime("auto"), settings)
