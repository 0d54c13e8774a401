"""``zokusei search`` as it is typed."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from zokusei.bundle import Bundle
from zokusei.library import Label, Library

WORKS = {
    "kuro": {"black_hair": 0.9, "long_hair": 1.0, "kimono": 0.8},
    "megane": {"black_hair": 1.0, "long_hair": 0.8, "kimono": 1.0, "glasses": 1.0},
    "kin": {"blonde_hair": 1.0, "twintails": 1.0},
    "both": {"black_hair": 1.0, "long_hair": 1.0, "kimono": 1.0, "twintails": 1.0},
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library whose works are tagged by the packaged bundle as ``WORKS`` says."""
    bundle = Bundle.packaged()
    made = Library.create(tmp_path_factory.mktemp("search") / "lib")
    made.add_works([{"work_id": work_id, "title": f"[{work_id}] :cat:"} for work_id in WORKS])
    rows = [[work.get(id_, 0) for id_ in bundle.vocabulary.ids] for work in WORKS.values()]
    made.add_taggings(
        list(WORKS),
        np.round(np.array(rows) * 255).astype(np.uint8),
        np.zeros((len(WORKS), 2), np.float16),
        bundle=bundle.fingerprint,
        attribute_ids=bundle.vocabulary.ids,
        converged=True,
    )
    return made


def search(library, *args):
    return subprocess.run(
        [sys.executable, "-m", "zokusei", "search", library.address, *map(str, args)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_works_are_found_with_their_shares_and_what_narrows_further(library):
    done = search(library, "黒髪ロング 着物 -眼鏡 twintails:1.5")
    assert done.returncode == 0, done.stderr
    assert "黒髪 ロングヘア 着物 -眼鏡 ツインテール:1.5" in done.stdout
    assert "black hair, long hair, kimono, -glasses, twintails:1.5" in done.stdout
    assert "1 work matches" in done.stdout
    assert "[both] :cat:" in done.stdout
    assert "twintails ツインテール 0.33" in done.stdout

    wider = search(library, "黒髪").stdout
    assert "3 works match, 1 to 3:" in wider
    assert "hair style 髪型" in wider
    assert "twintails ツインテール 1" in wider
    assert done.stderr == ""


def test_json_says_all_of_it(library):
    done = search(library, "黒髪:3 ロング -めがね hatt", "--json", "--k", 1, "--offset", 1)
    found = json.loads(done.stdout)
    assert found["query"] == {
        "id": "black_hair:3 long_hair -glasses hatt",
        "en": "black hair:3, long hair, -glasses, hatt",
        "ja": "黒髪:3 ロングヘア -眼鏡 hatt",
        "terms": [
            {"attribute_id": "black_hair", "weight": 3, "excluded": False},
            {"attribute_id": "long_hair", "weight": 1, "excluded": False},
            {"attribute_id": "glasses", "weight": 1, "excluded": True},
        ],
        "unknown": [{"text": "hatt", "nearest": ["hat"]}],
    }
    assert (found["total"], found["offset"]) == (2, 1)
    (work,) = found["works"]
    assert work["work_id"] == "kuro"
    assert sum(share["share"] for share in work["because"]) == pytest.approx(work["score"])
    assert {"group_id": "clothing", "counts": {"kimono": 2}} in found["facets"]


@pytest.mark.parametrize("text", [["-眼鏡", "黒髪"], ["--", "-glasses", "black", "hair"]])
def test_words_need_no_quotes_and_a_minus_may_come_first(library, text):
    found = json.loads(search(library, "--json", *text).stdout)
    assert [work["work_id"] for work in found["works"]] == ["both", "kuro"]


def test_filters_leave_out_works(library):
    library.add_bookmarks([{"user_id": "u", "work_id": "kuro"}])
    found = json.loads(
        search(library, "黒髪", "--json", "--unseen-by", "u", "--exclude", "megane").stdout
    )
    assert [work["work_id"] for work in found["works"]] == ["both"]
    assert found["total"] == 1


def test_an_unknown_word_is_told_and_the_rest_answered(library):
    done = search(library, "黒髪 ふがふが hatt 貧乳")
    assert done.returncode == 0
    assert "3 works match" in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0].startswith("zokusei: unknown word 'ふがふが'")
    assert lines[1].startswith("zokusei: unknown word 'hatt'; the nearest are hat 帽子")
    assert lines[2] == "zokusei: '貧乳' means small_breasts, which the bundle does not estimate"


def test_nothing_understood_is_a_usage_error(library):
    done = search(library, "ふがふが hatt")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "'hatt'; the nearest are hat" in done.stderr


def test_where_nothing_matches_the_nearest_works_are_offered(library):
    done = search(library, "black hair, glasses, twintails, -blonde hair")
    assert done.returncode == 0
    said = done.stdout[done.stdout.index("0 works match") :].splitlines()
    assert said[1] == "the nearest to it:"
    assert [line.split()[1] for line in said[3:]] == ["both", "megane", "kuro"]
    assert "no glasses" in said[3]
    found = json.loads(search(library, "blonde hair, kimono", "--json", "--k", 1).stdout)
    assert (found["total"], found["works"]) == (0, [])
    assert found["nearest"][0]["lacks"] == ["blonde_hair"]


def test_nothing_near_is_said(library):
    done = search(library, "hat")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "0 works match"


def test_a_query_that_is_too_long_is_refused_with_its_length(library):
    done = search(library, "hair " * 101)
    assert done.returncode == 2
    assert "has 505 characters, expected at most 500" in done.stderr


def test_a_label_by_a_person_counts_at_the_next_search(library):
    assert "1 work matches" in search(library, "眼鏡").stdout
    library.add_labels([("kin", Label("glasses", "present", origin="human"))])
    assert "2 works match" in search(library, "眼鏡").stdout
