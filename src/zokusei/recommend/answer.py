"""What the recommender answers: works, each with the reasons that sum to its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


# Not frozen, which would take three times as long: an answer has hundreds (2026-11-27).
@dataclass(slots=True)
class Reason:
    """One additive term of a score.

    Args:
        kind: Whether an attribute or people's bookmarks say so.
        id: The attribute; of bookmarks the liked work that was bookmarked together with the
            answered one, or "" for a person's whole list.
        share: Its part of the score, in the score's own unit; below 0 where it counts against.
        num_people: How many people bookmarked both, where bookmarks say so.
    """

    kind: Literal["attribute", "bookmarks"]
    id: str
    share: float
    num_people: int | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """A recommended work.

    Args:
        work_id: Which.
        score: For ranking only; at least 0.001.
        because: Every reason that is not 0, largest share first; the shares sum to the score.
        duplicates: Ids of the works folded into this entry, which it nearly duplicates; in
            order of their own scores.
    """

    work_id: str
    score: float
    because: tuple[Reason, ...]
    duplicates: tuple[str, ...] = ()
