"""School uniforms, suits, uniforms of service, armour."""

from __future__ import annotations

from zokusei.draw.body import Tailor
from zokusei.draw.bottoms import draw_skirt
from zokusei.draw.collars import draw_opening, draw_shirt_collar, draw_tie
from zokusei.draw.color import CHARCOAL, GOLD, NAVY, OFF_WHITE, Color
from zokusei.draw.pen import Path, ellipse, path


def draw_serafuku(tailor: Tailor) -> None:
    """A sailor blouse: broad collar with lines, and a bow."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    blouse = body.silhouette(520, flare=-2, loose=4)
    pen.shape(blouse, outfit.main)
    tailor.shade(blouse, outfit.main)
    n, s = body.neck, body.shoulder
    draw_opening(tailor, 238)
    collar_color = outfit.second if not outfit.second.is_pale else NAVY
    if collar_color.value > 0.85 and outfit.main.is_pale and collar_color.saturation < 0.3:
        collar_color = NAVY
    line_color = OFF_WHITE if not collar_color.is_pale else outfit.trim
    for side in (-1, 1):
        flap = path(
            f"M {n + 4} 130 C 52 148 {s - 24} 156 {s - 12} 174 L {s - 20} 216 Q 50 228 0 262 "
            f"L 0 236 L {n + 4} 138 Z"
        ).scaled(side, 1)
        pen.shape(flap, collar_color)
        line = path(f"M {n + 20} 148 Q {s - 36} 158 {s - 24} 176 L {s - 30} 207 Q 46 217 6 246")
        pen.line(line.scaled(side, 1), line_color, 2.6)
    draw_tie(tailor, 256)


def draw_suit(tailor: Tailor) -> None:
    """A jacket with lapels over a shirt: suits and blazers."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    jacket = body.silhouette(585, flare=8, loose=8)
    pen.shape(jacket, outfit.main)
    tailor.shade(jacket, outfit.main)
    n = body.neck
    shirt = outfit.second if outfit.variant % 5 == 0 else OFF_WHITE
    pen.shape(path(f"M {-n - 8} 138 L 0 352 L {n + 8} 138 Q 0 168 {-n - 8} 138 Z"), shirt)
    draw_tie(tailor, 188)
    draw_shirt_collar(tailor, shirt, 36)
    for side in (-1, 1):
        lapel = path(
            f"M {n + 12} 144 L {n + 46} 168 L {n + 54} 224 L {n + 32} 230 L {n + 38} 250 "
            "L 0 364 L 2 338 Z"
        )
        pen.shape(lapel.scaled(side, 1), outfit.main.shaded(0.95))
    pen.line(path("M 0 360 L 4 590"), pen.outline_of(outfit.main))
    for j in range(2):
        button = GOLD if outfit.garment == "blazer" else outfit.main.shaded(0.55)
        pen.shape(ellipse(10, 384 + j * 48, 6, 6), button, pen.line_width * 0.6)
    if outfit.garment == "blazer":
        crest = path("M 46 278 L 74 278 L 72 304 L 60 314 L 48 304 Z")
        pen.shape(crest, outfit.trim, pen.line_width * 0.7)
        pen.line(path("M 60 282 L 60 308") + path("M 50 292 L 70 292"), GOLD, 3)


def _draw_standing_collar(tailor: Tailor, color: Color) -> None:
    n = tailor.body.neck
    collar = path(f"M {-n - 8} 126 Q 0 158 {n + 8} 126 L {n + 12} 156 Q 0 192 {-n - 12} 156 Z")
    tailor.pen.shape(collar, color)
    tailor.pen.line(path("M 0 144 L 0 174"), tailor.pen.outline_of(color))


def draw_gakuran(tailor: Tailor) -> None:
    """A dark school jacket with a standing collar and gold buttons."""
    pen, body = tailor.pen, tailor.body
    coat = body.silhouette(590, flare=6, loose=8)
    pen.shape(coat, CHARCOAL)
    tailor.shade(coat, CHARCOAL)
    _draw_standing_collar(tailor, CHARCOAL.lit(0.06))
    pen.line(path("M 0 172 L 0 592"), pen.outline_of(CHARCOAL.lit(0.3)))
    for j in range(5):
        pen.shape(ellipse(0, 208 + j * 72, 7, 7), GOLD, pen.line_width * 0.6)


def draw_military_uniform(tailor: Tailor) -> None:
    """A coat with epaulettes, two rows of buttons and a cord."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    coat = body.silhouette(620, flare=22, loose=8)
    pen.shape(coat, outfit.main)
    tailor.shade(coat, outfit.main)
    _draw_standing_collar(tailor, outfit.main.shaded(0.9))
    pen.line(path("M 0 172 L 0 630"), pen.outline_of(outfit.main))
    for j in range(4):
        for side in (-1, 1):
            pen.shape(ellipse(side * 26, 220 + j * 56, 7, 7), GOLD, pen.line_width * 0.6)
    s = body.shoulder
    for side in (-1, 1):
        board = path(f"M {s - 44} 160 L {s + 4} 180 L {s + 10} 204 L {s - 42} 184 Z")
        pen.shape(board.scaled(side, 1), GOLD)
    pen.line(path(f"M 0 216 Q 50 282 {s - 10} 204"), GOLD.lit(0.3), 5)
    pen.shape(path("M -76 250 L -40 250 L -40 266 L -76 266 Z"), outfit.trim)
    wide = body.waist + 16
    belt = path(f"M {-wide} 424 Q 0 440 {wide} 424 L {wide} 450 Q 0 466 {-wide} 450 Z")
    pen.shape(belt, Color(0.07, 0.5, 0.3))
    pen.shape(path("M -14 430 L 14 430 L 14 462 L -14 462 Z"), GOLD)


def draw_armor(tailor: Tailor) -> None:
    """A breastplate with a gorget and plates at the hips."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    steel = Color(0.6, 0.06, 0.74) if outfit.variant % 3 else Color(0.62, 0.15, 0.34)
    under = body.silhouette(560, loose=2)
    pen.shape(under, outfit.second)
    c, w, h = body.chest, body.waist, body.hip
    plate = path(
        f"M {-body.neck - 18} 158 Q {-c - 8} 176 {-c - 6} 280 Q {-w - 12} 380 {-w - 6} 430 "
        f"Q 0 460 {w + 6} 430 Q {w + 12} 380 {c + 6} 280 Q {c + 8} 176 {body.neck + 18} 158 "
        f"Q 0 196 {-body.neck - 18} 158 Z"
    )
    pen.shape(plate, steel)
    tailor.shade(plate, steel)
    glint = path(f"M {c - 34} 210 Q {c - 20} 280 {w - 10} 360 Q {c - 44} 290 {c - 34} 210 Z")
    pen.fill(glint, steel.lit(0.8), 0.8)
    ridge = path("M 0 190 L 0 446") + path(f"M {-c} 300 Q 0 350 {c} 300")
    pen.line(ridge, pen.outline_of(steel))
    pen.line(path(f"M {-w - 8} 420 Q 0 448 {w + 8} 420"), GOLD, 7)
    pen.shape(ellipse(0, 250, 13, 16), outfit.trim)
    for side in (-1, 1):
        plate = path(
            f"M {w * 0.3} 440 L {w + 8} 432 L {h + 22} 560 Q {h * 0.7} 600 {w * 0.4} 576 Z"
        )
        pen.shape(plate.scaled(side, 1), steel.shaded(0.92))
    n = body.neck
    gorget = path(f"M {-n - 8} 128 Q 0 158 {n + 8} 128 L {n + 22} 168 Q 0 206 {-n - 22} 168 Z")
    pen.shape(gorget, steel.shaded(0.95))


def draw_pauldrons(tailor: Tailor) -> None:
    """Plates over the shoulders, which lie over the arms."""
    pen, s = tailor.pen, tailor.body.shoulder
    steel = Color(0.6, 0.06, 0.74) if tailor.figure.outfit.variant % 3 else Color(0.62, 0.15, 0.34)
    for side in (-1, 1):
        for drop in (40, 0):
            cap = path(
                f"M {s - 50} {172 + drop} Q {s - 20} {146 + drop} {s + 22} {182 + drop} "
                f"Q {s + 36} {226 + drop} {s + 18} {250 + drop} Q {s - 20} {216 + drop} "
                f"{s - 56} {232 + drop} Z"
            )
            pen.shape(cap.scaled(side, 1), steel.shaded(0.9) if drop else steel)


def draw_maid(tailor: Tailor) -> None:
    """A dark dress under a white apron with frills."""
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    color = CHARCOAL if outfit.variant % 3 else outfit.main
    hem = 1060.0 if outfit.hem == "long" else 730.0
    spread = 84.0 if outfit.hem == "long" else 66.0
    skirt = draw_skirt(tailor, color, hem, top=420, flare=spread)
    _draw_frill(tailor, hem, body.hip + spread)
    with pen.clipped(skirt):
        _draw_maid_apron(tailor, hem)
    top = body.silhouette(440, loose=3)
    pen.shape(top, color)
    tailor.shade(top, color)
    bib = path("M -52 262 Q 0 252 52 262 L 58 428 Q 0 444 -58 428 Z")
    pen.shape(bib, OFF_WHITE)
    for side in (-1, 1):
        strap = path("M 34 264 L 62 168 L 88 178 L 60 270 Z")
        pen.shape(strap.scaled(side, 1), OFF_WHITE)
        for j in range(5):
            frill = ellipse(side * (84 + 3 * j - j * j * 1.6), 178 + j * 22, 12, 12)
            pen.shape(frill, OFF_WHITE, pen.line_width * 0.7)
    wide = body.waist + 8
    band = path(f"M {-wide} 414 Q 0 430 {wide} 414 L {wide} 440 Q 0 456 {-wide} 440 Z")
    pen.shape(band, OFF_WHITE)
    draw_shirt_collar(tailor, OFF_WHITE, 30)
    draw_tie(tailor, 192)


def _draw_maid_apron(tailor: Tailor, hem: float) -> None:
    pen, wide = tailor.pen, tailor.body.hip - 8
    end = hem - 46
    apron = path(
        f"M {-wide + 30} 430 L {wide - 30} 430 Q {wide + 20} {end - 60} {wide} {end} "
        f"Q 0 {end + 24} {-wide} {end} Q {-wide - 20} {end - 60} {-wide + 30} 430 Z"
    )
    pen.shape(apron, OFF_WHITE)
    for i in range(10):
        x = -wide + 2 * wide * i / 9
        drop = 12 * (1 - (x / wide) ** 2)
        pen.shape(ellipse(x, end + drop, wide / 8, 13), OFF_WHITE, pen.line_width * 0.7)


def _draw_frill(tailor: Tailor, hem: float, spread: float) -> None:
    pen = tailor.pen
    waves = Path(())
    for i in range(14):
        x = -spread + 2 * spread * (i + 0.5) / 14
        drop = 12 * (1 - (x / spread) ** 2)
        waves += ellipse(x, hem + drop, spread / 12, 11)
    pen.shape(waves, OFF_WHITE, pen.line_width * 0.7)
