"""The related works of a whole library: a file that is whole or not there, at any kill."""

import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.shelf import OfWords, shelve
from zokusei.errors import UsageError
from zokusei.library import Library
from zokusei.recommend import Filters, Recommender, Request
from zokusei.recommend.all_pairs import SCHEMA, write_all_related
from zokusei.recommend.taste import Taste, taste_path

SHOWN = ["red_hair kimono", "red_hair dress", "black_hair kimono twintails", "black_hair braid"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    library = Library.create(tmp_path_factory.mktemp("pairs") / "library")
    works = {f"w{number:02}": SHOWN[number % 4] for number in range(40)}
    shelve(library, works, artist={id_: f"artist {id_[-1]}" for id_ in works})
    return library


@pytest.fixture
def recommender(library):
    return Recommender(library, OfWords())


def rows_of(path):
    return pq.read_table(path).to_pylist()


def test_every_work_has_what_it_gets_by_itself(recommender, tmp_path):
    request = Request(k=3, filters=Filters(other_artists=True))
    out = tmp_path / "related.parquet"
    told = []
    num = write_all_related(
        recommender, request, out, chunk=7, on_progress=lambda *done: told.append(done)
    )
    assert num == 40
    assert told[-1] == (40, 40)
    assert pq.read_schema(out).equals(SCHEMA)
    assert [path.name for path in tmp_path.iterdir()] == ["related.parquet"]
    rows = rows_of(out)
    assert len(rows) == 40 * 3
    for work_id in ("w00", "w17", "w39"):
        alone = recommender.related(Request(likes=(work_id,), k=3, filters=request.filters))
        mine = [row for row in rows if row["work_id"] == work_id]
        assert [row["rank"] for row in mine] == [1, 2, 3]
        assert [row["related_id"] for row in mine] == [work.work_id for work in alone]
        for row, work in zip(mine, alone, strict=True):
            assert row["score"] == work.score
            assert sum(term["share"] for term in row["because"]) == pytest.approx(row["score"])
            assert [term["id"] for term in row["because"]] == [r.id for r in work.because]


def test_parts_of_the_same_question_are_kept_and_of_another_are_not(recommender, tmp_path):
    out = tmp_path / "related.parquet"
    stop_after(recommender, Request(k=2), out, num_parts=3)
    parts = tmp_path / "related.parquet.parts"
    kept = {path: path.stat().st_mtime_ns for path in parts.glob("*.parquet")}
    assert len(kept) == 3
    assert not out.exists()
    stop_after(recommender, Request(k=2), out, num_parts=1)
    now = {path: path.stat().st_mtime_ns for path in parts.glob("*.parquet")}
    assert len(now) == 4
    assert kept.items() <= now.items()
    stop_after(recommender, Request(k=3), out, num_parts=1)
    assert len(list(parts.glob("*.parquet"))) == 1


def test_parts_of_a_library_that_changed_are_not_kept(tmp_path):
    library = Library.create(tmp_path / "library")
    shelve(library, {f"w{number}": SHOWN[number % 4] for number in range(12)})
    recommender, out = Recommender(library, OfWords()), tmp_path / "related.parquet"
    stop_after(recommender, Request(k=20), out, num_parts=1, chunk=4)
    shelve(library, {"new": SHOWN[0]})
    write_all_related(recommender, Request(k=20), out, chunk=4)
    assert {row["related_id"] for row in rows_of(out) if row["work_id"] == "w0"} >= {"new"}


def test_what_was_learned_since_makes_another_answer(tmp_path):
    library = Library.create(tmp_path / "library")
    shelve(library, {f"w{number}": SHOWN[number % 4] for number in range(4)})
    recommender = Recommender(library, OfWords())
    before = recommender.state
    Taste(("kimono",), np.ones((2, 1)), np.ones(1), np.ones((1, 1)), 1.0).save(taste_path(library))
    assert recommender.state != before


class StoppedError(Exception):
    pass


def stop_after(recommender, request, out, *, num_parts, chunk=7):
    left = num_parts

    def stop(done, total):
        nonlocal left
        left -= 1
        if not left:
            raise StoppedError

    with pytest.raises(StoppedError):
        write_all_related(recommender, request, out, chunk=chunk, on_progress=stop)


KILLED = """
import sys, time
from pathlib import Path
from tests.shelf import OfWords
from zokusei.library import Library
from zokusei.recommend import Recommender, Request
from zokusei.recommend.all_pairs import write_all_related
of = Recommender(Library.open(sys.argv[1]), OfWords())
out = Path(sys.argv[2])
write_all_related(of, Request(k=2), out, chunk=2, on_progress=lambda *_: time.sleep(0.2))
"""


def test_a_run_that_is_killed_leaves_no_file_and_goes_on(library, recommender, tmp_path):
    out = tmp_path / "related.parquet"
    command = [sys.executable, "-c", KILLED, library.address, str(out)]
    with subprocess.Popen(command) as process:
        parts = tmp_path / "related.parquet.parts"
        wait_until(lambda: len(list(parts.glob("*.parquet"))) >= 3, process)
        process.send_signal(signal.SIGKILL)
    assert not out.exists()
    kept = {path.name for path in parts.glob("*.parquet")}
    assert 3 <= len(kept) < 20
    done = []
    write_all_related(
        recommender, Request(k=2), out, chunk=2, on_progress=lambda *told: done.append(told)
    )
    assert len(done) == 20 - len(kept)
    fresh = tmp_path / "fresh.parquet"
    write_all_related(recommender, Request(k=2), fresh, chunk=40)
    assert rows_of(out) == rows_of(fresh)


def wait_until(is_so, process):
    for _ in range(600):
        if is_so():
            return
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("it wrote nothing")


@pytest.mark.parametrize("path", ["", "nowhere/related.parquet"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_done(
    recommender, tmp_path, path
):
    with pytest.raises(UsageError, match="expected a file's path"):
        write_all_related(recommender, Request(), tmp_path / path)


def test_a_file_that_was_there_is_replaced(recommender, tmp_path):
    out = tmp_path / "related.parquet"
    out.write_text("old")
    write_all_related(recommender, Request(k=1), out)
    assert len(rows_of(out)) == 40
