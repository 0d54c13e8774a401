"""The vocabulary: what it holds, and the laws it keeps."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zokusei.errors import UnknownNameError, UsageError
from zokusei.vocabulary import Attribute, Group, Vocabulary, fold

VOCABULARY = Vocabulary.from_package()
some_ids = st.sets(st.sampled_from(VOCABULARY.ids), max_size=12)


@pytest.mark.parametrize(
    ("name", "attribute_id"),
    [
        ("黒髪", "black_hair"),
        ("ロング", "long_hair"),
        ("ツインテ", "twintails"),
        ("着物", "kimono"),
        ("巨乳", "large_breasts"),
        ("Twin Tails", "twintails"),
        ("ﾂｲﾝﾃ", "twintails"),
        ("ついんてーる", "twintails"),
        ("long_hair", "long_hair"),
    ],
)
def test_a_name_in_either_language_finds_its_attribute(name, attribute_id):
    assert VOCABULARY.resolve(name).id == attribute_id


def test_about_160_attributes_in_sixteen_groups():
    assert 150 <= len(VOCABULARY) <= 200
    assert len(VOCABULARY.groups) == 16


def test_every_attribute_has_japanese_name_and_a_reading_in_hiragana():
    for attribute in VOCABULARY:
        assert any("぀" <= letter <= "ヿ" or "一" <= letter <= "鿿" for letter in attribute.ja)
        assert attribute.readings
        for reading in attribute.readings:
            assert all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in reading), reading


@given(some_ids)
def test_implication_is_a_closure(ids):
    closed = VOCABULARY.implied_by(ids)
    assert closed >= ids
    assert VOCABULARY.implied_by(closed) == closed


@given(some_ids)
def test_denial_is_the_contrapositive_of_implication(ids):
    denied = VOCABULARY.denied_by(ids)
    assert denied == {i for i in VOCABULARY.ids if VOCABULARY.implied_by([i]) & ids}


@given(st.sampled_from(VOCABULARY.ids))
def test_rivals_exclude_each_other_and_nobody_excludes_what_it_implies(attribute_id):
    rivals = VOCABULARY.rivals(attribute_id)
    assert all(attribute_id in VOCABULARY.rivals(rival) for rival in rivals)
    assert not rivals & VOCABULARY.implied_by([attribute_id])


@given(some_ids)
def test_a_subset_keeps_order_names_and_inner_implications(ids):
    subset = VOCABULARY.subset(ids)
    assert subset.ids == tuple(i for i in VOCABULARY.ids if i in ids)
    for attribute in subset:
        assert attribute.names == VOCABULARY[attribute.id].names
        assert set(attribute.implies) == set(VOCABULARY[attribute.id].implies) & ids


@given(st.text(max_size=20))
@example("A´")  # an acute that a space keeps from its letter
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


def test_a_saved_vocabulary_reads_back_with_the_same_fingerprint(tmp_path):
    VOCABULARY.save(tmp_path / "vocabulary.json")
    read = Vocabulary.from_file(tmp_path / "vocabulary.json")
    assert read == VOCABULARY
    assert read.fingerprint == VOCABULARY.fingerprint


def test_another_content_has_another_fingerprint():
    assert VOCABULARY.subset(["black_hair"]).fingerprint != VOCABULARY.fingerprint


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"'twintail'.*twintails"):
        VOCABULARY.resolve("twintail")


GROUP = Group("g", "g", "群", "any", color=False, intrinsic=False, attribute_ids=("a", "b"))


def attribute(id_, **fields):
    return Attribute(id_, "g", id_, "属性" + id_, **fields)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ((attribute("a"), attribute("b", aliases=("a",))), "'a' names both"),
        ((attribute("a", implies=("c",)), attribute("b")), "'c', which does not exist"),
        ((attribute("a", implies=("b",)), attribute("b", implies=("a",))), "implies itself"),
        ((attribute("b"), attribute("a")), "same ids once"),
    ],
)
def test_a_vocabulary_that_contradicts_itself_is_refused(attributes, message):
    with pytest.raises(UsageError, match=message):
        Vocabulary([GROUP], attributes)


@pytest.mark.parametrize("text", ["not json", json.dumps({"g": {"en": "g"}}), "[]"])
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path, text):
    path = tmp_path / "vocabulary.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is not a vocabulary"):
        Vocabulary.from_file(path)
