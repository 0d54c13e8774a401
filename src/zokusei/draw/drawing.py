"""One seed, one labelled drawing."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from zokusei.draw.character import Character
from zokusei.draw.compose import sample_picture
from zokusei.draw.finish import finish
from zokusei.draw.head import head_box
from zokusei.draw.labels import label
from zokusei.draw.picture import to_svg
from zokusei.draw.scene import FRAMINGS, LONGER_SIDE, Picture, Style
from zokusei.errors import UnknownNameError, UsageError


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that was drawn, and the truth about it.

    Args:
        pixels: uint8 (H, W, 3), RGB.
        svg: The drawing before it was rasterised and finished.
        present: Ids of the attributes that are seen to be there, closed under implication.
        absent: Ids of those seen not to be there. All others are unknown.
        head_boxes: Left, top, right and bottom of each head with its hair, in pixels; they
            may reach beyond the picture.
        seed: What it was drawn from.
    """

    pixels: npt.NDArray[np.uint8]
    svg: str
    present: frozenset[str]
    absent: frozenset[str]
    head_boxes: tuple[tuple[int, int, int, int], ...]
    seed: int


def draw_picture(
    seed: int,
    *,
    size_px: int = 512,
    framing: str | None = None,
    character: Character | None = None,
    style: Style | None = None,
    num_figures: int = 1,
) -> Drawing:
    """Draws a made-up character; the same arguments always give the same pixels.

    Args:
        seed: Decides all that is not given.
        size_px: The longer side, at least 32.
        framing: ``face``, ``portrait``, ``upper_body``, ``half_body`` or ``full_body``.
        character: Whom to draw.
        style: Whose hand to draw with.
        num_figures: How many characters stand side by side.

    Raises:
        UsageError: A size too small, no figure, or an unknown framing.
    """
    if framing is not None and framing not in FRAMINGS:
        raise UnknownNameError("framing", framing, FRAMINGS)
    if num_figures < 1:
        raise UsageError(f"cannot draw {num_figures} figures, expected at least 1")
    picture = sample_picture(
        Random(seed), framing=framing, character=character, style=style, num_figures=num_figures
    )
    return render(picture, seed=seed, size_px=size_px)


def render(picture: Picture, *, seed: int, size_px: int) -> Drawing:
    """Draws a picture that has been made up.

    Raises:
        UsageError: A size too small.
    """
    if size_px < 32:
        raise UsageError(f"a drawing of {size_px} px is too small, expected at least 32")
    svg = to_svg(picture)
    factor = size_px / LONGER_SIDE
    labels = label(picture)
    size = (round(picture.width * factor), round(picture.height * factor))
    return Drawing(
        pixels=finish(svg, size, picture.style, picture.seed),
        svg=svg,
        present=labels.present,
        absent=labels.absent,
        head_boxes=tuple(
            tuple(round(edge * factor) for edge in head_box(placed))  # type: ignore[misc]
            for placed in picture.figures
        ),
        seed=seed,
    )
