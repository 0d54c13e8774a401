"""The chosen attributes of a query, each with what the query becomes where one acts on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from zokusei.query import WEIGHT_RANGE, Query, QueryTerm
from zokusei.vocabulary import Attribute, fold

# The weights that one steps through.
STEPS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)

Addressed = Callable[[Sequence[QueryTerm]], str]


@dataclass(frozen=True, slots=True)
class Term:
    """A chosen attribute.

    Args:
        id: Which.
        weight: How much it counts.
        excluded: Whether works that have it are left out.
        heavier: The address with the next weight up.
        lighter: The address with the next weight down.
        flipped: The address with it excluded, or wanted again.
        removed: The address without it.
    """

    id: str
    weight: float
    excluded: bool
    heavier: str
    lighter: str
    flipped: str
    removed: str


def terms_of(query: Query, addressed: Addressed) -> list[Term]:
    """The terms of a query as one acts on them.

    Args:
        query: Which.
        addressed: The address of the page with other terms.
    """

    def with_term(term: QueryTerm) -> str:
        return addressed(
            [term if each.attribute_id == term.attribute_id else each for each in query.terms]
        )

    return [
        Term(
            term.attribute_id,
            term.weight,
            term.excluded,
            heavier=with_term(replace(term, weight=stepped(term.weight, 1))),
            lighter=with_term(replace(term, weight=stepped(term.weight, -1))),
            flipped=with_term(replace(term, excluded=not term.excluded)),
            removed=addressed([each for each in query.terms if each is not term]),
        )
        for term in query.terms
    ]


def with_added(query: Query, attribute_id: str, *, excluded: bool = False) -> list[QueryTerm]:
    """A query's terms with one more, or with the one of this attribute replaced."""
    others = [term for term in query.terms if term.attribute_id != attribute_id]
    return [*others, QueryTerm(attribute_id, excluded=excluded)]


def stepped(weight: float, by: int) -> float:
    """The next weight up (1) or down (-1); the same at the end of the steps.

    >>> stepped(1.0, 1), stepped(1.2, -1), stepped(3.0, 1)
    (1.5, 1.0, 3.0)
    """
    low, high = WEIGHT_RANGE
    beyond = [step for step in STEPS if low <= step <= high and (step - weight) * by > 0]
    return min(beyond, key=lambda step: abs(step - weight), default=weight)


def completed(text: str, attribute: Attribute, name: str) -> str:
    """What has been typed, with the word at its end replaced by an attribute's name.

    >>> from zokusei.vocabulary import Vocabulary
    >>> vocabulary = Vocabulary.from_package()
    >>> completed("黒髪ツインテ", vocabulary["twintails"], "ツインテール")
    '黒髪ツインテール'
    >>> completed("kimono, -black ha", vocabulary["black_hair"], "black hair")
    'kimono, -black hair'

    Args:
        text: All that has been typed.
        attribute: What ``suggest`` offered for it.
        name: In the reader's language.
    """
    names = [fold(each) for each in attribute.names]
    for start in range(len(text)):
        ending = text[start:]
        if ending[0] in " -、,　" or not fold(ending):
            continue
        if any(each.startswith(fold(ending)) for each in names):
            return text[:start] + name
    return text[: max(text.rfind(mark) for mark in (" ", "　", ",", "-")) + 1] + name
