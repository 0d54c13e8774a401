"""Variations of a picture that leave its attributes as they are."""

from __future__ import annotations

import math

import kornia.augmentation as K  # noqa: N812 - kornia's own convention
import torch
from torch import Tensor, nn


class ColorSafe(nn.Module):
    """Flip, shift, scale, placement on a larger canvas, brightness and blur.

    Hue and saturation stay: hair and eye colours depend on them.

    Args:
        size_px: S, the side of the canvases.
    """

    def __init__(self, size_px: int) -> None:
        super().__init__()
        # What leaves the canvas on one side is white on the other, as padding is.
        self._shape = nn.Sequential(
            K.RandomHorizontalFlip(p=0.5),
            K.RandomAffine(
                degrees=8.0,
                translate=(0.07, 0.07),
                scale=(0.85, 1.15),
                padding_mode="fill",
                fill_value=torch.ones(3),
                p=0.9,
            ),
        )
        self._light = nn.Sequential(
            # Little, for white, grey, blonde and black hair differ by brightness too.
            K.RandomBrightness((0.92, 1.08), p=0.5),
            K.RandomGaussianBlur((3, 3), (0.1, 1.2), p=0.15),
        )
        self._size_px = size_px

    def forward(self, pictures: Tensor) -> Tensor:
        """Varies pictures.

        Args:
            pictures: float (B, 3, S, S) in [0, 1].

        Returns:
            The same shape and range.
        """
        varied: Tensor = self._light(self._place(self._shape(pictures)))
        return varied.clamp(0, 1)

    def _place(self, pictures: Tensor) -> Tensor:
        """Shrinks some pictures and puts them on a larger canvas in one tone."""
        small = torch.rand(len(pictures)) < 0.15
        placed = pictures.clone()
        for row in small.nonzero().flatten().tolist():
            side = round(self._size_px * math.exp(float(torch.empty(1).uniform_(-0.8, -0.1))))
            top, left = torch.randint(0, self._size_px - side + 1, (2,)).tolist()
            shrunk = nn.functional.interpolate(
                pictures[row : row + 1], size=(side, side), mode="bilinear", antialias=True
            )
            # The tone of the picture's own upper border.
            tone = pictures[row, :, 0, :].mean(-1, keepdim=True)[..., None]
            placed[row] = tone.expand_as(placed[row])
            placed[row, :, top : top + side, left : left + side] = shrunk[0]
        return placed
