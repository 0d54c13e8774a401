"""Small things worn on face and hair: glasses, masks, clips, ribbons, earrings."""

from __future__ import annotations

from zokusei.draw.color import CHARCOAL, GOLD, OFF_WHITE, WHITE, Color
from zokusei.draw.eyes import EYE_X, EYE_Y
from zokusei.draw.hair_shapes import HairShapes
from zokusei.draw.head import Head
from zokusei.draw.pen import Pen, ellipse, path
from zokusei.draw.scene import Figure
from zokusei.draw.shapes import draw_bow, draw_flower, draw_ribbon, star

FRAMES = (CHARCOAL, Color(0.99, 0.7, 0.6), Color(0.07, 0.6, 0.35), Color(0.12, 0.5, 0.75))


def draw_eyewear(pen: Pen, figure: Figure, head: Head) -> None:
    """Glasses of several kinds, an eyepatch, a mask over mouth and nose."""
    with pen.mapped(head.on_face):
        if "glasses" in figure.worn:
            _draw_glasses(pen, figure)
        if "sunglasses" in figure.worn:
            _draw_sunglasses(pen)
        if "eyepatch" in figure.worn:
            _draw_eyepatch(pen, figure)
        if "mask" in figure.worn:
            _draw_mask(pen, figure, head)


def _draw_glasses(pen: Pen, figure: Figure) -> None:
    color = FRAMES[figure.outfit.variant % 4]
    is_round = figure.outfit.variant % 3 == 0
    width = 3.0 + pen.line_width * 0.3
    for side in (-1, 1):
        lens = ellipse(EYE_X, EYE_Y + 4, 33, 30)
        if not is_round:
            lens = path("M 10 4 L 77 4 Q 78 46 62 50 L 26 50 Q 9 46 10 4 Z")
        pen.fill(lens.scaled(side, 1), Color(0.55, 0.1, 1.0), 0.16)
        pen.line(lens.scaled(side, 1), color, width)
        glint = path("M 58 12 L 68 12 L 54 34 L 48 34 Z").scaled(side, 1)
        pen.fill(glint, WHITE, 0.35)
        pen.line(path("M 77 18 L 97 10").scaled(side, 1), color, width)
    pen.line(path("M -10 20 Q 0 13 10 20"), color, width)


def _draw_sunglasses(pen: Pen) -> None:
    for side in (-1, 1):
        lens = path("M 8 2 L 80 2 Q 82 46 60 52 L 30 52 Q 8 46 8 2 Z").scaled(side, 1)
        pen.shape(lens, Color(0.65, 0.3, 0.13))
        pen.fill(path("M 20 8 L 40 8 L 24 34 L 16 30 Z").scaled(side, 1), WHITE, 0.25)
        pen.line(path("M 80 12 L 97 8").scaled(side, 1), CHARCOAL, 5)
    pen.line(path("M -10 10 Q 0 4 10 10"), CHARCOAL, 5)


def _draw_eyepatch(pen: Pen, figure: Figure) -> None:
    side = figure.character.side
    color = CHARCOAL if figure.outfit.variant % 3 else OFF_WHITE
    strap = color if color is OFF_WHITE else CHARCOAL
    pen.line(path("M 24 6 L -90 -46").scaled(side, 1), strap.shaded(0.9), 5)
    pen.line(path("M 62 6 L 96 -6").scaled(side, 1), strap.shaded(0.9), 5)
    patch = path("M 12 -8 Q 43 -18 76 -8 Q 76 44 44 54 Q 14 44 12 -8 Z").scaled(side, 1)
    pen.shape(patch, color)


def _draw_mask(pen: Pen, figure: Figure, head: Head) -> None:
    color = OFF_WHITE if figure.outfit.variant % 3 else CHARCOAL
    chin = head.chin_y
    for side in (-1, 1):
        pen.line(path("M 70 58 L 96 24").scaled(side, 1), color.shaded(0.85), 3.5)
        pen.line(path(f"M 62 {chin - 18} L 94 40").scaled(side, 1), color.shaded(0.85), 3.5)
    mask = path(
        f"M -72 54 Q 0 34 72 54 Q 76 80 60 {chin - 12} Q 26 {chin + 8} 0 {chin + 8} "
        f"Q -26 {chin + 8} -60 {chin - 12} Q -76 80 -72 54 Z"
    )
    pen.shape(mask, color)
    folds = path("M -66 70 Q 0 60 66 70") + path("M -64 84 Q 0 80 64 84")
    pen.line(folds, color.shaded(0.7), pen.line_width * 0.8)


def draw_goggles(pen: Pen, figure: Figure, head: Head) -> None:
    """Goggles pushed up over the fringe."""
    if "goggles" not in figure.worn:
        return
    with pen.mapped(head.on_hair):
        strap = path("M -106 -62 Q 0 -104 106 -62 L 106 -40 Q 0 -82 -106 -40 Z")
        pen.shape(strap, CHARCOAL)
        for side in (-1, 1):
            pen.shape(ellipse(side * 38, -74, 37, 29), figure.outfit.trim.shaded(0.8))
            pen.shape(ellipse(side * 38, -74, 27, 20), Color(0.53, 0.35, 0.95))
            glint = path("M 44 -90 L 54 -88 L 40 -62 L 32 -62 Z").moved(side * 38 - 38, 0)
            pen.fill(glint, WHITE, 0.6)


def draw_earrings(pen: Pen, figure: Figure, head: Head) -> None:
    """Earrings, which hang below the ears, before the hair."""
    if "earrings" not in figure.worn:
        return
    color = figure.outfit.trim if figure.outfit.variant % 2 else GOLD
    for side in (-1, 1):
        near = side * head.far_side < 0
        if not near and abs(head.yaw) > 0.6:
            continue
        x = side * (92 - (16 if near else 2) * abs(head.yaw))
        pen.line(path(f"M {x} 40 L {x} 50"), GOLD, 2.4)
        match figure.outfit.variant % 3:
            case 0:
                pen.shape(ellipse(x, 59, 8, 10), color, pen.line_width * 0.8)
            case 1:
                pen.line(ellipse(x, 62, 11, 13), GOLD, 4)
            case _:
                drop = path("M 0 0 L 10 16 L 0 32 L -10 16 Z").moved(x, 48)
                pen.shape(drop, color, pen.line_width * 0.8)


def draw_hair_wear(pen: Pen, figure: Figure, head: Head, shapes: HairShapes) -> None:
    """Ties at every tail; clips, flowers, stars, bows and ribbons."""
    worn, outfit, side = figure.worn, figure.outfit, -figure.character.side
    for x, y, degrees in shapes.ties:
        if "hair_bow" in worn:
            draw_bow(pen, (x, y), 26, outfit.trim, degrees)
        elif "hair_ribbon" in worn:
            draw_ribbon(pen, (x, y), 26, outfit.trim, degrees)
        else:
            pen.shape(ellipse(x, y, 15, 9, degrees + 5), outfit.trim)
    if not shapes.ties:
        at = head.on_hair(side * 70, -92)
        if "hair_bow" in worn:
            draw_bow(pen, at, 30, outfit.trim, side * 30)
        elif "hair_ribbon" in worn:
            draw_ribbon(pen, at, 27, outfit.trim, side * 30)
    if "hairclip" in worn:
        _draw_clips(pen, figure, head, -side)
    if "hair_flower" in worn:
        color = outfit.second if outfit.second.value > 0.5 else Color(0.95, 0.4, 1.0)
        draw_flower(pen, head.on_hair(side * 76, -58), 13, color)
    if "star" in worn:
        at = head.on_hair(-side * 70, -66)
        pen.shape(star(*at, 19, side * 14), outfit.trim if outfit.trim.value > 0.5 else GOLD)


def _draw_clips(pen: Pen, figure: Figure, head: Head, side: int) -> None:
    color = figure.outfit.trim
    with pen.mapped(head.on_hair):
        for j in range(2):
            clip = path(
                f"M 48 {-54 + j * 13} L 84 {-42 + j * 13} L 83 {-34 + j * 13} L 47 {-46 + j * 13} Z"
            )
            pen.shape(clip.scaled(side, 1), color)
