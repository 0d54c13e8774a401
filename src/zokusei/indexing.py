"""Tags the works of a library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zokusei.errors import ImageError
from zokusei.library import Library
from zokusei.tagger import Tagger, Tagging

# Works between two commits of taggings.
_BATCH_SIZE = 512


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
