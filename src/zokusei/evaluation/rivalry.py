"""Which attributes exclude each other, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zokusei.errors import UsageError
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Rivalry:
    """One group whose attributes exclude each other, softly or not.

    Args:
        group: The group's id.
        rows: int64 (G,), its attributes' rows.
        pairs: bool (G, G), symmetric: which of them exclude each other. Attributes linked by
            an implication do not.
        main: bool (G,): which are no special case of another.

    Raises:
        UsageError: The arrays do not fit each other.
    """

    group: str
    rows: np.ndarray
    pairs: np.ndarray
    main: np.ndarray

    def __post_init__(self) -> None:
        size = len(self.rows)
        if self.pairs.shape != (size, size) or self.main.shape != (size,):
            raise UsageError(
                f"pairs of shape {self.pairs.shape} and mains of shape {self.main.shape} do not "
                f"fit the {size} rows of group '{self.group}'"
            )

    def contradicted(self, held: np.ndarray) -> np.ndarray:
        """Works in which two attributes that exclude each other are held.

        Args:
            held: bool (N, A).

        Returns:
            bool (N,).
        """
        held = held[:, self.rows]
        found: np.ndarray = (held & (held.astype(np.float32) @ self.pairs > 0)).any(axis=1)
        return found

    def settled(self, labels: np.ndarray) -> np.ndarray:
        """Works that have an attribute of the group, and none that excludes it.

        Args:
            labels: int8 (N, A): 1 present, 0 absent, -1 unknown.

        Returns:
            bool (N,).
        """
        present = labels == 1
        found: np.ndarray = present[:, self.rows].any(axis=1) & ~self.contradicted(present)
        return found


def rivalries(vocabulary: Vocabulary) -> tuple[Rivalry, ...]:
    """One rivalry for each group that is ``one`` or ``mostly_one``, in their order."""
    found = []
    for group in vocabulary.groups:
        if group.exclusion != "any":
            ids, main = group.attribute_ids, vocabulary.main_ids(group.id)
            found.append(
                Rivalry(
                    group.id,
                    np.array(vocabulary.group_rows(group.id), np.int64),
                    np.array([[other in vocabulary.rivals(id_) for other in ids] for id_ in ids]),
                    np.array([id_ in main for id_ in ids]),
                )
            )
    return tuple(found)
