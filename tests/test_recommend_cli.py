"""`zokusei related` and `zokusei recommend`, as they are typed."""

import json
import sys

import pyarrow.parquet as pq
import pytest

from tests.conftest import COLORS, patch, png
from zokusei.cli import main
from zokusei.index import build_index
from zokusei.indexing import tag_library
from zokusei.library import Library, import_source
from zokusei.tagger import Tagger


@pytest.fixture(scope="module")
def library(tmp_path_factory, color_bundle):
    """Twelve patches, four of each colour, by three artists, and what two people bookmarked."""
    folder = tmp_path_factory.mktemp("recommend")
    lines = []
    for number in range(12):
        color = list(COLORS)[number % 3]
        (folder / f"{number}.png").write_bytes(png(patch(color, seed=number)))
        lines.append(
            {
                "file": f"{number}.png",
                "work_id": f"{color[:-5]}-{number // 3}",
                "artist": f"artist {number // 6}",
                "series": [f"series {number // 3}"],
                "rating": "explicit" if number > 8 else "general",
            }
        )
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    marks = ["ann,red-0", "ann,red-1", "bob,red-0", "bob,blue-2", "cat,red-0", "cat,blue-2"]
    (folder / "bookmarks.csv").write_text("user_id,work_id\n" + "".join(f"{m}\n" for m in marks))
    library = Library.create(folder / "library")
    import_source(library, folder)
    tag_library(library, Tagger(color_bundle))
    build_index(library, color_bundle)
    return library


@pytest.fixture
def zokusei(library, color_bundle, monkeypatch, capsys):
    """Runs a command on the library in this process: its status, output and errors."""

    def run(command, *arguments):
        words = [command, library.address, *arguments, "--bundle", color_bundle.path]
        monkeypatch.setattr(sys, "argv", ["zokusei", *map(str, words)])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return done.value.code, said.out, said.err

    return run


@pytest.fixture
def found(zokusei):
    """Runs a command with --json: the works it answers."""

    def run(command, *arguments):
        status, out, err = zokusei(command, *arguments, "--json")
        assert status == 0, err
        return json.loads(out)["related"]

    return run


def ids(works):
    return [work["work_id"] for work in works]


def test_what_is_written_takes_the_place_of_what_the_picture_has(found):
    assert set(ids(found("related", "red-0"))) == {"red-1", "red-2", "red-3"}
    blue = {"blue-0", "blue-1", "blue-2", "blue-3"}
    assert set(ids(found("related", "red-0", "--text", "青髪"))) == blue
    assert set(ids(found("related", "--text", "blue hair"))) == blue
    assert found("related", "red-0", "--text", "-red_hair") == []


def test_examples_may_be_several(found):
    both = found("related", "red-0", "--like", "blue-0")
    assert {work["work_id"][:3] for work in both} == {"red", "blu"}
    less = found("related", "red-0", "--like", "blue-0", "--dislike", "blue-1")
    assert ids(less)[:3] == ["red-1", "red-2", "red-3"]
    assert "blue-1" not in ids(less)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--not-artist"], {"red-2", "red-3"}),
        (["--not-series"], {"red-1", "red-2", "red-3"}),
        (["--rating", "general"], {"red-1", "red-2"}),
        (["--rating", "general", "--rating", "explicit"], {"red-1", "red-2", "red-3"}),
        (["--unseen-by", "ann"], {"red-2", "red-3"}),
        (["--exclude", "red-1", "--exclude", "red-2"], {"red-3"}),
        (["--min-score", "1.5"], set()),
        (["--per-artist", "1"], {"red-1", "red-2"}),
        (["--k", "1", "--diversity", "0.5"], {"red-1"}),
    ],
)
def test_options_leave_out_what_they_say(found, options, left):
    assert set(ids(found("related", "red-0", *options))) == left


def test_by_bookmarks_tells_how_many_people(found):
    works = found("related", "red-0", "--by", "bookmarks")
    people = {work["work_id"]: work["because"][0]["num_people"] for work in works}
    assert people == {"blue-2": 2, "red-1": 1}
    assert {reason["kind"] for work in works for reason in work["because"]} == {"bookmarks"}


def test_by_both_sums_to_the_score(found):
    for work in found("related", "red-0", "--by", "both"):
        total = sum(reason["share"] for reason in work["because"])
        assert total == pytest.approx(work["score"], abs=1e-6)


def test_a_person_gets_works_like_those_they_bookmarked(found):
    assert set(ids(found("recommend", "ann"))) == {"red-2", "red-3"}
    assert "red-0" not in ids(found("recommend", "bob"))
    assert ids(found("recommend", "ann", "--by", "bookmarks")) == ["blue-2"]


def test_a_picture_need_not_be_in_the_library(found, library, tmp_path):
    before = library.num_works
    picture = tmp_path / "new.png"
    picture.write_bytes(png(patch("green_hair", seed=99)))
    works = found("related", picture)
    assert {work["work_id"][:5] for work in works} == {"green"}
    assert len(works) == 4
    assert library.num_works == before


def test_a_picture_that_the_library_has_is_that_work(found, tmp_path):
    picture = tmp_path / "copy.png"
    picture.write_bytes(png(patch("red_hair", seed=0)))
    assert found("related", picture, "--by", "bookmarks") == found(
        "related", "red-0", "--by", "bookmarks"
    )


def test_a_picture_that_cannot_be_read_is_one_line(zokusei, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    status, _, err = zokusei("related", broken)
    assert status == 1
    assert err.count("\n") == 1
    assert "broken.png" in err


@pytest.mark.parametrize(("command", "argument"), [("related", "red-0"), ("recommend", "ann")])
def test_an_unknown_word_is_told_and_the_rest_answered(zokusei, command, argument):
    status, told, err = zokusei(command, argument, "--text", "redd blue hair")
    assert status == 0
    assert err.startswith("zokusei: unknown word 'redd'; the nearest are red hair")
    assert zokusei(command, argument, "--text", "blue hair") == (0, told, "")
    assert zokusei(command, argument, "--text", "redd")[:2] == zokusei(command, argument)[:2]


@pytest.mark.parametrize(
    ("command", "arguments", "part"),
    [
        ("related", ["red-9"], "unknown work 'red-9'; the nearest are red-"),
        ("related", ["red-0", "--like", "red-8"], "unknown work 'red-8'"),
        ("related", ["red-0", "--dislike", "red-8"], "unknown work 'red-8'"),
        ("related", ["--text", "redd"], "unknown word 'redd'; the nearest are red hair"),
        ("related", ["red-0", "--unseen-by", "anne"], "ann"),
        ("related", ["red-0", "--rating", "generall"], "general"),
        ("related", ["red-0", "--by", "fame"], "attributes, bookmarks, both"),
        ("related", ["red-0", "--diversity", "2"], "0 to 1"),
        ("related", [], "nothing is asked for"),
        ("related", ["red-0", "--all", "--out", "x.parquet"], "--all and --out go together"),
        ("related", ["--all"], "--all and --out go together"),
        ("recommend", ["anne"], "unknown user 'anne'; the nearest are ann"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_the_way_out(zokusei, command, arguments, part):
    status, out, err = zokusei(command, *arguments)
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    assert part in err


def test_reasons_are_printed(zokusei):
    _, out, _ = zokusei("related", "red-0", "--by", "both")
    text = " ".join(out.split())
    assert "red hair 赤髪" in text
    assert "bookmarked together by 2" in text


def test_nothing_found_is_said(zokusei):
    _, out, _ = zokusei("related", "red-0", "--min-score", "1.5")
    assert "nothing" in out


@pytest.mark.parametrize(
    ("command", "arguments", "heading"),
    [
        ("related", ["red-0", "--dislike", "red-1"], "red-0"),
        ("related", ["--text", "青髪", "--by", "both"], "青髪"),
        ("recommend", ["ann", "--by", "both"], "for ann"),
    ],
)
def test_the_page_shows_any_of_it(zokusei, tmp_path, command, arguments, heading):
    page = tmp_path / "page.html"
    status, _, err = zokusei(command, *arguments, "--html", page)
    assert status == 0, err
    assert f">{heading}</h2>" in page.read_text("utf-8")


def test_a_page_of_a_picture_shows_it(zokusei, tmp_path):
    picture, page = tmp_path / "new.png", tmp_path / "page.html"
    picture.write_bytes(png(patch("green_hair", seed=99)))
    status, _, err = zokusei("related", picture, "--k", "2", "--html", page)
    assert status == 0, err
    assert page.read_text("utf-8").count("<img") == 3


def test_all_works_go_into_one_file(zokusei, tmp_path):
    out = tmp_path / "related.parquet"
    status, said, err = zokusei("related", "--all", "--k", "2", "--not-series", "--out", out)
    assert status == 0, err
    assert "12 works" in said
    rows = pq.read_table(out).to_pylist()
    assert len(rows) == 24
    for row in rows:
        assert row["work_id"].split("-")[0] == row["related_id"].split("-")[0]
        assert sum(term["share"] for term in row["because"]) == pytest.approx(row["score"])
