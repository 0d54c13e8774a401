"""What characters wear: outfits with what each shows, and small things worn with them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from zokusei.draw.character import Character, weighted
from zokusei.draw.color import CHARCOAL, NAVY, OFF_WHITE, Color
from zokusei.draw.palette import CLOTH, mix_cloth

ANY_BOTTOM = ("pleated_skirt", "skirt", "long_skirt", "pants", "shorts")
BOYS_BOTTOM = ("pants", "shorts")
ONE_PIECE = ("",)


@dataclass(frozen=True, slots=True)
class Garment:
    """An entry of the catalogue.

    Args:
        shows: Attributes present when it is seen.
        leaves_open: Attributes that some would say it shows and some not.
        girls: How often girls wear it; ``boys`` likewise.
        sleeves: Which it comes with: ``none``, ``short``, ``long`` or ``wide``.
        bottoms: What is worn below it; ``""`` where it reaches down itself.
        ties: What may hang at its collar: ``necktie``, ``bowtie``, ``neck_ribbon``,
            ``bow`` (a sailor's) or ``""``.
    """

    shows: tuple[str, ...]
    girls: float
    boys: float
    sleeves: tuple[str, ...] = ("long",)
    bottoms: tuple[str, ...] = ANY_BOTTOM
    ties: tuple[str, ...] = ("",)
    leaves_open: tuple[str, ...] = ()


CATALOGUE: dict[str, Garment] = {
    "serafuku": Garment(
        ("serafuku", "sailor_collar"),
        girls=4,
        boys=0,
        sleeves=("short", "long"),
        bottoms=("pleated_skirt",),
        ties=("bow", "scarf"),
        leaves_open=("shirt", "neck_ribbon", "bowtie", "scarf", "necktie"),
    ),
    "blazer": Garment(
        ("blazer", "school_uniform", "collared_shirt"),
        girls=3,
        boys=2,
        bottoms=("pleated_skirt",),
        ties=("necktie", "bowtie", "neck_ribbon"),
        leaves_open=("suit",),
    ),
    "suit": Garment(
        ("suit", "jacket", "collared_shirt"),
        girls=1.2,
        boys=3,
        bottoms=("pants",),
        ties=("necktie", "necktie", "bowtie"),
        leaves_open=("blazer",),
    ),
    "gakuran": Garment(("gakuran",), girls=0, boys=3, bottoms=("pants",), leaves_open=("jacket",)),
    "kimono": Garment(
        ("kimono", "obi"),
        girls=2.5,
        boys=1.2,
        sleeves=("wide",),
        bottoms=ONE_PIECE,
        leaves_open=("yukata",),
    ),
    "yukata": Garment(("yukata", "obi"), girls=1.5, boys=1, sleeves=("wide",), bottoms=ONE_PIECE),
    "hakama": Garment(
        ("hakama", "japanese_clothes"),
        girls=1.8,
        boys=1,
        sleeves=("wide",),
        bottoms=("hakama",),
        leaves_open=("kimono", "obi", "pants", "skirt"),
    ),
    "china_dress": Garment(
        ("china_dress",), girls=1.6, boys=0, sleeves=("none", "short"), bottoms=ONE_PIECE
    ),
    "maid": Garment(
        ("maid", "apron"),
        girls=2.2,
        boys=0,
        sleeves=("short", "long"),
        bottoms=ONE_PIECE,
        ties=("bowtie", "neck_ribbon", ""),
        leaves_open=("dress", "skirt", "collared_shirt", "shirt"),
    ),
    "dress": Garment(
        ("dress",),
        girls=3.4,
        boys=0,
        sleeves=("none", "none", "short", "long"),
        bottoms=ONE_PIECE,
        leaves_open=("skirt",),
    ),
    "hoodie": Garment(("hoodie",), girls=2, boys=3, leaves_open=("jacket",)),
    "sweater": Garment(("sweater",), girls=2.5, boys=1.5),
    "t-shirt": Garment(("t-shirt",), girls=2, boys=3, sleeves=("short",)),
    "collared_shirt": Garment(
        ("collared_shirt",),
        girls=2.2,
        boys=3,
        sleeves=("short", "long"),
        ties=("", "", "necktie", "bowtie", "neck_ribbon"),
        leaves_open=("school_uniform",),
    ),
    "camisole": Garment(
        ("camisole",), girls=1.5, boys=0, sleeves=("none",), leaves_open=("shirt",)
    ),
    "jacket": Garment(("jacket", "t-shirt"), girls=1.5, boys=2),
    "military_uniform": Garment(("military_uniform",), girls=1.2, boys=2, leaves_open=("jacket",)),
    "cloak": Garment(("cloak",), girls=1, boys=1.2, leaves_open=("shirt", "dress", "jacket")),
    "armor": Garment(("armor",), girls=1.2, boys=1.6, bottoms=("skirt", "pants")),
}

HATS = ("beret", "witch_hat", "baseball_cap", "straw_hat", "military_hat")
EYEWEAR = ("glasses", "sunglasses", "goggles", "eyepatch", "mask")


@dataclass(frozen=True, slots=True)
class Outfit:
    """Clothes as they are worn in one picture.

    Args:
        garment: A name of the catalogue.
        sleeves, bottom, tie: One of those its entry offers.
        hem: Where a one-piece ends: ``short`` or ``long``.
        legwear: ``thighhighs``, ``pantyhose``, ``socks`` or ``""``.
        has_boots: Boots rather than shoes.
        is_turtleneck: Whether a sweater's collar is high.
        main, second, trim, bottom_color, leg_color: Colours.
        variant: For small details, in [0, 60).
    """

    garment: str
    sleeves: str
    bottom: str
    tie: str
    hem: str
    legwear: str
    has_boots: bool
    has_gloves: bool
    has_apron: bool
    is_turtleneck: bool
    main: Color
    second: Color
    trim: Color
    bottom_color: Color
    leg_color: Color
    variant: int

    @property
    def bares_shoulders(self) -> bool:
        """Whether the shoulders are bare."""
        return self.sleeves == "none"

    @property
    def shows(self) -> frozenset[str]:
        """Attributes present where all of it is seen."""
        shown = set(CATALOGUE[self.garment].shows)
        shown |= {self.legwear} & {"thighhighs", "pantyhose"}
        shown |= {self.tie} & {"necktie", "bowtie", "neck_ribbon"}
        shown |= {"skirt"} if self.bottom == "long_skirt" else {self.bottom} - {""}
        worn = {
            "boots": self.has_boots,
            "gloves": self.has_gloves,
            "apron": self.has_apron,
            "turtleneck": self.is_turtleneck,
            "bare_shoulders": self.bares_shoulders,
        }
        return frozenset(shown | {name for name, is_worn in worn.items() if is_worn})


def sample_outfit(random: Random, character: Character) -> Outfit:
    """Dresses a character."""
    is_boy = character.is_boy
    weights = {name: entry.boys if is_boy else entry.girls for name, entry in CATALOGUE.items()}
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
