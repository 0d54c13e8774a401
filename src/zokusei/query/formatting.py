"""A query as text that says it again, in the names of either language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from zokusei.query.parser import parse_any
from zokusei.query.query import Query, QueryTerm
from zokusei.query.stretches import quoted
from zokusei.vocabulary import Vocabulary

Language = Literal["id", "en", "ja"]

# English names hold spaces, so that commas have to part them.
_BETWEEN: Mapping[Language, str] = MappingProxyType({"id": " ", "en": ", ", "ja": " "})


def format_query(query: Query, vocabulary: Vocabulary, language: Language = "id") -> str:
    """A query as text; ``parse_query`` reads it back as the same query.

    Only a query for some thirty attributes or more may come out longer than it reads.

    >>> from zokusei.query import parse_query
    >>> vocabulary = Vocabulary.from_package()
    >>> query = parse_query("kurokami ロング -めがね twin tails:1.5", vocabulary)
    >>> for language in ("id", "en", "ja"):
    ...     format_query(query, vocabulary, language)
    'black_hair long_hair -glasses twintails:1.5'
    'black hair, long hair, -glasses, twintails:1.5'
    '黒髪 ロングヘア -眼鏡 ツインテール:1.5'

    Args:
        query: Its terms alone, or as ``parse_query`` gave it.
        vocabulary: The one that it was parsed with.
        language: Names by id, in English or in Japanese; unknown words stay as they are.

    Raises:
        UnknownNameError: A term is for no attribute of the vocabulary.
    """
    parts = list(_parts(query, vocabulary, language))
    needed = [
        plain if parse_any(plain, vocabulary) == part else in_quotes
        for part, plain, in_quotes in parts
    ]
    between = _BETWEEN[language]
    text = between.join(needed)
    if parse_any(text, vocabulary) == query:
        return text
    # What reads well alone was drawn into what stands beside it.
    return between.join(in_quotes for _, _, in_quotes in parts)


def _parts(
    query: Query, vocabulary: Vocabulary, language: Language
) -> Iterator[tuple[Query, str, str]]:
    """Each term and unknown word as a query, as plain text and in quotes."""
    for term in query.terms:
        attribute = vocabulary[term.attribute_id]
        name = {"id": attribute.id, "en": attribute.en, "ja": attribute.ja}[language]
        yield Query((term,)), _signed(term, name), _signed(term, quoted(name))
    for word in query.unknown:
        yield Query((), (word,)), word.text, quoted(word.text)


def _signed(term: QueryTerm, name: str) -> str:
    weight = "" if term.weight == 1 else f":{term.weight!r}".removesuffix(".0")
    return f"{'-' if term.excluded else ''}{name}{weight}"
