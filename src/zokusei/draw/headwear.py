"""Hats, crowns, veils, hoods and what else is worn on the head."""

from __future__ import annotations

import math

from zokusei.draw.color import CHARCOAL, GOLD, OFF_WHITE, Color
from zokusei.draw.head import Head
from zokusei.draw.pen import Path, Pen, ellipse, path
from zokusei.draw.scene import Figure


def hood_color(figure: Figure) -> Color:
    """A hood is of the cloth of the garment it belongs to."""
    return figure.outfit.main


def draw_hood_back(pen: Pen, figure: Figure) -> None:
    """The inside of a hood that is up, behind the head."""
    if "hood" in figure.worn:
        back = path(
            "M -128 128 C -160 -40 -110 -164 0 -168 C 110 -164 160 -40 128 128 Q 0 190 -128 128 Z"
        )
        pen.shape(back, hood_color(figure).shaded(0.6))


def draw_veil_back(pen: Pen, figure: Figure) -> None:
    """A veil falling behind the head."""
    if "veil" in figure.worn:
        veil = path(
            "M -100 -70 C -150 40 -170 200 -190 380 Q 0 420 190 380 C 170 200 150 40 100 -70 Z"
        )
        pen.fill(veil, OFF_WHITE, 0.62)
        pen.line(veil, OFF_WHITE.shaded(0.7), pen.line_width * 0.7)


def draw_headwear(pen: Pen, figure: Figure, head: Head) -> None:
    """What sits on the head, over the hair."""
    painters = {
        "beret": _draw_beret,
        "witch_hat": _draw_witch_hat,
        "baseball_cap": _draw_baseball_cap,
        "straw_hat": _draw_straw_hat,
        "military_hat": _draw_military_hat,
        "hood": _draw_hood,
        "maid_headdress": _draw_maid_headdress,
        "tiara": _draw_tiara,
        "crown": _draw_crown,
        "veil": _draw_veil,
        "headphones": _draw_headphones,
        "hairband": _draw_hairband,
    }
    with pen.mapped(head.on_hair):
        for name, draw in painters.items():
            if name in figure.worn:
                draw(pen, figure)


def _draw_beret(pen: Pen, figure: Figure) -> None:
    color, side = figure.outfit.trim, figure.character.side
    cap = path(
        "M -102 -66 C -156 -116 -70 -176 20 -168 C 122 -164 146 -96 102 -66 Q 0 -112 -102 -66 Z"
    )
    pen.shape(cap.scaled(side, 1), color)
    band = path("M -104 -66 Q 0 -114 104 -66 L 101 -54 Q 0 -100 -101 -54 Z")
    pen.shape(band, color.shaded(0.8))
    pen.line(path("M 18 -168 Q 22 -182 34 -184").scaled(side, 1), color.shaded(0.7), 6)
    fold = path("M -80 -110 Q -20 -140 50 -140").scaled(side, 1)
    pen.line(fold, pen.outline_of(color), pen.line_width * 0.7)


def _draw_witch_hat(pen: Pen, figure: Figure) -> None:
    dark = Color(0.74, 0.4, 0.26)
    color = dark if figure.outfit.variant % 3 else figure.outfit.trim
    side = figure.character.side
    cone = path(
        "M -86 -84 Q -40 -190 26 -232 Q 66 -266 104 -236 Q 62 -226 66 -186 Q 74 -130 90 -84 Z"
    )
    pen.shape(cone.scaled(side, 1), color)
    ribbon = path("M -88 -84 Q 0 -58 92 -84 L 84 -118 Q 0 -94 -72 -118 Z").scaled(side, 1)
    pen.shape(ribbon, figure.outfit.second if not figure.outfit.second.value < 0.4 else GOLD)
    brim = path(
        "M -178 -66 Q -120 -104 -90 -86 Q 0 -62 90 -86 Q 120 -104 178 -66 Q 90 -26 0 -28 "
        "Q -90 -26 -178 -66 Z"
    )
    pen.shape(brim, color)
    buckle = path("M -16 -102 L 16 -102 L 16 -74 L -16 -74 Z")
    pen.line(buckle, GOLD, 6)


def _draw_baseball_cap(pen: Pen, figure: Figure) -> None:
    color = figure.outfit.trim
    dome = path("M -112 -46 C -114 -168 114 -168 112 -46 Q 0 -92 -112 -46 Z")
    pen.shape(dome, color)
    seams = path("M 0 -136 L 0 -70") + path("M 0 -136 Q -60 -120 -70 -62")
    seams += path("M 0 -136 Q 60 -120 70 -62")
    pen.line(seams, pen.outline_of(color), pen.line_width * 0.7)
    pen.shape(ellipse(0, -138, 9, 6), color.shaded(0.85))
    peak = path("M -92 -62 Q 0 -104 92 -62 Q 124 -22 84 -22 Q 0 -54 -84 -22 Q -124 -22 -92 -62 Z")
    pen.shape(peak, color.shaded(0.82))
    badge = path("M -16 -112 L 16 -112 L 14 -90 L 0 -80 L -14 -90 Z")
    pen.shape(badge, OFF_WHITE if color.value < 0.85 else CHARCOAL, pen.line_width * 0.7)


def _draw_straw_hat(pen: Pen, figure: Figure) -> None:
    straw = Color(0.125, 0.42, 0.93)
    dome = path("M -96 -78 C -104 -184 104 -184 96 -78 Z")
    pen.shape(dome, straw)
    band = path("M -97 -76 Q 0 -52 97 -76 L 98 -106 Q 0 -82 -98 -106 Z")
    pen.shape(band, figure.outfit.trim)
    brim = path(
        "M -184 -62 Q -140 -96 -98 -78 Q 0 -54 98 -78 Q 140 -96 184 -62 Q 110 -24 0 -26 "
        "Q -110 -24 -184 -62 Z"
    )
    pen.shape(brim, straw)
    weave = Path(())
    for i in range(-7, 8):
        weave += path(f"M {i * 12} {-60 + abs(i)} L {i * 22} {-32 - abs(i) * 2.2}")
    for y in (-160, -142, -124):
        weave += path(f"M {-70 - (y + 160) * 0.5} {y} Q 0 {y + 18} {70 + (y + 160) * 0.5} {y}")
    pen.line(weave, straw.shaded(0.72), pen.line_width * 0.6, 0.8)


def _draw_military_hat(pen: Pen, figure: Figure) -> None:
    color = (
        figure.outfit.main if figure.outfit.garment == "military_uniform" else figure.outfit.trim
    )
    crown = path(
        "M -98 -96 Q -150 -130 -118 -158 Q 0 -196 118 -158 Q 150 -130 98 -96 Q 0 -128 -98 -96 Z"
    )
    pen.shape(crown, color)
    band = path("M -102 -66 L -98 -100 Q 0 -132 98 -100 L 102 -66 Q 0 -104 -102 -66 Z")
    pen.shape(band, color.shaded(0.65))
    peak = path("M -90 -70 Q 0 -106 90 -70 Q 86 -40 64 -36 Q 0 -70 -64 -36 Q -86 -40 -90 -70 Z")
    pen.shape(peak, CHARCOAL)
    pen.line(path("M -94 -76 Q 0 -112 94 -76"), GOLD, 5)
    pen.shape(ellipse(0, -134, 15, 14), GOLD)


def _draw_hood(pen: Pen, figure: Figure) -> None:
    color = hood_color(figure)
    rim = path(
        "M -124 140 C -158 -30 -110 -166 0 -172 C 110 -166 158 -30 124 140 L 92 130 "
        "C 122 10 88 -112 0 -114 C -88 -112 -122 10 -92 130 Z"
    )
    pen.shape(rim, color)
    seam = path("M -110 120 C -136 -20 -98 -138 0 -142 C 98 -138 136 -20 110 120")
    pen.line(seam, color.shaded(0.75), pen.line_width * 0.7)


def _arc(radius_x: float, radius_y: float, width: float, reach: float) -> Path:
    """A band over the head, from one side to the other."""
    inner_x, inner_y = radius_x - width * 0.55, radius_y - width
    y = -24 + reach
    return path(
        f"M {-radius_x} {y} C {-radius_x + 2} {-24 - radius_y * 0.72} {-radius_x * 0.5} "
        f"{-24 - radius_y} 0 {-24 - radius_y} C {radius_x * 0.5} {-24 - radius_y} "
        f"{radius_x - 2} {-24 - radius_y * 0.72} {radius_x} {y} L {inner_x} {y} "
        f"C {inner_x - 2} {-24 - inner_y * 0.72} {inner_x * 0.5} {-24 - inner_y} 0 {-24 - inner_y} "
        f"C {-inner_x * 0.5} {-24 - inner_y} {-inner_x + 2} {-24 - inner_y * 0.72} {-inner_x} {y} Z"
    )


def _draw_maid_headdress(pen: Pen, figure: Figure) -> None:
    ribbon = CHARCOAL if figure.outfit.variant % 3 else figure.outfit.main
    for i in range(11):
        turn = math.pi * (0.16 + 0.68 * i / 10)
        x, y = -math.cos(turn) * 108, -24 - math.sin(turn) * 116
        pen.shape(ellipse(x, y, 17, 17), OFF_WHITE, pen.line_width * 0.8)
    pen.shape(_arc(103, 108, 20, -44), OFF_WHITE)
    pen.shape(_arc(96, 95, 8, -40), ribbon, pen.line_width * 0.6)


def _draw_tiara(pen: Pen, figure: Figure) -> None:
    metal = GOLD if figure.outfit.variant % 2 else Color(0.6, 0.06, 0.9)
    band = path(
        "M -62 -96 L -56 -122 L -38 -112 L -26 -136 L -12 -120 L 0 -158 L 12 -120 L 26 -136 "
        "L 38 -112 L 56 -122 L 62 -96 Q 0 -122 -62 -96 Z"
    )
    pen.shape(band, metal)
    for x, y, size in ((0, -130, 7), (-27, -120, 4.5), (27, -120, 4.5)):
        pen.shape(ellipse(x, y, size, size * 1.2), figure.outfit.trim, pen.line_width * 0.6)


def _draw_crown(pen: Pen, figure: Figure) -> None:
    base = path(
        "M -60 -104 L -72 -172 L -36 -140 L 0 -190 L 36 -140 L 72 -172 L 60 -104 Q 0 -84 -60 -104 Z"
    )
    pen.shape(base, GOLD)
    band = path("M -61 -106 Q 0 -86 61 -106 L 64 -122 Q 0 -102 -64 -122 Z")
    pen.shape(band, GOLD.shaded(0.85))
    for x, y in ((-72, -174), (0, -192), (72, -174)):
        pen.shape(ellipse(x, y, 8, 8), figure.outfit.trim, pen.line_width * 0.8)
    pen.shape(ellipse(0, -106, 8, 8), figure.outfit.trim, pen.line_width * 0.8)


def _draw_veil(pen: Pen, figure: Figure) -> None:
    top = path(
        "M -112 150 C -140 0 -122 -140 0 -140 C 122 -140 140 0 112 150 L 132 300 Q 150 340 168 310 "
        "C 160 100 168 -166 0 -166 C -168 -166 -160 100 -168 310 Q -150 340 -132 300 Z"
    )
    pen.fill(top, OFF_WHITE, 0.72)
    pen.line(top, OFF_WHITE.shaded(0.65), pen.line_width * 0.8)
    pen.shape(_arc(104, 110, 16, -50), OFF_WHITE)
    for x in (-48, -24, 0, 24, 48):
        y = -128 + x * x * 0.007
        pen.shape(ellipse(x, y, 8, 8), figure.outfit.trim.lit(0.5), pen.line_width * 0.6)


def _draw_headphones(pen: Pen, figure: Figure) -> None:
    color = CHARCOAL if figure.outfit.variant % 2 else figure.outfit.trim
    pen.shape(_arc(116, 122, 16, 20), color)
    for side in (-1, 1):
        cup = path("M 92 -26 L 118 -28 Q 136 10 118 48 L 92 46 Z").scaled(side, 1)
        pen.shape(cup, figure.outfit.trim)
        pen.shape(path("M 84 -20 L 96 -24 L 96 44 L 84 40 Z").scaled(side, 1), CHARCOAL)


def _draw_hairband(pen: Pen, figure: Figure) -> None:
    pen.shape(_arc(108, 111, 20, -6), figure.outfit.trim)
