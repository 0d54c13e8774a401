"""The truth about drawings: closed, consistent, and silent on what cannot be seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zokusei.draw import drawable_ids
from zokusei.draw.claims import NEVER_DRAWN
from zokusei.draw.compose import sample_picture
from zokusei.draw.hidings import COVERED_EYE, HIDINGS, SECOND_COLOR
from zokusei.draw.labels import Labels, label
from zokusei.draw.scene import Figure, Picture
from zokusei.draw.view import View
from zokusei.draw.wardrobe import HATS
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()


@cache
def sampled() -> tuple[tuple[Picture, Labels], ...]:
    pictures = [sample_picture(Random(seed)) for seed in range(4000)]
    return tuple((picture, label(picture)) for picture in pictures)


def known(labels: Labels) -> frozenset[str]:
    return labels.present | labels.absent


def figure_of(picture: Picture) -> Figure:
    return picture.figures[0].figure


@given(st.integers(0, 2**32))
@settings(max_examples=200)
def test_labels_are_disjoint_and_closed_under_implication(seed: int) -> None:
    labels = label(sample_picture(Random(seed), num_figures=1 + seed % 2))
    assert not labels.present & labels.absent
    assert known(labels) <= set(VOCABULARY.ids)
    assert VOCABULARY.implied_by(labels.present) == labels.present
    assert VOCABULARY.denied_by(labels.absent) == labels.absent


def test_every_drawable_attribute_is_sometimes_present_and_sometimes_absent() -> None:
    present: Counter[str] = Counter()
    absent: Counter[str] = Counter()
    for _, labels in sampled():
        present.update(labels.present)
        absent.update(labels.absent)
    assert {id_ for id_ in drawable_ids() if present[id_] < 5} == set()
    assert {id_ for id_ in drawable_ids() if absent[id_] < 5} == set()


def test_most_of_the_vocabulary_can_be_drawn() -> None:
    assert len(drawable_ids()) >= 170


def test_what_is_never_drawn_is_never_spoken_of() -> None:
    assert all(not known(labels) & NEVER_DRAWN for _, labels in sampled())


def test_groups_of_one_have_at_most_one_answer() -> None:
    lengths = set(VOCABULARY.main_ids("hair_length"))
    assert all(len(labels.present & lengths) <= 1 for _, labels in sampled())


def test_every_hiding_occurs_and_names_what_exists() -> None:
    groups = {f"group:{group.id}" for group in VOCABULARY.groups}
    views = [View(picture.figures[0], picture) for picture, _ in sampled()]
    for hiding in HIDINGS:
        assert any(hiding.applies(view) for view in views), hiding.reason
        for name in hiding.hides:
            assert name in VOCABULARY or name in groups | {COVERED_EYE, SECOND_COLOR}, name


def test_under_a_hat_an_ahoge_is_unknown() -> None:
    hatted = [labels for picture, labels in sampled() if figure_of(picture).worn & set(HATS)]
    assert hatted
    assert all("ahoge" not in known(labels) for labels in hatted)


def test_closed_eyes_have_no_colour() -> None:
    colors = set(VOCABULARY.group("eye_color").attribute_ids)
    closed = [labels for _, labels in sampled() if "closed_eyes" in labels.present]
    assert closed
    assert all(not known(labels) & colors for labels in closed)


def test_monochrome_pictures_have_no_colours() -> None:
    colors = {
        id_
        for group in VOCABULARY.groups
        if group.color and group.id != "kind"
        for id_ in group.attribute_ids
    }
    monochrome = [labels for _, labels in sampled() if "monochrome" in labels.present]
    assert monochrome
    assert all(not known(labels) & colors for labels in monochrome)


def test_glasses_are_absent_from_a_bare_face() -> None:
    for picture, labels in sampled():
        if not figure_of(picture).worn & {"glasses", "sunglasses", "hood"}:
            assert "glasses" in labels.absent


def test_an_eyepatch_leaves_one_colour_of_odd_eyes() -> None:
    odd = 0
    for picture, labels in sampled():
        figure = figure_of(picture)
        eyes = figure.character.eyes
        if "eyepatch" in figure.worn and eyes.left_id != eyes.right_id:
            odd += 1
            seen, covered = eyes.left_id, eyes.right_id
            if figure.character.side < 0:
                seen, covered = covered, seen
            assert covered not in known(labels)
            assert "heterochromia" not in known(labels)
            if figure.lids == "open" and not picture.style.is_monochrome:
                assert seen in labels.present
    assert odd


@pytest.mark.parametrize(
    ("framing", "unseen"),
    [
        ("face", {"skirt", "boots", "serafuku", "long_hair", "tail", "obi"}),
        ("portrait", {"skirt", "boots", "pants", "thighhighs", "tail"}),
        ("upper_body", {"boots", "thighhighs", "pantyhose"}),
        ("half_body", {"boots"}),
    ],
)
def test_what_is_below_the_frame_is_unknown(framing: str, unseen: set[str]) -> None:
    for seed in range(300):
        picture = sample_picture(Random(seed), framing=framing)
        if not figure_of(picture).is_chibi:
            assert not known(label(picture)) & unseen


def test_in_a_full_body_clothes_are_known() -> None:
    for seed in range(300):
        picture = sample_picture(Random(seed), framing="full_body")
        labels = label(picture)
        assert "full_body" in labels.present
        assert {"serafuku", "maid", "gakuran", "china_dress"} <= known(labels)


def test_two_figures_lack_only_what_both_lack() -> None:
    for seed in range(200):
        picture = sample_picture(Random(seed), num_figures=2)
        both = label(picture)
        alone = [label(replace(picture, figures=(placed,))) for placed in picture.figures]
        # These are of the whole picture, not of one figure.
        people = {"1girl", "1boy", "portrait", "upper_body", "full_body"}
        assert both.present - people <= alone[0].present | alone[1].present
        assert both.absent - people <= alone[0].absent & alone[1].absent
        boys = [placed.figure.character.is_boy for placed in picture.figures]
        assert ("1boy" in both.present) == (boys.count(True) == 1)


def test_the_same_figure_says_less_when_less_of_it_is_seen() -> None:
    picture = sample_picture(Random(11), framing="full_body")
    placed = picture.figures[0]
    close = replace(placed, scale=2.2, x=picture.width / 2, y=picture.height / 2)
    nearer = replace(picture, figures=(close,))
    clothes = set(VOCABULARY.group("clothing").attribute_ids)
    assert known(label(picture)) & clothes
    assert not known(label(nearer)) & clothes
