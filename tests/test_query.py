"""The query language: what people type, and the laws that hold for any text."""

import re
import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zokusei.errors import UnknownNameError, UsageError
from zokusei.query import Query, QueryTerm, format_query, parse_query, suggest
from zokusei.vocabulary import Attribute, Group, Vocabulary
from zokusei.vocabulary.foreign import ForeignTag, adopt

VOCABULARY = Vocabulary.from_package()
DOCS = Path(__file__).parents[1] / "docs" / "search.md"
LANGUAGES = ["id", "en", "ja"]


def read(text, vocabulary=VOCABULARY):
    """A text as it was understood: ids with their signs, and unknown words in brackets."""
    query = parse_query(text, vocabulary)
    known = format_query(Query(query.terms), vocabulary)
    return " ".join([*known.split(), *(f"[{word.text}]" for word in query.unknown)])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("黒髪ロング", "black_hair long_hair"),
        ("ツインテール", "twintails"),
        ("ツインテ", "twintails"),
        ("金髪ツインテ", "blonde_hair twintails"),
        ("おさげツインテール", "low_twintails"),
        ("猫耳メイド服", "cat_ears maid"),
        ("ショートボブ", "short_hair bob_cut"),
        ("猫耳twintails着物", "cat_ears twintails kimono"),
        ("Tシャツ短パン", "t-shirt shorts"),
    ],
)
def test_japanese_needs_no_spaces(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    "text", ["ツイン テール", "ツイン・テール", "ツイン　テール", "twin tails"]
)
def test_a_name_may_have_spaces_inside(text):
    assert read(text) == "twintails"


@pytest.mark.parametrize(
    "text",
    [
        "ツインテール",
        "ついんてーる",
        "ﾂｲﾝﾃｰﾙ",
        "ＴＷＩＮＴＡＩＬＳ",
        "twin_tails",
        "Twin Tails",
        "ツインテイル",
    ],
)
def test_letters_of_any_kind_and_width_are_the_same(text):
    assert read(text) == "twintails"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("kurokami", "black_hair"),
        ("kuro kami rongu", "black_hair long_hair"),
        ("kurokamirongu", "black_hair long_hair"),
        ("tsuinteeru", "twintails"),
        ("tsuinte-ru", "twintails"),
        ("tuinteru", "twintails"),
        ("tsuintēru", "twintails"),
        ("kimpatsu", "blonde_hair"),
        ("syootohea", "short_hair"),
        ("shōto hea", "short_hair"),
        ("chounekutai", "bowtie"),
        ("tyonekutai", "bowtie"),
        ("jaketto zyaketto", "jacket"),
        ("we-bu", "wavy_hair"),
        ("onna no ko", "1girl"),
    ],
)
def test_readings_go_by_any_romanisation(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("black hair twintails -glasses", "black_hair twintails -glasses"),
        ("black_hair twintails", "black_hair twintails"),
        ("long black hair", "long_hair black_hair"),
        ("very long light blue hair", "very_long_hair light_blue_hair"),
        ("red and blue eyes", "red_eyes blue_eyes"),
        ("long black-haired girl", "long_hair black_hair 1girl"),
        ("a girl with a cat ear and horns", "1girl cat_ears horns"),
        ("two tone hair, half-closed eyes", "two-tone_hair half-closed_eyes"),
        ("長い黒髪", "long_hair black_hair"),
        ("赤い瞳", "red_eyes"),
        ("眼鏡をかけた黒髪の女の子", "glasses black_hair 1girl"),
    ],
)
def test_phrases_are_read_as_people_write_them(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "黒髪 -眼鏡",
        "黒髪 －眼鏡",
        "黒髪 −眼鏡",
        "黒髪 ー眼鏡",
        "黒髪-眼鏡",
        "黒髪 眼鏡なし",
        "黒髪 眼鏡以外",
        "黒髪 眼鏡 除外",
        "黒髪 除外:眼鏡",
        "黒髪 除外：眼鏡",
        "black hair -glasses",
        "black hair without glasses",
        "black hair, no glasses",
        "black hair not glasses",
        '黒髪 -"glasses"',
        "黒髪、－眼鏡",
    ],
)
def test_an_attribute_is_excluded_by_a_minus_or_in_words(text):
    assert read(text) == "black_hair -glasses"


def test_a_minus_holds_for_a_word_and_no_further():
    assert read("-黒髪ロング 着物") == "-black_hair -long_hair kimono"
    assert read("-black hair twintails") == "-black_hair twintails"
    assert read("-black_hair_twintails kimono") == "-black_hair -twintails kimono"
    assert read("black - hair two-tone hair") == "black_hair two-tone_hair"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("twintails:1.5", "twintails:1.5"),
        ("ツインテ：１．５ 着物", "twintails:1.5 kimono"),
        ("黒髪:2ツインテ", "black_hair:2 twintails"),
        ("着物 黒髪ロング:2", "kimono black_hair:2 long_hair:2"),
        ("kimono black hair:2", "kimono black_hair:2"),
        ('"black hair":2', "black_hair:2"),
        ("(twintails:1.5)", "twintails:1.5"),
        ("-long_hair:0.5", "-long_hair:0.5"),
        (":3:2", ":3:2"),
        ("猫口:3", ":3:3"),
        ("blush :3", "blush :3"),
        ("-:3", "-:3"),
    ],
)
def test_a_weight_stands_behind_a_colon(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize("weight", ["abc", "0", "50", "nan", "1.5x", "-1", "1:2"])
def test_a_word_whose_weight_cannot_be_used_is_unknown_and_its_attribute_the_nearest(weight):
    query = parse_query(f"黒髪 twintails:{weight}", VOCABULARY)
    assert [term.attribute_id for term in query.terms] == ["black_hair"]
    (word,) = query.unknown
    assert word.text == f"twintails:{weight}"
    assert word.nearest[0] == "twintails"


def test_what_is_asked_twice_counts_as_it_was_asked_last():
    assert read("twintails 黒髪 -ツインテ:2") == "-twintails:2 black_hair"


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("twintial", "twintial", "twintails"),
        ("ツインテーヌ", "ツインテーヌ", "twintails"),
        ("kurokmi", "kurokmi", "black_hair"),
        ("-glases", "-glases", "glasses"),
        ("ponytial:2", "ponytial:2", "ponytail"),
        ("黒", "黒", "black_hair"),
        ("ribbon", "ribbon", "hair_ribbon"),
        ("blak hair", "blak hair", "black_hair"),
        ("-twin_tials:2", "-twin_tials:2", "twintails"),
    ],
)
def test_an_unknown_word_is_kept_and_answered_with_the_nearest(text, unknown, nearest):
    query = parse_query(text, VOCABULARY)
    assert query.terms == ()
    assert [word.text for word in query.unknown] == [unknown]
    assert nearest in query.unknown[0].nearest


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("包帯", "[包帯]"),  # no obi in a bandage
        ("三角", "[三角]"),
        ("テレビ", "[テレビ]"),
        ("黒髪ロングコート", "black_hair [ロングコート]"),
        ("メイドカフェ", "[メイドカフェ]"),
        ("hatred", "[hatred]"),
        ("bobtail", "[bobtail]"),
        ("たのしい", "[たのしい]"),
        ("ゴスロリメイド", "maid [ゴスロリ]"),
        ("制服姉妹", "school_uniform [姉妹]"),
        ("なし 黒髪", "black_hair [なし]"),
        ("黒髪 no", "black_hair [no]"),
        ("🐱 猫耳", "cat_ears [🐱]"),
    ],
)
def test_a_name_is_not_cut_out_of_another_word(text, meant):
    assert set(read(text).split()) == set(meant.split())


SIGNED = [":3", ":d", ">:(", "^_^", "-_-", "\\m/", "hat", "ribbon", "hat_ribbon", "fate/stay_night"]
SIGNED += ["no", "and", "の", "除外", "a:1", "5.5", "(", "jack-o'", "twin tails (fate)", "ー", "ω"]
FOREIGN = adopt(
    [*map(ForeignTag, SIGNED), ForeignTag("long_hair"), ForeignTag('"quoted" 「かぎ」')], VOCABULARY
).vocabulary


@pytest.mark.parametrize("name", [":3", ":d", ">:(", "^_^", "-_-", "fate/stay_night", "hat_ribbon"])
def test_a_name_of_signs_is_read_where_it_stands_alone(name):
    assert read(f"long hair {name} -{name}:2", FOREIGN) == f"long_hair -{name}:2"


QUOTES = r'-"(":2 "twin tails (fate)" "\"quoted\" \「かぎ\」"'


def test_any_name_can_be_quoted():
    ids = [term.attribute_id for term in parse_query(QUOTES, FOREIGN).terms]
    assert ids == ["(", "twin_tails_(fate)", '"quoted"_「かぎ」']


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_printed_query_reads_back_as_the_same_query(language, data):
    vocabulary = data.draw(st.sampled_from([VOCABULARY, FOREIGN]))
    query = data.draw(queries(vocabulary))
    assert parse_query(format_query(query, vocabulary, language), vocabulary) == query


def queries(vocabulary):
    term = st.builds(
        QueryTerm,
        st.sampled_from(vocabulary.ids),
        st.one_of(st.just(1.0), st.floats(0.1, 10)),
        st.booleans(),
    )
    unique = st.lists(term, max_size=8, unique_by=lambda term: term.attribute_id)
    return unique.map(lambda terms: Query(tuple(terms)))


NAMES = [name for attribute in VOCABULARY for name in attribute.names]
SIGNS = [
    *" -:,\"'_ー・「」\\()＂－：の",
    "除外",
    "なし",
    "no ",
    ":1.5",
    ":0",
    ":3",
    " -",
    "　",
    "hair",
    "目",
]
typed = st.lists(
    st.one_of(st.sampled_from(NAMES), st.sampled_from(SIGNS), st.text(max_size=3)), max_size=8
).map("".join)


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.one_of(typed, st.text(max_size=27)))  # a sign may be read as eighteen
@example(text="foo no bar")
@example(text="maid" * 125)
@example(text="黒髪" * 60 + "and " * 60 + "hair" + ' "' + "(" * 130)
@example(text='"-\\"" ー ーる:5:6 :')
@example(text="ふが-黒髪:abc。-ふがふが以外")
@settings(max_examples=200)
def test_any_text_is_read_and_its_print_reads_back_as_the_same(language, text):
    for vocabulary in (VOCABULARY, FOREIGN):
        query = parse_query(text, vocabulary)
        assert parse_query(format_query(query, vocabulary, language), vocabulary) == query


@given(
    st.lists(
        st.sampled_from(["黒髪", "ふがふが", "qwerty", "着物", "zzz", "-眼鏡", "ほげ:2"]),
        max_size=7,
    )
)
def test_no_word_is_dropped(words):
    query = parse_query(" ".join(words), VOCABULARY)
    assert len(query.terms) + len(query.unknown) == len(set(words))


@given(st.lists(st.sampled_from(VOCABULARY.ids), max_size=6, unique=True))
def test_japanese_names_written_together_are_read_as_they_are_with_spaces(ids):
    names = [VOCABULARY[id_].ja for id_ in ids]
    apart = parse_query(" ".join(names), VOCABULARY)
    assert parse_query("".join(names), VOCABULARY) == apart
    assert apart.unknown == ()


def test_every_name_means_its_attribute():
    for attribute in VOCABULARY:
        for name in attribute.names:
            assert read(name) == attribute.id, name


def test_the_words_of_queries_are_no_names_and_mean_their_attribute():
    text = resources.files("zokusei.query").joinpath("words.toml").read_text("utf-8")
    for id_, words in tomllib.loads(text).items():
        for word in words:
            assert VOCABULARY.find(word) is None, word
            assert read(word) == id_, word


def test_an_older_bundle_is_asked_by_the_names_of_today():
    old = VOCABULARY["twintails"]
    old = replace(old, aliases=(), readings=())
    group = Group("hair_style", "hair style", "髪型", "any", False, True, ("twintails", "x"))
    other = Attribute("x", "hair_style", en="x", ja="二つ縛り")
    vocabulary = Vocabulary([group], [old, other])
    assert read("ツインテ", vocabulary) == read("tsuinte", vocabulary) == "twintails"
    assert read("二つ縛り", vocabulary) == "x"  # its own name comes before the package's


def test_an_attribute_that_the_vocabulary_lacks_is_unknown():
    without = VOCABULARY.subset(set(VOCABULARY.ids) - {"swimsuit"})
    assert read("水着 着物", without) == "kimono [水着]"


def test_a_query_is_shown_back_in_either_language():
    query = parse_query("kurokami ロング -めがね twin tails:1.5 hatt", VOCABULARY)
    shown = [format_query(query, VOCABULARY, language) for language in LANGUAGES]
    assert shown == [
        "black_hair long_hair -glasses twintails:1.5 hatt",
        "black hair, long hair, -glasses, twintails:1.5, hatt",
        "黒髪 ロングヘア -眼鏡 ツインテール:1.5 hatt",
    ]


def test_a_query_of_an_attribute_that_is_not_there_cannot_be_shown():
    with pytest.raises(UnknownNameError, match="unknown attribute 'nose'"):
        format_query(Query((QueryTerm("nose"),)), VOCABULARY)


@pytest.mark.parametrize("weight", [0, 0.05, 11, float("nan")])
def test_a_term_of_a_weight_out_of_range_is_refused(weight):
    with pytest.raises(UsageError, match=r"expected 0\.1 to 10"):
        QueryTerm("twintails", weight)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ツイ", "twintails"),
        ("ついん", "twintails"),
        ("黒髪ツインテ", "twintails"),
        ("黒髪 -めが", "glasses"),
        ("black h", "black_hair"),
        ("kimono black h", "black_hair"),
        ("kuroka", "black_hair"),
        ("tsuint", "twintails"),
        ("twintails", "twintails"),
        ("黒", "black_hair"),
    ],
)
def test_the_word_being_typed_is_completed(text, first):
    assert suggest(text, VOCABULARY)[0].id == first


@pytest.mark.parametrize("text", ["", " ", "黒髪 ", "twintails:1", "ふがふが"])
def test_nothing_is_suggested_where_no_word_is_being_typed_or_none_begins_so(text):
    assert suggest(text, VOCABULARY) == []


@given(st.sampled_from(VOCABULARY.attributes), st.data())
def test_every_attribute_is_suggested_by_the_beginning_of_its_name(attribute, data):
    name = data.draw(st.sampled_from([attribute.id, attribute.ja]))
    first = next(place for place, sign in enumerate(name) if sign.isalnum())  # ":3" begins at 3
    length = data.draw(st.integers(first + 1, len(name)))
    everything = suggest(name[:length], VOCABULARY, limit=len(VOCABULARY))
    assert attribute in everything
    assert suggest(name[:length], VOCABULARY, limit=3) == everything[:3]


def test_the_examples_in_the_docs_are_read_as_they_say():
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)`", DOCS.read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 12
    for text, meant in rows:
        assert read(text) == meant


@pytest.mark.parametrize(("text", "length"), [("黒髪 " * 167, 501), ("ﷺ" * 28, 504)])
def test_a_text_that_is_too_long_is_refused(text, length):
    with pytest.raises(UsageError, match=f"has {length} characters, expected at most 500"):
        parse_query(text, VOCABULARY)


def test_a_text_of_the_greatest_length_is_read():
    assert parse_query("黒髪 " * 166, VOCABULARY).terms == (QueryTerm("black_hair"),)
