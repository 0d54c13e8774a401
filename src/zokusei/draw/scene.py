"""One picture before it is drawn: figures in poses, a canvas, a background and a hand."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from zokusei.draw.character import Character, sample_character, weighted
from zokusei.draw.color import Color
from zokusei.draw.wardrobe import Outfit, sample_outfit, sample_wear

FRAMINGS = ("face", "portrait", "upper_body", "half_body", "full_body")
LONGER_SIDE = 512
"""Units of the canvas along its longer side."""

CHIN_Y, CROWN_Y, SKULL_X = 114.0, -126.0, 104.0
"""Of the head: units of the figure, whose origin lies between the eyes."""

NECK_Y, SOLE_Y = 130.0, 1290.0
"""Where the body begins and ends, in its own units, which are those of the figure there."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A character in one picture.

    Args:
        worn: Small things worn, by name.
        mouth: ``smile``, ``closed``, ``frown``, ``cat``, ``open``, ``laugh``, ``grin``, ``fang``.
        lids: ``open``, ``closed``, ``wink``, ``half`` or ``jitome``.
        yaw: Turn of the head, in [-1, 1]; 1 looks to the picture's right, by some 45 degrees.
        tilt: Lean of the head in degrees, clockwise.
        nod: In [-1, 1]; 1 looks down.
        arms: Poses of the arms on the picture's left and right.
    """

    character: Character
    outfit: Outfit
    worn: frozenset[str]
    mouth: str
    lids: str
    blushes: bool
    has_tears: bool
    yaw: float
    tilt: float
    nod: float
    arms: tuple[str, str]
    is_chibi: bool

    @property
    def body_scale(self) -> tuple[float, float]:
        """Width and height of the body beside the usual."""
        if self.is_chibi:
            return 0.7, 0.29
        return (1.05 if self.character.is_boy else 1.0), self.character.height

    def body_to_figure(self, y: float) -> float:
        """A height on the body in the units of the figure."""
        return NECK_Y + (y - NECK_Y) * self.body_scale[1]

    def figure_to_body(self, y: float) -> float:
        """A height of the figure in the units of the body."""
        return NECK_Y + (y - NECK_Y) / self.body_scale[1]


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure on the canvas: where its origin lies, and canvas units for one of its own."""

    figure: Figure
    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True)
class Style:
    """An artist's hand.

    Args:
        line_width: In canvas units.
        shading: ``cel``, ``soft`` or ``flat``.
        strands: How many strands of hair are drawn.
        eye_size: Beside the usual.
        iris: ``gradient``, ``ring`` or ``flat``.
        mode: ``color``, ``screentone``, ``greyscale``, ``sketch`` or ``tinted``.
        gamma, gains, vividness: Colour grading; 1 leaves colours as they are.
    """

    line_width: float
    black_lines: bool
    shading: str
    strands: int
    eye_size: float
    iris: str
    has_ring_of_light: bool
    mode: str
    gamma: float
    gains: tuple[float, float, float]
    vividness: float

    @property
    def is_monochrome(self) -> bool:
        """Whether pictures have no colours, or one."""
        return self.mode != "color"


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind the figures: a kind, two colours and a seed for details."""

    kind: str
    color: Color
    second: Color
    seed: int


@dataclass(frozen=True, slots=True)
class Picture:
    """All that decides how a drawing looks and what it shows.

    Args:
        width: Of the canvas, in units; ``height`` likewise; the longer is ``LONGER_SIDE``.
        framing: One of ``FRAMINGS``.
        figures: Farthest first.
        seed: For grain and the fall of lines.
    """

    width: int
    height: int
    framing: str
    figures: tuple[Placed, ...]
    background: Background
    style: Style
    seed: int


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
) -> Picture:
    """Makes up a picture of one figure, around what is given."""
    style = style or sample_style(random)
    character = character or sample_character(random)
    is_chibi = random.random() < 0.09
    if framing is None:
        framing = weighted(
            random,
            {"full_body": 3.0, "portrait": 1.0}
            if is_chibi
            else {
                "face": 2.0,
                "portrait": 4.0,
                "upper_body": 3.0,
                "half_body": 2.0,
                "full_body": 3.0,
            },
        )
    figure = sample_figure(random, character, is_chibi=is_chibi)
    width, height = _sample_canvas(random, framing)
    placed = _place(random, figure, framing, width, height)
    return Picture(
        width=width,
        height=height,
        framing=framing,
        figures=(placed,),
        background=_sample_background(random),
        style=style,
        seed=random.getrandbits(32),
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


def _place(random: Random, figure: Figure, framing: str, width: int, height: int) -> Placed:
    sole = figure.body_to_figure(SOLE_Y)
    tops_and_bottoms = {
        "face": (random.uniform(-150, -80), random.uniform(128, 165)),
        "portrait": (random.uniform(-215, -165), random.uniform(235, 330)),
        "upper_body": (random.uniform(-240, -180), random.uniform(400, 490)),
        "half_body": (random.uniform(-250, -180), random.uniform(690, 820)),
        "full_body": (random.uniform(-250, -190), sole + random.uniform(20, 70)),
    }
    top, bottom = tops_and_bottoms[framing]
    needed = 190.0 if framing == "face" else 330.0
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
        x=width / 2 + random.uniform(-1, 1) * min(slack, width * 0.28),
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
