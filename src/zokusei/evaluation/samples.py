"""The sample page: a picture's attributes by descending probability, each judged by its label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from zokusei.vocabulary import Attribute, Vocabulary

Mark = Literal["right", "wrong", "missed", "plain"]

MIN_LINES = 8
MAX_LINES = 18


@dataclass(frozen=True, eq=False)
class Sample:
    """One work to show on the sample page.

    Args:
        work_id: The work.
        image_bytes: The picture, in any format that Pillow reads.
        probabilities: float32 (A,).
        labels: int8 (A,): 1 present, 0 absent, -1 unknown.
    """

    work_id: str
    image_bytes: bytes
    probabilities: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One attribute of a sample.

    Args:
        attribute: The attribute.
        probability: In [0, 1].
        threshold: From here on it is tagged.
        mark: ``right`` where it is tagged and present, ``wrong`` where tagged and absent,
            ``missed`` where present and not tagged, else ``plain``: nothing is claimed, or the
            truth is not known.
    """

    attribute: Attribute
    probability: float
    threshold: float
    mark: Mark


def sample_lines(
    sample: Sample, vocabulary: Vocabulary, thresholds: np.ndarray
) -> tuple[SampleLine, ...]:
    """The attributes of a sample that are worth a line, by descending probability.

    These are all that are tagged or present, and where they are few the next most probable.

    Args:
        sample: Of A attributes.
        vocabulary: Of A attributes.
        thresholds: float32 (A,).
    """
    tagged = sample.probabilities >= thresholds
    order = np.argsort(-sample.probabilities, kind="stable")
    told = tagged | (sample.labels == 1)
    others = order[~told[order]][: max(0, MIN_LINES - int(told.sum()))]
    shown = [row for row in order if told[row] or row in others][:MAX_LINES]
    return tuple(
        SampleLine(
            vocabulary.attributes[row],
            float(sample.probabilities[row]),
            float(thresholds[row]),
            _mark(bool(tagged[row]), int(sample.labels[row])),
        )
        for row in shown
    )


def _mark(tagged: bool, label: int) -> Mark:
    if label == 1:
        return "right" if tagged else "missed"
    return "wrong" if tagged and label == 0 else "plain"
