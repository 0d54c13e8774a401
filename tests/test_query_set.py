"""200 queries as people type them: both languages are understood as the same."""

from collections import Counter
from pathlib import Path

import pytest

from zokusei.query import Query, format_query, parse_query
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()
QUERIES = Path(__file__).parent / "data" / "queries.tsv"

# They hold words for which there is no attribute, so that the two languages stay apart.
DIFFERENT = {
    "ハーフアップ リボン",  # a ribbon in the hair or at the neck
    "狐耳 金髪 巫女",
    "麦わら帽子 白ワンピース",  # clothes have no colours
    "眼帯 包帯",
    "セーラー服 黒髪ロング 黒タイツ",
    "白シャツ 黒髪",
    "鎧 金髪 ポニテ 女騎士",
}


def rows():
    lines = QUERIES.read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def understood(text):
    """The terms, whatever their order, and whether there was nothing else."""
    query = parse_query(text, VOCABULARY)
    ids = {format_query(Query((term,)), VOCABULARY) for term in query.terms}
    return ids, query.unknown == ()


def test_there_are_200_queries_across_all_groups():
    assert len(rows()) == len({ja for ja, _, _ in rows()}) == 200
    groups = Counter(
        VOCABULARY[term.attribute_id].group
        for _, _, meant in rows()
        for term in parse_query(meant, VOCABULARY).terms
    )
    assert set(groups) == {group.id for group in VOCABULARY.groups}
    assert min(groups.values()) >= 5


def test_95_in_100_are_the_same_query_in_both_languages_and_what_is_meant():
    different = {
        ja
        for ja, en, meant in rows()
        if not understood(ja) == understood(en) == (set(meant.split()), True)
    }
    assert different == DIFFERENT
    assert len(different) <= 0.05 * len(rows())


@pytest.mark.parametrize("ja", sorted(DIFFERENT))
def test_of_the_others_each_known_word_is_understood_and_no_unknown_one_dropped(ja):
    (_, en, meant) = next(row for row in rows() if row[0] == ja)
    for text in (ja, en):
        terms, is_whole = understood(text)
        assert terms <= set(meant.split()) | {"1girl"}
        assert not is_whole
