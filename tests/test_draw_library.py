"""Drawn libraries: complete, repeatable, and careful with what is there."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from zokusei.cli import app
from zokusei.draw import draw_library
from zokusei.draw.cast import make_bookmarks, make_works
from zokusei.errors import UsageError
from zokusei.vocabulary import Vocabulary

FIELDS = {
    "file", "work_id", "present", "absent", "title", "artist", "characters", "series",
    "rating", "created_at", "head_boxes",
}  # fmt: skip


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("drawn") / "library"
    draw_library(out, num=12, seed=3, size_px=64)
    return out


def test_a_library_holds_every_picture_with_its_labels(drawn: Path) -> None:
    rows = rows_of(drawn)
    assert len(rows) == 12
    vocabulary = Vocabulary.from_package()
    for row in rows:
        assert set(row) == FIELDS
        with Image.open(drawn / str(row["file"])) as image:
            assert max(image.size) == 64
        assert all(id_ in vocabulary for id_ in row["present"])  # type: ignore[attr-defined]
        assert datetime.fromisoformat(str(row["created_at"])).tzinfo is not None
    assert len({row["work_id"] for row in rows}) == 12


def test_bookmarks_are_of_works_that_exist(drawn: Path) -> None:
    work_ids = {row["work_id"] for row in rows_of(drawn)}
    with (drawn / "bookmarks.csv").open() as file:
        bookmarks = list(csv.DictReader(file))
    assert bookmarks
    assert set(bookmarks[0]) == {"user_id", "work_id", "at"}
    assert {bookmark["work_id"] for bookmark in bookmarks} <= work_ids


def test_the_same_numbers_give_the_same_files(drawn: Path, tmp_path: Path) -> None:
    draw_library(tmp_path / "again", num=12, seed=3, size_px=64)
    assert files_of(tmp_path / "again") == files_of(drawn)


def test_several_processes_draw_what_one_draws(tmp_path: Path) -> None:
    draw_library(tmp_path / "one", num=50, seed=5, size_px=32, workers=1)
    draw_library(tmp_path / "two", num=50, seed=5, size_px=32, workers=2)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    draw_library(
        tmp_path / "out",
        num=3,
        seed=1,
        size_px=32,
        image_format="jpg",
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        draw_library(tmp_path, num=2, seed=1, force=True)
    assert files_of(tmp_path) == {"thesis.txt": b"mine"}


def test_another_drawing_is_refused_even_with_force(drawn: Path) -> None:
    with pytest.raises(UsageError, match="--num 12 --seed 3"):
        draw_library(drawn, num=12, seed=4, size_px=64, force=True)


def test_the_same_drawing_is_drawn_again_only_with_force(tmp_path: Path) -> None:
    draw_library(tmp_path / "out", num=2, seed=1, size_px=32)
    before = files_of(tmp_path / "out")
    with pytest.raises(UsageError, match="--force"):
        draw_library(tmp_path / "out", num=2, seed=1, size_px=32)
    (tmp_path / "out" / "images" / "00000.png").unlink()
    draw_library(tmp_path / "out", num=2, seed=1, size_px=32, force=True)
    assert files_of(tmp_path / "out") == before


def test_an_interrupted_drawing_is_drawn_again(tmp_path: Path) -> None:
    draw_library(tmp_path / "out", num=2, seed=1, size_px=32)
    before = files_of(tmp_path / "out")
    (tmp_path / "out" / "labels.jsonl").unlink()
    draw_library(tmp_path / "out", num=2, seed=1, size_px=32)
    assert files_of(tmp_path / "out") == before


@pytest.mark.parametrize(("num", "image_format"), [(0, "png"), (2, "webp")])
def test_values_that_cannot_be_used_are_refused(
    tmp_path: Path, num: int, image_format: str
) -> None:
    with pytest.raises(UsageError):
        draw_library(tmp_path / "out", num=num, seed=1, image_format=image_format)
    assert not (tmp_path / "out").exists()


def test_a_character_keeps_its_looks_from_work_to_work() -> None:
    works = make_works(300, seed=2)
    by_name: dict[str, set[object]] = {}
    for work in works:
        by_name.setdefault(work.cast.name, set()).add(work.picture.figures[0].figure.character)
    assert 20 <= len(by_name) <= 30
    assert all(len(characters) == 1 for characters in by_name.values())


def test_users_keep_what_they_love_and_fame_is_skewed() -> None:
    works = make_works(400, seed=2)
    bookmarks = make_bookmarks(works, seed=2)
    counts = Counter(bookmark.work_id for bookmark in bookmarks)
    popular = sum(count for _, count in counts.most_common(40))
    assert popular > 0.3 * len(bookmarks)
    assert len(counts) < 400
    pairs = Counter((bookmark.user_id, bookmark.work_id) for bookmark in bookmarks)
    assert max(pairs.values()) == 1
    sizes = Counter(bookmark.user_id for bookmark in bookmarks)
    assert len(sizes) == 100
    assert max(sizes.values()) <= 40


def test_a_bookmark_is_never_older_than_its_work() -> None:
    works = make_works(60, seed=9)
    created = {work.work_id: work.created_at for work in works}
    bookmarks = make_bookmarks(works, seed=9)
    assert all(bookmark.at >= created[bookmark.work_id] for bookmark in bookmarks)


def test_the_command_draws_and_writes_a_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    arguments = ["draw", str(tmp_path / "out"), "--num", "3", "--size", "48", "--sheet", str(sheet)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert len(rows_of(tmp_path / "out")) == 3
    with Image.open(sheet) as image:
        assert image.width > 200
