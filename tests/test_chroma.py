"""Colours of their own: what greyscale and tints lack, and what a tagger then says."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.conftest import png
from tests.test_bundle import save_again
from tests.test_cli import zokusei
from zokusei.chroma import MIN_OWN_CHROMA, lab, own_chroma
from zokusei.tagger import Tagger

COLOR_GROUPS = ("hair_color",)
levels = st.integers(0, 255)
colors = st.tuples(levels, levels, levels)


def face(size_px=96):
    """A drawn face: blonde hair, skin, blue eyes, on white."""
    picture = Image.new("RGB", (96, 96), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((12, 8, 84, 92), fill=(240, 214, 120), outline=(60, 40, 30))
    draw.ellipse((24, 26, 72, 86), fill=(252, 226, 208), outline=(90, 60, 50))
    for left in (34, 54):
        draw.ellipse((left, 50, left + 9, 64), fill=(60, 110, 200), outline=(20, 20, 40))
    return picture.resize((size_px, size_px), Image.Resampling.LANCZOS)


def tinted(picture, dark, light):
    """The picture's greys, from one colour in the dark to another in the light."""
    grey = np.asarray(picture.convert("L"), np.float32)[..., None] / 255
    dark, light = np.array(dark, np.float32), np.array(light, np.float32)
    return np.rint(dark + (light - dark) * grey).astype(np.uint8)


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((119, 119, 119), (50.0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_agrees_with_published_values(rgb, expected):
    np.testing.assert_allclose(lab(np.array(rgb, np.uint8)), expected, atol=0.05)


def test_a_coloured_face_has_colours_of_its_own_and_its_greys_have_none():
    assert own_chroma(np.asarray(face())) > 3 * MIN_OWN_CHROMA
    assert own_chroma(tinted(face(), (0, 0, 0), (255, 255, 255))) < 0.5


@given(colors, colors)
def test_no_tint_of_greys_has_colours_of_its_own(one, other):
    dark, light = sorted((one, other), key=sum)
    lightness = lab(np.array([dark, light], np.uint8))[:, 0]
    if lightness[1] - lightness[0] > 40 and max(light) - min(light) < 128:
        assert own_chroma(tinted(face(), dark, light)) < 2 * MIN_OWN_CHROMA


def test_a_small_coloured_figure_on_a_white_page_is_coloured():
    page = Image.new("RGB", (96, 96), "white")
    page.paste(face(32), (30, 30))
    assert own_chroma(np.asarray(page)) > MIN_OWN_CHROMA


def test_a_plain_patch_is_coloured_unless_it_is_grey():
    assert own_chroma(np.full((20, 20, 3), (200, 30, 30), np.uint8)) > MIN_OWN_CHROMA
    assert own_chroma(np.full((20, 20, 3), 128, np.uint8)) < 0.5


def test_large_pictures_are_judged_as_small_ones():
    small, large = (own_chroma(np.asarray(face(size_px))) for size_px in (96, 960))
    assert small == pytest.approx(large, rel=0.3)


@pytest.fixture
def tagger(color_bundle):
    return Tagger(color_bundle)


def test_of_a_greyscale_picture_no_colour_is_claimed(tagger):
    coloured, grey = tagger.tag([np.asarray(face()), tinted(face(), (0, 0, 0), (255, 255, 255))])
    assert coloured.unknown_groups == ()
    assert len(coloured.attributes) == 3
    assert grey.unknown_groups == COLOR_GROUPS
    assert grey.attributes == ()
    np.testing.assert_array_equal(grey.stored_probabilities, 0)
    assert coloured.stored_probabilities.any()


def test_the_command_line_says_that_a_colour_is_unknown(color_bundle, tmp_path):
    path = tmp_path / "grey.png"
    path.write_bytes(png(tinted(face(), (40, 20, 10), (255, 245, 220))))
    table = zokusei("tag", path, "--bundle", color_bundle.path)
    assert "hair color 髪の色: unknown" in table.stdout
    line = zokusei("tag", path, "--json", "--bundle", color_bundle.path).stdout
    assert json.loads(line)["unknown_groups"] == ["hair_color"]
    assert json.loads(line)["attributes"] == []


def test_a_picture_tagged_monochrome_has_unknown_colours(color_bundle, tmp_path):
    # The same network under a vocabulary whose second attribute is monochrome.
    from zokusei.vocabulary import Vocabulary

    names = ["red_hair", "blue_hair", "monochrome"]
    bundle = save_again(color_bundle, tmp_path, vocabulary=Vocabulary.from_package().subset(names))
    channel = bundle.vocabulary.row("monochrome")
    for probability, unknown in ((0.9, COLOR_GROUPS), (0.4, ())):
        probabilities = np.full(3, 0.1, np.float32)
        probabilities[channel] = probability
        found = Tagger(bundle)._unknown_groups(np.asarray(face()), probabilities)
        assert found == unknown
