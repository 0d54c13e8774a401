"""``zokusei search``: works by what their pictures show, in words of either language."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle, takes
from zokusei.cli.wishes import WorkFilterOptions

if TYPE_CHECKING:
    from zokusei.library import Library
    from zokusei.query import Language, Query, SearchResult
    from zokusei.vocabulary import Vocabulary

# A minus begins what is left out, such as -glasses, as well as an option.
EXCLUSIONS_ARE_TEXT = {"ignore_unknown_options": True}


@takes(filters=WorkFilterOptions)
def search(
    lib: LibraryArgument,
    text: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT...",
            help="Attributes by any names: '黒髪ロング 着物 -眼鏡 twintails:1.5'; "
            "a minus leaves out, a colon weighs.",
        ),
    ],
    *,
    k: Annotated[int, typer.Option("--k", metavar="K", min=1, help="How many works.")] = 20,
    offset: Annotated[
        int, typer.Option("--offset", metavar="N", min=0, help="Pass over the N best.")
    ] = 0,
    filters: WorkFilterOptions,
    bundle: BundleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the works that have some attributes, and what else these works have."""
    from zokusei.cli.unknown import understood
    from zokusei.library import Library
    from zokusei.query import parse_query
    from zokusei.query import search as search_index
    from zokusei.recommend import Recommender, Request

    library, opened = Library.open(lib), open_bundle(bundle)
    query = parse_query(" ".join(text), opened.vocabulary)
    understood(query, opened.vocabulary, alone=True)
    recommender = Recommender(library, opened)
    allowed = recommender.allowed(Request(filters=filters.filters()))
    result = search_index(
        recommender.index, query, opened.thresholds, k=k, offset=offset, allowed=allowed
    )
    if as_json:
        described = _described(query, result, opened.vocabulary, offset)
        typer.echo(json.dumps(described, ensure_ascii=False))
    else:
        _print(query, result, library, opened.vocabulary, offset)


def _described(
    query: Query, result: SearchResult, vocabulary: Vocabulary, offset: int
) -> dict[str, Any]:
    from zokusei.query import format_query

    return {
        "query": {
            "id": format_query(query, vocabulary),
            "en": format_query(query, vocabulary, "en"),
            "ja": format_query(query, vocabulary, "ja"),
            **asdict(query),
        },
        "total": result.total,
        "offset": offset,
        "works": [asdict(work) for work in result.works],
        "nearest": [{**asdict(near.work), "lacks": near.lacks} for near in result.nearest],
        "facets": [
            {"group_id": facet.group_id, "counts": dict(facet.counts)} for facet in result.facets
        ],
    }


def _print(
    query: Query, result: SearchResult, library: Library, vocabulary: Vocabulary, offset: int
) -> None:
    from zokusei.cli.tables import facet_table, found_table, terminal
    from zokusei.query import Query, format_query

    console = terminal()
    languages: tuple[Language, ...] = ("ja", "en")
    for language in languages:
        understood = format_query(Query(query.terms), vocabulary, language)
        console.print(understood or "everything")
    shown = f", {offset + 1} to {offset + len(result.works)}:" if result.works else ""
    console.print(f"{result.total} {'work matches' if result.total == 1 else 'works match'}{shown}")
    if result.nearest:
        console.print("the nearest to it:")
    lacks = [()] * len(result.works) + [near.lacks for near in result.nearest]
    works = [*result.works, *(near.work for near in result.nearest)]
    if not works:
        return
    titles = library.works(["title"], work_ids=[work.work_id for work in works])["title"]
    names = [title or "" for title in titles.to_pylist()]
    console.print(found_table(works, names, vocabulary, width=console.width, lacks=lacks))
    if result.facets:
        asked = {term.attribute_id for term in query.terms}
        console.print(facet_table(result.facets, vocabulary, asked=asked))
