"""Tables of attributes and of related works for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from zokusei.index import Related
    from zokusei.tagger import AttributeProbability
    from zokusei.vocabulary import Vocabulary

_BAR_WIDTH = 20


def attribute_table(attributes: Sequence[AttributeProbability]) -> Table:
    """Attributes with bars, in the order given."""
    table = Table(box=None, pad_edge=True, header_style="dim")
    for name in ("attribute", "", "group"):
        table.add_column(name, no_wrap=True)
    table.add_column("probability", justify="right")
    table.add_column("", no_wrap=True)
    for attribute in attributes:
        style = "" if attribute.over_threshold else "dim"
        bar = "█" * round(attribute.probability * _BAR_WIDTH)
        table.add_row(
            attribute.id,
            attribute.ja,
            attribute.group,
            f"{attribute.probability:.3f}",
            Text(bar, style="orange3" if attribute.over_threshold else "dim"),
            style=style,
        )
    return table


def related_table(
    related: Sequence[Related], titles: Sequence[str], vocabulary: Vocabulary, *, num_terms: int = 5
) -> Table:
    """Related works with their score and the largest terms of their because."""
    table = Table(box=None, pad_edge=True, header_style="dim")
    table.add_column("score", justify="right")
    table.add_column("work", no_wrap=True)
    table.add_column("title")
    table.add_column("because")
    for work, title in zip(related, titles, strict=True):
        terms = [
            f"{vocabulary[term.id].en} {vocabulary[term.id].ja} {term.share:.2f}"
            for term in work.because[:num_terms]
        ]
        rest = sum(term.share for term in work.because[num_terms:])
        if abs(rest) >= 0.005:
            terms.append(f"{len(work.because) - num_terms} more {rest:.2f}")
        table.add_row(f"{work.score:.3f}", work.work_id, title, ", ".join(terms))
    return table
