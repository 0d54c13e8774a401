"""Makes up characters."""

from __future__ import annotations

from random import Random

from zokusei.draw.chance import weighted
from zokusei.draw.character import BUNS, LOOSE_WITH_TIE, TAILED, Character, Eyes, Hair
from zokusei.draw.palette import EYES, HAIR, NEARBY_EYES, SKIN, mix_hair

ENDS_AT = {
    "very_short_hair": (42.0, 58.0),
    "short_hair": (84.0, 106.0),
    "medium_hair": (162.0, 192.0),
    "long_hair": (300.0, 430.0),
    "very_long_hair": (620.0, 860.0),
}
"""How far down hair reaches, in units of the figure: the chin is at 114, shoulders near 190."""


def sample_character(random: Random) -> Character:
    """Makes up a character."""
    is_boy = random.random() < 0.3
    skin_id = weighted(random, {"": 13.0, "pale_skin": 2.5, "tan": 2.5, "dark_skin": 2.5})
    ears = _sample_ears(random)
    animal = ears.removesuffix("_ears") if ears != "pointy_ears" else ""
    has_horns = not animal and random.random() < 0.08
    return Character(
        is_boy=is_boy,
        hair=_sample_hair(random, is_boy=is_boy),
        eyes=_sample_eyes(random, is_boy=is_boy),
        skin_id=skin_id,
        skin=SKIN[skin_id].varied(random, 0.008, 0.03, 0.02),
        ears=ears,
        has_horns=has_horns,
        has_halo=not animal and not has_horns and random.random() < 0.07,
        tail=animal if random.random() < 0.8 else "demon" if has_horns else "",
        wings=_sample_wings(random, has_horns=has_horns),
        marks=_sample_marks(random, is_boy=is_boy),
        is_muscular=is_boy and random.random() < 0.25,
        height=random.uniform(0.99, 1.1) if is_boy else random.uniform(0.92, 1.04),
        face_length=random.uniform(-4, 4),
        side=random.choice((-1, 1)),
    )


def _sample_ears(random: Random) -> str:
    if random.random() < 0.78:
        return ""
    return weighted(
        random,
        {
            "cat_ears": 3.0,
            "fox_ears": 2.0,
            "rabbit_ears": 2.0,
            "dog_ears": 1.5,
            "wolf_ears": 1.5,
            "horse_ears": 1.5,
            "pointy_ears": 4.0,
        },
    )


def _sample_wings(random: Random, *, has_horns: bool) -> str:
    if random.random() > (0.35 if has_horns else 0.05):
        return ""
    return "bat" if has_horns or random.random() < 0.25 else "feathered"


def _sample_marks(random: Random, *, is_boy: bool) -> frozenset[str]:
    chances = {
        "mole_under_eye": 0.07,
        "mole": 0.05,
        "freckles": 0.06,
        "scar": 0.08 if is_boy else 0.04,
        "facial_hair": 0.16 if is_boy else 0.0,
    }
    return frozenset(mark for mark, chance in chances.items() if random.random() < chance)


def _sample_eyes(random: Random, *, is_boy: bool) -> Eyes:
    left_id = right_id = random.choice(list(EYES))
    left = right = EYES[left_id].varied(random)
    if random.random() < 0.06:
        far = sorted(EYES.keys() - NEARBY_EYES[left_id] - {left_id})
        right_id = random.choice(far)
        right = EYES[right_id].varied(random)
    shape = weighted(
        random,
        {"narrow": 5.0, "tsurime": 2.0, "round": 1.5}
        if is_boy
        else {"round": 5.0, "tsurime": 3.0, "tareme": 3.0, "narrow": 1.0},
    )
    return Eyes(left_id, left, right_id, right, shape)


def _sample_hair(random: Random, *, is_boy: bool) -> Hair:
    color_id = random.choice(list(HAIR))
    length_id = weighted(
        random,
        {"short_hair": 5.0, "very_short_hair": 4.0, "medium_hair": 2.0, "long_hair": 0.8}
        if is_boy
        else {
            "very_short_hair": 0.8,
            "short_hair": 3.0,
            "medium_hair": 4.0,
            "long_hair": 6.0,
            "very_long_hair": 2.2,
        },
    )
    style_id = _sample_style(random, is_boy=is_boy)
    if style_id == "drill_hair" and length_id == "very_long_hair":
        length_id = "long_hair"
    is_short = length_id in {"short_hair", "very_short_hair"}
    if is_short and (style_id in TAILED or style_id in LOOSE_WITH_TIE):
        length_id, is_short = random.choice(("medium_hair", "long_hair", "long_hair")), False
    texture = _sample_texture(random, may_spike=is_short and not style_id, is_boy=is_boy)
    fringe = _sample_fringe(random, is_boy=is_boy)
    cut = ""
    if not style_id and texture == "straight" and not is_boy:
        if length_id in {"short_hair", "medium_hair"} and random.random() < 0.55:
            cut, length_id = "bob_cut", "short_hair"
        elif not is_short and fringe == "blunt_bangs" and random.random() < 0.6:
            cut, length_id = "hime_cut", random.choice(("long_hair", "very_long_hair"))
    second_mode = ""
    if random.random() < 0.12:
        modes = ["two-tone_hair", "streaked_hair"]
        modes += [] if is_short or style_id in BUNS else ["gradient_hair"]
        modes += [] if is_short or style_id else ["colored_inner_hair"] * 2
        second_mode = random.choice(modes)
    second_id = random.choice([name for name in HAIR if _far(name, color_id)])
    has_sidelocks = cut == "hime_cut" or (
        texture != "spiked_hair"
        and fringe != "hair_over_one_eye"
        and length_id != "very_short_hair"
        and random.random() < 0.6
    )
    return Hair(
        color_id=color_id,
        color=mix_hair(color_id, random),
        length_id=length_id,
        ends_at=random.uniform(*ENDS_AT[length_id]),
        style_id=style_id,
        fringe=fringe,
        texture=texture,
        cut=cut,
        has_sidelocks=has_sidelocks,
        has_ahoge=random.random() < 0.2,
        part=random.choice((-1, 1)),
        volume=random.uniform(-3, 9),
        second_mode=second_mode,
        second_id=second_id,
        second=mix_hair(second_id, random),
        seed=random.getrandbits(32),
    )


def _far(name: str, other: str) -> bool:
    one, two = HAIR[name][0], HAIR[other][0]
    hues = abs(one.hue - two.hue)
    turn = min(hues, 1 - hues) if not (one.is_neutral or two.is_neutral) else 0.0
    return turn > 0.14 or abs(one.value - two.value) > 0.42


def _sample_style(random: Random, *, is_boy: bool) -> str:
    if is_boy:
        return weighted(random, {"": 12.0, "low_ponytail": 1.0, "ponytail": 0.5})
    return weighted(
        random,
        {
            "": 8.0,
            "twintails": 2.2,
            "low_twintails": 1.3,
            "two_side_up": 1.2,
            "one_side_up": 1.0,
            "ponytail": 1.3,
            "high_ponytail": 1.5,
            "low_ponytail": 1.0,
            "side_ponytail": 1.3,
            "single_braid": 1.3,
            "twin_braids": 1.3,
            "single_hair_bun": 1.2,
            "double_bun": 1.3,
            "half_updo": 1.0,
            "drill_hair": 1.3,
        },
    )


def _sample_texture(random: Random, *, may_spike: bool, is_boy: bool) -> str:
    if may_spike and random.random() < (0.4 if is_boy else 0.1):
        return "spiked_hair"
    return weighted(
        random, {"straight": 6.0, "wavy_hair": 2.0, "messy_hair": 1.5, "curly_hair": 1.0}
    )


def _sample_fringe(random: Random, *, is_boy: bool) -> str:
    return weighted(
        random,
        {
            "swept_bangs": 3.0,
            "choppy": 4.0,
            "parted_bangs": 2.0,
            "hair_between_eyes": 2.5,
            "hair_over_one_eye": 0.7,
            "forehead": 1.0,
            "blunt_bangs": 0.6,
        }
        if is_boy
        else {
            "blunt_bangs": 4.0,
            "swept_bangs": 3.0,
            "parted_bangs": 2.5,
            "hair_between_eyes": 3.5,
            "hair_over_one_eye": 1.1,
            "choppy": 3.0,
            "forehead": 1.0,
        },
    )
