"""The command line: what it prints, and one clear line for everything that goes wrong."""

import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.conftest import COLORS, patch, png
from tests.test_images import make_too_deep
from zokusei.bundle import Bundle
from zokusei.cli.tables import attribute_table, related_table
from zokusei.draw import draw_picture
from zokusei.library import Library
from zokusei.recommend import Reason, Related
from zokusei.tagger import AttributeProbability, Tagger
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()


def zokusei(*args, timeout=120, **variables):
    return subprocess.run(
        [sys.executable, "-m", "zokusei", *map(str, args)],
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        env={**os.environ, "COLUMNS": "200", **variables},
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
        character = "Aka" if number < 4 else f"other {number}"
        line = {"file": f"{number}.png", "work_id": f"w{number}", "characters": [character]}
        line["title"] = "love [/3] :cat:"
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
    commands = "demo tag import index related search recommend serve delete draw train export"
    for command in (*commands.split(), "evaluate", "card"):
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
        kept = {"path", "bundle", "converged", "attributes", "figures", "unknown_groups"}
        assert set(line) == kept
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
    everyone = {work["work_id"] for work in related(library, color_bundle)["related"]}
    others = related(library, color_bundle, "--not-character")["related"]
    assert everyone - {work["work_id"] for work in others} == {"w3"}


def test_related_works_are_printed_with_their_reasons(library, color_bundle):
    done = zokusei("related", library, "w0", "--bundle", color_bundle.path)
    assert "red hair 赤髪" in done.stdout
    assert "w3" in done.stdout
    assert "love [/3] :cat:" in done.stdout


def test_related_works_are_written_as_a_page(library, color_bundle, tmp_path):
    page = tmp_path / "page.html"
    found = related(library, color_bundle, "--html", page)
    text = page.read_text("utf-8")
    assert text.count('class="panel card"') == len(found["related"]) > 0
    assert "data:image/" in text
    assert "love [/3] :cat:" in text


@pytest.mark.parametrize("name", ["赤髪", "Red Hair", "red_hair"])
def test_weights_go_by_any_name_in_either_language(library, color_bundle, name):
    halved = related(library, color_bundle, "--weight", f"{name}=0.5")["related"][0]
    whole = related(library, color_bundle)["related"][0]
    assert halved["because"][0]["share"] == pytest.approx(whole["because"][0]["share"] / 2)


def test_weights_of_groups_go_by_their_names_too(library, color_bundle):
    name = VOCABULARY.group("hair_color").ja
    assert related(library, color_bundle, "--weight", f"{name}=0")["related"] == []


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
    line = fails("related", library, "w88", "--bundle", color_bundle.path, status=2)
    assert "unknown work 'w88'; the nearest are w8" in line
    assert "work_id" in line


def test_a_library_without_index_says_what_to_run(tmp_path, labelled_folder, color_bundle):
    zokusei("import", labelled_folder, "--into", tmp_path / "lib")
    line = fails("related", tmp_path / "lib", "w00", "--bundle", color_bundle.path, status=1)
    assert "zokusei index" in line


def test_a_deleted_work_is_no_longer_related(library, color_bundle, tmp_path):
    lib = tmp_path / "lib"
    shutil.copytree(library, lib)
    related = ("related", lib, "w0", "--json", "--bundle", color_bundle.path)
    assert "w3" in zokusei(*related).stdout
    line = fails("delete", lib, "w3", "w33", status=2)
    assert "unknown work 'w33'; the nearest are w3" in line
    assert "nothing was deleted" in line
    assert "w3" in zokusei(*related).stdout
    done = zokusei("delete", lib, "w3", "w4")
    assert done.stdout == "deleted 2 works, 2 labels, 2 taggings, 0 bookmarks; 7 works are left\n"
    assert "w3" not in zokusei(*related).stdout


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
    assert "hair color, most probable right" in card


def test_a_split_that_does_not_exist_is_answered_with_those_that_do(
    library, color_bundle, tmp_path
):
    line = fails(
        "evaluate", color_bundle.path, library, "--split", "tset", "--out", tmp_path, status=2
    )
    assert "train, validation, test" in line


def test_what_could_not_be_tagged_is_told_and_nothing_is_indexed(tmp_path, color_bundle):
    (tmp_path / "source").mkdir()
    picture = tmp_path / "source" / "a.png"
    picture.write_bytes(png(patch("red_hair")))
    zokusei("import", tmp_path / "source", "--into", tmp_path / "lib")
    picture.unlink()
    said = fails("index", tmp_path / "lib", "--bundle", color_bundle.path, status=1).splitlines()
    assert "work 'a.png' was not tagged" in said[0]
    assert "none of the works" in said[1]
    assert len(said) == 2


def test_a_library_without_works_says_how_to_fill_it(tmp_path, color_bundle):
    Library.create(tmp_path / "lib")
    line = fails("index", tmp_path / "lib", "--bundle", color_bundle.path, status=1)
    assert "zokusei import" in line
    assert "zokusei index" not in line


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["tga"], "'tag'"),
        (["tag", "--thread", "3"], "--threads"),
        (["tag"], "PATH"),
        (["index", "lib", "more"], "more"),
        (["related", "lib", "w", "--k", "many"], "--k"),
        (["labels"], "zokusei labels --help"),
    ],
)
def test_a_command_that_cannot_be_read_is_one_line(arguments, part):
    line = fails(*arguments, status=2)
    assert part in line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_traceback_is_shown_where_it_is_asked_for(tmp_path, place):
    command = ["index", tmp_path / "none"]
    done = zokusei(*(["--debug", *command] if place == "before" else [*command, "--debug"]))
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("zokusei: there is no library")


def test_what_the_system_refuses_is_one_line_with_the_path(library, color_bundle, tmp_path):
    (tmp_path / "file").touch()
    page = tmp_path / "file" / "page.html"
    line = fails("related", library, "w0", "--html", page, "--bundle", color_bundle.path, status=1)
    assert str(tmp_path / "file") in line
    assert "--debug" in line
    assert len(line.splitlines()) == 1


def folder_of_patches(folder, num):
    folder.mkdir()
    for number in range(num):
        (folder / f"{number:03d}.png").write_bytes(png(patch("red_hair", seed=number)))
    return folder


@pytest.mark.parametrize("options", [["--json"], ["--all"]])
def test_a_reader_that_has_seen_enough_ends_it_quietly(color_bundle, tmp_path, options):
    command = [sys.executable, "-m", "zokusei", "tag", folder_of_patches(tmp_path / "many", 60)]
    with subprocess.Popen(
        [*command, *options, "--bundle", color_bundle.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_interruption_is_one_line(color_bundle, tmp_path):
    command = [sys.executable, "-m", "zokusei", "tag", folder_of_patches(tmp_path / "many", 300)]
    with subprocess.Popen(
        [*command, "--json", "--bundle", color_bundle.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A background job of a shell ignores interruptions, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        process.stdout.readline()  # from here on the rest waits for the pipe to be read
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert said.decode() == "zokusei: interrupted\n"
    assert process.returncode == 130


def test_a_terminal_of_another_encoding_gets_utf_8(color_bundle, tmp_path):
    (tmp_path / "赤.png").write_bytes(png(patch("red_hair")))
    (tmp_path / os.fsdecode(b"\xff.png")).write_bytes(png(patch("red_hair")))
    done = zokusei("tag", tmp_path, "--bundle", color_bundle.path, PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    assert "赤.png" in done.stdout
    assert "赤髪" in done.stdout
    assert "\\udcff.png" in done.stdout


def test_names_of_files_are_no_markup(color_bundle, tmp_path):
    path = tmp_path / "[artist] x" / "[red] :cat:.png"
    path.parent.mkdir()
    path.write_bytes(png(patch("red_hair")))
    done = zokusei("tag", path, "--bundle", color_bundle.path, COLUMNS="40")
    assert done.stdout.splitlines()[0] == str(path)


def test_a_folder_too_deep_to_be_read_is_reported_and_the_rest_is_tagged(color_bundle, tmp_path):
    (tmp_path / "z.png").write_bytes(png(patch("red_hair")))
    make_too_deep(tmp_path)
    done = zokusei("tag", tmp_path, "--json", "--bundle", color_bundle.path)
    assert done.returncode == 1
    assert [json.loads(line)["path"] for line in done.stdout.splitlines()] == [
        str(tmp_path / "z.png")
    ]
    (line,) = done.stderr.splitlines()
    assert "cannot be listed" in line


def printed(table, width):
    file = io.StringIO()
    Console(file=file, width=width, markup=False, emoji=False, highlight=False).print(table)
    lines = file.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    return lines


WIDTHS = [40, 60, 80, 100, 160]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_probability_is_whole_in_any_terminal(width):
    longest = sorted(VOCABULARY, key=lambda attribute: -len(attribute.id + attribute.ja))[:5]
    attributes = [
        AttributeProbability(a.id, a.group, a.en, a.ja, 0.9 - place / 8, over_threshold=place < 3)
        for place, a in enumerate(longest)
    ]
    lines = printed(attribute_table(attributes, width=width), width)
    assert len(lines) == 1 + len(attributes)
    assert "probability" in lines[0]
    for line, attribute in zip(lines[1:], attributes, strict=True):
        assert f"{attribute.probability:.3f}" in line.split()
        assert ("█" in line) <= (attribute.group in line)
    if width != 80:  # there it depends on the names
        assert any("█" in line for line in lines) == (width > 80)


@pytest.mark.parametrize("width", WIDTHS)
def test_score_and_work_id_are_whole_in_any_terminal(width):
    because = tuple(Reason("attribute", id_, 0.1) for id_ in VOCABULARY.ids[:7])
    related = [
        Related("[artist] x/002.png", 0.912, because, duplicates=("x/003.png",)),
        Related("an/ordinary/folder/0001.png", 0.8, because[:1]),
    ]
    titles = ["love [/3] and many more words of a long title", ""]
    lines = printed(related_table(related, titles, VOCABULARY, width=width), width)
    for work in related:
        (line,) = (line for line in lines if work.work_id in line)
        assert line.split()[0] == f"{work.score:.3f}"
    words = " ".join(lines).split()
    assert words.count("0.10,") == 5
    assert "more" in words
    assert "and 1 nearly the same" in " ".join(words)


@pytest.mark.slow
def test_from_a_labelled_folder_to_a_bundle_and_its_report(tmp_path):
    source = folder_of_patches(tmp_path / "source", 0)
    lines = []
    for number in range(60):
        attribute = list(COLORS)[number % 3]
        (source / f"{number}.png").write_bytes(png(patch(attribute, seed=number)))
        absent = [other for other in COLORS if other != attribute]
        lines.append({"file": f"{number}.png", "present": [attribute], "absent": absent})
    (source / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    lib, run, bundle = tmp_path / "lib", tmp_path / "run", tmp_path / "bundle"
    small = ("--epochs", 1, "--batch-size", 8, "--min-support", 3)
    for command in (
        ("import", source, "--into", lib),
        ("train", lib, "--out", run, *small),
        ("export", run, "--out", bundle),
        ("evaluate", bundle, lib, "--split", "train", "--out", tmp_path / "report"),
    ):
        done = zokusei(*command)
        assert done.returncode == 0, done.stderr
    assert {attribute.id for attribute in Bundle.load(bundle).vocabulary} == set(COLORS)
    assert (tmp_path / "report" / "report.html").is_file()
    tagged = zokusei("tag", source / "0.png", "--json", "--bundle", bundle)
    assert len(json.loads(tagged.stdout)["attributes"]) == 3


def test_what_a_picture_gets_from_the_packaged_bundle_is_the_same_in_any_batch():
    tagger = Tagger(Bundle.packaged(), num_threads=2)
    sizes = [(90, 64), (300, 200), (33, 410), (256, 256), (512, 300), (32, 32), (200, 500)]
    pictures = [
        draw_picture(seed, size_px=max(size)).pixels[: size[0], : size[1]]
        for seed, size in enumerate(sizes)
    ]
    alone = [tagger.tag([picture])[0] for picture in pictures]
    for single, one_of_many in zip(alone, tagger.tag(pictures * 2), strict=False):
        np.testing.assert_array_equal(single.probabilities, one_of_many.probabilities)
        # The sum over places is taken in another order for one picture: 6e-7 apart (2026-11-23).
        np.testing.assert_allclose(single.embedding, one_of_many.embedding, atol=1e-5)


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
        "zokusei.recommend, zokusei.recommend.all_pairs, "
        "zokusei.library, zokusei.draw, zokusei.card"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
