"""Self-training: what teachers see, beside what people said."""

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import COLORS, fill
from zokusei.errors import UsageError
from zokusei.evaluation.calibration import Calibration
from zokusei.library import ABSENT, PRESENT, UNKNOWN, Label, LabelMatrix, Library
from zokusei.library.splits import Fold

torch = pytest.importorskip("torch", reason="training needs the train extra")

from zokusei.training import Settings  # noqa: E402
from zokusei.training.data import LabelledWorks  # noqa: E402
from zokusei.training.teacher import (  # noqa: E402
    ask,
    base_rates,
    is_certain,
    may_speak,
    taught_targets,
)


def labels(states, confidences=None, human=None):
    states = np.array(states, np.int8)
    known = states != UNKNOWN
    return LabelMatrix(
        states,
        np.where(known, 1.0 if confidences is None else confidences, 0).astype(np.float32),
        known & (human if human is not None else False),
    )


def test_only_drawings_are_certain():
    said = labels([[PRESENT, UNKNOWN]], human=True)
    drawn, tagged, nothing = (
        labels([[ABSENT, PRESENT]]),
        labels([[PRESENT, ABSENT]], 0.75),
        labels([[UNKNOWN, UNKNOWN]]),
    )
    assert [bool(is_certain(each)[0]) for each in (said, drawn, tagged, nothing)] == [
        False,
        True,
        False,
        False,
    ]


def test_base_rates_are_of_what_people_looked_for_often_enough():
    states = np.full((400, 3), UNKNOWN, np.int8)
    states[:, 0] = np.where(np.arange(400) < 100, PRESENT, ABSENT)
    states[:99, 1] = PRESENT
    states[:, 2] = ABSENT
    human = np.ones_like(states, bool)
    rates = base_rates(labels(states, human=human))
    assert rates[0] == pytest.approx(0.25, abs=0.002)
    assert np.isnan(rates[1])  # one short
    assert np.isnan(rates[2])  # never found: nothing that a teacher could be asked for
    assert np.isnan(base_rates(labels(states, human=False))).all()


RATES = np.array([0.2, 0.2, np.nan])


def test_teachers_are_averaged_as_log_odds_each_in_its_own_size(color_bundle):
    vocabulary = color_bundle.vocabulary
    canvases, one = (
        np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8),
        np.ones((1, 2), bool),
    )
    alone = ask([color_bundle], [canvases], RATES, vocabulary, one, smoothing=0.01)
    probabilities = color_bundle.calibration.apply(color_bundle.logits(canvases)[0]).clip(
        0.01, 0.99
    )
    assert alone[:, :2] == pytest.approx(
        np.log(probabilities / (1 - probabilities))[:, :2], abs=1e-5
    )
    assert np.isnan(alone[:, 2]).all()  # people looked for it too seldom

    larger = canvases.repeat(2, axis=1).repeat(2, axis=2)
    seen = ask([color_bundle], [larger], RATES, vocabulary, one, smoothing=0.01)
    assert seen[:, :2] == pytest.approx(alone[:, :2], abs=0.05)

    flat = Calibration(np.full(3, 1e-6, np.float32), color_bundle.calibration.intercept)
    other_bundle = replace(color_bundle, calibration=flat)
    two = [color_bundle, other_bundle]
    both = ask(two, [canvases], RATES, vocabulary, np.ones((2, 2), bool), smoothing=0.01)
    other = ask([other_bundle], [canvases], RATES, vocabulary, one, smoothing=0.01)
    assert both[:, :2] == pytest.approx(((alone + other) / 2)[:, :2])

    speaks = np.array([[True, False], [False, False]])
    batches = [canvases[:1], canvases[1:]]
    first = ask(two, batches, RATES, vocabulary, speaks, smoothing=0.01)
    assert first[0, :2] == pytest.approx(alone[0, :2], abs=1e-5)
    assert np.isnan(first[1]).all()  # nobody may speak of it


def test_teachers_and_a_noisy_label_join_by_bayes():
    odds = np.log([[0.6 / 0.4, 0.3 / 0.7, np.nan]] * 2)
    tagged = labels([[PRESENT, ABSENT, PRESENT], [UNKNOWN] * 3], 0.75)
    targets, takes_place = taught_targets(odds, tagged, RATES, smoothing=0.01, share=0.5)
    assert takes_place.tolist() == [[True, True, False]] * 2
    assert targets[1, :2] == pytest.approx([0.6, 0.3], abs=1e-6)

    def joined(prior, said):  # odds of the teacher times what the label says over the base rate
        odds = prior / (1 - prior) * (said / (1 - said)) / (0.2 / 0.8)
        return odds / (1 + odds)

    assert targets[0, :2] == pytest.approx([joined(0.6, 0.75), joined(0.3, 0.25)], abs=1e-6)


def test_what_a_person_said_is_softened_and_what_is_left_open_stays_open():
    odds = np.log([[0.6 / 0.4, 0.3 / 0.7, 0.9 / 0.1]])
    said = labels([[PRESENT, ABSENT, UNKNOWN]], human=True)
    targets, takes_place = taught_targets(odds, said, RATES, smoothing=0.01, share=0.25)
    assert targets[0, :2] == pytest.approx(
        [0.75 * 0.99 + 0.25 * 0.6, 0.75 * 0.01 + 0.25 * 0.3], abs=1e-6
    )
    assert takes_place.tolist() == [[True, True, False]]


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(UsageError, match="teacher_share"):
        Settings(teacher_share=share)


@pytest.fixture
def library(tmp_path):
    """Half of 300 patches labelled by a person, a quarter by noisy tags, a quarter not at all."""
    made = fill(Library.create(tmp_path / "lib"), num=300, unlabelled_every=1)
    for number, work_id in enumerate(made.work_ids()):
        states = {id_: "present" if i == number % 3 else "absent" for i, id_ in enumerate(COLORS)}
        origin, confidence = ("human", 1.0) if number % 4 < 2 else ("import", 0.75)
        if number % 4 < 3:
            made.add_labels(
                [(work_id, Label(id_, of, confidence, origin)) for id_, of in states.items()]
            )
    return made


def test_works_are_learned_as_the_teacher_sees_them(library, color_bundle):
    vocabulary = color_bundle.vocabulary
    settings = Settings(min_support=3, smoothing=0.01, teacher_share=0.25)
    preprocessing = color_bundle.preprocessing
    plain = LabelledWorks(library, vocabulary, "train", preprocessing, settings)
    taught = LabelledWorks(library, vocabulary, "train", preprocessing, settings, [color_bundle])
    again = LabelledWorks(library, vocabulary, "train", preprocessing, settings, [color_bundle])
    in_training = [id_ for id_, of in library.splits().items() if of == "train"]
    assert set(taught.work_ids) == set(in_training) > set(plain.work_ids)
    assert taught.fingerprint == again.fingerprint != plain.fingerprint

    (batch,) = taught.in_order(len(taught))
    seen = color_bundle.calibration.apply(color_bundle.logits(batch.canvases)[0]).clip(0.01, 0.99)
    by_people = taught.labels.human.any(axis=1)
    said = np.where(taught.labels.states[by_people] == PRESENT, 0.99, 0.01)
    assert batch.targets[by_people].numpy() == pytest.approx(
        0.75 * said + 0.25 * seen[by_people], abs=1e-5
    )
    assert np.unique(batch.weights[by_people]) == pytest.approx([settings.human_weight])
    silent = (taught.labels.states == UNKNOWN).all(axis=1)
    assert silent.any()
    assert bool((batch.weights[silent] == 1).all())
    assert batch.targets[silent].numpy() == pytest.approx(seen[silent], abs=1e-5)


def with_left_out(bundle, part):
    return replace(bundle, about={**bundle.about, "settings": {"leave_out": part}})


def test_a_part_left_out_is_what_its_bundle_teaches(library, color_bundle):
    vocabulary, preprocessing = color_bundle.vocabulary, color_bundle.preprocessing
    parts = ["1/3", "2/3", "3/3"]
    all_of_it = LabelledWorks(library, vocabulary, "train", preprocessing, Settings(min_support=3))
    described = np.array(all_of_it.work_ids)[all_of_it.labels.human.any(axis=1)]
    kept_apart = []
    for part in parts:
        settings = Settings(min_support=3, leave_out=part)
        learned = LabelledWorks(library, vocabulary, "train", preprocessing, settings)
        missing = sorted(set(all_of_it.work_ids) - set(learned.work_ids))
        assert missing == sorted(described[library.in_fold(Fold.parse(part), described)])
        assert len(learned.labels.states) == len(learned)
        judged = LabelledWorks(library, vocabulary, "validation", preprocessing, settings)
        assert judged.labels.human.any()
        kept_apart += missing
    assert sorted(kept_apart) == sorted(described)  # each in one part

    teachers = [with_left_out(color_bundle, part) for part in parts]
    speaks = may_speak([*teachers, color_bundle], library, described)
    assert (speaks[:3].sum(axis=0) == 1).all()
    assert speaks[3].all()
    taught = [
        LabelledWorks(library, vocabulary, "train", preprocessing, Settings(min_support=3), by)
        for by in (teachers, [color_bundle], teachers[:1])
    ]
    assert taught[0].fingerprint == taught[1].fingerprint != taught[2].fingerprint
