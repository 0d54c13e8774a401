"""What every template asks: names in the reader's language, colours, and addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request

from zokusei.query import Query, QueryTerm, format_query
from zokusei.serve.answers import WorkCard
from zokusei.serve.pages.reader import Reader
from zokusei.serve.settings import Language
from zokusei.serve.thumbnails import WIDTHS_PX
from zokusei.vocabulary import Attribute, Vocabulary

STATIC = Path(__file__).parent / "static"

_SWATCHES = {"hair_color": "hair", "eye_color": "eye", "skin": "hair"}
_NOT_COLORS = frozenset({"closed_eyes"})


class Site:
    """Names, colours and addresses for one reader.

    Args:
        request: What came.
        reader: Who reads.
        vocabulary: Whose attributes are named.
    """

    def __init__(self, request: Request, reader: Reader, vocabulary: Vocabulary) -> None:
        self._request = request
        self._vocabulary = vocabulary
        self.language: Language = reader.language
        self.other_language: Language = "en" if reader.language == "ja" else "ja"
        self.theme = reader.theme

    # ------------------------------------------------------------------ names

    def name(self, attribute_id: str) -> str:
        """An attribute's name; of one that the vocabulary lacks, its id."""
        return _name(self._find(attribute_id), self.language) or attribute_id.replace("_", " ")

    def other_name(self, attribute_id: str) -> str:
        """An attribute's name in the other language."""
        return _name(self._find(attribute_id), self.other_language)

    def group(self, group_id: str) -> str:
        """A group's name."""
        group = self._vocabulary.group(group_id)
        return group.ja if self.language == "ja" else group.en

    def group_of(self, attribute_id: str) -> str:
        """The name of an attribute's group."""
        attribute = self._find(attribute_id)
        return self.group(attribute.group) if attribute else ""

    def title(self, card: WorkCard) -> str:
        """What a work is called; its id where nobody gave it a title."""
        return card.title or card.work_id

    def count(self, num: int) -> str:
        """A number with its thousands parted."""
        return f"{num:,}"

    # ----------------------------------------------------------------- colours

    def color(self, attribute_id: str) -> str:
        """The classes that give an attribute its colour and that of its group."""
        attribute = self._find(attribute_id)
        return f"of-{attribute_id} in-{attribute.group}" if attribute else "in-kind"

    def swatch(self, attribute_id: str) -> str:
        """The classes of an attribute's swatch: hair has its gloss, an eye its pupil."""
        attribute = self._find(attribute_id)
        shape = _SWATCHES.get(attribute.group, "plain") if attribute else "plain"
        return f"{self.color(attribute_id)} {shape}"

    # --------------------------------------------------------------- addresses

    def static(self, name: str) -> str:
        """The address of a style, script or icon; it changes where the file does."""
        return f"/static/{_static_version()}/{name}"

    def address(self, place: str, **values: Any) -> str:
        """The address of a page or of what a script asks."""
        return _PLACES[place].format_map({key: _path(value) for key, value in values.items()})

    def gallery(self, terms: Sequence[str | QueryTerm] = (), *, sort: str = "") -> str:
        """The gallery of works with some attributes."""
        as_terms = [QueryTerm(term) if isinstance(term, str) else term for term in terms]
        return self.gallery_of(self.format(as_terms), sort=sort)

    def gallery_of(self, text: str, **parameters: str | None) -> str:
        """The gallery of a written query."""
        return _with("/", q=text, **parameters)

    def format(self, terms: Sequence[QueryTerm]) -> str:
        """Terms as a written query in the reader's language."""
        return format_query(Query(tuple(terms)), self._vocabulary, self.language)

    def work(self, work_id: str, **parameters: str | None) -> str:
        """A work's page."""
        return _with(f"/works/{_path(work_id)}", **parameters)

    def picture(self, card: WorkCard, width_px: int) -> str:
        """A work's thumbnail of about this width."""
        return thumbnail_address(card, min(WIDTHS_PX, key=lambda width: abs(width - width_px)))

    def pictures(self, card: WorkCard) -> str:
        """All thumbnails of a work, for ``srcset``."""
        return ", ".join(f"{thumbnail_address(card, width)} {width}w" for width in WIDTHS_PX)

    def where(self, card: WorkCard, attribute_id: str) -> str:
        """Where the model looked for an attribute, to be laid over a work's picture."""
        return f"{_API}/where/{_path(attribute_id)}/{_path(card.work_id)}"

    def in_other_language(self) -> str:
        """This page in the other language."""
        url = self._request.url.include_query_params(lang=self.other_language)
        return f"{url.path}?{url.query}"

    def _find(self, attribute_id: str) -> Attribute | None:
        known = attribute_id in self._vocabulary
        return self._vocabulary[attribute_id] if known else None


_API = "/api/v1"
_PLACES = {
    "gallery": "/",
    "suggest": "/suggest",
    "wish": "/wish",
    "upload": "/upload",
    "correct": "/correct",
    "model": "/model",
    "library": "/library",
    "related": "/works/{work_id}",
    "labels": f"{_API}/labels",
    "bookmarks": f"{_API}/bookmarks",
    "figures": "/figures?work={work_id}",
    "export": f"{_API}/labels/export",
}


def thumbnail_address(card: WorkCard, width_px: int) -> str:
    """A work's thumbnail; the address changes where the picture does."""
    return _with(f"{_API}/pictures/{_path(card.work_id)}", width=str(width_px), v=card.version)


def _name(attribute: Attribute | None, language: Language) -> str:
    if attribute is None:
        return ""
    return attribute.ja if language == "ja" else attribute.en


def _path(text: Any) -> str:
    """Escaped as one part of a path or parameter; slashes, too, so that ids stay whole."""
    return quote(str(text), safe="")


def _with(path: str, **parameters: str | None) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path


@cache
def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
