"""Labels by eye of real faces: filled into their table, and what a second look changes."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from runs.add_labels import looked_again, main


def row(id_="a", **fields):
    blank = {
        "id": id_,
        "reviewed": False,
        "tag_hair_color": ["red"],
        "tag_hair_length": "long",
        "tag_eye_color": ["blue"],
        "hair_color": None,
        "hair_length": None,
        "hair_style": None,
        "bangs": None,
        "eyes": None,
        "accessories": None,
        "clothing": None,
        "unknown_groups": None,
        "monochrome": False,
        "boy": False,
        "chibi": False,
        "style_and_bangs_complete": False,
    }
    return {**blank, **fields}


def second(hair, eyes, /, **guess):
    return {"id": "a", "hair": hair, "eyes": eyes, "guess": guess}


def test_the_first_label_stays_where_the_second_look_agrees():
    labelled = row(reviewed=True, hair_color=["red", "pink"], eyes=["blue"])
    seen = looked_again(labelled, second(["pink"], ["green"], hair="orange"))
    assert seen["hair_color"] == ["red", "pink"]
    assert seen["eyes"] == ["blue"]  # no model saw others: not in question
    assert seen["unknown_groups"] == []


def test_the_second_look_replaces_it_where_it_sees_what_the_model_saw():
    labelled = row(reviewed=True, hair_color=["red"], eyes=["blue"], unknown_groups=["bangs"])
    seen = looked_again(labelled, second(["orange", "white"], ["aqua"], hair="orange", eyes="aqua"))
    assert (seen["hair_color"], seen["eyes"]) == (["orange", "white"], ["aqua"])
    assert seen["unknown_groups"] == ["bangs"]


@pytest.mark.parametrize("colors", [["pink"], []])
def test_where_all_three_differ_the_color_is_unknown(colors):
    labelled = row(reviewed=True, hair_color=["red"], eyes=["blue"])
    seen = looked_again(labelled, second(colors, [], hair="orange"))
    assert (seen["hair_color"], seen["unknown_groups"]) == ([], ["hair_color"])
    assert labelled["hair_color"] == ["red"]


def test_looks_are_filled_into_the_table(tmp_path):
    faces, lines, out = tmp_path / "f.parquet", tmp_path / "l.jsonl", tmp_path / "o.parquet"
    rows = [row("a"), row("b"), row("c", reviewed=True, hair_color=["grey"], eyes=["red"])]
    lists = {name: pa.list_(pa.string()) for name in rows[0] if rows[0][name] is None}
    schema = pa.schema(
        [
            (name, lists.get(name, pa.string() if isinstance(value, str) else pa.bool_()))
            for name, value in rows[0].items()
            if name not in ("tag_hair_color", "tag_eye_color", "hair_length")
        ]
        + [(name, pa.list_(pa.string())) for name in ("tag_hair_color", "tag_eye_color")]
        + [("hair_length", pa.string())]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), faces)
    looks = [
        {"id": "a", "hair": ["black"], "len": "short", "eyes": ["red"]},
        {"id": "b", "reject": True},
        {"id": "a", "hair": ["brown"], "eyes": ["red"], "guess": {"hair": "brown"}},
        {"id": "c", "hair": ["white"], "eyes": ["red"], "guess": {"hair": "white"}},
    ]
    lines.write_text("".join(json.dumps(look) + "\n" for look in looks), "utf-8")
    main(faces, [lines], out)
    a, b, c = pq.read_table(out).to_pylist()
    assert (a["reviewed"], a["hair_color"], a["hair_length"]) == (True, ["brown"], "short")
    assert (b["reviewed"], b["tag_hair_color"]) == (False, [])
    assert c["hair_color"] == ["white"]

    lines.write_text(json.dumps({"id": "nobody", "hair": []}), "utf-8")
    with pytest.raises(SystemExit, match="no row 'nobody'"):
        main(faces, [lines], out)
