"""Answers of the service as templates draw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zokusei.serve.answers import AttributeGroup, AttributeLine, RelatedWork

# Of what is below its threshold, that much of it is shown without being asked for, and so many.
_NEARLY, _NUM_NEARLY = 0.5, 2


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """The attributes of a group: those worth showing, and the rest behind a fold."""

    id: str
    shown: tuple[AttributeLine, ...]
    rest: tuple[AttributeLine, ...]


def shown_groups(groups: Iterable[AttributeGroup]) -> list[ShownGroup]:
    """Attributes as pages list them."""
    found = []
    for group in groups:
        shown: list[AttributeLine] = []
        rest: list[AttributeLine] = []
        num_nearly = 0
        for line in group.lines:
            is_told, is_nearly = _is_told(line), _is_nearly(line) and num_nearly < _NUM_NEARLY
            num_nearly += is_nearly
            (shown if is_told or is_nearly else rest).append(line)
        found.append(ShownGroup(group.group_id, tuple(shown), tuple(rest)))
    return found


def _is_told(line: AttributeLine) -> bool:
    return line.over_threshold or line.label is not None


def _is_nearly(line: AttributeLine) -> bool:
    return not _is_told(line) and line.probability >= _NEARLY * line.threshold


@dataclass(frozen=True, slots=True)
class ShownAnswers:
    """Related works.

    Args:
        works: The best first.
        full: What the longest bar adds up to; all bars are drawn on this scale.
        problem: What is told instead of works.
    """

    works: tuple[RelatedWork, ...]
    full: float = 1.0
    problem: str = ""


def shown_answers(works: tuple[RelatedWork, ...]) -> ShownAnswers:
    """Related works with the scale of their bars."""
    lengths = [sum([reason.share for reason in w.because if reason.share > 0]) for w in works]
    return ShownAnswers(works, max(lengths, default=1.0) or 1.0)
