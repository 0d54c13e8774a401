"""What a made-up character always is, whatever it wears or does, and how one is made up."""

from __future__ import annotations

from dataclasses import dataclass

from zokusei.draw.color import Color

TAILED = frozenset(
    {
        "twintails",
        "low_twintails",
        "ponytail",
        "high_ponytail",
        "low_ponytail",
        "side_ponytail",
        "single_braid",
        "twin_braids",
        "drill_hair",
    }
)
"""Styles that gather all hair at the back or sides."""

LOOSE_WITH_TIE = frozenset({"two_side_up", "one_side_up", "half_updo"})
"""Styles that tie some hair and leave the rest loose."""

BUNS = frozenset({"single_hair_bun", "double_bun"})


@dataclass(frozen=True, slots=True)
class Hair:
    """A head of hair.

    Args:
        color_id: Its colour as an attribute; ``color`` as it is mixed.
        length_id: Its length as an attribute; ``ends_at`` where it ends, in units.
        style_id: How it is tied, as an attribute, or ``""``.
        fringe: A bangs attribute, or ``choppy`` for an ordinary fringe.
        texture: ``straight``, or the attribute that says otherwise.
        cut: ``bob_cut``, ``hime_cut`` or ``""``.
        part: Which side it is parted on and tied to, -1 or 1.
        volume: How far it stands off the skull, in units.
        second_mode: How a second colour lies in it, as an attribute, or ``""``.
        seed: For the fall of single locks.
    """

    color_id: str
    color: Color
    length_id: str
    ends_at: float
    style_id: str
    fringe: str
    texture: str
    cut: str
    has_sidelocks: bool
    has_ahoge: bool
    part: int
    volume: float
    second_mode: str
    second_id: str
    second: Color
    seed: int

    @property
    def is_short(self) -> bool:
        """Whether it ends above the chin."""
        return self.length_id in {"short_hair", "very_short_hair"}

    @property
    def is_gathered(self) -> bool:
        """Whether nothing hangs loose at the back."""
        return self.style_id in TAILED or self.style_id in BUNS


@dataclass(frozen=True, slots=True)
class Eyes:
    """A pair of eyes: their colours on the viewer's left and right, and their shape."""

    left_id: str
    left: Color
    right_id: str
    right: Color
    shape: str


@dataclass(frozen=True, slots=True)
class Character:
    """What stays the same from picture to picture.

    Args:
        is_boy: Or a girl.
        hair: As it falls when nothing gathers it otherwise.
        eyes: Colours and shape (``round``, ``tsurime``, ``tareme`` or ``narrow``).
        skin_id: An attribute, or ``""`` for ordinary skin.
        ears: An attribute of animal or pointed ears, or ``""``.
        tail: Whose tail it has: ``cat``, ``fox`` ..., or ``""``.
        wings: ``feathered``, ``bat`` or ``""``.
        marks: Attributes of the face: moles, freckles, a scar, a beard.
        height: Length of the body beside the usual, about 1.
        side: Which side single marks and wears are on, -1 or 1.
    """

    is_boy: bool
    hair: Hair
    eyes: Eyes
    skin_id: str
    skin: Color
    ears: str
    has_horns: bool
    has_halo: bool
    tail: str
    wings: str
    marks: frozenset[str]
    is_muscular: bool
    height: float
    face_length: float
    side: int
