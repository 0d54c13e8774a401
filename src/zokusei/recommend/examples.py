"""Works and pictures that somebody names as examples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.library import Library
from zokusei.recommend.recommender import check_work
from zokusei.tagger import Tagger


def named_examples(
    names: Iterable[str], library: Library, bundle: Bundle
) -> tuple[tuple[str, ...], tuple[NDArray[np.uint8], ...]]:
    """The works and pictures of these names, as a request takes them.

    A name is a work's id, else the path of a picture: one that the library has,
    byte for byte, is that work, and another is tagged by the bundle, without
    being stored.

    Returns:
        Work ids; and of each other picture its probabilities, uint8 (A,).

    Raises:
        UnknownNameError: A name is neither a work nor a picture.
        ImageError: A picture cannot be read.
    """
    works, paths = [], []
    for name in names:
        work_id = _work_of(name, library)
        if work_id is not None:
            works.append(work_id)
        else:
            paths.append(Path(name))
    taggings = Tagger(bundle).tag(paths) if paths else []
    return tuple(works), tuple(tagging.stored_probabilities for tagging in taggings)


def _work_of(name: str, library: Library) -> str | None:
    if library.has_work(name):
        return name
    path = Path(name)
    if not path.is_file():
        check_work(library, name)
    return library.work_with_content(hashlib.sha256(path.read_bytes()).hexdigest())
