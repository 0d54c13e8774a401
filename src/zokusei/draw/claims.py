"""What would be seen of a figure if nothing hid any of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from zokusei.draw.scene import Figure
from zokusei.draw.wardrobe import CATALOGUE
from zokusei.vocabulary import Vocabulary

NEVER_DRAWN = frozenset(
    {"flat_chest", "small_breasts", "medium_breasts", "large_breasts", "swimsuit"}
)
"""Attributes that no drawing shows; they stay unknown."""

STYLE_SHOWS = {"drill_hair": ("twin_drills",)}
STYLE_LEAVES_OPEN = {
    "ponytail": ("side_ponytail",),
    "high_ponytail": ("side_ponytail",),
    "low_ponytail": ("side_ponytail",),
    "half_updo": ("one_side_up", "ponytail", "side_ponytail"),
    "side_ponytail": ("ponytail", "high_ponytail", "low_ponytail", "one_side_up"),
    "one_side_up": ("side_ponytail",),
    "single_braid": ("wavy_hair", "side_ponytail", "low_ponytail", "ponytail"),
    "twin_braids": ("wavy_hair", "twintails", "low_twintails"),
    "drill_hair": ("wavy_hair", "curly_hair", "twintails"),
}
TEXTURE_LEAVES_OPEN = {
    "wavy_hair": ("curly_hair", "messy_hair"),
    "curly_hair": ("wavy_hair", "messy_hair"),
    "messy_hair": ("wavy_hair", "spiked_hair"),
    "spiked_hair": ("messy_hair",),
}
FRINGE_LEAVES_OPEN = {
    "swept_bangs": ("forehead",),
    "parted_bangs": ("forehead",),
    "hair_over_one_eye": ("swept_bangs",),
    "choppy": (),
    "hair_between_eyes": ("forehead",),
}
EARS_LEAVE_OPEN = {"wolf_ears": ("dog_ears", "fox_ears"), "fox_ears": ("wolf_ears",)}
LIDS_SHOW = {
    "closed": ("closed_eyes",),
    "wink": ("one_eye_closed",),
    "half": ("half-closed_eyes",),
    "jitome": ("jitome",),
    "open": (),
}
LIDS_LEAVE_OPEN = {
    "closed": ("tsurime", "tareme"),
    "half": ("jitome", "tsurime", "tareme"),
    "jitome": ("half-closed_eyes", "tsurime", "tareme"),
}
MOUTH_SHOWS = {
    "smile": ("smile", "closed_mouth"),
    "closed": ("closed_mouth",),
    "frown": ("frown", "closed_mouth"),
    "cat": (":3", "closed_mouth"),
    "open": ("open_mouth",),
    "laugh": ("open_mouth", "smile"),
    "fang": ("fang", "open_mouth", "smile"),
    "grin": ("grin",),
}
MOUTH_LEAVES_OPEN = {"cat": ("smile",), "grin": ("open_mouth", "closed_mouth", "fang")}


@dataclass(slots=True)
class Claims:
    """Attributes said to be there and not to be there; the rest is left open."""

    vocabulary: Vocabulary
    present: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)

    def settle(self, group_id: str, present: Iterable[str], leave_open: Iterable[str] = ()) -> None:
        """Answers a whole group: these are there, those are left open, the others are not.

        What is left open leaves open what it would imply.
        """
        there = self.vocabulary.implied_by(present)
        left_open = self.vocabulary.implied_by(leave_open)
        ids = self.vocabulary.group(group_id).attribute_ids
        self.present |= there
        self.absent |= set(ids) - there - left_open - NEVER_DRAWN


def claim(figure: Figure, vocabulary: Vocabulary) -> Claims:
    """Everything a figure has and has not."""
    claims = Claims(vocabulary)
    _claim_hair(claims, figure)
    _claim_bangs(claims, figure)
    _claim_face(claims, figure)
    _claim_body(claims, figure)
    _claim_head_wear(claims, figure)
    _claim_clothes(claims, figure)
    claims.absent -= claims.present
    return claims


def _claim_hair(claims: Claims, figure: Figure) -> None:
    hair = figure.character.hair
    colors = {hair.color_id} | ({hair.second_id} if hair.second_mode else set())
    claims.settle("hair_color", colors)
    claims.settle(
        "hair_length",
        {hair.length_id},
        {"very_short_hair"} if hair.texture == "spiked_hair" else (),
    )
    shown = set(STYLE_SHOWS.get(hair.style_id, (hair.style_id,))) - {""}
    shown |= {hair.cut} - {""}
    shown |= {hair.texture} - {"straight"}
    left_open = set(STYLE_LEAVES_OPEN.get(hair.style_id, ()))
    left_open |= set(TEXTURE_LEAVES_OPEN.get(hair.texture, ()))
    if hair.texture == "straight":
        hangs_straight = not hair.is_short and not hair.is_gathered
        (shown if hangs_straight else left_open).add("straight_hair")
    if hair.has_sidelocks:
        shown.add("sidelocks")
    elif hair.texture == "spiked_hair" or not (hair.is_short or hair.is_gathered):
        left_open.add("sidelocks")
    if hair.second_mode:
        shown |= {hair.second_mode}
    if not hair.cut and hair.is_short and hair.texture != "spiked_hair":
        left_open.add("bob_cut")
    if not hair.cut and hair.fringe == "blunt_bangs" and not hair.is_short:
        left_open.add("hime_cut")
    claims.settle("hair_style", shown, left_open)


def _claim_bangs(claims: Claims, figure: Figure) -> None:
    hair = figure.character.hair
    shown = ({hair.fringe} - {"choppy"}) | ({"ahoge"} if hair.has_ahoge else set())
    left_open = set(FRINGE_LEAVES_OPEN.get(hair.fringe, ()))
    if hair.texture in {"spiked_hair", "messy_hair"} and not hair.has_ahoge:
        left_open.add("ahoge")
    claims.settle("bangs", shown, left_open)


def _claim_face(claims: Claims, figure: Figure) -> None:
    eyes = figure.character.eyes
    claims.settle("eye_color", {eyes.left_id, eyes.right_id})
    shown = set(LIDS_SHOW[figure.lids])
    left_open = set(LIDS_LEAVE_OPEN.get(figure.lids, ()))
    if eyes.shape in {"tsurime", "tareme"} and not left_open:
        shown.add(eyes.shape)
    if eyes.shape == "narrow":
        left_open |= {"half-closed_eyes", "jitome", "tsurime"} - shown
    if eyes.left_id != eyes.right_id:
        shown.add("heterochromia")
    claims.settle("eyes", shown, left_open)
    shown = set(MOUTH_SHOWS[figure.mouth])
    shown |= {"blush"} if figure.blushes else set()
    shown |= {"tears"} if figure.has_tears else set()
    claims.settle("expression", shown, MOUTH_LEAVES_OPEN.get(figure.mouth, ()))
    claims.settle("eyewear", figure.worn & {"glasses", "sunglasses", "goggles", "eyepatch", "mask"})


def _claim_body(claims: Claims, figure: Figure) -> None:
    character = figure.character
    shown = set(character.marks)
    shown |= {"muscular"} if character.is_muscular else set()
    shown |= {"wings"} if character.wings else set()
    shown |= {"tail"} if character.tail else set()
    claims.settle("body", shown)
    claims.settle(
        "skin",
        {character.skin_id} - {""},
        {"tan", "dark_skin"} if character.skin_id in {"tan", "dark_skin"} else (),
    )
    shown = {character.ears} - {""}
    shown |= {"horns"} if character.has_horns else set()
    shown |= {"halo"} if character.has_halo else set()
    claims.settle("ears_and_horns", shown, EARS_LEAVE_OPEN.get(character.ears, ()))
    claims.present.add("1boy" if character.is_boy else "1girl")
    claims.absent.add("1girl" if character.is_boy else "1boy")
    (claims.present if figure.is_chibi else claims.absent).add("chibi")


def _claim_head_wear(claims: Claims, figure: Figure) -> None:
    worn, vocabulary = figure.worn, claims.vocabulary
    headwear = set(vocabulary.group("headwear").attribute_ids)
    left_open = set()
    if figure.outfit.garment in {"hoodie", "cloak"}:
        left_open.add("hood")
    if "tiara" in worn:
        left_open.add("crown")
    if "crown" in worn:
        left_open.add("tiara")
    if "veil" in worn:
        left_open |= {"maid_headdress", "tiara"}
    claims.settle("headwear", worn & headwear, left_open)
    shown = set(worn & {"hairclip", "hair_flower", "hair_ribbon", "hair_bow", "hairband"})
    left_open = set()
    if "star" in worn:
        shown.add("hair_ornament")
        left_open.add("hairclip")
    is_tied = bool(figure.character.hair.style_id)
    if is_tied or worn & {
        "hair_ribbon",
        "hair_bow",
        "hairband",
        "tiara",
        "crown",
        "maid_headdress",
    }:
        left_open.add("hair_ornament")
    if worn & {"hair_ribbon", "hair_bow", "maid_headdress"}:
        left_open |= {"hair_ribbon", "hair_bow"}
    if worn & {"maid_headdress", "headphones", "tiara", "goggles"}:
        left_open.add("hairband")
    claims.settle("hair_accessory", shown, left_open)


def _claim_clothes(claims: Claims, figure: Figure) -> None:
    outfit, worn = figure.outfit, figure.worn
    shown = set(outfit.shows)
    left_open = set(CATALOGUE[outfit.garment].leaves_open)
    if outfit.bottom == "pleated_skirt" or outfit.garment == "suit":
        left_open.add("school_uniform")
    if outfit.garment == "armor":
        left_open |= {"shirt", "gloves", "boots"}
    neckwear = {"necktie", "bowtie", "neck_ribbon", "scarf", "choker", "earrings"}
    if outfit.tie in {"bowtie", "neck_ribbon"}:
        left_open |= {"bowtie", "neck_ribbon"}
    claims.settle("clothing", shown - neckwear, left_open - neckwear - shown)
    ties = shown & neckwear | worn & {"scarf", "choker", "earrings"}
    claims.settle("neckwear", ties, (left_open & neckwear) - ties)
