"""``zokusei demo``: the main job from end to end, on drawn works."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.options import program
from zokusei.cli.progress import stages
from zokusei.cli.windows import has_desktop, open_in_browser

# Works on the page, besides the one that is printed.
_PAGE_STEP = 40


def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the demo goes.")] = Path(
        "demo"
    ),
    *,
    num: Annotated[int, typer.Option("--num", metavar="N", min=20, help="Works to draw.")] = 400,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser if there is one.")
    ] = True,
    serve_: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the library until Ctrl-C.")
    ] = True,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="0 takes any that is free.")
    ] = 8765,
) -> None:
    """Draw works, tag them, show one with its related works, and serve them all.

    The page is opened where standard output is a terminal on a desktop.
    """
    from zokusei.cli.tables import attribute_table, related_table, terminal
    from zokusei.demo import choose_work, make_demo, of_other_characters, tagging_of, write_page

    began = time.monotonic()
    with stages() as on_stage:
        made = make_demo(folder, num=num, on_stage=on_stage)
    library, address = made.library, folder / "library"
    console = terminal()

    def show(text: str) -> None:
        console.print(text, soft_wrap=True)

    show(
        f"{library.num_works} drawn works with {library.bookmarks().num_rows} bookmarks, "
        f"tagged by bundle {made.bundle.fingerprint}: {time.monotonic() - began:.0f} s"
    )

    work_id = choose_work(made)
    over = [a for a in tagging_of(made, work_id).attributes if a.over_threshold]
    show(f"\nWhat the bundle sees in {work_id}:\n")
    console.print(attribute_table(over, width=console.width))

    found = of_other_characters(made, work_id)
    titles = library.works(["title"], work_ids=[work.work_id for work in found])["title"]
    show(f"\nWorks of other characters related to {work_id}, and why:\n")
    vocabulary = made.bundle.vocabulary
    console.print(related_table(found, titles.to_pylist(), vocabulary, width=console.width))

    page = folder / "related.html"
    write_page(made, page, [work_id, *library.work_ids()[::_PAGE_STEP]])
    show(f"\nThe same with pictures: {page.resolve().as_uri()}")
    zokusei = program()
    show(
        f"""
Next, in this library:
  {zokusei} related {address} {work_id} --weight hair_color=2 --not-character
With your own pictures:
  {zokusei} tag YOUR_PICTURES
  {zokusei} import YOUR_PICTURES --into my-library
  {zokusei} index my-library
  {zokusei} related my-library PICTURE.jpg
  {zokusei} serve my-library
"""
    )
    is_watched = open_ and sys.stdout.isatty() and has_desktop()
    if serve_:
        _serve(str(address), port, open_page=is_watched)
    elif is_watched:
        open_in_browser(page.resolve().as_uri())


def _serve(address: str, port: int, *, open_page: bool) -> None:
    from zokusei.cli.serve import run_server
    from zokusei.serve.settings import Settings

    run_server(Settings(library=address, port=port), open_page=open_page)
