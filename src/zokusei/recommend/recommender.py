"""Answers requests for related works from a library as it is at that moment."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import LibraryError, UnknownNameError
from zokusei.index import AttributeIndex, open_index
from zokusei.library import Library
from zokusei.recommend.answer import Related
from zokusei.recommend.answering import answer
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.filters import allowed_rows
from zokusei.recommend.gate import Gate
from zokusei.recommend.known import Asked, Known
from zokusei.recommend.people import People
from zokusei.recommend.request import By, Request
from zokusei.recommend.taste import Taste

_AT_ONCE = 16  # requests a thread has waiting


class Recommender:
    """Related works of a library, by what a bundle sees in them and by people's bookmarks.

    Every answer is of the library as it is when asked: works added, deleted,
    tagged again or labelled count at once.

    Args:
        library: Whose works.
        bundle: Whose taggings.

    Raises:
        LibraryError: The bundle has tagged nothing in the library.
    """

    def __init__(self, library: Library, bundle: Bundle) -> None:
        self.library = library
        self.bundle = bundle
        self._live = open_index(library, bundle)
        self._facts = WorkFacts()
        self._people: People | None = None  # read when first asked for
        self.refresh()

    def refresh(self, *, by: By = "attributes") -> None:
        """Takes in what changed in the library; ``related`` and ``for_person`` do so first.

        Args:
            by: What the next answers are to be scored by.
        """
        index = self._live.refresh()
        self._facts.refresh(self.library)
        self._facts.fit(index)
        if by != "attributes":
            if self._people is None:
                self._people = People.of_library(self.library)
            self._people.refresh(self.library)
            self._people.fit(index)
        self._known = Known(index, self.bundle.thresholds, self._facts, self._people)

    @property
    def known(self) -> Known:
        """What the last ``refresh`` found; the next one may change arrays that it holds."""
        return self._known

    @property
    def work_ids(self) -> list[str]:
        """The works that can be answered, sorted."""
        index = self._known.index
        return sorted(id_ for id_, live in zip(index.work_ids, index.live, strict=True) if live)

    @property
    def index(self) -> AttributeIndex:
        """What the works show, as of the last ``refresh``."""
        return self._known.index

    def allowed(self, request: Request) -> NDArray[np.bool_]:
        """The rows of ``index`` that a request leaves: bool (N,).

        Raises:
            UnknownNameError: A user or rating is not there.
            LibraryError: The index lacks a work that is liked or disliked.
        """
        asked = Asked.of(request, self.index)
        return allowed_rows(request, asked, self._known, seen=self._seen(request))

    @property
    def state(self) -> str:
        """A digest of all that answers depend on: another one, other answers."""
        library, fingerprint = self.library, self.bundle.fingerprint
        depends_on = [
            fingerprint,
            library.works_version(),
            library.labels_version(),
            library.bookmarks_version(),
            library.taggings_version(fingerprint),
            repr(Gate.from_library(library)),
        ]
        digest = hashlib.sha256(self._known.index.space.idf.tobytes())
        digest.update(json.dumps(depends_on).encode())
        if taste := Taste.from_library(library):
            digest.update(taste.axes.tobytes() + taste.answers.tobytes())
        return digest.hexdigest()

    def related(self, request: Request) -> list[Related]:
        """The works that a request asks for, best first.

        Raises:
            UnknownNameError: A work, user, rating, group, attribute or written word is not
                there; the nearest that are there are named.
            UsageError: Nothing is asked for, or a value is out of its range.
            LibraryError: A liked or disliked work was not tagged by the bundle.
        """
        self.refresh(by=request.by)
        return self._answer(request)

    def for_person(self, user_id: str, request: Request) -> list[Related]:
        """The works for a person: like all they bookmarked, and none of these.

        Args:
            user_id: Who.
            request: What they want besides; its likes are added to theirs.

        Raises:
            UnknownNameError: The user has bookmarked nothing; else as for ``related``.
            LibraryError: Nothing they bookmarked was tagged by the bundle; else as for
                ``related``.
        """
        self.refresh(by=request.by)
        bookmarked = self.library.bookmarked_by(user_id)
        tagged = self._known.index.find(bookmarked) >= 0
        liked = [
            work_id for work_id, is_tagged in zip(bookmarked, tagged, strict=True) if is_tagged
        ]
        if not liked:
            raise LibraryError(
                f"none of the {len(bookmarked)} works that user '{user_id}' bookmarked is tagged "
                f"by bundle {self.bundle.fingerprint}; run `zokusei index` again"
            )
        likes = tuple(dict.fromkeys([*request.likes, *liked]))
        return self._answer(replace(request, likes=likes), seen=bookmarked, as_list=True)

    def related_each(
        self, requests: Iterable[Request], *, num_threads: int | None = None
    ) -> Iterator[list[Related]]:
        """The answers to any number of requests, in their order, with memory for a few.

        All are of the library as it was at the last ``refresh``.

        Args:
            requests: Read as needed.
            num_threads: One for each core by default.

        Raises:
            ZokuseiError: As for ``related``, by the first request that is in error.
        """
        waiting = iter(requests)
        threads = num_threads or os.cpu_count() or 1
        with ThreadPoolExecutor(threads) as pool:
            while batch := list(islice(waiting, _AT_ONCE * threads)):
                yield from pool.map(self._answer, batch)

    def _answer(
        self, request: Request, *, seen: Sequence[str] = (), as_list: bool = False
    ) -> list[Related]:
        seen = [*seen, *self._seen(request)]
        try:
            return answer(request, self._known, seen=seen, as_list=as_list)
        except LibraryError:
            for work_id in (*request.likes, *request.dislikes):
                check_work(self.library, work_id)
            raise

    def _seen(self, request: Request) -> list[str]:
        user_id = request.filters.unseen_by
        return [] if user_id is None else self.library.bookmarked_by(user_id)


def check_work(library: Library, work_id: str) -> None:
    """Sees to it that a library has a work.

    Raises:
        UnknownNameError: It has none of this id.
    """
    known = library.work_ids()
    if work_id not in known:
        error = UnknownNameError("work", work_id, known)
        error.add_note(
            "a work's id is the `work_id` of its labels, else the path of its picture in what "
            "was imported"
        )
        raise error
