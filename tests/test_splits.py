"""Splits: near-duplicates share one, strangers do not, and nothing ever moves."""

import io
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from zokusei.draw.cast import make_works
from zokusei.draw.drawing import render
from zokusei.errors import UsageError
from zokusei.images import decode, perceptual_hash
from zokusei.library.splits import (
    NEAR_DUPLICATE_BITS,
    Fold,
    NearDuplicates,
    nearly_same,
    split_of,
)


@cache
def drawings():
    """Thirty-two small drawings of different works."""
    works = make_works(32, seed=3)
    return [render(work.picture, seed=work.picture.seed, size_px=96).pixels for work in works]


def keys_of(hashes, near=None):
    near = near or NearDuplicates()
    return [near.key_for(hash_, f"sha{row}") for row, hash_ in enumerate(hashes)]


def a_hash(*bits):
    """A hash in which these of 256 bits are set."""
    flags = np.zeros(256, np.uint8)
    flags[list(bits)] = 1
    return np.packbits(flags).tobytes()


def test_different_drawings_hardly_ever_share_a_key():
    keys = keys_of([perceptual_hash(pixels) for pixels in drawings()])
    assert len(set(keys)) >= 29


def test_a_recompressed_copy_shares_the_key_of_its_original():
    near = NearDuplicates()
    keys = keys_of([perceptual_hash(pixels) for pixels in drawings()], near)
    for pixels, key in zip(drawings(), keys, strict=True):
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=70)
        assert near.key_for(perceptual_hash(decode(out.getvalue())), "copy") == key


def test_pictures_of_few_lines_are_not_alike_for_being_flat():
    one, other = a_hash(*range(20)), a_hash(*range(100, 120))  # 40 bits differ
    assert keys_of([one, other]) == ["sha0", "sha1"]
    assert keys_of([one, a_hash(*range(15))]) == ["sha0", "sha0"]


def test_empty_pictures_are_not_alike_for_showing_nothing():
    assert keys_of([a_hash(), a_hash()]) == ["sha0", "sha1"]


def test_the_first_recorded_of_several_like_it_gives_the_key_not_the_nearest():
    first, nearer = a_hash(*range(200)), a_hash(*range(140))
    assert keys_of([first, nearer]) == ["sha0", "sha1"]
    between = a_hash(*range(150))  # 50 bits from the first, 10 from the nearer
    assert keys_of([first, nearer, between]) == ["sha0", "sha1", "sha0"]
    far = a_hash(*range(200 - NEAR_DUPLICATE_BITS - 1))
    assert keys_of([first, far]) == ["sha0", "sha1"]


def test_a_key_given_by_the_source_stands_and_is_passed_on():
    near = NearDuplicates([(a_hash(*range(90)), "old")])
    assert near.key_for(a_hash(*range(90)), "sha", given="mine") == "mine"
    assert near.key_for(a_hash(*range(100, 190)), "sha", given="yours") == "yours"
    assert near.key_for(a_hash(*range(100, 185)), "sha") == "yours"


HASHES = st.lists(
    st.lists(st.integers(0, 40), max_size=40).map(lambda bits: a_hash(*bits)), max_size=30
)


@settings(max_examples=50)
@given(HASHES, HASHES)
def test_a_growing_library_gives_the_same_keys_whenever_it_is_opened_again(before, more):
    whole = keys_of(before + more)
    first = keys_of(before)
    assert whole[: len(before)] == first
    again = NearDuplicates(zip(before, first, strict=True))
    later = [again.key_for(hash_, f"sha{len(before) + n}") for n, hash_ in enumerate(more)]
    assert first + later == whole


def test_more_works_than_there_was_room_for_are_remembered():
    random = np.random.default_rng(0)
    hashes = [random.bytes(32) for _ in range(1500)]
    near = NearDuplicates()
    keys = keys_of(hashes, near)
    assert len(set(keys)) == len(hashes)
    assert [near.key_for(hash_, "copy") for hash_ in hashes[::100]] == keys[::100]


def test_many_keys_share_out_as_80_10_10():
    shares = Counter(split_of(f"key {number}") for number in range(20_000))
    assert shares["train"] / 20_000 == pytest.approx(0.8, abs=0.01)
    assert shares["validation"] / 20_000 == pytest.approx(0.1, abs=0.01)
    assert shares["test"] / 20_000 == pytest.approx(0.1, abs=0.01)


@given(st.lists(st.sets(st.integers(0, 255), max_size=120), min_size=2, max_size=20))
def test_pictures_are_nearly_the_same_where_they_would_share_a_split(pictures):
    first, *rest = [a_hash(*bits) for bits in pictures]
    one, others = (np.frombuffer(b"".join(h), np.uint64).reshape(-1, 4) for h in ([first], rest))
    for picture, is_alike in zip(rest, nearly_same(others, one), strict=True):
        key = NearDuplicates([(first, "first")]).key_for(picture, "own")
        assert (key == "first") == is_alike


def test_a_picture_is_nearly_the_same_as_one_of_many():
    hashes = [a_hash(*range(at, at + 90)) for at in range(0, 160, 2)]
    many = np.frombuffer(b"".join(hashes), np.uint64).reshape(-1, 4)
    some = nearly_same(np.repeat(many[:3], 999, axis=0), many[[0]])
    assert some.tolist() == [True] * (3 * 999)
    assert not nearly_same(many[:5], many[70:]).any()
    assert not nearly_same(many[:5], many[:0]).any()


def test_folds_are_parts_of_each_split():
    keys = [f"key {number}" for number in range(8_000)]
    folds = [Fold.parse(f"{number}/4") for number in (1, 2, 3, 4)]
    places = [[number for number, fold in enumerate(folds) if fold.has(key)] for key in keys]
    assert {len(place) for place in places} == {1}
    counts = Counter((split_of(key), place[0]) for key, place in zip(keys, places, strict=True))
    for split, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        for number in range(4):
            assert counts[split, number] == pytest.approx(8_000 * share / 4, rel=0.25)


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/1", "a/4", "1/-4", "1/4/2", "½/4"])
def test_what_is_no_fold_is_refused(text):
    with pytest.raises(UsageError, match="expected one as 2/4"):
        Fold.parse(text)
