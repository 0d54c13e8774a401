"""What people said of works, laid over what a bundle sees in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zokusei.library import Library
from zokusei.library.labels import COLUMNS, PRESENT, UNKNOWN, LabelMatrix
from zokusei.vocabulary import Vocabulary


class HumanLabels:
    """The labels that people gave, closed under implication.

    Args:
        work_ids: pyarrow string array of the H works that have some.
        states: int8 (H, A): 1 present, 0 absent, -1 where nobody said anything.
    """

    def __init__(self, work_ids: pa.Array, states: NDArray[np.int8]) -> None:
        self.work_ids = work_ids
        self.states = states

    @classmethod
    def of_library(cls, library: Library, vocabulary: Vocabulary) -> HumanLabels:
        """Those of a library, for the A attributes of a vocabulary."""
        labels = library.labels(COLUMNS, origin="human")
        work_ids = pc.unique(labels["work_id"])
        matrix = LabelMatrix.from_table(labels, work_ids=work_ids, vocabulary=vocabulary)
        return cls(work_ids, matrix.states)

    def lay_over(self, work_ids: pa.Array, probabilities: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Probabilities of which those that people spoke of are certain.

        Args:
            work_ids: pyarrow string array of n works.
            probabilities: uint8 (n, A), times 255; written to.

        Returns:
            The same array.
        """
        found = self._found(work_ids)
        rows = np.flatnonzero(found >= 0)
        said = self.states[found[rows]]
        certain = np.where(said == PRESENT, np.uint8(255), np.uint8(0))
        probabilities[rows] = np.where(said == UNKNOWN, probabilities[rows], certain)
        return probabilities

    def differing(self, other: HumanLabels) -> list[str]:
        """The works of which something else is said than in another."""
        if self is other:
            return []
        both = pc.unique(pa.concat_arrays([self.work_ids, other.work_ids]))
        differs = (self._of(both) != other._of(both)).any(axis=1)
        return list(both.filter(pa.array(differs)).to_pylist())

    def _of(self, work_ids: pa.Array) -> NDArray[np.int8]:
        """The states of these works, int8 (n, A)."""
        nothing = np.full((1, self.states.shape[1]), UNKNOWN, np.int8)
        states: NDArray[np.int8] = np.concatenate([self.states, nothing])[self._found(work_ids)]
        return states

    def _found(self, work_ids: pa.Array) -> NDArray[np.int64]:
        """The rows of these works among the H, int64; -1 where nobody said anything."""
        found = pc.index_in(work_ids, value_set=self.work_ids).fill_null(-1)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)
