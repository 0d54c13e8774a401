"""What the report's template shows, put together from an evaluation and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from zokusei.evaluation.bootstrap import Interval
from zokusei.evaluation.plots import ReliabilityPlot, reliability_plot
from zokusei.evaluation.results import (
    AttributeResult,
    Evaluation,
    GroupResult,
    LabelError,
    Mistake,
)
from zokusei.evaluation.robustness import Robustness
from zokusei.evaluation.samples import Sample, SampleLine, sample_lines
from zokusei.templates.pictures import thumbnail_uri
from zokusei.vocabulary import Attribute, Group, Vocabulary

SAMPLE_PX = 320
LABEL_ERROR_PX = 160
NUM_LABEL_ERRORS = 48
MIN_PLOTTED = 200
"""A group's reliability is drawn from so many known labels on."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of the report's first row.

    Args:
        en: What it is.
        ja: The same in Japanese.
        interval: The figure.
        note: Over what.
    """

    en: str
    ja: str
    interval: Interval
    note: str


def headlines(evaluation: Evaluation, vocabulary: Vocabulary) -> list[Headline]:
    """Means over attributes, then the most probable attribute of each group with works."""
    over = f"mean of {evaluation.num_supported} attributes"
    macro = evaluation.macro
    found = [
        Headline("Average precision", "平均適合率", macro["average_precision"], over),
        Headline("F1 at the thresholds", "F1（しきい値）", macro["f1"], over),
        Headline("Calibration error", "確率のずれ", macro["calibration_error"], over),
    ]
    for result in evaluation.groups:
        if result.num_works:
            group = vocabulary.group(result.id)
            found.append(
                Headline(
                    f"{group.en.capitalize()}, most probable",
                    f"{group.ja}（最有力）",
                    result.top1,
                    f"share right of {result.num_works:,} works",
                )
            )
        if result.num_works_at_poles:
            low, high = (vocabulary[id_] for id_ in result.poles)
            found.append(
                Headline(
                    f"{high.en.capitalize()} against {low.en}",
                    f"{high.ja}か{low.ja}か（AUC）",
                    result.poles_auc,
                    f"AUC over {result.num_works_at_poles:,} works",
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class SampleCard:
    """One picture of the sample page.

    Args:
        work_id: The work.
        picture: Data URI.
        lines: By descending probability.
    """

    work_id: str
    picture: str
    lines: tuple[SampleLine, ...]

    def count(self, mark: str) -> int:
        """How many lines carry a mark."""
        return sum(line.mark == mark for line in self.lines)


def sample_cards(
    evaluation: Evaluation, vocabulary: Vocabulary, samples: Sequence[Sample]
) -> list[SampleCard]:
    """The sample page's pictures, in the order given."""
    thresholds = np.array([result.threshold for result in evaluation.attributes], np.float32)
    return [
        SampleCard(
            sample.work_id,
            thumbnail_uri(sample.image_bytes, max_px=SAMPLE_PX),
            sample_lines(sample, vocabulary, thresholds),
        )
        for sample in samples
    ]


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One row of the table of attributes.

    Args:
        attribute: The attribute.
        result: Its figures.
        supported: Whether it counts in the means.
    """

    attribute: Attribute
    result: AttributeResult
    supported: bool


@dataclass(frozen=True, slots=True)
class GroupBlock:
    """What the report says of one group.

    Args:
        group: The group.
        rows: Its attributes with any known label.
        num_unlabelled: How many attributes have none.
        plot: Its reliability, where labels are enough.
        error: Its calibration error, all attributes pooled.
        choice: Its most probable attribute against the labels, where one is asked for.
        choices: The attributes to choose from.
        poles: The ends of a group that has an order; else empty.
    """

    group: Group
    rows: tuple[AttributeRow, ...]
    num_unlabelled: int
    plot: ReliabilityPlot | None
    error: float
    choice: GroupResult | None
    choices: tuple[Attribute, ...]
    poles: tuple[Attribute, ...]


def group_blocks(evaluation: Evaluation, vocabulary: Vocabulary) -> list[GroupBlock]:
    """One block a group, in the order of the vocabulary."""
    choices = {result.id: result for result in evaluation.groups if result.num_works}
    return [
        _group_block(evaluation, vocabulary, group, choices.get(group.id))
        for group in vocabulary.groups
    ]


def _group_block(
    evaluation: Evaluation, vocabulary: Vocabulary, group: Group, choice: GroupResult | None
) -> GroupBlock:
    results = [evaluation.attributes[row] for row in vocabulary.group_rows(group.id)]
    rows = tuple(
        AttributeRow(vocabulary[result.id], result, evaluation.has_support(result))
        for result in results
        if result.num_present + result.num_absent
    )
    curve = evaluation.reliability[group.id]
    return GroupBlock(
        group=group,
        rows=rows,
        num_unlabelled=len(results) - len(rows),
        plot=reliability_plot(curve) if sum(curve.count) >= MIN_PLOTTED else None,
        error=curve.error,
        choice=choice,
        choices=tuple(vocabulary[id_] for id_ in choice.attribute_ids) if choice else (),
        poles=tuple(vocabulary[id_] for id_ in choice.poles) if choice else (),
    )


@dataclass(frozen=True, slots=True)
class LabelErrorCard:
    """One label that the model contradicts.

    Args:
        error: The label.
        attribute: Its attribute.
        picture: Data URI, or None where there is no picture.
    """

    error: LabelError
    attribute: Attribute
    picture: str | None


def label_error_cards(
    evaluation: Evaluation,
    vocabulary: Vocabulary,
    samples: Sequence[Sample],
    image_of: Callable[[str], bytes | None] | None,
) -> list[LabelErrorCard]:
    """The most contradicted labels, with the pictures of samples or of ``image_of``."""
    return [
        LabelErrorCard(error, vocabulary[error.attribute], picture)
        for error in evaluation.label_errors[:NUM_LABEL_ERRORS]
        for picture in (_picture(error.work_id, samples, image_of),)
    ]


@dataclass(frozen=True, slots=True)
class MistakeCard:
    """One work that a group's most probable attribute is wrong about.

    Args:
        mistake: The work, and what was said of it.
        predicted: The attribute said.
        present: Those that are present.
        picture: Data URI, or None where there is no picture.
    """

    mistake: Mistake
    predicted: Attribute
    present: tuple[Attribute, ...]
    picture: str | None


def mistake_blocks(
    evaluation: Evaluation,
    vocabulary: Vocabulary,
    samples: Sequence[Sample],
    image_of: Callable[[str], bytes | None] | None,
) -> list[tuple[Group, list[MistakeCard]]]:
    """The groups with mistakes, each with its surest ones, the surest first."""
    return [
        (
            vocabulary.group(result.id),
            [
                MistakeCard(
                    mistake,
                    vocabulary[mistake.predicted],
                    tuple(vocabulary[id_] for id_ in mistake.present),
                    _picture(mistake.work_id, samples, image_of),
                )
                for mistake in result.mistakes
            ],
        )
        for result in evaluation.groups
        if result.mistakes
    ]


def _picture(
    work_id: str, samples: Sequence[Sample], image_of: Callable[[str], bytes | None] | None
) -> str | None:
    """The small picture of a work, of the samples or of ``image_of``, as a data URI."""
    found = (sample.image_bytes for sample in samples if sample.work_id == work_id)
    image = next(found, None)
    if image is None and image_of is not None:
        image = image_of(work_id)
    return None if image is None else thumbnail_uri(image, max_px=LABEL_ERROR_PX)


def robustness_blocks(rows: Sequence[Robustness]) -> list[list[Robustness]]:
    """The rows of each corruption together, in their order."""
    return [list(block) for _, block in groupby(rows, key=lambda row: row.corruption)]
