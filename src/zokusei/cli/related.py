"""``zokusei related``: works like one of a library, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle
from zokusei.errors import UsageError

if TYPE_CHECKING:
    from zokusei.bundle import Bundle
    from zokusei.indexing import Related
    from zokusei.library import Library


def related(
    lib: LibraryArgument,
    work_id: Annotated[str, typer.Argument(metavar="WORK_ID", help="A work of the library.")],
    *,
    k: Annotated[int, typer.Option("--k", metavar="K", min=1, help="How many works.")] = 10,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            "--weight",
            metavar="NAME=VALUE",
            help="Weight of a group (0 to 3) or attribute (-1 to 2), by any name in either "
            "language; may be repeated.",
        ),
    ] = None,
    not_character: Annotated[
        bool, typer.Option("--not-character", help="Leave out works of the same character.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="PAGE", help="Also write a page of it, with pictures."),
    ] = None,
    bundle: BundleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the works most like one, and the attributes that say so."""
    from zokusei.index import open_index
    from zokusei.indexing import related_works
    from zokusei.library import Library

    weights = parse_weights(weight or [])
    library, opened = Library.open(lib), open_bundle(bundle)
    index = open_index(library, opened).refresh()
    found = related_works(
        library, index, work_id, k=k, weights=weights, other_characters=not_character
    )
    if html is not None:
        _write_page(html, library, opened, work_id, found)
    if as_json:
        works = [
            {
                "work_id": work.work_id,
                "score": work.score,
                "because": [{"id": term.id, "share": term.share} for term in work.because],
            }
            for work in found
        ]
        typer.echo(json.dumps({"work": work_id, "related": works}, ensure_ascii=False))
        return
    from zokusei.cli.tables import related_table, terminal

    titles = library.works(["title"], work_ids=[work.work_id for work in found])["title"]
    names = [title or "" for title in titles.to_pylist()]
    console = terminal()
    console.print(related_table(found, names, opened.vocabulary, width=console.width))


def _write_page(
    page: Path, library: Library, bundle: Bundle, work_id: str, found: list[Related]
) -> None:
    from zokusei.related_page import write_related_page

    facts = {"library": f"{library.address}, {library.num_works} works"}
    write_related_page(page, library, bundle, {work_id: found}, facts=facts)
    typer.echo(f"the same with pictures: {page.resolve().as_uri()}", err=True)


def parse_weights(texts: list[str]) -> dict[str, float]:
    """Reads ``hair_color=2`` and the like.

    Raises:
        UsageError: One is not a name, an equals sign and a number.
    """
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
