"""Labelled drawings of made-up characters: a world whose right answers are known.

    character, wardrobe -> scene -> picture (SVG) -> drawing (pixels)
                                 -> claims -> labels (truth)
    cast (a world of them) -> library (files)

A drawing states what is present, what is absent, and leaves unknown what cannot be seen.
"""

from __future__ import annotations

from zokusei.draw.character import Character
from zokusei.draw.drawing import Drawing, draw_picture
from zokusei.draw.labels import drawable_ids
from zokusei.draw.library import draw_library
from zokusei.draw.scene import FRAMINGS, Style
from zokusei.draw.sheet import draw_contact_sheet, sheet_of_library

__all__ = [
    "FRAMINGS",
    "Character",
    "Drawing",
    "Style",
    "draw_contact_sheet",
    "draw_library",
    "draw_picture",
    "drawable_ids",
    "sheet_of_library",
]
