"""What is worn below the waist."""

from __future__ import annotations

from zokusei.draw.body import ANKLE_Y, HIP_Y, KNEE_Y, Tailor
from zokusei.draw.color import Color
from zokusei.draw.pen import Path, path
from zokusei.draw.shapes import limb

HEMS = {"pleated_skirt": 705.0, "skirt": 735.0, "long_skirt": 1090.0, "hakama": 1195.0}


def draw_bottom(tailor: Tailor) -> None:
    """Skirt, trousers or hakama; one-pieces bring their own."""
    outfit = tailor.figure.outfit
    match outfit.bottom:
        case "pants":
            draw_pants(tailor, outfit.bottom_color, until=0.97)
        case "shorts":
            draw_pants(tailor, outfit.bottom_color, until=0.34)
        case "pleated_skirt":
            draw_skirt(tailor, outfit.bottom_color, HEMS["pleated_skirt"], pleats=9)
        case "skirt" | "long_skirt":
            draw_skirt(tailor, outfit.bottom_color, HEMS[outfit.bottom])
        case "hakama":
            draw_skirt(tailor, outfit.bottom_color, HEMS["hakama"], top=380, pleats=7, flare=80)
            _draw_hakama_bow(tailor)


def draw_pants(tailor: Tailor, color: Color, *, until: float) -> None:
    """Trousers down to a part of the leg: 1 is the ankle."""
    pen, body = tailor.pen, tailor.body
    upper, middle, lower = body.leg
    widths = (upper + 14, middle + 30, middle + 18, lower + 22)
    if until < 0.5:
        widths = (upper + 14, middle + 44, middle + 40, middle + 36)
    legs = [limb(body.leg_joints(side), widths, since=0.02, until=until) for side in (-1, 1)]
    w, h = body.waist + 4, body.hip + 3
    hips = path(
        f"M {-w} 430 C {-w} 480 {-h} 490 {-h} {HIP_Y + 30} L {-h + 10} 620 L 0 640 L {h - 10} 620 "
        f"L {h} {HIP_Y + 30} C {h} 490 {w} 480 {w} 430 Q 0 444 {-w} 430 Z"
    )
    pen.merged([*legs, hips], color)
    for leg in legs:
        tailor.shade(leg, color)
    seams = path(f"M 0 {HIP_Y - 80} L 0 640")
    for side in (-1, 1):
        seams += path(f"M {side * (h - 20)} 500 Q {side * (h - 30)} 530 {side * (h - 4)} 548")
    pen.line(seams, pen.outline_of(color), pen.line_width * 0.8)
    belt = path(f"M {-w - 1} 428 Q 0 444 {w + 1} 428 L {w + 3} 452 Q 0 468 {-w - 3} 452 Z")
    pen.shape(belt, color.shaded(0.6), pen.line_width * 0.8)


def draw_skirt(
    tailor: Tailor,
    color: Color,
    hem: float,
    *,
    top: float = 430.0,
    pleats: int = 0,
    flare: float | None = None,
) -> Path:
    """A skirt from the waist to ``hem``; returns its shape."""
    pen, body = tailor.pen, tailor.body
    waist = body.waist + 4
    spread = body.hip + (52 if flare is None else flare)
    count = pleats or 5
    edge = []
    for i in range(count):
        right = spread * (1 - 2 * i / count)
        left = spread * (1 - 2 * (i + 1) / count)
        # The middle of a hem hangs lower: it is nearer.
        drop = 12 * (1 - (left / spread) ** 2)
        middle = (right + left) / 2
        if pleats:
            edge.append(f"L {left + 5} {hem + drop} L {left} {hem + drop - 9}")
        else:
            edge.append(f"Q {middle} {hem + drop + 14} {left} {hem + drop}")
    skirt = path(
        f"M {-waist} {top} Q 0 {top + 14} {waist} {top} "
        f"C {waist + 12} {top + 70} {spread - 14} {hem - 120} {spread} {hem} {' '.join(edge)} "
        f"C {-spread + 14} {hem - 120} {-waist - 12} {top + 70} {-waist} {top} Z"
    )
    pen.shape(skirt, color)
    tailor.shade(skirt, color)
    folds = Path(())
    for i in range(1, count):
        x = -1 + 2 * i / count
        start = top + (18 if pleats else (hem - top) * (0.35 if i % 2 else 0.55))
        end = hem + 8
        at = waist + (spread - waist) * ((start - top) / (hem - top)) ** 0.8
        folds += path(
            f"M {x * at} {start} Q {x * at * 1.05} {(start + end) / 2} {x * spread} {end}"
        )
    pen.line(folds, color.shaded(0.6), pen.line_width * 0.75, 0.9)
    band = path(
        f"M {-waist - 1} {top} Q 0 {top + 14} {waist + 1} {top} "
        f"L {waist + 4} {top + 22} Q 0 {top + 36} {-waist - 4} {top + 22} Z"
    )
    pen.shape(band, color.shaded(0.9), pen.line_width * 0.7)
    return skirt


def draw_robe(tailor: Tailor, color: Color) -> Path:
    """The lower part of a kimono: straight, closed left over right."""
    pen, body = tailor.pen, tailor.body
    h = body.hip + 8
    hem = ANKLE_Y - 20
    robe = path(
        f"M {-body.waist - 8} 420 C {-h} 470 {-h - 6} {HIP_Y} {-h - 4} {KNEE_Y} L {-h + 6} {hem} "
        f"Q 0 {hem + 16} {h - 6} {hem} L {h + 4} {KNEE_Y} "
        f"C {h + 6} {HIP_Y} {h} 470 {body.waist + 8} 420 Z"
    )
    pen.shape(robe, color)
    tailor.shade(robe, color)
    pen.line(path(f"M 26 460 Q 20 800 44 {hem + 8}"), pen.outline_of(color))
    return robe


def _draw_hakama_bow(tailor: Tailor) -> None:
    pen, color = tailor.pen, tailor.figure.outfit.bottom_color
    band = tailor.body.waist + 6
    sash = path(f"M {-band} 378 Q 0 392 {band} 378 L {band + 2} 408 Q 0 422 {-band - 2} 408 Z")
    pen.shape(sash, color.shaded(0.92))
    for side in (-1, 1):
        end = path("M 0 400 L 16 404 L 22 470 L 4 474 Z").scaled(side, 1)
        pen.shape(end, color.shaded(0.95))
        pen.shape(path("M 0 396 Q 30 372 46 392 Q 40 416 0 400 Z").scaled(side, 1), color)
