"""The attributes that Zokusei knows: their names in two languages, groups and implications."""

from __future__ import annotations

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from zokusei.errors import UnknownNameError, UsageError

Exclusion = Literal["one", "mostly_one", "any"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an illustration.

    Args:
        id: The Danbooru tag, such as ``twintails``.
        group: The id of its group.
        en: English display name.
        ja: Japanese display name.
        aliases: Other spellings in either language.
        readings: How the Japanese names are read, in hiragana.
        implies: Ids of the attributes present whenever this one is.
    """

    id: str
    group: str
    en: str
    ja: str
    aliases: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by, its id first."""
        return (self.id, self.en, self.ja, *self.aliases, *self.readings)


@dataclass(frozen=True, slots=True)
class Group:
    """A set of attributes that answer one question.

    Args:
        id: Such as ``hair_color``.
        en: English display name.
        ja: Japanese display name.
        exclusion: How many of its attributes one character has: ``one``,
            ``mostly_one`` (two-tone hair and heterochromia exist) or ``any``.
        color: Whether its attributes depend on colour.
        intrinsic: Whether its attributes belong to the character rather than
            to one picture of it.
        attribute_ids: Its attributes, in the order of the vocabulary.
    """

    id: str
    en: str
    ja: str
    exclusion: Exclusion
    color: bool
    intrinsic: bool
    attribute_ids: tuple[str, ...]


def fold(name: str) -> str:
    """A name as it is compared: NFKC, lower case, katakana as hiragana, no spaces or joiners.

    >>> fold("Twin_Tails") == fold("twin tails"), fold("ツインテ") == fold("ついんて")
    (True, True)
    """
    # More than once: where a joiner goes, an accent may meet its letter.
    while (folded := _folded_once(name)) != name:
        name = folded
    return name


def _folded_once(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    text = "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in text)
    return "".join(letter for letter in text if letter not in " _-・\t　") or text


class Vocabulary:
    """Attributes in groups; immutable, with a fingerprint of its content.

    >>> vocabulary = Vocabulary.from_package()
    >>> vocabulary["twintails"].ja
    'ツインテール'
    >>> [vocabulary.find(name).id for name in ("黒髪", "ロング", "ツインテ", "着物", "巨乳")]
    ['black_hair', 'long_hair', 'twintails', 'kimono', 'large_breasts']
    >>> sorted(vocabulary.implied_by(["very_long_hair"]))
    ['long_hair', 'very_long_hair']

    Args:
        groups: In display order. Together they hold each attribute once.
        attributes: In the order of the groups; an attribute's place is its row.

    Raises:
        UsageError: Where ids or names are ambiguous, an implication leads
            nowhere or in a circle, or groups and attributes do not match.
    """

    def __init__(self, groups: Iterable[Group], attributes: Iterable[Attribute]) -> None:
        self.groups = tuple(groups)
        self.attributes = tuple(attributes)
        self._rows = {attribute.id: row for row, attribute in enumerate(self.attributes)}
        self._groups = {group.id: group for group in self.groups}
        self._check()
        self._by_name = self._index_names()

    @classmethod
    @cache
    def from_package(cls) -> Vocabulary:
        """The vocabulary in the package."""
        text = resources.files(__name__).joinpath("attributes.toml").read_text("utf-8")
        return cls._from_tables(tomllib.loads(text))

    @classmethod
    def from_file(cls, path: Path) -> Vocabulary:
        """Reads a vocabulary from TOML (as in the package) or JSON (as in a bundle).

        Raises:
            UsageError: The file cannot be read as a vocabulary.
        """
        try:
            text = path.read_text("utf-8")
            tables = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
            return cls._from_tables(tables)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path} is not a vocabulary: {error}") from error

    @classmethod
    def _from_tables(cls, tables: Mapping[str, Mapping[str, Any]]) -> Vocabulary:
        groups, attributes = [], []
        for group_id, table in tables.items():
            fields = {key: value for key, value in table.items() if key != "attributes"}
            ids = tuple(row["id"] for row in table["attributes"])
            groups.append(Group(id=group_id, attribute_ids=ids, **fields))
            for row in table["attributes"]:
                lists = {key: tuple(row.get(key, ())) for key in ("aliases", "readings", "implies")}
                attributes.append(
                    Attribute(row["id"], group=group_id, en=row["en"], ja=row["ja"], **lists)
                )
        return cls(groups, attributes)

    def _check(self) -> None:
        grouped = [id_ for group in self.groups for id_ in group.attribute_ids]
        ids = [attribute.id for attribute in self.attributes]
        if grouped != ids or len(set(ids)) != len(ids):
            raise UsageError("groups and attributes of a vocabulary must hold the same ids once")
        for group in self.groups:
            if group.exclusion not in get_args(Exclusion):
                raise UsageError(
                    f"exclusion of group '{group.id}' is '{group.exclusion}', "
                    f"expected one of {', '.join(get_args(Exclusion))}"
                )
        for attribute in self.attributes:
            for implied in attribute.implies:
                if implied not in self._rows:
                    raise UsageError(f"'{attribute.id}' implies '{implied}', which does not exist")
            if attribute.id in self._above(attribute.id):
                raise UsageError(f"'{attribute.id}' implies itself")

    def _index_names(self) -> dict[str, Attribute]:
        by_name: dict[str, Attribute] = {}
        for attribute in self.attributes:
            for name in attribute.names:
                other = by_name.setdefault(fold(name), attribute)
                if other is not attribute:
                    raise UsageError(f"'{name}' names both '{other.id}' and '{attribute.id}'")
        return by_name

    def __len__(self) -> int:
        return len(self.attributes)

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.attributes)

    def __contains__(self, attribute_id: object) -> bool:
        return attribute_id in self._rows

    def __getitem__(self, attribute_id: str) -> Attribute:
        return self.attributes[self.row(attribute_id)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the attributes, by row."""
        return tuple(attribute.id for attribute in self.attributes)

    def row(self, attribute_id: str) -> int:
        """The place of an attribute.

        Raises:
            UnknownNameError: No attribute has this id.
        """
        try:
            return self._rows[attribute_id]
        except KeyError:
            raise UnknownNameError("attribute", attribute_id, self.ids) from None

    def group(self, group_id: str) -> Group:
        """The group of this id.

        Raises:
            UnknownNameError: No group has this id.
        """
        try:
            return self._groups[group_id]
        except KeyError:
            raise UnknownNameError("group", group_id, self._groups) from None

    def group_rows(self, group_id: str) -> tuple[int, ...]:
        """The rows of a group's attributes."""
        return tuple(self._rows[id_] for id_ in self.group(group_id).attribute_ids)

    def find(self, name: str) -> Attribute | None:
        """The attribute that goes by a name in either language, or None."""
        return self._by_name.get(fold(name))

    def resolve(self, name: str) -> Attribute:
        """The attribute that goes by a name in either language.

        Raises:
            UnknownNameError: None does; the nearest names are offered.
        """
        found = self.find(name)
        if found is None:
            names = (known for attribute in self for known in attribute.names)
            raise UnknownNameError("attribute", name, names)
        return found

    def _above(self, attribute_id: str) -> set[str]:
        above: set[str] = set()
        waiting = list(self[attribute_id].implies)
        while waiting:
            implied = waiting.pop()
            if implied not in above:
                above.add(implied)
                waiting.extend(self[implied].implies)
        return above

    @cached_property
    def _ancestors(self) -> dict[str, frozenset[str]]:
        return {id_: frozenset(self._above(id_)) for id_ in self.ids}

    def implied_by(self, present: Iterable[str]) -> frozenset[str]:
        """All that is present when these are: themselves and what they imply."""
        ids = frozenset(present)
        return ids.union(*(self._ancestors[id_] for id_ in ids))

    def denied_by(self, absent: Iterable[str]) -> frozenset[str]:
        """All that is absent when these are: themselves and what would imply them."""
        ids = frozenset(absent)
        return ids | {id_ for id_ in self.ids if self._ancestors[id_] & ids}

    def rivals(self, attribute_id: str) -> frozenset[str]:
        """The attributes that exclude this one, softly or not.

        Those of its group, where the group is ``one`` or ``mostly_one``, less
        those linked to it by an implication.

        >>> sorted(Vocabulary.from_package().rivals("very_long_hair"))
        ['medium_hair', 'short_hair', 'very_short_hair']
        """
        group = self.group(self[attribute_id].group)
        if group.exclusion == "any":
            return frozenset()
        above = self._ancestors[attribute_id]
        return frozenset(
            id_
            for id_ in group.attribute_ids
            if id_ != attribute_id and id_ not in above and attribute_id not in self._ancestors[id_]
        )

    def main_ids(self, group_id: str) -> tuple[str, ...]:
        """The attributes of a group that are no special case of another in it.

        >>> len(Vocabulary.from_package().main_ids("hair_color"))
        12
        """
        group = self.group(group_id)
        members = set(group.attribute_ids)
        return tuple(id_ for id_ in group.attribute_ids if not self._ancestors[id_] & members)

    def subset(self, attribute_ids: Iterable[str]) -> Vocabulary:
        """The vocabulary of these attributes alone, in this vocabulary's order.

        Implications towards attributes left out are dropped.
        """
        kept = set(attribute_ids)
        for id_ in kept:
            self.row(id_)
        groups, attributes = [], []
        for group in self.groups:
            ids = tuple(id_ for id_ in group.attribute_ids if id_ in kept)
            if not ids:
                continue
            groups.append(Group(**{**asdict(group), "attribute_ids": ids}))
            for id_ in ids:
                implies = tuple(i for i in self[id_].implies if i in kept)
                attributes.append(Attribute(**{**asdict(self[id_]), "implies": implies}))
        return Vocabulary(groups, attributes)

    def to_json(self) -> str:
        """The vocabulary as the JSON text that a bundle holds."""
        tables: dict[str, Any] = {}
        for group in self.groups:
            fields = asdict(group)
            del fields["id"], fields["attribute_ids"]
            rows = [asdict(self[id_]) for id_ in group.attribute_ids]
            for row in rows:
                del row["group"]
            tables[group.id] = {**fields, "attributes": rows}
        return json.dumps(tables, ensure_ascii=False, indent=1) + "\n"

    def save(self, path: Path) -> None:
        """Writes the vocabulary as JSON; ``from_file`` reads it back."""
        path.write_text(self.to_json(), "utf-8")

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the content."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]
