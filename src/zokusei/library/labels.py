"""What is known about works: labels, and how several of them become one truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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

        The origin that comes first in ``ORIGINS`` wins, then the later row.
        Human statements are closed under implication; they are not overruled
        by the closure of anything else. Rows of other works and of attributes
        outside the vocabulary are passed over.
        """
        matrix = cls.unknown(len(work_ids), len(vocabulary))
        works = pc.index_in(labels["work_id"], pa.array(work_ids, pa.string()))
        attributes = pc.index_in(labels["attribute"], pa.array(vocabulary.ids, pa.string()))
        ranks = pc.index_in(labels["origin"], pa.array(ORIGINS, pa.string()))
        used = pc.and_(pc.is_valid(works), pc.and_(pc.is_valid(attributes), pc.is_valid(ranks)))
        keep = used.combine_chunks().to_numpy(zero_copy_only=False).nonzero()[0]
        columns = [column.take(pa.array(keep)).to_numpy() for column in (works, attributes, ranks)]
        work_rows, attribute_rows, rank = (column.astype(np.int64) for column in columns)
        at = labels["at"].cast(pa.int64()).fill_null(0).to_numpy()[keep]
        order = np.lexsort((at, -rank))  # what is assigned last stays
        present = pc.equal(labels["state"], "present").to_numpy(zero_copy_only=False)[keep]
        place = work_rows[order], attribute_rows[order]
        matrix.states[place] = np.where(present[order], PRESENT, ABSENT)
        matrix.confidences[place] = labels["confidence"].to_numpy()[keep][order]
        matrix.human[place] = rank[order] == 0
        _close(matrix, vocabulary)
        return matrix


def _close(matrix: LabelMatrix, vocabulary: Vocabulary) -> None:
    """Fills unknowns that follow from an implication, nearest first."""
    for _ in range(2):  # chains of implication have at most two links
        for attribute in vocabulary:
            special = vocabulary.row(attribute.id)
            for implied in attribute.implies:
                general = vocabulary.row(implied)
                _follow(matrix, special, general, PRESENT)
                _follow(matrix, general, special, ABSENT)


def _follow(matrix: LabelMatrix, cause: int, effect: int, state: int) -> None:
    rows = (matrix.states[:, cause] == state) & (matrix.states[:, effect] == UNKNOWN)
    matrix.states[rows, effect] = state
    matrix.confidences[rows, effect] = matrix.confidences[rows, cause]
    matrix.human[rows, effect] = matrix.human[rows, cause]
