"""Where in a picture a bundle looked: maps of what speaks for an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zokusei.bundle import Bundle
from zokusei.figures import AROUND_GROUPS, FACE_GROUPS, Reading, readings
from zokusei.heads import Box
from zokusei.images import fit, shrink

Pixels = NDArray[np.uint8]
Heat = NDArray[np.float32]

# The longer side of a map, in pixels.
MAP_PX = 256

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

# What a map is drawn in over a picture, and how much of the picture it hides at most.
_INK, _OPACITY = (255, 96, 0), 0.75


@dataclass(frozen=True, eq=False)
class Where:
    """Where a bundle looked for one attribute.

    Args:
        attribute_id: Which.
        heat: float32 (h, w) in [0, 1] over the whole picture: what speaks for the attribute,
            as a share of the place that says most. 0 everywhere where nothing does.
    """

    attribute_id: str
    heat: Heat


def look(bundle: Bundle, pixels: Pixels, attribute_ids: Sequence[str]) -> list[Where]:
    """Tells where a bundle looked in a picture.

    An attribute's logit is a sum over the cells of a canvas; a map shows the cells that add to
    it. It is put together as a tagging is: from the heads' crops, from the whole picture, or
    from both, by the attribute's group.

    Args:
        bundle: Made with ``places``.
        pixels: uint8 (H, W, 3), RGB.
        attribute_ids: Ids of the bundle's attributes.

    Raises:
        UnknownNameError: The bundle has no such attribute.
        BundleError: The bundle does not tell where it looked.
    """
    rows = [bundle.vocabulary.row(attribute_id) for attribute_id in attribute_ids]
    small = shrink(pixels, MAP_PX)
    height, width = small.shape[:2]
    found_heads = _readings(bundle, pixels)
    heads = [(head.box, head.canvas) for head in found_heads if head.canvas is not None]
    boxes = [_WHOLE, *(box for box, _ in heads)]
    canvases = np.stack([bundle.preprocessing.canvas(pixels), *(canvas for _, canvas in heads)])
    places = np.maximum(0, bundle.places(canvases)[:, rows])
    # Without heads, or where a head fills the picture, the whole tells what heads tell.
    is_face = len(heads) == len(found_heads) > 0
    found = []
    for column, attribute_id in enumerate(attribute_ids):
        group = bundle.vocabulary[attribute_id].group
        from_whole = not (is_face and group in FACE_GROUPS)
        from_heads = group in FACE_GROUPS | AROUND_GROUPS
        heat = np.zeros((height, width), np.float32)
        for number, box in enumerate(boxes):
            if from_heads if number else from_whole:
                _add(heat, places[number, column], box, bundle.preprocessing.resize)
        found.append(Where(attribute_id, heat / max(float(heat.max()), 1e-9)))
    return found


def overlay(pixels: Pixels, heat: Heat) -> Pixels:
    """A picture with a map over it, uint8 (H, W, 3) as ``pixels``."""
    height, width = pixels.shape[:2]
    scaled = Image.fromarray(heat).resize((width, height), Image.Resampling.BICUBIC)
    opacity = _OPACITY * np.clip(np.asarray(scaled), 0, 1)[..., None]
    over: Pixels = np.rint(pixels * (1 - opacity) + np.array(_INK) * opacity).astype(np.uint8)
    return over


def _readings(bundle: Bundle, pixels: Pixels) -> list[Reading]:
    finder = bundle.finder
    if finder is None:
        return []
    (heads,) = finder.find(fit(pixels, finder.size_px)[None])
    return readings(pixels, heads, finder_px=finder.size_px, preprocessing=bundle.preprocessing)


def _add(heat: Heat, cells: Heat, box: Box, resize: str) -> None:
    """Lays the cells of a canvas over the part of the picture that it shows.

    Args:
        heat: float32 (h, w), added to.
        cells: float32 (H', W'), of a square canvas.
        box: The part, as shares of the picture's width and height.
        resize: How the part was brought onto the canvas.
    """
    height, width = heat.shape
    left, right = (int(np.clip(round(edge * width), 0, width)) for edge in (box[0], box[2]))
    top, bottom = (int(np.clip(round(edge * height), 0, height)) for edge in (box[1], box[3]))
    if right - left < 1 or bottom - top < 1:
        return
    size = (right - left, bottom - top)
    side = max(size)
    canvas_size = (side, side) if resize == "pad" else size
    spread = Image.fromarray(cells).resize(canvas_size, Image.Resampling.BICUBIC)
    if resize == "pad":
        x, y = (side - size[0]) // 2, (side - size[1]) // 2
        spread = spread.crop((x, y, x + size[0], y + size[1]))
    heat[top:bottom, left:right] += np.maximum(0, np.asarray(spread))
