"""Clothes on a body, from the legs up to the collar."""

from __future__ import annotations

from collections.abc import Callable

from zokusei.draw import casual, robes, uniforms
from zokusei.draw.body import BEHIND, Body, Tailor, draw_arm, draw_boots, draw_legs, draw_neck
from zokusei.draw.bottoms import draw_bottom
from zokusei.draw.color import OFF_WHITE, Color
from zokusei.draw.pen import Pen, ellipse, path
from zokusei.draw.scene import NECK_Y, Figure, Style

TOPS: dict[str, Callable[[Tailor], None]] = {
    "serafuku": uniforms.draw_serafuku,
    "blazer": uniforms.draw_suit,
    "suit": uniforms.draw_suit,
    "gakuran": uniforms.draw_gakuran,
    "military_uniform": uniforms.draw_military_uniform,
    "armor": uniforms.draw_armor,
    "maid": uniforms.draw_maid,
    "kimono": robes.draw_kimono,
    "yukata": robes.draw_kimono,
    "hakama": robes.draw_hakama_top,
    "china_dress": robes.draw_china_dress,
    "dress": robes.draw_dress,
    "cloak": robes.draw_cloak,
    "hoodie": casual.draw_hoodie,
    "sweater": casual.draw_sweater,
    "t-shirt": casual.draw_t_shirt,
    "collared_shirt": casual.draw_collared_shirt,
    "camisole": casual.draw_camisole,
    "jacket": casual.draw_jacket,
}

TUCKED = frozenset({"t-shirt", "collared_shirt", "camisole", "hakama"})
"""Tops that go under the waistband."""


def draw_body(pen: Pen, figure: Figure, style: Style) -> None:
    """Draws the dressed body up to the neck, in the units of the figure."""
    tailor = Tailor(pen, figure, Body.from_figure(figure), style)
    wide, tall = figure.body_scale
    with pen.placed(0, NECK_Y * (1 - tall), wide, tall), pen.mapped(tailor.body.turned):
        has_arms = figure.outfit.garment != "cloak"
        poses = dict(zip((-1, 1), figure.arms, strict=True))
        if has_arms:
            for side in (-1, 1):
                if poses[side] in BEHIND:
                    draw_arm(tailor, side)
        draw_legs(tailor)
        if figure.outfit.bottom != "pants":
            draw_boots(tailor)
        draw_neck(tailor)
        if figure.outfit.garment in TUCKED:
            TOPS[figure.outfit.garment](tailor)
            draw_bottom(tailor)
        else:
            draw_bottom(tailor)
            TOPS[figure.outfit.garment](tailor)
        if figure.outfit.bottom == "pants":
            draw_boots(tailor)
        if figure.outfit.has_apron:
            _draw_apron(tailor)
        if has_arms:
            for side in (-1, 1):
                if poses[side] not in BEHIND:
                    draw_arm(tailor, side)
        if figure.outfit.garment == "armor":
            uniforms.draw_pauldrons(tailor)
        _draw_neckwear(tailor)


def _draw_apron(tailor: Tailor) -> None:
    pen, body = tailor.pen, tailor.body
    color = OFF_WHITE if tailor.figure.outfit.variant % 2 else tailor.figure.outfit.trim
    wide = body.hip + 6
    apron = path(
        f"M -46 236 Q 0 246 46 236 L 60 400 Q {wide} 420 {wide} 470 L {wide + 8} 690 "
        f"Q 0 716 {-wide - 8} 690 L {-wide} 470 Q {-wide} 420 -60 400 Z"
    )
    for side in (-1, 1):
        pen.line(path(f"M {side * 42} 240 L {side * (body.neck + 14)} 158"), color, 9)
    pen.shape(apron, color)
    tailor.shade(apron, color)
    ties = path(f"M {-body.waist - 6} 414 Q 0 432 {body.waist + 6} 414")
    pen.line(ties, color.shaded(0.85), 8)
    pocket = path("M -40 500 L 40 500 L 36 566 Q 0 576 -36 566 Z")
    pen.shape(pocket, color.shaded(0.95), pen.line_width * 0.8)


def _draw_neckwear(tailor: Tailor) -> None:
    pen, n = tailor.pen, tailor.body.neck
    worn, trim = tailor.figure.worn, tailor.figure.outfit.trim
    if "choker" in worn:
        band = path(f"M {-n - 2} 124 Q 0 148 {n + 2} 124 L {n + 3} 139 Q 0 164 {-n - 3} 139 Z")
        pen.shape(band, Color(0.6, 0.05, 0.15))
        pen.shape(ellipse(0, 155, 5, 6), trim, pen.line_width * 0.7)
    if "scarf" in worn:
        tail = path("M 20 184 L 70 176 L 84 330 L 36 336 Z")
        pen.shape(tail.scaled(tailor.figure.character.side, 1), trim.shaded(0.92))
        around = path(
            "M -68 118 Q 0 168 68 118 Q 96 160 60 190 Q 0 216 -60 190 Q -96 160 -68 118 Z"
        )
        pen.shape(around, trim)
        folds = path("M -60 142 Q 0 188 66 142") + path("M -50 168 Q 0 204 30 188")
        pen.line(folds, pen.outline_of(trim), pen.line_width * 0.7)
