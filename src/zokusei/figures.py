"""Reads the figures of a picture: what each head shows, and what the picture as a whole does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zokusei.heads import Box, Head, clipped, on_picture, overlap
from zokusei.preprocessing import Preprocessing
from zokusei.vocabulary import Vocabulary

Pixels = NDArray[np.uint8]

FACE_GROUPS = frozenset(
    "hair_color bangs hair_accessory eye_color eyes expression eyewear skin".split()
)
"""Groups that are read from the head alone."""

AROUND_GROUPS = frozenset("hair_length hair_style ears_and_horns headwear".split())
"""Groups that a head's crop shows in part: read from the head and from the whole picture.

Chosen by mean average precision on the drawings of the validation split (``bench/heads.py``,
2026-11-26); all other groups are read from the whole picture alone.
"""

# A head that covers this much of a picture is the picture: it is not read again,
# and what seems to be a head inside it is none. Of 1,000 face crops the finder's
# box covers less in one in a hundred.
_WHOLE = 0.4


@dataclass(frozen=True, slots=True)
class Reading:
    """A head whose crop is to be read.

    Args:
        box: Left, top, right and bottom as shares of the picture's width and height.
        score: How sure it is that there is a head.
        canvas: uint8 (S, S, 3), the crop at the network's size; None where it is the picture.
        cut_px: The longer side of the crop before it was brought to that size.
    """

    box: Box
    score: float
    canvas: Pixels | None
    cut_px: int


def readings(
    pixels: Pixels, heads: list[Head], *, finder_px: int, preprocessing: Preprocessing
) -> list[Reading]:
    """The crops of the heads found in a picture.

    Args:
        pixels: uint8 (H, W, 3), RGB.
        heads: As the finder found them on the picture's canvas of ``finder_px``.
        finder_px: Side of that canvas.
        preprocessing: Of the network that reads.
    """
    height, width = pixels.shape[:2]
    size = {"width_px": width, "height_px": height}
    placed = [
        (clipped(on_picture(head.box, size_px=finder_px, **size), **size), head.score)
        for head in heads
    ]
    filling = next((box for box, _ in placed if overlap(box, (0, 0, width, height)) > _WHOLE), None)
    found = []
    for box, score in placed:
        left, top, right, bottom = (round(edge) for edge in box)
        if right - left < 2 or bottom - top < 2:
            continue
        if filling and box != filling and _has_middle_in(box, filling):
            continue
        crop = None if box == filling else preprocessing.canvas(pixels[top:bottom, left:right])
        shares = (box[0] / width, box[1] / height, box[2] / width, box[3] / height)
        found.append(Reading(shares, score, crop, max(right - left, bottom - top)))
    return found


def _has_middle_in(box: Box, other: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] < x < other[2] and other[1] < y < other[3]


def rows_of(vocabulary: Vocabulary, groups: frozenset[str]) -> NDArray[np.bool_]:
    """Which of the A attributes belong to groups, bool (A,)."""
    return np.array([attribute.group in groups for attribute in vocabulary.attributes], bool)


def combined(
    whole: NDArray[np.float32], figures: NDArray[np.float32], vocabulary: Vocabulary
) -> NDArray[np.float32]:
    """The attributes of a work, from those of its figures and of the whole picture.

    A work has what at least one of its figures has: 1 - prod(1 - p), as if they were
    independent of each other. In ``AROUND_GROUPS`` the mean of this one's log odds and the
    whole picture's is taken.

    Args:
        whole: float32 (A,), read from the picture as a whole.
        figures: float32 (F, A), read from its F heads, at least one.
        vocabulary: The A attributes.

    Returns:
        float32 (A,), in [0, 1].
    """
    some = 1 - np.prod(1 - figures.astype(np.float64), axis=0)
    both = _sigmoid((_log_odds(some) + _log_odds(whole.astype(np.float64))) / 2)
    from_face = rows_of(vocabulary, FACE_GROUPS)
    from_both = rows_of(vocabulary, AROUND_GROUPS)
    return np.where(from_face, some, np.where(from_both, both, whole)).astype(np.float32)


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(probabilities, 1e-6, 1 - 1e-6)
    odds: NDArray[np.float64] = np.log(held / (1 - held))
    return odds


def _sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-log_odds))
    return probabilities
