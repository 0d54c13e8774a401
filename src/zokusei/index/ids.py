"""Ids of works by row, packed: ten million of them in a few hundred megabytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.errors import UsageError

Rows: TypeAlias = NDArray[np.int64]
WorkIdTexts: TypeAlias = pa.Array | Sequence[str]

_CHUNK = 65_536  # ids that are unpacked at a time
_FEW = 8  # ids that are looked up one by one


class WorkIds(Sequence[str]):
    """Ids by row, each once, to which others can be added.

    The first ones are one packed text, in which many are found at once by
    bisection; those added later are looked up in a dictionary.

    Args:
        first: N texts, or a pyarrow string array of them.

    Raises:
        UsageError: An id stands there twice.
    """

    def __init__(self, first: WorkIdTexts) -> None:
        self.packed = _array(first)
        self._order: Rows | None = None  # rows of the packed ids by id; None where they are sorted
        self._ranks: Rows | None = None
        if not _ascend(self.packed):
            self._order = pc.sort_indices(self.packed).to_numpy().astype(np.int64)
            self._ranks = np.empty_like(self._order)
            self._ranks[self._order] = np.arange(len(self._order))
            _check_once(self.packed.take(pa.array(self._order)))
        self._added: list[str] = []
        self._added_rows: dict[str, int] = {}
        self._added_places: list[int] = []

    def __len__(self) -> int:
        return len(self.packed) + len(self._added)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        place = int(row) + (len(self) if row < 0 else 0)
        if place >= len(self.packed):
            return self._added[place - len(self.packed)]
        return str(self.packed[place].as_py())

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.packed), _CHUNK):
            yield from self.packed[start : start + _CHUNK].to_pylist()
        yield from self._added

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def row(self, work_id: str) -> int | None:
        """The row of an id; None where it is not among them."""
        row = int(self.rows([work_id])[0])
        return None if row < 0 else row

    def rows(self, work_ids: WorkIdTexts) -> Rows:
        """The rows of ids, int64; -1 where one is not among them."""
        return self._find(_array(work_ids))[0]

    def rows_with_room(self, work_ids: WorkIdTexts) -> Rows:
        """The rows of ids, int64; those that are not among them are added.

        Raises:
            UsageError: An id stands there twice; none is added.
        """
        asked = _array(work_ids)
        _check_once(asked.take(pc.sort_indices(asked)))
        rows, places = self._find(asked)
        for at in np.flatnonzero(rows < 0).tolist():
            work_id = asked[at].as_py()
            self._added_rows[work_id] = rows[at] = len(self)
            self._added_places.append(int(places[at]))
            self._added.append(work_id)
        return rows

    def select(self, rows: Rows) -> pa.Array:
        """The ids of these rows, packed."""
        everything = pa.concat_arrays([self.packed, pa.array(self._added, self.packed.type)])
        return everything.take(pa.array(rows))

    def places(self, rows: Rows) -> NDArray[np.int64]:
        """Where rows stand by their ids, int64; of those added, some may share a place."""
        if not self._added:
            return 2 * (rows if self._ranks is None else self._ranks[rows]) + 1
        places, first = np.empty(len(rows), np.int64), rows < len(self.packed)
        packed_rows, added = rows[first], rows[~first] - len(self.packed)
        places[first] = 2 * (packed_rows if self._ranks is None else self._ranks[packed_rows]) + 1
        places[~first] = [2 * self._added_places[place] for place in added]
        return places

    def sort_keys(self, rows: Rows) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """What sorts rows by their ids: keys for ``np.lexsort``, the one that counts most last."""
        texts, is_added = np.full(len(rows), "", object), rows >= len(self.packed)
        texts[is_added] = [self._added[row - len(self.packed)] for row in rows[is_added].tolist()]
        return texts, self.places(rows)

    def _find(self, asked: pa.Array) -> tuple[Rows, Rows]:
        """The rows of ids, -1 where one is not among them; and how many packed ones come before."""
        if len(asked) <= _FEW:
            return self._find_few(asked.to_pylist())
        low, high = np.zeros(len(asked), np.int64), np.full(len(asked), len(self.packed), np.int64)
        while (searched := low < high).any():
            middle = (low + high) // 2
            before = searched & self._compared(pc.less, middle, asked)
            low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
        there = (low < len(self.packed)) & self._compared(pc.equal, low, asked)
        rows = np.where(there, self._rows_at(low), -1)
        for at in np.flatnonzero(~there).tolist():
            rows[at] = self._added_rows.get(asked[at].as_py(), -1)
        return rows, low

    def _find_few(self, asked: list[str]) -> tuple[Rows, Rows]:
        """The same one by one: a single id takes a tenth of the time so (2026-11-26)."""
        ranks, rows = range(len(self.packed)), []
        places = [bisect_left(ranks, _bytes(each), key=self._bytes_at) for each in asked]
        for work_id, place in zip(asked, places, strict=True):
            there = place < len(self.packed) and self._bytes_at(place) == _bytes(work_id)
            rows.append(self._row_at(place) if there else self._added_rows.get(work_id, -1))
        return np.array(rows, np.int64), np.array(places, np.int64)

    def _row_at(self, place: int) -> int:
        return place if self._order is None else int(self._order[place])

    def _bytes_at(self, place: int) -> bytes:
        return _bytes(self.packed[self._row_at(place)].as_py())

    def _compared(self, how: Any, places: Rows, asked: pa.Array) -> NDArray[np.bool_]:
        """The packed ids at these places, the last one after their end, compared with others."""
        if not len(self.packed):
            return np.zeros(len(places), np.bool_)
        result: NDArray[np.bool_] = how(
            self.packed.take(pa.array(self._rows_at(places))), asked
        ).to_numpy(zero_copy_only=False)
        return result

    def _rows_at(self, places: Rows) -> Rows:
        inside = np.minimum(places, len(self.packed) - 1)
        return inside if self._order is None else self._order[inside]


def _bytes(text: str) -> bytes:
    """A text as Arrow orders it."""
    return text.encode()


def _array(texts: WorkIdTexts) -> pa.Array:
    return texts if isinstance(texts, pa.Array) else pa.array(list(texts), pa.string())


def _check_once(ordered: pa.Array) -> None:
    twice = pc.equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False).nonzero()[0]
    for place in twice.tolist():
        raise UsageError(f"work id '{ordered[place]}' stands for several works, expected each once")


def _ascend(ids: pa.Array) -> bool:
    """Whether ids are in order, each once."""
    return len(ids) < 2 or bool(pc.all(pc.less(ids[:-1], ids[1:])).as_py())
