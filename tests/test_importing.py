"""Importing: everything is taken once, and what is not is said."""

import json

import lance
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import patch, png
from zokusei.errors import UsageError
from zokusei.library import ABSENT, PRESENT, UNKNOWN, Library, import_source
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
