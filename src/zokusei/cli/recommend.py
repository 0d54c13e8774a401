"""``zokusei recommend``: works for a person, from all they bookmarked, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle, takes
from zokusei.cli.wishes import FilterOptions, PageOption, WishOptions


@takes(wish=WishOptions, filters=FilterOptions)
def recommend(
    lib: LibraryArgument,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose bookmarks say what to like.")],
    *,
    wish: WishOptions,
    filters: FilterOptions,
    html: PageOption = None,
    bundle: BundleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print works for a person, and the attributes and people that say so.

    What they bookmarked is liked, and left out.
    """
    from zokusei.cli.answers import show, write_page
    from zokusei.library import Library
    from zokusei.recommend import Recommender

    library, opened = Library.open(lib), open_bundle(bundle)
    request = wish.request(filters, library, opened, [], likes_more=True)
    found = Recommender(library, opened).for_person(user, request)
    if html is not None:
        write_page(html, found, library, opened, asked=f"for {user}")
    show(found, library, opened, asked={"user": user}, as_json=as_json)
