"""Attributes of works and pictures, by group, as pages and the API tell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.serve.answers import AttributeGroup, AttributeLine, HumanLabel
from zokusei.vocabulary import Vocabulary


def grouped(
    vocabulary: Vocabulary,
    probabilities: NDArray[Any],
    thresholds: NDArray[np.float32],
    labels: Mapping[str, HumanLabel] | None = None,
    *,
    without: tuple[str, ...] = (),
) -> tuple[AttributeGroup, ...]:
    """All attributes by descending probability in each group.

    Args:
        vocabulary: A attributes.
        probabilities: (A,), in [0, 1].
        thresholds: float32 (A,).
        labels: What people said, by attribute.
        without: Groups about which nothing can be told.
    """
    said = labels or {}
    told, needed = probabilities.tolist(), thresholds.tolist()
    groups = []
    for group in vocabulary.groups:
        if group.id in without:
            continue
        lines = []
        for row in vocabulary.group_rows(group.id):
            id_, probability, threshold = vocabulary.ids[row], told[row], needed[row]
            over = probability >= threshold
            lines.append(AttributeLine(id_, probability, threshold, over, said.get(id_)))
        lines.sort(key=lambda line: -line.probability)
        groups.append(AttributeGroup(group.id, tuple(lines)))
    return tuple(groups)
