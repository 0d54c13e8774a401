"""The report: what stands on the page, that it parses, and that nothing leaves it."""

import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from zokusei.errors import ImageError, UsageError
from zokusei.evaluation.evaluation import evaluate
from zokusei.evaluation.plots import curve_plot, logit_place
from zokusei.evaluation.report import write_report
from zokusei.evaluation.samples import MAX_LINES, MIN_LINES, Sample, sample_lines
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package().subset(
    [
        "black_hair", "blonde_hair", "red_hair", "short_hair", "long_hair", "twintails",
        "ahoge", "blue_eyes", "red_eyes", "smile", "glasses", "kimono",
    ]
)  # fmt: skip
VOID = {"meta", "link", "img", "br", "input", "path", "rect", "circle", "polyline"}


class Page(HTMLParser):
    """Every start tag with its attributes; fails where tags do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def picture(color="teal", size=(40, 30), kind="PNG"):
    encoded = io.BytesIO()
    Image.new("RGB", size, color).save(encoded, kind)
    return encoded.getvalue()


def vector(values, fill, dtype):
    filled = np.full(len(VOCABULARY), fill, dtype)
    for id_, value in values.items():
        filled[VOCABULARY.row(id_)] = value
    return filled


def sample(probabilities, labels, work_id="w1"):
    return Sample(
        work_id, picture(), vector(probabilities, 0.01, np.float32), vector(labels, -1, np.int8)
    )


BY_HAND = sample(
    {"black_hair": 0.95, "red_eyes": 0.8, "smile": 0.7, "twintails": 0.3, "kimono": 0.2},
    {"black_hair": 1, "red_eyes": 0, "twintails": 1, "kimono": 0, "blonde_hair": 0},
)


def an_evaluation(seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (120, len(VOCABULARY))).astype(np.int8)
    probabilities = np.clip(0.5 * labels + rng.random(labels.shape) * 0.6, 0, 1).astype(np.float32)
    probabilities[3, 0], labels[3, 0] = 0.001, 1
    labels[:, VOCABULARY.row("kimono")] = -1
    ids = [f"w{work}" for work in range(120)]
    return evaluate(probabilities, labels, vocabulary=VOCABULARY, num_resamples=20, work_ids=ids)


EVALUATION = an_evaluation()


def report(out_dir, **given):
    arguments = {"samples": [BY_HAND], "title": "A title", "facts": {"split": "held out"}}
    arguments.update(given)
    path = write_report(out_dir, EVALUATION, vocabulary=VOCABULARY, **arguments)
    return path.read_text("utf-8")


def test_the_page_parses_and_asks_nothing_of_any_network(tmp_path):
    text = report(tmp_path, curve={"loss": [(0, 1.0), (10, 0.5)]}, converged=False)
    page = Page(text)
    assert not re.search(r"https?://|//[a-z]+\.|url\(|@import", text)
    for attrs in page.all("img"):
        assert attrs["src"].startswith("data:image/webp;base64,")
    for attrs in page.all("link"):
        assert attrs["href"].startswith("data:")
    policy = next(a for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


def test_right_is_orange_and_wrong_is_blue_and_what_is_unknown_is_plain(tmp_path):
    page = Page(report(tmp_path))
    lines = {attrs["data-attribute"]: attrs for attrs in page.all("li") if "data-mark" in attrs}
    marks = {id_: attrs["data-mark"] for id_, attrs in lines.items()}
    assert marks["black_hair"] == "right"
    assert marks["red_eyes"] == "wrong"
    assert marks["smile"] == "plain"
    assert marks["twintails"] == "missed"
    assert marks["kimono"] == "plain"
    assert all(attrs["class"] == attrs["data-mark"] for attrs in lines.values())
    style = report(tmp_path)
    assert re.search(r"\.right \{ --fill: var\(--right\)", style)
    assert re.search(r"\.wrong \{ --fill: var\(--wrong\)", style)
    assert hue_of(re.search(r"--right: (#\w+)", style)[1]) in range(15, 45)  # orange
    assert hue_of(re.search(r"--wrong: (#\w+)", style)[1]) in range(200, 250)  # blue


def hue_of(color):
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    high, low = max(red, green, blue), min(red, green, blue)
    if high == red:
        return round(60 * ((green - blue) / (high - low) % 6))
    return round(60 * (4 + (red - green) / (high - low)))


def test_lines_stand_by_descending_probability_the_likeliest_filling_up_the_few():
    lines = sample_lines(BY_HAND, VOCABULARY, np.full(len(VOCABULARY), 0.5, np.float32))
    probabilities = [line.probability for line in lines]
    assert probabilities == sorted(probabilities, reverse=True)
    assert len(lines) == MIN_LINES
    assert lines[4].attribute.id == "kimono"


def test_a_sample_has_no_more_lines_than_fit():
    vocabulary = Vocabulary.from_package()
    num_attributes = len(vocabulary)
    everything = Sample(
        "w", b"", np.ones(num_attributes, np.float32), np.ones(num_attributes, np.int8)
    )
    lines = sample_lines(everything, vocabulary, np.full(num_attributes, 0.5, np.float32))
    assert len(lines) == MAX_LINES
    assert {line.mark for line in lines} == {"right"}


def test_the_table_has_a_row_for_each_labelled_attribute_in_both_languages(tmp_path):
    page = Page(report(tmp_path))
    rows = [attrs["data-attribute"] for attrs in page.all("tr") if "data-attribute" in attrs]
    assert rows == [id_ for id_ in VOCABULARY.ids if id_ != "kimono"]
    assert "twintails" in page.text
    assert "ツインテール" in page.text


def test_names_and_titles_are_escaped(tmp_path):
    evil = "<script>alert(1)</script>"
    shown = Sample(evil, BY_HAND.image_bytes, BY_HAND.probabilities, BY_HAND.labels)
    text = report(
        tmp_path,
        title=evil,
        facts={evil: evil},
        samples=[shown],
        converged=False,
        evidence=evil,
        curve={evil: [(0, 1.0), (1, 2.0)]},
    )
    assert evil not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert len(Page(text).all("script")) == 1


@pytest.mark.parametrize(("converged", "shown"), [(False, True), (True, False), (None, False)])
def test_a_banner_says_where_training_did_not_converge(tmp_path, converged, shown):
    text = report(tmp_path, converged=converged, evidence="gradient norm 0.03")
    assert ("Not converged." in text) is shown
    assert ("gradient norm 0.03" in text) is (converged is not None)


def test_doubtful_labels_show_the_pictures_there_are(tmp_path):
    asked = []

    def image_of(work_id):
        asked.append(work_id)
        return picture("crimson") if work_id == "w3" else None

    text = report(tmp_path, image_of=image_of)
    assert "w3" in asked
    assert 'alt="Work w3"' in text
    assert "Doubtful labels" in text


def test_the_surest_mistakes_show_their_pictures(tmp_path):
    page = Page(report(tmp_path, image_of=lambda _: picture("navy")))
    shown = [attrs["data-mistake"] for attrs in page.all("li") if "data-mistake" in attrs]
    wanted = [mistake.work_id for group in EVALUATION.groups for mistake in group.mistakes]
    assert shown == wanted
    assert len(wanted) > 5
    assert "Surest mistakes" in page.text


def test_groups_tell_how_often_two_attributes_exclude_each_other(tmp_path):
    text = " ".join("".join(Page(report(tmp_path)).text).split())
    for group in EVALUATION.groups:
        if group.num_works:
            share = 100 * group.contradictions.value
            assert f"two that exclude each other {share:.1f}%" in text
    assert "long hair against short hair AUC" in text


def test_the_json_beside_the_page_holds_the_same_and_no_nan(tmp_path):
    report(tmp_path, curve={"loss": [(0, float("nan")), (1, 0.5)]}, converged=True)

    def refuse(constant):
        raise AssertionError(constant)

    document = json.loads((tmp_path / "report.json").read_text("utf-8"), parse_constant=refuse)
    assert document["title"] == "A title"
    assert document["facts"] == {"split": "held out"}
    assert document["converged"] is True
    assert document["curve"] == {"loss": [[0, None], [1, 0.5]]}
    assert document["evaluation"] == json.loads(EVALUATION.to_json())


def test_pictures_are_shrunk_and_kept_upright_in_the_page(tmp_path):
    large = Sample("w", picture(size=(900, 600), kind="JPEG"), *parts(BY_HAND))
    source = Page(report(tmp_path, samples=[large])).all("img")[0]["src"]
    shown = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    assert shown.size[0] == 320
    assert abs(shown.size[1] - 320 * 600 / 900) <= 1


def parts(given):
    return given.probabilities, given.labels


def test_a_picture_that_cannot_be_read_is_an_error_and_writes_nothing(tmp_path):
    with pytest.raises(ImageError):
        report(tmp_path / "out", samples=[Sample("w", b"no picture", *parts(BY_HAND))])
    assert not (tmp_path / "out").exists()


def test_what_does_not_fit_the_evaluation_is_refused(tmp_path):
    short = Sample("w9", BY_HAND.image_bytes, BY_HAND.probabilities[:3], BY_HAND.labels)
    with pytest.raises(UsageError, match="sample 'w9' has an array of shape"):
        report(tmp_path, samples=[short])
    with pytest.raises(UsageError, match="give the vocabulary it was made with"):
        write_report(
            tmp_path,
            EVALUATION,
            vocabulary=Vocabulary.from_package(),
            samples=[],
            title="",
            facts={},
        )


def test_places_in_log_odds_are_even_around_one_half():
    for probability in (0.003, 0.01, 0.2, 0.49):
        assert logit_place(probability) + logit_place(1 - probability) == pytest.approx(1)
    assert logit_place(0.0) == 0
    assert logit_place(1.0) == 1


def test_curves_stay_on_their_canvas_and_gaps_are_left_out():
    plot = curve_plot({"loss": [(0, 3.2), (5, float("nan")), (10, 0.7)], "empty": []})
    points = [tuple(map(float, point.split(","))) for point in plot.lines[0][1].split()]
    assert len(points) == 2
    assert all(0 <= x <= 640 and 0 <= y <= 220 for x, y in points)
    assert points[0][1] < points[1][1]  # the greater loss stands higher
    assert curve_plot({"loss": []}) is None
    assert curve_plot({"a point": [(3, 0.5)], "another": [(3, 0.4)]}) is None
    assert curve_plot({"flat": [(3, 0.0), (4, 0.0)]}) is not None
