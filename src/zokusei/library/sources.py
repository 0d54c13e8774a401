"""Where works come from: a folder, a folder with a labels file, a parquet file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet as pq

from zokusei.errors import UnknownNameError, UsageError
from zokusei.images import find_images
from zokusei.library.labels import Label
from zokusei.library.layouts import FacesLayout, plain_labels
from zokusei.vocabulary import Vocabulary

LABELS_FILES = ("labels.jsonl", "metadata.jsonl")
BOOKMARKS_FILE = "bookmarks.csv"

# What a source may say of a work beside its picture and labels.
_TEXTS = ("title", "artist", "rating")
_LISTS = ("characters", "series", "tags")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work as its source offers it.

    Args:
        work_id: Its id in the library.
        image: The picture's bytes, or where it lies.
        fields: Columns of the works table that the source knows.
        labels: What the source says about its attributes.
    """

    work_id: str
    image: bytes | Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of a source that cannot be used, and why."""

    what: str
    why: str


class Source(Protocol):
    """Something works come from."""

    name: str

    def __len__(self) -> int:
        """How many works it offers."""

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        """Each of them, in a fixed order."""

    def bookmarks(self) -> Iterator[dict[str, Any]]:
        """Bookmarks of its works: user_id, work_id, at."""


def open_source(path: Path, vocabulary: Vocabulary) -> Source:
    """The source at a path.

    Raises:
        UsageError: There is nothing, or nothing that can be imported.
    """
    if path.is_dir():
        for name in LABELS_FILES:
            if (path / name).is_file():
                return LabelledFolder(path, path / name, vocabulary)
        return Folder(path)
    if not path.exists():
        raise UsageError(f"there is nothing at {path}")
    if path.suffix == ".parquet":
        return Parquet(path, vocabulary)
    if path.suffix == ".jsonl":
        return LabelledFolder(path.parent, path, vocabulary)
    raise UsageError(
        f"cannot import {path}; expected a folder of pictures, a folder with "
        f"{LABELS_FILES[0]}, or a .parquet file"
    )


class Folder:
    """A folder of pictures; a work's id is its path in the folder."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.resolve())
        self._path = path
        self._files = list(find_images([path]))
        if not self._files:
            raise UsageError(f"there are no pictures in {path}")

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        for file in self._files:
            yield Candidate(file.relative_to(self._path).as_posix(), file)

    def bookmarks(self) -> Iterator[dict[str, Any]]:
        """None."""
        return iter(())


class LabelledFolder:
    """A folder with a labels file: JSON lines, one object a picture."""

    def __init__(self, path: Path, labels_path: Path, vocabulary: Vocabulary) -> None:
        self.name = str(path.resolve())
        self._path = path
        self._vocabulary = vocabulary
        self._labels_path = labels_path
        self._lines = labels_path.read_text("utf-8").splitlines()

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        for number, line in enumerate(self._lines, start=1):
            if line.strip():
                yield self._read(line, f"{self._labels_path.name} line {number}")

    def _read(self, line: str, place: str) -> Candidate | Refusal:
        try:
            row = json.loads(line)
            file = row.get("file") or row["file_name"]
            image = (self._path / file).resolve()
            labels = tuple(plain_labels(row, self._vocabulary))
            fields = _fields(row)
        except UnknownNameError as error:
            return Refusal(place, str(error))
        except KeyError:
            return Refusal(place, "it names no file; expected a key 'file'")
        except (ValueError, TypeError, AttributeError) as error:
            return Refusal(place, f"it cannot be read: {error}")
        if not image.is_relative_to(self._path.resolve()):
            return Refusal(place, f"'{file}' is outside {self._path}")
        return Candidate(str(row.get("work_id") or file), image, fields, labels)

    def bookmarks(self) -> Iterator[dict[str, Any]]:
        """Those of the file beside the labels, if there is one.

        Raises:
            UsageError: It lacks a column.
        """
        path = self._path / BOOKMARKS_FILE
        if not path.is_file():
            return
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if not {"user_id", "work_id"} <= set(rows.fieldnames or ()):
                raise UsageError(f"{path} needs the columns user_id, work_id and at")
            for row in rows:
                at = _instant(row.get("at"))
                yield {"user_id": row["user_id"], "work_id": row["work_id"], "at": at}


class Parquet:
    """A parquet file with a column ``image`` (bytes, or a struct with ``bytes``).

    ``work_id`` or ``id`` identifies a row. Labels come from the columns
    ``present`` and ``absent``, or from a layout that the columns show.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self.name = str(path.resolve())
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
        self._faces = FacesLayout(vocabulary) if FacesLayout.fits(columns) else None

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        for batch in self._file.iter_batches(batch_size=256):
            for row in batch.to_pylist():
                yield self._read(row)

    def _read(self, row: dict[str, Any]) -> Candidate | Refusal:
        work_id = row[self._id]
        image = row["image"]
        if isinstance(image, dict):
            image = image.get("bytes")
        if work_id is None or image is None:
            return Refusal(f"row {work_id}", "it has no id or no picture")
        try:
            labels = self._faces.labels(row) if self._faces else self._plain(row)
            return Candidate(str(work_id), image, _fields(row), tuple(labels))
        except (UnknownNameError, ValueError) as error:
            return Refusal(str(work_id), str(error))

    def _plain(self, row: dict[str, Any]) -> Iterator[Label]:
        return plain_labels(row, self._vocabulary)

    def bookmarks(self) -> Iterator[dict[str, Any]]:
        """None."""
        return iter(())


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: str(row[name]) for name in _TEXTS if row.get(name)}
    for name in _LISTS:
        value = row.get(name) or []
        fields[name] = [value] if isinstance(value, str) else [str(item) for item in value]
    fields["created_at"] = _instant(row.get("created_at"))
    return fields


def _instant(value: object) -> datetime | None:
    if not value:
        return None
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
