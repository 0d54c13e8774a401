"""``zokusei tag``: the attributes of pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import BundleOption, open_bundle

if TYPE_CHECKING:
    from zokusei.tagger import Tagging


def tag(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Pictures, and folders of pictures.")
    ],
    *,
    bundle: BundleOption = None,
    json_lines: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a picture and line.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Show attributes under their threshold too.")
    ] = False,
    threads: Annotated[
        int | None,
        typer.Option("--threads", metavar="N", min=1, help="One for each core by default."),
    ] = None,
) -> None:
    """Print the attributes of pictures by descending probability.

    A picture or folder that cannot be read is reported and the rest goes on;
    the exit status is then 1.
    """
    from zokusei.errors import ImageError, UsageError
    from zokusei.images import find_images
    from zokusei.tagger import Tagger

    unlisted: list[ImageError] = []

    def on_unlisted(error: ImageError) -> None:
        unlisted.append(error)
        typer.echo(f"zokusei: {error}", err=True)

    tagger = Tagger(open_bundle(bundle), num_threads=threads)
    found = find_images(paths, on_unlisted=on_unlisted)
    done = failed = 0
    for path, outcome in tagger.tag_each((path, path) for path in found):
        done += 1
        if isinstance(outcome, ImageError):
            failed += 1
            typer.echo(f"zokusei: {outcome}", err=True)
        elif json_lines:
            typer.echo(as_json(path, outcome))
        else:
            _print_table(path, outcome, show_all=all_)
    if failed:
        typer.echo(f"zokusei: {failed} of {done} pictures could not be read", err=True)
    if failed or unlisted:
        raise typer.Exit(1)
    if not done:
        raise UsageError(f"there are no pictures in {', '.join(map(str, paths))}")


def as_json(path: Path, tagging: Tagging) -> str:
    """A tagging as one line of JSON."""
    attributes = [
        {
            "id": attribute.id,
            "group": attribute.group,
            "en": attribute.en,
            "ja": attribute.ja,
            "probability": round(attribute.probability, 6),
            "over_threshold": attribute.over_threshold,
        }
        for attribute in tagging.attributes
    ]
    return json.dumps(
        {
            "path": str(path),
            "bundle": tagging.bundle,
            "converged": tagging.converged,
            "attributes": attributes,
        },
        ensure_ascii=False,
    )


def _print_table(path: Path, tagging: Tagging, *, show_all: bool) -> None:
    from zokusei.cli.tables import attribute_table, terminal

    console = terminal()
    warning = "" if tagging.converged else "  (bundle has not converged)"
    console.print(f"{path}{warning}", soft_wrap=True)
    shown = [a for a in tagging.attributes if show_all or a.over_threshold]
    if shown:
        console.print(attribute_table(shown, width=console.width))
    else:
        console.print("  nothing over its threshold; see --all")
