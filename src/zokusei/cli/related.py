"""``zokusei related``: works like one of a library, and why."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle
from zokusei.errors import UsageError


def related(
    lib: LibraryArgument,
    work_id: Annotated[str, typer.Argument(metavar="WORK_ID", help="A work of the library.")],
    *,
    k: Annotated[int, typer.Option("--k", min=1, help="How many works.")] = 10,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            "--weight",
            metavar="NAME=VALUE",
            help="Weight of a group (0 to 3) or attribute (-1 to 2); may be repeated.",
        ),
    ] = None,
    not_character: Annotated[
        bool, typer.Option("--not-character", help="Leave out works of the same character.")
    ] = False,
    bundle: BundleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the works most like one, each with the attributes that make it so."""
    from zokusei.indexing import open_index, related_works
    from zokusei.library import Library

    weights = parse_weights(weight or [])
    library, opened = Library.open(lib), open_bundle(bundle)
    index = open_index(library, opened)
    found = related_works(
        library, index, work_id, k=k, weights=weights, other_characters=not_character
    )
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
    from rich.console import Console

    from zokusei.cli.tables import related_table

    titles = library.works(["title"], work_ids=[work.work_id for work in found])["title"]
    names = [title or "" for title in titles.to_pylist()]
    Console().print(related_table(found, names, opened.vocabulary))


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
