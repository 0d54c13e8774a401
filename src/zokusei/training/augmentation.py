"""Variations of a picture that leave its attributes as they are."""

from __future__ import annotations

import math

import kornia.augmentation as K  # noqa: N812 - kornia's own convention
import torch
from torch import Tensor, nn

# ITU-R BT.601: how bright red, green and blue look.
_LUMA = (0.299, 0.587, 0.114)

# The share of pictures that lose light, and that lose contrast.
_EXPOSED = 0.15


class _Exposure(nn.Module):
    """Takes light or contrast from some pictures, as a dark scene or a faded scan does."""

    def forward(self, pictures: Tensor) -> Tensor:
        num = len(pictures)
        chosen = torch.rand(2, num, 1, 1, 1, device=pictures.device) < _EXPOSED
        light, contrast = torch.empty(2, num, 1, 1, 1, device=pictures.device).uniform_(0.5, 1.0)
        light, contrast = torch.where(chosen, torch.stack((light, contrast)), 1.0)
        exposed: Tensor = light * (0.5 + (pictures - 0.5) * contrast)
        return exposed


class ColorSafe(nn.Module):
    """Flip, shift, scale, placement on a larger canvas, coarseness, brightness, blur, a hole.

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
            # Dimmer more than brighter, and seldom by much: white, grey, blonde and black hair
            # differ by brightness too.
            K.RandomBrightness((0.92, 1.08), p=0.5),
            _Exposure(),
            K.RandomGaussianBlur((3, 3), (0.1, 1.2), p=0.15),
        )
        # Something in front: no attribute may hang on one place alone.
        self._hide = K.RandomErasing(scale=(0.02, 0.15), ratio=(0.4, 2.5), value=0.5, p=0.3)
        self._size_px = size_px

    def forward(self, pictures: Tensor) -> Tensor:
        """Varies pictures.

        Args:
            pictures: float (B, 3, S, S) in [0, 1].

        Returns:
            The same shape and range.
        """
        shaped = self._coarsen(self._place(self._shape(pictures)))
        varied: Tensor = self._hide(self._light(shaped).clamp(0, 1))
        return varied

    def _coarsen(self, pictures: Tensor) -> Tensor:
        """Takes detail from some pictures, as if they had been found small."""
        rows = (torch.rand(len(pictures)) < 0.15).nonzero().flatten()
        if not len(rows):
            return pictures
        side = round(self._size_px * float(torch.empty(1).uniform_(0.35, 0.9)))
        small = nn.functional.interpolate(
            pictures[rows], size=(side, side), mode="bilinear", antialias=True
        )
        coarse = pictures.clone()
        coarse[rows] = nn.functional.interpolate(
            small, size=(self._size_px, self._size_px), mode="bilinear"
        )
        return coarse

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


class LoseColor(nn.Module):
    """Prints some pictures in one ink: black, or any hue.

    Their colours can no longer be known; the loop then asks for
    ``monochrome`` instead.

    Args:
        share: Of the pictures, in [0, 1].
    """

    def __init__(self, share: float = 0.04) -> None:
        super().__init__()
        self.share = share

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Prints pictures.

        Args:
            pictures: float (B, 3, S, S) in [0, 1].

        Returns:
            The same shape and range; which of them were printed in one ink, and
            which of these in black, bool (B,).
        """
        printed = torch.rand(len(pictures)) < self.share
        black = printed & (torch.rand(len(pictures)) < 0.5)
        rows = printed.nonzero().flatten()
        if not len(rows):
            return pictures, printed, black
        tone = (pictures[rows] * pictures.new_tensor(_LUMA)[:, None, None]).sum(1, keepdim=True)
        ink = pictures.new_tensor(torch.rand(len(rows), 3, 1, 1).numpy()) * 0.6
        ink[black[rows].to(ink.device)] = 0
        one_ink = pictures.clone()
        one_ink[rows] = ink + (1 - ink) * tone
        return one_ink, printed, black
