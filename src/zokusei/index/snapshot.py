"""The file in which an index is kept, so that a large library opens quickly."""

from __future__ import annotations

import json
import os
import uuid
import zipfile
from pathlib import Path

import numpy as np

from zokusei.errors import LibraryError
from zokusei.index.attribute_index import AttributeIndex
from zokusei.index.space import AttributeSpace
from zokusei.vocabulary import Vocabulary

VERSION = 2  # of the file


def save_index(index: AttributeIndex, path: Path, *, bundle_fingerprint: str) -> None:
    """Writes an index to one file, whole or not at all.

    Args:
        index: Of which the works that are there are written.
        path: Of the file; it is replaced where it exists.
        bundle_fingerprint: Of the bundle whose probabilities these are.
    """
    rows = np.flatnonzero(index.live).tolist()
    about = {
        "version": VERSION,
        "vocabulary": index.vocabulary.fingerprint,
        "bundle": bundle_fingerprint,
        "group_weights": index.space.group_weights,
        "work_ids": [index.work_ids[row] for row in rows],
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, about=text, idf=index.space.idf, probabilities=index.probabilities[rows])
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_index(path: Path, vocabulary: Vocabulary, *, bundle_fingerprint: str) -> AttributeIndex:
    """Reads an index that ``save_index`` wrote.

    Args:
        path: Of the file.
        vocabulary: The bundle's.
        bundle_fingerprint: Of the bundle in use.

    Raises:
        LibraryError: There is no index, it is damaged, or it was made by
            another version, vocabulary or bundle.
    """
    again = "run `zokusei index LIB` again"
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            idf, probabilities = file["idf"], file["probabilities"]
        found = tuple(about[key] for key in ("version", "vocabulary", "bundle"))
        work_ids, group_weights = about["work_ids"], about["group_weights"]
    except FileNotFoundError:
        raise LibraryError(f"there is no index at {path}; run `zokusei index LIB`") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise LibraryError(f"{path} is not an index or is damaged ({error}); {again}") from error
    expected = (VERSION, vocabulary.fingerprint, bundle_fingerprint)
    for what, has, wants in zip(("version", "vocabulary", "bundle"), found, expected, strict=True):
        if has != wants:
            raise LibraryError(
                f"{path} was made by another {what} ({has}, expected {wants}); {again}"
            )
    return AttributeIndex(work_ids, probabilities, AttributeSpace(vocabulary, idf, group_weights))
