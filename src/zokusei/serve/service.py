"""What pages and API both ask: plain Python over one library and one bundle, without HTTP."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from zokusei.bundle import Bundle
from zokusei.errors import UsageError, ZokuseiError
from zokusei.library import Library
from zokusei.query import Query, QueryTerm, parse_query, suggest
from zokusei.recommend import Related, Request
from zokusei.recommend.answering import answer
from zokusei.serve import labelling
from zokusei.serve.answers import (
    AttributeGroup,
    Head,
    LabelChange,
    LibraryFacts,
    ModelFacts,
    QueueKind,
    QueuePage,
    RelatedWork,
    TaggedPicture,
    Widened,
    WorkDetails,
    WorksPage,
)
from zokusei.serve.facts import figure_of, library_facts, model_facts
from zokusei.serve.freshness import Freshness
from zokusei.serve.listing import Wish, combined, page_of, widened
from zokusei.serve.looking import can_look, heads_of, where_picture
from zokusei.serve.paging import etag
from zokusei.serve.settings import Settings
from zokusei.serve.storing import store_picture
from zokusei.serve.tagged import grouped
from zokusei.serve.thumbnails import Thumbnails, encoded
from zokusei.serve.uploads import check_picture
from zokusei.serve.view import View, Viewer
from zokusei.tagger import Tagger, Tagging
from zokusei.vocabulary import Attribute, Vocabulary

MOST_RELATED = 200
_WARM_PX = 64
_ANY = Wish()


class Service:
    """Everything that can be asked of a library and a bundle.

    Every answer is of the library as it is when asked, whoever changed it.
    Methods may be called from several threads at once.

    Args:
        library: Whose works.
        bundle: What tags, and whose taggings count.
        settings: What the operator wants.
    """

    def __init__(self, library: Library, bundle: Bundle, settings: Settings) -> None:
        self.library, self.bundle, self.settings = library, bundle, settings
        self.thumbnails = Thumbnails.of(library, settings.most_thumbnail_bytes)
        self._tagger = Tagger(bundle, num_threads=1)
        self._viewer = Viewer(library, bundle, show_r18=settings.show_r18, person=settings.person)
        self._own = threading.local()
        self._freshness: Freshness[View] = Freshness(self._viewer.versions, self._viewer.view)

    def warm_up(self) -> None:
        """Does once what is slow the first time, so that nobody waits for it; fails in silence.

        A network that has seen no picture yet takes a second for the first one.
        """
        with suppress(ZokuseiError):
            self._tagger.tag([encoded(Image.new("RGB", (_WARM_PX, _WARM_PX), "gray"))])
        with suppress(ZokuseiError):
            self.works()

    @property
    def vocabulary(self) -> Vocabulary:
        """The attributes, in both languages."""
        return self.bundle.vocabulary

    @contextmanager
    def moment(self, *, with_people: bool = False) -> Iterator[str]:
        """Everything that this thread asks inside is of one moment, looked at once.

        Args:
            with_people: Whether it may ask for related works by bookmarks.

        Yields:
            An ETag of all that answers depend on.
        """
        if with_people:
            self._viewer.with_people = True
        with self._reading() as view:
            self._own.view = view
            try:
                yield etag(view.versions, self.bundle.fingerprint, self.settings.show_r18)
            finally:
                self._own.view = None

    @contextmanager
    def _reading(self) -> Iterator[View]:
        view: View | None = getattr(self._own, "view", None)
        if view is not None:
            yield view
            return
        with self._freshness.reading() as view:
            yield view

    # ---------------------------------------------------------------- works

    def works(
        self,
        text: str = "",
        chosen: Sequence[QueryTerm] = (),
        *,
        wish: Wish = _ANY,
        cursor: str | None = None,
    ) -> WorksPage:
        """A page of works.

        Args:
            text: Words in either language: `黒髪 -glasses twintails:1.5`.
            chosen: Attributes chosen besides; of one attribute the last counts.
            wish: Order, length of a page and the rest; its query is not looked at.
            cursor: ``next_cursor`` of the page before.

        Raises:
            UsageError: A value cannot be used.
            NotTaggedError: Attributes are asked for where nothing is tagged.
        """
        query = combined(parse_query(text, self.vocabulary), chosen)
        with self._reading() as view:
            return page_of(view, replace(wish, query=query), cursor)

    def widened(self, query: Query, wish: Wish = _ANY) -> tuple[Widened, ...]:
        """What a query that finds nothing may become: see ``listing.widened``."""
        with self._reading() as view:
            return widened(view, replace(wish, query=query))

    def suggest(self, text: str, *, limit: int = 8) -> list[Attribute]:
        """The attributes that the word being typed may become."""
        return suggest(text, self.vocabulary, limit=limit)

    def work(self, work_id: str) -> WorkDetails:
        """All that is told of one work.

        Raises:
            NotFoundError: There is none of this id, or it is hidden.
        """
        with self._reading() as view:
            row = view.row(work_id)
            of, index_row = view.catalogue.row(row), int(view.index_rows[row])
            groups = self._groups(view, work_id, index_row) if index_row >= 0 else ()
            card = view.catalogue.card(row, is_tagged=index_row >= 0)
            num_bookmarks = view.bookmarks.nums.get(work_id, 0)
        return WorkDetails(
            card=card,
            characters=tuple(of["characters"] or ()),
            series=tuple(of["series"] or ()),
            tags=tuple(of["tags"] or ()),
            created_at=of["created_at"],
            num_bookmarks=num_bookmarks,
            groups=groups,
        )

    def tagging_of(self, work_id: str) -> tuple[AttributeGroup, ...]:
        """A work's attributes by group, with what people said.

        Raises:
            NotFoundError: There is none of this id, or it is hidden.
            NotTaggedError: It is not tagged.
        """
        with self._reading() as view:
            return self._groups(view, work_id, view.index_row(work_id))

    def _groups(self, view: View, work_id: str, index_row: int) -> tuple[AttributeGroup, ...]:
        labels = view.said.of(work_id)
        probabilities = view.tagged().index.probabilities[index_row]
        if labels:  # the index has them laid over what the bundle sees
            seen = self.library.tagging_of(work_id, self.bundle.fingerprint)
            probabilities = probabilities if seen is None else seen
        return grouped(self.vocabulary, probabilities / 255, self.bundle.thresholds, labels)

    def picture(self, work_id: str, width_px: int) -> tuple[bytes, str]:
        """A work's picture as WebP, at most so wide, and the version of it.

        Raises:
            NotFoundError: There is no such work, or it is hidden.
            UsageError: The width is not one that is made.
            ImageError: The picture is missing or cannot be read.
        """
        with self._reading() as view:
            version = view.catalogue.card(view.row(work_id), is_tagged=False).version
        return self.thumbnails.get(work_id, version, width_px), version

    @property
    def can_look(self) -> bool:
        """Whether the bundle tells where it looked."""
        return can_look(self.bundle)

    def where(self, work_id: str, attribute_id: str) -> bytes:
        """A work's picture with where the model looked for an attribute laid over it, as WebP.

        Raises:
            NotFoundError: There is no such work, or it is hidden.
            UnknownNameError: There is no such attribute.
            BundleError: The bundle does not tell where it looked.
            ImageError: The picture is missing or cannot be read.
        """
        self.vocabulary.row(attribute_id)
        return where_picture(self.bundle, self._source(work_id), attribute_id)

    def heads(self, work_id: str) -> tuple[Head, ...]:
        """The heads in a work's picture, the surest first.

        Raises:
            NotFoundError: There is no such work, or it is hidden.
            ImageError: The picture is missing or cannot be read.
        """
        (tagging,) = self._tagger.tag([self._source(work_id)])
        return heads_of(tagging)

    def _source(self, work_id: str) -> bytes | Path:
        self.check_work(work_id)
        (source,) = self.library.images([work_id]).take([0])
        return source

    def check_work(self, work_id: str) -> None:
        """Sees to it that a work is there and may be shown.

        Raises:
            NotFoundError: It is not.
        """
        with self._reading() as view:
            view.row(work_id)

    # -------------------------------------------------------------- related

    def related(self, request: Request) -> tuple[RelatedWork, ...]:
        """The works that a request asks for, best first.

        Raises:
            NotFoundError: A liked or disliked work is not there, or hidden.
            NotTaggedError: One is not tagged.
            UnknownNameError: A rating, user, group, attribute or word is not there.
            UsageError: Nothing is asked for, or a value is out of its range.
        """
        self._ask_people(request)
        seen = self._seen(request.filters.unseen_by)
        with self._reading() as view:
            for work_id in (*request.likes, *request.dislikes):
                view.index_row(work_id)
            return self._told(view, answer(request, view.tagged(), seen=seen))

    def recommend(self, user_id: str, request: Request) -> tuple[RelatedWork, ...]:
        """The works for a person: like all they bookmarked, and none of these.

        Raises:
            UnknownNameError: The user has bookmarked nothing; else as for ``related``.
            NotTaggedError: Nothing they bookmarked is tagged.
        """
        self._ask_people(request)
        bookmarked = self.library.bookmarked_by(user_id)
        seen = [*bookmarked, *self._seen(request.filters.unseen_by)]
        with self._reading() as view:
            for work_id in (*request.likes, *request.dislikes):
                view.index_row(work_id)
            index = view.tagged().index
            is_tagged = index.find(bookmarked) >= 0
            tagged = [w for w, there in zip(bookmarked, is_tagged, strict=True) if there]
            likes = tuple(dict.fromkeys([*request.likes, *tagged]))
            asked = replace(request, likes=likes)
            return self._told(view, answer(asked, view.tagged(), seen=seen, as_list=True))

    def _ask_people(self, request: Request) -> None:
        """Has bookmarks be read from the first time on that somebody asks about them."""
        if request.k > MOST_RELATED:
            raise UsageError(f"k is {request.k}, expected at most {MOST_RELATED}")
        if request.by != "attributes":
            self._viewer.with_people = True

    def _seen(self, user_id: str | None) -> list[str]:
        return [] if user_id is None else self.library.bookmarked_by(user_id)

    def _told(self, view: View, found: Sequence[Related]) -> tuple[RelatedWork, ...]:
        rows = np.array([view.row(each.work_id) for each in found], np.int64)
        scores = [each.score for each in found]
        cards = view.catalogue.cards(rows, np.ones(len(rows), np.bool_), scores)
        return tuple(
            RelatedWork(card, each.score, each.because, each.duplicates)
            for card, each in zip(cards, found, strict=True)
        )

    # -------------------------------------------------------------- uploads

    def tag_upload(
        self, data: bytes, *, k: int = 24, store_as: str | None = None, store: bool = False
    ) -> TaggedPicture:
        """Tags a picture that somebody sent, and finds works like it; keeps it only if asked.

        Args:
            data: The file's content.
            k: How many related works, 0 or more.
            store: Whether it becomes a work of the library.
            store_as: The id of that work; one made of the picture's content by default.

        Raises:
            TooLargeError: It is over a limit.
            NoPictureError: It is of no known format.
            ImageError: It is damaged.
            UsageError: A work of this id is there with another picture.
        """
        width_px, height_px = check_picture(data, self.settings.uploads)
        (tagging,) = self._tagger.tag([data])
        work_id = None
        if store:
            work_id = store_as or f"upload/{hashlib.sha256(data).hexdigest()[:16]}"
            store_picture(self.library, work_id, data, tagging)
        return TaggedPicture(
            width_px=width_px,
            height_px=height_px,
            groups=grouped(
                self.vocabulary,
                tagging.probabilities,
                tagging.thresholds,
                without=tagging.unknown_groups,
            ),
            unknown_groups=tagging.unknown_groups,
            heads=heads_of(tagging),
            probabilities=self._sparse(tagging),
            related=self._like(tagging, k, work_id),
            work_id=work_id,
        )

    def _sparse(self, tagging: Tagging) -> dict[str, float]:
        stored = tagging.stored_probabilities
        return {
            id_: round(int(value) / 255, 6)
            for id_, value in zip(self.vocabulary.ids, stored, strict=True)
            if value
        }

    def _like(self, tagging: Tagging, k: int, work_id: str | None) -> tuple[RelatedWork, ...]:
        if k < 1:
            return ()
        request = Request(pictures=(tagging.stored_probabilities,), k=min(k, MOST_RELATED))
        with self._reading() as view:
            if view.known is None:
                return ()
            found = answer(request, view.known, seen=() if work_id is None else [work_id])
            return self._told(view, found)

    # --------------------------------------------------------------- people

    def label(
        self, work_id: str, attribute_id: str, state: str, by: str | None = None
    ) -> LabelChange:
        """Records what a person says of an attribute; ``unknown`` takes it back.

        To undo a change, give its ``previous`` as the state.

        Raises:
            NotFoundError: There is no such work, or it is hidden.
            UnknownNameError: There is no such attribute.
            UsageError: The state or the name cannot be used.
        """
        self.check_work(work_id)
        person = self.settings.person if by is None else by
        return labelling.change_label(
            self.library, self.vocabulary, work_id, attribute_id, state, person
        )

    def queue(
        self,
        kind: QueueKind = "doubtful",
        *,
        group: str | None = None,
        limit: int = 40,
        cursor: str | None = None,
    ) -> QueuePage:
        """What a person should look at, the most pressing first: see ``labelling.queue_page``."""
        with self._reading() as view:
            return labelling.queue_page(
                view, self.library, kind, group=group, limit=limit, cursor=cursor
            )

    def exported_labels(self) -> Iterator[dict[str, Any]]:
        """All that people said, the earliest first: work_id, attribute, state, by, at."""
        return labelling.exported(self.library)

    def bookmark(self, work_id: str, *, is_set: bool, user_id: str | None = None) -> bool:
        """Sets or removes a person's bookmark; says whether that changed anything.

        Raises:
            NotFoundError: There is no such work, or it is hidden.
            UsageError: The name cannot be used.
        """
        self.check_work(work_id)
        person = labelling.check_person(self.settings.person if user_id is None else user_id)
        if not is_set:
            return self.library.remove_bookmark(person, work_id)
        row = {"user_id": person, "work_id": work_id, "at": datetime.now(UTC)}
        return bool(self.library.add_bookmarks([row]))

    def is_bookmarked(self, work_id: str, *, user_id: str | None = None) -> bool:
        """Whether a person has bookmarked a work."""
        if user_id is not None:
            return self.library.has_bookmark(user_id, work_id)
        with self._reading() as view:
            return work_id in view.bookmarks.own

    # ---------------------------------------------------------------- facts

    def library_facts(self) -> LibraryFacts:
        """Counts of the library, what is out of date, and what runs on it."""
        with self._reading() as view:
            return library_facts(view, self.library, self.bundle)

    def model_facts(self) -> ModelFacts:
        """What the bundle says of itself, and how its attributes occur here."""
        with self._reading() as view:
            return model_facts(view, self.bundle)

    def figure(self, name: str) -> bytes:
        """A figure of the bundle's card, as SVG.

        Raises:
            NotFoundError: The card has none of this name.
        """
        return figure_of(self.bundle, name)
