"""What a library and a bundle say of themselves."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from zokusei.bundle import Bundle
from zokusei.library import Library
from zokusei.library.jobs import running_jobs
from zokusei.query.search import facets_of, least_stored
from zokusei.serve.answers import LibraryFacts, ModelAttribute, ModelFacts, TaggedBy
from zokusei.serve.errors import NotFoundError
from zokusei.serve.view import View


def library_facts(view: View, library: Library, bundle: Bundle) -> LibraryFacts:
    """Counts of a library, and what is out of date in it."""
    by_bundle = library.num_tagged_by_bundle()
    num_tagged = int(np.count_nonzero(view.index_rows >= 0))
    others = (TaggedBy(of, num, False) for of, num in by_bundle.items() if of != bundle.fingerprint)
    return LibraryFacts(
        num_works=len(view.catalogue),
        num_hidden=int(np.count_nonzero(~view.shown)),
        num_tagged=num_tagged,
        num_labels=dict(
            view.memo.get(
                "labels", lambda: Counter(library.labels(["origin"])["origin"].to_pylist())
            )
        ),
        num_bookmarks=sum(view.bookmarks.nums.values()),
        taggings=(TaggedBy(bundle.fingerprint, num_tagged, True), *others),
        jobs=tuple(running_jobs(library)),
    )


def model_facts(view: View, bundle: Bundle) -> ModelFacts:
    """What a bundle says of itself, and how often its attributes occur."""
    counts = view.memo.get("counts", lambda: _counts(view))
    steps = bundle.precision_steps
    attributes = tuple(
        ModelAttribute(
            attribute_id=id_,
            threshold=float(bundle.thresholds[row]),
            best_precision=_best(steps[row].bounds) if steps else None,
            num_works=counts.get(id_, 0),
        )
        for row, id_ in enumerate(bundle.vocabulary.ids)
    )
    return ModelFacts(
        fingerprint=bundle.fingerprint,
        converged=bundle.converged,
        evidence=bundle.evidence,
        card=bundle.card,
        figures=_figures(bundle),
        curve=tuple(bundle.about.get("curve", ())),
        attributes=attributes,
    )


def _counts(view: View) -> dict[str, int]:
    if view.known is None:
        return {}
    rows = view.index_rows[view.shown & (view.index_rows >= 0)]
    found = facets_of(view.known.index, rows, least_stored(view.known.thresholds))
    return {id_: count for of in found for id_, count in of.counts}


def _best(bounds: object) -> float | None:
    best = float(np.max(np.asarray(bounds), initial=-math.inf))
    return best if math.isfinite(best) else None


def _figures(bundle: Bundle) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in bundle.path.glob("*.svg")))


def figure_of(bundle: Bundle, name: str) -> bytes:
    """A figure of a bundle's card.

    Raises:
        NotFoundError: It has none of this name.
    """
    if name not in _figures(bundle):
        raise NotFoundError(f"the bundle's card has no figure '{name}'")
    return (bundle.path / name).read_bytes()
