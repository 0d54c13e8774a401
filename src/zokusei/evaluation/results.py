"""What an evaluation found, as plain dataclasses that go to JSON and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zokusei.errors import UsageError
from zokusei.evaluation.bootstrap import Interval
from zokusei.evaluation.reliability import Reliability
from zokusei.vocabulary import Exclusion


@dataclass(frozen=True, slots=True)
class AttributeResult:
    """How well one attribute is estimated; a figure is nan where undefined.

    Args:
        id: The attribute.
        group: The id of its group.
        num_present: Works labelled present.
        num_absent: Works labelled absent.
        base_rate: Share of present among the known; what a guess would score as
            average precision.
        average_precision: In [0, 1].
        average_precision_low: Lower bound of its interval.
        average_precision_high: Upper bound of its interval.
        roc_auc: In [0, 1]; a guess scores 0.5.
        f1: At the threshold, as are precision and recall.
        precision: Share of the tagged that are present.
        recall: Share of the present that are tagged.
        threshold: The probability from which on the attribute is tagged.
        calibration_error: See ``reliability.Reliability.error``.
        brier_score: Mean squared distance of probability and truth.
    """

    id: str
    group: str
    num_present: int
    num_absent: int
    base_rate: float
    average_precision: float
    average_precision_low: float
    average_precision_high: float
    roc_auc: float
    f1: float
    precision: float
    recall: float
    threshold: float
    calibration_error: float
    brier_score: float

    @property
    def lift(self) -> float:
        """Average precision as a multiple of the base rate, which a guess would score."""
        return self.average_precision / self.base_rate if self.base_rate else math.nan


@dataclass(frozen=True, slots=True)
class Mistake:
    """A work whose most probable attribute of a group is wrong.

    Args:
        work_row: The work's row in the arrays evaluated.
        work_id: The work's id; its row as text where no ids were given.
        predicted: The most probable attribute.
        probability: Its probability.
        present: The group's attributes that are present.
    """

    work_row: int
    work_id: str
    predicted: str
    probability: float
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupResult:
    """How often the most probable attribute of a group is right, and what else is asked of it.

    Args:
        id: The group.
        exclusion: ``one`` or ``mostly_one``.
        attribute_ids: The attributes to choose from: the group's main ones.
        num_works: Works with a present label among them.
        top1: Share of these works whose most probable attribute is present.
        num_works_with_main: Works whose main attribute was given.
        strict_top1: Share of those whose most probable attribute is that one; nan where
            no main attributes were given.
        average_precision: Mean over those of them with support.
        confusion: Works by true (outer) and most probable (inner) attribute, for works with
            exactly one present.
        num_settled: Works whose label has one attribute and none that excludes it.
        contradictions: Share of these that get two attributes, at or over their thresholds,
            that exclude each other.
        poles: The ends of a group that has an order, such as short and long hair; else empty.
        num_works_at_poles: Works with one of them.
        poles_auc: How well the difference of their log odds tells which (ROC AUC).
        wrongly_unknown: Share of the works with a present label of which the model said that
            the group is unknown. They count as wrong in ``top1``.
        num_unknowable: Monochrome works without a label in a group of colours.
        unknown_found: Share of these of which the model said so.
        mistakes: The surest wrong answers, the surest first.
    """

    id: str
    exclusion: Exclusion
    attribute_ids: tuple[str, ...]
    num_works: int
    top1: Interval
    num_works_with_main: int
    strict_top1: Interval
    average_precision: Interval
    confusion: tuple[tuple[int, ...], ...]
    num_settled: int
    contradictions: Interval
    poles: tuple[str, ...]
    num_works_at_poles: int
    poles_auc: Interval
    wrongly_unknown: Interval
    num_unknowable: int
    unknown_found: Interval
    mistakes: tuple[Mistake, ...]

    def most_confused(self, limit: int) -> list[tuple[str, str, int, int]]:
        """Pairs of true and most probable attribute, the most frequent first.

        Returns:
            The two ids, how many works were confused so, and how many have the true one.
        """
        pairs = [
            (self.attribute_ids[true], self.attribute_ids[said], count, sum(counts))
            for true, counts in enumerate(self.confusion)
            for said, count in enumerate(counts)
            if said != true and count
        ]
        return sorted(pairs, key=lambda pair: -pair[2])[:limit]


@dataclass(frozen=True, slots=True)
class LabelError:
    """A label that the model contradicts, and so perhaps an error of the label.

    Args:
        work_row: The work's row in the arrays evaluated.
        work_id: The work's id; its row as text where no ids were given.
        attribute: The attribute.
        present: What the label says.
        probability: What the model says.
        contradiction: In (0.5, 1]: the model's probability for the other state, or the same
            with the base rate taken out, whichever is less.
    """

    work_row: int
    work_id: str
    attribute: str
    present: bool
    probability: float
    contradiction: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything an evaluation found.

    Args:
        num_works: N.
        vocabulary_fingerprint: Of the vocabulary whose attributes these are.
        min_support: An attribute needs so many present and so many absent labels to count
            in the means.
        num_resamples: Behind every interval.
        attributes: One result an attribute, in the order of the vocabulary.
        macro: Means over the attributes with support: ``average_precision``, ``roc_auc``,
            ``f1`` and ``calibration_error``.
        groups: Those of which a character has one, or mostly one.
        reliability: By group id, and of everything together under ``all``; of the attributes with
            both present and absent labels.
        label_errors: The most contradicted first.
    """

    num_works: int
    vocabulary_fingerprint: str
    min_support: int
    num_resamples: int
    attributes: tuple[AttributeResult, ...]
    macro: Mapping[str, Interval]
    groups: tuple[GroupResult, ...]
    reliability: Mapping[str, Reliability]
    label_errors: tuple[LabelError, ...]

    def has_support(self, result: AttributeResult) -> bool:
        """Whether an attribute has labels enough to count in the means."""
        return min(result.num_present, result.num_absent) >= self.min_support

    @property
    def num_supported(self) -> int:
        """How many attributes the means are over."""
        return sum(self.has_support(result) for result in self.attributes)

    def to_json(self) -> str:
        """The evaluation as JSON, nan as null; ``from_json`` reads it back."""
        return json.dumps(nan_as_none(asdict(self)), ensure_ascii=False, allow_nan=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Evaluation:
        """Reads what ``to_json`` wrote.

        Raises:
            UsageError: The text is no evaluation.
        """
        try:
            tables = json.loads(text)
            return cls(
                **{
                    **tables,
                    "attributes": _rows(AttributeResult, tables["attributes"]),
                    "macro": {name: _interval(row) for name, row in tables["macro"].items()},
                    "groups": tuple(_group(row) for row in tables["groups"]),
                    "reliability": {
                        name: Reliability(**{key: tuple(value) for key, value in row.items()})
                        for name, row in tables["reliability"].items()
                    },
                    "label_errors": _rows(LabelError, tables["label_errors"]),
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"the text is not an evaluation: {error}") from error

    def save(self, path: Path) -> None:
        """Writes the evaluation as JSON."""
        path.write_text(self.to_json() + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Reads what ``save`` wrote.

        Raises:
            UsageError: The file is missing, or holds no evaluation.
        """
        try:
            return cls.from_json(path.read_text("utf-8"))
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error}") from error


def nan_as_none(value: Any) -> Any:
    """The same tree with None for every float that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {key: nan_as_none(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [nan_as_none(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _none_as_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in row.items()}


def _rows(kind: Any, rows: Any) -> tuple[Any, ...]:
    return tuple(kind(**_none_as_nan(row)) for row in rows)


def _interval(row: Mapping[str, Any]) -> Interval:
    return Interval(**_none_as_nan(row))


_GROUP_INTERVALS = (
    "top1",
    "strict_top1",
    "average_precision",
    "contradictions",
    "poles_auc",
    "wrongly_unknown",
    "unknown_found",
)


def _group(row: Mapping[str, Any]) -> GroupResult:
    return GroupResult(
        **{
            **row,
            "attribute_ids": tuple(row["attribute_ids"]),
            "confusion": tuple(tuple(line) for line in row["confusion"]),
            "poles": tuple(row["poles"]),
            "mistakes": tuple(
                Mistake(**{**mistake, "present": tuple(mistake["present"])})
                for mistake in row["mistakes"]
            ),
            **{name: _interval(row[name]) for name in _GROUP_INTERVALS},
        }
    )
