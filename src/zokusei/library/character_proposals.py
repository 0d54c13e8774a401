"""Learns a table of what characters look like from their works, for a person to check."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.library.character_table import intrinsic_ids
from zokusei.library.characters import shown_characters
from zokusei.library.labels import PRESENT, UNKNOWN, LabelMatrix
from zokusei.library.library import Library
from zokusei.library.shares import share_at_least
from zokusei.vocabulary import Vocabulary

# What was learned may train a model but must not judge one: see
# ``labels.JUDGING_CONFIDENCE``.
MOST_CONFIDENT = 0.94

_COLUMNS = ("character", "attribute", "confidence", "share", "num_works")


@dataclass(frozen=True, slots=True)
class ProposedAttribute:
    """A line of a proposed table.

    Args:
        character: Whose it would be.
        attribute: Id of the attribute.
        confidence: The lower end of the share's interval (one-sided 95%), over
            0.5 and at most ``MOST_CONFIDENT``.
        share: Of the character's works that show it, as far as is known.
        num_works: Works of this character alone of which that is known.
    """

    character: str
    attribute: str
    confidence: float
    share: float
    num_works: int


@dataclass(frozen=True, slots=True)
class TableProposal:
    """A table for a person to check.

    Args:
        rows: By character, the surest attributes first.
        num_characters: Characters that were looked at: those alone in enough works.
        never_denied: Attributes that nothing ever says are absent; a share of
            works cannot be known of them, so that none is proposed.
    """

    rows: tuple[ProposedAttribute, ...]
    num_characters: int
    never_denied: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Writes the table as CSV that ``labels_from_characters`` reads.

        It begins with a byte-order mark, by which spreadsheets know UTF-8.

        Raises:
            UsageError: There is a file already, which a person may have
                checked, or none can be written.
        """
        try:
            with path.open("x", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(_COLUMNS)
                for row in self.rows:
                    numbers = f"{row.confidence:.2f}", f"{row.share:.3f}", str(row.num_works)
                    writer.writerow((row.character, row.attribute, *numbers))
        except FileExistsError:
            raise UsageError(
                f"{path} is there already, and somebody may have checked it; "
                "give another path or remove it"
            ) from None
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def propose_table(
    library: Library,
    *,
    bundle: str | None = None,
    min_works: int = 3,
    vocabulary: Vocabulary | None = None,
) -> TableProposal:
    """Learns which intrinsic attributes characters have.

    Only works that show one character alone are learned from: of several it is
    not known whose an attribute is. What is known of a work's attribute is, in
    this order: its label by a person or an import, as the probability that the
    label gives it; the bundle's calibrated probability; and, where the group
    allows one answer and a label names another, one minus that label's
    confidence. Labels of origin ``character`` and ``model`` are left out, so
    that a table never confirms itself. An attribute's share is the mean of
    these probabilities over the works of which it is known; its confidence is
    the lower end of the share's Wilson interval (``share_at_least``), rounded
    down. Those over 0.5 are proposed, and in the groups that allow one answer
    only the surest and what is linked to it by implication.

    Args:
        library: Works with characters.
        bundle: Fingerprint of a bundle that has tagged it; labels alone by default.
        min_works: A line needs so many works of its character alone.
        vocabulary: The attributes; the package's by default.

    Raises:
        UsageError: No character is alone in so many works, or nothing is known
            of these.
        LibraryError: The bundle has tagged nothing here.
    """
    everything = vocabulary or Vocabulary.from_package()
    learned = everything.subset(intrinsic_ids(everything))
    alone = _alone(library, min_works)
    if not alone:
        raise UsageError(
            f"no character of {library.address} is alone in {min_works} works; lower --min-works"
        )
    characters, inverse = np.unique(np.array(list(alone.values()), np.str_), return_inverse=True)
    evidence, denied = _evidence(library, learned, list(alone), bundle)
    known = ~np.isnan(evidence)
    if not known.any():
        raise UsageError(
            f"nothing is known of the characters' works in {library.address}; import labels or "
            f"run `zokusei index {library.address}`"
        )
    likely = np.where(known, evidence, 0)
    hits = _sums(likely, inverse, len(characters))
    trials = _sums(known, inverse, len(characters))
    rows: list[ProposedAttribute] = []
    for row, character in enumerate(characters.tolist()):
        lines = _lines(character, learned, hits[row], trials[row], min_works, denied)
        rows.extend(_winners(lines, learned))
    never = np.flatnonzero(known.any(axis=0) & ~denied)
    return TableProposal(
        tuple(rows), len(characters), tuple(learned.ids[column] for column in never)
    )


def _alone(library: Library, min_works: int) -> dict[str, str]:
    """The character of each work that shows but one, if it has so many such works."""
    alone = {
        work_id: names[0] for work_id, names in shown_characters(library).items() if len(names) == 1
    }
    num_works = Counter(alone.values())
    return {work_id: name for work_id, name in alone.items() if num_works[name] >= min_works}


def _evidence(
    library: Library, vocabulary: Vocabulary, work_ids: Sequence[str], bundle: str | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The probability that works have attributes.

    Returns:
        float32 (N, A), NaN where nothing is known; and bool (A,), whether
        something in the library could have denied the attribute: a label, a
        rival's label, or a bundle, which denies whatever it does not see.
    """
    evidence = _stated(library, vocabulary, work_ids)
    denied = np.any(evidence < 0.5, axis=0)
    further = [_outdone(evidence, vocabulary)]
    if bundle is not None:
        further.insert(0, _tagged(library, vocabulary, work_ids, bundle))
    for probabilities in further:
        denied |= np.any(~np.isnan(probabilities), axis=0)
        np.copyto(evidence, probabilities, where=np.isnan(evidence))
    return evidence, denied


def _stated(
    library: Library, vocabulary: Vocabulary, work_ids: Sequence[str]
) -> NDArray[np.float32]:
    """The probability that works have attributes by labels: float32 (N, A), NaN where unknown."""
    labels = library.labels()
    labels = labels.filter(pc.is_in(labels["origin"], pa.array(["human", "import"])))
    matrix = LabelMatrix.from_table(labels, work_ids=work_ids, vocabulary=vocabulary)
    present = matrix.states == PRESENT
    stated = np.where(present, matrix.confidences, 1 - matrix.confidences)
    stated[matrix.states == UNKNOWN] = np.nan
    return stated


def _tagged(
    library: Library, vocabulary: Vocabulary, work_ids: Sequence[str], bundle: str
) -> NDArray[np.float32]:
    """What a bundle estimates: float32 (N, A), NaN where it tagged nothing."""
    tagged_ids, probabilities, attribute_ids = library.taggings(bundle)
    found = pc.index_in(pa.array(work_ids, pa.string()), pa.array(tagged_ids, pa.string()))
    rows = found.fill_null(-1).to_numpy(zero_copy_only=False)
    tagged = np.full((len(work_ids), len(vocabulary)), np.nan, np.float32)
    for source, attribute in enumerate(attribute_ids):
        if attribute in vocabulary:
            column = probabilities[rows, source] / np.float32(255)
            tagged[:, vocabulary.row(attribute)] = np.where(rows >= 0, column, np.nan)
    return tagged


def _outdone(stated: NDArray[np.float32], vocabulary: Vocabulary) -> NDArray[np.float32]:
    """One minus how surely a rival of an attribute was seen: NaN where none was.

    Args:
        stated: float32 (N, A), as ``_stated`` gives it.
        vocabulary: The A attributes.
    """
    seen = np.where(stated > 0.5, stated, 0)
    outdone = np.full_like(stated, np.nan)
    for attribute in vocabulary:
        rivals = [vocabulary.row(rival) for rival in vocabulary.rivals(attribute.id)]
        if rivals:
            surest = seen[:, rivals].max(axis=1)
            outdone[:, vocabulary.row(attribute.id)] = np.where(surest > 0, 1 - surest, np.nan)
    return outdone


def _sums(
    values: NDArray[np.float32] | NDArray[np.bool_], inverse: NDArray[np.int64], num: int
) -> NDArray[np.float64]:
    """The columns' sums for each of so many characters: float64 (num, A)."""
    columns = [np.bincount(inverse, weights=column, minlength=num) for column in values.T]
    return np.stack(columns, axis=1)


def _lines(
    character: str,
    vocabulary: Vocabulary,
    hits: NDArray[np.float64],
    trials: NDArray[np.float64],
    min_works: int,
    denied: NDArray[np.bool_],
) -> Iterator[ProposedAttribute]:
    """What a character has more likely than not."""
    for column in np.flatnonzero((trials >= min_works) & denied):
        lower = share_at_least(hits[column], trials[column])
        confidence = min(int(lower * 100) / 100, MOST_CONFIDENT)
        if confidence > 0.5:
            share = float(hits[column] / trials[column])
            attribute = vocabulary.ids[column]
            yield ProposedAttribute(character, attribute, confidence, share, int(trials[column]))


def _winners(lines: Iterator[ProposedAttribute], vocabulary: Vocabulary) -> list[ProposedAttribute]:
    """The lines, surest first, less those that a surer one excludes."""
    kept: list[ProposedAttribute] = []
    excluded: set[str] = set()
    for line in sorted(lines, key=lambda line: (-line.confidence, -line.share, line.attribute)):
        if line.attribute not in excluded:
            kept.append(line)
            excluded |= vocabulary.rivals(line.attribute)
    return kept
