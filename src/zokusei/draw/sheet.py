"""Contact sheets: many drawings on one picture, to be looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw

from zokusei.draw.drawing import draw_picture

_GROUND = "#3a3a40"
_NOTE_PX = 12


def draw_contact_sheet(
    seeds: Iterable[int],
    *,
    columns: int = 6,
    tile_px: int = 256,
    framing: str | None = None,
    notes: bool = False,
) -> Image.Image:
    """Draws many seeds on one sheet, each with its number.

    Args:
        seeds: One tile each.
        columns: Tiles in a row.
        tile_px: Side of a tile.
        framing: As in ``draw_picture``.
        notes: Whether to print what is present under each tile.
    """
    tiles = []
    for seed in seeds:
        drawing = draw_picture(seed, size_px=tile_px, framing=framing)
        note = " ".join(sorted(drawing.present)) if notes else ""
        tiles.append((Image.fromarray(drawing.pixels), f"{seed} {note}"))
    return _lay_out(tiles, columns, tile_px, note_lines=7 if notes else 1)


def sheet_of_library(
    labels_path: Path, *, num: int, columns: int = 6, tile_px: int = 256
) -> Image.Image:
    """The first pictures of a drawn library on one sheet, each with its work id."""
    tiles = []
    with labels_path.open(encoding="utf-8") as file:
        for line in islice(file, num):
            row = json.loads(line)
            with Image.open(labels_path.parent / row["file"]) as image:
                image.thumbnail((tile_px, tile_px))
                tiles.append((image.convert("RGB"), row["work_id"]))
    return _lay_out(tiles, columns, tile_px, note_lines=1)


def _lay_out(
    tiles: Sequence[tuple[Image.Image, str]], columns: int, tile_px: int, note_lines: int
) -> Image.Image:
    rows = -(-len(tiles) // columns)
    pitch = tile_px + note_lines * _NOTE_PX + 4
    sheet = Image.new("RGB", (columns * tile_px, rows * pitch), _GROUND)
    pen = ImageDraw.Draw(sheet)
    for place, (tile, note) in enumerate(tiles):
        left, top = place % columns * tile_px, place // columns * pitch
        sheet.paste(tile, (left + (tile_px - tile.width) // 2, top))
        for number, line in enumerate(_wrapped(note, tile_px // 6)[:note_lines]):
            pen.text((left + 3, top + tile_px + number * _NOTE_PX), line, fill="white")
    return sheet


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += word + " "
    return lines
