"""How points of a head move when it turns, nods and leans."""

from __future__ import annotations

import math
from dataclasses import dataclass

from zokusei.draw.pen import Point
from zokusei.draw.scene import CHIN_Y, CROWN_Y, NECK_Y, SKULL_X, Figure, Placed

FACE_RADIUS, HAIR_RADIUS = 100.0, 106.0
TURN = 34.0
"""How far the middle of a face moves at a yaw of 1, in units."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head that looks somewhere; features are designed as seen from the front.

    A turn is drawn as x + k(1 - (x/R)^2): the silhouette stays, the middle moves most,
    and what moves towards the far side is foreshortened, as on a sphere.

    Args:
        yaw: In [-1, 1]; 1 looks to the picture's right.
        nod: In [-1, 1]; 1 looks down.
        chin_y: Where the chin ends.
    """

    yaw: float
    nod: float
    chin_y: float

    @classmethod
    def from_figure(cls, figure: Figure) -> Head:
        """The head of a figure; children's and chibis' chins are higher."""
        character = figure.character
        chin = CHIN_Y + character.face_length + (8 if character.is_boy else 0)
        return cls(figure.yaw, figure.nod, 104.0 if figure.is_chibi else chin)

    @property
    def chin_x(self) -> float:
        """Where the chin is."""
        return 25.0 * self.yaw

    @property
    def far_side(self) -> int:
        """The side that the head turns to: -1 or 1."""
        return 1 if self.yaw >= 0 else -1

    def on_face(self, x: float, y: float) -> Point:
        """Where a point of the face is seen."""
        return self._turned(x, y, FACE_RADIUS, 7.0)

    def on_hair(self, x: float, y: float) -> Point:
        """Where a point of the hair, which lies farther out, is seen."""
        return self._turned(x, y, HAIR_RADIUS, 4.0)

    def behind(self, x: float, y: float) -> Point:
        """Where a point at the back of the head is seen: it moves the other way."""
        return x - 16 * self.yaw, y - 3 * self.nod

    def _turned(self, x: float, y: float, radius: float, nod: float) -> Point:
        across = min(1.0, (x / radius) ** 2)
        along = min(1.0, ((y - 10) / 125) ** 2)
        return x + TURN * self.yaw * (1 - across), y + nod * self.nod * (1 - along)


def head_box(placed: Placed) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a head with its hair, on the canvas.

    From chin to crown and from side to side of the skull; hats, ears, tails and hair
    below the chin do not belong to it.
    """
    figure = placed.figure
    chin = Head.from_figure(figure).chin_y
    angle = math.radians(figure.tilt)
    middle_y, half = (chin + CROWN_Y) / 2, (chin - CROWN_Y) / 2
    # A turned ellipse reaches sqrt((a cos)^2 + (b sin)^2) to each side.
    reach_x = math.hypot(SKULL_X * math.cos(angle), half * math.sin(angle))
    reach_y = math.hypot(half * math.cos(angle), SKULL_X * math.sin(angle))
    lever = NECK_Y - 20 - middle_y
    x = lever * math.sin(angle)
    y = NECK_Y - 20 - lever * math.cos(angle)
    return (
        placed.x + (x - reach_x) * placed.scale,
        placed.y + (y - reach_y) * placed.scale,
        placed.x + (x + reach_x) * placed.scale,
        placed.y + (y + reach_y) * placed.scale,
    )
