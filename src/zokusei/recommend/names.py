"""Names that works have, such as their characters', as numbers that are found at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.errors import UnknownNameError
from zokusei.library.character_names import plain_name

Rows = NDArray[np.int64]


class Names:
    """Which rows have which names, by a number for each name.

    Rows are added in ascending order and never change: a work of which
    something else is said gets a new row. Looking up takes time by how many
    rows are found, not by how many there are.

    Args:
        kind: What they name, for errors: ``rating`` and the like.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._codes: dict[str, int] = {}
        self._rows = np.zeros(0, np.int64)  # ascending; with _of a pair for each name of a row
        self._of = np.zeros(0, np.int64)
        self._by_name: tuple[Rows, Rows] | None = None

    def add(self, column: pa.ChunkedArray, first_row: int) -> None:
        """Adds rows.

        Args:
            column: Texts, or lists of texts; nulls and blanks name nothing.
            first_row: That of its first entry; the others follow.
        """
        entries = column.combine_chunks()
        rows = np.arange(len(entries), dtype=np.int64)
        if pa.types.is_list(entries.type):
            rows = pc.list_parent_indices(entries).to_numpy(zero_copy_only=False).astype(np.int64)
            entries = entries.flatten()
        encoded = entries.dictionary_encode()
        codes = np.array([self._code(name) for name in encoded.dictionary.to_pylist()] + [-1])
        places = encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)
        of = codes[places].astype(np.int64)
        named = of >= 0
        self._rows = np.concatenate([self._rows, rows[named] + first_row])
        self._of = np.concatenate([self._of, of[named]])
        self._by_name = None

    def _code(self, name: str) -> int:
        plain = plain_name(name)
        return self._codes.setdefault(plain, len(self._codes)) if plain else -1

    def codes_of(self, row: int) -> Rows:
        """The numbers of a row's names, int64 (n,)."""
        start, end = np.searchsorted(self._rows, [row, row + 1])
        return self._of[start:end]

    def first_codes(self, rows: Rows) -> Rows:
        """The number of the first name of each row, -1 where it has none: int64, as ``rows``."""
        if not len(self._rows):
            return np.full(len(rows), -1)
        places = np.minimum(np.searchsorted(self._rows, rows), len(self._rows) - 1)
        return np.where(self._rows[places] == rows, self._of[places], -1)

    def rows_with(self, names: Sequence[str]) -> Rows:
        """The rows that have one of these names, int64 (n,).

        Raises:
            UnknownNameError: No row was ever added with one of them.
        """
        for name in names:
            if plain_name(name) not in self._codes:
                raise UnknownNameError(self.kind, name, self._codes)
        return self._rows_of(self._codes[plain_name(name)] for name in names)

    def rows_sharing(self, rows: Iterable[int]) -> Rows:
        """The rows that have a name in common with one of these, int64 (n,)."""
        shared = {int(code) for row in rows for code in self.codes_of(row)}
        return self._rows_of(sorted(shared))

    def _rows_of(self, codes: Iterable[int]) -> Rows:
        if self._by_name is None:
            order = np.argsort(self._of, kind="stable")
            starts = np.searchsorted(self._of[order], np.arange(len(self._codes) + 1))
            self._by_name = self._rows[order], starts.astype(np.int64)
        rows, starts = self._by_name
        return np.concatenate(
            [np.zeros(0, np.int64), *(rows[starts[code] : starts[code + 1]] for code in codes)]
        )
