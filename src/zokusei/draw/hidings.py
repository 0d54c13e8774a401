"""The table of what hides what: frames, hats, hair, clothes, the lack of colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zokusei.draw.character import BUNS
from zokusei.draw.view import View
from zokusei.draw.wardrobe import HATS


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
_UNDER_A_HOOD = ("hat", *HATS, "maid_headdress", "tiara", "crown", "veil", "headphones")
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
            "half_updo",
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
        (*HATS, "tiara", "crown", "maid_headdress", "goggles", "forehead", "spiked_hair"),
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
        "the ends of tied hair are cut",
        lambda view: view.hair.is_gathered and (view.sees_aside < 150 or view.sees_to < 215),
        ("group:hair_length",),
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
        lambda view: view.sees_body_to < 270,
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
    Hiding(
        "a rabbit's tail is behind its body",
        lambda view: view.placed.figure.character.tail == "rabbit",
        ("tail",),
    ),
    Hiding(
        "a dress on straps may be a camisole",
        lambda view: (
            view.sees_body_to < 640
            and view.garment in {"dress", "camisole"}
            and view.placed.figure.outfit.bares_shoulders
        ),
        ("camisole", "dress"),
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
            "parted_bangs",
            "swept_bangs",
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
            *_UNDER_A_HOOD,
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
        lambda view: view.legs_are_covered,
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
        "sleeves and coats cover muscles, and chibis have none",
        lambda view: view.garment != "t-shirt" or view.placed.figure.is_chibi,
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
