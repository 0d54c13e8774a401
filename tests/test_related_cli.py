"""`zokusei evaluate-related` and `zokusei learn-gate`, as they are typed."""

import json
import sys

import numpy as np
import pytest

from tests.conftest import COLORS
from zokusei.cli import main
from zokusei.library import Library
from zokusei.recommend.gate import Gate, gate_path
from zokusei.recommend.taste import Taste


@pytest.fixture
def library(tmp_path, color_bundle):
    """60 works in three colours, and 150 people who each love one colour."""
    made = Library.create(tmp_path / "library")
    work_ids = [f"w{number:02}" for number in range(60)]
    made.add_works([{"work_id": work_id} for work_id in work_ids])
    ids = color_bundle.vocabulary.ids
    shown = [[255 * (id_ == list(COLORS)[number % 3]) for id_ in ids] for number in range(60)]
    made.add_taggings(
        work_ids,
        np.array(shown, np.uint8),
        np.zeros((60, 2), np.float16),
        bundle=color_bundle.fingerprint,
        attribute_ids=ids,
        converged=True,
    )
    rng = np.random.default_rng(0)
    made.add_bookmarks(
        [
            {"user_id": f"user{person}", "work_id": work_id, "at": None}
            for person in range(150)
            for number, work_id in enumerate(work_ids)
            if rng.random() < (0.6 if number % 3 == person % 3 else 0.02)
        ]
    )
    return made


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


def test_related_works_are_judged_by_bookmarks_left_out(zokusei, tmp_path):
    report = tmp_path / "report"
    status, out, err = zokusei(
        "evaluate-related", "--out", report, "--leave-out", 4, "--users", 10, "--json"
    )
    assert status == 0, err
    by_work, by_person = json.loads(out)
    assert (by_work["kind"], by_person["kind"]) == ("work", "person")
    recall = {
        result["name"]: result["whole"]["all"]["recall"]["value"] for result in by_person["results"]
    }
    assert recall["both"] > 1.5 * recall["random"]
    assert set(recall) >= {"popular", "attributes", "bookmarks", "cosine", "tfidf", "bm25", "als"}
    assert json.loads((report / "related.json").read_text("utf-8"))["evaluations"] == [
        by_work,
        by_person,
    ]


def test_the_table_tells_each_ranking_and_what_both_gain(zokusei, tmp_path):
    status, out, _ = zokusei(
        "evaluate-related", "--out", tmp_path / "r", "--leave-out", 4, "--users", 5
    )
    assert status == 0
    assert out.count("popular") >= 2
    assert "both over" in out
    assert "related.html" in out


def test_a_gate_and_a_taste_are_learned_and_kept_with_the_library(zokusei, library, color_bundle):
    status, out, err = zokusei("learn-gate", "--leave-out", 4, "--users", 10)
    assert status == 0, err
    assert "people say up to" in out
    kept = Gate.load(gate_path(library))
    assert kept == Gate.from_library(library)
    assert Taste.from_library(library).attribute_ids == color_bundle.vocabulary.ids
    assert kept.learned["num_people"] > 5


def test_too_few_bookmarks_end_in_one_line_with_the_way_out(zokusei, tmp_path):
    status, _, err = zokusei("evaluate-related", "--out", tmp_path / "r", "--leave-out", 50)
    assert status == 2
    assert "leave out fewer" in err
    assert err.count("\n") == 1
