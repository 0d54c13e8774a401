"""Says which words of a query were not understood, and goes on with the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from zokusei.errors import UsageError

if TYPE_CHECKING:
    from zokusei.query import Query, UnknownWord
    from zokusei.vocabulary import Vocabulary


def understood(query: Query, vocabulary: Vocabulary, *, alone: bool) -> Query:
    """What was understood of a query; the rest is told on stderr.

    Args:
        query: As it was parsed.
        vocabulary: The bundle's.
        alone: Whether nothing is asked for besides it.

    Raises:
        UsageError: Nothing was understood of what is asked for alone.
    """
    from zokusei.query import Query

    unknown = [_told(word, vocabulary) for word in query.unknown]
    if unknown and alone and not query.terms:
        raise UsageError("; ".join(unknown))
    for line in unknown:
        typer.echo(f"zokusei: {line}", err=True)
    return Query(query.terms)


def _told(word: UnknownWord, vocabulary: Vocabulary) -> str:
    from zokusei.cli.tables import named
    from zokusei.query import parse_query
    from zokusei.vocabulary import Vocabulary

    elsewhere = parse_query(word.text, Vocabulary.from_package())
    if elsewhere.terms and not elsewhere.unknown:
        ids = ", ".join(term.attribute_id for term in elsewhere.terms)
        return f"'{word.text}' means {ids}, which the bundle does not estimate"
    offer = ", ".join(named(id_, vocabulary) for id_ in word.nearest)
    return f"unknown word '{word.text}'" + (f"; the nearest are {offer}" if offer else "")
