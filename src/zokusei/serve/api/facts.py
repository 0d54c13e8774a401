"""The vocabulary, the model, the library, and how the server is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from zokusei.index import GROUP_WEIGHTS
from zokusei.serve.api import models
from zokusei.serve.api.answering import Asked, IfNoneMatch, answered, troubles
from zokusei.serve.metrics import Metrics
from zokusei.serve.uploads import UploadQueue
from zokusei.vocabulary import Vocabulary

router = APIRouter(tags=["facts"])


@router.get("/vocabulary", response_model=models.Vocabulary, responses=troubles())
def vocabulary(request: Request, service: Asked, if_none_match: IfNoneMatch = None) -> Response:
    """Tell the attributes that the served bundle knows, in both languages."""

    def make() -> models.Vocabulary:
        return described(service.vocabulary)

    return answered(request, service, if_none_match, make)


def described(vocabulary: Vocabulary) -> models.Vocabulary:
    """A vocabulary as the API tells it."""
    groups = [
        models.VocabularyGroup(
            id=group.id,
            en=group.en,
            ja=group.ja,
            exclusion=group.exclusion,
            color=group.color,
            intrinsic=group.intrinsic,
            weight=GROUP_WEIGHTS.get(group.id, 1.0),
            attributes=[
                models.Attribute.model_validate(vocabulary[id_]) for id_ in group.attribute_ids
            ],
        )
        for group in vocabulary.groups
    ]
    return models.Vocabulary(fingerprint=vocabulary.fingerprint, groups=groups)


@router.get("/model", response_model=models.Model, responses=troubles())
def model(request: Request, service: Asked, if_none_match: IfNoneMatch = None) -> Response:
    """Tell what the served bundle says of itself."""
    return answered(request, service, if_none_match, service.model_facts)


@router.get(
    "/model/figures/{name}",
    responses={
        **troubles(),
        200: {"content": {"image/svg+xml": {}}, "description": "A figure of the card."},
    },
)
def figure(service: Asked, name: str) -> Response:
    """Send a figure of the bundle's card."""
    # Looked at by itself, an SVG could run scripts; this forbids it.
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    return Response(service.figure(name), media_type="image/svg+xml", headers=headers)


@router.get("/library", response_model=models.LibraryFacts, responses=troubles())
def library(service: Asked) -> models.LibraryFacts:
    """Tell what the library holds, what is out of date, and what runs on it."""
    return models.LibraryFacts.model_validate(service.library_facts())


@router.get("/health", response_model=models.Health, responses=troubles())
async def health(service: Asked) -> models.Health:
    """Say that the server answers and can read its library."""
    with service.moment():
        return models.Health()


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={**troubles(), 200: {"content": {"text/plain": {}}, "description": "Metrics."}},
)
def metrics(request: Request, service: Asked) -> PlainTextResponse:
    """Tell counts and times of requests, as Prometheus reads them."""
    kept: Metrics = request.app.state.metrics
    uploads: UploadQueue = request.app.state.uploads
    gauges = {
        "zokusei_works": float(service.library.num_works),
        "zokusei_uploads_admitted": float(uploads.num_admitted),
        "zokusei_uploads_refused": float(uploads.num_refused),
    }
    text = kept.text(gauges)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
