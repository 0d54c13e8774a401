"""Fills labels by eye into a table of face crops.

    python runs/add_labels.py [--num N] FACES.parquet LABELS.jsonl [LABELS.jsonl ...] OUT.parquet

LABELS are lines of the keys that runs/labels/README.md explains. A row that a
line rejects keeps its picture and loses its tags: nothing is known of it. A line
with a ``guess`` is a second look at a row that is labelled already: see
``looked_again``. With --num only so many rows are written, from all over the table.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

LISTS = {
    "hair": "hair_color",
    "style": "hair_style",
    "bangs": "bangs",
    "eyes": "eyes",
    "acc": "accessories",
    "cloth": "clothing",
    "unk": "unknown_groups",
}
FLAGS = {
    "mono": "monochrome",
    "boy": "boy",
    "chibi": "chibi",
    "full": "style_and_bangs_complete",
}
COLORS = {"hair": "hair_color", "eyes": "eyes"}
TAGS = {"tag_hair_color": [], "tag_hair_length": None, "tag_eye_color": []}


def reviewed(row: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it is after somebody has looked at its picture."""
    unknown = set(line) - {"id", "len", "reject", *LISTS, *FLAGS}
    if unknown:
        raise SystemExit(f"the line of {line['id']} has the unknown key '{min(unknown)}'")
    if line.get("reject"):
        return {**row, **TAGS}
    return {
        **row,
        "reviewed": True,
        "hair_length": line.get("len"),
        **{column: line.get(key, []) for key, column in LISTS.items()},
        **{column: bool(line.get(key)) for key, column in FLAGS.items()},
    }


def looked_again(row: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose colours somebody has looked at a second time, because a model saw others.

    Whoever looked knew neither the first label nor the model's guess. The first
    label stays where the second look has its main colour too; the second replaces
    it where it has the guessed colour; where all three differ, the colour is unknown.
    """
    row = {**row, "unknown_groups": list(row["unknown_groups"] or [])}
    for key, column in COLORS.items():
        guess, first, second = line["guess"].get(key), row[column], line[key]
        if guess is None or (second and second[0] in first):
            continue
        agrees = second[:1] == [guess]
        row[column] = second if agrees else []
        if not agrees:
            row["unknown_groups"].append(column)
    return row


def read(paths: Iterable[Path]) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The lines of first looks and those of second looks, by id."""
    lines = [json.loads(text) for path in paths for text in path.read_text("utf-8").splitlines()]
    return (
        {line["id"]: line for line in lines if "guess" not in line},
        {line["id"]: line for line in lines if "guess" in line},
    )


def main(faces: Path, labels: Iterable[Path], out: Path, *, num: int | None = None) -> None:
    """Writes the table with the labels filled in, whole or not at all."""
    lines, second_looks = read(labels)
    table = pq.read_table(faces)
    rows = table.to_pylist()
    missing = (lines.keys() | second_looks.keys()) - {row["id"] for row in rows}
    if missing:
        raise SystemExit(f"{faces} has no row '{min(missing)}', which is labelled")
    filled = [
        reviewed(row, lines[row["id"]]) if row["id"] in lines and not row["reviewed"] else row
        for row in rows
    ]
    filled = [
        looked_again(row, second_looks[row["id"]]) if row["id"] in second_looks else row
        for row in filled
    ]
    if num is not None:
        filled = filled[:: max(1, len(filled) // num)][:num]
    growing = out.with_name(f"{out.name}.partial")
    pq.write_table(pa.Table.from_pylist(filled, schema=table.schema), growing)
    growing.replace(out)
    num_labelled = sum(row["reviewed"] for row in filled)
    sys.stdout.write(
        f"{len(lines)} lines filled in, {len(second_looks)} of second looks; "
        f"{num_labelled} rows are labelled\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--num", metavar="N", type=int)
    parser.add_argument("faces", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    main(given.faces, given.labels, given.out, num=given.num)
