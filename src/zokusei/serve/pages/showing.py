"""Answers of the service as templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zokusei.recommend import Reason
from zokusei.serve.answers import AttributeGroup, AttributeLine, RelatedWork, WorkCard
from zokusei.serve.pages.site import Site
from zokusei.serve.pages.texts import Texts

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


# Made by the hundred for each page, which a tuple is in a third of the time (2026-11-26).
class Part(NamedTuple):
    """One share in the bar of a score."""

    color: str
    start: float
    length: float


class Chip(NamedTuple):
    """One reason in words."""

    id: str
    name: str
    share: float
    is_people: bool


@dataclass(frozen=True, slots=True)
class ShownRelated:
    """A related work with its bar and its chips."""

    card: WorkCard
    score: float
    parts: tuple[Part, ...]
    chips: tuple[Chip, ...]
    duplicates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownAnswers:
    """Related works.

    Args:
        works: The best first.
        full: What the longest bar adds up to; all bars are drawn on this scale.
        problem: What is told instead of works.
    """

    works: tuple[ShownRelated, ...]
    full: float
    problem: str = ""


def shown_answers(works: Sequence[RelatedWork], site: Site, t: Texts) -> ShownAnswers:
    """Related works with their because as bars and chips."""
    shown = tuple(
        ShownRelated(
            each.card,
            each.score,
            _parts(each.because, site),
            tuple([_chip(reason, site, t) for reason in each.because]),
            each.duplicates,
        )
        for each in works
    )
    ends = (each.parts[-1].start + each.parts[-1].length for each in shown if each.parts)
    return ShownAnswers(shown, max(ends, default=1.0) or 1.0)


def _parts(because: Sequence[Reason], site: Site) -> tuple[Part, ...]:
    start, parts = 0.0, []
    for reason in because:
        if reason.share > 0:
            color = "in-bookmarks" if reason.kind == "bookmarks" else site.color(reason.id)
            parts.append(Part(color, start, reason.share))
            start += reason.share
    return tuple(parts)


def _chip(reason: Reason, site: Site, t: Texts) -> Chip:
    if reason.kind == "attribute":
        return Chip(reason.id, site.name(reason.id), reason.share, is_people=False)
    known = reason.num_people is not None
    name = t("related.people", num=reason.num_people) if known else t("related.person")
    return Chip(reason.id, name, reason.share, is_people=True)
