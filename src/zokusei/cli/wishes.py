"""Options of what is wished for and what may be answered, which several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zokusei.errors import UsageError

if TYPE_CHECKING:
    from zokusei.bundle import Bundle
    from zokusei.library import Library
    from zokusei.recommend import Filters, Request

Texts = list[str] | None
PageOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="PAGE", help="Also write a page of it, with pictures."),
]


def _option(name: str, help_: str, metavar: str | None = None, **limits: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=help_, **limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFilterOptions:
    """Which works may be answered, whatever is asked."""

    rating: Annotated[
        Texts, _option("--rating", "Only works of this rating; may be repeated.", "RATING")
    ] = None
    unseen_by: Annotated[
        str | None, _option("--unseen-by", "Leave out what this user has bookmarked.", "USER")
    ] = None
    exclude: Annotated[
        Texts, _option("--exclude", "Leave out this work; may be repeated.", "ID")
    ] = None

    def filters(self) -> Filters:
        """These options as the recommender takes them."""
        from zokusei.recommend import Filters

        return Filters(
            ratings=tuple(self.rating or ()),
            unseen_by=self.unseen_by,
            exclude=tuple(self.exclude or ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterOptions(WorkFilterOptions):
    """Which works may be answered, beside those asked about."""

    not_character: Annotated[
        bool, _option("--not-character", "Leave out works of the same character.")
    ] = False
    not_artist: Annotated[bool, _option("--not-artist", "... by the same artist.")] = False
    not_series: Annotated[bool, _option("--not-series", "... of the same series.")] = False
    min_score: Annotated[float, _option("--min-score", "Leave out what scores below.", "S")] = 0.0

    def filters(self) -> Filters:
        """These options as the recommender takes them."""
        return replace(
            WorkFilterOptions.filters(self),  # super() does not work in classes with slots
            other_characters=self.not_character,
            other_artists=self.not_artist,
            other_series=self.not_series,
            min_score=self.min_score,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WishOptions:
    """What else an answer is to be like, and how it is ranked."""

    k: Annotated[int, _option("--k", "How many works.", "K", min=1)] = 10
    text: Annotated[
        str | None,
        _option("--text", "Attributes to add, or with - to leave out: '金髪 -glasses'.", "TEXT"),
    ] = None
    like: Annotated[
        Texts,
        _option("--like", "Another work, or picture, to be like; may be repeated.", "ID"),
    ] = None
    dislike: Annotated[
        Texts, _option("--dislike", "A work to be unlike; may be repeated.", "ID")
    ] = None
    weight: Annotated[
        Texts,
        _option(
            "--weight",
            "Weight of a group (0 to 3) or attribute (-1 to 2), by any name in either language; "
            "may be repeated.",
            "NAME=VALUE",
        ),
    ] = None
    diversity: Annotated[
        float,
        _option("--diversity", "0 ranks by score alone, 1 shows the most unlike works.", "D"),
    ] = 0.0
    per_artist: Annotated[
        int | None, _option("--per-artist", "At most so many works of one artist.", "N", min=1)
    ] = None
    no_fold: Annotated[
        bool, _option("--no-fold", "List works that are nearly the same picture one by one.")
    ] = False
    by: Annotated[str, _option("--by", "What scores: attributes, bookmarks or both.", "BY")] = (
        "attributes"
    )

    def request(
        self,
        filters: FilterOptions,
        library: Library,
        bundle: Bundle,
        examples: Sequence[str],
        *,
        likes_more: bool = False,
    ) -> Request:
        """These options as the recommender takes them.

        Args:
            filters: Which works may be answered.
            library: Whose works the examples are.
            bundle: Names what is written and weighed, and tags pictures.
            examples: Works or pictures that are liked besides those of ``--like``.
            likes_more: Whether works will be added that are liked.

        Raises:
            UsageError: A weight cannot be read, a number is out of its range, an example is
                neither a work nor a picture, or only words are asked for and none is understood.
            ImageError: A picture cannot be read.
        """
        from zokusei.cli.unknown import understood
        from zokusei.query import Query, parse_query
        from zokusei.recommend import Request
        from zokusei.recommend.direction import weights_by_id
        from zokusei.recommend.examples import named_examples

        vocabulary = bundle.vocabulary
        likes, pictures = named_examples([*examples, *(self.like or ())], library, bundle)
        query = parse_query(self.text, vocabulary) if self.text else Query(())
        return Request(
            likes=likes,
            pictures=pictures,
            dislikes=tuple(self.dislike or ()),
            query=understood(query, vocabulary, alone=not (likes or pictures or likes_more)),
            weights=weights_by_id(_weights(self.weight or []), vocabulary),
            filters=filters.filters(),
            k=self.k,
            diversity=self.diversity,
            per_artist=self.per_artist,
            fold_duplicates=not self.no_fold,
            by=self.by,  # type: ignore[arg-type]  # Request checks it
        )


def _weights(texts: list[str]) -> dict[str, float]:
    weights = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            weights[name.strip()] = float(value)
        except ValueError:
            raise UsageError(
                f"--weight is '{text}'; expected NAME=VALUE such as hair_color=2"
            ) from None
    return weights
