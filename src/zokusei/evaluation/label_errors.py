"""The labels that a model contradicts most: where to look first for errors of the labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zokusei.evaluation.results import LabelError


def contradiction(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How strongly the model contradicts each known label.

    The probability the model gives to the other state, taken twice: as it stands, and as it
    would be had present and absent been equally common (odds divided by those of the base
    rate). The lesser of the two counts. So a rare attribute that the model simply never
    finds, near its base rate wherever it is present, fills no list with false suspicions.

    Args:
        probabilities: float32 (N, A), calibrated.
        labels: int8 (N, A).

    Returns:
        float64 (N, A), in [0, 1]; 0 where the label is unknown.
    """
    num_present, num_absent = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
    prior = (num_present + 1) / (num_present + num_absent + 2)
    stated = probabilities.astype(np.float64)
    present_weight = stated * (1 - prior)
    balanced = present_weight / (present_weight + (1 - stated) * prior)
    other = np.where(labels == 1, 1 - np.maximum(stated, balanced), np.minimum(stated, balanced))
    return np.where(labels >= 0, other, 0.0)


def find_label_errors(
    probabilities: np.ndarray,
    labels: np.ndarray,
    attribute_ids: Sequence[str],
    *,
    work_ids: Sequence[str] | None = None,
    limit: int = 200,
) -> tuple[LabelError, ...]:
    """The labels contradicted by more than half, the most contradicted first.

    Args:
        probabilities: float32 (N, A), calibrated, of works the model was not trained on.
        labels: int8 (N, A).
        attribute_ids: A ids.
        work_ids: N ids; row numbers stand in for them where not given.
        limit: At most so many.
    """
    strength = contradiction(probabilities, labels)
    order = np.argsort(-strength, axis=None, kind="stable")[:limit]
    works, attributes = np.unravel_index(order, strength.shape)
    return tuple(
        LabelError(
            work_row=int(work),
            work_id=str(work) if work_ids is None else work_ids[work],
            attribute=attribute_ids[attribute],
            present=bool(labels[work, attribute] == 1),
            probability=float(probabilities[work, attribute]),
            contradiction=float(strength[work, attribute]),
        )
        for work, attribute in zip(works, attributes, strict=True)
        if strength[work, attribute] > 0.5
    )
