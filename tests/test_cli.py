"""The command line: what it prints, and one clear line for everything that goes wrong."""

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.conftest import COLORS, patch, png


def zokusei(*args, timeout=120):
    return subprocess.run(
        [sys.executable, "-m", "zokusei", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "COLUMNS": "200"},
    )


def fails(*args, status):
    """The one line that a command fails with."""
    done = zokusei(*args)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


@pytest.fixture(scope="module")
def library(tmp_path_factory, color_bundle):
    """A library of nine patches, tagged and indexed from the command line."""
    folder = tmp_path_factory.mktemp("cli")
    source = folder / "source"
    source.mkdir()
    lines = []
    for number in range(9):
        attribute = list(COLORS)[number % 3]
        (source / f"{number}.png").write_bytes(png(patch(attribute, seed=number)))
        character = "Aka" if number < 3 else f"other {number}"
        line = {"file": f"{number}.png", "work_id": f"w{number}", "characters": [character]}
        lines.append({**line, "present": [attribute]})
    (source / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = zokusei("import", source, "--into", folder / "lib")
    assert made.returncode == 0, made.stderr
    assert "taken 9, skipped 0" in made.stdout
    indexed = zokusei("index", folder / "lib", "--bundle", color_bundle.path)
    assert "tagged 9" in indexed.stdout, indexed.stderr
    return folder / "lib"


def test_help_names_every_command():
    text = zokusei("--help").stdout
    for command in "demo tag import index related draw train export evaluate card".split():
        assert command in text


def test_a_picture_is_tagged_as_a_table(color_bundle, tmp_path):
    (tmp_path / "red.png").write_bytes(png(patch("red_hair")))
    done = zokusei("tag", tmp_path / "red.png", "--bundle", color_bundle.path)
    assert done.returncode == 0
    assert "red_hair" in done.stdout
    assert "赤髪" in done.stdout
    assert "blue_hair" not in done.stdout  # under its threshold


def test_a_folder_is_tagged_as_json_lines_by_descending_probability(color_bundle, tmp_path):
    for attribute in COLORS:
        (tmp_path / f"{attribute}.png").write_bytes(png(patch(attribute)))
    done = zokusei("tag", tmp_path, "--json", "--bundle", color_bundle.path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(line["path"]).name for line in lines] == sorted(f"{a}.png" for a in COLORS)
    for line in lines:
        assert set(line) == {"path", "bundle", "converged", "attributes"}
        best = line["attributes"][0]
        assert set(best) == {"id", "group", "en", "ja", "probability", "over_threshold"}
        assert line["path"].endswith(best["id"] + ".png")
        probabilities = [attribute["probability"] for attribute in line["attributes"]]
        assert probabilities == sorted(probabilities, reverse=True)


def test_broken_pictures_are_reported_and_the_rest_goes_on(color_bundle, tmp_path):
    whole = png(patch("red_hair"))
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.jpg").write_text("this is text")
    (tmp_path / "c.png").write_bytes(whole)
    done = zokusei("tag", tmp_path, "--json", "--bundle", color_bundle.path)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    first, second, count = done.stderr.strip().splitlines()
    assert "a.png" in first
    assert "b.jpg" in second
    assert "2 of 3 pictures could not be read" in count


def test_a_huge_picture_is_refused_before_decoding_with_the_limit_named(color_bundle, tmp_path):
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    content = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    (tmp_path / "huge.png").write_bytes(content)
    line = fails("tag", tmp_path / "huge.png", "--bundle", color_bundle.path, status=1)
    assert "30000 x 30000" in line.replace(",", "")
    assert "178956970" in line.replace(",", "")


def test_an_empty_folder_has_no_pictures(tmp_path):
    assert "there are no pictures in" in fails("tag", tmp_path, status=2)


def test_a_path_that_is_not_there_is_named(tmp_path):
    assert "nothing-here" in fails("tag", tmp_path / "nothing-here", status=2)


def test_a_missing_bundle_says_how_to_get_one(tmp_path):
    line = fails("tag", tmp_path, "--bundle", tmp_path / "none", status=1)
    assert "there is no bundle at" in line
    assert "zokusei export" in line


def test_a_missing_library_says_how_to_make_one(tmp_path):
    assert "zokusei import" in fails("index", tmp_path / "none", status=1)


def test_a_source_without_pictures_makes_no_library(tmp_path):
    (tmp_path / "empty").mkdir()
    fails("import", tmp_path / "empty", "--into", tmp_path / "lib", status=2)
    assert not (tmp_path / "lib").exists()


def related(library, color_bundle, *args):
    done = zokusei("related", library, "w0", "--json", "--bundle", color_bundle.path, *args)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_related_works_have_a_because_that_sums_to_the_score(library, color_bundle):
    found = related(library, color_bundle, "--k", 2)
    assert found["work"] == "w0"
    assert [work["work_id"] for work in found["related"]] == ["w3", "w6"]
    for work in found["related"]:
        assert sum(term["share"] for term in work["because"]) == pytest.approx(
            work["score"], abs=1e-6
        )
        assert work["because"][0]["id"] == "red_hair"


def test_works_of_the_same_character_can_be_left_out(library, color_bundle):
    everything = related(library, color_bundle, "--weight", "hair_color=3")
    others = related(library, color_bundle, "--not-character")
    assert {"w3", "w6"} <= {work["work_id"] for work in others["related"]}
    assert not {"w1", "w2"} & {work["work_id"] for work in others["related"]}
    assert len(everything["related"]) >= len(others["related"])


def test_related_works_are_printed_with_their_reasons(library, color_bundle):
    done = zokusei("related", library, "w0", "--bundle", color_bundle.path)
    assert "red hair 赤髪" in done.stdout
    assert "w3" in done.stdout


@pytest.mark.parametrize(
    ("weight", "part"),
    [("hair_colour=2", "hair_color"), ("hair_color", "NAME=VALUE"), ("hair_color=9", "9")],
)
def test_a_weight_that_cannot_be_used_is_answered_with_the_way_out(
    library, color_bundle, weight, part
):
    line = fails(
        "related", library, "w0", "--weight", weight, "--bundle", color_bundle.path, status=2
    )
    assert part in line
    assert len(line.splitlines()) == 1


def test_an_unknown_work_is_named(library, color_bundle):
    line = fails("related", library, "w99", "--bundle", color_bundle.path, status=1)
    assert "no work 'w99'" in line


def test_a_library_without_index_says_what_to_run(tmp_path, labelled_folder, color_bundle):
    zokusei("import", labelled_folder, "--into", tmp_path / "lib")
    line = fails("related", tmp_path / "lib", "w00", "--bundle", color_bundle.path, status=1)
    assert "zokusei index" in line


def test_a_bundle_is_judged_and_its_card_written(tmp_path, labelled_folder, color_bundle):
    lib, out = tmp_path / "lib", tmp_path / "report"
    zokusei("import", labelled_folder, "--into", lib)
    done = zokusei("evaluate", color_bundle.path, lib, "--split", "train", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "hair_color: top-1 1.000" in done.stdout
    assert (out / "report.html").is_file()
    written = zokusei("card", color_bundle.path, "--report", f"patches={out}")
    assert written.returncode == 0, written.stderr
    card = (color_bundle.path / "card.md").read_text()
    assert "How good it is: patches" in card
    assert "| `red_hair` | 赤髪 | 3 |" in card or "hair color, most probable right" in card


def test_a_split_that_does_not_exist_is_answered_with_those_that_do(
    library, color_bundle, tmp_path
):
    line = fails(
        "evaluate", color_bundle.path, library, "--split", "tset", "--out", tmp_path, status=2
    )
    assert "train, validation, test" in line


def test_import_zokusei_is_light():
    code = (
        "import sys, zokusei; "
        "heavy = {'torch', 'lance', 'faiss', 'onnxruntime', 'PIL', 'numpy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_everything_right_of_the_bundle_works_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None; "
        "import zokusei.tagger, zokusei.indexing, zokusei.judging, zokusei.demo, zokusei.cli, "
        "zokusei.library, zokusei.draw, zokusei.card"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
