"""Hair as it is drawn: colours, shading, braids and drills."""

from __future__ import annotations

import math
from random import Random

from zokusei.draw.character import Hair
from zokusei.draw.color import INK, WHITE, Color
from zokusei.draw.hair_shapes import HairShapes
from zokusei.draw.head import Head
from zokusei.draw.pen import Paint, Path, Pen, Point, ellipse, path, polygon
from zokusei.draw.scene import Style
from zokusei.draw.shapes import lock


class HairPainter:
    """Draws the layers of one head of hair.

    Args:
        pen: What to draw with.
        hair: Whose colours to use.
        shapes: The hair, as it grew.
        head: How the head is turned.
        style: The artist's hand.
    """

    def __init__(self, pen: Pen, hair: Hair, shapes: HairShapes, head: Head, style: Style) -> None:
        self.pen = pen
        self.hair = hair
        self.shapes = shapes
        self.head = head
        self.style = style
        self.random = Random(hair.seed + 1)
        self._choose_paints()

    def _choose_paints(self) -> None:
        hair, pen = self.hair, self.pen
        first, second = hair.color, hair.second
        self.is_mixed = hair.second_mode in {"gradient_hair", "two-tone_hair", "colored_inner_hair"}
        self.front: Color | Paint = first
        self.back: Color | Paint = (
            first if self.hair.texture == "spiked_hair" else first.shaded(0.84)
        )
        self.tail: Color | Paint = first
        match hair.second_mode:
            case "two-tone_hair":
                self.front = self.back = self.tail = pen.split(
                    self.head.chin_x * 0.8, first, second
                )
            case "gradient_hair":
                start = max(40.0, hair.ends_at * 0.3)
                stops = [(0.0, first), (0.75, second), (1.0, second)]
                self.front = self.back = self.tail = pen.gradient(start, hair.ends_at, stops)
            case "colored_inner_hair":
                self.back = second

    def _shade(self) -> tuple[Color, float]:
        """A colour for shade and how strongly it is laid on."""
        return (INK, 0.2) if self.is_mixed else (self.hair.color.shaded(), 0.75)

    def _light(self) -> tuple[Color, float]:
        strength = 0.75 if self.style.shading == "cel" else 0.5
        return (WHITE, strength * 0.6) if self.is_mixed else (self.hair.color.lit(0.6), strength)

    def _line_color(self) -> Color:
        return INK if self.is_mixed else self.hair.color.shaded(0.52)

    def draw_back(self) -> None:
        """What lies behind the body."""
        pen, shapes = self.pen, self.shapes
        pen.merged(shapes.back, self.back)
        if self.hair.second_mode == "colored_inner_hair":
            self._draw_outer_curtain()
        self._shade_parts(shapes.back[1:])
        self._draw_long_lines()
        if shapes.tails:
            pen.merged(shapes.tails, self.tail)
            self._shade_parts(shapes.tails[::4])
        for start, end, width in shapes.drills:
            self._draw_drill(start, end, width)
        for bun in shapes.buns:
            self._draw_bun(bun)

    def draw_front(self) -> None:
        """The cap, the fringe and what falls before the face."""
        pen, shapes = self.pen, self.shapes
        pen.merged(shapes.front, self.front)
        self._shade_parts(shapes.front)
        pen.merged([shapes.cap], self.front)
        with pen.clipped(shapes.cap):
            self._shade_cap()
        if shapes.ahoge:
            pen.merged(shapes.ahoge, self.front)

    def draw_over(self) -> None:
        """What is laid over the shoulders."""
        pen, shapes = self.pen, self.shapes
        if shapes.over:
            pen.merged(shapes.over, self.tail)
            self._shade_parts(shapes.over)
        for start, end, width in shapes.braids:
            self._draw_braid(start, end, width)

    def _shade_parts(self, parts: list[Path]) -> None:
        if self.style.shading == "flat" or not parts:
            return
        color, alpha = self._shade()
        for part in parts:
            left, top, right, bottom = part.bounds
            middle, height = (left + right) / 2, bottom - top
            if height < 30:
                continue
            low = Path(
                (
                    ("M", (left - 5, bottom + 5)),
                    ("L", (left - 5, bottom - height * 0.22)),
                    ("Q", (middle, bottom - height * 0.1, right + 5, bottom - height * 0.3)),
                    ("L", (right + 5, bottom + 5)),
                    ("Z", ()),
                )
            )
            with self.pen.clipped(part):
                self.pen.fill(low, color, alpha if self.style.shading == "cel" else alpha * 0.5)

    def _draw_long_lines(self) -> None:
        if self.hair.is_short or self.hair.is_gathered:
            return
        lines = Path(())
        for x in range(-90, 91, 20):
            end = self.hair.ends_at * (0.82 + 0.1 * math.sin(x))
            lines += path(f"M {x * 0.6} -40 Q {x} 40 {x * 1.05} {end}").mapped(self.head.behind)
        self.pen.line(lines, self._line_color(), self.pen.line_width * 0.55, 0.4)

    def _draw_outer_curtain(self) -> None:
        """Locks of the first colour at the sides, over the second colour within."""
        ends = self.hair.ends_at
        outer = []
        for side in (-1, 1):
            for j, x in enumerate((104, 90)):
                tip = (side * (x + 4), ends * (0.98 - j * 0.05))
                fallen = lock((side * (x - 8), -40), tip, 46, bend=-side * 12, steps=16)
                outer.append(fallen.mapped(self.head.behind))
        self.pen.merged(outer, self.hair.color.shaded(0.9))

    def _shade_cap(self) -> None:
        pen, random, style = self.pen, self.random, self.style
        on_hair = self.head.on_hair
        shade, alpha = self._shade()
        light, light_alpha = self._light()
        if style.shading == "soft":
            pen.fill(ellipse(0, 6, 120, 46).mapped(on_hair), shade, alpha * 0.45)
        elif style.shading == "cel":
            side = -self.head.far_side
            edge = path("M 112 -120 C 92 -60 96 -20 70 40 L 130 40 L 130 -120 Z").scaled(side, 1)
            pen.fill(edge, shade, alpha * 0.8)
        if self.hair.second_mode == "streaked_hair":
            self._draw_streaks()
        if style.has_ring_of_light and style.shading != "flat":
            pen.fill(_ring_of_light().mapped(on_hair), light, light_alpha)
        lines = Path(())
        for i in range(9):
            x = -84 + 21 * i + random.uniform(-6, 6)
            low = -40 + random.uniform(-18, 10)
            lines += path(f"M {x * 0.22} -122 Q {x * 0.8} -100 {x} {low}").mapped(on_hair)
        pen.line(lines, self._line_color(), pen.line_width * 0.6, 0.6)
        bright, dark = Path(()), Path(())
        for i in range(style.strands):
            x = random.uniform(-100, 100)
            strand = lock(
                (x * 0.12, -124),
                (x, random.uniform(-50, 20)),
                random.uniform(2, 5),
                bend=-x * 0.22,
                steps=5,
            ).mapped(on_hair)
            bright, dark = (bright + strand, dark) if i % 2 else (bright, dark + strand)
        if style.strands:
            pen.fill(bright, light, 0.5)
            pen.fill(dark, shade, 0.5)

    def _draw_streaks(self) -> None:
        side = self.hair.part
        streaks = [
            lock((side * x * 0.25, -126), (side * x, 40), width, bend=-side * x * 0.25, tip="blunt")
            for x, width in ((30, 15), (58, 19), (84, 15))
        ]
        for streak in streaks:
            self.pen.fill(streak.mapped(self.head.on_hair), self.hair.second)

    def _draw_bun(self, bun: Path) -> None:
        left, top, right, bottom = bun.bounds
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        self.pen.merged([bun], self.front)
        lines = Path(())
        for j in range(3):
            lines += path(
                f"M {left + 7} {middle_y + j * 4} "
                f"Q {middle_x} {top + j * 13} {right - 7} {middle_y - 6 + j * 5}"
            )
        self.pen.line(lines, self._line_color(), self.pen.line_width * 0.7, 0.8)

    def _draw_braid(self, start: Point, end: Point, width: float) -> None:
        pen, color = self.pen, self.tail
        base = color.color if isinstance(color, Paint) else color
        count = max(3, round(math.dist(start, end) / (width * 0.52)))
        for i in range(count):
            t = (i + 0.5) / count
            x = start[0] + (end[0] - start[0]) * t + math.sin(t * 3) * 6
            y, size = start[1] + (end[1] - start[1]) * t, width * (1 - 0.3 * t)
            for side in (-1, 1):
                leaf = path(
                    "M 0.02 0.42 C 0.1 -0.1 0.35 -0.52 0.52 -0.22 C 0.62 0.08 0.3 0.4 0.02 0.5 Z"
                )
                placed = leaf.scaled(side * size, size).moved(x, y)
                plain = color if isinstance(color, Paint) or side > 0 else base.shaded(0.93)
                pen.shape(placed, plain)
        tuft = [
            lock((end[0], end[1] - 4), (end[0] + 8 * j, end[1] + width), width * 0.4, steps=6)
            for j in (-1, 0, 1)
        ]
        pen.merged(tuft, color)

    def _draw_drill(self, start: Point, end: Point, width: float) -> None:
        pen = self.pen
        shade, alpha = self._shade()
        light, light_alpha = self._light()
        count = max(3, round(math.dist(start, end) / (width * 0.5)))
        for i in reversed(range(count)):
            t = (i + 0.5) / count
            x = start[0] + (end[0] - start[0]) * t
            y, size = start[1] + (end[1] - start[1]) * t, width * (1.1 - 0.75 * t)
            ring = path(
                "M -0.62 -0.18 Q 0 0.42 0.62 -0.3 Q 0.66 0.1 0.5 0.34 Q 0 0.95 -0.56 0.42 Z"
            )
            placed = ring.scaled(size).moved(x, y)
            pen.shape(placed, self.tail)
            with pen.clipped(placed):
                dark = ellipse(x + size * 0.42, y + size * 0.2, size * 0.3, size * 0.7, -20)
                pen.fill(dark, shade, alpha)
                glint = ellipse(x - size * 0.25, y + size * 0.14, size * 0.1, size * 0.28, 30)
                pen.fill(glint, light, light_alpha)


def _ring_of_light() -> Path:
    """The band of light around a head of glossy hair, its edges zigzag."""
    upper, lower = [], []
    for i in range(13):
        x = -92 + 184 * i / 12
        y = -66 + 26 * (x / 92) ** 2
        upper.append((x, y - 5 - (i % 2) * 9))
        lower.append((x, y + 6 + ((i + 1) % 2) * 10))
    return polygon(upper + lower[::-1])
