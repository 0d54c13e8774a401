"""The card: what it tells of a bundle, and what it refuses."""

import json

import numpy as np
import pytest

from tests.conftest import fill
from tests.test_bundle import save_again
from tests.test_precision import steps
from zokusei.bundle import Bundle
from zokusei.card import write_card
from zokusei.errors import UsageError
from zokusei.evaluation.calibration import Calibration, couplings_of
from zokusei.judging import judge, report, with_robustness
from zokusei.library import Library
from zokusei.serve.pages.about import judged_in


@pytest.fixture(scope="module")
def bundle(color_bundle, tmp_path_factory):
    """Mistakes one patch in a few: it sees less red than there is."""
    calibration = Calibration(
        np.ones(3, np.float32),
        np.where(np.array(color_bundle.vocabulary.ids) == "red_hair", -25, 0).astype(np.float32),
        couplings_of(color_bundle.vocabulary, {"hair_color": 0.25}),
    )
    return save_again(
        color_bundle,
        tmp_path_factory.mktemp("card"),
        calibration=calibration,
        precision_steps=[steps((0.9, 0.97)), steps((0.5, 0.92)), steps()],
    )


@pytest.fixture(scope="module")
def reported(bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reported")
    judgement = judge(bundle, fill(Library.create(folder / "lib"), 45), "all")
    report(with_robustness(judgement), folder / "report", num_samples=2)
    return folder / "report"


def speed_file(folder, bundle, fingerprint=None):
    path = folder / "tag.json"
    measured = {
        "command": "python -m bench.tag",
        "at": "2026-11-24T00:00:00+00:00",
        "machine": "2 cores",
        "bundle": fingerprint or bundle.fingerprint,
        "pictures": 100,
        "mean_megapixels": 1.0,
        "median_pictures_per_s": {"tag": 123.4},
        "runs": {"tag": [{}, {}, {}]},
    }
    path.write_text(json.dumps(measured))
    return path


def test_a_card_tells_what_the_report_found(bundle, reported, tmp_path):
    card = write_card(
        bundle, {"patches": reported}, notes="Patches.", speed=speed_file(tmp_path, bundle)
    )
    assert Bundle.load(bundle.path).card == card
    for part in (
        "Patches.",
        "hair color, two tagged that exclude each other",
        "| `red_hair` | `",  # the pair most confused
        "| greyscale | 1 of the colour gone | 0.00 | 1.00 |",
        "0.9: 2, 0.95: 1, 0.99: 0",
        "wholly; fitted): hair_color 0.25",
        "AP / base",
        "123 pictures a second",
        "It must not be used",
    ):
        assert part in card, part
    rows = [line for line in card.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_a_card_has_a_figure_of_calibration_for_each_report_and_no_old_one(bundle, reported):
    write_card(bundle, {"one": reported, "two": reported})
    assert sorted(path.name for path in bundle.path.glob("*.svg")) == [
        "calibration-1.svg",
        "calibration-2.svg",
    ]
    card = write_card(bundle, {"one": reported})
    (figure,) = bundle.path.glob("*.svg")
    assert f"]({figure.name})" in card
    assert figure.read_text("utf-8").strip().startswith("<svg")
    assert "stated probability" in figure.read_text("utf-8")
    assert Bundle.load(bundle.path).fingerprint == bundle.fingerprint


def test_the_page_about_a_model_finds_each_attribute_in_the_first_report(bundle, reported):
    found = judged_in(write_card(bundle, {"one": reported, "two": reported}))
    assert set(found) == set(bundle.vocabulary.ids)
    assert {row["report"] for row in found.values()} == {"one"}
    assert all(0 <= float(row["precision"]) <= 1 for row in found.values())
    assert judged_in("# Bundle\n\nNobody judged it.\n") == {}


def test_a_card_holds_no_picture_and_no_work(bundle, reported):
    card = write_card(bundle, {"patches": reported})
    assert "data:" not in card
    assert "w001" not in card


def test_what_is_of_another_bundle_or_cannot_be_read_is_refused(bundle, reported, tmp_path):
    other = speed_file(tmp_path, bundle, "0123456789abcdef")
    with pytest.raises(UsageError, match="is of bundle 0123456789abcdef"):
        write_card(bundle, {"patches": reported}, speed=other)
    other.write_text("{}")
    with pytest.raises(UsageError, match=r"holds no speed.*bench\.tag"):
        write_card(bundle, {"patches": reported}, speed=other)
    with pytest.raises(UsageError, match="holds no report"):
        write_card(bundle, {"patches": tmp_path})
    (tmp_path / "report.json").write_text('{"evaluation": {}, "facts": {}, "robustness": []}')
    with pytest.raises(UsageError, match="holds no report"):
        write_card(bundle, {"patches": tmp_path})
