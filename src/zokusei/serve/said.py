"""What people said of works, at hand in memory and kept up to date."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zokusei.library import Library
from zokusei.library.changes import Snapshot
from zokusei.serve.answers import HumanLabel

_COLUMNS = ("work_id", "attribute", "state", "by", "at")
_MOST_LATELY = 10_000  # labels; more are packed with the others


class Said:
    """The labels by people of a library.

    Those that were there at first are packed in a table, by work and time; the
    few recorded since lie in a dictionary. A label that was changed or taken
    back makes everything be read again.
    """

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._pack(pa.table({name: pa.array([], pa.string()) for name in _COLUMNS}))

    def refresh(self, library: Library) -> None:
        """Takes in what was recorded since the last time."""
        changes = library.label_changes(self._snapshot)
        by_people = changes.rows.filter(pc.equal(changes.rows["origin"], "human"))
        rows = by_people.select(list(_COLUMNS))
        is_first = self._snapshot is None
        self._snapshot = changes.snapshot
        if is_first or not changes.is_addition:
            self._pack(rows)
            return
        for row in rows.sort_by("at").to_pylist():
            self._lately.setdefault(row["work_id"], []).append(row)
        self._num_lately += rows.num_rows
        if self._num_lately > _MOST_LATELY:
            self._pack(library.labels_by_people().select(list(_COLUMNS)))

    def _pack(self, rows: pa.Table) -> None:
        order = [("work_id", "ascending"), ("at", "ascending")]
        self._packed = rows.sort_by(order).combine_chunks()
        runs = pc.run_end_encode(self._packed["work_id"].combine_chunks())
        ends = runs.run_ends.to_pylist()
        self._ranges = dict(zip(runs.values.to_pylist(), pairwise([0, *ends]), strict=True))
        self._lately: dict[str, list[dict[str, Any]]] = {}
        self._num_lately = 0

    def of(self, work_id: str) -> Mapping[str, HumanLabel]:
        """What people said last of each attribute of a work."""
        start, end = self._ranges.get(work_id, (0, 0))
        rows = self._packed.slice(start, end - start).to_pylist() if end > start else []
        rows += self._lately.get(work_id, [])
        return {row["attribute"]: HumanLabel(row["state"], row["by"], row["at"]) for row in rows}
