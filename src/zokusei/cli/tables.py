"""Tables of attributes and of related works, laid out for the width of the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from zokusei.query import Facet, Found
    from zokusei.recommend import Reason, Related
    from zokusei.tagger import AttributeProbability
    from zokusei.vocabulary import Vocabulary

# All in terminal cells, of which a Japanese character takes two.
_PADDING = 2  # of a column, left and right together
_PROBABILITY = len("probability")
_SCORE = len("score")
_BAR = 20
_SHORTEST_BAR = 8  # below this a bar says nothing
_TITLE = 24
_BECAUSE = 40  # narrower, and the because stands under its work


class _Terminal(Console):
    """Standard output; text that users wrote is printed as it is, never read as markup."""

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False, highlight=False)

    def on_broken_pipe(self) -> None:
        """Leaves it to ``main``; rich itself would exit with 1."""
        raise BrokenPipeError


def terminal() -> Console:
    """Standard output, for tables and for text that users wrote."""
    return _Terminal()


def attribute_table(attributes: Sequence[AttributeProbability], *, width: int) -> Table:
    """Attributes with bars, in the order given.

    The probability is always whole: where the terminal is narrow the bar goes
    first, then the group, and then names are cut.

    Args:
        attributes: The rows.
        width: Of the terminal, in cells.
    """
    left = width - _PROBABILITY - _PADDING
    left -= _natural("attribute", (a.id for a in attributes))
    left -= _natural("", (a.ja for a in attributes))
    group = _natural("group", (a.group for a in attributes))
    has_group = group <= left
    bar = min(_BAR, left - group - _PADDING) if has_group else 0
    table = _table()
    table.add_column("attribute")
    table.add_column("")
    if has_group:
        table.add_column("group", no_wrap=True)
    table.add_column("probability", justify="right", no_wrap=True)
    if bar >= _SHORTEST_BAR:
        table.add_column("", no_wrap=True)
    for attribute in attributes:
        cells = [_cut(attribute.id), _cut(attribute.ja)]
        if has_group:
            cells.append(Text(attribute.group))
        cells.append(Text(f"{attribute.probability:.3f}"))
        if bar >= _SHORTEST_BAR:
            style = "orange3" if attribute.over_threshold else "dim"
            cells.append(Text("█" * round(attribute.probability * bar), style=style))
        table.add_row(*cells, style="" if attribute.over_threshold else "dim")
    return table


def related_table(
    related: Sequence[Related],
    titles: Sequence[str],
    vocabulary: Vocabulary,
    *,
    width: int,
    num_terms: int = 5,
) -> Table:
    """Related works with their score and the largest terms of their because.

    Score and work id are always whole: where the terminal is narrow the
    because stands under its work.

    Args:
        related: The rows.
        titles: One for each; may be empty.
        vocabulary: Names the attributes.
        width: Of the terminal, in cells.
        num_terms: Terms that are named; the others are summed up.
    """
    because = [_because(work, vocabulary, num_terms) for work in related]
    return _ranked_table(related, titles, because, width=width)


def found_table(
    found: Sequence[Found],
    titles: Sequence[str],
    vocabulary: Vocabulary,
    *,
    width: int,
    lacks: Sequence[Sequence[str]] | None = None,
) -> Table:
    """Found works with their score and the shares of what was wanted, as ``related_table``.

    Args:
        found: The rows.
        titles: One for each; may be empty.
        vocabulary: Names the attributes.
        width: Of the terminal, in cells.
        lacks: Of each work the attributes that it has not and was to have; none by default.
    """
    because = []
    for work, lacking in zip(found, lacks or [()] * len(found), strict=True):
        has = [share for share in work.because if share.id not in lacking]
        told = [f"{named(share.id, vocabulary)} {share.share:.2f}" for share in has]
        because.append(", ".join([*told, *(f"no {named(id_, vocabulary)}" for id_ in lacking)]))
    return _ranked_table(found, titles, because, width=width)


def facet_table(
    facets: Sequence[Facet], vocabulary: Vocabulary, *, asked: Collection[str], num: int = 8
) -> Table:
    """What found works have, group by group, with counts.

    Args:
        facets: The rows; those of which nothing is left are passed over.
        vocabulary: Names groups and attributes.
        asked: Ids of attributes that are left out.
        num: Attributes of a group that are named, at most.
    """
    table = _table()
    table.add_column("narrow by", no_wrap=True)
    table.add_column("")
    for facet in facets:
        left = [(id_, count) for id_, count in facet.counts if id_ not in asked][:num]
        if left:
            group = vocabulary.group(facet.group_id)
            counts = ", ".join(f"{named(id_, vocabulary)} {count}" for id_, count in left)
            table.add_row(Text(f"{group.en} {group.ja}"), Text(counts, overflow="fold"))
    return table


def named(attribute_id: str, vocabulary: Vocabulary) -> str:
    """An attribute's names in both languages."""
    attribute = vocabulary[attribute_id]
    return f"{attribute.en} {attribute.ja}"


def _ranked_table(
    works: Sequence[Related | Found], titles: Sequence[str], because: Sequence[str], *, width: int
) -> Table:
    rows = [
        (work, title, Text(why, overflow="fold"))
        for work, title, why in zip(works, titles, because, strict=True)
    ]
    ids = _natural("work", (work.work_id for work in works))
    title_width = min(_TITLE, _natural("title", titles) - _PADDING)
    left = width - _SCORE - ids - title_width - 3 * _PADDING
    table = _table()
    table.add_column("score", justify="right", no_wrap=True)
    if left < _BECAUSE:
        table.add_column("work", overflow="fold")
        for work, title, why in rows:
            head = Text.assemble(work.work_id, "  " if title else "", (title, "dim"), "\n")
            table.add_row(Text(f"{work.score:.3f}"), head + why)
        return table
    table.add_column("work", no_wrap=True)
    table.add_column("title", width=title_width)
    table.add_column("because")
    for work, title, why in rows:
        table.add_row(Text(f"{work.score:.3f}"), Text(work.work_id), _cut(title), why)
    return table


def _because(work: Related, vocabulary: Vocabulary, num_terms: int) -> str:
    terms = [f"{_reason(term, vocabulary)} {term.share:.2f}" for term in work.because[:num_terms]]
    rest = sum(term.share for term in work.because[num_terms:])
    if abs(rest) >= 0.005:
        terms.append(f"{len(work.because) - num_terms} more {rest:.2f}")
    if work.duplicates:
        terms.append(f"and {len(work.duplicates)} nearly the same")
    return ", ".join(terms)


def _reason(reason: Reason, vocabulary: Vocabulary) -> str:
    if reason.kind == "bookmarks":
        return f"bookmarked together by {reason.num_people}"
    return named(reason.id, vocabulary)


def _table() -> Table:
    return Table(box=None, pad_edge=True, header_style="dim")


def _natural(header: str, texts: Iterable[str]) -> int:
    """The width at which a column shows all of its texts, its padding included."""
    return max(map(cell_len, (header, *texts))) + _PADDING


def _cut(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")
