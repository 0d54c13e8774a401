"""A gallery page: works with their attributes, and the related works with their because."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zokusei.templates import render
from zokusei.templates.pictures import thumbnail_uri
from zokusei.vocabulary import Attribute, Group, Vocabulary

_BOOKMARKS_HUE = 350  # degrees; groups begin at 30


@dataclass(frozen=True, slots=True)
class GalleryAttribute:
    """One attribute of a work.

    Args:
        id: The attribute.
        probability: In [0, 1].
        over_threshold: Whether the work is tagged with it.
    """

    id: str
    probability: float
    over_threshold: bool


@dataclass(frozen=True, slots=True)
class GalleryShare:
    """What one attribute, or people's bookmarks, add to the score of a related work.

    Args:
        id: The attribute; of no meaning where people say so.
        share: Below 0 where it takes away.
        num_people: How many bookmarked both works; None where an attribute says so.
    """

    id: str
    share: float
    num_people: int | None = None


@dataclass(frozen=True, slots=True)
class GalleryWork:
    """One work to show.

    Args:
        work_id: The work.
        image: The bytes of its picture, or the path of it.
        title: Shown under the picture; the id stands in where it is empty.
        attributes: In any order.
    """

    work_id: str
    image: bytes | Path
    title: str = ""
    attributes: Sequence[GalleryAttribute] = ()


@dataclass(frozen=True, slots=True)
class GalleryRelated:
    """One related work, and why.

    Args:
        work: The related work.
        score: The sum of all its shares.
        because: The shares, or the largest of them; what they lack of the score is shown as
            the rest.
    """

    work: GalleryWork
    score: float
    because: Sequence[GalleryShare]


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One work, or something else that was asked about, and its related works.

    Args:
        work: The work asked about; None where it was none.
        related: The best first.
        title: Of what was asked about, where it was no work.
    """

    work: GalleryWork | None
    related: Sequence[GalleryRelated]
    title: str = ""


def write_gallery(
    path: Path,
    entries: Sequence[GalleryEntry],
    *,
    vocabulary: Vocabulary,
    title: str,
    facts: Mapping[str, str],
) -> None:
    """Writes one HTML file that needs no other file and no network.

    Args:
        path: Of the file; folders it lacks are made.
        entries: In the order to show them.
        vocabulary: Names the attributes and their groups.
        title: Of the page.
        facts: What the page is of, by name: library, bundle, number of works.

    Raises:
        UnknownNameError: An attribute is not in the vocabulary.
        ImageError: A picture is missing or cannot be read.
    """
    pictures = _Pictures()
    anchors = [f"work-{place}" for place in range(len(entries))]
    places = {
        entry.work.work_id: anchor
        for entry, anchor in zip(entries, anchors, strict=True)
        if entry.work is not None
    }
    blocks = [
        _entry_block(entry, anchor, vocabulary, pictures, places)
        for entry, anchor in zip(entries, anchors, strict=True)
    ]
    page = render("gallery.html", title=title, facts=facts, entries=blocks)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8")


@dataclass
class _Pictures:
    """Thumbnails by work, each made once: a work may be related to many."""

    made: dict[str, str] = field(default_factory=dict)

    def of(self, work: GalleryWork) -> str:
        if work.work_id not in self.made:
            self.made[work.work_id] = thumbnail_uri(work.image)
        return self.made[work.work_id]


@dataclass(frozen=True, slots=True)
class _Line:
    attribute: Attribute
    probability: float
    over_threshold: bool


@dataclass(frozen=True, slots=True)
class _GroupBlock:
    group: Group
    hue: int
    lines: tuple[_Line, ...]


@dataclass(frozen=True, slots=True)
class _Chip:
    reason: str
    en: str
    ja: str
    hue: int
    share: float


@dataclass(frozen=True, slots=True)
class _Card:
    title: str
    picture: str
    link: str | None
    score: float
    chips: tuple[_Chip, ...]
    rest: float

    @property
    def added(self) -> float:
        """The length of its bar: all that adds to its score."""
        return sum(max(0.0, share) for share in (*(chip.share for chip in self.chips), self.rest))


@dataclass(frozen=True, slots=True)
class _EntryBlock:
    anchor: str
    title: str
    picture: str | None
    groups: tuple[_GroupBlock, ...]
    cards: tuple[_Card, ...]
    full: float


def _entry_block(
    entry: GalleryEntry,
    anchor: str,
    vocabulary: Vocabulary,
    pictures: _Pictures,
    places: Mapping[str, str],
) -> _EntryBlock:
    work = entry.work
    cards = tuple(_card(related, vocabulary, pictures, places) for related in entry.related)
    return _EntryBlock(
        anchor=anchor,
        title=work.title or work.work_id if work else entry.title,
        picture=pictures.of(work) if work else None,
        groups=_group_blocks(work.attributes if work else (), vocabulary),
        cards=cards,
        full=max((card.added for card in cards), default=0.0) or 1.0,
    )


def _group_blocks(
    attributes: Sequence[GalleryAttribute], vocabulary: Vocabulary
) -> tuple[_GroupBlock, ...]:
    """The groups that have any of the attributes, each by descending probability."""
    by_group: dict[str, list[_Line]] = {}
    for shown in sorted(attributes, key=lambda shown: -shown.probability):
        attribute = vocabulary[shown.id]
        line = _Line(attribute, shown.probability, shown.over_threshold)
        by_group.setdefault(attribute.group, []).append(line)
    return tuple(
        _GroupBlock(group, _hue(group.id, vocabulary), tuple(by_group[group.id]))
        for group in vocabulary.groups
        if group.id in by_group
    )


def _card(
    related: GalleryRelated,
    vocabulary: Vocabulary,
    pictures: _Pictures,
    places: Mapping[str, str],
) -> _Card:
    terms = sorted(related.because, key=lambda term: -term.share)
    chips = tuple(_chip(term, vocabulary) for term in terms)
    return _Card(
        title=related.work.title or related.work.work_id,
        picture=pictures.of(related.work),
        link=places.get(related.work.work_id),
        score=related.score,
        chips=chips,
        rest=related.score - sum(chip.share for chip in chips),
    )


def _chip(term: GalleryShare, vocabulary: Vocabulary) -> _Chip:
    if term.num_people is not None:
        en = f"bookmarked together by {term.num_people}"
        ja = f"{term.num_people}人が一緒にブックマーク"
        return _Chip("bookmarks", en, ja, _BOOKMARKS_HUE, term.share)
    attribute = vocabulary[term.id]
    hue = _hue(attribute.group, vocabulary)
    return _Chip(attribute.id, attribute.en, attribute.ja, hue, term.share)


def _hue(group_id: str, vocabulary: Vocabulary) -> int:
    """A colour for each group, neighbours far apart: degrees, by the golden angle."""
    return round(30 + 137.508 * vocabulary.groups.index(vocabulary.group(group_id))) % 360
