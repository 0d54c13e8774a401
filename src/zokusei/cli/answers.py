"""Shows related works: as JSON, as a table, as a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from zokusei.bundle import Bundle
    from zokusei.library import Library
    from zokusei.recommend.answer import Reason, Related


def show(
    related: Sequence[Related],
    library: Library,
    bundle: Bundle,
    *,
    asked: Mapping[str, str | None],
    as_json: bool,
) -> None:
    """Prints related works.

    Args:
        related: Best first.
        library: Where they are.
        bundle: Names their attributes.
        asked: What JSON says first: the work or user that was asked about.
        as_json: Whether JSON is printed rather than a table.
    """
    if as_json:
        works = [described(work) for work in related]
        typer.echo(json.dumps({**asked, "related": works}, ensure_ascii=False))
        return
    from zokusei.cli.tables import related_table, terminal

    console = terminal()
    if not related:
        console.print("nothing is related by what was asked")
        return
    titles = library.works(["title"], work_ids=[work.work_id for work in related])["title"]
    names = [title or "" for title in titles.to_pylist()]
    console.print(related_table(related, names, bundle.vocabulary, width=console.width))


def described(work: Related) -> dict[str, Any]:
    """A related work as JSON has it."""
    return {**asdict(work), "because": [_described(reason) for reason in work.because]}


def _described(reason: Reason) -> dict[str, Any]:
    return {key: value for key, value in asdict(reason).items() if value is not None}


def write_page(
    page: Path,
    related: Sequence[Related],
    library: Library,
    bundle: Bundle,
    *,
    asked: str,
    is_work: bool = False,
    picture: Path | None = None,
) -> None:
    """Writes related works as a page, and says where it is.

    Args:
        page: Its path.
        related: Best first.
        library: Where they are.
        bundle: Tags what is shown.
        asked: What was asked about, as the page's heading.
        is_work: Whether that is a work of the library.
        picture: Of what was asked about, where it is no work.
    """
    from zokusei.related_page import write_related_page

    facts = {"library": f"{library.address}, {library.num_works} works"}
    others = {} if is_work else {asked: picture}
    write_related_page(page, library, bundle, {asked: related}, facts=facts, others=others)
    typer.echo(f"the same with pictures: {page.resolve().as_uri()}", err=True)
