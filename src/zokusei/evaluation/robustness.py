"""How much of what a model knows is left when pictures come out worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.evaluation.corruptions import CORRUPTIONS, Pixels, corrupt
from zokusei.evaluation.evaluation import Evaluation, evaluate
from zokusei.evaluation.results import nan_as_none
from zokusei.vocabulary import Vocabulary

GROUPS = ("hair_color", "eye_color")
"""Whose most probable attribute is asked for."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a model says of some pictures.

    Args:
        probabilities: float32 (N, A).
        unknown: By group id, bool (N,): of which pictures it says that the group is unknown.
    """

    probabilities: NDArray[np.float32]
    unknown: Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Robustness:
    """What is left under one corruption at one strength; nan where undefined.

    Args:
        corruption: Its id; empty for the pictures as they are.
        en: What it does.
        strength: In words.
        num_works: The same works in every row.
        top1: By group id, the share whose most probable attribute is present; who says that
            the group is unknown is not right.
        unknown: By group id, of how many of these works the model says so.
        poles_auc: Long against short hair.
        average_precision: Mean over the attributes with support.
    """

    corruption: str
    en: str
    strength: str
    num_works: int
    top1: Mapping[str, float]
    unknown: Mapping[str, float]
    poles_auc: float
    average_precision: float

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        fields: dict[str, Any] = nan_as_none(asdict(self))
        return fields


def judge_corruptions(
    pictures: Sequence[Pixels],
    labels: NDArray[np.int8],
    vocabulary: Vocabulary,
    thresholds: NDArray[np.float32],
    read: Callable[[Iterable[Pixels]], Read],
) -> Iterator[Robustness]:
    """Judges the same works as they are, and under every corruption.

    Args:
        pictures: N of uint8 (H, W, 3), RGB.
        labels: int8 (N, A).
        vocabulary: Of A attributes.
        thresholds: float32 (A,).
        read: Asks the model.

    Yields:
        First the works as they are, then ``CORRUPTIONS`` in their order, each from mild to
        strong.
    """

    def row(found: Read, corruption: str, en: str, strength: str) -> Robustness:
        evaluation = evaluate(
            found.probabilities,
            labels,
            vocabulary=vocabulary,
            thresholds=thresholds,
            unknown=found.unknown,
            num_resamples=1,
            num_label_errors=0,
        )
        return _row(evaluation, corruption, en, strength)

    yield row(read(pictures), "", "as they are", "")
    for kind, corruption in enumerate(CORRUPTIONS):
        for strength in corruption.strengths:
            worse = (
                corrupt(pixels, corruption, strength, seed=(kind, place))
                for place, pixels in enumerate(pictures)
            )
            yield row(read(worse), corruption.id, corruption.en, corruption.describe(strength))


def _row(evaluation: Evaluation, corruption: str, en: str, strength: str) -> Robustness:
    groups = {group.id: group for group in evaluation.groups if group.id in GROUPS}
    aucs = [group.poles_auc.value for group in evaluation.groups if group.poles]
    return Robustness(
        corruption=corruption,
        en=en,
        strength=strength,
        num_works=evaluation.num_works,
        top1={id_: group.top1.value for id_, group in groups.items()},
        unknown={id_: group.wrongly_unknown.value for id_, group in groups.items()},
        poles_auc=aucs[0] if aucs else float("nan"),
        average_precision=evaluation.macro["average_precision"].value,
    )
