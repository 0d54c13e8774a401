"""The evaluation as a whole: figures in their places, JSON, and the labels it doubts."""

import json
import math

import numpy as np
import pytest

from zokusei.errors import UsageError
from zokusei.evaluation.evaluation import Evaluation, evaluate
from zokusei.evaluation.label_errors import contradiction
from zokusei.evaluation.metrics import average_precision
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package().subset(
    ["black_hair", "brown_hair", "light_brown_hair", "red_hair", "twintails", "ahoge", "glasses"]
)
ROW = {id_: row for row, id_ in enumerate(VOCABULARY.ids)}


def world(num_works=400, seed=0):
    """Works of one hair colour each, whose probabilities know most of the truth."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((num_works, len(VOCABULARY))) < 0.3).astype(np.int8)
    colours = list(VOCABULARY.group_rows("hair_color"))
    labels[:, colours] = 0
    labels[np.arange(num_works), rng.choice([0, 1, 3], num_works)] = 1
    logits = 3 * labels - 1.5 + rng.normal(0, 1.2, labels.shape)
    labels[rng.random(labels.shape) < 0.1] = -1
    labels[:, ROW["glasses"]] = -1
    return (1 / (1 + np.exp(-logits))).astype(np.float32), labels


PROBABILITIES, LABELS = world()
EVALUATION = evaluate(PROBABILITIES, LABELS, vocabulary=VOCABULARY, num_resamples=200)


def by_id(evaluation=EVALUATION):
    return {result.id: result for result in evaluation.attributes}


def test_there_is_one_result_an_attribute_in_the_order_of_the_vocabulary():
    assert tuple(result.id for result in EVALUATION.attributes) == VOCABULARY.ids


def test_support_counts_known_labels_only():
    twintails, truth = by_id()["twintails"], LABELS[:, ROW["twintails"]]
    assert twintails.num_present == (truth == 1).sum()
    assert twintails.num_absent == (truth == 0).sum()
    assert twintails.base_rate == pytest.approx((truth == 1).sum() / (truth >= 0).sum())


def test_means_are_over_the_attributes_with_support():
    supported = [by_id()[id_] for id_ in ("black_hair", "brown_hair", "red_hair", "twintails")]
    supported.append(by_id()["ahoge"])
    assert EVALUATION.num_supported == 5
    for name in ("average_precision", "roc_auc", "f1", "calibration_error"):
        expected = np.mean([getattr(result, name) for result in supported])
        assert EVALUATION.macro[name].value == pytest.approx(expected)


def test_an_attribute_without_labels_is_undefined():
    glasses = by_id()["glasses"]
    assert glasses.num_present == glasses.num_absent == 0
    for name in ("average_precision", "roc_auc", "f1", "base_rate", "calibration_error"):
        assert math.isnan(getattr(glasses, name))


def test_intervals_hold_their_figures():
    macro = [EVALUATION.macro[name] for name in ("average_precision", "roc_auc", "f1")]
    for interval in (*macro, EVALUATION.groups[0].top1):
        assert interval.low < interval.value < interval.high
    for result in EVALUATION.attributes:
        if EVALUATION.has_support(result):
            assert result.average_precision_low <= result.average_precision
            assert result.average_precision <= result.average_precision_high


def test_only_groups_that_exclude_have_a_most_probable_attribute():
    assert [group.id for group in EVALUATION.groups] == ["hair_color"]
    # Light brown is a special case of brown, and so no choice of its own.
    assert EVALUATION.groups[0].attribute_ids == ("black_hair", "brown_hair", "red_hair")


def test_the_confusion_matrix_tells_the_top_one_of_works_of_one_colour():
    group = EVALUATION.groups[0]
    confusion = np.array(group.confusion)
    assert confusion.sum() == group.num_works
    assert np.trace(confusion) / confusion.sum() == pytest.approx(group.top1.value)


def test_given_main_attributes_are_judged_strictly():
    main = np.where(LABELS[:, 0] == 1, 0, -1)
    found = evaluate(
        PROBABILITIES, LABELS, vocabulary=VOCABULARY, num_resamples=50, main={"hair_color": main}
    ).groups[0]
    colours = PROBABILITIES[np.ix_(main == 0, [0, 1, 3])]
    assert found.num_works_with_main == (main == 0).sum()
    assert found.strict_top1.value == pytest.approx((colours.argmax(axis=1) == 0).mean())
    assert EVALUATION.groups[0].num_works_with_main == 0
    assert math.isnan(EVALUATION.groups[0].strict_top1.value)


def test_reliability_leaves_out_attributes_with_labels_of_one_kind():
    labels = np.full_like(LABELS, -1)
    labels[:, ROW["twintails"]] = LABELS[:, ROW["twintails"]]
    labels[:10, ROW["ahoge"]] = 1
    found = evaluate(PROBABILITIES, labels, vocabulary=VOCABULARY, num_resamples=10).reliability
    assert sum(found["all"].count) == (labels[:, ROW["twintails"]] >= 0).sum()
    assert found["bangs"].count == ()


def test_json_holds_everything_and_no_nan():
    def refuse(constant):
        raise AssertionError(constant)

    text = EVALUATION.to_json()
    tables = json.loads(text, parse_constant=refuse)
    assert tables["attributes"][ROW["glasses"]]["f1"] is None
    assert Evaluation.from_json(text).to_json() == text


def test_an_evaluation_saved_loads_as_it_was(tmp_path):
    path = tmp_path / "evaluation.json"
    EVALUATION.save(path)
    loaded = Evaluation.load(path)
    assert loaded.macro == EVALUATION.macro
    assert loaded.groups[0].confusion == EVALUATION.groups[0].confusion
    assert loaded.reliability == EVALUATION.reliability
    assert loaded.label_errors == EVALUATION.label_errors
    assert math.isnan(loaded.attributes[ROW["glasses"]].f1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"attributes": [{"colour": 1}]}'])
def test_what_is_no_evaluation_is_refused(text):
    with pytest.raises(UsageError, match="not an evaluation"):
        Evaluation.from_json(text)


def test_a_missing_evaluation_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.json cannot be read"):
        Evaluation.load(tmp_path / "absent.json")


def test_the_same_seed_gives_the_same_evaluation():
    again = evaluate(PROBABILITIES, LABELS, vocabulary=VOCABULARY, num_resamples=200)
    assert again.to_json() == EVALUATION.to_json()


def test_attributes_are_judged_at_their_thresholds():
    thresholds = np.linspace(0.2, 0.8, len(VOCABULARY)).astype(np.float32)
    found = evaluate(
        PROBABILITIES, LABELS, vocabulary=VOCABULARY, thresholds=thresholds, num_resamples=10
    )
    row = ROW["twintails"]
    truth, tagged = LABELS[:, row], PROBABILITIES[:, row] >= thresholds[row]
    assert by_id(found)["twintails"].recall == pytest.approx(tagged[truth == 1].mean())
    assert by_id(found)["twintails"].threshold == pytest.approx(thresholds[row])


def test_flipped_labels_are_doubted_first():
    rng = np.random.default_rng(5)
    truth = (rng.random((300, len(VOCABULARY))) < 0.4).astype(np.int8)
    sure = np.where(truth == 1, 0.97, 0.03).astype(np.float32)
    flipped = truth.copy()
    wrong = {(7, 0), (100, 4), (250, 5)}
    for work, row in wrong:
        flipped[work, row] = 1 - flipped[work, row]
    ids = [f"w{work}" for work in range(300)]
    doubts = evaluate(
        sure, flipped, vocabulary=VOCABULARY, num_resamples=10, work_ids=ids
    ).label_errors
    assert {(doubt.work_row, ROW[doubt.attribute]) for doubt in doubts} == wrong
    assert all(doubt.work_id == f"w{doubt.work_row}" for doubt in doubts)


def test_a_rare_attribute_that_is_never_found_raises_no_doubt():
    truth = np.zeros((200, 1), np.int8)
    truth[:4] = 1
    near_base_rate = np.full((200, 1), 0.02, np.float32)
    assert contradiction(near_base_rate, truth).max() < 0.6
    near_base_rate[0] = 0.0001
    assert contradiction(near_base_rate, truth).argmax() == 0


def test_unknown_labels_are_never_doubted():
    np.testing.assert_array_equal(contradiction(PROBABILITIES, LABELS)[LABELS < 0], 0)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"labels": LABELS[:, :2]}, "do not fit"),
        ({"vocabulary": Vocabulary.from_package()}, "do not fit a vocabulary"),
        ({"work_ids": ["one"]}, "1 work ids do not fit 400 works"),
        ({"probabilities": PROBABILITIES[:0], "labels": LABELS[:0]}, "no works"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, part):
    given = {"probabilities": PROBABILITIES, "labels": LABELS, "vocabulary": VOCABULARY}
    with pytest.raises(UsageError, match=part):
        evaluate(**{**given, **arguments})


def test_average_precision_is_that_of_the_metric():
    expected = average_precision(PROBABILITIES, LABELS)
    found = [result.average_precision for result in EVALUATION.attributes]
    np.testing.assert_array_equal(found, expected)


def test_a_groups_average_precision_is_the_mean_over_its_main_attributes():
    of_id = {result.id: result.average_precision for result in EVALUATION.attributes}
    (group,) = EVALUATION.groups
    mean = np.mean([of_id[id_] for id_ in group.attribute_ids])
    assert group.average_precision.value == pytest.approx(mean)
    assert group.average_precision.low <= mean <= group.average_precision.high


WHOLE = Vocabulary.from_package().subset(
    ["black_hair", "red_hair", "short_hair", "medium_hair", "long_hair", "monochrome"]
)


def of_whole(**values):
    return [values.get(id_, 0) for id_ in WHOLE.ids]


WHOLE_LABELS = np.array(
    [
        of_whole(black_hair=1, short_hair=1),
        of_whole(red_hair=1, long_hair=1),
        of_whole(red_hair=1, long_hair=1),
        of_whole(black_hair=-1, red_hair=-1, medium_hair=1, monochrome=1),
        of_whole(black_hair=-1, red_hair=-1, short_hair=1, monochrome=1),
    ],
    np.int8,
)
WHOLE_PROBABILITIES = np.array(
    [
        of_whole(black_hair=0.9, red_hair=0.6, short_hair=0.3, long_hair=0.2),
        of_whole(black_hair=0.8, red_hair=0.1, short_hair=0.4, long_hair=0.3),
        of_whole(red_hair=0.7, long_hair=0.9),
        of_whole(medium_hair=0.9, monochrome=0.9),
        of_whole(short_hair=0.1, long_hair=0.6, monochrome=0.9),
    ],
    np.float32,
)


def of_groups(**given):
    found = evaluate(WHOLE_PROBABILITIES, WHOLE_LABELS, vocabulary=WHOLE, num_resamples=20, **given)
    return {group.id: group for group in found.groups}


def test_a_group_tells_contradictions_and_its_surest_mistakes():
    hair = of_groups(work_ids=list("abcde"))["hair_color"]
    assert (hair.num_works, hair.num_settled) == (3, 3)
    assert hair.contradictions.value == pytest.approx(1 / 3)
    (mistake,) = hair.mistakes
    assert (mistake.work_id, mistake.predicted) == ("b", "black_hair")
    assert mistake.present == ("red_hair",)
    assert mistake.probability == pytest.approx(0.8)
    assert hair.most_confused(5) == [("red_hair", "black_hair", 1, 2)]


def test_long_against_short_is_judged_where_there_is_one_of_them():
    length = of_groups()["hair_length"]
    assert length.poles == ("short_hair", "long_hair")
    assert length.num_works_at_poles == 4
    # Log odds of long less those of short, the long works first: -0.44 and far up; the short
    # works: -0.54 and 2.6. Of the four pairs three are in order.
    assert length.poles_auc.value == pytest.approx(3 / 4)
    assert of_groups()["hair_color"].poles == ()
    assert math.isnan(of_groups()["hair_color"].poles_auc.value)


def test_who_says_unknown_is_wrong_of_a_colour_and_right_of_a_monochrome_work():
    said = np.array([False, False, True, True, False])
    hair = of_groups(unknown={"hair_color": said})["hair_color"]
    assert hair.wrongly_unknown.value == pytest.approx(1 / 3)
    assert (hair.num_unknowable, hair.unknown_found.value) == (2, 0.5)
    assert hair.top1.value == pytest.approx(1 / 3)
    assert of_groups()["hair_color"].top1.value == pytest.approx(2 / 3)
    assert [mistake.work_row for mistake in hair.mistakes] == [1]
    with pytest.raises(UsageError, match="'kind' is said to be unknown"):
        of_groups(unknown={"kind": said})


def test_lift_is_average_precision_over_the_base_rate():
    for result in EVALUATION.attributes:
        if EVALUATION.has_support(result):
            expected = result.average_precision / result.base_rate
            assert result.lift == pytest.approx(expected)
    assert math.isnan(by_id()["glasses"].lift)


def test_no_colour_is_doubted_where_the_model_says_that_there_is_none():
    said = np.array([False, True, False, False, False])
    given = {"vocabulary": WHOLE, "num_resamples": 20}

    def doubted(**told):
        found = evaluate(WHOLE_PROBABILITIES, WHOLE_LABELS, **given, **told).label_errors
        return {doubt.attribute for doubt in found if doubt.work_row == 1}

    assert "black_hair" in doubted()
    assert not {"black_hair", "red_hair"} & doubted(unknown={"hair_color": said})
    assert doubted(unknown={"hair_color": said}) == doubted() - {"black_hair", "red_hair"}
