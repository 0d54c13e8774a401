"""A library as a server sees it at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
from zokusei.serve.memo import Memo
from zokusei.serve.said import Said

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

Versions = tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Bookmarks:
    """Who bookmarked what.

    Args:
        nums: How many people bookmarked each work that anybody did, by its id.
        own: The ids of works that the operator bookmarked.
    """

    nums: Mapping[str, int] = field(default_factory=dict)
    own: frozenset[str] = frozenset()

    @classmethod
    def of(cls, library: Library, person: str) -> Bookmarks:
        """Those of a library, as it is now; ``own`` are this person's."""
        table = library.bookmarks()
        counts = pc.value_counts(table["work_id"])
        own = table["work_id"].filter(pc.equal(table["user_id"], person))
        nums = zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True)
        return cls(dict(nums), frozenset(own.to_pylist()))


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
        bookmarks: Who bookmarked what.
        memo: Results that hold as long as the view does.
    """

    versions: Versions
    catalogue: Catalogue
    shown: Bools
    index_rows: Rows
    known: Known | None
    said: Said
    bookmarks: Bookmarks
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
        person: The operator, whose bookmarks are the view's own.
    """

    def __init__(self, library: Library, bundle: Bundle, *, show_r18: bool, person: str) -> None:
        self._library, self._bundle, self._show_r18 = library, bundle, show_r18
        self._person = person
        self._recommender: Recommender | None = None
        self._catalogue: Catalogue | None = None
        self._said = Said()
        self._bookmarks = Bookmarks()
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
            self._bookmarks = Bookmarks.of(self._library, self._person)
        self._seen = versions
        catalogue = self._catalogue
        shown = np.ones(len(catalogue), np.bool_) if self._show_r18 else ~catalogue.is_r18
        known = self._known()
        index_rows = np.full(len(catalogue), -1, np.int64)
        if known is not None:
            index_rows = known.index.find(catalogue.work_ids)
            known = replace(known, shown=_on_index(known.index, index_rows, shown))
        return View(versions, catalogue, shown, index_rows, known, self._said, self._bookmarks)

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


def _on_index(index: AttributeIndex, index_rows: Rows, shown: Bools) -> Bools:
    """Which rows of an index are shown works."""
    on_index = np.zeros(len(index), np.bool_)
    on_index[index_rows[shown & (index_rows >= 0)]] = True
    return on_index
