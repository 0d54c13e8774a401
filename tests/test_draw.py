"""Drawings: the same seed gives the same picture, and looks like what was asked for."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zokusei.draw import FRAMINGS, draw_contact_sheet, draw_picture
from zokusei.draw.character import Character
from zokusei.draw.color import Color
from zokusei.draw.compose import sample_picture, sample_style
from zokusei.draw.drawing import render
from zokusei.draw.head import Head, head_box
from zokusei.draw.invent import sample_character
from zokusei.draw.palette import HAIR
from zokusei.draw.pen import ellipse, path
from zokusei.draw.scene import Picture, Style
from zokusei.errors import UnknownNameError, UsageError

SEEDS = range(2000)


def plain_style(**changes: object) -> Style:
    style = replace(
        sample_style(Random(0)),
        mode="color",
        line_width=0.7,
        strands=0,
        gamma=1.0,
        gains=(1.0, 1.0, 1.0),
        vividness=1.0,
    )
    return replace(style, **changes)


def with_hair(character: Character, **changes: object) -> Character:
    return replace(character, hair=replace(character.hair, **changes))


def pixels_of(picture: Picture) -> np.ndarray:
    return render(picture, seed=0, size_px=512).pixels


@pytest.mark.parametrize("seed", [0, 3, 2**40])
def test_the_same_seed_gives_the_same_pixels(seed: int) -> None:
    one, two = draw_picture(seed, size_px=96), draw_picture(seed, size_px=96)
    assert np.array_equal(one.pixels, two.pixels)
    assert (one.svg, one.present, one.absent) == (two.svg, two.present, two.absent)


def test_other_seeds_give_other_pictures() -> None:
    assert len({draw_picture(seed, size_px=64).svg for seed in range(8)}) == 8


@pytest.mark.parametrize("size_px", [64, 200, 256])
def test_the_longer_side_is_as_asked_for(size_px: int) -> None:
    for seed in range(4):
        pixels = draw_picture(seed, size_px=size_px).pixels
        assert max(pixels.shape[:2]) == size_px
        assert pixels.dtype == np.uint8


def test_an_unknown_framing_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="full_body"):
        draw_picture(0, framing="fullbody")


def test_each_of_two_figures_has_its_own_head() -> None:
    for seed in range(3):
        drawing = draw_picture(seed, size_px=64, num_figures=2)
        one, two = drawing.head_boxes
        assert one[2] <= two[0] + 4


def test_a_picture_of_nobody_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot draw 0 figures"):
        draw_picture(0, num_figures=0)


def test_a_tiny_size_is_refused() -> None:
    with pytest.raises(UsageError, match="8 px is too small"):
        draw_picture(0, size_px=8)


@pytest.mark.parametrize("size_px", [96, 99])
@pytest.mark.parametrize("mode", ["screentone", "greyscale", "sketch"])
def test_monochrome_pictures_are_grey(mode: str, size_px: int) -> None:
    pixels = draw_picture(5, size_px=size_px, style=plain_style(mode=mode)).pixels.astype(int)
    assert np.ptp(pixels, axis=-1).max() == 0
    assert pixels.std() > 10


@pytest.mark.parametrize("color_id", ["grey_hair", "white_hair", "silver_hair"])
@pytest.mark.parametrize("shading", ["cel", "soft"])
def test_neutral_hair_stays_neutral_where_it_is_shaded(color_id: str, shading: str) -> None:
    random = Random(color_id + shading)
    bald = replace(sample_character(random), ears="", has_horns=False, has_halo=False)
    character = with_hair(
        bald, color_id=color_id, color=random.choice(HAIR[color_id]), second_mode=""
    )
    for seed in range(4):
        style = plain_style(shading=shading, has_ring_of_light=True)
        picture = sample_picture(Random(seed), framing="portrait", character=character, style=style)
        figure = replace(picture.figures[0].figure, worn=frozenset(), tilt=0.0)
        placed = replace(picture.figures[0], figure=figure)
        pixels = pixels_of(replace(picture, figures=(placed,)))
        left, top, right, _ = (round(edge) for edge in head_box(placed))
        middle = (left + right) // 2
        crown = pixels[top + 14 : top + 44, middle - 30 : middle + 30]
        assert np.ptp(crown.astype(int), axis=-1).max() <= 14


def test_in_full_bodies_the_head_is_a_tenth_to_a_quarter_of_the_picture() -> None:
    shares = []
    for seed in SEEDS:
        picture = sample_picture(Random(seed), framing="full_body")
        placed = picture.figures[0]
        if not placed.figure.is_chibi:
            _, top, _, bottom = head_box(placed)
            shares.append((bottom - top) / picture.height)
    assert 0.09 < min(shares) < 0.12
    assert max(shares) < 0.25


@pytest.mark.parametrize("framing", FRAMINGS[1:])
def test_the_head_is_inside_the_picture(framing: str) -> None:
    for seed in range(300):
        picture = sample_picture(Random(seed), framing=framing)
        left, top, right, bottom = head_box(picture.figures[0])
        assert left >= -0.02 * picture.width
        assert right <= 1.02 * picture.width
        assert top >= 0
        assert bottom <= picture.height


def test_the_head_box_holds_the_hair_and_little_else() -> None:
    style = plain_style()
    character = replace(
        with_hair(
            sample_character(Random(1)),
            style_id="",
            length_id="very_short_hair",
            ends_at=50.0,
            texture="straight",
            cut="",
            has_ahoge=False,
            second_mode="",
            color=Color(0.35, 1.0, 0.8),
            volume=0.0,
        ),
        ears="",
        has_horns=False,
        has_halo=False,
        marks=frozenset(),
    )
    picture = sample_picture(Random(4), framing="portrait", character=character, style=style)
    picture = replace(picture, background=replace(picture.background, kind="white"))
    placed = picture.figures[0]
    figure = replace(placed.figure, worn=frozenset(), is_chibi=False)
    placed = replace(placed, figure=figure)
    pixels = pixels_of(replace(picture, figures=(placed,))).astype(int)
    hair = (pixels[..., 1] > pixels[..., 0] + 60) & (pixels[..., 1] > pixels[..., 2] + 60)
    rows, columns = np.nonzero(hair)
    left, top, right, _ = head_box(placed)
    slack = 14 * placed.scale
    assert abs(rows.min() - top) < slack
    assert abs(columns.min() - left) < 2 * slack
    assert abs(columns.max() - right) < 2 * slack


@given(
    yaw=st.floats(-1, 1),
    x=st.floats(-99, 98),
    step=st.floats(0.5, 20),
    y=st.floats(-100, 110),
)
def test_turning_a_head_never_swaps_two_points_beside_each_other(
    yaw: float, x: float, step: float, y: float
) -> None:
    head = Head(yaw, 0.0, 114.0)
    assert head.on_face(x, y)[0] < head.on_face(x + step, y)[0]


def test_the_far_eye_is_narrower() -> None:
    head = Head(1.0, 0.0, 114.0)

    def width(side: int) -> float:
        return abs(head.on_face(side * 60, 20)[0] - head.on_face(side * 25, 20)[0])

    assert width(1) < 0.7 * width(-1)


@given(hue=st.floats(0, 1), value=st.floats(0.05, 1), factor=st.floats(0.2, 1))
def test_greys_have_grey_shade(hue: float, value: float, factor: float) -> None:
    grey = Color(hue, 0.05, value)
    assert grey.shaded(factor).saturation <= 0.05
    assert grey.shaded(factor).value <= value


@given(st.floats(-180, 180), st.floats(0.1, 3))
@settings(max_examples=30)
def test_a_circle_stays_where_it_is_when_it_turns(degrees: float, size: float) -> None:
    left, top, right, bottom = ellipse(5, -3, size, size, degrees).bounds
    assert left < 5 < right
    assert top < -3 < bottom


def test_a_path_reads_as_it_is_written() -> None:
    assert path("M 0 1 Q 2 3 4 5 Z").data == "M0.0 1.0Q2.0 3.0 4.0 5.0Z"


def test_a_contact_sheet_holds_every_tile() -> None:
    sheet = draw_contact_sheet(range(5), columns=3, tile_px=64)
    assert sheet.width == 3 * 64
    assert sheet.height > 2 * 64
