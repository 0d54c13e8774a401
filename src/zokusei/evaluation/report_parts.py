"""What the report's template shows, put together from an evaluation and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from zokusei.evaluation.bootstrap import Interval
from zokusei.evaluation.plots import ReliabilityPlot, reliability_plot
from zokusei.evaluation.results import AttributeResult, Evaluation, GroupResult, LabelError
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
                    f"right in {result.num_works:,} works",
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
    """

    group: Group
    rows: tuple[AttributeRow, ...]
    num_unlabelled: int
    plot: ReliabilityPlot | None
    error: float
    choice: GroupResult | None
    choices: tuple[Attribute, ...]


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
    at_hand = {sample.work_id: sample.image_bytes for sample in samples}
    cards = []
    for error in evaluation.label_errors[:NUM_LABEL_ERRORS]:
        image = at_hand.get(error.work_id)
        if image is None and image_of is not None:
            image = image_of(error.work_id)
        picture = thumbnail_uri(image, max_px=LABEL_ERROR_PX) if image is not None else None
        cards.append(LabelErrorCard(error, vocabulary[error.attribute], picture))
    return cards
