"""A second network: heard in its groups alone, kept where it gains, and part of the bundle."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.conftest import COLORS, color_network, fill, patch
from tests.test_bundle import save_again
from tests.test_runtime import needs_openvino
from zokusei.bundle import Bundle
from zokusei.card import write_card
from zokusei.cli import app
from zokusei.errors import BundleError
from zokusei.evaluation.calibration import Calibration
from zokusei.library import Label, Library
from zokusei.preprocessing import Preprocessing
from zokusei.second import SecondNetwork
from zokusei.vocabulary import Vocabulary

EYES = ("blue_eyes", "red_eyes")
FIRST = Vocabulary.from_package().subset([*COLORS, *EYES])
CHANNELS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
CANVASES = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), np.uint8)


def turned(vocabulary):
    """The same attributes in the opposite order."""
    groups = [
        replace(group, attribute_ids=group.attribute_ids[::-1]) for group in vocabulary.groups[::-1]
    ]
    return Vocabulary(groups, vocabulary.attributes[::-1])


def color_weights(vocabulary, of_group=None):
    """(3, A): every attribute is its colour's channel, times what its group is worth."""
    columns = [np.array(CHANNELS[id_.partition("_")[0]]) for id_ in vocabulary.ids]
    worth = [(of_group or {}).get(attribute.group, 1) for attribute in vocabulary]
    return 6 * np.array(columns).T * worth


def made(path, vocabulary, *, size_px, weights=None, **changes):
    """A bundle of a colour network."""
    path.mkdir(parents=True)
    weights = color_weights(vocabulary) if weights is None else weights
    return Bundle.save(
        path,
        **{
            "network": color_network(weights, size_px),
            "vocabulary": vocabulary,
            "preprocessing": Preprocessing(size_px=size_px),
            "calibration": Calibration.identity(len(vocabulary)),
            "thresholds": np.full(len(vocabulary), 0.5, np.float32),
            "converged": True,
            "evidence": "",
            "about": {"arch": f"colors of {size_px} px"},
            **changes,
        },
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return made(tmp_path_factory.mktemp("first") / "bundle", FIRST, size_px=16)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Sees other sizes, knows its attributes in another order, and says other things."""
    vocabulary = turned(FIRST)
    weights = np.random.default_rng(1).normal(size=(3, len(vocabulary)))
    path = tmp_path_factory.mktemp("other") / "bundle"
    return made(path, vocabulary, size_px=8, weights=weights)


@pytest.fixture(scope="module")
def joined(first, other, tmp_path_factory):
    second = replace(other.as_second(), groups=("hair_color",))
    return save_again(first, tmp_path_factory.mktemp("joined"), second=second)


def test_in_the_groups_of_the_second_network_the_logits_are_the_mean(first, other, joined):
    (alone, embedding), (found, its_embedding) = first.logits(CANVASES), joined.logits(CANVASES)
    small = np.stack([other.preprocessing.canvas(canvas) for canvas in CANVASES])
    others, _ = other.logits(small)
    for row, attribute in enumerate(FIRST):
        expected = alone[:, row]
        if attribute.group == "hair_color":
            expected = (expected + others[:, other.vocabulary.row(attribute.id)]) / 2
            assert np.abs(expected - alone[:, row]).max() > 0.1
        np.testing.assert_allclose(found[:, row], expected, atol=1e-5)
    np.testing.assert_array_equal(embedding, its_embedding)
    np.testing.assert_array_equal(first.features(CANVASES), joined.features(CANVASES))


def test_a_second_network_is_asked_of_the_canvases_that_are_wanted(first, joined):
    wanted = np.array([True, False, False, True, False])
    (alone, _), (together, _) = first.logits(CANVASES), joined.logits(CANVASES)
    found, _ = joined.logits(CANVASES, ask_second=wanted)
    np.testing.assert_allclose(found, np.where(wanted[:, None], together, alone), atol=1e-5)
    none, _ = joined.logits(CANVASES, ask_second=np.zeros(5, bool))
    np.testing.assert_array_equal(none, alone)


def test_what_two_networks_say_of_a_picture_does_not_depend_on_its_batch(joined):
    together, _ = joined.logits(CANVASES)
    alone = [joined.logits(CANVASES[row : row + 1])[0][0] for row in range(len(CANVASES))]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-5)


def test_a_second_network_goes_where_its_bundle_goes(joined, tmp_path):
    copy = Bundle.load(shutil.copytree(joined.path, tmp_path / "copy"))
    assert copy.fingerprint == joined.fingerprint
    np.testing.assert_array_equal(copy.logits(CANVASES)[0], joined.logits(CANVASES)[0])
    assert copy.second.attribute_ids == turned(FIRST).ids
    assert copy.second.preprocessing.size_px == 8
    assert copy.with_runtime("auto").second.runtime == "auto"


@needs_openvino
def test_both_networks_are_run_by_the_runtime_asked_for(joined):
    fast = joined.with_runtime("openvino")
    assert fast.second.runtime == fast.session.runtime == "openvino"
    found, _ = fast.logits(CANVASES)
    assert np.abs(found - joined.logits(CANVASES)[0]).max() < 0.1


def test_a_second_network_is_part_of_the_fingerprint(first, joined):
    assert joined.fingerprint != first.fingerprint


@pytest.mark.parametrize("name", ["second.onnx", "second.json"])
def test_an_altered_or_missing_second_network_is_noticed(joined, tmp_path, name):
    path = shutil.copytree(joined.path, tmp_path / "copy") / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match="was altered"):
        Bundle.load(path.parent)
    path.unlink()
    with pytest.raises(BundleError, match="was altered"):
        Bundle.load(path.parent)


def test_a_folder_without_a_second_network_says_so(first):
    with pytest.raises(BundleError, match=r"second\.json is missing"):
        SecondNetwork.load(first.path)


def test_a_bundle_of_two_networks_is_no_second(joined):
    with pytest.raises(BundleError, match="has a second network itself"):
        joined.as_second()


def labelled(path):
    """Patches whose hair, and whose eyes where they are red or blue, have their colour."""
    library = fill(Library.create(path), num=480)
    labels = []
    for work_id in library.work_ids():
        color = list(COLORS)[int(work_id[1:]) % 3].partition("_")[0]
        states = {id_: "present" if id_.startswith(color) else "absent" for id_ in EYES}
        labels += [(work_id, Label(id_, state)) for id_, state in states.items()]
    library.add_labels(labels)
    return library


@pytest.fixture(scope="module")
def blind_run(tmp_path_factory):
    """A run whose network cannot tell green from blue, but red from both."""
    pytest.importorskip("torch", reason="exporting needs the train extra")
    from zokusei.training.head_run import HeadSettings, train_head

    folder = tmp_path_factory.mktemp("blind")
    weights = color_weights(FIRST)
    network = color_network(weights, 16, seen=(1, 0, 0))
    trunk = made(folder / "trunk", FIRST, size_px=16, network=network)
    settings = HeadSettings(min_support=3, l2s=(0.01,))
    return train_head(labelled(folder / "lib"), trunk, folder / "run", settings)


def export(run, out, second):
    """What the command says; its errors come through."""
    command = ["export", run.path, "--out", out, "--second", second]
    done = CliRunner().invoke(app, [*map(str, command)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.fixture(scope="module")
def half_right(tmp_path_factory):
    """Knows hair, and tells the opposite of eyes, loudly."""
    vocabulary = turned(FIRST)
    weights = color_weights(vocabulary, {"hair_color": 5, "eye_color": -50})
    path = tmp_path_factory.mktemp("half") / "bundle"
    return made(path, vocabulary, size_px=8, weights=weights)


@pytest.fixture(scope="module")
def exported(blind_run, half_right, tmp_path_factory):
    out = tmp_path_factory.mktemp("exported") / "bundle"
    told = export(blind_run, out, half_right.path)
    return Bundle.load(out), told


def test_an_exported_second_network_speaks_of_the_groups_that_gain(exported, half_right):
    bundle, told = exported
    second = bundle.about["second"]
    assert bundle.second.groups == ("hair_color",)
    assert second["groups"] == ["hair_color"]
    assert second["fingerprint"] == bundle.second.fingerprint == half_right.fingerprint
    gain = second["gain"]["hair_color"]
    assert gain > 0.1
    line = f"speaks of hair_color (average precision +{gain:.3f})"
    assert f"second network {half_right.fingerprint} {line}" in told
    assert f"hair_color +{gain:.3f}" in write_card(bundle, {})


def test_a_second_network_speaks_of_what_is_read_from_heads_alone(first, other):
    pytest.importorskip("torch", reason="exporting needs the train extra")
    from zokusei.training.export import _gains

    truth = np.random.default_rng(0).integers(0, 2, (99, 1), np.int8)
    for id_, gains in (("red_eyes", True), ("kimono", False)):
        vocabulary = Vocabulary.from_package().subset([id_])
        second = replace(other.as_second(), attribute_ids=(id_,))
        assert bool(_gains(0 * truth, 9.0 * truth, second, vocabulary, truth)) == gains


def test_calibration_and_thresholds_are_of_both_networks(exported):
    bundle, _ = exported
    canvases = np.stack([bundle.preprocessing.canvas(patch(id_, seed=7)) for id_ in COLORS])
    probabilities = bundle.calibration.apply(bundle.logits(canvases)[0])
    rows = [bundle.vocabulary.row(id_) for id_ in COLORS]
    tagged = probabilities[:, rows] >= bundle.thresholds[rows]
    np.testing.assert_array_equal(tagged, np.eye(3, dtype=bool))


def test_places_tell_of_the_first_network_alone(exported):
    bundle, _ = exported
    (alone,) = bundle.session.run(["logits"], bundle.preprocessing.normalise(CANVASES))
    np.testing.assert_allclose(bundle.places(CANVASES).sum((2, 3)), alone, atol=1e-4)
    assert np.abs(bundle.logits(CANVASES)[0] - alone).max() > 0.1


@pytest.mark.parametrize("kind", ["random", "knows too few"])
def test_a_second_network_that_gains_nowhere_is_left_out(blind_run, tmp_path, kind):
    vocabulary = FIRST
    if kind == "random":
        weights = -color_weights(vocabulary) + np.random.default_rng(2).normal(size=(3, 5))
    else:
        vocabulary = FIRST.subset(["blue_hair", "green_hair"])
        weights = 5 * color_weights(vocabulary)
    other = made(tmp_path / "other", vocabulary, size_px=8, weights=weights)
    told = export(blind_run, tmp_path / "out", other.path)
    assert f"second network {other.fingerprint} is left out: no group gains by it" in told
    bundle = Bundle.load(tmp_path / "out")
    assert bundle.second is None
    assert "second" not in json.loads((bundle.path / "bundle.json").read_text())
    assert not (bundle.path / "second.onnx").exists()


def test_a_second_bundle_that_is_none_is_refused(blind_run, tmp_path):
    with pytest.raises(BundleError, match=r"there is no bundle at .*nowhere"):
        export(blind_run, tmp_path / "out", tmp_path / "nowhere")


def test_a_second_bundle_of_two_networks_is_refused(blind_run, joined, tmp_path):
    with pytest.raises(BundleError, match="has a second network itself"):
        export(blind_run, tmp_path / "out", joined.path)
    assert not (tmp_path / "out").exists()
