"""Everyday tops: shirts, sweaters, hoodies, jackets."""

from __future__ import annotations

from zokusei.draw.body import Tailor, draw_bust
from zokusei.draw.collars import draw_opening, draw_shirt_collar, draw_tie
from zokusei.draw.color import OFF_WHITE
from zokusei.draw.pen import Path, ellipse, path, rectangle
from zokusei.draw.shapes import star


def draw_hoodie(tailor: Tailor) -> None:
    """A hoodie: the hood lies on the shoulders, cords, a pouch."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    color, n = outfit.main, tailor.body.neck
    top = body.silhouette(575, flare=4, loose=14)
    pen.shape(top, color)
    tailor.shade(top, color)
    hood = path(
        f"M {-n - 14} 120 C -78 124 -90 176 -58 196 Q 0 226 58 196 C 90 176 78 124 {n + 14} 120 "
        f"Q {n + 32} 160 0 190 Q {-n - 32} 160 {-n - 14} 120 Z"
    )
    pen.shape(hood, color.shaded(0.92))
    cord = OFF_WHITE if color.value < 0.9 else outfit.second
    for side in (-1, 1):
        pen.line(path(f"M {side * 18} 206 Q {side * 24} 250 {side * 18} 290"), cord, 4.5)
    pouch = path("M -66 470 L -48 430 L 48 430 L 66 470 L 70 548 L -70 548 Z")
    pen.shape(pouch, color.shaded(0.96))
    band = path(
        f"M {-body.hip - 18} 552 Q 0 570 {body.hip + 18} 552 "
        f"L {body.hip + 16} 580 Q 0 598 {-body.hip - 16} 580 Z"
    )
    pen.shape(band, color.shaded(0.9))


def draw_sweater(tailor: Tailor) -> None:
    """A ribbed sweater; its collar may be high."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    color, n = outfit.main, tailor.body.neck
    top = body.silhouette(560, flare=2, loose=9)
    pen.shape(top, color)
    ribs = Path(())
    for x in range(-108, 109, 18):
        ribs += path(f"M {x} 170 L {x * 1.04} 570")
    with pen.clipped(top):
        pen.line(ribs, color.shaded(0.78), pen.line_width * 0.6, 0.7)
    tailor.shade(top, color)
    if outfit.is_turtleneck:
        high = 106
        collar = path(
            f"M {-n - 5} {high} Q 0 {high + 30} {n + 5} {high} "
            f"L {n + 14} 156 Q 0 202 {-n - 14} 156 Z"
        )
        pen.shape(collar, color.lit(0.1))
        pen.line(path(f"M {-n - 8} 130 Q 0 164 {n + 8} 130"), pen.outline_of(color), 1)
    else:
        neckline = path(f"M {-n - 8} 142 Q 0 204 {n + 8} 142 Q 0 176 {-n - 8} 142 Z")
        pen.fill(neckline, tailor.skin)
        edge = path(f"M {-n - 10} 142 Q 0 206 {n + 10} 142")
        pen.line(edge, pen.outline_of(color), 12)
        pen.line(edge, color.lit(0.1), 9)
    hem = body.hip + 12
    band = path(f"M {-hem} 540 Q 0 558 {hem} 540 L {hem - 3} 566 Q 0 584 {-hem + 3} 566 Z")
    pen.shape(band, color.shaded(0.92))


def draw_t_shirt(tailor: Tailor) -> None:
    """A T-shirt, plain, striped or with a print."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    top = body.silhouette(530, loose=8)
    pen.shape(top, outfit.main)
    _draw_print(tailor, top)
    tailor.shade(top, outfit.main)
    if tailor.figure.character.is_muscular:
        chest = path("M -84 292 Q -44 326 -4 296") + path("M 84 292 Q 44 326 4 296")
        pen.line(chest, outfit.main.shaded(0.6), pen.line_width * 0.9)
    _draw_round_neck(tailor)


def _draw_print(tailor: Tailor, top: Path) -> None:
    pen, outfit = tailor.pen, tailor.figure.outfit
    match outfit.variant % 4:
        case 0:
            with pen.clipped(top):
                for y in range(236, 560, 44):
                    pen.fill(rectangle(-200, y, 200, y + 18), outfit.second, 0.9)
        case 1:
            pen.shape(star(0, 312, 38), outfit.second, pen.line_width * 0.7)
        case 2:
            pen.shape(ellipse(0, 308, 34, 34), outfit.second, pen.line_width * 0.7)


def _draw_round_neck(tailor: Tailor) -> None:
    pen, outfit, n = tailor.pen, tailor.figure.outfit, tailor.body.neck
    neckline = path(f"M {-n - 10} 144 Q 0 212 {n + 10} 144 Q 0 176 {-n - 10} 144 Z")
    pen.fill(neckline, tailor.skin)
    edge = path(f"M {-n - 12} 144 Q 0 214 {n + 12} 144")
    color = outfit.second if outfit.variant % 2 else outfit.main.shaded(0.9)
    pen.line(edge, pen.outline_of(color), 9 + pen.line_width)
    pen.line(edge, color, 8)


def draw_collared_shirt(tailor: Tailor) -> None:
    """A shirt with a collar and buttons."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    color = outfit.main
    top = body.silhouette(530, loose=6)
    pen.shape(top, color)
    tailor.shade(top, color)
    pen.line(path("M 8 190 L 8 540"), pen.outline_of(color), pen.line_width * 0.8)
    for j in range(6):
        pen.shape(ellipse(0, 226 + j * 48, 4.5, 4.5), color.lit(0.5), pen.line_width * 0.6)
    draw_opening(tailor, 206)
    draw_tie(tailor, 192)
    draw_shirt_collar(tailor, color.lit(0.15), 44)


def draw_camisole(tailor: Tailor) -> None:
    """A top on thin straps."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    draw_bust(tailor)
    c, w = body.chest + 2, body.waist + 6
    top = path(
        f"M {-c} 242 Q -46 226 0 244 Q 46 226 {c} 242 L {c} 290 C {c} 350 {w} 380 {w} 425 "
        f"C {w} 460 {body.hip} 480 {body.hip} 520 Q 0 536 {-body.hip} 520 "
        f"C {-body.hip} 480 {-w} 460 {-w} 425 C {-w} 380 {-c} 350 {-c} 290 Z"
    )
    for side in (-1, 1):
        pen.line(path("M 58 236 L 50 162").scaled(side, 1), pen.outline_of(outfit.main), 9)
        pen.line(path("M 58 236 L 50 162").scaled(side, 1), outfit.main, 7)
    pen.shape(top, outfit.main)
    tailor.shade(top, outfit.main)
    lace = path(f"M {-c} 250 Q -46 234 0 252 Q 46 234 {c} 250")
    pen.line(lace, outfit.second.lit(0.4), 6)


def draw_jacket(tailor: Tailor) -> None:
    """An open jacket over a T-shirt."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    shirt = body.silhouette(540, loose=4)
    under = outfit.second if not outfit.main.is_pale else outfit.trim
    pen.shape(shirt, under)
    if outfit.variant % 3 == 0:
        pen.shape(star(0, 320, 30), outfit.trim, pen.line_width * 0.7)
    _draw_round_neck(tailor)
    n, s, c = body.neck, body.shoulder, body.chest
    w, h = body.waist + 16, body.hip + 12
    for side in (-1, 1):
        half = path(
            f"M {n + 6} 136 C {n + 18} 158 {s * 0.8} 160 {s + 2} 186 C {s + 6} 215 {c + 8} 240 "
            f"{c + 8} 280 C {c + 4} 350 {w} 380 {w} 425 C {w} 470 {h} 490 {h} 560 "
            f"Q 80 572 62 566 Q 70 380 34 240 Z"
        ).scaled(side, 1)
        pen.shape(half, outfit.main)
        if side < 0:
            tailor.shade(half, outfit.main)
        collar = path(f"M {n + 4} 130 L {n + 36} 160 L 62 226 L 34 244 L {n + 2} 160 Z")
        pen.shape(collar.scaled(side, 1), outfit.main.shaded(0.9))
