"""Makes up pictures: the artist's hand, the pose, the canvas, the place on it."""

from __future__ import annotations

from random import Random

from zokusei.draw.chance import weighted
from zokusei.draw.character import Character
from zokusei.draw.color import Color
from zokusei.draw.dress import sample_outfit, sample_wear
from zokusei.draw.invent import sample_character
from zokusei.draw.scene import (
    LONGER_SIDE,
    SOLE_Y,
    Background,
    Figure,
    Picture,
    Placed,
    Style,
)


def sample_style(random: Random) -> Style:
    """Makes up an artist's hand."""
    graded = random.random() < 0.5
    return Style(
        line_width=random.choice((0.7, 0.9, 1.1, 1.4, 1.7, 2.1)),
        black_lines=random.random() < 0.35,
        shading=weighted(random, {"cel": 5.0, "soft": 4.0, "flat": 1.5}),
        strands=random.choice((0, 0, 8, 16, 28)),
        eye_size=random.uniform(0.88, 1.14),
        iris=weighted(random, {"gradient": 5.0, "ring": 2.0, "flat": 1.5}),
        has_ring_of_light=random.random() < 0.7,
        mode=weighted(
            random,
            {"color": 14.0, "screentone": 1.6, "greyscale": 1.0, "sketch": 1.0, "tinted": 0.4},
        ),
        gamma=random.uniform(0.85, 1.15) if graded else 1.0,
        gains=(
            random.uniform(0.985, 1.015) if graded else 1.0,
            random.uniform(0.985, 1.015) if graded else 1.0,
            random.uniform(0.985, 1.015) if graded else 1.0,
        ),
        vividness=random.uniform(0.8, 1.15) if graded else 1.0,
    )


def sample_picture(
    random: Random,
    *,
    framing: str | None = None,
    character: Character | None = None,
    style: Style | None = None,
    num_figures: int = 1,
) -> Picture:
    """Makes up a picture around what is given.

    Args:
        random: Decides the rest.
        framing: How much of the figures is seen.
        character: The first figure; others are made up.
        style: The artist's hand.
        num_figures: Side by side, from left to right.
    """
    style = style or sample_style(random)
    is_chibi = random.random() < 0.09
    framing = framing or _sample_framing(random, is_chibi=is_chibi)
    characters = [character or sample_character(random)]
    characters += [sample_character(random) for _ in range(num_figures - 1)]
    figures = [sample_figure(random, who, is_chibi=is_chibi) for who in characters]
    width, height = _sample_canvas(random, framing)
    if num_figures > 1:
        width, height = LONGER_SIDE, random.choice((384, 448, LONGER_SIDE))
    strip = width / num_figures
    return Picture(
        width=width,
        height=height,
        framing=framing,
        figures=tuple(
            _place(
                random,
                figure,
                framing,
                (strip * i, strip * (i + 1)),
                height,
                has_neighbours=num_figures > 1,
            )
            for i, figure in enumerate(figures)
        ),
        background=_sample_background(random),
        style=style,
        seed=random.getrandbits(32),
    )


def _sample_framing(random: Random, *, is_chibi: bool) -> str:
    if is_chibi:
        return weighted(random, {"full_body": 3.0, "portrait": 1.0})
    return weighted(
        random,
        {
            "face": 2.0,
            "portrait": 4.0,
            "upper_body": 3.0,
            "half_body": 2.0,
            "full_body": 3.0,
        },
    )


def sample_figure(random: Random, character: Character, *, is_chibi: bool) -> Figure:
    """Dresses and poses a character."""
    outfit = sample_outfit(random, character)
    lids = weighted(random, {"open": 10.0, "closed": 1.2, "wink": 1.0, "half": 0.9, "jitome": 0.9})
    mouth = weighted(
        random,
        {
            "smile": 5.0,
            "closed": 4.0,
            "open": 1.5,
            "laugh": 2.5,
            "frown": 1.6,
            "cat": 1.0,
            "fang": 1.1,
            "grin": 1.0,
        },
    )
    if lids in {"half", "jitome"} and mouth in {"laugh", "fang"}:
        mouth = "closed"
    return Figure(
        character=character,
        outfit=outfit,
        worn=sample_wear(random, character, outfit),
        mouth=mouth,
        lids=lids,
        blushes=random.random() < (0.15 if character.is_boy else 0.4),
        has_tears=random.random() < (0.3 if mouth == "frown" else 0.04),
        yaw=_sample_yaw(random, character),
        tilt=random.uniform(-11, 11) if random.random() < 0.6 else 0.0,
        nod=random.uniform(-1, 1) if random.random() < 0.6 else 0.0,
        arms=_sample_arms(random),
        is_chibi=is_chibi,
    )


def _sample_yaw(random: Random, character: Character) -> float:
    turned = random.uniform(0.35, 1.0) * random.choice((-1, 1))
    # What is tied at the back shows only when the head is turned away from it.
    if character.hair.style_id in {"ponytail", "half_updo"}:
        return turned
    return turned if random.random() < 0.55 else random.uniform(-0.25, 0.25)


def _sample_arms(random: Random) -> tuple[str, str]:
    both = weighted(random, {"down": 4.0, "behind": 1.5, "clasped": 1.5, "hip": 1.5, "": 4.0})
    if both:
        return both, both
    one = random.choice(("raised", "chest", "hip", "down"))
    other = random.choice(("down", "hip", "behind"))
    return (one, other) if random.random() < 0.5 else (other, one)


_CANVASES = {
    "face": {(1, 1): 5.0, (4, 5): 1.0, (5, 4): 1.0},
    "portrait": {(1, 1): 4.0, (3, 4): 2.0, (4, 3): 1.5, (16, 9): 0.7},
    "upper_body": {(1, 1): 2.0, (3, 4): 3.0, (4, 3): 1.5, (16, 9): 0.8},
    "half_body": {(3, 4): 3.0, (2, 3): 2.0, (1, 1): 1.5, (4, 3): 0.8},
    "full_body": {(3, 4): 2.0, (2, 3): 3.0, (1, 1): 1.5, (1, 2): 1.0, (4, 3): 0.6},
}


def _sample_canvas(random: Random, framing: str) -> tuple[int, int]:
    wide, tall = weighted(random, _CANVASES[framing])
    longer = max(wide, tall)
    return round(LONGER_SIDE * wide / longer), round(LONGER_SIDE * tall / longer)


def _place(
    random: Random,
    figure: Figure,
    framing: str,
    strip: tuple[float, float],
    height: int,
    *,
    has_neighbours: bool,
) -> Placed:
    """Puts a figure on the canvas, between the left and right edges of a strip of it."""
    width = strip[1] - strip[0]
    sole = figure.body_to_figure(SOLE_Y)
    tops_and_bottoms = {
        "face": (random.uniform(-150, -80), random.uniform(118, 165)),
        "portrait": (random.uniform(-215, -165), random.uniform(235, 330)),
        "upper_body": (random.uniform(-240, -180), random.uniform(400, 490)),
        "half_body": (random.uniform(-250, -180), random.uniform(690, 820)),
        "full_body": (random.uniform(-250, -190), sole + random.uniform(20, 70)),
    }
    top, bottom = tops_and_bottoms[framing]
    # Faces may run out of the canvas at the sides, but not into each other.
    needed = 330.0 if framing != "face" else 190.0 if not has_neighbours else 260.0
    scale = min(height / (bottom - top), width / needed)
    spare = height - (bottom - top) * scale
    if framing == "full_body":
        shrink = random.uniform(0.72, 1.0)
        spare = height - (bottom - top) * scale * shrink
        scale *= shrink
    # Where the canvas is narrow, a figure cut below stays at its foot: no gap may show there.
    above = spare * random.uniform(0.3, 0.9) if framing == "full_body" else max(0.0, spare) * 0.2
    slack = max(0.0, width / 2 - 150 * scale)
    return Placed(
        figure=figure,
        x=strip[0] + width / 2 + random.uniform(-1, 1) * min(slack, width * 0.28),
        y=above - top * scale,
        scale=scale,
    )


def _sample_background(random: Random) -> Background:
    kinds = {
        "white": 3.0,
        "plain": 3.0,
        "gradient": 3.0,
        "dots": 1.0,
        "stripes": 1.0,
        "sky": 1.2,
        "lights": 1.2,
        "room": 1.2,
        "split": 0.8,
        "meadow": 1.2,
        "town": 1.0,
        "night": 0.9,
    }
    hue = random.random()
    return Background(
        kind=weighted(random, kinds),
        color=Color(hue, random.uniform(0.08, 0.5), random.uniform(0.72, 1)),
        second=Color(
            (hue + random.uniform(-0.2, 0.2)) % 1, random.uniform(0.08, 0.5), random.uniform(0.5, 1)
        ),
        seed=random.getrandbits(32),
    )
