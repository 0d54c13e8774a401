"""What was added to a table since it was last read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

# Of each file of rows: its number, where its data lie, and how many of the rows are deleted.
Snapshot: TypeAlias = frozenset[tuple[int, tuple[str, ...], int]]

# The same without the deletions, by which a part does not become another.
Parts: TypeAlias = frozenset[tuple[int, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to read so as to know a table as it is now.

    Args:
        rows: Those added since the earlier snapshot; all, where more than that changed.
        is_addition: Whether everything that was there still is.
        snapshot: The table as it is now.
    """

    rows: pa.Table
    is_addition: bool
    snapshot: Snapshot


def changes_of(dataset: Any, columns: list[str], since: Snapshot | None) -> Changes:
    """What changed in a Lance dataset.

    An addition writes new files and leaves the earlier ones alone, so only the
    new ones are read; a deletion, an update or a compaction changes them.

    Args:
        dataset: As it is now.
        columns: To read.
        since: An earlier state of it; without one everything is new.
    """
    fragments = {_part(fragment): fragment for fragment in dataset.get_fragments()}
    snapshot = frozenset(fragments)
    known = since or frozenset()
    if not known <= snapshot:
        return Changes(dataset.to_table(columns=columns), False, snapshot)
    added = [fragment for part, fragment in fragments.items() if part not in known]
    if not added:
        schema = pa.schema([dataset.schema.field(column) for column in columns])
        return Changes(schema.empty_table(), True, snapshot)
    rows = dataset.scanner(columns=columns, fragments=added).to_table()
    return Changes(rows, True, snapshot)


def rows_beyond(dataset: Any, columns: list[str], parts: Parts) -> tuple[pa.Table, Parts]:
    """The rows of a Lance dataset outside these parts, and the parts that there are now.

    Rows that were added lie in new parts, and one that was changed moved there;
    of those deleted nothing is told.

    Args:
        dataset: As it is now.
        columns: To read.
        parts: What an earlier call returned; nothing for all rows.
    """
    fragments = {_part(fragment)[:2]: fragment for fragment in dataset.get_fragments()}
    new = [fragment for part, fragment in fragments.items() if part not in parts]
    if not new:
        schema = pa.schema([dataset.schema.field(column) for column in columns])
        return schema.empty_table(), frozenset(fragments)
    rows = dataset.scanner(columns=columns, fragments=new).to_table()
    return rows, frozenset(fragments)


def _part(fragment: Any) -> tuple[int, tuple[str, ...], int]:
    metadata = fragment.metadata
    paths = tuple(file.path for file in metadata.files)
    deleted = metadata.deletion_file.num_deleted_rows if metadata.deletion_file else 0
    return fragment.fragment_id, paths, deleted
