"""``zokusei delete``: takes works out of a library."""

from __future__ import annotations

from typing import Annotated

import typer

from zokusei.cli.options import LibraryArgument
from zokusei.errors import UnknownNameError


def delete(
    lib: LibraryArgument,
    work_ids: Annotated[
        list[str], typer.Argument(metavar="WORK_ID...", help="Works of the library.")
    ],
) -> None:
    """Delete works with their labels, taggings and bookmarks; pictures outside the library stay."""
    from zokusei.library import Library

    library = Library.open(lib)
    known = library.work_ids()
    for work_id in sorted(set(work_ids) - set(known)):
        error = UnknownNameError("work", work_id, known)
        error.add_note("nothing was deleted")
        raise error
    done = library.delete_works(work_ids)
    typer.echo(
        f"deleted {done.num_works} works, {done.num_labels} labels, {done.num_taggings} taggings, "
        f"{done.num_bookmarks} bookmarks; {library.num_works} works are left"
    )
