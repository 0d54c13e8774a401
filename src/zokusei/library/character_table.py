"""Reads tables of what characters look like, and of the works in which they do not.

A table of characters is CSV in one of two forms. One line an attribute::

    character,attribute,confidence
    Hatsune Miku,aqua hair,0.97
    Hatsune Miku,ツインテール,

or one line a character, the attributes separated by blanks, commas or semicolons::

    character,attributes
    Hatsune Miku,aqua_hair twintails very long hair

``confidence`` is how sure the lines' attributes are, in (0.5, 1]; 0.9 where it
is empty or missing. ``state`` may strike a line out: ``unknown`` gives the
character nothing, ``present`` is what an empty one means. The columns
``share``, ``num_works`` and ``note`` are for people and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zokusei.errors import UnknownNameError, nearest_names
from zokusei.library.character_names import distinct_characters
from zokusei.library.sheets import Columns, Problems, SheetLine, read_sheet
from zokusei.vocabulary import Vocabulary

DEFAULT_CONFIDENCE = 0.9

_ATTRIBUTES = ("attribute", "attributes")
_TABLE = Columns(
    ("character",), _ATTRIBUTES, ("confidence", "state"), ("share", "num_works", "note")
)
_EXCEPTIONS = Columns(("work_id",), _ATTRIBUTES, ignored=("note",))

# Unknown works for which the nearest are looked up: a second each among 250,000.
_OFFERS = 5

_SEPARATORS = re.compile(r"[,;、，；\n]")


@dataclass(frozen=True, slots=True)
class CharacterTable:
    """What characters have in every picture of them.

    Args:
        name: Of the file it was read from.
        confidences: Character to attribute id to confidence, in (0.5, 1].
            Attributes that others imply need not be listed.
    """

    name: str
    confidences: Mapping[str, Mapping[str, float]]


def intrinsic_ids(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The attributes that belong to a character rather than to one picture of it."""
    return tuple(
        id_ for group in vocabulary.groups if group.intrinsic for id_ in group.attribute_ids
    )


def read_character_table(path: Path, vocabulary: Vocabulary, problems: Problems) -> CharacterTable:
    """The table in a CSV file, in either form that the module describes.

    Args:
        path: The file.
        vocabulary: Knows the attributes' names, in either language.
        problems: Takes what is wrong: names that no attribute has, attributes
            that characters do not keep (clothing, expression), confidences out
            of range, lines that contradict each other.
    """
    given: dict[tuple[str, str], tuple[float | None, SheetLine]] = {}
    for line in read_sheet(path, _TABLE, problems):
        names = distinct_characters([line.cells["character"]])
        if not names:
            problems.add(line.place, "it names no character")
        confidence = _confidence(line, problems)
        for attribute in _intrinsic(line, vocabulary, problems):
            for name in names:
                before, first = given.setdefault((name, attribute), (confidence, line))
                if before != confidence:
                    problems.add(
                        line.place,
                        f"it says of '{name}' and '{attribute}' something else than {first.place}",
                    )
    table: dict[str, dict[str, float]] = {}
    for (name, attribute), (confidence, _) in given.items():
        attributes = table.setdefault(name, {})
        if confidence is not None:
            attributes[attribute] = confidence
    return CharacterTable(path.name, table)


def read_exceptions(
    path: Path, vocabulary: Vocabulary, work_ids: Collection[str], problems: Problems
) -> dict[str, frozenset[str]]:
    """The works in which a character looks otherwise, such as with dyed hair.

    The file is CSV with the columns ``work_id`` and ``attribute`` (or
    ``attributes``): what that work's characters do not have there.

    Args:
        path: The file.
        vocabulary: Knows the attributes' names, in either language.
        work_ids: Of the works there are.
        problems: Takes what is wrong.

    Returns:
        work_id to the attributes that it does not show, with all that would
        imply them.
    """
    exceptions: dict[str, frozenset[str]] = {}
    strangers: set[str] = set()
    for line in read_sheet(path, _EXCEPTIONS, problems):
        work_id = line.cells["work_id"]
        if work_id not in work_ids:
            strangers.add(work_id)
            offered = work_ids if len(strangers) <= _OFFERS else ()
            problems.add(line.place, UnknownNameError("work", work_id, offered))
        denied = vocabulary.denied_by(_intrinsic(line, vocabulary, problems))
        exceptions[work_id] = exceptions.get(work_id, frozenset()) | denied
    return exceptions


def _confidence(line: SheetLine, problems: Problems) -> float | None:
    """How sure a line is; None where it is struck out or wrong."""
    state = line.cells.get("state", "").casefold()
    if state == "absent":
        problems.add(
            line.place,
            "state 'absent' cannot be inherited: what a character's table does not list "
            "stays unknown; remove the line, or give it the state 'unknown'",
        )
    elif state not in ("", "present", "unknown"):
        offer = nearest_names(state, ["present", "unknown"])
        nearest = f"; the nearest is {offer[0]}" if offer else ""
        problems.add(line.place, f"state is '{state}', expected present or unknown{nearest}")
    text = line.cells.get("confidence", "")
    try:
        confidence = float(text) if text else DEFAULT_CONFIDENCE
    except ValueError:
        confidence = 0.0
    if not 0.5 < confidence <= 1:
        problems.add(
            line.place, f"confidence is '{text}', expected a number over 0.5 and at most 1"
        )
    return None if state == "unknown" else confidence


def _intrinsic(line: SheetLine, vocabulary: Vocabulary, problems: Problems) -> list[str]:
    """The attributes a line names that a character keeps from picture to picture."""
    names = list(_names(line, vocabulary))
    if not names:
        problems.add(line.place, "it names no attribute")
    kept = []
    for name in names:
        try:
            attribute = vocabulary.resolve(name)
        except UnknownNameError as error:
            problems.add(line.place, error)
            continue
        if vocabulary.group(attribute.group).intrinsic:
            kept.append(attribute.id)
        else:
            groups = ", ".join(group.id for group in vocabulary.groups if group.intrinsic)
            problems.add(
                line.place,
                f"'{name}' is of the group {attribute.group}, which changes from picture to "
                f"picture; characters hand down only {groups}",
            )
    return kept


def _names(line: SheetLine, vocabulary: Vocabulary) -> Iterator[str]:
    if line.cells.get("attribute"):
        yield line.cells["attribute"]
    for part in _SEPARATORS.split(line.cells.get("attributes", "")):
        yield from _names_between_blanks(part.split(), vocabulary)


def _names_between_blanks(words: list[str], vocabulary: Vocabulary) -> Iterator[str]:
    """The longest known names first, for some hold blanks; a word of none stands alone."""
    while words:
        ends = (end for end in range(len(words), 1, -1) if vocabulary.find(" ".join(words[:end])))
        end = next(ends, 1)
        yield " ".join(words[:end])
        words = words[end:]
