"""What a page asks of the recommender, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, get_args
from urllib.parse import quote, urlencode

from fastapi import Query
from starlette.datastructures import QueryParams

from zokusei.errors import UsageError
from zokusei.index.space import GROUP_WEIGHTS
from zokusei.recommend import Filters, Request
from zokusei.recommend.request import By
from zokusei.serve.listing import MOST_LETTERS
from zokusei.vocabulary import Vocabulary

Text = Annotated[str, Query(max_length=MOST_LETTERS)]  # a written query

_NUM_RELATED = 24
_WEIGHT = "w."


@dataclass(frozen=True, slots=True)
class GroupDial:
    """The weight of a group, and what it usually is."""

    id: str
    weight: float
    usual: float


@dataclass(frozen=True, slots=True)
class Dials:
    """What one can turn on a page, and how it stands."""

    diversity: float
    other_characters: bool
    other_artists: bool
    other_series: bool
    groups: tuple[GroupDial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page asks of the recommender.

    Args:
        likes: Work ids.
        dislikes: Likewise.
        by: What scores.
        diversity: The dial, 0 to 1.
        weights: Of groups, those that were moved.
        other_characters: Leave out the characters of what is liked.
        other_artists: Likewise its artists.
        other_series: Likewise its series.
        groups: Every group with its weight.
        href_by: The address with another of the three ways to score.
    """

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    by: By
    diversity: float
    weights: Mapping[str, float]
    other_characters: bool
    other_artists: bool
    other_series: bool
    groups: tuple[GroupDial, ...]
    href_by: Mapping[str, str]

    @classmethod
    def of(cls, parameters: QueryParams, path: str, vocabulary: Vocabulary) -> Asked:
        """Reads an address.

        Args:
            parameters: Of the address.
            path: Of the page.
            vocabulary: Whose groups have weights.

        Raises:
            UsageError: A value is no number, or ``by`` is unknown.
        """
        by = next(
            (each for each in get_args(By) if each == parameters.get("by", "attributes")), None
        )
        if by is None:
            raise UsageError(
                f"by is '{parameters['by']}', expected one of {', '.join(get_args(By))}"
            )
        weights = {
            name.removeprefix(_WEIGHT): _number(name, value)
            for name, value in parameters.items()
            if name.startswith(_WEIGHT)
        }
        usual = {group.id: GROUP_WEIGHTS.get(group.id, 1.0) for group in vocabulary.groups}
        return cls(
            likes=tuple(parameters.getlist("like")),
            dislikes=tuple(parameters.getlist("dislike")),
            by=by,
            diversity=_number("diversity", parameters.get("diversity", "0")),
            weights=weights,
            other_characters="other_characters" in parameters,
            other_artists="other_artists" in parameters,
            other_series="other_series" in parameters,
            groups=tuple(
                GroupDial(id_, weights.get(id_, weight), weight) for id_, weight in usual.items()
            ),
            href_by={each: _with_by(parameters, path, each) for each in get_args(By)},
        )

    @property
    def dials(self) -> Dials:
        """What one can turn, as it stands."""
        return Dials(
            self.diversity,
            self.other_characters,
            self.other_artists,
            self.other_series,
            self.groups,
        )

    def request(self, *likes: str) -> Request:
        """The request to the recommender, with some more works liked."""
        return Request(
            likes=tuple(dict.fromkeys([*likes, *self.likes])),
            dislikes=self.dislikes,
            weights=self.weights,
            filters=Filters(
                other_characters=self.other_characters,
                other_artists=self.other_artists,
                other_series=self.other_series,
            ),
            k=_NUM_RELATED,
            diversity=self.diversity,
            by=self.by,
        )


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{name} is '{text}', expected a number such as 1.5") from None


def _with_by(parameters: QueryParams, path: str, by: str) -> str:
    kept = [
        (name, value)
        for name, value in parameters.multi_items()
        if name not in ("by", "fragment", "lang", "where")
    ]
    return f"{path}?{urlencode([*kept, ('by', by)], quote_via=quote)}#related"
