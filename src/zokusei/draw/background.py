"""What lies behind the figures."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from zokusei.draw.color import WHITE, Color
from zokusei.draw.pen import Path, Pen, ellipse, path, polygon, rectangle
from zokusei.draw.scene import Background, Picture


def draw_background(pen: Pen, picture: Picture) -> None:
    """Fills the canvas."""
    width, height, background = picture.width, picture.height, picture.background
    painter = _PAINTERS.get(background.kind)
    pen.fill(rectangle(0, 0, width, height), WHITE if painter is None else background.color)
    if painter is not None:
        painter(pen, width, height, background, Random(background.seed))


_Painter = Callable[[Pen, int, int, Background, Random], None]


def _plain(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    """The fill alone."""


def _fill(pen: Pen, width: int, height: int, top: Color, bottom: Color) -> None:
    paint = pen.gradient(0, height, [(0.0, top), (1.0, bottom)])
    pen.fill(rectangle(0, 0, width, height), paint)


def _gradient(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    _fill(pen, width, height, background.color, background.second)


def _dots(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    size = random.uniform(5, 11)
    dots = Path(())
    for row, y in enumerate(range(0, height + 20, 40)):
        for x in range(0, width + 40, 40):
            dots += ellipse(x + (row % 2) * 20, y, size, size)
    pen.fill(dots, background.second)


def _stripes(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    lean = random.choice((0, 200, -200))
    stripes = Path(())
    for x in range(-260, width + 300, 60):
        stripes += polygon([(x, 0), (x + 30, 0), (x + 30 - lean, height), (x - lean, height)])
    pen.fill(stripes, background.second)


def _clouds(pen: Pen, width: int, height: int, random: Random, color: Color) -> None:
    for _ in range(4):
        x, y = random.uniform(0, width), random.uniform(20, height * 0.7)
        cloud = Path(())
        for _ in range(7):
            cloud += ellipse(
                x + random.uniform(-50, 50),
                y + random.uniform(-14, 14),
                random.uniform(24, 60),
                random.uniform(14, 28),
            )
        pen.fill(cloud, color, 0.85)


def _sky(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    _fill(pen, width, height, Color(0.58, 0.5, 0.95), Color(0.55, 0.12, 1.0))
    _clouds(pen, width, height, random, Color(0.6, 0.02, 1.0))


def _lights(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    _fill(pen, width, height, background.color, background.second)
    for _ in range(22):
        size = random.uniform(8, 56)
        spot = ellipse(random.uniform(0, width), random.uniform(0, height), size, size)
        pen.fill(spot, background.color.lit(0.8), 0.35)


def _room(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    floor = height * 0.76
    pen.fill(rectangle(0, floor, width, height), background.second)
    left = width * random.choice((0.06, 0.62))
    window = rectangle(left, height * 0.1, left + width * 0.3, height * 0.5)
    pen.fill(window, Color(0.56, 0.25, 1.0))
    frame = Color(0.08, 0.3, 0.6)
    pen.line(window, frame, 9)
    pen.line(
        path(f"M {left + width * 0.15} {height * 0.1} L {left + width * 0.15} {height * 0.5}"),
        frame,
        5,
    )
    shelf = width - left - width * 0.3
    for row in (0.24, 0.42, 0.6):
        y = height * row
        pen.fill(rectangle(shelf, y, shelf + width * 0.32, y + 7), Color(0.07, 0.5, 0.5))
        for i in range(8):
            x, tall = shelf + 6 + i * width * 0.037, random.uniform(26, 52)
            book = rectangle(x, y - tall, x + width * 0.03, y)
            pen.fill(book, Color(random.random(), 0.4, 0.72))


def _split(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    top, bottom = random.uniform(0.3, 0.7) * width, random.uniform(0.3, 0.7) * width
    half = polygon([(0, 0), (top, 0), (bottom, height), (0, height)])
    pen.fill(half, background.second)


def _meadow(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    _fill(pen, width, height, Color(0.57, 0.45, 0.97), Color(0.53, 0.1, 1.0))
    _clouds(pen, width, round(height * 0.6), random, Color(0.6, 0.02, 1.0))
    for depth, green in ((0.62, Color(0.36, 0.3, 0.8)), (0.76, Color(0.3, 0.45, 0.72))):
        y = height * depth
        hill = path(
            f"M 0 {y} Q {width * 0.3} {y - random.uniform(10, 60)} {width * 0.6} {y} "
            f"Q {width * 0.85} {y + 30} {width} {y - 10} L {width} {height} L 0 {height} Z"
        )
        pen.fill(hill, green)
    blooms = Path(())
    for _ in range(24):
        at = (random.uniform(0, width), random.uniform(height * 0.8, height))
        blooms += ellipse(*at, 4, 3)
    pen.fill(blooms, Color(random.random(), 0.35, 1.0))


def _town(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    _fill(pen, width, height, background.color.lit(0.5), background.color)
    ground = height * 0.84
    x = -20.0
    windows = Path(())
    while x < width:
        wide, tall = random.uniform(50, 100), random.uniform(0.3, 0.65) * height
        tone = background.second.shaded(random.uniform(0.7, 0.95))
        pen.fill(rectangle(x, ground - tall, x + wide, ground), tone)
        for row in range(int(tall / 36)):
            for column in range(int(wide / 24)):
                left, top = x + 8 + column * 24, ground - tall + 12 + row * 36
                windows += rectangle(left, top, left + 12, top + 18)
        x += wide + random.uniform(0, 14)
    pen.fill(windows, Color(0.13, 0.25, 1.0), 0.7)
    pen.fill(rectangle(0, ground, width, height), Color(0.6, 0.05, 0.62))


def _night(pen: Pen, width: int, height: int, background: Background, random: Random) -> None:
    _fill(pen, width, height, Color(0.66, 0.6, 0.28), Color(0.72, 0.4, 0.5))
    stars = Path(())
    for _ in range(50):
        size = random.uniform(0.8, 2.4)
        stars += ellipse(random.uniform(0, width), random.uniform(0, height), size, size)
    pen.fill(stars, WHITE, 0.9)
    x, y = random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.3) * height
    pen.fill(ellipse(x, y, 34, 34), Color(0.14, 0.2, 1.0))


_PAINTERS: dict[str, _Painter] = {
    "plain": _plain,
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
