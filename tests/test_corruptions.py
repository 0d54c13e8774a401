"""Corruptions: what each does to a picture, and what is said of a model under them."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import fill
from tests.test_chroma import face
from zokusei.chroma import MIN_OWN_CHROMA, lab, own_chroma
from zokusei.evaluation.corruptions import CORRUPTIONS, MAX_SIDE_PX, corrupt
from zokusei.evaluation.robustness import Read, judge_corruptions
from zokusei.images import fit
from zokusei.judging import judge, report, with_robustness
from zokusei.library import Library
from zokusei.vocabulary import Vocabulary

FACE = np.asarray(face())
BY_ID = {corruption.id: corruption for corruption in CORRUPTIONS}
ALL = [
    pytest.param(corruption, strength, id=f"{corruption.id}-{strength}")
    for corruption in CORRUPTIONS
    for strength in corruption.strengths
]


def corrupted(id_, strength=None):
    corruption = BY_ID[id_]
    return corrupt(FACE, corruption, corruption.strengths[-1] if strength is None else strength)


@pytest.mark.parametrize(("corruption", "strength"), ALL)
def test_a_corrupted_picture_is_a_picture_and_the_same_for_the_same_seed(corruption, strength):
    wide = FACE[20:70]
    before = wide.copy()
    once, again = (corrupt(wide, corruption, strength, seed=(1, 2)) for _ in range(2))
    assert once.dtype == np.uint8
    assert once.ndim == 3
    assert once.shape[2] == 3
    assert once.shape != wide.shape or (once != wide).any()
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(wide, before)


SIZES = {"tiny", "huge", "cut", "page", "rotated"}  # compared below by what they are about


@pytest.mark.parametrize("id_", sorted(BY_ID.keys() - SIZES))
def test_a_stronger_corruption_leaves_less_of_the_picture(id_):
    corruption = BY_ID[id_]
    distances = [
        np.abs(corrupt(FACE, corruption, s).astype(int) - FACE).mean() for s in corruption.strengths
    ]
    assert distances == sorted(distances)
    assert distances[0] > 0.2


@pytest.mark.parametrize("id_", ["noise", "duotone", "page", "rotated", "cut"])
def test_what_is_left_to_chance_follows_the_seed(id_):
    corruption = BY_ID[id_]
    seen = {
        corrupt(FACE, corruption, corruption.strengths[0], seed=(seed,)).tobytes()
        for seed in range(8)
    }
    assert len(seen) > 1


def test_greyscale_duotones_and_line_drawings_have_no_colour_of_their_own():
    assert own_chroma(FACE) > MIN_OWN_CHROMA
    assert own_chroma(corrupted("greyscale")) < MIN_OWN_CHROMA
    assert own_chroma(corrupted("sketch")) < MIN_OWN_CHROMA
    for strength in BY_ID["duotone"].strengths:
        assert own_chroma(corrupted("duotone", strength)) < MIN_OWN_CHROMA


def test_light_changes_as_it_is_named():
    mean = lab(FACE).mean(axis=(0, 1))
    warm, cool = (lab(corrupted(id_)).mean(axis=(0, 1)) for id_ in ("warm", "cool"))
    assert cool[2] < mean[2] < warm[2]
    assert corrupted("dark").mean() < FACE.mean() < corrupted("bright").mean()
    assert np.ptp(corrupted("flat")) < np.ptp(FACE) / 3


def test_sizes_are_those_named():
    assert [corrupted("tiny", s).shape[0] for s in (64, 48, 32)] == [64, 48, 32]
    assert [corrupted("huge", s).shape[0] for s in (4, 8, 16)] == [384, 768, 1536]
    assert corrupt(fit(FACE, 512), BY_ID["huge"], 16).shape[0] == MAX_SIDE_PX
    small = fit(FACE, 24)
    np.testing.assert_array_equal(corrupt(small, BY_ID["tiny"], 64), small)
    assert corrupted("cut", 0.3).shape[:2] == (67, 67)


def test_on_a_page_all_else_is_plain():
    page = corrupted("page", 0.333)
    colors, counts = np.unique(page.reshape(-1, 3), axis=0, return_counts=True)
    assert counts.max() / counts.sum() == pytest.approx(1 - 1 / 9, abs=0.06)
    assert colors[counts.argmax()].min() >= 200


VOCABULARY = Vocabulary.from_package().subset(
    ["red_hair", "blue_hair", "short_hair", "long_hair", "twintails"]
)


def test_every_corruption_is_judged_on_the_same_works_at_three_strengths():
    rng = np.random.default_rng(0)
    labels = (rng.random((40, 5)) < 0.5).astype(np.int8)
    labels[:, 1] = 1 - labels[:, 0]
    hair = [VOCABULARY.row(id_) for id_ in ("red_hair", "blue_hair")]
    labels[:, hair[1]] = 1 - labels[:, hair[0]]
    pictures = [np.full((20, 20, 3), 60 + 4 * place, np.uint8) for place in range(40)]

    def read(worse):
        # Knows the truth as long as the picture has its light.
        lights = np.array([pixels.mean() for pixels in worse])
        bright = lights[:, None] > 50
        probabilities = np.where(bright, 0.1 + 0.8 * labels, 0.5).astype(np.float32)
        return Read(probabilities, {"hair_color": ~bright[:, 0]})

    rows = list(judge_corruptions(pictures, labels, VOCABULARY, np.full(5, 0.5, np.float32), read))
    assert len(rows) == 1 + 3 * len(CORRUPTIONS)
    assert {row.num_works for row in rows} == {40}
    plain, darkest = rows[0], next(r for r in rows if "0.25 of the light" in r.strength)
    assert plain.top1 == {"hair_color": 1.0}
    assert plain.unknown == {"hair_color": 0.0}
    assert plain.poles_auc == 1.0
    assert plain.average_precision == 1.0
    assert darkest.unknown["hair_color"] == pytest.approx(0.95, abs=0.06)
    assert darkest.top1["hair_color"] == pytest.approx(1 - darkest.unknown["hair_color"])


@pytest.fixture(scope="module")
def judged(color_bundle, tmp_path_factory):
    library = fill(Library.create(tmp_path_factory.mktemp("judged") / "lib"), 45)
    steps = []
    judgement = with_robustness(
        judge(color_bundle, library, "all"), on_progress=lambda *step: steps.append(step)
    )
    assert steps[-1] == (len(steps), len(steps)) == (49, 49)
    return judgement


def test_a_bundle_is_judged_under_corruptions(judged):
    assert len(judged.work_ids) == 45
    by_row = {(row.corruption, row.strength): row for row in judged.robustness}
    assert by_row["", ""].top1["hair_color"] == 1.0
    assert by_row["greyscale", "1 of the colour gone"].unknown["hair_color"] == 1.0
    assert by_row["greyscale", "1 of the colour gone"].top1["hair_color"] == 0.0
    assert by_row["noise", "deviation 8"].top1["hair_color"] == 1.0


def test_the_report_shows_the_table_of_corruptions(judged, tmp_path):
    page = report(judged, tmp_path, num_samples=2).read_text("utf-8")
    for corruption in CORRUPTIONS:
        assert page.count(f'data-corruption="{corruption.id}"') == 3
    rows = json.loads((tmp_path / "report.json").read_text("utf-8"))["robustness"]
    assert len(rows) == 49
    assert rows[0]["top1"] == {"hair_color": 1.0}


def test_the_script_of_the_report_says_which_file_is_missing(tmp_path):
    script = Path(__file__).parents[1] / "runs" / "report.sh"
    done = subprocess.run(
        [script, tmp_path / "absent.parquet", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "absent.parquet" in done.stderr
    assert "make report FACES=" in done.stderr
    assert not (tmp_path / "out").exists()
