"""Makes up what characters wear."""

from __future__ import annotations

from random import Random

from zokusei.draw.chance import weighted
from zokusei.draw.character import Character
from zokusei.draw.color import CHARCOAL, NAVY, OFF_WHITE, Color
from zokusei.draw.palette import CLOTH, mix_cloth
from zokusei.draw.wardrobe import BOYS_BOTTOM, CATALOGUE, HATS, ONE_PIECE, Outfit


def sample_outfit(random: Random, character: Character) -> Outfit:
    """Dresses a character."""
    is_boy = character.is_boy
    weights = {name: entry.boys if is_boy else entry.girls for name, entry in CATALOGUE.items()}
    if character.is_muscular:
        weights["t-shirt"] *= 4
    garment = weighted(random, weights)
    entry = CATALOGUE[garment]
    bottoms = entry.bottoms
    if is_boy and bottoms not in (ONE_PIECE, ("hakama",)):
        bottoms = BOYS_BOTTOM if "shorts" in bottoms else ("pants",)
    bottom = random.choice(bottoms)
    main, second = mix_cloth(random), mix_cloth(random)
    if garment == "serafuku" and not main.is_pale:
        main = random.choice((OFF_WHITE, OFF_WHITE, CHARCOAL, NAVY))
    sleeves = random.choice(entry.sleeves)
    return Outfit(
        garment=garment,
        sleeves=sleeves,
        bottom=bottom,
        tie=random.choice(entry.ties),
        hem=random.choice(("short", "short", "long")),
        legwear=_sample_legwear(random, garment, is_boy=is_boy),
        has_boots=random.random() < (0.6 if garment in {"armor", "military_uniform"} else 0.3)
        and garment not in {"kimono", "yukata"},
        has_gloves=random.random() < (0.5 if garment in {"armor", "military_uniform"} else 0.14),
        has_apron=garment in {"collared_shirt", "sweater", "dress"} and random.random() < 0.12,
        is_turtleneck=garment == "sweater" and random.random() < 0.5,
        main=main,
        second=second,
        trim=mix_cloth(random, "red", "blue", "pink", "yellow", "green", "purple", "black"),
        bottom_color=_sample_bottom_color(random, garment, bottom, main),
        leg_color=mix_cloth(random, "black", "black", "white", "navy", "brown", "grey"),
        variant=random.randrange(60),
    )


def _sample_legwear(random: Random, garment: str, *, is_boy: bool) -> str:
    if garment in {"kimono", "yukata", "hakama"}:
        return "socks"
    if is_boy:
        return random.choice(("socks", "socks", ""))
    return weighted(random, {"thighhighs": 3.0, "pantyhose": 2.0, "socks": 3.0, "": 2.5})


def _sample_bottom_color(random: Random, garment: str, bottom: str, main: Color) -> Color:
    if garment in {"suit", "gakuran", "military_uniform"}:
        return CHARCOAL if garment == "gakuran" else main
    if bottom == "hakama":
        return mix_cloth(random, "red", "red", "navy", "purple", "black", "green")
    if bottom in {"pants", "shorts"}:
        return mix_cloth(random, "navy", "black", "grey", "brown", "beige", "blue", "white")
    return random.choice((mix_cloth(random), CLOTH["navy"], CLOTH["grey"], CHARCOAL))


def sample_wear(random: Random, character: Character, outfit: Outfit) -> frozenset[str]:
    """Puts on hats, glasses, ribbons and the like."""
    worn: set[str] = set()
    girls = not character.is_boy
    bare_top = not (character.ears not in {"", "pointy_ears"} or character.has_horns)
    if outfit.garment == "maid" and random.random() < 0.8:
        worn.add("maid_headdress")
    elif bare_top and not character.has_halo and random.random() < 0.22:
        worn.add(_sample_headwear(random, outfit, girls=girls))
    elif bare_top and random.random() < 0.07:
        worn.add("headphones")
    if random.random() < 0.3:
        worn.add(
            weighted(
                random,
                {"glasses": 6.0, "sunglasses": 1.5, "goggles": 1.5, "eyepatch": 1.8, "mask": 1.8},
            )
        )
    if "goggles" in worn and worn & {*HATS, "hood", "veil", "maid_headdress", "crown", "tiara"}:
        worn.discard("goggles")
    if character.hair.fringe == "hair_over_one_eye":
        worn.discard("eyepatch")
    if not worn & {"hood", "veil"}:
        worn |= _sample_hair_wear(random, girls=girls, is_crowned=bool(worn & _ON_TOP))
    covered = outfit.is_turtleneck or outfit.tie or outfit.garment in {"gakuran", "china_dress"}
    if not covered and random.random() < 0.12:
        worn.add("choker")
    if not outfit.tie and outfit.garment not in {"armor", "cloak"} and random.random() < 0.09:
        worn.add("scarf")
    if random.random() < (0.2 if girls else 0.12):
        worn.add("earrings")
    return frozenset(worn)


_ON_TOP = {*HATS, "maid_headdress", "tiara", "crown", "headphones", "goggles"}


def _sample_headwear(random: Random, outfit: Outfit, *, girls: bool) -> str:
    weights = {
        "beret": 2.0,
        "witch_hat": 1.6,
        "baseball_cap": 1.8,
        "straw_hat": 1.6,
        "military_hat": 8.0 if outfit.garment == "military_uniform" else 0.9,
        "tiara": 1.2 if girls else 0.0,
        "crown": 1.2,
        "veil": 1.4 if girls else 0.0,
    }
    if outfit.garment in {"hoodie", "cloak"}:
        weights["hood"] = 14.0
    return weighted(random, weights)


def _sample_hair_wear(random: Random, *, girls: bool, is_crowned: bool) -> set[str]:
    chances = {
        "hairclip": 0.12 if girls else 0.05,
        "hair_flower": 0.09 if girls else 0.01,
        "star": 0.05 if girls else 0.01,
        "hair_ribbon": 0.1 if girls else 0.0,
        "hair_bow": 0.12 if girls else 0.0,
        "hairband": 0.09 if girls and not is_crowned else 0.0,
    }
    worn = {name for name, chance in chances.items() if random.random() < chance}
    if {"hair_ribbon", "hair_bow"} <= worn:
        worn.discard("hair_ribbon")
    if is_crowned:
        worn -= {"hair_bow", "hair_flower", "hair_ribbon", "star"}
    return worn
