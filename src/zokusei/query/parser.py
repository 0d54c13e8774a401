"""The query language: Japanese and English in any mix, as people type it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from zokusei.errors import UsageError
from zokusei.query.lexicon import EXCLUDE_LAST, EXCLUDE_NEXT, Lexicon, lexicon_of
from zokusei.query.query import WEIGHT_RANGE, Query, QueryTerm, UnknownWord
from zokusei.query.segmentation import Piece, segment
from zokusei.query.stretches import Stretch, stretches, without_signs
from zokusei.vocabulary import Vocabulary, fold

# Looking for what is nearest to an unknown word takes 10 ms (2026-11-26): at worst two seconds.
MAX_CHARACTERS = 500


def parse_query(text: str, vocabulary: Vocabulary) -> Query:
    """Reads what somebody looks for.

    Names, aliases and readings of both languages may stand in any order, in
    Japanese without spaces; ``docs/search.md`` tells the language. An attribute
    that is asked for twice counts as it was asked last.

    >>> vocabulary = Vocabulary.from_package()
    >>> query = parse_query("黒髪ロング 着物 -眼鏡 twintails:1.5 hatt", vocabulary)
    >>> [(term.attribute_id, term.weight, term.excluded) for term in query.terms[2:]]
    [('kimono', 1.0, False), ('glasses', 1.0, True), ('twintails', 1.5, False)]
    >>> query.unknown[0].text, query.unknown[0].nearest[0]
    ('hatt', 'hat')

    Args:
        text: Any, of at most 500 characters; nothing in it is an error.
        vocabulary: The attributes that can be asked for, as a bundle has them.

    Raises:
        UsageError: The text is longer.
    """
    length = len(text)
    if length <= MAX_CHARACTERS:
        length = len(unicodedata.normalize("NFKC", text))  # one sign may become eighteen
    if length > MAX_CHARACTERS:
        raise UsageError(
            f"the query has {length} characters, expected at most {MAX_CHARACTERS}; "
            "ask for less at a time"
        )
    return parse_any(text, vocabulary)


def parse_any(text: str, vocabulary: Vocabulary) -> Query:
    """The same for a text of any length, such as ``format_query`` makes."""
    lexicon = lexicon_of(vocabulary)
    terms: dict[str, QueryTerm] = {}
    unknown: dict[str, UnknownWord] = {}
    for stretch in stretches(text, lexicon):
        for word in _words(stretch, lexicon):
            weight = word.number
            if weight is None or not word.piece.ids:
                typed = word.typed
                unknown[typed] = UnknownWord(typed, lexicon.nearest(without_signs(typed)))
                continue
            for id_ in word.piece.ids:
                terms[id_] = QueryTerm(id_, weight, word.excluded)
    return Query(tuple(terms.values()), tuple(unknown.values()))


@dataclass(frozen=True, slots=True)
class _Word:
    """A piece with the signs that hold for it."""

    piece: Piece
    excluded: bool = False
    weight: str | None = None

    @property
    def number(self) -> float | None:
        """The weight, or None where it cannot be used."""
        try:
            number = float(self.weight or "1")
        except ValueError:
            return None
        return number if WEIGHT_RANGE[0] <= number <= WEIGHT_RANGE[1] else None

    @property
    def typed(self) -> str:
        """The piece with its signs."""
        weight = "" if self.weight is None else f":{self.weight}"
        return f"{'-' if self.excluded else ''}{self.piece.text}{weight}"


def _words(stretch: Stretch, lexicon: Lexicon) -> Iterator[_Word]:
    """The words of a stretch; a minus holds up to the first space, a weight from the last."""
    pieces = segment(stretch.atoms, lexicon)
    spaces = [place for place, piece in enumerate(pieces) if place and piece.gap == " "]
    first_end, last_start = min(spaces, default=len(pieces)), max(spaces, default=0)
    return _resolved(
        _Word(
            piece,
            stretch.excluded and place < first_end,
            stretch.weight if place >= last_start else None,
        )
        for place, piece in enumerate(pieces)
        if piece.kind != "filler"
    )


def _resolved(words: Iterable[_Word]) -> Iterator[_Word]:
    """The words without those that exclude the next or the last; where there is none they stay."""
    waiting, resolved = list(words)[::-1], list[_Word]()
    while waiting:
        word = waiting.pop()
        if word.piece.kind != "not":
            resolved.append(word)
            continue
        name = fold(word.piece.text)
        has_next = name in EXCLUDE_NEXT and bool(waiting)
        if name in EXCLUDE_LAST and resolved and not (word.piece.gap and has_next):
            resolved[-1] = replace(resolved[-1], excluded=True)
        elif has_next:
            waiting[-1] = replace(waiting[-1], excluded=True)
        else:
            resolved.append(word)
    return iter(resolved)
