"""Related works, and works for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from zokusei.query import UnknownWord, parse_query
from zokusei.recommend import Filters, Request
from zokusei.recommend.direction import weights_by_id
from zokusei.serve.answers import RelatedAnswer, RelatedWork
from zokusei.serve.api import models
from zokusei.serve.api.answering import Asked, as_json, troubles
from zokusei.vocabulary import Vocabulary

router = APIRouter(tags=["related"])

By = Literal["attributes", "bookmarks", "both"]
K = Annotated[int, Query(ge=1, le=200, description="How many works.")]


def as_request(asked: models.RelatedRequest, vocabulary: Vocabulary) -> Request:
    """A wish as the recommender takes it.

    Raises:
        UnknownNameError: A name is not there.
        UsageError: A value is out of its range.
    """
    filters = asked.filters
    return Request(
        likes=tuple(dict.fromkeys(asked.likes)),
        dislikes=tuple(dict.fromkeys(asked.dislikes)),
        pictures=tuple(_dense(each, vocabulary) for each in asked.pictures),
        query=parse_query(asked.text, vocabulary),
        weights=weights_by_id(asked.weights, vocabulary) if asked.weights else {},
        filters=Filters(
            other_characters=filters.other_characters,
            other_artists=filters.other_artists,
            other_series=filters.other_series,
            ratings=tuple(filters.ratings),
            unseen_by=filters.unseen_by,
            exclude=tuple(filters.exclude),
            min_score=filters.min_score,
        ),
        k=asked.k,
        diversity=asked.diversity,
        per_artist=asked.per_artist,
        fold_duplicates=asked.fold_duplicates,
        by=asked.by,
    )


def _dense(picture: Mapping[str, float], vocabulary: Vocabulary) -> NDArray[np.float64]:
    probabilities = np.zeros(len(vocabulary))
    for id_, probability in picture.items():
        probabilities[vocabulary.row(id_)] = probability
    return probabilities


def _told(found: tuple[RelatedWork, ...], unknown: tuple[UnknownWord, ...] = ()) -> Response:
    return Response(as_json(RelatedAnswer(found, unknown)), media_type="application/json")


@router.get("/related/{work_id:path}", response_model=models.RelatedAnswer, responses=troubles())
async def related_to(
    service: Asked,
    work_id: str,
    k: K = 24,
    by: By = "attributes",
    other_characters: bool = False,
    diversity: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Response:
    """Tell the works related to one, and why."""
    filters = models.Filters(other_characters=other_characters)
    asked = models.RelatedRequest.model_construct(
        likes=[work_id], k=k, by=by, diversity=diversity, filters=filters
    )
    return _told(service.related(as_request(asked, service.vocabulary)))


@router.post("/related", response_model=models.RelatedAnswer, responses=troubles())
def related(service: Asked, asked: models.RelatedRequest) -> Response:
    """Tell the works like some and unlike others, with words, weights and filters.

    Words that nobody knows are told with the nearest attributes, and are an error only where
    nothing else is asked for.
    """
    request, unknown = as_request(asked, service.vocabulary).understood()
    return _told(service.related(request), unknown)


@router.get("/recommend", response_model=models.RelatedAnswer, responses=troubles())
def recommend(
    service: Asked,
    user: Annotated[models.Person, Query(description="Who has bookmarked something.")],
    k: K = 24,
    by: By = "both",
    diversity: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Response:
    """Tell works for a person: like all they bookmarked, and none of these."""
    return _told(service.recommend(user, Request(k=k, by=by, diversity=diversity)))
