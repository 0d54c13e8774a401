"""Assembles a picture: background, then each figure from back to front."""

from __future__ import annotations

from zokusei.draw import creature, headwear, wear
from zokusei.draw.background import draw_background
from zokusei.draw.clothes import draw_body
from zokusei.draw.face import draw_brows_over_hair, draw_ears, draw_face
from zokusei.draw.hair import HairPainter
from zokusei.draw.hair_shapes import grow
from zokusei.draw.head import Head
from zokusei.draw.pen import Pen
from zokusei.draw.scene import NECK_Y, Picture, Placed, Style


def to_svg(picture: Picture) -> str:
    """The picture as an SVG document."""
    style = picture.style
    is_printed = style.mode == "screentone"
    # Print keeps no thin or coloured line.
    width = max(style.line_width, 1.9) if is_printed else style.line_width
    pen = Pen(line_width=width, black_lines=style.black_lines or is_printed)
    draw_background(pen, picture)
    for placed in picture.figures:
        # Lines keep some of their width on the canvas where a figure is small.
        pen.line_width = width / placed.scale**0.6
        with pen.placed(placed.x, placed.y, placed.scale, placed.scale):
            _draw_figure(pen, placed, picture.style)
    return pen.svg(picture.width, picture.height)


def _draw_figure(pen: Pen, placed: Placed, style: Style) -> None:
    figure = placed.figure
    head = Head.from_figure(figure)
    shapes = grow(figure.hair, head)
    painter = HairPainter(pen, figure.hair, shapes, head, style)
    is_hooded = "hood" in figure.worn
    creature.draw_wings(pen, figure)
    creature.draw_tail(pen, figure)
    with pen.leaning(0, NECK_Y - 20, figure.tilt):
        headwear.draw_hood_back(pen, figure)
        if not is_hooded:
            painter.draw_back()
        headwear.draw_veil_back(pen, figure)
    draw_body(pen, figure, style)
    with pen.leaning(0, NECK_Y - 20, figure.tilt):
        draw_ears(pen, figure, head)
        outline = draw_face(pen, figure, head, style, shapes.cap)
        wear.draw_eyewear(pen, figure, head)
        painter.draw_front()
        if not is_hooded:
            painter.draw_over()
        if figure.character.hair.fringe != "hair_over_one_eye" and style.strands % 16 == 0:
            draw_brows_over_hair(pen, figure, head, outline)
        wear.draw_earrings(pen, figure, head)
        creature.draw_animal_ears(pen, figure, head)
        creature.draw_horns(pen, figure, head)
        headwear.draw_headwear(pen, figure, head)
        if not is_hooded:
            wear.draw_hair_wear(pen, figure, head, shapes)
        wear.draw_goggles(pen, figure, head)
        creature.draw_halo(pen, figure)
