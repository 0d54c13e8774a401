"""What is known about works: labels, and how several of them become one truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.vocabulary import Vocabulary

PRESENT, ABSENT, UNKNOWN = 1, 0, -1

# Labels less sure than this train a model but do not judge it.
JUDGING_CONFIDENCE = 0.949  # 0.95, as float32 has it

State = Literal["present", "absent"]
Origin = Literal["human", "import", "character", "model"]

# The columns of a labels table that the truth is made of.
COLUMNS = ("work_id", "attribute", "state", "confidence", "origin", "at")

# Where sources disagree the first of these wins. Human beats everything.
ORIGINS: tuple[Origin, ...] = ("human", "import", "character", "model")


@dataclass(frozen=True, slots=True)
class Label:
    """One statement about one work.

    Args:
        attribute: Id of the attribute.
        state: ``present`` or ``absent``; what nobody states is unknown.
        confidence: How sure the source is, in (0.5, 1].
        origin: The kind of source.
        by: Who or what stated it.
        at: When; the time of import where it is not known.
    """

    attribute: str
    state: State
    confidence: float = 1.0
    origin: Origin = "import"
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelMatrix:
    """The truth about N works and A attributes, as far as it is known.

    Args:
        states: int8 (N, A): 1 present, 0 absent, -1 unknown.
        confidences: float32 (N, A) in (0.5, 1]; 0 where unknown.
        human: bool (N, A): whether a person stated it.
    """

    states: NDArray[np.int8]
    confidences: NDArray[np.float32]
    human: NDArray[np.bool_]

    @classmethod
    def unknown(cls, num_works: int, num_attributes: int) -> LabelMatrix:
        """Nothing is known."""
        shape = (num_works, num_attributes)
        return cls(
            np.full(shape, UNKNOWN, np.int8), np.zeros(shape, np.float32), np.zeros(shape, bool)
        )

    def select(self, rows: NDArray[np.int64]) -> LabelMatrix:
        """The labels of these works."""
        return LabelMatrix(self.states[rows], self.confidences[rows], self.human[rows])

    def truth(self) -> NDArray[np.int8]:
        """The labels sure enough to judge and calibrate a model by.

        Those with a confidence of ``JUDGING_CONFIDENCE`` or more, of works that
        somebody described for certain; a work that only has noisy tags judges
        nothing.

        Returns:
            int8 (N, A): 1 present, 0 absent, -1 unknown.
        """
        described = (self.confidences == 1).any(axis=1, keepdims=True)
        sure = described & (self.confidences >= JUDGING_CONFIDENCE)
        return np.where(sure, self.states, np.int8(UNKNOWN))

    @classmethod
    def from_table(
        cls, labels: pa.Table, *, work_ids: Sequence[str], vocabulary: Vocabulary
    ) -> LabelMatrix:
        """Resolves the rows of a labels table.

        The statements of each origin are closed under implication on their own;
        within an origin the later statement wins, and what it implies or rules
        out with it. The closures are laid over each other in the order of
        ``ORIGINS``, so that what a person's words imply stands, and nothing
        stays that they rule out. The result contradicts no implication. Rows of
        other works and of attributes outside the vocabulary are passed over.

        Args:
            labels: The columns ``COLUMNS`` of a labels table.
            work_ids: Of the N works.
            vocabulary: The A attributes.
        """
        matrix = cls.unknown(len(work_ids), len(vocabulary))
        statements, ranks = _statements(labels, work_ids, vocabulary)
        closure = _Closure(vocabulary)
        for rank in reversed(range(len(ORIGINS))):
            matrix._lay_over(statements.select(ranks == rank), closure, human=rank == 0)
        return matrix

    def _lay_over(self, said: _Statements, closure: _Closure, *, human: bool) -> None:
        """Lays the closure of one origin's statements over what is there."""
        said = said.select(self._standing(said))
        sources, attributes = closure.of(said)
        # Of several values for one place numpy keeps the last: the later statement's. That cannot
        # contradict an implication: a statement by which an attribute is present reaches all that
        # the attribute implies, and a later one that denied any of it would reach the attribute.
        place = said.works[sources], attributes
        self.states[place] = said.states[sources]
        self.confidences[place] = said.confidences[sources]
        self.human[place] = human
        # What is stated outright is as sure as stated, whatever else implies it too.
        own = said.select(self.states[said.works, said.attributes] == said.states)
        self.confidences[own.works, own.attributes] = own.confidences

    def _standing(self, said: _Statements) -> NDArray[np.bool_]:
        """Which statements no later one about the same place replaces."""
        rows = np.arange(len(said.works), dtype=np.int32)
        last = np.empty(self.states.shape, np.int32)
        last[said.works, said.attributes] = rows
        standing: NDArray[np.bool_] = last[said.works, said.attributes] == rows
        return standing


@dataclass(frozen=True, slots=True)
class _Statements:
    """M statements about places of a matrix, the earliest first.

    Args:
        works: int64 (M,), rows of works.
        attributes: int64 (M,), rows of attributes.
        states: int8 (M,), 1 or 0.
        confidences: float32 (M,).
    """

    works: NDArray[np.int64]
    attributes: NDArray[np.int64]
    states: NDArray[np.int8]
    confidences: NDArray[np.float32]

    def select(self, rows: NDArray[Any]) -> _Statements:
        """These of them."""
        return _Statements(
            self.works[rows], self.attributes[rows], self.states[rows], self.confidences[rows]
        )


def _statements(
    labels: pa.Table, work_ids: Sequence[str], vocabulary: Vocabulary
) -> tuple[_Statements, NDArray[np.int8]]:
    """The statements of a table that concern the matrix, earliest first, and their ranks."""
    works = pc.index_in(labels["work_id"], pa.array(work_ids, pa.string()))
    attributes = pc.index_in(labels["attribute"], pa.array(vocabulary.ids, pa.string()))
    ranks = pc.index_in(labels["origin"], pa.array(ORIGINS, pa.string()))
    used = pc.and_(pc.is_valid(works), pc.and_(pc.is_valid(attributes), pc.is_valid(ranks)))
    keep = used.to_numpy().nonzero()[0]
    at = labels["at"].cast(pa.int64()).fill_null(0).to_numpy()[keep]
    rows = keep[np.argsort(at, kind="stable")]
    of_works, of_attributes, of_ranks = (
        column.fill_null(-1).to_numpy()[rows] for column in (works, attributes, ranks)
    )
    present = pc.equal(labels["state"], "present").to_numpy()[rows]
    statements = _Statements(
        of_works.astype(np.int64),
        of_attributes.astype(np.int64),
        np.where(present, np.int8(PRESENT), np.int8(ABSENT)),
        labels["confidence"].to_numpy()[rows],
    )
    return statements, of_ranks.astype(np.int8)


class _Closure:
    """All that follows from a statement, itself included, for whole arrays of them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        followers = [
            [vocabulary.row(id_) for id_ in follows([attribute_id])]
            for follows in (vocabulary.denied_by, vocabulary.implied_by)  # ABSENT, PRESENT
            for attribute_id in vocabulary.ids
        ]
        self._num_attributes = len(vocabulary)
        self._counts = np.array([len(rows) for rows in followers], np.int64)
        self._starts = np.cumsum(self._counts) - self._counts
        self._followers = np.array([row for rows in followers for row in rows], np.int64)

    def of(self, said: _Statements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What follows from M statements.

        Returns:
            int64 (K,), the statement that each follows from, ascending; and
            int64 (K,), the attribute.
        """
        kinds = said.states.astype(np.int64) * self._num_attributes + said.attributes
        counts = self._counts[kinds]
        sources = np.repeat(np.arange(len(kinds)), counts)
        # The place of each within its own run, counted from the run's start.
        within = np.arange(len(sources)) - np.repeat(np.cumsum(counts) - counts, counts)
        return sources, self._followers[self._starts[kinds][sources] + within]
