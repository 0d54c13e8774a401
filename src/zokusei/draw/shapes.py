"""Shapes that several parts of a drawing share: locks, limbs, bows, flowers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zokusei.draw.color import GOLD, Color
from zokusei.draw.pen import Path, Pen, Point, ellipse, path, smooth


def lock(
    start: Point,
    end: Point,
    width: float,
    *,
    bend: float = 0.0,
    wave: float = 0.0,
    waves: float = 1.5,
    phase: float = 0.0,
    tip: str = "point",
    steps: int = 12,
) -> Path:
    """A lock of hair.

    Args:
        start: Its root.
        end: Its tip.
        width: At the root, in units.
        bend: How far its middle stands off the straight line, to the left of its way.
        wave: Height of its waves, in units.
        waves: How many there are.
        phase: Where they begin, in radians.
        tip: ``point``, ``blunt``, ``round``, or ``leaf``, which is thin at the root too.
        steps: Points a side.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length
    one, two = [], []
    for i in range(steps + 1):
        t = i / steps
        off = bend * math.sin(math.pi * t)
        off += wave * math.sin(2 * math.pi * waves * t + phase) * min(1.0, t * 2)
        x, y = start[0] + dx * t + nx * off, start[1] + dy * t + ny * off
        half = width * _thickness(t, tip) / 2
        one.append((x + nx * half, y + ny * half))
        two.append((x - nx * half, y - ny * half))
    return smooth(one + two[::-1])


def _thickness(t: float, tip: str) -> float:
    if tip == "blunt":
        return 0.85 + 0.2 * t
    if tip == "leaf":
        return 1.2 * math.pow(math.sin(math.pi * min(1.0, 0.08 + 0.92 * t)), 0.8)
    if tip == "round":
        return (0.85 + 0.3 * math.sin(math.pi * t)) * math.sqrt(max(0.0, 1 - t**6))
    return (0.8 + 0.45 * math.sin(math.pi * min(1.0, t * 1.15))) * (1 - math.pow(t, 2.6))


def limb(
    joints: Sequence[Point], widths: Sequence[float], *, since: float = 0.0, until: float = 1.0
) -> Path:
    """An arm, leg or sleeve: three joints, bent smoothly, as wide at each as told.

    Args:
        joints: Such as shoulder, elbow and wrist.
        widths: At equal distances along it; at least two.
        since: Where the drawn part begins; 0 is the root, which is rounded.
        until: Where it ends; 1 is the tip.
    """
    steps = 12
    one, two = [], []
    root = []
    if since == 0:
        x, y, tx, ty = _along(joints, 0.0)
        half = widths[0] / 2
        for degrees in (-60, -30, 0, 30, 60):
            cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
            root.append((x + half * (-tx * cos - ty * sin), y + half * (-ty * cos + tx * sin)))
    for i in range(steps + 1):
        t = since + (until - since) * i / steps
        x, y, tx, ty = _along(joints, t)
        half = _between(widths, t) / 2
        one.append((x - ty * half, y + tx * half))
        two.append((x + ty * half, y - tx * half))
    return smooth(one + two[::-1] + root)


def _along(joints: Sequence[Point], t: float) -> tuple[float, float, float, float]:
    """A point of a limb and the direction there: straight bones, a rounded joint."""
    (ax, ay), (bx, by), (cx, cy) = joints
    round_ = 0.22
    if t < 0.5 - round_:
        s = t * 2
        x, y, dx, dy = ax + (bx - ax) * s, ay + (by - ay) * s, bx - ax, by - ay
    elif t > 0.5 + round_:
        s = t * 2 - 1
        x, y, dx, dy = bx + (cx - bx) * s, by + (cy - by) * s, cx - bx, cy - by
    else:
        k = 1 - round_ * 2
        px, py = ax + (bx - ax) * k, ay + (by - ay) * k
        qx, qy = bx + (cx - bx) * (1 - k), by + (cy - by) * (1 - k)
        s = (t - 0.5 + round_) / (2 * round_)
        x = (1 - s) ** 2 * px + 2 * s * (1 - s) * bx + s * s * qx
        y = (1 - s) ** 2 * py + 2 * s * (1 - s) * by + s * s * qy
        dx, dy = (1 - s) * (bx - px) + s * (qx - bx), (1 - s) * (by - py) + s * (qy - by)
    length = math.hypot(dx, dy) or 1.0
    return x, y, dx / length, dy / length


def _between(widths: Sequence[float], t: float) -> float:
    place = t * (len(widths) - 1)
    i = min(int(place), len(widths) - 2)
    return widths[i] + (widths[i + 1] - widths[i]) * (place - i)


def limb_point(joints: Sequence[Point], t: float) -> tuple[Point, float]:
    """A point along a limb and its direction there in degrees, 0 to the right."""
    x, y, dx, dy = _along(joints, t)
    return (x, y), math.degrees(math.atan2(dy, dx))


def draw_bow(pen: Pen, at: Point, size: float, color: Color, degrees: float = 0.0) -> None:
    """A puffy bow with two short ends."""
    with pen.placed(*at, degrees=degrees):
        for side in (-1, 1):
            end = path("M 0 0 Q 0.5 0.5 0.62 1.15 L 0.34 1 L 0.2 1.25 Z")
            pen.shape(end.scaled(side * size, size), color.shaded(0.9))
        for side in (-1, 1):
            loop = path("M 0 0 C 0.5 -0.9 1.25 -0.7 1.15 0 C 1.25 0.6 0.5 0.6 0 0 Z")
            pen.shape(loop.scaled(side * size, size), color)
            fold = path("M 0.15 0 Q 0.5 -0.1 0.7 -0.2")
            pen.line(fold.scaled(side * size, size), pen.outline_of(color), pen.line_width * 0.7)
        pen.shape(ellipse(0, 0, size * 0.22, size * 0.25), color)


def draw_ribbon(pen: Pen, at: Point, size: float, color: Color, degrees: float = 0.0) -> None:
    """A thin ribbon, tied, with two long ends."""
    with pen.placed(*at, degrees=degrees):
        for side in (-1, 1):
            end = path(
                "M 0 0 Q 0.7 0.6 0.5 1.4 Q 0.4 1.9 0.75 2.3 L 0.42 2.35 Q 0.1 1.8 0.25 1.3 Z"
            )
            pen.shape(end.scaled(side * size, size), color.shaded(0.92), pen.line_width * 0.8)
            loop = path("M 0 0 Q 0.6 -0.75 1.1 -0.5 Q 1.2 -0.1 0 0 Z")
            pen.shape(loop.scaled(side * size, size), color, pen.line_width * 0.8)
        pen.shape(ellipse(0, 0, size * 0.15, size * 0.17), color)


def draw_flower(pen: Pen, at: Point, size: float, color: Color) -> None:
    """A flower of five petals; ``size`` is the radius of a petal."""
    x, y = at
    for i in range(5):
        turn = i * math.tau / 5
        petal = (x + size * 1.3 * math.cos(turn), y + size * 1.3 * math.sin(turn))
        pen.shape(ellipse(*petal, size, size), color, pen.line_width * 0.8)
    pen.shape(ellipse(x, y, size * 0.62, size * 0.62), GOLD, pen.line_width * 0.8)


def star(x: float, y: float, radius: float, degrees: float = 0.0) -> Path:
    """A star of five points."""
    points = []
    for i in range(10):
        turn = math.radians(degrees - 90 + i * 36)
        reach = radius * (1.0 if i % 2 == 0 else 0.45)
        points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    return Path((("M", points[0]), *(("L", point) for point in points[1:]), ("Z", ())))
