"""Collars, and what hangs at them."""

from __future__ import annotations

from zokusei.draw.body import Tailor
from zokusei.draw.color import Color
from zokusei.draw.pen import Path, ellipse, path
from zokusei.draw.shapes import draw_bow, draw_ribbon


def draw_shirt_collar(tailor: Tailor, color: Color, depth: float = 40.0) -> None:
    """The two points of a shirt's collar."""
    n = tailor.body.neck
    for side in (-1, 1):
        point = path(f"M {n + 8} 132 L {n + 30} 160 L 26 {150 + depth} L 0 {156 + depth * 0.3} Z")
        tailor.pen.shape(point.scaled(side, 1), color)


def draw_opening(tailor: Tailor, depth: float) -> None:
    """Skin seen in the V of a collar."""
    n = tailor.body.neck
    skin = tailor.skin
    tailor.pen.fill(path(f"M {-n - 4} 138 L 0 {depth} L {n + 4} 138 Q 0 170 {-n - 4} 138 Z"), skin)
    if tailor.style.shading != "flat":
        shade = path(f"M {-n} 140 Q 0 178 {n} 140 L {n - 4} 134 L {-n + 4} 134 Z")
        tailor.pen.fill(shade, skin.shaded(0.8, -0.015, 0.14), 0.8)


def draw_tie(tailor: Tailor, y: float) -> None:
    """Necktie, bow tie, ribbon or a sailor's bow, from a height down."""
    pen, outfit = tailor.pen, tailor.figure.outfit
    match outfit.tie:
        case "necktie":
            tie = path(f"M -8 {y + 18} L 8 {y + 18} L 22 {y + 128} L 0 {y + 154} L -22 {y + 128} Z")
            pen.shape(tie, outfit.trim)
            if outfit.variant % 3 == 0:
                stripes = Path(())
                for j in range(4):
                    stripes += path(f"M -24 {y + 60 + j * 28} L 24 {y + 40 + j * 28}")
                with pen.clipped(tie):
                    pen.line(stripes, outfit.trim.lit(0.6), 6)
            knot = path(f"M -13 {y - 6} L 13 {y - 6} L 8 {y + 20} L -8 {y + 20} Z")
            pen.shape(knot, outfit.trim.shaded(0.92))
        case "bowtie":
            draw_small_bow(tailor, y + 2)
        case "neck_ribbon":
            draw_ribbon(pen, (0, y), 32, outfit.trim)
        case "bow":
            draw_bow(pen, (0, y), 34, outfit.trim)
        case "scarf":
            ends = path(f"M -8 {y} L 8 {y} L 30 {y + 86} L 4 {y + 104} L 0 {y + 40} Z")
            pen.shape(ends, outfit.trim)
            pen.shape(ends.scaled(-1, 1), outfit.trim)
            pen.shape(ellipse(0, y, 13, 11), outfit.trim.shaded(0.9))


def draw_small_bow(tailor: Tailor, y: float) -> None:
    """A bow tie: two stiff wings and a knot, no ends."""
    pen, color = tailor.pen, tailor.figure.outfit.trim
    for side in (-1, 1):
        wing = path(f"M 0 {y} L 34 {y - 17} Q 40 {y} 34 {y + 17} Z").scaled(side, 1)
        pen.shape(wing, color)
    pen.shape(ellipse(0, y, 8, 9), color.shaded(0.9))
