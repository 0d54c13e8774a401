"""Where works come from: a folder, a folder with a labels file, a parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zokusei.errors import UsageError
from zokusei.images import find_images
from zokusei.library.candidates import Candidate, Refusal, Source
from zokusei.library.labelled_folder import LabelledFolder
from zokusei.library.parquet import Parquet
from zokusei.library.rows import printable
from zokusei.vocabulary import Vocabulary

LABELS_FILES = ("labels.jsonl", "metadata.jsonl")


def open_source(path: Path, vocabulary: Vocabulary) -> Source:
    """The source at a path, checked as far as that is possible before it is read.

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
        self.name = printable(str(path.resolve()))
        self._path = path
        self._files = list(find_images([path]))
        if not self._files:
            raise UsageError(f"there are no pictures in {path}")

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        for file in self._files:
            yield Candidate(file.relative_to(self._path).as_posix(), file)

    def bookmarks(self) -> Iterator[dict[str, Any] | Refusal]:
        """None."""
        return iter(())
