"""Labels by people: given, taken back, asked for where a model is in doubt, and taken out."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zokusei.errors import UnknownNameError, UsageError
from zokusei.library import Label, Library
from zokusei.query.search import least_stored
from zokusei.serve.answers import LabelChange, QueueItem, QueueKind, QueuePage, SaidState
from zokusei.serve.paging import Cursor, question_of
from zokusei.serve.view import View
from zokusei.vocabulary import Vocabulary

_MOST_QUEUED = 1_000
_MOST_NAME = 200  # letters of a person's name
_CHUNK = 8_192

# A row of the matrix and an attribute, the likeliest to be wrong first.
_Doubt = tuple[float, str, str]  # how sure (ascending), work id, attribute id


def change_label(
    library: Library, vocabulary: Vocabulary, work_id: str, attribute_id: str, state: str, by: str
) -> LabelChange:
    """Records what a person says, or takes it back where the state is ``unknown``.

    Args:
        library: Which has the work.
        vocabulary: Which has the attribute.
        work_id: Of the work.
        attribute_id: Of the attribute.
        state: ``present``, ``absent`` or ``unknown``.
        by: Who says so.

    Raises:
        UsageError: The state or the name cannot be used.
        UnknownNameError: There is no such attribute.
    """
    vocabulary.row(attribute_id)
    if state not in get_args(SaidState):
        raise UsageError(f"state is '{state}', expected {', '.join(get_args(SaidState))}")
    person = check_person(by)
    before = {
        row["attribute"]: row["state"]
        for row in library.labels_of(work_id).to_pylist()
        if row["origin"] == "human" and row["by"] == person
    }
    now = datetime.now(UTC)
    if state == "unknown":
        label = Label(attribute_id, "present", origin="human", by=person)
        library.remove_label(work_id, label)
    else:
        label = Label(attribute_id, state, origin="human", by=person, at=now)  # type: ignore[arg-type]
        library.add_labels([(work_id, label)])
    previous = before.get(attribute_id, "unknown")
    return LabelChange(work_id, attribute_id, state, previous, person, now)  # type: ignore[arg-type]


def check_person(name: str) -> str:
    """A person's name as it is recorded.

    Raises:
        UsageError: It is empty, too long, or cannot be printed.
    """
    person = name.strip()
    if not person or len(person) > _MOST_NAME or not person.isprintable():
        raise UsageError(
            f"the name '{name[:40]!r}' cannot be recorded; expected 1 to {_MOST_NAME} letters"
        )
    return person


def queue_page(
    view: View,
    library: Library,
    kind: QueueKind,
    *,
    group: str | None = None,
    limit: int,
    cursor: str | None,
) -> QueuePage:
    """What a person should look at, the most pressing first.

    Args:
        view: Of the library.
        library: Whose labels are read for ``contradicted``.
        kind: ``doubtful`` are the attributes whose probability is nearest its threshold;
            ``contradicted`` the labels that speak against what the bundle sees most surely.
            Neither has what a person has spoken about.
        group: Only its attributes; all by default.
        limit: At most how many, 1 or more.
        cursor: As the page before told.

    Raises:
        UsageError: The cursor is none of this queue.
        UnknownNameError: There is no such group.
        NotTaggedError: Nothing is tagged.
    """
    if kind not in get_args(QueueKind):
        raise UsageError(f"kind is '{kind}', expected {', '.join(get_args(QueueKind))}")
    vocabulary = view.tagged().index.vocabulary
    if group is not None and group not in (known := [each.id for each in vocabulary.groups]):
        raise UnknownNameError("group", group, known)
    asked = vocabulary.ids if group is None else vocabulary.group(group).attribute_ids
    make = {
        "doubtful": lambda: _doubtful(view, asked),
        "contradicted": lambda: _contradicted(view, library, asked),
    }
    queue = view.memo.get(("queue", kind, group), make[kind])
    question = question_of("queue", kind, *([group] if group else []))
    if cursor is not None:
        decoded = Cursor.decode(cursor, question)
        after = (decoded.key, *decoded.place)
        queue = [each for each in queue if each.sort_key > after]
    page, rest = queue[:limit], queue[limit:]
    following = None
    if rest:
        key, *place = page[-1].sort_key
        following = Cursor(float(key), tuple(map(str, place))).encode(question)
    return QueuePage(tuple(_item(view, each) for each in page), following)


@dataclass(frozen=True, slots=True)
class _Queued:
    sort_key: _Doubt
    row: int  # of the index
    stated: str | None = None
    origin: str | None = None


def _item(view: View, queued: _Queued) -> QueueItem:
    known = view.tagged()
    _, work_id, attribute_id = queued.sort_key
    column = known.index.vocabulary.row(attribute_id)
    return QueueItem(
        card=view.catalogue.card(view.row(work_id), is_tagged=True),
        attribute_id=attribute_id,
        probability=float(known.index.probabilities[queued.row, column]) / 255,
        threshold=float(known.thresholds[column]),
        stated=queued.stated,  # type: ignore[arg-type]
        origin=queued.origin,
    )


def _shown_rows(view: View) -> Any:
    rows = view.index_rows[view.shown]
    return rows[rows >= 0]


def _doubtful(view: View, asked: Collection[str]) -> list[_Queued]:
    """Those of these attributes whose probability is nearest its threshold."""
    known = view.tagged()
    index, least = known.index, least_stored(known.thresholds).astype(np.int16)
    left_out = [row for row, id_ in enumerate(index.vocabulary.ids) if id_ not in asked]
    found: list[_Queued] = []
    rows = _shown_rows(view)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        away = np.abs(index.probabilities[chunk].astype(np.int16) - least)
        away[:, least > 255] = 999
        away[:, left_out] = 999
        num = min(_MOST_QUEUED, away.size)
        for place in np.argpartition(away, num - 1, axis=None)[:num].tolist():
            at, column = divmod(place, away.shape[1])
            work_id, attribute_id = index.work_ids[chunk[at]], index.vocabulary.ids[column]
            if away[at, column] < 999 and attribute_id not in view.said.of(work_id):
                key = (float(away[at, column]), work_id, attribute_id)
                found.append(_Queued(key, int(chunk[at])))
        found = heapq.nsmallest(_MOST_QUEUED, found, key=lambda each: each.sort_key)
    return found


def _contradicted(view: View, library: Library, asked: Collection[str]) -> list[_Queued]:
    """The labels of these attributes that speak most against what the bundle sees."""
    index, rows = view.tagged().index, _shown_rows(view)
    labels = library.labels(["work_id", "attribute", "state", "origin"])
    labels = labels.filter(pc.not_equal(labels["origin"], "human"))
    labels = labels.filter(pc.is_in(labels["attribute"], pa.array(list(asked), pa.string())))
    ids = pa.array([index.work_ids[row] for row in rows.tolist()], pa.string())
    places = pc.index_in(labels["work_id"], ids)
    columns = pc.index_in(labels["attribute"], pa.array(index.vocabulary.ids, pa.string()))
    labels = labels.append_column("place", places).append_column("column", columns).drop_null()
    seen = index.probabilities[rows[labels["place"].to_numpy()], labels["column"].to_numpy()]
    is_present = pc.equal(labels["state"], "present").to_numpy()
    agreement = np.where(is_present, seen, 255 - seen)
    against = np.flatnonzero(agreement < _CONTRADICTS)
    against = against[np.argsort(agreement[against], kind="stable")][: 4 * _MOST_QUEUED]
    found = [
        _Queued(
            (float(agreement[at]), row["work_id"], row["attribute"]),
            int(rows[row["place"]]),
            row["state"],
            row["origin"],
        )
        for at, row in zip(against.tolist(), labels.take(against).to_pylist(), strict=True)
        if row["attribute"] not in view.said.of(row["work_id"])
    ]
    return heapq.nsmallest(_MOST_QUEUED, found, key=lambda each: each.sort_key)


_CONTRADICTS = 77  # of 255: a label that the bundle gives less than 30%


def exported(library: Library) -> Iterator[dict[str, Any]]:
    """All that people said, the earliest first: one row a label."""
    for row in library.labels_by_people().sort_by("at").to_pylist():
        yield {
            "work_id": row["work_id"],
            "attribute": row["attribute"],
            "state": row["state"],
            "by": row["by"],
            "at": row["at"].isoformat(),
        }
