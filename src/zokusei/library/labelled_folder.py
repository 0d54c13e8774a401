"""Works from a folder with a labels file, and the bookmarks beside it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from zokusei.errors import UsageError
from zokusei.library.candidates import Candidate, Refusal
from zokusei.library.layouts import plain_labels
from zokusei.library.rows import check_keys, described, instant, printable, work_id_of
from zokusei.vocabulary import Vocabulary

BOOKMARKS_FILE = "bookmarks.csv"
_BOOKMARKS = "the columns user_id, work_id and at"


class LabelledFolder:
    """A folder with a labels file: JSON lines, one object a picture.

    The files are read through once when it is opened, so that one in another
    encoding is noticed before anything is taken, and never held in memory.

    Args:
        path: The folder that files are relative to.
        labels_path: The labels file.
        vocabulary: What the labels speak of.

    Raises:
        UsageError: A file is not UTF-8, or the bookmarks lack a column.
    """

    def __init__(self, path: Path, labels_path: Path, vocabulary: Vocabulary) -> None:
        self.name = printable(str(path.resolve()))
        self._path = path
        self._root = path.resolve()
        self._vocabulary = vocabulary
        self._labels_path = labels_path
        self._bookmarks_path = path / BOOKMARKS_FILE
        with _reading(labels_path, "JSON lines") as file:
            self._num_works = sum(1 for line in file if line.strip())
        if self._bookmarks_path.is_file():
            with _reading(self._bookmarks_path, _BOOKMARKS) as file:
                self._check_columns(file)

    def __len__(self) -> int:
        return self._num_works

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        with _reading(self._labels_path, "JSON lines") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield self._read(line, f"{self._labels_path.name} line {number}")

    def _read(self, line: str, place: str) -> Candidate | Refusal:
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise UsageError("it is no object with a key 'file'")
            check_keys(row)
            file = row.get("file") or row.get("file_name")
            if not isinstance(file, str):
                raise UsageError("it names no file; expected a key 'file' with a path")
            image = (self._path / file).resolve()
            if not image.is_relative_to(self._root):
                raise UsageError(f"'{file}' is outside {self._path}")
            labels = tuple(plain_labels(row, self._vocabulary, self._labels_path.name))
            work_id = work_id_of(row.get("work_id"))
            return Candidate(file if work_id is None else work_id, image, described(row), labels)
        except UsageError as error:
            return Refusal(place, printable(str(error)))
        except (ValueError, OSError, RecursionError) as error:
            return Refusal(place, printable(f"it cannot be read: {error}"))

    def _check_columns(self, file: TextIO) -> None:
        columns = csv.DictReader(file).fieldnames or ()
        missing = [name for name in ("user_id", "work_id") if name not in columns]
        if missing:
            raise UsageError(
                f"{self._bookmarks_path} lacks the column {' and '.join(missing)}; "
                f"expected {_BOOKMARKS}"
            )
        for _ in file:  # to its end: it may turn out to be in another encoding
            pass

    def bookmarks(self) -> Iterator[dict[str, Any] | Refusal]:
        """Those of the file beside the labels, if there is one."""
        if not self._bookmarks_path.is_file():
            return
        with _reading(self._bookmarks_path, _BOOKMARKS) as file:
            rows = csv.DictReader(file)
            for row in rows:
                try:
                    yield _bookmark(row)
                except UsageError as error:
                    yield Refusal(f"{BOOKMARKS_FILE} line {rows.line_num}", str(error))


def _bookmark(row: Mapping[str, Any]) -> dict[str, Any]:
    if not row["user_id"] or not row["work_id"]:
        raise UsageError("it needs a user_id and a work_id")
    at = instant("at", row.get("at"))
    return {"user_id": row["user_id"], "work_id": row["work_id"], "at": at}


@contextmanager
def _reading(path: Path, expected: str) -> Iterator[TextIO]:
    """A text file, of lines that end in a newline and in nothing else.

    Raises:
        UsageError: It cannot be read, or is no UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            yield file
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text ({error.reason}); expected {expected} in UTF-8, "
            "so save it in that encoding"
        ) from error
    except csv.Error as error:
        raise UsageError(f"{path} cannot be read ({error}); expected {expected}") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
