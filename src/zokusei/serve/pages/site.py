"""What every template asks: names in one language, colours, and addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from zokusei.query import Query, QueryTerm, format_query
from zokusei.serve.answers import WorkCard
from zokusei.serve.settings import Language
from zokusei.serve.thumbnails import WIDTHS_PX
from zokusei.vocabulary import Attribute, Vocabulary

STATIC = Path(__file__).parent / "static"

ADDED = "with"  # the parameter of attributes chosen besides what is written

_SWATCHES = {"hair_color": "hair", "eye_color": "eye", "skin": "hair"}
_NOT_COLORS = frozenset({"closed_eyes"})


# To write a query takes a quarter of a millisecond, since it is read back (2026-11-26).
_MOST_WRITTEN = 4_096
_MOST_ESCAPED = 4_096  # a work's id stands in several addresses


class Site:
    """Names, colours and addresses for all who read in one language.

    Args:
        vocabulary: Whose attributes are named.
        language: Which.
    """

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self._vocabulary = vocabulary
        self.language: Language = language
        self.other_language: Language = "en" if language == "ja" else "ja"
        self._names = {each.id: _name(each, language) for each in vocabulary.attributes}
        self._colors = {each.id: f"of-{each.id} in-{each.group}" for each in vocabulary.attributes}
        self._written = lru_cache(_MOST_WRITTEN)(self._write)

    # ------------------------------------------------------------------ names

    def name(self, attribute_id: str) -> str:
        """An attribute's name; of one that the vocabulary lacks, its id."""
        return self._names.get(attribute_id) or attribute_id.replace("_", " ")

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
        return self._colors.get(attribute_id, "in-kind")

    def swatch(self, attribute_id: str) -> str:
        """The classes of an attribute's swatch: hair has its gloss, an eye its pupil."""
        attribute = self._find(attribute_id)
        shape = _SWATCHES.get(attribute.group, "plain") if attribute else "plain"
        return f"{self.color(attribute_id)} {shape}"

    # --------------------------------------------------------------- addresses

    def static(self, name: str) -> str:
        """The address of a style, script or icon; it changes where the file does."""
        return f"/static/{_static_version()}/{name}"

    def address(self, place: str, **values: str) -> str:
        """The address of a page or of what a script asks."""
        return _PLACES[place].format_map({key: _path(value) for key, value in values.items()})

    def gallery(self, terms: Sequence[str | QueryTerm] = (), *, sort: str = "") -> str:
        """The gallery of works with some attributes."""
        as_terms = [QueryTerm(term) if isinstance(term, str) else term for term in terms]
        return self.gallery_of(self.format(as_terms), sort=sort)

    def gallery_of(self, text: str, **parameters: str | None) -> str:
        """The gallery of a written query."""
        return _with("/", q=text, **parameters)

    def gallery_with_one_more(self, query: Query, *, sort: str = "") -> str:
        """The gallery of a query with an attribute more, up to its id, which a ``-`` leaves out.

        So a page tells hundreds of addresses, and its query is written once.
        """
        address = _with("/", q=self.written(Query(query.terms)), sort=sort)
        return f"{address}{'&' if '?' in address else '?'}{ADDED}="

    def format(self, terms: Sequence[QueryTerm]) -> str:
        """Terms as a written query in the reader's language."""
        return self._written(Query(tuple(terms)))

    def written(self, query: Query) -> str:
        """A query, with the words that nobody knows, in the reader's language."""
        return self._written(query)

    def _write(self, query: Query) -> str:
        return format_query(query, self._vocabulary, self.language)

    def work(self, work_id: str, **parameters: str | None) -> str:
        """A work's page."""
        return _with(f"/works/{_path(work_id)}", **parameters)

    def thumbnails(self, card: WorkCard) -> str:
        """The address of a work's thumbnails, up to a width; it changes where the picture does."""
        return f"{_API}/pictures/{_path(card.work_id)}?v={_path(card.version)}&width="

    def picture(self, card: WorkCard, width_px: int) -> str:
        """A work's thumbnail of about this width."""
        nearest = min(WIDTHS_PX, key=lambda width: abs(width - width_px))
        return f"{self.thumbnails(card)}{nearest}"

    def pictures(self, card: WorkCard) -> str:
        """All thumbnails of a work, for ``srcset``."""
        address = self.thumbnails(card)
        return ", ".join([f"{address}{width} {width}w" for width in WIDTHS_PX])

    def where(self, card: WorkCard, attribute_id: str) -> str:
        """Where the model looked for an attribute, to be laid over a work's picture."""
        return f"{_API}/where/{_path(attribute_id)}/{_path(card.work_id)}"

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


def _name(attribute: Attribute | None, language: Language) -> str:
    if attribute is None:
        return ""
    return attribute.ja if language == "ja" else attribute.en


@lru_cache(_MOST_ESCAPED)
def _path(text: str) -> str:
    """Escaped as one part of a path or parameter; slashes, too, so that ids stay whole."""
    return quote(text, safe="")


def _with(path: str, **parameters: str | None) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path


@cache
def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
