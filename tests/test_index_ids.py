"""Ids of works by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zokusei.index.ids import WorkIds

texts = st.text(st.sampled_from("abZ0-/\u3042\U0001f431"), max_size=4)
lists = st.lists(texts, unique=True, max_size=30)


@given(lists, lists, lists)
def test_ids_are_found_in_their_rows_whether_first_or_added(first, added, others):
    ids = WorkIds(first)
    everything = list(dict.fromkeys([*first, *added]))
    assert ids.rows_with_room(added).tolist() == [everything.index(id_) for id_ in added]
    assert list(ids) == everything == [ids[row] for row in range(len(ids))]
    expected = [everything.index(id_) if id_ in everything else -1 for id_ in others]
    assert ids.rows(others).tolist() == expected
    assert [ids.row(id_) for id_ in others] == [None if row < 0 else row for row in expected]


@given(lists, lists, lists)
def test_rows_are_sorted_as_their_ids_are(first, added, more):
    ids = WorkIds(first)
    ids.rows_with_room(added)
    ids.rows_with_room(more)
    rows = np.arange(len(ids))[::-1]
    ordered = rows[np.lexsort(ids.sort_keys(rows))]
    assert [ids[row] for row in ordered] == sorted(ids)
    assert ids.select(ordered).to_pylist() == sorted(ids)


def test_ids_are_told_apart_by_slices_and_from_the_end():
    ids = WorkIds(["b", "a"])
    ids.rows_with_room(["c"])
    assert (ids[-1], ids[1:], ids == ["b", "a", "c"]) == ("c", ["a", "c"], True)
