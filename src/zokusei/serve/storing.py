"""Takes one uploaded picture into a library, with its tagging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from zokusei.errors import UsageError
from zokusei.library import Library, import_source
from zokusei.library.candidates import Candidate, Refusal
from zokusei.tagger import Tagging


class _Upload:
    """A source of one work."""

    name = "upload"

    def __init__(self, work_id: str, data: bytes) -> None:
        self._candidate = Candidate(work_id, data)

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        yield self._candidate

    def bookmarks(self) -> Iterator[dict[str, Any] | Refusal]:
        return iter(())


def store_picture(library: Library, work_id: str, data: bytes, tagging: Tagging) -> None:
    """Makes a picture a work of a library; the same one again changes nothing.

    Args:
        library: Where to.
        work_id: Of the work.
        data: The file's content, which has been decoded once.
        tagging: What the bundle sees in it.

    Raises:
        UsageError: It cannot be taken in, as where a work of this id has another picture.
    """
    report = import_source(library, _Upload(work_id, data))
    for refusal in report.refused:
        raise UsageError(f"the picture cannot be stored as '{refusal.what}': {refusal.why}")
    library.add_taggings(
        [work_id],
        tagging.stored_probabilities[None],
        tagging.embedding[None].astype(np.float16),
        bundle=tagging.bundle,
        attribute_ids=tagging.vocabulary.ids,
        converged=tagging.converged,
    )
