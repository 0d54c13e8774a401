"""Paths, and a pen that writes them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from zokusei.draw.color import INK, Color

Point = tuple[float, float]
PointMap = Callable[[float, float], Point]
Segment = tuple[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Path:
    """A path of moves (M), lines (L), quadratic (Q) and cubic (C) curves and closings (Z).

    Args:
        segments: Commands, each with its absolute coordinates, x before y.
    """

    segments: tuple[Segment, ...]

    @property
    def data(self) -> str:
        """The path as SVG writes it."""
        return "".join(
            command + " ".join(f"{number:.1f}" for number in numbers)
            for command, numbers in self.segments
        )

    @property
    def points(self) -> list[Point]:
        """Every point, control points included."""
        return [
            (numbers[i], numbers[i + 1])
            for _, numbers in self.segments
            for i in range(0, len(numbers), 2)
        ]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of its points."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def mapped(self, to: PointMap) -> Path:
        """The path with every point moved by a function."""
        return Path(
            tuple(
                (
                    command,
                    tuple(
                        number
                        for i in range(0, len(numbers), 2)
                        for number in to(numbers[i], numbers[i + 1])
                    ),
                )
                for command, numbers in self.segments
            )
        )

    def moved(self, dx: float, dy: float) -> Path:
        """The path elsewhere."""
        return self.mapped(lambda x, y: (x + dx, y + dy))

    def scaled(self, sx: float, sy: float | None = None) -> Path:
        """The path larger or smaller; a negative ``sx`` mirrors it."""
        tall = sx if sy is None else sy
        return self.mapped(lambda x, y: (x * sx, y * tall))

    def turned(self, degrees: float) -> Path:
        """The path turned about the origin, clockwise on the picture."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return self.mapped(lambda x, y: (x * cos - y * sin, x * sin + y * cos))

    def __add__(self, other: Path) -> Path:
        return Path(self.segments + other.segments)


def path(text: str) -> Path:
    """Reads a path such as ``M 0 0 Q 10 5 20 0 Z``, numbers apart from letters.

    >>> path("M 0 0 L 4 2 Z").scaled(-1, 1).data
    'M-0.0 0.0L-4.0 2.0Z'
    """
    segments: list[Segment] = []
    numbers: list[float] = []
    for word in text.split():
        if word in "MLQCZ":
            numbers = []
            segments.append((word, ()))
        else:
            numbers.append(float(word))
            segments[-1] = (segments[-1][0], tuple(numbers))
    return Path(tuple(segments))


def smooth(points: list[Point], *, closed: bool = True) -> Path:
    """A smooth path near the points; it starts at the first and ends at the last."""
    segments: list[Segment] = [("M", points[0])]
    for (x, y), (next_x, next_y) in pairwise(points[1:]):
        segments.append(("Q", (x, y, (x + next_x) / 2, (y + next_y) / 2)))
    segments.append(("L", points[-1]))
    if closed:
        segments.append(("Z", ()))
    return Path(tuple(segments))


def polygon(points: Iterable[Point]) -> Path:
    """A closed path of straight lines."""
    first, *rest = points
    return Path((("M", first), *(("L", point) for point in rest), ("Z", ())))


def ellipse(x: float, y: float, rx: float, ry: float, degrees: float = 0.0) -> Path:
    """An ellipse around a point, turned about its middle."""
    k = 0.5523
    around = Path(
        (
            ("M", (rx, 0.0)),
            ("C", (rx, ry * k, rx * k, ry, 0.0, ry)),
            ("C", (-rx * k, ry, -rx, ry * k, -rx, 0.0)),
            ("C", (-rx, -ry * k, -rx * k, -ry, 0.0, -ry)),
            ("C", (rx * k, -ry, rx, -ry * k, rx, 0.0)),
            ("Z", ()),
        )
    )
    return (around.turned(degrees) if degrees else around).moved(x, y)


def rectangle(left: float, top: float, right: float, bottom: float) -> Path:
    """An upright rectangle."""
    return polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


@dataclass(frozen=True, slots=True)
class Paint:
    """A gradient that the pen has defined, with the plain colour nearest to it."""

    reference: str
    color: Color


class Pen:
    """Writes shapes as SVG, in order, the later over the earlier.

    Args:
        line_width: Width of an ordinary outline, in the units of the figure.
        black_lines: Whether outlines are black, rather than a dark tone of what they bound.
    """

    def __init__(self, *, line_width: float, black_lines: bool) -> None:
        self.line_width = line_width
        self.black_lines = black_lines
        self._body: list[str] = []
        self._definitions: list[str] = []
        self._maps: list[PointMap] = []

    def outline_of(self, color: Color) -> Color:
        """The colour of the line around a surface."""
        return INK if self.black_lines else color.shaded(0.38, -0.03, 0.18)

    def fill(self, shape: Path, paint: Color | Paint, alpha: float = 1.0) -> None:
        """Fills a shape."""
        color = paint.reference if isinstance(paint, Paint) else paint.hex
        opacity = f' fill-opacity="{alpha:.2f}"' if alpha < 1 else ""
        self._body.append(f'<path d="{self._data(shape)}" fill="{color}"{opacity}/>')

    def line(
        self, shape: Path, color: Color, width: float | None = None, alpha: float = 1.0
    ) -> None:
        """Draws along a path with a round pen, ``width`` units wide."""
        width = self.line_width if width is None else width
        if width <= 0:
            return
        opacity = f' stroke-opacity="{alpha:.2f}"' if alpha < 1 else ""
        self._body.append(
            f'<path d="{self._data(shape)}" fill="none" stroke="{color.hex}" '
            f'stroke-width="{width:.2f}" stroke-linecap="round" stroke-linejoin="round"{opacity}/>'
        )

    def shape(self, shape: Path, paint: Color | Paint, width: float | None = None) -> None:
        """Fills a shape and draws its outline."""
        color = paint.color if isinstance(paint, Paint) else paint
        self.fill(shape, paint)
        self.line(shape, self.outline_of(color), width)

    def merged(self, shapes: Iterable[Path], paint: Color | Paint) -> None:
        """Fills overlapping shapes as one, with a single outline around all."""
        parts = list(shapes)
        color = paint.color if isinstance(paint, Paint) else paint
        for part in parts:
            self.line(part, self.outline_of(color), self.line_width * 2)
        for part in parts:
            self.fill(part, paint)

    def gradient(self, top: float, bottom: float, stops: Iterable[tuple[float, Color]]) -> Paint:
        """Defines a vertical gradient: pairs of a place in [0, 1] and a colour."""
        listed = list(stops)
        name = f"g{len(self._definitions)}"
        inner = "".join(f'<stop offset="{at}" stop-color="{color.hex}"/>' for at, color in listed)
        self._definitions.append(
            f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="0" x2="0" '
            f'y1="{top:.1f}" y2="{bottom:.1f}">{inner}</linearGradient>'
        )
        return Paint(f"url(#{name})", listed[len(listed) // 2][1])

    def split(self, x: float, left: Color, right: Color) -> Paint:
        """Defines a paint of two colours that meet at a vertical line."""
        name = f"g{len(self._definitions)}"
        self._definitions.append(
            f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" y1="0" y2="0" '
            f'x1="{x - 400:.1f}" x2="{x + 400:.1f}">'
            f'<stop offset="0.5" stop-color="{left.hex}"/>'
            f'<stop offset="0.5" stop-color="{right.hex}"/></linearGradient>'
        )
        return Paint(f"url(#{name})", left)

    @contextmanager
    def clipped(self, shape: Path) -> Iterator[None]:
        """What is drawn inside shows only within the shape."""
        name = f"c{len(self._definitions)}"
        self._definitions.append(
            f'<clipPath id="{name}"><path d="{self._data(shape)}"/></clipPath>'
        )
        with self._group(f'clip-path="url(#{name})"'):
            yield

    @contextmanager
    def mapped(self, to: PointMap) -> Iterator[None]:
        """Every point drawn inside goes through a function; the innermost acts first."""
        self._maps.append(to)
        yield
        self._maps.pop()

    @contextmanager
    def placed(
        self, x: float = 0.0, y: float = 0.0, sx: float = 1.0, sy: float = 1.0, degrees: float = 0.0
    ) -> Iterator[None]:
        """What is drawn inside is scaled, turned and moved, in this order."""
        turn = f" rotate({degrees:.2f})" if degrees else ""
        with self._group(f'transform="translate({x:.2f} {y:.2f}){turn} scale({sx:.4f} {sy:.4f})"'):
            yield

    @contextmanager
    def leaning(self, x: float, y: float, degrees: float) -> Iterator[None]:
        """What is drawn inside is turned about a point."""
        with self._group(f'transform="rotate({degrees:.2f} {x:.1f} {y:.1f})"'):
            yield

    def svg(self, width: int, height: int) -> str:
        """The drawing as an SVG document of this many units."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}"><defs>{"".join(self._definitions)}</defs>'
            f"{''.join(self._body)}</svg>"
        )

    @contextmanager
    def _group(self, attributes: str) -> Iterator[None]:
        self._body.append(f"<g {attributes}>")
        yield
        self._body.append("</g>")

    def _data(self, shape: Path) -> str:
        for to in reversed(self._maps):
            shape = shape.mapped(to)
        return shape.data
