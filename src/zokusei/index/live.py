"""The index of a library, kept up to date with it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import LibraryError
from zokusei.index.attribute_index import AttributeIndex
from zokusei.index.snapshot import load_index, save_index
from zokusei.library import Library
from zokusei.library.labels import COLUMNS, LabelMatrix

Works: TypeAlias = tuple[list[str], NDArray[np.uint8]]


def build_index(library: Library, bundle: Bundle) -> AttributeIndex:
    """Builds the index of a library's taggings by a bundle, and keeps it where it has a folder.

    Raises:
        LibraryError: The bundle has tagged nothing in it.
    """
    work_ids, probabilities = _works(library, bundle)
    index = AttributeIndex.from_probabilities(work_ids, probabilities, bundle.vocabulary)
    path = _index_path(library, bundle)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_index(index, path, bundle_fingerprint=bundle.fingerprint)
    return index


def open_index(library: Library, bundle: Bundle) -> LiveIndex:
    """The index of a library's taggings by a bundle, up to date at every ``refresh``.

    Raises:
        LibraryError: The bundle has tagged nothing in it, or the index that was
            kept is damaged or was made by another version.
    """
    return LiveIndex(library, bundle)


class LiveIndex:
    """The index of a library, kept up to date with it.

    Args:
        library: Whose works.
        bundle: Whose taggings.

    Raises:
        LibraryError: As for ``open_index``.
    """

    def __init__(self, library: Library, bundle: Bundle) -> None:
        self._library = library
        self._bundle = bundle
        self._seen: tuple[int | None, ...] | None = None
        path = _index_path(library, bundle)
        if path is not None and path.is_file():
            self._index = load_index(path, bundle.vocabulary, bundle_fingerprint=bundle.fingerprint)
        else:
            self._index = build_index(library, bundle)
        self.refresh()

    def refresh(self) -> AttributeIndex:
        """The index with all that the library holds now.

        Raises:
            LibraryError: A table of the library is damaged or out of reach.
        """
        versions = self._library.versions(self._bundle.fingerprint)
        if versions != self._seen:
            self._catch_up()
            self._seen = versions
        return self._index

    def _catch_up(self) -> None:
        index = self._index
        work_ids, probabilities = _works(self._library, self._bundle)
        now = set(work_ids)
        gone = [index.work_ids[row] for row in np.flatnonzero(index.live).tolist()]
        index.remove([work_id for work_id in gone if work_id not in now])
        index.put(work_ids, probabilities)


def _works(library: Library, bundle: Bundle) -> Works:
    """The tagged works of a library, and their probabilities with human labels laid over."""
    work_ids, probabilities, attribute_ids = library.taggings(bundle.fingerprint)
    if attribute_ids != bundle.vocabulary.ids:
        raise LibraryError(f"the taggings in {library.address} do not fit bundle {bundle.path}")
    labels = library.labels(COLUMNS)
    truth = LabelMatrix.from_table(labels, work_ids=work_ids, vocabulary=bundle.vocabulary)
    said = np.where(truth.states == 1, 255, 0)
    return work_ids, np.where(truth.human, said, probabilities).astype(np.uint8)


def _index_path(library: Library, bundle: Bundle) -> Path | None:
    """Where the index is kept; None where the library is no folder."""
    if "://" in library.address:
        return None
    return Path(library.address) / "index" / f"{bundle.fingerprint}.npz"
