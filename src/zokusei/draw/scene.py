"""One picture before it is drawn: figures in poses, a canvas, a background and a hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zokusei.draw.character import Character, Hair
from zokusei.draw.color import Color
from zokusei.draw.wardrobe import Outfit

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

    @property
    def hair(self) -> Hair:
        """The hair as it falls here: below a chibi's short neck it is shorter too."""
        hair = self.character.hair
        if not self.is_chibi or hair.ends_at <= NECK_Y:
            return hair
        return replace(hair, ends_at=min(NECK_Y + (hair.ends_at - NECK_Y) * 0.5, 440.0))

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
