"""The cap of hair over the skull, with its fringe."""

from __future__ import annotations

import math
from random import Random

from zokusei.draw.character import Hair
from zokusei.draw.head import Head
from zokusei.draw.pen import Path, Point, Segment

EDGE_X, EDGE_Y = 94.0, 18.0
"""Where the fringe meets the sides of the head."""


def cap_with_fringe(hair: Hair, head: Head, random: Random) -> Path:
    """The cap: around the crown from the left, and back along the fringe from the right."""
    radius, top = 104 + hair.volume, -126 - hair.volume
    outer: list[Segment] = [
        ("M", (-EDGE_X, EDGE_Y)),
        ("C", (-radius - 5, -40, -radius * 0.86, top, 0, top)),
        ("C", (radius * 0.86, top, radius + 5, -40, EDGE_X, EDGE_Y)),
    ]
    edge = Path(tuple(_edge(hair, random))).mapped(head.on_hair)
    return Path((*outer, *edge.segments, ("Z", ())))


def _edge(hair: Hair, random: Random) -> list[Segment]:
    if hair.fringe == "forehead":
        return [
            ("C", (82, -40, 52, -84, 6, -86)),
            ("C", (-52, -84, -82, -40, -EDGE_X, EDGE_Y)),
        ]
    if hair.fringe == "blunt_bangs":
        return _blunt(random)
    count = 7 if hair.fringe in {"choppy", "hair_between_eyes"} else 6
    part = _part(hair, random)
    segments: list[Segment] = []
    width = 2 * EDGE_X / count
    for i in range(count):
        right = EDGE_X - width * i
        middle, left = right - width / 2, right - width
        tip, notch_y = _point(hair.fringe, random, middle, part, is_middle=i == count // 2)
        notch = (-EDGE_X, EDGE_Y) if i == count - 1 else (left, notch_y)
        lean = 6 if tip[0] < right else -2
        segments.append(("Q", ((right + tip[0]) / 2 + lean, (tip[1] + notch_y) / 2 + 12, *tip)))
        segments.append(("Q", ((left + tip[0]) / 2, (tip[1] + notch[1]) / 2 + 2, *notch)))
    return segments


def _part(hair: Hair, random: Random) -> float:
    if hair.fringe == "parted_bangs":
        return random.uniform(-16, 16)
    if hair.fringe in {"swept_bangs", "hair_over_one_eye"}:
        return hair.part * 44.0
    return 0.0


def _point(
    fringe: str, random: Random, x: float, part: float, *, is_middle: bool
) -> tuple[Point, float]:
    """The tip of one lock of the fringe, and how high the notch after it is."""
    across = x / EDGE_X
    side = 1 if x > part else -1
    away = abs(x - part) / EDGE_X
    match fringe:
        case "parted_bangs":
            return (x + side * (14 + 10 * away), -50 + 74 * away), -86 + 60 * away
        case "swept_bangs":
            return (x + side * (16 + 22 * away), -24 + 44 * away), -62 + 30 * away
        case "hair_over_one_eye":
            if (x < part) != (part > 0):
                return (x + side * (16 + 22 * away), -24 + 44 * away), -62 + 30 * away
            # The side that falls over the eye: long locks with shallow notches, so that
            # nothing of the eye shows between them.
            reach = math.exp(-(((x + math.copysign(42, part)) / 46) ** 2))
            return (x + side * 12, 14 + 66 * reach), -40 + 84 * reach
    notch = -44 + 14 * across * across + random.uniform(-6, 6)
    if fringe == "hair_between_eyes" and is_middle:
        return (random.uniform(-6, 6), random.uniform(40, 50)), notch
    low = 14 if abs(across) > 0.3 else 4
    tip = (x + random.uniform(-7, 7) + across * 6, random.uniform(-4, low) + 8 * across * across)
    return tip, notch


def _blunt(random: Random) -> list[Segment]:
    count = random.choice((5, 6, 7))
    xs = [EDGE_X - 8 - (2 * EDGE_X - 16) * i / count for i in range(count + 1)]

    def level(x: float) -> float:
        return -4 + 10 * (abs(x) / EDGE_X) ** 2 + random.uniform(-2, 2)

    segments: list[Segment] = [("Q", (EDGE_X - 4, 0, xs[0], level(EDGE_X)))]
    for i, x in enumerate(xs[1:]):
        y = level(x)
        if i < count - 1:
            segments += [
                ("L", (x + 3, y)),
                ("Q", (x + 2, -16, x, -26)),
                ("Q", (x - 1, -14, x - 2, y)),
            ]
        else:
            segments.append(("L", (x, y)))
    segments.append(("Q", (-EDGE_X + 4, 0, -EDGE_X, EDGE_Y)))
    return segments
