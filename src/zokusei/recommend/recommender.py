"""Answers requests for related works from a library as it is at that moment."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

from zokusei.bundle import Bundle
from zokusei.errors import LibraryError, UnknownNameError
from zokusei.index import open_index
from zokusei.library import Library
from zokusei.recommend.answer import Related
from zokusei.recommend.direction import direction
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.filters import allowed_rows
from zokusei.recommend.picking import pick
from zokusei.recommend.request import Request
from zokusei.recommend.scores import AttributeScores, Scores

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
        self.refresh()

    def refresh(self) -> None:
        """Takes in what changed in the library; ``related`` and ``for_person`` do so first."""
        self._versions = self.library.versions(self.bundle.fingerprint)
        self._index = self._live.refresh()
        self._facts.refresh(self.library)
        self._facts.fit(self._index)

    @property
    def work_ids(self) -> list[str]:
        """The works that can be answered, sorted."""
        index = self._index
        return sorted(id_ for id_, live in zip(index.work_ids, index.live, strict=True) if live)

    @property
    def state(self) -> str:
        """A digest of all that answers depend on, as of the last ``refresh``."""
        digest = hashlib.sha256(self._index.space.idf.tobytes())
        digest.update(json.dumps(self._versions).encode())
        return digest.hexdigest()

    def related(self, request: Request) -> list[Related]:
        """The works that a request asks for, best first.

        Raises:
            UnknownNameError: A work, user, rating, group, attribute or written word is not
                there; the nearest that are there are named.
            UsageError: Nothing is asked for, or a value is out of its range.
            LibraryError: A liked or disliked work was not tagged by the bundle.
        """
        self.refresh()
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
        self.refresh()
        bookmarked = self.library.bookmarked_by(user_id)
        liked = [work_id for work_id in bookmarked if self._index.find(work_id) is not None]
        if not liked:
            raise LibraryError(
                f"none of the {len(bookmarked)} works that user '{user_id}' bookmarked is tagged "
                f"by bundle {self.bundle.fingerprint}; run `zokusei index` again"
            )
        likes = tuple(dict.fromkeys([*request.likes, *liked]))
        return self._answer(replace(request, likes=likes), seen=bookmarked)

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

    def _answer(self, request: Request, *, seen: Sequence[str] = ()) -> list[Related]:
        self._check(request)
        user_id = request.filters.unseen_by
        if user_id is not None:
            seen = [*seen, *self.library.bookmarked_by(user_id)]
        index, facts = self._index, self._facts
        allowed = allowed_rows(request, index, facts, self.bundle.thresholds, seen=seen)
        scores: Scores = AttributeScores(
            index, direction(request, index), allowed, request.filters.min_score
        )
        return pick(request, scores, index, facts)

    def _check(self, request: Request) -> None:
        for work_id in (*request.likes, *request.dislikes):
            if self._index.find(work_id) is None:
                check_work(self.library, work_id)
        for word in request.query.unknown:
            raise UnknownNameError("attribute", word.text, word.nearest)


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
