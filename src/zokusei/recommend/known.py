"""What is known of works, and which of them a request names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.names import Rows
from zokusei.recommend.people import People
from zokusei.recommend.request import Request


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of works.

    Args:
        index: What they show.
        thresholds: float32 (A,): an attribute at or over its threshold is there.
        facts: What else is said of them, fitted to the index.
        people: Who bookmarked them, fitted to the index; None where nobody asked.
        shown: bool (N,), the works that may be answered at all; every one by default.
    """

    index: AttributeIndex
    thresholds: NDArray[np.float32]
    facts: WorkFacts
    people: People | None = None
    shown: NDArray[np.bool_] | None = None


class Asked(NamedTuple):
    """The works that a request names, as rows of an index."""

    liked: Rows
    disliked: Rows

    @classmethod
    def of(cls, request: Request, index: AttributeIndex) -> Asked:
        """Finds them.

        Raises:
            LibraryError: The index lacks one.
        """
        rows = index.rows([*request.likes, *request.dislikes])
        return cls(rows[: len(request.likes)], rows[len(request.likes) :])

    @property
    def all(self) -> Rows:
        """The liked and the disliked ones."""
        return np.concatenate([self.liked, self.disliked])
