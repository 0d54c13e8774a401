"""Tags the works of a library, and finds those related to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zokusei.errors import ImageError, UnknownNameError
from zokusei.index import AttributeIndex
from zokusei.library import Library
from zokusei.tagger import Tagger, Tagging
from zokusei.vocabulary import Group, Vocabulary, fold

# Works between two commits of taggings.
_BATCH_SIZE = 512


@dataclass(frozen=True, slots=True)
class Term:
    """What one attribute adds to a score.

    Args:
        id: The attribute.
        share: Its part of the score, in the score's own unit; negative only
            under a negative attribute weight.
    """

    id: str
    share: float


@dataclass(frozen=True, slots=True)
class Related:
    """A recommended work.

    Args:
        work_id: Which.
        score: 0.001 to 1, at which it is alike in every group that counts; up
            to 2 under attribute weights.
        because: Every term that is not zero, largest first; they sum to the score.
    """

    work_id: str
    score: float
    because: tuple[Term, ...]


@dataclass(slots=True)
class TaggingReport:
    """What became of the works of a library.

    Args:
        tagged: Works tagged now.
        already: Works that this bundle had tagged before.
        failed: Works whose picture cannot be read, and why.
    """

    tagged: int = 0
    already: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def tag_library(
    library: Library, tagger: Tagger, *, on_progress: Callable[[int, int], None] | None = None
) -> TaggingReport:
    """Tags the works that the tagger's bundle has not tagged; may be stopped and repeated."""
    done_before = library.tagged_ids(tagger.bundle.fingerprint)
    all_ids = library.work_ids()
    missing = [work_id for work_id in all_ids if work_id not in done_before]
    report = TaggingReport(already=len(all_ids) - len(missing))
    waiting: list[tuple[str, Tagging]] = []
    for place, (work_id, outcome) in enumerate(tagger.tag_each(_pictures(library, missing)), 1):
        if isinstance(outcome, ImageError):
            report.failed.append((work_id, str(outcome)))
        else:
            waiting.append((work_id, outcome))
        if len(waiting) == _BATCH_SIZE:
            report.tagged += _commit(library, waiting)
        if on_progress:
            on_progress(place, len(missing))
    report.tagged += _commit(library, waiting)
    library.compact()
    return report


def _pictures(library: Library, work_ids: list[str]) -> Iterator[tuple[str, bytes | Path]]:
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    yield from zip(work_ids, images, strict=True)


def _commit(library: Library, taggings: list[tuple[str, Tagging]]) -> int:
    if not taggings:
        return 0
    work_ids, outcomes = [work_id for work_id, _ in taggings], [tagging for _, tagging in taggings]
    library.add_taggings(
        work_ids,
        np.stack([tagging.stored_probabilities for tagging in outcomes]),
        np.stack([tagging.embedding for tagging in outcomes]).astype(np.float16),
        bundle=outcomes[0].bundle,
        attribute_ids=outcomes[0].vocabulary.ids,
        converged=outcomes[0].converged,
    )
    taggings.clear()
    return len(work_ids)


def related_works(
    library: Library,
    index: AttributeIndex,
    work_id: str,
    *,
    k: int = 10,
    weights: dict[str, float] | None = None,
    other_characters: bool = False,
) -> list[Related]:
    """The works most like one of a library.

    Args:
        library: Where it is.
        index: Of that library.
        work_id: Which.
        k: At most how many.
        weights: Of groups (0 to 3) and attributes (-1 to 2), in place of the usual ones, by any
            name in either language.
        other_characters: Whether works that show one of its characters are left out.

    Raises:
        UnknownNameError: There is no such work, group or attribute.
        LibraryError: The index lacks the work.
        UsageError: A weight is out of its range.
    """
    work_ids = library.work_ids()
    if work_id not in work_ids:
        error = UnknownNameError("work", work_id, work_ids)
        error.add_note(
            "a work's id is the `work_id` of its labels, else the path of its picture in what "
            "was imported"
        )
        raise error
    row = index.row(work_id)
    allowed = np.ones(len(index), np.bool_)
    if other_characters:
        allowed = _without_characters(library, index, work_id)
    allowed[row] = False
    by_id = {_weighted_id(name, index.vocabulary): value for name, value in (weights or {}).items()}
    return related_to(index, index.vectors([row])[0], k=k, weights=by_id, allowed=allowed)


def related_to(
    index: AttributeIndex,
    vector: np.ndarray[Any, np.dtype[np.float64]],
    *,
    k: int = 10,
    weights: Mapping[str, float] | None = None,
    allowed: np.ndarray[Any, np.dtype[np.bool_]] | None = None,
) -> list[Related]:
    """The works most like a vector of the index's space, each with its because.

    Args:
        index: Of N works and A attributes.
        vector: float64 (A,).
        k: At most how many works.
        weights: As for ``AttributeSpace.shares``.
        allowed: bool (N,); only works where it is true are returned.
    """
    weighted = vector * index.space.shares(weights)
    rows, scores = index.search(weighted, k=k, allowed=allowed)
    terms = index.terms(weighted, rows)
    return [
        Related(index.work_ids[row], float(score), _because(shares, index.vocabulary))
        for row, score, shares in zip(rows, scores, terms, strict=True)
    ]


def _because(
    shares: np.ndarray[Any, np.dtype[np.float64]], vocabulary: Vocabulary
) -> tuple[Term, ...]:
    order = np.argsort(-shares, kind="stable")
    return tuple(Term(vocabulary.ids[row], float(shares[row])) for row in order if shares[row])


def _weighted_id(name: str, vocabulary: Vocabulary) -> str:
    """The id of the group or attribute of this name; the name itself where there is none."""
    groups = {fold(known): group.id for group in vocabulary.groups for known in _names(group)}
    attribute = vocabulary.find(name)
    return groups.get(fold(name), attribute.id if attribute else name)


def _names(group: Group) -> tuple[str, ...]:
    return group.id, group.en, group.ja


def _without_characters(
    library: Library, index: AttributeIndex, work_id: str
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    table = library.works(["work_id", "characters"])
    of_work = dict(zip(table["work_id"].to_pylist(), table["characters"].to_pylist(), strict=True))
    own = set(of_work[work_id] or ())
    return np.array([not own & set(of_work.get(other) or ()) for other in index.work_ids], bool)
