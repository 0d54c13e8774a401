"""Composes one picture whose heads are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zokusei.draw.chance import weighted
from zokusei.draw.compose import sample_picture
from zokusei.draw.finish import finish
from zokusei.draw.head import head_box
from zokusei.draw.picture import to_svg
from zokusei.draw.scene import LONGER_SIDE, Picture
from zokusei.heads import Box, overlap

Pixels = NDArray[np.uint8]

# A head's box is the square around the middle of the head whose side is so many
# times the height from chin to crown: the framing of face crops.
HEAD_SHARE = 1.25

# What a picture is made of, and how often.
_KINDS = {"drawn": 3.0, "pasted": 4.0, "replaced": 2.0, "face": 0.6, "empty": 0.8}


@dataclass(frozen=True, slots=True)
class Composition:
    """A picture and its heads.

    Args:
        pixels: uint8 (H, W, 3), RGB.
        boxes: Of the heads, in pixels.
        faces: Of each head, the number of the face that was pasted; None where it is drawn.
    """

    pixels: Pixels
    boxes: tuple[Box, ...]
    faces: tuple[int | None, ...]


def compose(
    random: Random,
    *,
    num_faces: int,
    face: Callable[[int], Pixels],
    size_px: int,
    kind: str | None = None,
) -> Composition:
    """Makes up a picture.

    Args:
        random: Decides everything.
        num_faces: How many faces there are to paste; with none, heads are drawn.
        face: The face of a number below ``num_faces``, uint8 (h, w, 3), RGB.
        size_px: The longer side.
        kind: ``drawn`` figures, faces ``pasted`` beside none, faces that ``replaced`` the heads
            of drawn figures, one ``face`` that is the whole picture, or an ``empty`` picture.
    """
    kind = kind or weighted(random, _KINDS)
    if not num_faces and kind not in ("drawn", "empty"):
        kind = "drawn"
    if kind == "face":
        number = random.randrange(num_faces)
        pixels = _resized(face(number), size_px)
        return Composition(pixels, ((0.0, 0.0, size_px, size_px),), (number,))
    picture = _sample_scene(random, has_figures=kind in ("drawn", "replaced"))
    factor = size_px / LONGER_SIDE
    size = (round(picture.width * factor), round(picture.height * factor))
    pixels = finish(to_svg(picture), size, picture.style, picture.seed).copy()
    height, width = pixels.shape[:2]
    boxes = [_scaled(square_box(head_box(placed)), factor) for placed in picture.figures]
    if kind == "drawn":
        seen = [box for box in boxes if _is_seen(box, width, height)]
        return Composition(pixels, tuple(seen), (None,) * len(seen))
    if kind == "empty":
        _distract(random, pixels)
        return Composition(pixels, (), ())
    if kind == "pasted":
        _distract(random, pixels)
        boxes = _sample_places(random, width, height)
    numbers = [random.randrange(num_faces) for _ in boxes]
    for box, number in zip(boxes, numbers, strict=True):
        _paste(random, pixels, face(number), box)
    return Composition(pixels, tuple(boxes), tuple(numbers))


def square_box(head: Box) -> Box:
    """The box of a head in the framing of face crops, from that of its skull and face."""
    left, top, right, bottom = head
    x, y, half = (left + right) / 2, (top + bottom) / 2, HEAD_SHARE * (bottom - top) / 2
    return x - half, y - half, x + half, y + half


def _sample_scene(random: Random, *, has_figures: bool) -> Picture:
    num = random.choice((1, 1, 1, 2, 2, 3, 4)) if has_figures else 1
    framings = {"portrait": 1.0, "upper_body": 2.0, "half_body": 2.0, "full_body": 3.0}
    framing = weighted(random, framings)
    picture = sample_picture(random, framing=framing, num_figures=num)
    return picture if has_figures else replace(picture, figures=())


def _sample_places(random: Random, width: int, height: int) -> list[Box]:
    """One to four squares, mostly a tenth to a third of the height, apart from each other."""
    boxes: list[Box] = []
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        if random.random() < 0.85:
            share = 0.1 * (1 / 0.3) ** random.random()
        else:
            share = random.uniform(0.33, 0.9)
        side = min(share * height, 0.95 * width)
        left, top = random.uniform(0, width - side), random.uniform(0, height - side)
        box = (left, top, left + side, top + side)
        if all(overlap(box, other) < 0.05 for other in boxes):
            boxes.append(box)
    return boxes


def _paste(random: Random, pixels: Pixels, face: Pixels, box: Box) -> None:
    """Puts a face at its box; what reaches beyond the picture is cut off."""
    height, width = pixels.shape[:2]
    left, top = round(box[0]), round(box[1])
    side = max(4, round(box[2] - box[0]))
    mask = _border(random, side)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x0 >= x1 or y0 >= y1:
        return
    inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    opacity = mask[inside][..., None]
    below = pixels[y0:y1, x0:x1].astype(np.float32)
    above = _resized(face, side)[inside].astype(np.float32)
    pixels[y0:y1, x0:x1] = np.rint(below + (above - below) * opacity).astype(np.uint8)


def _border(random: Random, side: int) -> NDArray[np.float32]:
    """How far a pasted square covers what is below it: hard, rounded or feathered."""
    kind = random.choice(("hard", "rounded", "feathered", "feathered"))
    if kind == "hard":
        return np.ones((side, side), np.float32)
    power = 8.0 if kind == "rounded" else random.uniform(2.2, 4.0)
    along = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    reach = (np.abs(along)[:, None] ** power + np.abs(along)[None] ** power) ** (1 / power)
    soft = 2 / side if kind == "rounded" else random.uniform(0.05, 0.25)
    covered: NDArray[np.float32] = np.clip((1 - reach) / soft, 0, 1).astype(np.float32)
    return covered


def _distract(random: Random, pixels: Pixels) -> None:
    """Pastes pieces of clothing and background, lest every square be taken for a head."""
    height, width = pixels.shape[:2]
    for _ in range(random.choice((0, 0, 1, 2))):
        picture = sample_picture(random, framing=random.choice(("half_body", "full_body")))
        canvas = (picture.width, picture.height)
        drawn = finish(to_svg(picture), canvas, picture.style, picture.seed)
        chin = round(square_box(head_box(picture.figures[0]))[3])
        if chin + 40 > picture.height:
            continue
        piece = drawn[chin:, random.randrange(picture.width // 2) :]
        side = min(*piece.shape[:2])
        place = round(random.uniform(0.08, 0.4) * min(width, height))
        left, top = random.randrange(width - place), random.randrange(height - place)
        _paste(random, pixels, piece[:side, :side], (left, top, left + place, top + place))


def _is_seen(box: Box, width: int, height: int) -> bool:
    """Whether most of a head lies in the picture."""
    left, top, right, bottom = box
    inside = max(0.0, min(right, width) - max(left, 0)) * max(
        0.0, min(bottom, height) - max(top, 0)
    )
    return inside > 0.6 * (right - left) * (bottom - top)


def _scaled(box: Box, factor: float) -> Box:
    left, top, right, bottom = box
    return left * factor, top * factor, right * factor, bottom * factor


def _resized(pixels: Pixels, side: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))
