"""``zokusei related``: works like one of a library, or like a picture or words, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle, takes
from zokusei.cli.wishes import FilterOptions, PageOption, WishOptions
from zokusei.errors import UsageError

if TYPE_CHECKING:
    from zokusei.recommend import Recommender


@takes(wish=WishOptions, filters=FilterOptions)
def related(
    lib: LibraryArgument,
    work_id: Annotated[
        str | None,
        typer.Argument(
            metavar="WORK_ID",
            help="A work of the library, or the path of a picture; may be left out with --text, "
            "--like or --all.",
        ),
    ] = None,
    *,
    wish: WishOptions,
    filters: FilterOptions,
    all_: Annotated[
        bool, typer.Option("--all", help="Every work's related works, into the file of --out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A parquet file, with --all.")
    ] = None,
    html: PageOption = None,
    bundle: BundleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the works most like one, and the attributes and people that say so.

    What is asked may be mixed: a work or a picture, others that it is to be
    like or unlike, and written attributes ("like this, but blonde").
    """
    from zokusei.library import Library
    from zokusei.recommend import Recommender

    library, opened = Library.open(lib), open_bundle(bundle)
    recommender = Recommender(library, opened)
    if all_ or out is not None:
        if not all_ or out is None or work_id is not None or html is not None or as_json:
            raise UsageError("--all and --out go together, without WORK_ID, --html and --json")
        _write_all(recommender, wish, filters, out)
        return
    _print_related(recommender, work_id, wish, filters, html, as_json=as_json)


def _print_related(
    recommender: Recommender,
    work_id: str | None,
    wish: WishOptions,
    filters: FilterOptions,
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    from zokusei.cli.answers import show, write_page

    library, bundle = recommender.library, recommender.bundle
    request = wish.request(filters, library, bundle, [work_id] if work_id is not None else [])
    found = recommender.related(request)
    if html is not None:
        asked = work_id or wish.text or "related works"
        is_work = work_id in request.likes
        picture = Path(work_id) if work_id is not None and not is_work else None
        write_page(html, found, library, bundle, asked=asked, is_work=is_work, picture=picture)
    show(found, library, bundle, asked={"work": work_id}, as_json=as_json)


def _write_all(
    recommender: Recommender, wish: WishOptions, filters: FilterOptions, out: Path
) -> None:
    from zokusei.cli.progress import progress
    from zokusei.recommend.all_pairs import write_all_related

    library, bundle = recommender.library, recommender.bundle
    request = wish.request(filters, library, bundle, [], likes_more=True)
    with progress("related") as on_progress:
        num = write_all_related(recommender, request, out, on_progress=on_progress)
    typer.echo(f"the related works of {num} works: {out}")
