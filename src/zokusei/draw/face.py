"""The face: its outline, ears, nose, mouth and marks."""

from __future__ import annotations

from zokusei.draw.color import OFF_WHITE, Color
from zokusei.draw.eyes import EYE_Y, draw_brows, draw_eyes
from zokusei.draw.head import Head
from zokusei.draw.pen import Path, Pen, ellipse, path, rectangle
from zokusei.draw.scene import Figure, Style

BLUSH = Color(0.985, 0.52, 1.0)
MOUTH = Color(0.99, 0.62, 0.58)
TONGUE = Color(0.98, 0.45, 0.95)


def face_outline(figure: Figure, head: Head) -> Path:
    """The face from temple to temple; its far cheek is seen when it is turned."""
    turn, chin_x, chin_y = abs(head.yaw), abs(head.chin_x), head.chin_y
    jaw = 5.0 if figure.character.is_boy else 0.0
    puff = 8.0 if figure.is_chibi else 0.0
    far, near = 91 - 7 * turn, -91 + 8 * turn
    outline = path(
        f"M {near} -30 "
        f"C {near - 1} 34 {near + 12 + 6 * turn - jaw - puff} {66 + jaw} "
        f"{chin_x - 39} {chin_y - 24} "
        f"Q {chin_x - 14} {chin_y} {chin_x} {chin_y} "
        f"Q {chin_x + 13} {chin_y} {chin_x + 36 - 6 * turn} {chin_y - 24} "
        f"C {far - 14 + jaw + puff} {70 + jaw} {far + 2} {40 + 8 * turn} {far - 3 * turn} 6 "
        f"C {far} -20 {far} -20 {far} -30 C {far} -130 {near} -130 {near} -30 Z"
    )
    return outline.scaled(head.far_side, 1)


def draw_ears(pen: Pen, figure: Figure, head: Head) -> None:
    """Ears of people and elves; the far one goes behind the head as it turns."""
    skin = figure.character.skin
    is_pointed = figure.character.ears == "pointy_ears"
    for side in (-1, 1):
        near = side * head.far_side < 0
        x = 91 - (26 if near else 8) * abs(head.yaw)
        if near:
            x = max(x, 76)
        if is_pointed:
            ear = path("M -8 -22 Q 26 -40 60 -52 Q 40 0 -4 22 Z")
        else:
            ear = ellipse(0, 0, 13, 21)
        fold = path("M 1 -12 Q 10 -4 1 10")
        pen.shape(ear.moved(x, 18).scaled(side, 1), skin)
        pen.line(fold.moved(x, 18).scaled(side, 1), skin.shaded(0.6), pen.line_width * 0.6)


def draw_face(pen: Pen, figure: Figure, head: Head, style: Style, cap: Path) -> Path:
    """Draws the face and all in it; returns its outline."""
    character = figure.character
    outline = face_outline(figure, head)
    pen.shape(outline, character.skin)
    with pen.clipped(outline):
        _shade(pen, figure, head, style, cap)
        with pen.mapped(head.on_face):
            _draw_blush(pen, figure, style)
            _draw_marks(pen, figure)
    draw_eyes(pen, figure, head, style)
    draw_brows(pen, figure, head)
    if figure.has_tears:
        _draw_tears(pen, head)
    _draw_nose(pen, figure, head)
    with pen.mapped(head.on_face):
        if "facial_hair" in character.marks:
            _draw_beard(pen, figure, head)
        _draw_mouth(pen, figure, head)
    return outline


def _shade(pen: Pen, figure: Figure, head: Head, style: Style, cap: Path) -> None:
    if style.shading == "flat":
        return
    skin = figure.character.skin
    pen.fill(cap.moved(2 + 5 * head.yaw, 9), skin.shaded(0.82, -0.015, 0.12), 0.85)
    if style.shading == "soft":
        low = ellipse(head.chin_x, head.chin_y + 18, 90, 44)
        pen.fill(low, skin.shaded(0.88), 0.4)


def _draw_blush(pen: Pen, figure: Figure, style: Style) -> None:
    if not figure.blushes:
        return
    tone = BLUSH if figure.character.skin.value > 0.7 else Color(0.99, 0.65, 0.75)
    for side in (-1, 1):
        x = side * 52
        pen.fill(ellipse(x, 58, 19, 9), tone, 0.32)
        pen.fill(ellipse(x, 58, 12, 5.5), tone, 0.3)
        if style.shading != "soft" or style.is_monochrome:
            hatch = Path(())
            for j in range(3):
                hatch += path(f"M {x - 10 + j * 8} 63 L {x - 5 + j * 8} 53")
            pen.line(hatch, Color(0.98, 0.6, 0.78), pen.line_width * 0.4 + 0.7, 0.9)


def _draw_marks(pen: Pen, figure: Figure) -> None:
    character = figure.character
    side, marks, skin = character.side, character.marks, character.skin
    dark = Color(0.06, 0.6, min(0.2, skin.value * 0.35))
    if "freckles" in marks:
        for sign in (-1, 1):
            for x, y in ((34, 56), (44, 60), (54, 56), (39, 65), (50, 67)):
                pen.fill(ellipse(sign * x, y, 2.1, 2.0), skin.shaded(0.55), 0.95)
        pen.fill(ellipse(-7, 50, 1.8, 1.8), skin.shaded(0.55), 0.9)
        pen.fill(ellipse(8, 47, 1.8, 1.8), skin.shaded(0.55), 0.9)
    if "mole_under_eye" in marks:
        pen.fill(ellipse(side * 53, EYE_Y + 31, 3.0, 3.0), dark)
    if "mole" in marks:
        pen.fill(ellipse(-side * 26, 92, 3.0, 3.0), dark)
    if "scar" in marks:
        _draw_scar(pen, figure)


def _draw_scar(pen: Pen, figure: Figure) -> None:
    side, skin = figure.character.side, figure.character.skin
    scar = Color(0.99, 0.5, min(0.72, skin.value * 0.8))
    cut = path("M 30 48 L 60 76 M 38 64 L 48 54 M 47 73 L 57 63").scaled(-side, 1)
    pen.line(cut, scar, 3.0)


def _draw_tears(pen: Pen, head: Head) -> None:
    water = Color(0.55, 0.25, 1.0)
    with pen.mapped(head.on_face):
        for side in (-1, 1):
            drop = path("M 46 44 Q 36 62 41 72 Q 48 80 54 72 Q 57 62 46 44 Z").scaled(side, 1)
            pen.fill(drop, water, 0.9)
            pen.line(drop, Color(0.57, 0.55, 0.75), pen.line_width * 0.5 + 0.5)
            pool = path("M 26 42 Q 42 54 60 38 Q 44 46 26 42 Z").scaled(side, 1)
            pen.fill(pool, water, 0.95)


def _draw_nose(pen: Pen, figure: Figure, head: Head) -> None:
    skin = figure.character.skin
    x, y = head.on_face(0, 56)
    x += 7 * head.yaw
    lean = 4 * head.far_side
    line = path(f"M {x - 1} {y - 2} L {x + lean} {y + 4}")
    if abs(head.yaw) > 0.5:
        line = path(f"M {x - lean * 0.6} {y - 10} L {x + lean} {y + 2} L {x - lean * 0.3} {y + 5}")
    pen.line(line, skin.shaded(0.5, -0.02, 0.2), pen.line_width * 0.7 + 0.4)


def _draw_beard(pen: Pen, figure: Figure, head: Head) -> None:
    chin, color = head.chin_y, figure.character.hair.color.shaded(0.8)
    if figure.character.side > 0:
        beard = path(
            f"M -22 {chin - 20} Q 0 {chin - 10} 22 {chin - 20} "
            f"Q 20 {chin + 2} 0 {chin + 16} Q -20 {chin + 2} -22 {chin - 20} Z"
        )
        pen.shape(beard, color, pen.line_width * 0.6)
    else:
        full = path(
            f"M -84 40 Q -66 {chin - 34} -30 {chin - 30} Q 0 {chin - 18} 30 {chin - 30} "
            f"Q 66 {chin - 34} 84 40 Q 82 84 44 {chin + 2} Q 0 {chin + 20} -44 {chin + 2} "
            "Q -82 84 -84 40 Z"
        )
        pen.shape(full, color, pen.line_width * 0.6)
    moustache = path(
        f"M 0 {chin - 44} Q -16 {chin - 50} -26 {chin - 34} Q -12 {chin - 38} 0 {chin - 38} "
        f"Q 12 {chin - 38} 26 {chin - 34} Q 16 {chin - 50} 0 {chin - 44} Z"
    )
    pen.shape(moustache, color, pen.line_width * 0.6)


def _draw_mouth(pen: Pen, figure: Figure, head: Head) -> None:
    y = head.chin_y - 31
    ink = figure.character.skin.shaded(0.36, -0.03, 0.25)
    width = pen.line_width * 0.8 + 0.7
    curves = {
        "smile": f"M -13 {y - 2} Q 0 {y + 9} 13 {y - 2}",
        "closed": f"M -9 {y} Q 0 {y + 2} 9 {y}",
        "frown": f"M -12 {y + 5} Q 0 {y - 6} 12 {y + 5}",
        "cat": f"M -16 {y - 3} Q -8 {y + 8} 0 {y - 2} Q 8 {y + 8} 16 {y - 3}",
    }
    if figure.mouth in curves:
        pen.line(path(curves[figure.mouth]), ink, width)
        return
    if figure.mouth == "open":
        hole = ellipse(0, y + 2, 9, 8)
    else:
        hole = path(
            f"M -17 {y - 6} Q 0 {y - 1} 17 {y - 6} Q 12 {y + 17} 0 {y + 17} "
            f"Q -12 {y + 17} -17 {y - 6} Z"
        )
    pen.fill(hole, MOUTH)
    with pen.clipped(hole):
        if figure.mouth == "grin":
            pen.fill(rectangle(-22, y - 10, 22, y + 20), OFF_WHITE)
            pen.line(path(f"M -16 {y + 4} Q 0 {y + 8} 16 {y + 4}"), ink, width * 0.5)
        else:
            pen.fill(ellipse(0, y + 16, 10, 8), TONGUE)
        if figure.mouth == "fang":
            side = figure.character.side
            pen.fill(path(f"M 3 {y - 7} L 13 {y - 7} L 8 {y + 7} Z").scaled(side, 1), OFF_WHITE)
    pen.line(hole, ink, width * 0.8)


def draw_brows_over_hair(pen: Pen, figure: Figure, head: Head, outline: Path) -> None:
    """Brows seen faintly through the fringe, as artists often let them."""
    with pen.clipped(outline):
        draw_brows(pen, figure, head, 0.35)
