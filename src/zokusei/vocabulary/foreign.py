"""Gives the outputs of somebody else's tagger a vocabulary: known attributes, and extra tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Literal, get_args

from zokusei.vocabulary import Attribute, Exclusion, Group, Vocabulary, fold

Category = Literal["general", "character", "copyright", "rating"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

# Category: group id, English and Japanese name, exclusion.
_GROUPS: Mapping[Category, tuple[str, str, str, Exclusion]] = {
    "general": ("other_general", "other tags", "その他のタグ", "any"),
    "character": ("other_character", "characters", "キャラクター", "any"),
    "copyright": ("other_copyright", "series", "作品", "any"),
    "rating": ("rating", "rating", "レーティング", "one"),
}


@dataclass(frozen=True, slots=True)
class ForeignTag:
    """What one output of a tagger says.

    Args:
        name: Such as ``twintails`` or ``hatsune miku``, with spaces or underscores.
        category: As Danbooru sorts tags.
    """

    name: str
    category: Category = "general"


@dataclass(frozen=True, slots=True)
class Renamed:
    """A tag whose name was taken.

    Args:
        name: As the tagger has it.
        id: As it is kept.
        taken_by: The id of the attribute that goes by the name.
    """

    name: str
    id: str
    taken_by: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """The vocabulary of a tagger's A outputs.

    Args:
        vocabulary: The A attributes: the known ones in their groups, then the
            extra ones in a group for each category.
        outputs: The output of each attribute, by row; each of 0 to A - 1 once.
        num_known: How many are known attributes.
        renamed: The extra ones whose names were taken.
    """

    vocabulary: Vocabulary
    outputs: tuple[int, ...]
    num_known: int
    renamed: tuple[Renamed, ...]


def adopt(tags: Sequence[ForeignTag], known: Vocabulary) -> Adoption:
    """Maps the outputs of a tagger to known attributes where their names are known.

    Only general tags are attributes: a character may be called like a hat. Of
    several that mean one attribute the one that has its id counts, else the
    first. All others are kept as extra tags, under their own names where these
    are free and with their category behind them where not.

    Args:
        tags: By output.
        known: Attributes that are known.
    """
    chosen = _known_outputs(tags, known)
    base = known.subset(chosen)
    names, taken = _Names(known), set(chosen.values())
    groups, extra, outputs = list(base.groups), [], [chosen[id_] for id_ in base.ids]
    for category, (group_id, en, ja, exclusion) in _GROUPS.items():
        members = [
            output
            for output, tag in enumerate(tags)
            if tag.category == category and output not in taken
        ]
        if not members:
            continue
        attributes = [names.attribute(tags[output], group_id) for output in members]
        ids = tuple(attribute.id for attribute in attributes)
        groups.append(Group(group_id, en, ja, exclusion, False, False, ids))
        extra += attributes
        outputs += members
    return Adoption(
        vocabulary=Vocabulary(groups, (*base.attributes, *extra)),
        outputs=tuple(outputs),
        num_known=len(base),
        renamed=tuple(names.renamed),
    )


def _known_outputs(tags: Sequence[ForeignTag], known: Vocabulary) -> dict[str, int]:
    """Attribute id to output."""
    claims: dict[str, list[int]] = {}
    for output, tag in enumerate(tags):
        attribute = known.find(tag.name) if tag.category == "general" else None
        if attribute:
            claims.setdefault(attribute.id, []).append(output)
    return {
        id_: min(outputs, key=lambda output: (fold(tags[output].name) != fold(id_), output))
        for id_, outputs in claims.items()
    }


class _Names:
    """The names that are taken; extra tags get their own or, where it is taken, a longer one."""

    def __init__(self, known: Vocabulary) -> None:
        self._taken = {fold(name): attribute.id for attribute in known for name in attribute.names}
        self.renamed: list[Renamed] = []

    def attribute(self, tag: ForeignTag, group_id: str) -> Attribute:
        """The tag as an attribute; its name is taken from now on."""
        taken_by = self._owner(tag.name)
        name = tag.name if taken_by is None else self._free(tag)
        id_, shown = _spellings(name)
        if taken_by is not None:
            self.renamed.append(Renamed(tag.name, id_, taken_by))
        self._taken |= {fold(id_): id_, fold(shown): id_}
        # Nobody translated it.
        return Attribute(id_, group_id, en=shown, ja=shown)

    def _owner(self, name: str) -> str | None:
        owners = (self._taken.get(fold(spelling)) for spelling in _spellings(name))
        return next((owner for owner in owners if owner is not None), None)

    def _free(self, tag: ForeignTag) -> str:
        longer = (f"{tag.name} ({tag.category}{number})" for number in chain([""], count(2)))
        return next(name for name in longer if self._owner(name) is None)


def _spellings(name: str) -> tuple[str, str]:
    """A name as an id, and as it is shown."""
    return name.replace(" ", "_"), name.replace("_", " ").strip() or name
