"""The truth about a picture: what is seen to be there, seen not to be, and what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zokusei.draw.character import BUNS, Hair
from zokusei.draw.claims import NEVER_DRAWN, claim
from zokusei.draw.scene import SOLE_Y, Picture, Placed
from zokusei.draw.wardrobe import HATS
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class View:
    """How much of a figure the canvas shows.

    Args:
        sees_from, sees_to: Highest and lowest visible point, in units of the figure.
        sees_body_to: The latter in units of the body.
        sees_aside: How far it shows to the narrower side of the head's middle.
    """

    placed: Placed
    picture: Picture

    @property
    def sees_from(self) -> float:
        return -self.placed.y / self.placed.scale

    @property
    def sees_to(self) -> float:
        return (self.picture.height - self.placed.y) / self.placed.scale

    @property
    def sees_body_to(self) -> float:
        return self.placed.figure.figure_to_body(self.sees_to)

    @property
    def sees_aside(self) -> float:
        return min(self.placed.x, self.picture.width - self.placed.x) / self.placed.scale

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
        return self.placed.figure.character.hair

    @property
    def garment(self) -> str:
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


@dataclass(frozen=True, slots=True)
class Hiding:
    """A line of the table of what hides what.

    Args:
        reason: In words.
        applies: Whether it does, in a view.
        hides: Ids of attributes; ``group:`` before the id of a whole group;
            ``SECOND_COLOR`` for the second colour of the hair, ``COVERED_EYE`` for the
            colour of an eye that is not seen.
    """

    reason: str
    applies: Callable[[View], bool]
    hides: tuple[str, ...]


SECOND_COLOR = "second colour of the hair"
COVERED_EYE = "colour of the covered eye"

_TOP_OF_HEAD = (
    "ahoge",
    "halo",
    "horns",
    "animal_ears",
    "cat_ears",
    "fox_ears",
    "rabbit_ears",
    "dog_ears",
    "wolf_ears",
    "horse_ears",
    "hair_bun",
    "single_hair_bun",
    "double_bun",
    "high_ponytail",
    "two_side_up",
    "one_side_up",
    "half_updo",
    "hairband",
    "hair_bow",
    "hair_ribbon",
)
_TIED = (
    "twintails",
    "low_twintails",
    "two_side_up",
    "one_side_up",
    "ponytail",
    "high_ponytail",
    "low_ponytail",
    "side_ponytail",
    "braid",
    "single_braid",
    "twin_braids",
    "hair_bun",
    "single_hair_bun",
    "double_bun",
    "half_updo",
    "drill_hair",
    "twin_drills",
)
_SHAPE_OF_HAIR = (
    "bob_cut",
    "hime_cut",
    "straight_hair",
    "wavy_hair",
    "curly_hair",
    "messy_hair",
    "spiked_hair",
)
_MOUTH = ("smile", "grin", "open_mouth", "closed_mouth", "frown", ":3", "fang")
_MIXED = (
    "multicolored_hair",
    "two-tone_hair",
    "gradient_hair",
    "streaked_hair",
    "colored_inner_hair",
)
_BELOW_WAIST = ("skirt", "pleated_skirt", "pants", "shorts", "hakama")
_ON_LEGS = ("thighhighs", "pantyhose")

HIDINGS: tuple[Hiding, ...] = (
    # The picture itself.
    Hiding(
        "no colours",
        lambda view: view.picture.style.is_monochrome,
        ("group:hair_color", "group:eye_color", "group:skin", *_MIXED, "heterochromia"),
    ),
    Hiding(
        "a blush without hatching is only a tone",
        lambda view: view.picture.style.is_monochrome,
        ("blush", "freckles"),
    ),
    Hiding(
        "small marks are lost in a small face",
        lambda view: view.placed.scale * 240 < 100,
        (
            "freckles",
            "mole",
            "mole_under_eye",
            "scar",
            "fang",
            "tears",
            "earrings",
            "tsurime",
            "tareme",
            "jitome",
            "half-closed_eyes",
            "hairclip",
            "hair_ornament",
            "choker",
            "blush",
        ),
    ),
    Hiding(
        "screentone and pencil blur small marks",
        lambda view: view.picture.style.mode in {"screentone", "sketch"},
        ("mole", "mole_under_eye", "scar", "tears", "fang", "muscular", "obi", "apron"),
    ),
    # The edges of the canvas.
    Hiding("the crown is cut", lambda view: view.sees_from > -170, _TOP_OF_HEAD),
    Hiding(
        "the brow is cut",
        lambda view: view.sees_from > -120,
        ("group:headwear", "goggles", "forehead", "spiked_hair"),
    ),
    Hiding("the sides are cut", lambda view: view.sees_aside < 150, (*_TIED, "wings")),
    Hiding(
        "the face alone is seen",
        lambda view: view.sees_aside < 112,
        (
            "sidelocks",
            "earrings",
            "pointy_ears",
            "headphones",
            *_SHAPE_OF_HAIR,
            "colored_inner_hair",
        ),
    ),
    Hiding(
        "hair ends are below the canvas",
        lambda view: view.sees_to < 215,
        (
            "medium_hair",
            "long_hair",
            "very_long_hair",
            "gradient_hair",
            *_SHAPE_OF_HAIR,
            *_TIED,
        ),
    ),
    Hiding("short hair's ends are cut", lambda view: view.sees_to < 125, ("group:hair_length",)),
    Hiding(
        "the ends of long hair are below the canvas",
        lambda view: view.sees_to < 460,
        ("very_long_hair",),
    ),
    Hiding(
        "a gradient's end is below the canvas",
        lambda view: view.sees_to < view.hair.ends_at * 0.85,
        ("gradient_hair", "multicolored_hair", SECOND_COLOR),
    ),
    Hiding(
        "a second colour lies at the edge of what is seen",
        lambda view: view.sees_aside < 125 or view.sees_to < 160,
        (*_MIXED, SECOND_COLOR),
    ),
    Hiding(
        "thin streaks and inner hair are lost in a small head",
        lambda view: (
            view.placed.scale * 240 < 110
            and view.hair.second_mode in {"streaked_hair", "colored_inner_hair"}
        ),
        (*_MIXED, SECOND_COLOR),
    ),
    Hiding("the collar is cut", lambda view: view.sees_to < 150, ("group:neckwear",)),
    Hiding(
        "the chest is cut",
        lambda view: view.sees_body_to < 240,
        ("group:clothing", "necktie", "bowtie", "neck_ribbon", "muscular", "scarf"),
    ),
    Hiding("shoulders are cut", lambda view: view.sees_to < 230, ("wings",)),
    Hiding("the chest is half seen", lambda view: view.sees_body_to < 320, ("muscular", "maid")),
    Hiding("the waist is cut", lambda view: view.sees_body_to < 460, ("obi", "apron")),
    Hiding(
        "below the waist is cut",
        lambda view: view.sees_body_to < 640,
        (*_BELOW_WAIST, "dress", "china_dress", "tail", "yukata"),
    ),
    Hiding("the tail's side is cut", lambda view: view.sees_aside < 190, ("tail",)),
    Hiding("legs are cut", lambda view: view.sees_body_to < 860, (*_ON_LEGS, "shorts")),
    Hiding("feet are cut", lambda view: view.sees_body_to < 1200, ("boots",)),
    Hiding("no hand is seen", lambda view: not view.hands_show(), ("gloves",)),
    # Things worn, over what is under them.
    Hiding(
        "a hat covers the crown",
        lambda view: view.wears(*HATS),
        (
            *_TOP_OF_HEAD,
            "group:hair_accessory",
            "forehead",
            "spiked_hair",
            "messy_hair",
            *_MIXED,
            SECOND_COLOR,
            "goggles",
            "veil",
        ),
    ),
    Hiding(
        "a hood covers the hair",
        lambda view: view.wears("hood"),
        (
            *_TOP_OF_HEAD,
            *_TIED,
            *_SHAPE_OF_HAIR,
            *_MIXED,
            SECOND_COLOR,
            "group:hair_accessory",
            "group:hair_length",
            "group:headwear",
            "group:ears_and_horns",
            "earrings",
            "sidelocks",
        ),
    ),
    Hiding(
        "a veil covers the hair",
        lambda view: view.wears("veil"),
        (
            *_TIED,
            *_SHAPE_OF_HAIR,
            *_TOP_OF_HEAD,
            "group:hair_accessory",
            "group:hair_length",
            "earrings",
            "ahoge",
            "wings",
        ),
    ),
    Hiding(
        "a band or crown covers the crown of the head",
        lambda view: view.wears(
            "crown", "tiara", "maid_headdress", "headphones", "goggles", "hairband"
        ),
        ("ahoge",),
    ),
    Hiding(
        "a mask covers the mouth",
        lambda view: view.wears("mask"),
        (*_MOUTH, "facial_hair", "mole", "scar", "freckles", "blush"),
    ),
    Hiding(
        "dark glasses cover the eyes",
        lambda view: view.wears("sunglasses"),
        (
            "group:eye_color",
            "group:eyes",
            "tears",
            "mole_under_eye",
            "freckles",
            "hair_between_eyes",
        ),
    ),
    Hiding(
        "an eyepatch covers an eye",
        lambda view: view.wears("eyepatch"),
        ("heterochromia", "one_eye_closed", "mole_under_eye", "tears", COVERED_EYE),
    ),
    Hiding("glasses lie over small marks", lambda view: view.wears("glasses"), ("mole_under_eye",)),
    Hiding(
        "a scarf covers the neck",
        lambda view: view.wears("scarf"),
        (
            "choker",
            "turtleneck",
            "necktie",
            "bowtie",
            "neck_ribbon",
            "sailor_collar",
            "facial_hair",
        ),
    ),
    # Clothes, over what is under them.
    Hiding(
        "a high collar covers the neck",
        lambda view: (
            view.placed.figure.outfit.is_turtleneck
            or view.garment in {"gakuran", "military_uniform", "china_dress", "armor"}
        ),
        ("choker",),
    ),
    Hiding(
        "trousers and long skirts cover the legs",
        lambda view: _covers_legs(view),
        _ON_LEGS,
    ),
    Hiding(
        "long hems cover the boots",
        lambda view: (
            view.placed.figure.outfit.bottom in {"hakama", "long_skirt"}
            or view.garment in {"kimono", "yukata"}
        ),
        ("boots",),
    ),
    Hiding(
        "an apron covers the front",
        lambda view: view.placed.figure.outfit.has_apron,
        ("skirt", "pleated_skirt", "shorts", "necktie", "dress"),
    ),
    Hiding(
        "a cloak covers all",
        lambda view: view.garment == "cloak",
        (
            *_BELOW_WAIST,
            *_ON_LEGS,
            "tail",
            "wings",
            "gloves",
            "muscular",
            "obi",
            "apron",
            "sweater",
            "t-shirt",
            "collared_shirt",
            "camisole",
            "hoodie",
            "armor",
            "necktie",
            "bowtie",
            "neck_ribbon",
            "choker",
            "bare_shoulders",
        ),
    ),
    Hiding(
        "sleeves and coats cover muscles",
        lambda view: view.garment != "t-shirt",
        ("muscular",),
    ),
    # Hair and lids, over the face.
    Hiding(
        "hair covers an eye",
        lambda view: view.hair.fringe == "hair_over_one_eye",
        (
            "heterochromia",
            "one_eye_closed",
            "mole_under_eye",
            "tears",
            "eyepatch",
            "scar",
            COVERED_EYE,
        ),
    ),
    Hiding(
        "closed eyes show no colour",
        lambda view: view.placed.figure.lids == "closed",
        ("group:eye_color", "heterochromia"),
    ),
    Hiding(
        "a wink shows one colour",
        lambda view: view.placed.figure.lids == "wink",
        ("heterochromia", COVERED_EYE),
    ),
    Hiding(
        "hair is up: its length cannot be seen",
        lambda view: view.hair.style_id in BUNS,
        ("group:hair_length",),
    ),
    Hiding(
        "hair covers the ears, and earrings that are not there with them",
        lambda view: (
            "earrings" not in view.placed.figure.worn
            and (view.hair.has_sidelocks or not view.hair.is_gathered)
        ),
        ("earrings",),
    ),
    Hiding(
        "headphones cover the ears",
        lambda view: view.wears("headphones"),
        ("earrings",),
    ),
    Hiding(
        "a beard covers the chin",
        lambda view: "facial_hair" in view.placed.figure.character.marks,
        ("mole", "scar", "choker"),
    ),
)


def _covers_legs(view: View) -> bool:
    outfit = view.placed.figure.outfit
    if outfit.bottom in {"pants", "long_skirt", "hakama"}:
        return True
    if outfit.garment in {"kimono", "yukata", "cloak"}:
        return True
    return outfit.garment in {"dress", "maid", "china_dress"} and outfit.hem == "long"


@dataclass(frozen=True, slots=True)
class Labels:
    """What a picture is known to show and known not to show; all else is unknown."""

    present: frozenset[str]
    absent: frozenset[str]


def label(picture: Picture) -> Labels:
    """The truth about a picture, closed under the implications of the vocabulary."""
    vocabulary = Vocabulary.from_package()
    seen = [_label_figure(View(placed, picture), vocabulary) for placed in picture.figures]
    present = set().union(*(labels.present for labels in seen))
    absent = set.intersection(*(set(labels.absent) for labels in seen))
    _label_kind(picture, present, absent)
    there = vocabulary.implied_by(present)
    return Labels(there, vocabulary.denied_by(absent))


def _label_figure(view: View, vocabulary: Vocabulary) -> Labels:
    claims = claim(view.placed.figure, vocabulary)
    hidden: set[str] = set()
    for hiding in HIDINGS:
        if hiding.applies(view):
            for name in hiding.hides:
                if name == SECOND_COLOR:
                    hidden |= _second_color(view.hair, vocabulary)
                elif name == COVERED_EYE:
                    hidden |= view.covered_eye_ids
                elif name.startswith("group:"):
                    hidden |= set(vocabulary.group(name.removeprefix("group:")).attribute_ids)
                else:
                    hidden.add(name)
    # What is worn on the head is seen where it covers: only its absence is uncertain there.
    shown_anyway = view.placed.figure.worn & {"hood", *HATS}
    present = (claims.present - hidden) | (claims.present & shown_anyway)
    denied = vocabulary.denied_by(claims.absent - hidden)
    return Labels(vocabulary.implied_by(present), frozenset(denied))


def _second_color(hair: Hair, vocabulary: Vocabulary) -> frozenset[str]:
    """What only the second colour makes present."""
    first = vocabulary.implied_by({hair.color_id})
    return vocabulary.implied_by({hair.second_id}) - first if hair.second_mode else frozenset()


def _label_kind(picture: Picture, present: set[str], absent: set[str]) -> None:
    mode = picture.style.mode
    shown = {
        "color": set[str](),
        "screentone": {"screentones", "greyscale"},
        "greyscale": {"greyscale"},
        "sketch": {"sketch", "greyscale"},
        "tinted": {"monochrome"},
    }[mode]
    present |= shown | ({"monochrome"} if shown else set())
    kinds = {"monochrome", "greyscale", "screentones", "sketch"}
    absent |= kinds - present - ({"sketch"} if mode == "screentone" else set())
    for attribute, state in _framing(picture).items():
        (present if state else absent).add(attribute)


def _framing(picture: Picture) -> dict[str, bool]:
    """Whether it is a portrait, an upper body, a full body, where that is clear."""
    views = [View(placed, picture) for placed in picture.figures]
    lowest = min(view.sees_body_to for view in views)
    if lowest >= SOLE_Y:
        return {"portrait": False, "upper_body": False, "full_body": True}
    if any(view.placed.figure.is_chibi for view in views):
        return {"full_body": False}
    states = {"full_body": False}
    if lowest < 345:
        return states | {"portrait": True, "upper_body": False}
    if lowest > 385:
        states["portrait"] = False
    if 385 < lowest < 560:
        states["upper_body"] = True
    if lowest > 650:
        states["upper_body"] = False
    return states


def drawable_ids() -> frozenset[str]:
    """The attributes that drawings show; no drawing says anything about the others."""
    return frozenset(Vocabulary.from_package().ids) - NEVER_DRAWN
