"""How much of a figure a canvas shows."""

from __future__ import annotations

from dataclasses import dataclass

from zokusei.draw.character import Hair
from zokusei.draw.scene import Picture, Placed

_HALF_A_FIGURE = 140.0
"""Units from the middle of a figure to where it stops hiding its neighbours, tails aside."""


@dataclass(frozen=True, slots=True)
class View:
    """How much of a figure the canvas shows."""

    placed: Placed
    picture: Picture

    @property
    def sees_from(self) -> float:
        """Highest visible point, in units of the figure."""
        return -self.placed.y / self.placed.scale

    @property
    def sees_to(self) -> float:
        """Lowest visible point, in units of the figure."""
        return (self.picture.height - self.placed.y) / self.placed.scale

    @property
    def sees_body_to(self) -> float:
        """Lowest visible point, in units of the body."""
        return self.placed.figure.figure_to_body(self.sees_to)

    @property
    def sees_aside(self) -> float:
        """How far it shows to the narrower side of the head, up to the edge or a neighbour."""
        edges = [self.placed.x, self.picture.width - self.placed.x]
        edges += [
            abs(other.x - self.placed.x) - _HALF_A_FIGURE * other.scale
            for other in self.picture.figures
            if other is not self.placed
        ]
        return min(edges) / self.placed.scale

    @property
    def covered_eye_ids(self) -> set[str]:
        """Colours of eyes that something covers, and of no other."""
        figure = self.placed.figure
        side = figure.character.side
        covered = {side} if "eyepatch" in figure.worn or figure.lids == "wink" else set()
        if self.hair.fringe == "hair_over_one_eye":
            covered.add(-self.hair.part)
        eyes = figure.character.eyes
        ids = {-1: eyes.left_id, 1: eyes.right_id}
        seen = {id_ for eye, id_ in ids.items() if eye not in covered}
        return {ids[eye] for eye in covered} - seen

    def wears(self, *names: str) -> bool:
        """Whether any of these small things is worn."""
        return bool(self.placed.figure.worn.intersection(names))

    @property
    def hair(self) -> Hair:
        """The hair of the figure."""
        return self.placed.figure.hair

    @property
    def garment(self) -> str:
        """The main garment, by its name in the catalogue."""
        return self.placed.figure.outfit.garment

    def hands_show(self) -> bool:
        """Whether a hand is on the canvas and before the body."""
        figure = self.placed.figure
        if self.garment == "cloak":
            return False
        lowest = {"down": 620, "clasped": 560, "hip": 520, "chest": 380, "raised": 200}
        wide = {"down": 150, "hip": 210, "raised": 210}
        return any(
            pose in lowest
            and self.sees_body_to > lowest[pose]
            and self.sees_aside > wide.get(pose, 60)
            for pose in figure.arms
        )

    @property
    def legs_are_covered(self) -> bool:
        """Whether what is worn reaches so far down that legs cannot be judged."""
        outfit = self.placed.figure.outfit
        if outfit.bottom in {"pants", "long_skirt", "hakama"}:
            return True
        if outfit.garment in {"kimono", "yukata", "cloak"}:
            return True
        return outfit.garment in {"dress", "maid", "china_dress"} and outfit.hem == "long"
