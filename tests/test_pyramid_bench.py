"""The bench of the pyramid: feature maps of several sizes as one, and who is attended to."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the bench needs the train extra")

from bench.pyramid import (  # noqa: E402
    CELL_PX,
    LEVELS_PX,
    interval,
    num_places,
    share_of_levels,
    together,
)

from zokusei.network.compact import AttentionHead, Compact  # noqa: E402


def maps(*sides):
    return [torch.randn(2, 5, side, side) for side in sides]


def test_the_places_of_all_levels_stand_in_a_row_the_coarsest_first():
    coarse, fine = maps(2, 3)
    row = together([coarse, fine])
    assert row.shape == (2, 5, 1, 13)
    assert torch.equal(row[:, :, 0, :4].reshape(coarse.shape), coarse)
    assert torch.equal(row[:, :, 0, 4:].reshape(fine.shape), fine)


def test_attention_over_one_level_is_that_of_the_network():
    head = AttentionHead(5, 3).eval()
    torch.nn.init.normal_(head.attend.weight)
    (level,) = maps(4)
    with torch.no_grad():
        alone, in_a_row = (head(each)[0].sum((2, 3)) for each in (level, together([level])))
    torch.testing.assert_close(alone, in_a_row)


def test_a_place_that_all_attend_to_decides_at_whichever_level_it_is():
    head = AttentionHead(5, 3).eval()
    torch.nn.init.constant_(head.attend.weight, 50.0)
    levels = [torch.zeros(1, 5, side, side) for side in (2, 3)]
    levels[1][0, :, 1, 2] = 1
    with torch.no_grad():
        logits = head(together(levels))[0].sum((2, 3))
        told = head.classify(torch.ones(1, 5, 1, 1)).flatten(1)
    torch.testing.assert_close(logits, told)


def test_a_level_has_as_many_places_as_the_network_gives_it():
    network = Compact(2).eval()
    with torch.no_grad():
        for size_px in LEVELS_PX[:2]:
            features = network.features(torch.zeros(1, 3, size_px, size_px))
            assert features.shape[2:].numel() == num_places([size_px])
    assert num_places([CELL_PX, 2 * CELL_PX]) == 1 + 4


def test_the_shares_of_levels_are_sums_over_their_places():
    attention = np.array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])
    np.testing.assert_allclose(share_of_levels(attention, [1, 3]), [[0.1, 0.9], [0.25, 0.75]])
    np.testing.assert_allclose(share_of_levels(attention, [2, 1, 1])[0], [0.3, 0.3, 0.4])


def test_an_interval_is_that_of_the_resamples_around_the_figure():
    resampled = np.linspace(-1, 1, 201)
    value, low, high = interval(np.array([0.5, *resampled]))
    np.testing.assert_allclose([value, low, high], [0.5, -0.45, 1.45], atol=1e-9)
