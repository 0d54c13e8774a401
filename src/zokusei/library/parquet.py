"""Works from a parquet file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zokusei.errors import UsageError
from zokusei.library.candidates import Candidate, Refusal
from zokusei.library.labels import Label
from zokusei.library.layouts import FacesLayout, plain_labels
from zokusei.library.rows import described, printable, work_id_of
from zokusei.vocabulary import Vocabulary


class Parquet:
    """A parquet file with a column ``image`` (bytes, or a struct with ``bytes``).

    ``work_id`` or ``id`` identifies a row. Labels come from the columns
    ``present`` and ``absent``, or from a layout that the columns show.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self.name = printable(str(path.resolve()))
        self._path = path
        self._vocabulary = vocabulary
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} is not a parquet file: {error}") from error
        columns = self._file.schema_arrow.names
        ids = [name for name in ("work_id", "id") if name in columns]
        if "image" not in columns or not ids:
            raise UsageError(
                f"{path} needs a column 'image' and one of 'work_id' and 'id'; "
                f"it has {', '.join(columns)}"
            )
        self._id = ids[0]
        self._check_kinds()
        self._faces = FacesLayout(vocabulary) if FacesLayout.fits(columns) else None

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def _check_kinds(self) -> None:
        """Raises UsageError where a column is of a kind that says nothing."""
        for column in self._file.schema_arrow:
            expected = _EXPECTED.get(column.name)
            if expected and not expected[1](column.type):
                raise UsageError(
                    f"the column '{column.name}' of {self._path} is of the kind {column.type}, "
                    f"expected {expected[0]}"
                )

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        try:
            for batch in self._file.iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    yield self._read(row)
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise UsageError(f"{self._path} cannot be read any further: {error}") from error

    def _read(self, row: dict[str, Any]) -> Candidate | Refusal:
        image = row["image"]
        if isinstance(image, dict):
            image = image["bytes"]
        try:
            work_id = work_id_of(row[self._id])
            if work_id is None or image is None:
                raise UsageError("it has no id or no picture")
            labels = self._faces.labels(row) if self._faces else self._plain(row)
            return Candidate(work_id, image, described(row), tuple(labels))
        except UsageError as error:
            return Refusal(f"row {row[self._id]}", str(error))
        except (ValueError, TypeError, AttributeError) as error:
            return Refusal(f"row {row[self._id]}", f"it cannot be read: {error}")

    def _plain(self, row: dict[str, Any]) -> Iterator[Label]:
        return plain_labels(row, self._vocabulary, self._path.name)

    def bookmarks(self) -> Iterator[dict[str, Any] | Refusal]:
        """None."""
        return iter(())


def _is_bytes(kind: pa.DataType) -> bool:
    of = pa.types
    return bool(of.is_binary(kind) or of.is_large_binary(kind) or of.is_fixed_size_binary(kind))


def _is_picture(kind: pa.DataType) -> bool:
    if not pa.types.is_struct(kind):
        return _is_bytes(kind)
    return any(field.name == "bytes" and _is_bytes(field.type) for field in kind)


def _is_names(kind: pa.DataType) -> bool:
    of = pa.types
    if of.is_list(kind) or of.is_large_list(kind) or of.is_fixed_size_list(kind):
        kind = kind.value_type
    if of.is_dictionary(kind):
        kind = kind.value_type
    return bool(of.is_string(kind) or of.is_large_string(kind) or of.is_null(kind))


# Columns of a parquet file that must be of a certain kind, where they are there.
_EXPECTED: Mapping[str, tuple[str, Callable[[pa.DataType], bool]]] = {
    "image": ("binary, or a struct with a binary field 'bytes'", _is_picture),
    "present": ("a list of names of attributes", _is_names),
    "absent": ("a list of names of attributes", _is_names),
}
