"""Animal ears, horns, halos, wings and tails."""

from __future__ import annotations

from zokusei.draw.color import CHARCOAL, OFF_WHITE, Color
from zokusei.draw.head import Head
from zokusei.draw.pen import Path, Pen, ellipse, path
from zokusei.draw.scene import Figure
from zokusei.draw.shapes import lock

PINK = Color(0.97, 0.3, 1.0)
CREAM = Color(0.1, 0.06, 1.0)


def draw_animal_ears(pen: Pen, figure: Figure, head: Head) -> None:
    """Ears on top of the head; they stand on the cap of hair."""
    kind, fur = figure.character.ears, _fur(figure)
    if kind in {"", "pointy_ears"}:
        return
    for side in (-1, 1):
        outer, inner, inside = _ear(kind, figure.character.side)
        for shape, color, width in ((outer, fur, None), (inner, inside, 0.0)):
            pen.shape(shape.scaled(side, 1).mapped(head.on_hair), color, width)
        if kind in {"fox_ears", "wolf_ears"}:
            tip = path("M 66 -176 Q 76 -206 94 -212 Q 104 -196 104 -176 Q 84 -188 66 -176 Z")
            if kind == "fox_ears":
                pen.fill(tip.scaled(side, 1).mapped(head.on_hair), CHARCOAL)
            tufts = path("M 46 -104 L 58 -136 L 62 -112 L 74 -142 L 76 -108 Z")
            pen.fill(tufts.scaled(side, 1).mapped(head.on_hair), OFF_WHITE)


def _ear(kind: str, variant: int) -> tuple[Path, Path, Color]:
    """Outline, inside and the colour of the inside, of an ear on the right."""
    match kind:
        case "cat_ears":
            return (
                path("M 28 -108 Q 58 -160 92 -174 Q 110 -116 92 -62 Z"),
                path("M 46 -110 Q 66 -146 86 -154 Q 96 -112 84 -80 Z"),
                PINK,
            )
        case "fox_ears":
            return (
                path("M 26 -106 Q 56 -184 94 -212 Q 118 -140 94 -60 Z"),
                path("M 46 -108 Q 64 -164 88 -184 Q 102 -130 86 -80 Z"),
                CREAM,
            )
        case "wolf_ears":
            return (
                path("M 24 -106 Q 44 -168 84 -196 Q 112 -140 94 -62 Z"),
                path("M 44 -108 Q 58 -152 80 -170 Q 98 -128 84 -82 Z"),
                Color(0.08, 0.12, 0.72),
            )
        case "dog_ears":
            return (
                path(
                    "M 48 -112 Q 84 -142 112 -112 Q 140 -70 132 -18 "
                    "Q 118 4 104 -20 Q 96 -66 48 -112 Z"
                ),
                path("M 84 -108 Q 106 -106 118 -76 Q 126 -48 122 -26 Q 112 -68 84 -108 Z"),
                Color(0.06, 0.3, 0.6),
            )
        case "horse_ears":
            return (
                path("M 40 -110 Q 32 -168 62 -198 Q 88 -164 78 -98 Z"),
                path("M 50 -112 Q 46 -156 62 -178 Q 76 -150 70 -104 Z"),
                CREAM,
            )
    lean = 62.0 if variant > 0 else 48.0
    return (
        lock((36, -100), (lean, -262), 46, bend=-9, tip="round", steps=16),
        lock((39, -116), (lean - 1, -242), 24, bend=-9, tip="round", steps=16),
        PINK,
    )


def _fur(figure: Figure) -> Color:
    if figure.character.ears == "rabbit_ears" and figure.outfit.variant % 2 == 0:
        return OFF_WHITE
    return figure.character.hair.color


def draw_horns(pen: Pen, figure: Figure, head: Head) -> None:
    """A pair of horns: curved, or short and straight."""
    if not figure.character.has_horns:
        return
    color = (Color(0.99, 0.45, 0.4), Color(0.1, 0.14, 0.85), CHARCOAL)[
        figure.character.hair.seed % 3
    ]
    for side in (-1, 1):
        if figure.character.side > 0:
            horn = lock((side * 60, -92), (side * 96, -186), 34, bend=side * 26)
        else:
            horn = lock((side * 46, -100), (side * 58, -166), 30, bend=side * 4)
        pen.shape(horn.mapped(head.on_hair), color)


def draw_halo(pen: Pen, figure: Figure) -> None:
    """A ring of light above the head."""
    if figure.character.has_halo:
        pen.line(ellipse(0, -166, 64, 16), Color(0.12, 0.65, 0.95), 10)
        pen.line(ellipse(0, -166, 64, 16), Color(0.14, 0.25, 1.0), 5)


def draw_wings(pen: Pen, figure: Figure) -> None:
    """Wings behind the shoulders, in the units of the figure."""
    kind = figure.character.wings
    if not kind:
        return
    size = 0.62 if figure.is_chibi else 1.0
    for side in (-1, 1):
        with pen.placed(side * 40 * size, 200, side * size, size):
            if kind == "feathered":
                _draw_feathered_wing(pen)
            else:
                _draw_bat_wing(pen)


def _draw_feathered_wing(pen: Pen) -> None:
    tips = [(330, -120), (346, -50), (340, 20), (318, 88), (284, 146), (240, 194), (190, 226)]
    for i, tip in enumerate(tips):
        root = (70 + 8 * i, -20 + 10 * i)
        pen.shape(lock(root, tip, 66 - 3 * i, bend=18, tip="round", steps=8), OFF_WHITE)
    shoulder = path("M 0 0 Q 120 -150 330 -150 Q 260 -70 200 -10 Q 130 60 60 70 Z")
    pen.shape(shoulder, OFF_WHITE)
    rows = path("M 90 -50 Q 170 -40 220 -90") + path("M 80 0 Q 150 10 200 -40")
    pen.line(rows, OFF_WHITE.shaded(0.7), pen.line_width * 0.8)


def _draw_bat_wing(pen: Pen) -> None:
    skin = Color(0.78, 0.3, 0.3)
    wing = path(
        "M 0 20 Q 90 -110 200 -170 Q 290 -130 350 -20 Q 290 -30 270 40 Q 220 10 190 90 "
        "Q 140 50 110 130 Q 60 70 0 70 Z"
    )
    pen.shape(wing, skin)
    ribs = path("M 200 -170 Q 250 -60 270 40") + path("M 200 -170 Q 200 -40 190 90")
    ribs += path("M 200 -170 Q 140 -20 110 130")
    pen.line(ribs, pen.outline_of(skin), pen.line_width * 1.2)


def draw_tail(pen: Pen, figure: Figure) -> None:
    """A tail behind the body, curving out to one side."""
    kind = figure.character.tail
    if not kind:
        return
    side = figure.character.side
    root_y = figure.body_to_figure(575)
    size = 0.5 if figure.is_chibi else 1.0
    color = _fur(figure)
    with pen.placed(side * 50 * size, root_y, side * size, size):
        match kind:
            case "cat":
                curve = path("M 0 0 Q 150 90 190 -30 Q 206 -110 250 -120")
                pen.line(curve, pen.outline_of(color), 26 + pen.line_width * 2)
                pen.line(curve, color, 26)
            case "fox" | "wolf":
                brush = path(
                    "M 0 -10 Q 120 120 190 20 Q 220 -80 290 -150 "
                    "Q 330 -40 270 60 Q 170 200 -10 30 Z"
                )
                pen.shape(brush, color)
                tip = path("M 290 -150 Q 330 -40 290 26 Q 270 -20 240 -44 Q 262 -110 290 -150 Z")
                pen.shape(tip, OFF_WHITE if kind == "fox" else color.shaded(0.8))
            case "dog":
                brush = path(
                    "M 0 0 Q 90 40 130 -30 Q 160 -110 240 -100 Q 220 60 110 90 Q 30 90 0 40 Z"
                )
                pen.shape(brush, color)
            case "horse":
                parts = [
                    lock((10, -10), (190 + 20 * j, 300 - 30 * j), 80, bend=-70 - 10 * j)
                    for j in range(3)
                ]
                pen.merged(parts, color)
            case "rabbit":
                pen.shape(ellipse(66, 10, 40, 38), color)
            case "demon":
                dark = Color(0.78, 0.3, 0.28)
                curve = path("M 0 0 Q 130 110 180 0 Q 206 -70 250 -90")
                pen.line(curve, pen.outline_of(dark), 13 + pen.line_width * 2)
                pen.line(curve, dark, 13)
                pen.shape(path("M 236 -66 L 236 -120 L 300 -124 L 276 -62 Z"), dark)
