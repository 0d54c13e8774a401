"""A library as a server sees it at one moment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import LibraryError
from zokusei.index import AttributeIndex
from zokusei.library import Library
from zokusei.recommend import Recommender
from zokusei.recommend.known import Known
from zokusei.serve.catalogue import Catalogue
from zokusei.serve.errors import NotFoundError, NotTaggedError
from zokusei.serve.said import Said

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
Versions = tuple[int | None, ...]
Result = TypeVar("Result")

_MOST_KEPT = 64  # results of one view


class Memo:
    """Results that hold as long as the view they belong to, the last used ones."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """What is kept under a key, made first where nothing is."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Result = self._kept[key]
                return kept
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True, eq=False)
class View:
    """A library as a server sees it at one moment.

    Args:
        versions: Of the library's tables.
        catalogue: All N works.
        shown: bool (N,), the works that may be shown.
        index_rows: int64 (N,), where each stands in the index; -1 where it is not tagged.
        known: What the recommender knows, with hidden works out of it; None where the bundle
            has tagged nothing.
        said: What people said.
        num_bookmarks: Of each work that has any, by its id.
        memo: Results that hold as long as the view does.
    """

    versions: Versions
    catalogue: Catalogue
    shown: Bools
    index_rows: Rows
    known: Known | None
    said: Said
    num_bookmarks: Mapping[str, int]
    memo: Memo = field(default_factory=Memo)

    def row(self, work_id: str) -> int:
        """The row of a work in the catalogue.

        Raises:
            NotFoundError: There is none of this id, or it is hidden.
        """
        row = self.catalogue.find(work_id)
        if row is None or not self.shown[row]:
            raise NotFoundError(f"there is no work '{work_id}'; look for it under /api/v1/works")
        return row

    def tagged(self) -> Known:
        """What the recommender knows.

        Raises:
            NotTaggedError: The bundle has tagged nothing.
        """
        if self.known is None:
            raise NotTaggedError(
                "the bundle has tagged nothing in this library; run `zokusei index` on it"
            )
        return self.known

    def index_row(self, work_id: str) -> int:
        """The row of a work in the index.

        Raises:
            NotFoundError: There is none of this id, or it is hidden.
            NotTaggedError: It is not tagged.
        """
        row = int(self.index_rows[self.row(work_id)])
        if row < 0:
            raise NotTaggedError(
                f"the work '{work_id}' is not tagged yet; run `zokusei index` on the library"
            )
        return row


class Viewer:
    """Makes the view of a library, and makes it anew cheaply.

    Args:
        library: Which.
        bundle: Whose taggings count.
        show_r18: Whether works for adults are shown.
    """

    def __init__(self, library: Library, bundle: Bundle, *, show_r18: bool) -> None:
        self._library, self._bundle, self._show_r18 = library, bundle, show_r18
        self._recommender: Recommender | None = None
        self._catalogue: Catalogue | None = None
        self._said = Said()
        self._num_bookmarks: Mapping[str, int] = {}
        self._seen: Versions = (None,) * 5
        self.with_people = False  # set it once bookmarks are asked about

    def versions(self) -> Versions:
        """The versions of the library's tables; any change changes them."""
        library = self._library
        return (
            library.works_version(),
            library.labels_version(),
            library.bookmarks_version(),
            library.taggings_version(self._bundle.fingerprint),
            int(self.with_people),
        )

    def view(self) -> View:
        """The view of now. What earlier ones hold may change by it."""
        versions = self.versions()
        works, labels, bookmarks, _, _ = versions
        if self._catalogue is None or self._seen[0] != works:
            self._catalogue = Catalogue.of(self._library)
        if self._seen[1] != labels:
            self._said.refresh(self._library)
        if self._seen[2] != bookmarks:
            self._num_bookmarks = num_bookmarks(self._library)
        self._seen = versions
        catalogue = self._catalogue
        shown = np.ones(len(catalogue), np.bool_) if self._show_r18 else ~catalogue.is_r18
        known = self._known()
        index_rows = np.full(len(catalogue), -1, np.int64)
        if known is not None:
            index_rows = known.index.find(catalogue.work_ids)
            known = replace(known, shown=_on_index(known.index, index_rows, shown))
        return View(versions, catalogue, shown, index_rows, known, self._said, self._num_bookmarks)

    def _known(self) -> Known | None:
        try:
            if self._recommender is None:
                self._recommender = Recommender(self._library, self._bundle)
            self._recommender.refresh(by="both" if self.with_people else "attributes")
        except LibraryError:
            if self._library.tagged_ids(self._bundle.fingerprint):
                raise
            self._recommender = None
            return None
        return self._recommender.known


def num_bookmarks(library: Library) -> Mapping[str, int]:
    """How many people bookmarked each work that anybody did, by its id."""
    counts = pc.value_counts(library.bookmarks()["work_id"])
    return dict(zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True))


def _on_index(index: AttributeIndex, index_rows: Rows, shown: Bools) -> Bools:
    """Which rows of an index are shown works."""
    on_index = np.zeros(len(index), np.bool_)
    on_index[index_rows[shown & (index_rows >= 0)]] = True
    return on_index
