"""What somebody looks for: attributes wanted and excluded, and the words that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

from zokusei.errors import UsageError

WEIGHT_RANGE = (0.1, 10.0)


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One attribute asked for.

    Args:
        attribute_id: Which.
        weight: How much it counts beside the others, 0.1 to 10; of no effect where excluded.
        excluded: Whether works that have it are left out.

    Raises:
        UsageError: The weight is out of its range.
    """

    attribute_id: str
    weight: float = 1.0
    excluded: bool = False

    def __post_init__(self) -> None:
        low, high = WEIGHT_RANGE
        if not low <= self.weight <= high:
            raise UsageError(
                f"weight of '{self.attribute_id}' is {self.weight}, expected {low:g} to {high:g}"
            )


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word that names no attribute, or whose weight cannot be used.

    Args:
        text: As it was typed, NFKC, with its minus and its weight.
        nearest: Ids of the attributes with the most similar names, best first.
    """

    text: str
    nearest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for.

    Args:
        terms: In the order typed, each attribute once.
        unknown: Words that were not understood, each once.
    """

    terms: tuple[QueryTerm, ...]
    unknown: tuple[UnknownWord, ...] = ()

    @property
    def wanted(self) -> tuple[QueryTerm, ...]:
        """The terms that a work must have."""
        return tuple(term for term in self.terms if not term.excluded)

    @property
    def excluded(self) -> tuple[QueryTerm, ...]:
        """The terms that a work must not have."""
        return tuple(term for term in self.terms if term.excluded)
