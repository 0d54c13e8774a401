"""Importing: everything is taken once, and what is not is said."""

import json
import os
import re

import lance
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.conftest import patch, png
from zokusei.cli.importing import import_
from zokusei.errors import UsageError
from zokusei.library import ABSENT, PRESENT, UNKNOWN, Label, Library, import_source
from zokusei.library.sources import open_source
from zokusei.library.tables import LABELS
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()


@pytest.fixture
def library(tmp_path):
    return Library.create(tmp_path / "lib")


def state(library, work_id, attribute):
    return int(library.label_matrix(VOCABULARY, [work_id]).states[0, VOCABULARY.row(attribute)])


def test_a_labelled_folder_brings_works_labels_and_bookmarks(library, labelled_folder):
    report = import_source(library, labelled_folder)
    assert (report.taken, report.skipped, report.refused) == (12, 0, [])
    assert (report.bookmarks, report.strangers) == (2, 1)
    (row,) = library.works(work_ids=["w01"]).to_pylist()
    assert row["title"] == "Work 1"
    assert row["characters"] == ["character 1"]
    assert (row["width_px"], row["height_px"]) == (40, 40)
    assert state(library, "w01", "green_hair") == PRESENT
    assert state(library, "w01", "light_blue_hair") == ABSENT  # blue hair is absent
    assert state(library, "w01", "glasses") == UNKNOWN


def test_importing_again_changes_nothing(library, labelled_folder):
    import_source(library, labelled_folder)
    report = import_source(library, labelled_folder)
    assert (report.taken, report.skipped, report.labels, report.bookmarks) == (0, 12, 0, 0)
    assert library.num_works == 12


def test_an_import_that_was_cut_off_is_completed(library, labelled_folder):
    import_source(library, labelled_folder)
    whole = library.labels().num_rows
    lance.dataset(f"{library.address}/{LABELS.name}.lance").delete(
        "work_id >= 'w06'"
    )  # as a kill between two commits
    assert import_source(library, labelled_folder).labels > 0
    assert library.labels().num_rows == whole


def test_pictures_stay_where_they_are_unless_taken_in(library, labelled_folder, tmp_path):
    import_source(library, labelled_folder)
    (path,) = library.images(["w00"]).take([0])
    assert path == labelled_folder / "images" / "00.png"
    inside = Library.create(tmp_path / "inside")
    import_source(inside, labelled_folder, take_in=True)
    assert inside.images(["w00"]).take([0]) == [path.read_bytes()]


def test_a_plain_folder_is_imported_by_its_paths(library, tmp_path):
    (tmp_path / "pictures" / "deep").mkdir(parents=True)
    (tmp_path / "pictures" / "a.png").write_bytes(png(patch("red_hair")))
    (tmp_path / "pictures" / "deep" / "b.png").write_bytes(png(patch("blue_hair")))
    assert import_source(library, tmp_path / "pictures").taken == 2
    assert library.work_ids() == ["a.png", "deep/b.png"]


def test_an_import_joins_the_small_parts_that_many_commits_left(library, labelled_folder):
    for number in range(20):
        library.add_labels([("elsewhere", Label("glasses", "present", by=str(number)))])
    import_source(library, labelled_folder)
    parts = lance.dataset(f"{library.address}/{LABELS.name}.lance").get_fragments()
    assert len(parts) == 1


def test_what_cannot_be_used_is_refused_and_the_rest_taken(library, labelled_folder):
    lines = [
        {"file": "images/gone.png"},
        {"file": "images/text.png"},
        {"file": "../outside.png"},
        {"present": ["red_hair"]},
        {"file": "images/00.png", "work_id": "x", "present": ["red hiar"]},
    ]
    (labelled_folder / "images" / "text.png").write_text("not a picture")
    with (labelled_folder / "labels.jsonl").open("a") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines) + "{broken\n")
    report = import_source(library, labelled_folder)
    assert report.taken == 12
    why = "\n".join(f"{refusal.what}: {refusal.why}" for refusal in report.refused)
    for part in ("gone.png", "text.png", "outside", "names no file", "red_hair", "line 18"):
        assert part in why
    assert len(report.refused) == 6


def test_another_picture_under_the_same_id_is_refused(library, labelled_folder):
    import_source(library, labelled_folder)
    (labelled_folder / "images" / "00.png").write_bytes(png(patch("blue_hair", seed=99)))
    (refusal,) = import_source(library, labelled_folder).refused
    assert refusal.what == "w00"
    assert "another picture" in refusal.why


def rewrite(folder, change):
    """Rewrites the rows of a labels file."""
    path = folder / "labels.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        change(row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def test_a_folder_that_was_moved_is_found_again_where_it_is(library, labelled_folder, tmp_path):
    import_source(library, labelled_folder)
    moved = labelled_folder.rename(tmp_path / "moved")
    report = import_source(library, moved)
    assert (report.taken, report.updated, report.skipped, report.labels) == (0, 12, 0, 0)
    assert library.images(["w00"]).take([0]) == [moved / "images" / "00.png"]
    assert library.sources(["w00", "w01"]) == {"moved": 2}
    again = import_source(library, moved)
    assert (again.updated, again.skipped) == (0, 12)


def test_what_a_source_says_anew_is_recorded_and_what_it_leaves_out_stays(library, labelled_folder):
    import_source(library, labelled_folder)
    keys = library.splits()

    def change(row):
        if row["work_id"] == "w03":
            row |= {"title": "New", "series": ["s"], "page": 2, "created_at": "2026-01-02"}
            row |= {"split_key": "another"}
            del row["artist"]

    rewrite(labelled_folder, change)
    report = import_source(library, labelled_folder)
    assert (report.updated, report.skipped) == (1, 11)
    (row,) = library.works(work_ids=["w03"]).to_pylist()
    assert (row["title"], row["series"], row["page"]) == ("New", ["s"], 2)
    assert row["created_at"].isoformat() == "2026-01-02T00:00:00+00:00"
    assert row["artist"] == "somebody"
    assert library.splits() == keys
    assert import_source(library, labelled_folder).updated == 0


def test_pictures_are_taken_in_later_and_stay_taken_in(library, labelled_folder):
    import_source(library, labelled_folder)
    path = labelled_folder / "images" / "00.png"
    assert import_source(library, labelled_folder, take_in=True).updated == 12
    assert library.images(["w00"]).take([0]) == [path.read_bytes()]
    assert import_source(library, labelled_folder).updated == 0
    assert library.images(["w00"]).take([0]) == [path.read_bytes()]


def test_a_work_that_a_file_names_twice_is_taken_once_as_the_first_says(library, labelled_folder):
    line = {"file": "images/00.png", "work_id": "w00", "title": "second"}
    with (labelled_folder / "labels.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    report = import_source(library, labelled_folder)
    assert (report.taken, report.skipped) == (12, 1)
    rewrite(labelled_folder, lambda row: row.update(title=row["title"] + "!"))
    assert import_source(library, labelled_folder).updated == 12
    assert library.works(["title"], work_ids=["w00"])["title"].to_pylist() == ["Work 0!"]


def test_two_folders_of_the_same_names_live_together_under_a_prefix(library, tmp_path):
    for folder, color in (("one", "red_hair"), ("two", "blue_hair")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(png(patch(color)))
    import_source(library, tmp_path / "one")
    (refusal,) = import_source(library, tmp_path / "two").refused
    assert "import with --id-prefix NAME/" in refusal.why
    assert import_source(library, tmp_path / "two", id_prefix="two/").taken == 1
    assert import_source(library, tmp_path / "two", id_prefix="two/").skipped == 1
    assert library.work_ids() == ["a.png", "two/a.png"]


def test_a_prefix_holds_for_labels_and_bookmarks_too(library, labelled_folder):
    report = import_source(library, labelled_folder, id_prefix="p/")
    assert (report.bookmarks, report.strangers) == (2, 1)
    assert set(library.bookmarks()["work_id"].to_pylist()) == {"p/w00", "p/w01"}
    assert state(library, "p/w01", "green_hair") == PRESENT


def test_the_command_takes_a_prefix_and_tells_what_was_updated(labelled_folder, tmp_path):
    app = Typer()
    app.command()(import_)

    def run(*more):
        args = [labelled_folder, "--into", tmp_path / "lib", "--id-prefix", "p/", *more]
        return CliRunner().invoke(app, [str(arg) for arg in args]).output

    assert "taken 12, skipped 0 that were there already, refused 0" in run()
    assert Library.open(tmp_path / "lib").work_ids()[0] == "p/w00"
    assert "taken 0, updated 12, skipped 0" in run("--take-in")


def test_a_bad_source_makes_no_library(labelled_folder, tmp_path):
    (labelled_folder / "labels.jsonl").write_bytes(b"\xff")
    with pytest.raises(UsageError):
        import_(labelled_folder, into=str(tmp_path / "lib"))
    assert not (tmp_path / "lib").exists()


def test_an_opened_source_is_imported_as_its_path_is(library, labelled_folder):
    source = open_source(labelled_folder, VOCABULARY)
    assert len(source) == 12
    assert import_source(library, source).taken == 12


def test_only_a_newline_ends_a_row_and_a_mark_at_the_beginning_is_passed_over(
    library, labelled_folder
):
    path = labelled_folder / "labels.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0]["title"] = "one\u2028two\u0085three"
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    report = import_source(library, labelled_folder)
    assert (report.taken, report.refused) == (12, [])
    assert library.works(["title"], work_ids=["w00"])["title"].to_pylist() == [rows[0]["title"]]


@pytest.mark.parametrize("name", ["labels.jsonl", "bookmarks.csv"])
def test_a_file_in_another_encoding_is_an_error_before_anything_is_taken(
    library, labelled_folder, name
):
    with (labelled_folder / name).open("ab") as file:
        file.write("né\n".encode("latin-1"))
    with pytest.raises(UsageError, match=rf"{name} is not UTF-8 text .* expected .* in UTF-8"):
        import_source(library, labelled_folder)
    assert library.num_works == 0


def test_bookmarks_without_a_column_are_an_error_before_anything_is_taken(library, labelled_folder):
    (labelled_folder / "bookmarks.csv").write_text("user,work_id\nu,w00\n")
    with pytest.raises(UsageError, match="lacks the column user_id"):
        import_source(library, labelled_folder)
    assert library.num_works == 0


def test_a_bookmark_that_cannot_be_read_is_refused_alone(library, labelled_folder):
    (labelled_folder / "bookmarks.csv").write_text(
        "user_id,work_id,at\nu1,w00,yesterday\nu1,w01,2026-01-01\nu2,,\nu3\n", "utf-8-sig"
    )
    report = import_source(library, labelled_folder)
    assert (report.taken, report.bookmarks) == (12, 1)
    assert [refusal.what for refusal in report.refused] == [
        f"bookmarks.csv line {number}" for number in (2, 4, 5)
    ]
    assert "'at' is 'yesterday', expected a time" in report.refused[0].why


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"presnt": ["glasses"]}, "unknown key 'presnt'; the nearest are present"),
        ({"present": 3}, "'present' is 3, expected a list of names"),
        ({"absent": [1]}, r"'absent' is \[1\], expected a list of names"),
        ({"present": ["glasses"], "absent": ["眼鏡"]}, "'glasses' is present and 'glasses' absent"),
        (
            {"present": ["very_long_hair"], "absent": ["long_hair"]},
            "'very_long_hair' is present and 'long_hair' absent, which 'very_long_hair' implies",
        ),
        ({"title": {"en": "x"}}, "'title' holds .*expected a text"),
        ({"characters": [None]}, "'characters' holds None, expected a list of texts"),
        ({"title": "\ud800"}, "its title .* is not valid UTF-8"),
        ({"created_at": "soon"}, "'created_at' is 'soon', expected a time"),
        ({"page": "2"}, "'page' is '2', expected a whole number"),
        ({"page": 2**31}, "'page' is"),
        ({"work_id": ["a"]}, "its id is .*expected a text or a whole number"),
        ({"work_id": True}, "its id is True"),
        ({"file": 7}, "it names no file"),
        ({"file": "a\0b"}, "it cannot be read"),
    ],
)
def test_a_row_of_a_labels_file_that_cannot_be_right_is_refused(library, tmp_path, row, why):
    (tmp_path / "a.png").write_bytes(png(patch("red_hair")))
    (tmp_path / "labels.jsonl").write_text(json.dumps({"file": "a.png", **row}) + "\n[1]\n")
    report = import_source(library, tmp_path / "labels.jsonl")
    assert [refusal.what for refusal in report.refused] == [
        "labels.jsonl line 1",
        "labels.jsonl line 2",
    ]
    assert re.search(why, report.refused[0].why)
    assert (library.num_works, library.labels().num_rows) == (0, 0)


def test_a_row_of_a_labels_file_is_read_as_it_is_documented(library, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.png").write_bytes(png(patch("red_hair", seed=ord(name))))
    rows = [
        {"file": "a.png", "work_id": 0, "split_key": "set 1", "page": 3, "head_boxes": []},
        {"file_name": "b.png", "split_key": "set 1", "present": "眼鏡", "series": "s"},
    ]
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert import_source(library, tmp_path).refused == []
    zero, other = library.works(work_ids=["0", "b.png"]).to_pylist()
    assert (zero["split_key"], zero["page"]) == ("set 1", 3)
    assert (other["split_key"], other["page"], other["series"]) == ("set 1", None, ["s"])
    assert state(library, "b.png", "glasses") == PRESENT
    assert set(library.labels()["by"].to_pylist()) == {"metadata.jsonl"}


def test_two_labels_files_do_not_overwrite_each_other(library, labelled_folder):
    second = {"file": "images/00.png", "work_id": "w00", "absent": ["red_hair"]}
    (labelled_folder / "second.jsonl").write_text(json.dumps(second) + "\n")
    import_source(library, labelled_folder)
    assert import_source(library, labelled_folder / "second.jsonl").labels > 0
    before = library.labels().num_rows
    for source in (labelled_folder, labelled_folder / "second.jsonl"):
        assert import_source(library, source).labels == 0
    assert library.labels().num_rows == before
    assert state(library, "w00", "red_hair") == ABSENT  # the later file's word


def test_a_file_whose_name_cannot_be_stored_is_refused(library, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "good.png").write_bytes(png(patch("red_hair")))
    try:
        (folder / os.fsdecode(b"bad\xff.png")).write_bytes(png(patch("blue_hair")))
    except OSError:
        pytest.skip("this file system has no names that are not UTF-8")
    report = import_source(library, folder)
    assert (report.taken, len(report.refused)) == (1, 1)
    assert report.refused[0].what == r"bad\udcff.png"
    assert "not valid UTF-8" in report.refused[0].why


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("image", ["text"]),
        ("image", [{"path": "x"}]),
        ("present", [7]),
        ("absent", [[{"a": 1}]]),
    ],
)
def test_a_parquet_column_of_another_kind_is_an_error_that_names_it(
    library, tmp_path, column, values
):
    rows = {"work_id": ["p"], "image": [png(patch("red_hair"))], column: values}
    pq.write_table(pa.table(rows), tmp_path / "works.parquet")
    with pytest.raises(UsageError, match=f"the column '{column}' .* is of the kind .*, expected"):
        import_source(library, tmp_path / "works.parquet")


def test_a_parquet_picture_may_lie_in_a_struct(library, tmp_path):
    rows = {"id": [0, 1], "image": [{"bytes": png(patch("red_hair")), "path": "x"}, None]}
    pq.write_table(pa.table(rows), tmp_path / "works.parquet")
    report = import_source(library, tmp_path / "works.parquet")
    assert library.work_ids() == ["0"]
    assert [refusal.what for refusal in report.refused] == ["row 1"]


@pytest.mark.parametrize("name", ["empty", "none", "file.xyz", "broken.parquet", "odd.parquet"])
def test_a_source_that_is_none_is_an_error_that_names_it(library, tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.xyz").write_text("?")
    (tmp_path / "broken.parquet").write_text("?")
    pq.write_table(pa.table({"picture": [b""]}), tmp_path / "odd.parquet")
    with pytest.raises(UsageError, match=name.split(".")[0]):
        import_source(library, tmp_path / name)


def test_a_parquet_file_with_present_and_absent_columns(library, tmp_path):
    rows = {
        "work_id": ["p", "q"],
        "image": [png(patch("red_hair")), None],
        "present": [["赤髪"], []],
        "absent": [["glasses"], []],
    }
    pq.write_table(pa.table(rows), tmp_path / "works.parquet")
    report = import_source(library, tmp_path / "works.parquet")
    assert (report.taken, len(report.refused)) == (1, 1)
    assert state(library, "p", "red_hair") == PRESENT
    assert state(library, "p", "glasses") == ABSENT


FACE = {
    "tag_hair_color": ["blonde"],
    "tag_hair_length": "long",
    "tag_eye_color": ["blue", "red"],
    "reviewed": True,
    "hair_color": ["black"],
    "hair_length": "short",
    "hair_style": ["twintails"],
    "bangs": ["no_bangs"],
    "eyes": ["blue", "red"],
    "accessories": ["glasses"],
    "clothing": ["kimono"],
    "monochrome": False,
    "boy": False,
    "chibi": False,
    "style_and_bangs_complete": True,
}


@pytest.fixture
def faces(library, tmp_path):
    def take(**fields):
        row = {"id": "f", "image": png(patch("red_hair")), **FACE, **fields}
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / "faces.parquet")
        import_source(library, tmp_path / "faces.parquet")
        return lambda attribute: state(library, "f", attribute)

    return take


def test_a_reviewed_face_has_complete_colors_and_assumed_accessories(faces):
    found = faces()
    for (
        attribute
    ) in "black_hair short_hair twintails forehead heterochromia glasses kimono".split():
        assert found(attribute) == PRESENT, attribute
    for attribute in "blonde_hair long_hair drill_hair blunt_bangs brown_eyes hat 1boy".split():
        assert found(attribute) == ABSENT, attribute
    assert found("ahoge") == UNKNOWN
    assert found("japanese_clothes") == PRESENT


def test_styles_of_an_incomplete_face_are_unknown_if_not_listed(faces):
    found = faces(style_and_bangs_complete=False)
    assert found("twintails") == PRESENT
    assert found("drill_hair") == UNKNOWN


def test_closed_eyes_have_no_color(faces):
    found = faces(eyes=["closed"])
    assert found("closed_eyes") == PRESENT
    assert found("blue_eyes") == UNKNOWN


def test_tags_of_a_face_that_nobody_reviewed_are_unsure(faces, library):
    found = faces(reviewed=False)
    assert found("blonde_hair") == PRESENT
    assert found("blue_eyes") == UNKNOWN  # two colours tagged: perhaps two people
    assert (library.label_matrix(VOCABULARY, ["f"]).truth() == UNKNOWN).all()
