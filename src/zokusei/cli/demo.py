"""``zokusei demo``: the main job from end to end, on drawn works."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.progress import stages

# Works on the page, besides the one that is printed.
_PAGE_STEP = 40


def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo goes.")] = Path("demo"),
    *,
    num: Annotated[int, typer.Option("--num", min=20, help="Works to draw.")] = 400,
) -> None:
    """Draw a library, tag and index it, and show a work's attributes and related works."""
    from rich.console import Console

    from zokusei.cli.tables import attribute_table, related_table
    from zokusei.demo import choose_work, make_demo, tagging_of, write_page
    from zokusei.indexing import related_works

    began = time.monotonic()
    with stages() as on_stage:
        made = make_demo(folder, num=num, on_stage=on_stage)
    library, address = made.library, folder / "library"
    console = Console()

    def show(text: str) -> None:
        console.print(text, highlight=False, markup=False)

    show(
        f"{library.num_works} drawn works with {library.bookmarks().num_rows} bookmarks, "
        f"tagged by bundle {made.bundle.fingerprint}: {time.monotonic() - began:.0f} s"
    )

    work_id = choose_work(made)
    tagging = tagging_of(made, work_id)
    show(f"\nWhat the bundle sees in {work_id}:\n")
    console.print(attribute_table([a for a in tagging.attributes if a.over_threshold]))

    found = related_works(library, made.index, work_id, k=8, other_characters=True)
    titles = library.works(["title"], work_ids=[work.work_id for work in found])["title"]
    show(f"\nWorks of other characters related to {work_id}, and why:\n")
    console.print(related_table(found, titles.to_pylist(), made.bundle.vocabulary))

    page = folder / "related.html"
    write_page(made, page, [work_id, *library.work_ids()[::_PAGE_STEP]])
    show(f"\nThe same with pictures: {page.resolve().as_uri()}")
    show(
        f"""
Next, in this library:
  zokusei related {address} {work_id} --weight hair_color=2 --not-character
With your own pictures:
  zokusei tag YOUR_PICTURES
  zokusei import YOUR_PICTURES --into my-library
  zokusei index my-library
  zokusei related my-library PICTURE.jpg"""
    )
