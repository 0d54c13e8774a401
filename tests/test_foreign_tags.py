"""Other people's tags: lists of them, and how they come into a vocabulary."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zokusei.errors import UsageError
from zokusei.training.tag_list import read_tag_list
from zokusei.vocabulary import Vocabulary
from zokusei.vocabulary.foreign import ForeignTag, adopt

KNOWN = Vocabulary.from_package()


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="tags.json"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return to_file


def test_a_list_of_the_original_length_has_the_original_categories(write):
    tags = read_tag_list(write([f"tag {number}" for number in range(1539)]))
    starts = {"general": 0, "character": 512, "copyright": 1024, "rating": 1536}
    for category, start in starts.items():
        assert tags[start] == ForeignTag(f"tag {start}", category)
        assert tags[start - 1].category != category
    assert [tag.category for tag in tags[-3:]] == ["rating"] * 3


def test_a_list_of_another_length_is_general_unless_it_says_otherwise(write):
    assert {tag.category for tag in read_tag_list(write(["a", "b"]))} == {"general"}
    pairs = write([["a", "general"], ["b", "rating"]], "pairs.json")
    assert read_tag_list(pairs) == [ForeignTag("a"), ForeignTag("b", "rating")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        ({"a": 1}, "expected a JSON list of the names"),
        ([], "expected a JSON list of the names"),
        (["a", 7], "entry 2 of"),
        (["a", ["b", "general"]], "entry 2 of"),
        (["a", " "], "entry 2 of"),
        (["a\nb"], r"entry 1 of"),
        ([["a"]], "entry 1 of"),
        ([["a", "artist"]], "category 'artist'; expected one of general, character"),
    ],
)
def test_a_list_that_is_none_is_refused(write, content, found):
    path = write(content)
    with pytest.raises(UsageError) as caught:
        read_tag_list(path)
    message = str(caught.value)
    assert str(path) in message
    assert found in message
    assert "\n" not in message


def test_known_names_are_attributes_and_the_rest_are_extra_tags():
    tags = [
        ForeignTag("hatsune miku", "character"),
        ForeignTag("weapon"),
        ForeignTag("blue hair"),
        ForeignTag("safe", "rating"),
        ForeignTag("vocaloid", "copyright"),
        ForeignTag("twintails"),
    ]
    adoption = adopt(tags, KNOWN)
    vocabulary = adoption.vocabulary
    assert vocabulary.ids == (
        *("blue_hair", "twintails"),
        *("weapon", "hatsune_miku", "vocaloid", "safe"),
    )
    assert adoption.outputs == (2, 5, 1, 0, 4, 3)
    assert (adoption.num_known, adoption.renamed) == (2, ())
    assert vocabulary["twintails"].ja == "ツインテール"
    assert vocabulary.find("初音ミク") is None
    miku = vocabulary.find("Hatsune_Miku")
    assert (miku.en, miku.ja, miku.group) == ("hatsune miku", "hatsune miku", "other_character")
    extra = {group.id: group.exclusion for group in vocabulary.groups[-4:]}
    assert extra == {
        "other_general": "any",
        "other_character": "any",
        "other_copyright": "any",
        "rating": "one",
    }
    assert not any(group.intrinsic or group.color for group in vocabulary.groups[-4:])


def test_a_name_that_is_taken_gets_its_category_and_is_reported():
    tags = [
        ForeignTag("ringlets"),
        ForeignTag("drill hair"),
        ForeignTag("drill_hair"),
        ForeignTag("beret", "character"),
        ForeignTag("air", "copyright"),
        ForeignTag("AIR", "copyright"),
        ForeignTag("a i r", "copyright"),
    ]
    adoption = adopt(tags, KNOWN)
    kept = [(renamed.name, renamed.id, renamed.taken_by) for renamed in adoption.renamed]
    assert kept == [
        ("ringlets", "ringlets_(general)", "drill_hair"),
        ("drill_hair", "drill_hair_(general)", "drill_hair"),
        ("beret", "beret_(character)", "beret"),
        ("AIR", "AIR_(copyright)", "air"),
        ("a i r", "a_i_r_(copyright2)", "air"),
    ]
    assert adoption.vocabulary.ids[0] == "drill_hair"
    assert adoption.outputs == (1, 0, 2, 3, 4, 5, 6)


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            ForeignTag,
            st.sampled_from(["_", "^_^", "- -", "-_-", "ツインテ", "twin tails", "hat", "Ａ", "a"])
            | st.text(min_size=1, max_size=3).filter(lambda name: name.strip()),
            st.sampled_from(["general", "character", "copyright", "rating"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_output_gets_one_attribute_that_its_id_finds(tags):
    adoption = adopt(tags, KNOWN)
    vocabulary = adoption.vocabulary
    assert sorted(adoption.outputs) == list(range(len(tags)))
    assert len(vocabulary) == len(tags)
    for attribute, output in zip(vocabulary, adoption.outputs, strict=True):
        assert vocabulary.find(attribute.id) is attribute
        assert attribute.en.strip()
        if attribute.id in KNOWN:
            assert KNOWN.find(tags[output].name).id == attribute.id
