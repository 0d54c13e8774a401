"""Kimono and other robes, dresses, cloaks."""

from __future__ import annotations

from random import Random

from zokusei.draw.body import Tailor, draw_bust
from zokusei.draw.bottoms import draw_robe, draw_skirt
from zokusei.draw.collars import draw_opening
from zokusei.draw.color import OFF_WHITE, Color
from zokusei.draw.pen import Path, ellipse, path
from zokusei.draw.shapes import draw_bow, draw_flower


def draw_kimono(tailor: Tailor) -> None:
    """A kimono with a broad obi, or a yukata: one layer, a narrow obi, a plain pattern."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    is_yukata = outfit.garment == "yukata"
    robe = draw_robe(tailor, outfit.main)
    top = body.silhouette(440, loose=10)
    pen.shape(top, outfit.main)
    _draw_pattern(tailor, robe + top)
    draw_opening(tailor, 262)
    n = body.neck
    if not is_yukata:
        under = path(f"M {n + 2} 126 L {n + 26} 148 L -26 300 L -50 290 Z")
        pen.shape(under, OFF_WHITE)
        pen.shape(under.scaled(-1, 1), OFF_WHITE)
    right = path(f"M {n + 6} 130 L {n + 34} 152 L -26 306 L -56 296 Z")
    left = path(f"M {-n - 6} 130 L {-n - 34} 152 L 34 326 L 62 312 Z")
    collar = outfit.main.shaded(0.9) if is_yukata else outfit.second
    pen.shape(right, collar)
    pen.shape(left, collar)
    wide, top_y, bottom_y = body.waist + 16, 340.0, 450.0
    if is_yukata:
        top_y, bottom_y = 390.0, 440.0
    obi = path(
        f"M {-wide} {top_y} Q 0 {top_y + 18} {wide} {top_y} L {wide + 2} {bottom_y} "
        f"Q 0 {bottom_y + 18} {-wide - 2} {bottom_y} Z"
    )
    pen.shape(obi, outfit.trim)
    if not is_yukata:
        cord = path(f"M {-wide} 390 Q 0 408 {wide} 390 L {wide} 404 Q 0 422 {-wide} 404 Z")
        pen.shape(cord, outfit.second, pen.line_width * 0.7)


def _draw_pattern(tailor: Tailor, cloth: Path) -> None:
    pen, outfit = tailor.pen, tailor.figure.outfit
    random = Random(outfit.variant)
    left, top, right, bottom = cloth.bounds
    with pen.clipped(cloth):
        if outfit.garment == "kimono" or outfit.variant % 2:
            color = outfit.trim if outfit.trim.value > 0.4 else outfit.second
            for _ in range(16):
                at = (random.uniform(left, right), random.uniform(top + 60, bottom))
                draw_flower(pen, at, random.uniform(8, 14), color)
        else:
            stripes = Path(())
            for x in range(int(left), int(right), 34):
                stripes += path(f"M {x} {top} L {x} {bottom}")
            pen.line(stripes, outfit.second, 6)


def draw_hakama_top(tailor: Tailor) -> None:
    """The white upper robe over which a hakama is tied."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    top = body.silhouette(470, loose=8)
    pen.shape(top, OFF_WHITE)
    tailor.shade(top, OFF_WHITE)
    draw_opening(tailor, 258)
    n = body.neck
    inner = outfit.bottom_color
    right = path(f"M {n + 4} 130 L {n + 14} 140 L -14 300 L -30 292 Z")
    pen.shape(right, inner, pen.line_width * 0.7)
    pen.shape(right.scaled(-1, 1), inner, pen.line_width * 0.7)
    right = path(f"M {n + 12} 134 L {n + 36} 154 L 4 330 L -30 318 Z")
    pen.shape(right, OFF_WHITE)
    left = path(f"M {-n - 12} 134 L {-n - 36} 154 L 24 380 L 50 350 Z")
    pen.shape(left, OFF_WHITE)


def draw_china_dress(tailor: Tailor) -> None:
    """A close dress with a standing collar, slanted fastening and slits at the sides."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    n, c, w, h = body.neck, body.chest, body.waist, body.hip
    if outfit.bares_shoulders:
        draw_bust(tailor)
        shoulder = f"L {-n - 12} 152 Q -64 190 {-c} 262"
        other = f"L {c} 262 Q 64 190 {n + 12} 152"
    else:
        s = body.shoulder
        shoulder = f"L {-n - 12} 148 C -40 160 {-s * 0.8} 162 {-s} 190 L {-c} 270"
        other = f"L {c} 270 L {s} 190 C {s * 0.8} 162 40 160 {n + 12} 148"
    hem = 1010.0 if outfit.hem == "long" else 780.0
    dress = path(
        f"M {-n - 9} 126 {shoulder} C {-c} 350 {-w} 380 {-w} 425 "
        f"C {-w} 470 {-h - 4} 490 {-h - 4} 560 L {-h + 12} {hem} Q 0 {hem + 14} {h - 12} {hem} "
        f"L {h + 4} 560 C {h + 4} 490 {w} 470 {w} 425 "
        f"C {w} 380 {c} 350 {other} L {n + 9} 126 Q 0 158 {-n - 9} 126 Z"
    )
    pen.shape(dress, outfit.main)
    tailor.shade(dress, outfit.main)
    pen.line(path(f"M 0 166 Q 40 200 {c - 4} 240"), outfit.trim, 5)
    for x, y in ((6, 170), (36, 197), (66, 221)):
        pen.shape(ellipse(x, y, 8, 5), outfit.trim, pen.line_width * 0.6)
    pen.line(path(f"M {-n - 9} 127 Q 0 159 {n + 9} 127"), outfit.trim, 4)
    pen.line(path(f"M {-h + 12} {hem} Q 0 {hem + 14} {h - 12} {hem}"), outfit.trim, 5)


def draw_dress(tailor: Tailor) -> None:
    """A dress with a flared skirt; strapless, or with sleeves."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    hem = 1080.0 if outfit.hem == "long" else 740.0
    draw_skirt(tailor, outfit.main, hem, flare=90 if outfit.hem == "long" else 56)
    trim = outfit.second.lit(0.3)
    c, w = body.chest, body.waist
    if outfit.bares_shoulders:
        draw_bust(tailor)
        straps = outfit.variant % 2 == 0
        if straps:
            for side in (-1, 1):
                pen.line(path("M 56 234 L 48 160").scaled(side, 1), outfit.main, 8)
        top = path(
            f"M {-c - 1} 246 Q -46 222 0 246 Q 46 222 {c + 1} 246 L {c} 290 "
            f"C {c - 4} 350 {w + 3} 380 {w + 3} 440 Q 0 456 {-w - 3} 440 "
            f"C {-w - 3} 380 {-c + 4} 350 {-c} 290 Z"
        )
        pen.shape(top, outfit.main)
        frills = [-80.0 + 20 * i for i in range(9)]
    else:
        top = body.silhouette(440, loose=3)
        pen.shape(top, outfit.main)
        n = body.neck
        neckline = path(
            f"M -58 160 Q -50 216 0 224 Q 50 216 58 160 L {n + 3} 136 Q 0 160 {-n - 3} 136 Z"
        )
        pen.fill(neckline, tailor.skin)
        frills = []
    tailor.shade(top, outfit.main)
    for x in frills:
        y = 241 - 5 * abs(abs(x) / 46 - 1)
        pen.shape(ellipse(x, y, 12, 9), trim, pen.line_width * 0.6)
    if not outfit.bares_shoulders:
        edge = path("M -58 159 Q -50 216 0 224 Q 50 216 58 159")
        pen.line(edge, pen.outline_of(trim), 7 + pen.line_width * 1.4)
        pen.line(edge, trim, 7)
    draw_bow(pen, (0, 270), 20, outfit.trim)
    sash = path(f"M {-w - 4} 420 Q 0 436 {w + 4} 420 L {w + 6} 448 Q 0 464 {-w - 6} 448 Z")
    pen.shape(sash, outfit.trim)


def draw_cloak(tailor: Tailor) -> None:
    """A cloak closed at the neck, over everything to the calves."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    n, s = body.neck, body.shoulder
    hem = 1000.0
    cloak = path(
        f"M {-n - 10} 136 C {-s * 0.7} 150 {-s - 30} 184 {-s - 44} 330 "
        f"C {-s - 60} 560 {-s - 70} 800 {-s - 76} {hem} Q 0 {hem + 40} {s + 76} {hem} "
        f"C {s + 70} 800 {s + 60} 560 {s + 44} 330 C {s + 30} 184 {s * 0.7} 150 {n + 10} 136 "
        f"Q 0 180 {-n - 10} 136 Z"
    )
    pen.shape(cloak, outfit.main)
    tailor.shade(cloak, outfit.main)
    inner = path(f"M 0 200 Q -6 560 -40 {hem + 22} L 44 {hem + 22} Q 10 560 0 200 Z")
    pen.shape(inner, outfit.main.shaded(0.55))
    folds = Path(())
    for x in (-92, -58, 62, 96):
        folds += path(f"M {x} {230 + abs(x)} Q {x * 1.3} 600 {x * 1.6} {hem + 10}")
    pen.line(folds, outfit.main.shaded(0.6), pen.line_width * 0.8)
    collar = path(f"M {-n - 16} 126 Q 0 188 {n + 16} 126 L {n + 46} 168 Q 0 240 {-n - 46} 168 Z")
    pen.shape(collar, outfit.second)
    pen.shape(ellipse(0, 212, 13, 13), _clasp(outfit.trim))


def _clasp(color: Color) -> Color:
    return color if not color.is_pale else Color(0.13, 0.6, 0.95)
