"""What the service answers: one dataclass for each thing that pages show and the API tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from zokusei.library.jobs import Job
from zokusei.query import Query, UnknownWord
from zokusei.recommend.answer import Reason

SaidState = Literal["present", "absent", "unknown"]
QueueKind = Literal["doubtful", "contradicted"]


@dataclass(frozen=True, slots=True)
class WorkCard:
    """A work as it is listed.

    Args:
        work_id: Which.
        title: None where nobody gave one.
        artist: Likewise.
        rating: As the library has it.
        width_px: Of the picture; 0 where unknown.
        height_px: Likewise.
        version: Of the picture: changes where it does, and may stand in addresses.
        is_tagged: Whether the bundle has tagged it.
        score: Why it stands where it stands, where it was searched for; in [0, 1].
    """

    work_id: str
    title: str | None
    artist: str | None
    rating: str | None
    width_px: int
    height_px: int
    version: str
    is_tagged: bool
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of the works found have an attribute."""

    attribute_id: str
    num_works: int


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """The facets of one group, those of most works first; only attributes that some work has."""

    group_id: str
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class WorksPage:
    """Some of the works that were asked for.

    Args:
        works: In order.
        total: How many works there are on all pages.
        next_cursor: What to ask the next page with; None on the last.
        query: As it was understood, with the words that were not.
        facets: Of all pages together, in the order of the vocabulary.
    """

    works: tuple[WorkCard, ...]
    total: int
    next_cursor: str | None
    query: Query
    facets: tuple[FacetGroup, ...]


@dataclass(frozen=True, slots=True)
class Widened:
    """A query with something left out, and how many works match it.

    Args:
        query: What is left.
        dropped: The attributes that it no longer has.
        total: How many works match.
    """

    query: Query
    dropped: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True)
class HumanLabel:
    """What a person said of an attribute of a work."""

    state: Literal["present", "absent"]
    by: str
    at: datetime


# Not frozen, which would take three times as long: a work has one for each attribute (2026-11-27).
@dataclass(slots=True)
class AttributeLine:
    """One attribute of a work or a picture.

    Args:
        attribute_id: Which.
        probability: What the bundle estimates, in [0, 1].
        threshold: What it is tagged at or over; infinity where it never is.
        over_threshold: Whether it is tagged.
        label: What a person said last; None where nobody spoke.
    """

    attribute_id: str
    probability: float
    threshold: float
    over_threshold: bool
    label: HumanLabel | None = None


@dataclass(frozen=True, slots=True)
class AttributeGroup:
    """The attributes of one group by descending probability."""

    group_id: str
    lines: tuple[AttributeLine, ...]


@dataclass(frozen=True, slots=True)
class WorkDetails:
    """All that is told of one work.

    Args:
        card: As it is listed.
        characters: Whom it shows.
        series: Where they are from.
        tags: As its source gave them.
        created_at: When it was made, if that is known.
        num_bookmarks: How many people bookmarked it.
        groups: Its attributes, in the order of the vocabulary; empty where it is not tagged.
    """

    card: WorkCard
    characters: tuple[str, ...]
    series: tuple[str, ...]
    tags: tuple[str, ...]
    created_at: datetime | None
    num_bookmarks: int
    groups: tuple[AttributeGroup, ...]


@dataclass(frozen=True, slots=True)
class RelatedWork:
    """A recommended work; the shares of its because sum to its score."""

    card: WorkCard
    score: float
    because: tuple[Reason, ...]
    duplicates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelatedAnswer:
    """Related works, best first, and the written words that were not understood."""

    related: tuple[RelatedWork, ...]
    unknown: tuple[UnknownWord, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadAttribute:
    """An attribute of one figure, read from its head."""

    attribute_id: str
    probability: float


@dataclass(frozen=True, slots=True)
class Head:
    """A head in a picture, and what its figure has.

    Args:
        box: Left, top, right and bottom, as shares of the picture's width and height.
        score: How sure it is that there is one, in [0, 1].
        attributes: The figure's own, at or over their thresholds, by descending probability.
    """

    box: tuple[float, float, float, float]
    score: float
    attributes: tuple[HeadAttribute, ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedPicture:
    """A picture that is no work of the library.

    Args:
        width_px: As it is looked at.
        height_px: Likewise.
        groups: Its attributes, in the order of the vocabulary.
        unknown_groups: Groups about which it can tell nothing, such as colours of a grey picture.
        heads: Those found in it, the surest first.
        probabilities: By attribute; give them to ``related`` to ask again without the picture.
        related: The works like it; empty where the library has none that are tagged.
        work_id: Of the work it was stored as; None where that was not asked for.
    """

    width_px: int
    height_px: int
    groups: tuple[AttributeGroup, ...]
    unknown_groups: tuple[str, ...]
    heads: tuple[Head, ...]
    probabilities: dict[str, float]
    related: tuple[RelatedWork, ...]
    work_id: str | None = None


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A label that was given or taken back; to undo it, give ``previous`` again."""

    work_id: str
    attribute_id: str
    state: SaidState
    previous: SaidState
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueItem:
    """An attribute of a work that a person should look at.

    Args:
        card: The work.
        attribute_id: The attribute.
        probability: What the bundle estimates.
        threshold: What it is tagged at or over.
        stated: What a label says that the bundle contradicts; None where it is only doubtful.
        origin: Where that label is from.
    """

    card: WorkCard
    attribute_id: str
    probability: float
    threshold: float
    stated: Literal["present", "absent"] | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some of what a person should look at."""

    items: tuple[QueueItem, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TaggedBy:
    """How many works a bundle has tagged; those of other bundles are out of date."""

    bundle: str
    num_works: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """Counts of a library.

    Args:
        num_works: All of them, hidden ones too.
        num_hidden: Those rated R-18 that are not shown.
        num_tagged: By the served bundle.
        num_labels: By origin.
        num_bookmarks: All of them.
        taggings: By bundle, the served one first.
        jobs: What runs on it now.
    """

    num_works: int
    num_hidden: int
    num_tagged: int
    num_labels: dict[str, int]
    num_bookmarks: int
    taggings: tuple[TaggedBy, ...]
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class ModelAttribute:
    """What a bundle knows of one attribute.

    Args:
        attribute_id: Which.
        threshold: What it is tagged at or over.
        best_precision: The highest precision that a threshold reaches on the validation split,
            by its lower 95% bound; None where that is not known.
        num_works: How many works of the library have it.
    """

    attribute_id: str
    threshold: float
    best_precision: float | None
    num_works: int


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a bundle says of itself.

    Args:
        fingerprint: Which.
        converged: Whether its training did.
        evidence: Why that is said.
        card: Markdown.
        figures: Names of the SVG figures of the card.
        curve: One row an epoch: epoch, step, training_loss, validation_loss and others.
        attributes: In the order of the vocabulary.
    """

    fingerprint: str
    converged: bool
    evidence: str
    card: str
    figures: tuple[str, ...]
    curve: tuple[dict[str, Any], ...]
    attributes: tuple[ModelAttribute, ...]
