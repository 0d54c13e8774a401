"""``zokusei tag``: the attributes of pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import BundleOption, open_bundle

# The longer side of the pictures that --where draws.
_MAP_PX = 1024

if TYPE_CHECKING:
    from zokusei.bundle import Bundle
    from zokusei.tagger import AttributeProbability, Tagging


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
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision",
            metavar="P",
            help="Tag only what is right with this precision, such as 0.95.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="ATTRIBUTE",
            help="Also draw where the model looked for it; may be repeated.",
        ),
    ] = None,
    maps: Annotated[
        Path, typer.Option("--maps", metavar="FOLDER", help="Where --where puts its pictures.")
    ] = Path("where"),
    runtime: Annotated[
        str,
        typer.Option(
            "--runtime",
            metavar="NAME",
            help="What runs the network: auto (OpenVINO where it is installed and faster), "
            "onnxruntime or openvino.",
        ),
    ] = "auto",
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
    from zokusei.runtime import check_runtime
    from zokusei.tagger import Tagger

    unlisted: list[ImageError] = []

    def on_unlisted(error: ImageError) -> None:
        unlisted.append(error)
        typer.echo(f"zokusei: {error}", err=True)

    tagger = Tagger(
        open_bundle(bundle),
        num_threads=threads,
        precision=precision,
        runtime=check_runtime(runtime),
    )
    if precision is not None:
        num_reached = int((tagger.thresholds <= 1).sum())
        typer.echo(
            f"zokusei: {num_reached} of {len(tagger.thresholds)} attributes reach precision "
            f"{precision:g} with 95% confidence; the others are not tagged",
            err=True,
        )
    looked_for = [tagger.bundle.vocabulary.resolve(name).id for name in where or []]
    found = find_images(paths, on_unlisted=on_unlisted)
    done = failed = 0
    for path, outcome in tagger.tag_each((path, path) for path in found):
        done += 1
        if isinstance(outcome, ImageError):
            failed += 1
            typer.echo(f"zokusei: {outcome}", err=True)
        elif json_lines:
            typer.echo(as_json(path, outcome, precision=precision))
        else:
            _print_table(path, outcome, show_all=all_)
        if looked_for and not isinstance(outcome, ImageError):
            _draw_maps(path, maps, tagger.bundle, looked_for)
    if failed:
        typer.echo(f"zokusei: {failed} of {done} pictures could not be read", err=True)
    if failed or unlisted:
        raise typer.Exit(1)
    if not done:
        raise UsageError(f"there are no pictures in {', '.join(map(str, paths))}")


def _draw_maps(path: Path, folder: Path, bundle: Bundle, attribute_ids: list[str]) -> None:
    """Writes a picture's maps as ``NAME.ATTRIBUTE.png``; a name that is there gets a number."""
    from PIL import Image

    from zokusei.images import decode, shrink
    from zokusei.where import look, overlay

    pixels = shrink(decode(path), _MAP_PX)
    folder.mkdir(parents=True, exist_ok=True)
    for where in look(bundle, pixels, attribute_ids):
        name = f"{path.stem}.{where.attribute_id.replace('/', '_')}"
        free = chain([f"{name}.png"], (f"{name}-{number}.png" for number in count(2)))
        out = next(folder / each for each in free if not (folder / each).exists())
        Image.fromarray(overlay(pixels, where.heat)).save(out)
        typer.echo(f"where {where.attribute_id}: {out}", err=True)


def as_json(path: Path, tagging: Tagging, *, precision: float | None = None) -> str:
    """A tagging as one line of JSON."""
    return json.dumps(
        {
            "path": str(path),
            "bundle": tagging.bundle,
            "converged": tagging.converged,
            **({} if precision is None else {"precision": precision}),
            "unknown_groups": list(tagging.unknown_groups),
            "attributes": _described(tagging.attributes),
            "figures": [
                {
                    "box": [round(edge, 4) for edge in figure.box],
                    "score": round(figure.score, 4),
                    "unknown_groups": list(figure.unknown_groups),
                    "attributes": _described(figure.attributes),
                }
                for figure in tagging.figures
            ],
        },
        ensure_ascii=False,
    )


def _described(attributes: Sequence[AttributeProbability]) -> list[dict[str, object]]:
    return [
        {
            "id": attribute.id,
            "group": attribute.group,
            "en": attribute.en,
            "ja": attribute.ja,
            "probability": round(attribute.probability, 6),
            "over_threshold": attribute.over_threshold,
        }
        for attribute in attributes
    ]


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
    if len(tagging.figures) > 1:
        for number, figure in enumerate(tagging.figures, start=1):
            left, top, right, bottom = (round(100 * edge) for edge in figure.box)
            console.print(
                f"  figure {number}, {left}-{right}% from the left, {top}-{bottom}% from the top: "
                + ", ".join(
                    f"{attribute.id} {attribute.probability:.2f}"
                    for attribute in figure.attributes
                    if attribute.over_threshold
                ),
                soft_wrap=True,
            )
    for group_id in tagging.unknown_groups:
        group = tagging.vocabulary.group(group_id)
        console.print(
            f"  {group.en} {group.ja}: unknown (greyscale, or of a single hue)", soft_wrap=True
        )
