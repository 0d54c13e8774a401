"""What characters wear: outfits with what each shows, and small things worn with them."""

from __future__ import annotations

from dataclasses import dataclass

from zokusei.draw.color import Color

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
