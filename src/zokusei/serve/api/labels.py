"""What people say of works: labels, the queue of doubts, the export, and bookmarks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from zokusei.serve.answers import QueueKind
from zokusei.serve.api import models
from zokusei.serve.api.answering import Asked, Cursor, troubles

router = APIRouter(tags=["labels"])

_COLUMNS = ("work_id", "attribute", "state", "by", "at")


@router.put("/labels", response_model=models.LabelChange, responses=troubles())
def label(service: Asked, asked: models.LabelRequest) -> models.LabelChange:
    """Confirm or reject an attribute of a work, or take that back.

    The answer's `previous`, given as `state`, undoes the change.
    """
    change = service.label(asked.work_id, asked.attribute_id, asked.state, asked.by)
    return models.LabelChange.model_validate(change)


@router.get("/labels/queue", response_model=models.QueuePage, responses=troubles())
def queue(
    service: Asked,
    kind: Annotated[
        QueueKind,
        Query(
            description="`doubtful`: probabilities nearest their thresholds; `contradicted`: "
            "labels that speak against what the bundle sees."
        ),
    ] = "doubtful",
    group: Annotated[
        str | None,
        Query(max_length=200, description="Only its attributes.", examples=["hair_color"]),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 40,
    cursor: Cursor = None,
) -> models.QueuePage:
    """List what a person should look at, the most pressing first."""
    return models.QueuePage.model_validate(
        service.queue(kind, group=group, limit=limit, cursor=cursor)
    )


@router.get(
    "/labels/export",
    responses={
        **troubles(),
        200: {
            "description": "One line a label.",
            "content": {"application/x-ndjson": {}, "text/csv": {}},
        },
    },
)
def export(
    service: Asked,
    format_: Annotated[Literal["jsonl", "csv"], Query(alias="format")] = "jsonl",
) -> StreamingResponse:
    """Send all that people said, the earliest first: work_id, attribute, state, by, at."""
    rows = service.exported_labels()
    lines, kind = (_csv(rows), "text/csv") if format_ == "csv" else (_jsonl(rows), _NDJSON)
    headers = {"Content-Disposition": f'attachment; filename="labels.{format_}"'}
    return StreamingResponse(lines, media_type=kind, headers=headers)


_NDJSON = "application/x-ndjson"


def _jsonl(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _csv(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield ",".join(_COLUMNS) + "\r\n"
    for row in rows:
        out = io.StringIO()
        csv.writer(out).writerow([_plain(row[column]) for column in _COLUMNS])
        yield out.getvalue()


def _plain(text: str) -> str:
    """A text that a spreadsheet takes for no formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@router.put("/bookmarks", response_model=models.BookmarkAnswer, responses=troubles())
def bookmark(service: Asked, asked: models.BookmarkRequest) -> models.BookmarkAnswer:
    """Set or remove a person's bookmark of a work."""
    changed = service.bookmark(asked.work_id, is_set=asked.is_set, user_id=asked.user_id)
    return models.BookmarkAnswer(changed=changed)
