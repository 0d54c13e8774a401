"""What lies behind the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from zokusei.draw.color import WHITE, Color
from zokusei.draw.pen import Path, Pen, ellipse, path, polygon, rectangle
from zokusei.draw.scene import Picture


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a background is painted with, and on."""

    pen: Pen
    width: int
    height: int
    color: Color
    second: Color
    random: Random


def draw_background(pen: Pen, picture: Picture) -> None:
    """Fills the canvas; kinds that have no painter are plain."""
    width, height, background = picture.width, picture.height, picture.background
    is_white = background.kind == "white"
    pen.fill(rectangle(0, 0, width, height), WHITE if is_white else background.color)
    painter = _PAINTERS.get(background.kind)
    if painter is not None:
        random = Random(background.seed)
        painter(Canvas(pen, width, height, background.color, background.second, random))


def _fill(at: Canvas, top: Color, bottom: Color) -> None:
    paint = at.pen.gradient(0, at.height, [(0.0, top), (1.0, bottom)])
    at.pen.fill(rectangle(0, 0, at.width, at.height), paint)


def _gradient(at: Canvas) -> None:
    _fill(at, at.color, at.second)


def _dots(at: Canvas) -> None:
    size = at.random.uniform(5, 11)
    dots = Path(())
    for row, y in enumerate(range(0, at.height + 20, 40)):
        for x in range(0, at.width + 40, 40):
            dots += ellipse(x + (row % 2) * 20, y, size, size)
    at.pen.fill(dots, at.second)


def _stripes(at: Canvas) -> None:
    lean = at.random.choice((0, 200, -200))
    stripes = Path(())
    for x in range(-260, at.width + 300, 60):
        stripes += polygon([(x, 0), (x + 30, 0), (x + 30 - lean, at.height), (x - lean, at.height)])
    at.pen.fill(stripes, at.second)


def _clouds(at: Canvas) -> None:
    for _ in range(4):
        x, y = at.random.uniform(0, at.width), at.random.uniform(20, at.height * 0.7)
        cloud = Path(())
        for _ in range(7):
            cloud += ellipse(
                x + at.random.uniform(-50, 50),
                y + at.random.uniform(-14, 14),
                at.random.uniform(24, 60),
                at.random.uniform(14, 28),
            )
        at.pen.fill(cloud, Color(0.6, 0.02, 1.0), 0.85)


def _sky(at: Canvas) -> None:
    _fill(at, Color(0.58, 0.5, 0.95), Color(0.55, 0.12, 1.0))
    _clouds(at)


def _lights(at: Canvas) -> None:
    _fill(at, at.color, at.second)
    for _ in range(22):
        size = at.random.uniform(8, 56)
        spot = ellipse(at.random.uniform(0, at.width), at.random.uniform(0, at.height), size, size)
        at.pen.fill(spot, at.color.lit(0.8), 0.35)


def _room(at: Canvas) -> None:
    floor = at.height * 0.76
    at.pen.fill(rectangle(0, floor, at.width, at.height), at.second)
    left = at.width * at.random.choice((0.06, 0.62))
    window = rectangle(left, at.height * 0.1, left + at.width * 0.3, at.height * 0.5)
    at.pen.fill(window, Color(0.56, 0.25, 1.0))
    frame = Color(0.08, 0.3, 0.6)
    at.pen.line(window, frame, 9)
    at.pen.line(
        path(
            f"M {left + at.width * 0.15} {at.height * 0.1} "
            f"L {left + at.width * 0.15} {at.height * 0.5}"
        ),
        frame,
        5,
    )
    shelf = at.width - left - at.width * 0.3
    for row in (0.24, 0.42, 0.6):
        y = at.height * row
        at.pen.fill(rectangle(shelf, y, shelf + at.width * 0.32, y + 7), Color(0.07, 0.5, 0.5))
        for i in range(8):
            x, tall = shelf + 6 + i * at.width * 0.037, at.random.uniform(26, 52)
            book = rectangle(x, y - tall, x + at.width * 0.03, y)
            at.pen.fill(book, Color(at.random.random(), 0.4, 0.72))


def _split(at: Canvas) -> None:
    top, bottom = at.random.uniform(0.3, 0.7) * at.width, at.random.uniform(0.3, 0.7) * at.width
    half = polygon([(0, 0), (top, 0), (bottom, at.height), (0, at.height)])
    at.pen.fill(half, at.second)


def _meadow(at: Canvas) -> None:
    _fill(at, Color(0.57, 0.45, 0.97), Color(0.53, 0.1, 1.0))
    _clouds(at)
    for depth, green in ((0.62, Color(0.36, 0.3, 0.8)), (0.76, Color(0.3, 0.45, 0.72))):
        y = at.height * depth
        hill = path(
            f"M 0 {y} Q {at.width * 0.3} {y - at.random.uniform(10, 60)} {at.width * 0.6} {y} "
            f"Q {at.width * 0.85} {y + 30} {at.width} {y - 10} "
            f"L {at.width} {at.height} L 0 {at.height} Z"
        )
        at.pen.fill(hill, green)
    blooms = Path(())
    for _ in range(24):
        spot = (at.random.uniform(0, at.width), at.random.uniform(at.height * 0.8, at.height))
        blooms += ellipse(*spot, 4, 3)
    at.pen.fill(blooms, Color(at.random.random(), 0.35, 1.0))


def _town(at: Canvas) -> None:
    _fill(at, at.color.lit(0.5), at.color)
    ground = at.height * 0.84
    x = -20.0
    windows = Path(())
    while x < at.width:
        wide, tall = at.random.uniform(50, 100), at.random.uniform(0.3, 0.65) * at.height
        tone = at.second.shaded(at.random.uniform(0.7, 0.95))
        at.pen.fill(rectangle(x, ground - tall, x + wide, ground), tone)
        for row in range(int(tall / 36)):
            for column in range(int(wide / 24)):
                left, top = x + 8 + column * 24, ground - tall + 12 + row * 36
                windows += rectangle(left, top, left + 12, top + 18)
        x += wide + at.random.uniform(0, 14)
    at.pen.fill(windows, Color(0.13, 0.25, 1.0), 0.7)
    at.pen.fill(rectangle(0, ground, at.width, at.height), Color(0.6, 0.05, 0.62))


def _night(at: Canvas) -> None:
    _fill(at, Color(0.66, 0.6, 0.28), Color(0.72, 0.4, 0.5))
    stars = Path(())
    for _ in range(50):
        size = at.random.uniform(0.8, 2.4)
        stars += ellipse(
            at.random.uniform(0, at.width), at.random.uniform(0, at.height), size, size
        )
    at.pen.fill(stars, WHITE, 0.9)
    x, y = at.random.uniform(0.1, 0.9) * at.width, at.random.uniform(0.1, 0.3) * at.height
    at.pen.fill(ellipse(x, y, 34, 34), Color(0.14, 0.2, 1.0))


_PAINTERS: dict[str, Callable[[Canvas], None]] = {
    "gradient": _gradient,
    "dots": _dots,
    "stripes": _stripes,
    "sky": _sky,
    "lights": _lights,
    "room": _room,
    "split": _split,
    "meadow": _meadow,
    "town": _town,
    "night": _night,
}
