"""Gives works the attributes of their characters, as soft labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zokusei.errors import nearest_names
from zokusei.library.character_names import distinct_characters
from zokusei.library.character_table import (
    CharacterTable,
    read_character_table,
    read_exceptions,
)
from zokusei.library.labels import ABSENT, PRESENT, Label, LabelMatrix
from zokusei.library.library import LabelChanges, Library
from zokusei.library.shares import share_at_least
from zokusei.library.sheets import Problems
from zokusei.vocabulary import Vocabulary

Attributes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A line of the table that people's labels speak against.

    Args:
        character: Of the table.
        attribute: What the table says it has.
        confidence: How sure the table is.
        work_ids: Works that show the character and, a person says, not the
            attribute.
        num_confirming: Works of the character in which a person saw it.
    """

    character: str
    attribute: str
    confidence: float
    work_ids: tuple[str, ...]
    num_confirming: int

    @property
    def rank(self) -> tuple[float, int, str, str]:
        """Places the surest contradictions first."""
        against = len(self.work_ids)
        sure = share_at_least(against, against + self.num_confirming)
        return -sure, -against, self.character, self.attribute


@dataclass(frozen=True, slots=True)
class InheritanceReport:
    """What a table of characters gave to a library.

    Args:
        num_works: Works that now have labels by this table.
        num_labels: Labels that they now have by it.
        changes: How that differs from before.
        unseen: Characters of the table that no work shows.
        unlisted: Characters of the library that the table lacks.
        contradictions: What people's labels speak against, the surest first.
    """

    num_works: int
    num_labels: int
    changes: LabelChanges
    unseen: tuple[str, ...]
    unlisted: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]

    def nearest(self, unseen: str) -> list[str]:
        """Characters that works show and the table lacks, by likeness to one it has."""
        return nearest_names(unseen, self.unlisted)


def labels_from_characters(
    library: Library,
    table_path: Path,
    *,
    exceptions_path: Path | None = None,
    vocabulary: Vocabulary | None = None,
) -> InheritanceReport:
    """Makes the labels of a table of characters those that now follow from it.

    A work gets what its characters have, with all that it implies, as labels
    of origin ``character``; what none of them lists stays unknown. In a work
    of several characters an attribute of any of them is in the picture, so the
    label is as sure as the surest character that has it: "one of them has it"
    is at least as likely as "this one has it", however they depend.

    What a person said of a work stands as an exception to the table: nothing
    is inherited that a person denied, nor, where a work shows one character
    alone, the attributes of a group that allows one answer and got another.
    Labels of people are never touched.

    A table is known by the name of its file. What an earlier run gave by a
    table of the same name and does not follow any more is taken back, in the
    same commit; a table of a header alone takes everything back. A confidence
    of 1 makes a label certain, so that it may judge a model: see
    ``LabelMatrix.truth``.

    Args:
        library: Works with characters.
        table_path: A table as ``character_table`` describes it.
        exceptions_path: Works in which characters look otherwise, as
            ``read_exceptions`` reads them; they hold for this run alone.
        vocabulary: What the tables speak of; the package's by default.

    Raises:
        UsageError: The tables cannot be used; all reasons are told, and
            nothing is written.
    """
    vocabulary = vocabulary or Vocabulary.from_package()
    shown = shown_characters(library)
    problems = Problems()
    table = read_character_table(table_path, vocabulary, problems)
    exceptions = (
        read_exceptions(exceptions_path, vocabulary, shown.keys(), problems)
        if exceptions_path
        else {}
    )
    problems.raise_any()
    inheritance = _Inheritance(library, vocabulary, table, exceptions, shown)
    given = inheritance.labels()
    changes = library.replace_labels(
        "character",
        f"{table.name}/",
        ((work_id, label) for work_id, labels in given.items() for label in labels),
    )
    seen = {name for names in shown.values() for name in names}
    return InheritanceReport(
        num_works=len(given),
        num_labels=sum(map(len, given.values())),
        changes=changes,
        unseen=tuple(sorted(table.confidences.keys() - seen)),
        unlisted=tuple(sorted(seen - table.confidences.keys())),
        contradictions=inheritance.contradictions(),
    )


def shown_characters(library: Library) -> dict[str, tuple[str, ...]]:
    """The characters of every work, by work_id."""
    works = library.works(["work_id", "characters"])
    names = map(distinct_characters, works["characters"].to_pylist())
    return dict(zip(works["work_id"].to_pylist(), names, strict=True))


@dataclass(slots=True)
class _Words:
    """What people said of one work, closed under implication."""

    present: Attributes
    absent: Attributes


@dataclass(frozen=True)
class _Inheritance:
    """What follows from a table for the works of a library."""

    library: Library
    vocabulary: Vocabulary
    table: CharacterTable
    exceptions: Mapping[str, Attributes]
    shown: Mapping[str, tuple[str, ...]]

    def labels(self) -> dict[str, tuple[Label, ...]]:
        """The labels of every work that gets some, by work_id."""
        # Works with the same characters and exceptions share their labels: 250,000
        # works of a thousand characters are a thousand lists.
        distinct: dict[tuple[tuple[str, ...], Attributes], tuple[Label, ...]] = {}
        given = {}
        for work_id, characters in self._listed.items():
            denied = self._denied(work_id) | self.exceptions.get(work_id, frozenset())
            key = characters, denied
            if key not in distinct:
                distinct[key] = tuple(self._inherited(characters, denied))
            given[work_id] = distinct[key]
        return {work_id: labels for work_id, labels in given.items() if labels}

    def contradictions(self) -> tuple[Contradiction, ...]:
        """The lines of the table that people's labels speak against, surest first."""
        against: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        confirming: defaultdict[tuple[str, str], int] = defaultdict(int)
        for work_id, words in self._words.items():
            denied = self._denied(work_id)
            excepted = self.exceptions.get(work_id, frozenset())
            for character in self._listed[work_id]:
                for attribute in self.table.confidences[character].keys() - excepted:
                    if attribute in denied:
                        against[character, attribute].append(work_id)
                    elif attribute in words.present:
                        confirming[character, attribute] += 1
        found = (
            Contradiction(
                character,
                attribute,
                self.table.confidences[character][attribute],
                tuple(sorted(work_ids)),
                confirming[character, attribute],
            )
            for (character, attribute), work_ids in against.items()
        )
        return tuple(sorted(found, key=lambda contradiction: contradiction.rank))

    @cached_property
    def _listed(self) -> dict[str, tuple[str, ...]]:
        """The characters that the table lists, of the works that show some."""
        known = self.table.confidences
        listed = (
            (work_id, tuple(name for name in names if name in known))
            for work_id, names in self.shown.items()
        )
        return {work_id: names for work_id, names in listed if names}

    @cached_property
    def _words(self) -> dict[str, _Words]:
        """What people said of the works that the table speaks of."""
        labels = self.library.labels()
        works = pa.array(self._listed, pa.string())
        human = pc.and_(pc.equal(labels["origin"], "human"), pc.is_in(labels["work_id"], works))
        labels = labels.filter(human)
        work_ids = pc.unique(labels["work_id"]).to_pylist()
        matrix = LabelMatrix.from_table(labels, work_ids=work_ids, vocabulary=self.vocabulary)
        ids = np.array(self.vocabulary.ids)
        return {
            work_id: _Words(
                frozenset(ids[states == PRESENT].tolist()),
                frozenset(ids[states == ABSENT].tolist()),
            )
            for work_id, states in zip(work_ids, matrix.states, strict=True)
        }

    def _denied(self, work_id: str) -> Attributes:
        """What people's words about a work rule out."""
        words = self._words.get(work_id)
        if words is None:
            return frozenset()
        if len(self.shown[work_id]) > 1:  # another character may be the one they named
            return words.absent
        attributes = self.table.confidences[self._listed[work_id][0]]
        own = self.vocabulary.implied_by(attributes)
        return words.absent.union(
            attribute
            for attribute in attributes
            if self.vocabulary.rivals(attribute) & words.present
            and not self._group(attribute) & own & words.present
        )

    def _group(self, attribute: str) -> Attributes:
        return frozenset(self.vocabulary.group(self.vocabulary[attribute].group).attribute_ids)

    def _inherited(self, characters: tuple[str, ...], denied: Attributes) -> Iterator[Label]:
        """One label for each attribute, by the character that is surest of it."""
        surest: dict[str, tuple[float, str]] = {}
        for character in characters:
            for attribute, confidence in self.table.confidences[character].items():
                if attribute in denied:
                    continue
                for implied in self.vocabulary.implied_by([attribute]) - denied:
                    if confidence > surest.get(implied, (0.0, ""))[0]:
                        surest[implied] = confidence, character
        for attribute, (confidence, character) in sorted(surest.items()):
            by = f"{self.table.name}/{character}"
            yield Label(attribute, "present", confidence, "character", by)
