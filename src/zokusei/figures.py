"""Reads the figures of a picture: what each head shows, and what the picture as a whole does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zokusei.heads import Box, Head, clipped, on_picture, overlap
from zokusei.preprocessing import Preprocessing
from zokusei.vocabulary import Vocabulary

Pixels = NDArray[np.uint8]

HEAD_GROUPS = frozenset(
    "hair_color hair_length hair_style bangs eye_color eyes expression ears_and_horns headwear "
    "hair_accessory eyewear".split()
)
"""Groups that are read from the head; clothing, body and kind are read from the whole picture."""

# A head that covers this much of a picture is the picture: it is not read again.
_WHOLE = 0.55


@dataclass(frozen=True, slots=True)
class Reading:
    """A head whose crop is to be read.

    Args:
        box: Left, top, right and bottom as shares of the picture's width and height.
        score: How sure it is that there is a head.
        canvas: uint8 (S, S, 3), the crop at the network's size; None where it is the picture.
    """

    box: Box
    score: float
    canvas: Pixels | None


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
    found = []
    for head in heads:
        box = clipped(on_picture(head.box, size_px=finder_px, **size), **size)
        left, top, right, bottom = (round(edge) for edge in box)
        if right - left < 2 or bottom - top < 2:
            continue
        is_picture = len(heads) == 1 and overlap(box, (0, 0, width, height)) > _WHOLE
        canvas = None if is_picture else preprocessing.canvas(pixels[top:bottom, left:right])
        shares = (box[0] / width, box[1] / height, box[2] / width, box[3] / height)
        found.append(Reading(shares, head.score, canvas))
    return found


def head_rows(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Which of the A attributes are read from the head, bool (A,)."""
    return np.array([attribute.group in HEAD_GROUPS for attribute in vocabulary.attributes])


def combined(
    whole: NDArray[np.float32], figures: NDArray[np.float32], on_head: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The attributes of a work, from those of its figures.

    A work has what at least one of its figures has: 1 - prod(1 - p), as if they were
    independent of each other.

    Args:
        whole: float32 (A,), read from the picture as a whole.
        figures: float32 (F, A), read from its F heads, at least one.
        on_head: bool (A,), which are read from the head.

    Returns:
        float32 (A,), in [0, 1].
    """
    some = 1 - np.prod(1 - figures.astype(np.float64), axis=0)
    return np.where(on_head, some, whole).astype(np.float32)
