"""What the columns of labelled tables mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from zokusei.errors import UsageError
from zokusei.library.labels import Label, Origin
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column that lists values seen, each of which stands for an attribute.

    Args:
        column: Its name.
        attributes: Value to attribute id.
        implied: Attributes that no value stands for but that some imply.
        unlisted: What a value means that is not listed: ``absent``, ``assumed``
            (absent, with the confidence ``assumed``), or ``unknown``.
        needs_one: Whether an empty list says nothing at all.
        only_one: Whether a list of several says nothing either.
        present: Confidence that a listed attribute is present.
        assumed: Confidence that an attribute that is not listed is absent.
    """

    column: str
    attributes: Mapping[str, str]
    implied: tuple[str, ...] = ()
    unlisted: Literal["absent", "assumed", "unknown"] = "unknown"
    needs_one: bool = False
    only_one: bool = False
    present: float = 1.0
    assumed: float = 0.95

    def labels(
        self, row: Mapping[str, Any], vocabulary: Vocabulary, origin: Origin, by: str
    ) -> Iterator[Label]:
        """The labels that this column of a row gives."""
        value = row[self.column]
        listed = {value} if isinstance(value, str) else set(value or ())
        listed &= self.attributes.keys()
        if (self.needs_one and not listed) or (self.only_one and len(listed) > 1):
            return
        seen = vocabulary.implied_by(self.attributes[name] for name in listed)
        for attribute in sorted(seen):
            yield Label(attribute, "present", self.present, origin, by)
        judged = {*self.attributes.values(), *self.implied}
        for attribute in sorted(judged - seen):
            if self.unlisted == "absent":
                yield Label(attribute, "absent", 1.0, origin, by)
            elif self.unlisted == "assumed":
                yield Label(attribute, "absent", self.assumed, "import", "not listed")


COLORS = "black brown blonde red pink orange purple blue aqua green grey white".split()
EYES = "aqua black blue brown green grey orange pink purple red yellow".split()
LENGTHS = {"short": "short_hair", "medium": "medium_hair", "long": "long_hair"}
_STYLES = (
    "twintails low_twintails side_ponytail ponytail two_side_up braid hair_bun drill_hair bob_cut "
    "hime_cut straight_hair wavy_hair messy_hair spiked_hair sidelocks"
).split()
_ACCESSORIES = (
    "glasses hat hairband hair_ribbon hair_ornament hair_flower animal_ears headphones horns "
    "eyepatch goggles hood veil maid_headdress crown pointy_ears mask earrings choker"
).split()
_CLOTHES = (
    "serafuku kimono school_uniform maid suit armor swimsuit dress shirt jacket hoodie necktie "
    "bowtie scarf bare_shoulders china_dress"
).split()
# Tight crops cut these off: a face that does not show them may still have them.
_CUT_OFF = ("ponytail", "side_ponytail", "hair_bun", "two_side_up")


def _same(names: Sequence[str]) -> dict[str, str]:
    return {name: name for name in names}


def _colored(colors: Sequence[str], what: str) -> dict[str, str]:
    return {color: f"{color}_{what}" for color in colors}


_FRINGES = {
    **_same("blunt_bangs swept_bangs parted_bangs hair_between_eyes hair_over_one_eye".split()),
    "no_bangs": "forehead",
}


class FacesLayout:
    """Face crops with labels by eye for some rows and noisy tags of the post for all.

    In rows reviewed by eye, main colours, length and eye colours are complete;
    styles and fringes are where the row says so; accessories and clothing list
    what was plainly seen, so that one not listed is only assumed absent. Tails,
    buns and the like are cut off by the crops: not listed says little. Tags
    are used where nobody looked, each with the share of rows in which a person
    agreed with it: 0.76 of single hair colours, 0.68 of eye colours and 0.65
    of lengths; a colour that is not tagged was present in under 4%.
    """

    _MARKS = frozenset(
        "id image tag_hair_color tag_hair_length tag_eye_color reviewed hair_color hair_length "
        "hair_style bangs eyes accessories clothing monochrome boy chibi "
        "style_and_bangs_complete".split()
    )
    _REVIEWED = (
        ListColumn("hair_color", _colored(COLORS, "hair"), unlisted="absent", needs_one=True),
        ListColumn("hair_length", LENGTHS, unlisted="absent", needs_one=True),
        ListColumn("eyes", _colored(EYES, "eyes"), unlisted="absent", needs_one=True),
        ListColumn("accessories", _same(_ACCESSORIES), unlisted="assumed"),
        ListColumn("clothing", _same(_CLOTHES), ("japanese_clothes",), unlisted="assumed"),
    )
    _COMPLETE = (
        ListColumn(
            "hair_style", _same([s for s in _STYLES if s not in _CUT_OFF]), unlisted="absent"
        ),
        ListColumn("bangs", _FRINGES, unlisted="absent"),
    )
    _INCOMPLETE = (
        ListColumn("hair_style", _same([s for s in _STYLES if s not in _CUT_OFF])),
        ListColumn("bangs", _FRINGES),
    )
    _ALWAYS_CUT_OFF = ListColumn("hair_style", _same(_CUT_OFF), unlisted="assumed", assumed=0.85)
    _TAGGED = (
        ListColumn(
            "tag_hair_color",
            _colored(COLORS, "hair"),
            unlisted="assumed",
            needs_one=True,
            only_one=True,
            present=0.76,
            assumed=0.97,
        ),
        ListColumn(
            "tag_eye_color",
            _colored(EYES, "eyes"),
            unlisted="assumed",
            needs_one=True,
            only_one=True,
            present=0.68,
            assumed=0.96,
        ),
        ListColumn(
            "tag_hair_length",
            {"short": "short_hair", "long": "long_hair"},
            unlisted="assumed",
            needs_one=True,
            only_one=True,
            present=0.65,
            assumed=0.85,
        ),
    )

    @classmethod
    def fits(cls, columns: Sequence[str]) -> bool:
        """Whether a table with these columns is of this kind."""
        return set(columns) >= cls._MARKS

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def labels(self, row: Mapping[str, Any]) -> Iterator[Label]:
        """All labels of a row."""
        if not row["reviewed"]:
            for column in self._TAGGED:
                yield from column.labels(row, self._vocabulary, "import", "tags")
            return
        detail = self._COMPLETE if row["style_and_bangs_complete"] else self._INCOMPLETE
        for column in (*self._REVIEWED, *detail, self._ALWAYS_CUT_OFF):
            yield from column.labels(row, self._vocabulary, "human", "review")
        yield from self._kind(row)
        yield from self._eyes(row)

    def _kind(self, row: Mapping[str, Any]) -> Iterator[Label]:
        mono = "present" if row["monochrome"] else "absent"
        yield Label("monochrome", mono, 1.0, "human", "review")  # type: ignore[arg-type]
        if row["boy"]:
            yield Label("1boy", "present", 1.0, "human", "review")
            yield Label("1girl", "absent", 1.0, "human", "review")
        else:
            yield Label("1boy", "absent", 0.95, "import", "not listed")
            yield Label("1girl", "present", 0.95, "import", "not listed")
        if row["chibi"]:
            yield Label("chibi", "present", 1.0, "human", "review")
        else:
            yield Label("chibi", "absent", 0.95, "import", "not listed")

    def _eyes(self, row: Mapping[str, Any]) -> Iterator[Label]:
        eyes = set(row["eyes"])
        if eyes == {"closed"}:
            yield Label("closed_eyes", "present", 1.0, "human", "review")
        elif eyes:
            yield Label("closed_eyes", "absent", 1.0, "human", "review")
            two = "present" if len(eyes) > 1 else "absent"
            yield Label("heterochromia", two, 1.0, "human", "review")  # type: ignore[arg-type]


def plain_labels(row: Mapping[str, Any], vocabulary: Vocabulary, by: str) -> Iterator[Label]:
    """The labels of a row that lists names of attributes as ``present`` and ``absent``.

    Args:
        row: Of a labels file or a table.
        vocabulary: What the names are of.
        by: The name of the file.

    Raises:
        UnknownNameError: A name is no attribute's.
        UsageError: The names are no list, or contradict each other.
    """
    present = _named(row, "present", vocabulary)
    absent = _named(row, "absent", vocabulary)
    for attribute in sorted(present):
        for denied in sorted(vocabulary.implied_by([attribute]) & absent):
            implied = "" if denied == attribute else f", which '{attribute}' implies"
            raise UsageError(
                f"it says that '{attribute}' is present and '{denied}' absent{implied}"
            )
    for attribute in sorted(vocabulary.implied_by(present)):
        yield Label(attribute, "present", by=by)
    for attribute in sorted(vocabulary.denied_by(absent)):
        yield Label(attribute, "absent", by=by)


def _named(row: Mapping[str, Any], key: str, vocabulary: Vocabulary) -> set[str]:
    """The ids of the attributes that a list in a row names; a text is a list of one."""
    value = row.get(key)
    names = [value] if isinstance(value, str) else ([] if value is None else value)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"'{key}' is {value!r}, expected a list of names of attributes")
    return {vocabulary.resolve(name).id for name in names}
