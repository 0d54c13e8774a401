"""Training: it learns, resumes to the same numbers, and exports what it trained."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import COLORS, fill, patch, png
from zokusei.bundle import NETWORK
from zokusei.errors import BundleError, TrainingError, UnknownNameError, UsageError
from zokusei.library import Label, Library
from zokusei.library.splits import split_of
from zokusei.tagger import Tagger
from zokusei.trunk import Statistics, StatisticsMeter
from zokusei.vocabulary import Vocabulary

torch = pytest.importorskip("torch", reason="training needs the train extra")

from zokusei.judging import judge, report  # noqa: E402
from zokusei.network import build_network  # noqa: E402
from zokusei.training import Run, Settings, train  # noqa: E402
from zokusei.training.augmentation import ColorSafe, LoseColor  # noqa: E402
from zokusei.training.data import LabelledWorks, labelled_works, trainable  # noqa: E402
from zokusei.training.export import export, judging_labels  # noqa: E402
from zokusei.training.loop import WithoutColor, convergence, masked_bce  # noqa: E402
from zokusei.training.quantise import to_int8  # noqa: E402
from zokusei.training.starting import StartingPoint, settle  # noqa: E402
from zokusei.training.trained import trained_by_run  # noqa: E402

FAST = Settings(epochs=3, batch_size=16, learning_rate=3e-3, average_decay=0.8, min_support=3)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return fill(Library.create(tmp_path_factory.mktemp("lib") / "lib"))


@pytest.fixture(scope="module")
def run(library, tmp_path_factory):
    return train(library, tmp_path_factory.mktemp("runs") / "run", FAST)


@pytest.fixture(scope="module")
def bundle(run, tmp_path_factory):
    return export(trained_by_run(run, half=True), tmp_path_factory.mktemp("bundles") / "bundle")


def test_the_loss_falls(run):
    curve = run.curve()
    assert len(curve) == 3
    assert curve[-1]["training_loss"] < 0.8 * curve[0]["training_loss"]
    assert all(np.isfinite(point["validation_loss"]) for point in curve)


def test_only_attributes_with_examples_either_way_are_learned(library, run):
    assert set(run.vocabulary.ids) == {*COLORS}
    with pytest.raises(TrainingError, match="lower min_support"):
        trainable(library, Vocabulary.from_package(), min_support=1000)


def weights(run):
    state = run.load_checkpoint()
    return {**state["network"], **{f"average.{k}": v for k, v in state["average"].items()}}


def test_a_run_that_was_cut_off_ends_with_the_same_numbers(library, run, tmp_path):
    for steps in (2, 5, None):
        resumed = train(library, tmp_path / "run", FAST, stop_after_steps=steps)
    expected, found = weights(run), weights(resumed)
    for name, value in expected.items():
        assert torch.equal(value, found[name]), name
    without_time = [
        [{key: point[key] for key in point if key != "seconds"} for point in one.curve()]
        for one in (run, resumed)
    ]
    assert without_time[0] == without_time[1]


def test_another_seed_is_another_run(library, run, tmp_path):
    other = train(library, tmp_path / "run", Settings(**{**FAST.to_json(), "seed": 1}))
    assert other.curve()[-1]["training_loss"] != run.curve()[-1]["training_loss"]


def test_a_run_may_start_from_the_weights_of_another(library, run, tmp_path):
    began = train(
        library, tmp_path / "run", FAST, start_from=StartingPoint.from_run(run), stop_after_steps=1
    )
    before, after = run.average_weights(), began.load_checkpoint()["network"]
    moved = [float((after[name] - before[name]).abs().max()) for name in before if "conv" in name]
    assert max(moved) < 0.01  # one step of the first, small learning rate
    resumed = train(library, tmp_path / "run", FAST, start_from=StartingPoint.from_run(run))
    whole = train(library, tmp_path / "whole", FAST, start_from=StartingPoint.from_run(run))
    assert resumed.curve()[-1]["validation_loss"] == whole.curve()[-1]["validation_loss"]


def test_attributes_that_the_start_does_not_know_start_anew(library, run, tmp_path):
    fewer = Vocabulary.from_package().subset(["red_hair", "blue_hair"])
    few = train(library, tmp_path / "few", FAST, vocabulary=fewer, stop_after_steps=1)
    began = train(
        library, tmp_path / "run", FAST, start_from=StartingPoint.from_run(few), stop_after_steps=1
    )
    before, after = few.average_weights(), began.load_checkpoint()["network"]
    fresh = build_network(FAST.arch, len(began.vocabulary)).state_dict()
    bias = "head.classify.bias"
    for row, id_ in enumerate(began.vocabulary.ids):
        start = before[bias][fewer.ids.index(id_)] if id_ in fewer.ids else fresh[bias][row]
        assert float(after[bias][row]) == pytest.approx(float(start), abs=0.01)
    weights = "head.classify.weight"
    rows = [began.vocabulary.ids.index(id_) for id_ in fewer.ids]
    assert float((after[weights][rows] - before[weights]).abs().max()) < 0.01


def test_a_network_from_a_bundle_computes_what_the_bundle_does(bundle):
    start = StartingPoint.from_bundle(bundle)
    network = build_network("compact", len(bundle.vocabulary))
    start.load_into(network, bundle.vocabulary)
    canvases = np.random.default_rng(0).integers(0, 256, (32, 96, 96, 3), np.uint8)
    inputs = torch.from_numpy(bundle.preprocessing.normalise(canvases))
    settle(network, inputs)
    with torch.no_grad():
        settled = network.eval()(inputs)[0].numpy()
        learning = network.train().features(inputs)
        steady = network.eval().features(inputs)
    assert settled == pytest.approx(bundle.logits(canvases)[0], abs=1e-3)
    # The statistics are those of these very pictures: learning from them begins where it ended.
    assert learning.numpy() == pytest.approx(steady.numpy(), abs=0.01)


def test_a_network_may_start_from_weights_in_8_bits(bundle, tmp_path):
    whole = build_network("compact", len(bundle.vocabulary))
    StartingPoint.from_bundle(bundle).load_into(whole, bundle.vocabulary)
    small = shutil.copytree(bundle.path, tmp_path / "small")
    canvases = np.random.default_rng(0).integers(0, 256, (2, 16, 96, 96, 3), np.uint8)
    network = to_int8((small / NETWORK).read_bytes(), map(bundle.preprocessing.normalise, canvases))
    (small / NETWORK).write_bytes(network)
    coarse = build_network("compact", len(bundle.vocabulary))
    StartingPoint.from_bundle(replace(bundle, path=small)).load_into(coarse, bundle.vocabulary)
    exact = whole.state_dict()
    for name, values in coarse.state_dict().items():
        if name.endswith("convolution.weight"):
            step = exact[name].abs().amax((1, 2, 3), keepdim=True) / 127
            assert bool(((values - exact[name]).abs() <= 0.51 * step + 1e-6).all()), name


def test_a_run_may_start_from_a_bundle(library, bundle, tmp_path):
    start = StartingPoint.from_bundle(bundle)
    began = train(library, tmp_path / "run", FAST, start_from=start, stop_after_steps=1)
    assert began.origin()["start_from"] == {"bundle": bundle.fingerprint}
    before, after = start.weights, began.load_checkpoint()["network"]
    moved = [float((after[name] - before[name]).abs().max()) for name in before if name in after]
    assert len(moved) > 20
    assert np.median(moved) < 0.01  # one step of the first, small learning rate


def test_a_bundle_that_was_no_run_is_no_start(color_bundle):
    start = StartingPoint.from_bundle(color_bundle)
    with pytest.raises(TrainingError, match="has no weights 'trunk"):
        start.load_into(build_network("compact", 3), color_bundle.vocabulary)


def test_a_pass_shows_what_people_described_as_often_as_asked(tmp_path):
    library = fill(Library.create(tmp_path / "lib"), num=60)
    train_ids = [id_ for id_, split in library.splits().items() if split == "train"]
    library.add_labels([(train_ids[0], Label("red_hair", "present", origin="human", by="me"))])
    vocabulary = Vocabulary.from_package().subset(COLORS)
    settings = Settings(**{**FAST.to_json(), "human_repeats": 3})
    works = LabelledWorks(
        library, vocabulary, "train", build_network("compact", 3).preprocessing, settings
    )
    human = works.labels.human.any(axis=1)
    assert human.sum() == 1
    shown = sum(
        int((batch.weights == settings.human_weight).any(dim=1).sum())
        for batch in works.shuffled(0, 0, 1)
    )
    assert works.num_batches(1) == len(works) + 2
    assert shown == 3


def test_a_run_of_another_architecture_is_no_start(library, run, tmp_path):
    settings = Settings(**{**FAST.to_json(), "arch": "illustration2vec"})
    with pytest.raises(TrainingError, match="architecture 'compact'"):
        train(library, tmp_path / "run", settings, start_from=StartingPoint.from_run(run))


def test_a_folder_with_another_run_is_not_trained_over(library, run):
    with pytest.raises(TrainingError, match="other settings"):
        train(library, run.path, Settings(**{**FAST.to_json(), "epochs": 4}))


@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-4), (True, 0.05)])
def test_the_exported_network_gives_the_logits_of_the_trained_one(run, tmp_path, half, tolerance):
    bundle = export(trained_by_run(run, half=half), tmp_path / "bundle")
    network = build_network("compact", 3)
    average = run.load_checkpoint()["average"]
    network.load_state_dict(
        {k.removeprefix("module."): v for k, v in average.items() if k.startswith("module.")}
    )
    canvases = np.random.default_rng(0).integers(0, 256, (5, 96, 96, 3), np.uint8)
    inputs = torch.from_numpy(bundle.preprocessing.normalise(canvases))
    with torch.no_grad():
        expected = network.eval()(inputs)[0].numpy()
    found, _ = bundle.logits(canvases)
    assert np.abs(found - expected).max() < tolerance
    assert np.abs(bundle.places(canvases).sum((2, 3)) - found).max() < 1e-4
    assert bundle.about["parity"]["max_logit_difference"] < tolerance


def test_a_bundle_knows_what_its_trunk_is_used_to(bundle):
    statistics = Statistics.from_json(bundle.about["statistics"])
    canvases = np.stack(
        [bundle.preprocessing.canvas(patch(c, seed=n)) for n in range(9) for c in COLORS]
    )
    features = bundle.features(canvases)
    assert features.shape == (27, 384, 6, 6)
    meter = StatisticsMeter()
    meter.add(bundle.preprocessing.normalise(canvases), features)
    statistics.check(meter.statistics())


def test_a_bundle_knows_the_colors_of_unseen_works(library, bundle):
    judgement = judge(bundle, library, "test")
    assert judgement.evaluation.macro["average_precision"].value > 0.9
    unseen = [work_id for work_id in library.work_ids() if split_of(work_id) == "test"]
    assert sorted(judgement.work_ids) == unseen


def test_a_short_run_is_not_called_converged(bundle, library, tmp_path):
    assert not bundle.converged
    (tagging,) = Tagger(bundle).tag([patch("red_hair")])
    assert not tagging.converged
    page = report(judge(bundle, library, "test"), tmp_path / "report")
    assert json.loads((page.parent / "report.json").read_text())["converged"] is False


def test_a_bundle_is_not_written_over(run, bundle):
    with pytest.raises(BundleError, match="exists"):
        export(trained_by_run(run, half=True), bundle.path)


def test_no_character_is_in_two_splits_where_works_are_split_by_character(tmp_path):
    made = Library.create(tmp_path / "lib")
    for number in range(80):
        name = f"w{number}"
        work = {"work_id": name, "split_key": name, "characters": [f"character {number % 20}"]}
        made.add_works([{**work, "image": png(patch("red_hair", size_px=8))}])
    made.add_labels([(f"w{number}", Label("red_hair", "present")) for number in range(80)])
    vocabulary = Vocabulary.from_package().subset(["red_hair"])

    def characters(split, by):
        works, _ = labelled_works(made, vocabulary, split, split_by=by)
        return {int(work_id[1:]) % 20 for work_id in works}

    assert characters("train", "content") & characters("test", "content")
    parts = [characters(split, "character") for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == 20
    assert set.union(*parts) == set(range(20))


def test_a_run_does_not_go_on_when_its_labels_have_changed(tmp_path):
    made = Library.create(tmp_path / "lib")
    fill(made)
    train(made, tmp_path / "run", FAST, stop_after_steps=1)
    made.add_labels([("w000", Label("glasses", "present")), ("w000", Label("red_hair", "absent"))])
    with pytest.raises(TrainingError, match="other data"):
        train(made, tmp_path / "run", FAST)


def test_convergence_needs_a_flat_end():
    falling = [{"validation_loss": 1 / (n + 1)} for n in range(10)]
    flat = [{"validation_loss": max(0.2, 1 / (n + 1))} for n in range(10)]
    assert not convergence(falling)[0]
    assert convergence(flat)[0]
    assert not convergence(flat[:2])[0]
    risen = [{"validation_loss": loss} for loss in (0.5, 0.2, 0.4, 0.4, 0.4, 0.4)]
    assert not convergence(risen)[0]


def test_unknown_labels_have_no_part_in_the_loss():
    logits = torch.tensor([[0.3, -2.0], [1.0, 5.0]], requires_grad=True)
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    known = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    loss = masked_bce(logits, targets, known)
    a = np.log1p(np.exp(-0.3))
    b = np.log1p(np.exp(1.0))
    assert loss.item() == pytest.approx((a + 2 * b) / 3, rel=1e-6)
    loss.backward()
    assert logits.grad[:, 1].abs().max() == 0
    assert masked_bce(logits, targets, torch.zeros(2, 2)).item() == 0


def test_augmentation_keeps_shape_range_and_hue():
    torch.manual_seed(0)
    pictures = torch.from_numpy(np.stack([patch("red_hair", size_px=96)] * 32))
    varied = ColorSafe(96)(pictures.permute(0, 3, 1, 2) / 255)
    assert varied.shape == (32, 3, 96, 96)
    assert varied.min() >= 0
    assert varied.max() <= 1
    center = varied[:, :, 40:56, 40:56].mean((2, 3))
    red = (center[:, 0] > center[:, 1] + 0.3) & (center[:, 0] > center[:, 2] + 0.3)
    assert red.float().mean() > 0.9  # the rest were shrunk away from the centre


def test_targets_follow_the_confidence_of_the_source(tmp_path):
    made = Library.create(tmp_path / "lib")
    made.add_works(
        [{"work_id": f"{n}", "image": png(patch("red_hair")), "split_key": "a"} for n in (1, 2)]
    )
    made.add_labels(
        [
            ("1", Label("red_hair", "present", 0.75)),
            ("1", Label("blue_hair", "absent", 0.97)),
            ("2", Label("red_hair", "present", 1.0, "human")),
        ]
    )
    vocabulary = Vocabulary.from_package().subset(["red_hair", "blue_hair"])
    split, settings = split_of("a"), Settings(smoothing=0.01, human_weight=2.0)
    preprocessing = type(build_network("compact", 2)).preprocessing
    works = LabelledWorks(made, vocabulary, split, preprocessing, settings)
    (batch,) = works.in_order(8)
    red, blue = vocabulary.row("red_hair"), vocabulary.row("blue_hair")
    assert batch.targets[:, red].tolist() == pytest.approx([0.75, 0.99])
    assert batch.targets[0, blue].item() == pytest.approx(0.03)
    assert batch.weights[:, red].tolist() == [1.0, 2.0]
    assert batch.weights[1, blue].item() == 0


def test_people_judge_an_attribute_that_they_labelled_often_enough(library):
    vocabulary = Vocabulary.from_package().subset(COLORS)
    labels = library.label_matrix(vocabulary, library.work_ids())
    assert (judging_labels(labels) >= 0).all()  # nobody looked: all that is certain judges
    labels.human[:60] = True
    assert (judging_labels(labels)[60:] == -1).all()
    assert (judging_labels(labels)[:60] >= 0).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"precision": "float8"}, "float8"),
        ({"smoothing": 0.7}, r"smoothing is 0\.7"),
    ],
)
def test_settings_that_cannot_work_are_refused(fields, message):
    with pytest.raises(UsageError, match=message):
        Settings(**fields)


def test_an_unknown_setting_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="learning_rate"):
        Settings.from_json({"learning_rat": 1})


def test_an_unknown_architecture_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="illustration2vec"):
        build_network("illustration2vek", 3)


def test_illustration2vec_has_the_layers_of_the_original():
    network = build_network("illustration2vec", 60)
    shapes = {n: tuple(p.shape) for n, p in network.named_parameters() if n.endswith("weight")}
    assert shapes["trunk.conv1_1.weight"] == (64, 3, 3, 3)
    assert shapes["trunk.conv3_2.weight"] == (256, 256, 3, 3)
    assert shapes["trunk.conv6_1.weight"] == (1024, 512, 3, 3)
    assert shapes["conv6_4.weight"] == (60, 1024, 3, 3)
    assert len(shapes) == 12
    with torch.no_grad():
        features = network.eval().features(torch.zeros(1, 3, 224, 224))
        places, embedding = network.read(features)
    assert features.shape == (1, 1024, 7, 7)
    assert network.cut == "relu6_3"
    assert (places.shape, embedding.shape) == ((1, 60, 7, 7), (1, 1024))


def test_a_run_that_is_none_says_how_to_make_one(tmp_path):
    with pytest.raises(TrainingError, match="zokusei train LIB"):
        Run.open(tmp_path)


def test_pictures_printed_in_one_ink_have_one_hue_and_ask_for_no_colour():
    torch.manual_seed(1)
    pictures = torch.rand(64, 3, 24, 24)
    one_ink, printed, black = LoseColor(0.5)(pictures)
    assert 16 < printed.sum() < 48
    assert 0 < black.sum() < printed.sum()
    assert not (black & ~printed).any()
    assert torch.equal(one_ink[~printed], pictures[~printed])
    assert 0 <= one_ink.min() <= one_ink.max() <= 1
    assert (one_ink[black] - one_ink[black][:, :1]).abs().max() < 1e-6
    # In one ink every channel is a straight line of every other.
    red, blue = one_ink[printed][:, 0].flatten(1), one_ink[printed][:, 2].flatten(1)
    together = torch.stack(
        [torch.corrcoef(torch.stack(pair))[0, 1] for pair in zip(red, blue, strict=True)]
    )
    assert together.min() > 0.999

    vocabulary = Vocabulary.from_package()
    targets, weights = torch.full((64, len(vocabulary)), 0.25), torch.full((64, len(vocabulary)), 2)
    changed, counted = WithoutColor(vocabulary)(targets, weights.float(), printed, black)
    hair, boots, mono, grey = (
        vocabulary.ids.index(name) for name in ("blue_hair", "boots", "monochrome", "greyscale")
    )
    assert torch.equal(counted[:, hair] == 0, printed)
    assert (counted[:, boots] == 2).all()
    assert (changed[printed][:, mono] == 1).all()
    assert torch.equal(changed[printed][:, grey], black[printed].float())
    assert (changed[~printed] == 0.25).all()

    plain = vocabulary.subset(["boots", "blue_hair"])
    changed, counted = WithoutColor(plain)(targets[:, :2], weights[:, :2].float(), printed, black)
    assert (changed == 0.25).all()
