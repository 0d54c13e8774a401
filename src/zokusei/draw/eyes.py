"""Eyes and brows."""

from __future__ import annotations

from zokusei.draw.color import INK, OFF_WHITE, WHITE, Color
from zokusei.draw.head import Head
from zokusei.draw.pen import Path, Pen, PointMap, ellipse, path, rectangle
from zokusei.draw.scene import Figure, Style

EYE_X, EYE_Y = 43.0, 22.0
TALL = {"round": 27.0, "tsurime": 25.0, "tareme": 25.0, "narrow": 18.0}
CORNER = {"round": -1.0, "tsurime": -9.0, "tareme": 8.0, "narrow": -2.0}
"""How high the outer corner stands, in units; negative is up."""

LID = {"open": 1.0, "half": 0.18, "jitome": -0.06}
"""How far the upper lid is up."""


def draw_eyes(pen: Pen, figure: Figure, head: Head, style: Style) -> None:
    """Both eyes with their lashes."""
    for side in (-1, 1):
        eyes = figure.character.eyes
        with pen.mapped(_socket(figure, head, style, side)):
            if figure.lids == "closed" or (figure.lids == "wink" and side == figure.character.side):
                _draw_closed(pen, figure)
            else:
                _draw_open(pen, figure, style, eyes.left if side < 0 else eyes.right, side)


def _socket(figure: Figure, head: Head, style: Style, side: int) -> PointMap:
    """From an eye's own units, its middle the origin and its outer corner right, to the face."""
    tall = style.eye_size * (1.18 if figure.is_chibi else 1.0)
    wide = tall * (1 - 0.1 * abs(head.yaw))
    return lambda x, y: head.on_face(side * (EYE_X + x * wide), EYE_Y + y * tall)


def lash_color(pen: Pen, figure: Figure) -> Color:
    """Lashes are black, or as dark as the hair makes them."""
    hair = figure.character.hair.color
    return INK if pen.black_lines else Color(hair.hue, min(0.5, hair.saturation), 0.16)


def _draw_closed(pen: Pen, figure: Figure) -> None:
    droop = 18 if figure.mouth in {"closed", "frown"} else -12
    corner = CORNER[figure.character.eyes.shape] * 0.6
    lid = path(f"M -22 4 Q 0 {4 + droop} 25 {4 + corner}")
    color = lash_color(pen, figure)
    pen.line(lid, color, pen.line_width * 1.2 + 2.4)
    if not figure.character.is_boy:
        lashes = path(f"M 25 {4 + corner} L 32 {4 + corner + (3 if droop > 0 else -3)}")
        pen.line(lashes, color, 2.2)


def _white(tall: float, corner: float, lid: float) -> Path:
    return path(
        f"M -22 5 C -16 {-tall * 0.92 * lid} 10 {-tall * 1.08 * lid} "
        f"25 {(-4 + corner) * max(lid, 0.4)} C 24 {tall * 0.72} -12 {tall * 0.92} -22 5 Z"
    )


def _draw_open(pen: Pen, figure: Figure, style: Style, color: Color, side: int) -> None:
    shape, is_boy = figure.character.eyes.shape, figure.character.is_boy
    lid = LID.get(figure.lids, 1.0)
    tall, corner = TALL[shape], CORNER[shape]
    white = _white(tall, corner, lid)
    pen.fill(white, OFF_WHITE)
    ry = tall * (0.86 if shape != "narrow" else 1.0)
    rx = 12.5 if is_boy else 15.5
    with pen.clipped(white):
        _draw_iris(pen, style, color, rx, ry)
        top = -tall * 0.5 if lid == 1 else -2
        shadow = rectangle(-32, -44, 32, top)
        pen.fill(shadow, Color(0.68, 0.3, 0.25), 0.3)
    _draw_lights(pen, rx, ry, side, lid)
    _draw_lashes(pen, figure, tall, corner, lid)


def _draw_iris(pen: Pen, style: Style, color: Color, rx: float, ry: float) -> None:
    iris = ellipse(1, 1, rx, ry)
    y = EYE_Y
    if style.iris == "gradient":
        # Gradients lie in the units of the figure: the eye's middle is at EYE_Y.
        stops = [(0.0, color.shaded(0.5)), (0.5, color.shaded(0.9)), (1.0, color.lit(0.35))]
        pen.fill(iris, pen.gradient(y - ry, y + ry, stops))
    elif style.iris == "ring":
        pen.fill(iris, color.shaded(0.6))
        pen.fill(ellipse(1, 2, rx * 0.74, ry * 0.78), color)
    else:
        pen.fill(iris, color)
        pen.fill(ellipse(1, -ry * 0.45, rx, ry * 0.6), color.shaded(0.62), 0.8)
    pen.line(iris, color.shaded(0.32), 1.6)
    pen.fill(ellipse(1, 1, rx * 0.42, ry * 0.44), color.shaded(0.22))
    pen.fill(ellipse(1, ry * 0.62, rx * 0.6, ry * 0.26), color.lit(0.7), 0.6)


def _draw_lights(pen: Pen, rx: float, ry: float, side: int, lid: float) -> None:
    if lid < 1:
        pen.fill(ellipse(-4 * side, 5, 2.8, 2.6), WHITE, 0.9)
        return
    pen.fill(ellipse(-5 * side, -ry * 0.4, rx * 0.34, ry * 0.26), WHITE)
    pen.fill(ellipse(6 * side, ry * 0.45, 2.6, 2.8), WHITE, 0.9)


def _draw_lashes(pen: Pen, figure: Figure, tall: float, corner: float, lid: float) -> None:
    color = lash_color(pen, figure)
    edge = (-4 + corner) * max(lid, 0.4)
    upper = path(
        f"M -24 7 C -18 {-tall * 0.98 * lid - 3} 10 {-tall * 1.16 * lid - 4} 30 {edge - 4} "
        f"L 27 {edge + 3} C 12 {-tall * 0.98 * lid + 1} -12 {-tall * 0.76 * lid + 1} -24 7 Z"
    )
    pen.fill(upper, color)
    if not figure.character.is_boy:
        pen.line(path(f"M 22 {edge - 4} L 33 {edge - 8 + corner * 0.3}"), color, 2.2)
    lower = path(f"M -6 {tall * 0.7} Q 10 {tall * 0.74} 22 {tall * 0.28 + corner * 0.3}")
    pen.line(lower, color, pen.line_width * 0.5 + 0.7, 0.8)
    if lid == 1:
        fold = path(f"M -12 {-tall * 1.05} Q 6 {-tall * 1.28} 22 {-tall * 0.72 + corner}")
        pen.line(fold, figure.character.skin.shaded(0.55), pen.line_width * 0.5 + 0.4, 0.8)


def draw_brows(pen: Pen, figure: Figure, head: Head, alpha: float = 1.0) -> None:
    """Brows, which show the mood."""
    hair, is_boy = figure.character.hair.color, figure.character.is_boy
    color = hair.shaded(0.55, 0.0) if hair.value > 0.3 else hair
    inner = {"frown": 6.0, "smile": -1.0}.get(figure.mouth, 0.0)
    inner = 5.0 if figure.lids == "jitome" else inner
    inner = -6.0 if figure.has_tears else inner
    brows = Path(())
    for side in (-1, 1):
        brow = path(f"M -22 {-22 + inner} Q 2 {-30 - inner * 0.2} 24 {-21 - inner * 0.4}")
        brows += brow.moved(EYE_X, 0).scaled(side, 1).mapped(head.on_face)
    pen.line(brows, color, (3.8 if is_boy else 2.4) + pen.line_width * 0.3, alpha)
