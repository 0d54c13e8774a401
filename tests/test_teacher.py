"""Self-training: what a teacher says of works that nobody described for certain."""

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import COLORS, fill
from zokusei.errors import TrainingError
from zokusei.library import ABSENT, PRESENT, UNKNOWN, Label, LabelMatrix, Library

torch = pytest.importorskip("torch", reason="training needs the train extra")

from zokusei.training import Settings  # noqa: E402
from zokusei.training.data import LabelledWorks  # noqa: E402
from zokusei.training.teacher import base_rates, is_unsure, taught_targets  # noqa: E402


def labels(states, confidences=None, human=None):
    states = np.array(states, np.int8)
    known = states != UNKNOWN
    return LabelMatrix(
        states,
        np.where(known, 1.0 if confidences is None else confidences, 0).astype(np.float32),
        known & (human if human is not None else False),
    )


def test_what_people_said_and_what_was_drawn_is_sure():
    said = labels([[PRESENT, UNKNOWN]], 0.9, human=True)
    drawn, tagged, nothing = (
        labels([[ABSENT, PRESENT]]),
        labels([[PRESENT, ABSENT]], 0.75),
        labels([[UNKNOWN, UNKNOWN]]),
    )
    assert [bool(is_unsure(each)[0]) for each in (said, drawn, tagged, nothing)] == [
        False,
        False,
        True,
        True,
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


def test_a_teacher_and_a_noisy_label_join_by_bayes(color_bundle):
    vocabulary = color_bundle.vocabulary
    canvases = np.full((2, 16, 16, 3), 128, np.uint8)
    rates = np.array([0.2, 0.2, np.nan])
    tagged = labels([[PRESENT, ABSENT, PRESENT], [UNKNOWN] * 3], 0.75)
    targets, speaks = taught_targets(
        color_bundle, [canvases], tagged, rates, vocabulary, smoothing=0.01
    )
    assert speaks.tolist() == [[True, True, False]] * 2
    alone = color_bundle.calibration.apply(color_bundle.logits(canvases)[0])[1, :2]
    assert targets[1, :2] == pytest.approx(alone, abs=1e-6)

    def joined(prior, said):  # odds of the teacher times what the label says over the base rate
        odds = prior / (1 - prior) * (said / (1 - said)) / (0.2 / 0.8)
        return odds / (1 + odds)

    assert targets[0, 0] == pytest.approx(joined(alone[0], 0.75), abs=1e-6)
    assert targets[0, 1] == pytest.approx(joined(alone[1], 0.25), abs=1e-6)


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


def test_works_without_labels_are_learned_as_the_teacher_sees_them(library, color_bundle):
    vocabulary, settings = color_bundle.vocabulary, Settings(min_support=3, smoothing=0.01)
    preprocessing = color_bundle.preprocessing
    plain = LabelledWorks(library, vocabulary, "train", preprocessing, settings)
    taught = LabelledWorks(library, vocabulary, "train", preprocessing, settings, color_bundle)
    again = LabelledWorks(library, vocabulary, "train", preprocessing, settings, color_bundle)
    in_training = [id_ for id_, of in library.splits().items() if of == "train"]
    assert set(taught.work_ids) == set(in_training) > set(plain.work_ids)
    assert taught.fingerprint == again.fingerprint != plain.fingerprint

    (batch,) = taught.in_order(len(taught))
    by_people = taught.labels.human.any(axis=1)
    certain = np.unique(batch.targets[by_people].numpy())
    assert certain == pytest.approx([0.01, 0.99], abs=1e-6)
    silent = (taught.labels.states == UNKNOWN).all(axis=1)
    assert silent.any()
    assert bool((batch.weights[silent] == 1).all())
    seen = color_bundle.calibration.apply(color_bundle.logits(batch.canvases)[0])
    assert batch.targets[silent].numpy() == pytest.approx(seen[silent].clip(0.01, 0.99), abs=1e-5)


def test_a_teacher_of_another_architecture_is_refused(library, color_bundle):
    other = replace(color_bundle.preprocessing, size_px=32)
    with pytest.raises(TrainingError, match="same architecture"):
        LabelledWorks(library, color_bundle.vocabulary, "train", other, Settings(), color_bundle)
