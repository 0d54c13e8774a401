"""The tagger: any picture, in any company, gets its own attributes."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.conftest import COLORS, patch, png
from zokusei.errors import ImageError
from zokusei.tagger import Tagger


@pytest.fixture
def tagger(color_bundle):
    return Tagger(color_bundle)


@pytest.mark.parametrize("attribute", COLORS)
def test_a_picture_gets_its_attribute_first(tagger, attribute):
    (tagging,) = tagger.tag([png(patch(attribute))])
    best, *others = tagging.attributes
    assert best.id == attribute
    assert best.over_threshold
    assert not any(other.over_threshold for other in others)
    assert tagging.converged
    assert tagging.bundle == tagger.bundle.fingerprint


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def test_every_format_gives_the_same_attribute(tagger):
    picture = Image.fromarray(patch("blue_hair"))
    transparent = picture.convert("RGBA")
    exif = picture.getexif()
    exif[0x0112] = 6
    forms = {
        "jpeg": encoded(picture, "JPEG"),
        "cmyk": encoded(picture.convert("CMYK"), "JPEG"),
        "rotated": encoded(picture, "JPEG", exif=exif),
        "png": encoded(picture, "PNG"),
        "palette": encoded(picture.quantize(8), "PNG"),
        "alpha": encoded(transparent, "PNG"),
        "webp": encoded(picture, "WEBP"),
        "gif": encoded(picture, "GIF"),
    }
    for name, tagging in zip(forms, tagger.tag(list(forms.values())), strict=True):
        assert tagging.attributes[0].id == "blue_hair", name


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_grey_pictures_are_read(tagger, mode):
    grey = Image.fromarray(np.full((20, 20), 200, np.uint8 if mode == "L" else np.uint16))
    (tagging,) = tagger.tag([encoded(grey, "PNG")])
    assert np.ptp(tagging.probabilities) < 1e-6


def test_a_batch_gives_what_each_picture_gets_alone(tagger):
    pictures = [png(patch(list(COLORS)[n % 3], seed=n, size_px=17 + n)) for n in range(37)]
    together = tagger.tag(pictures)
    alone = [tagger.tag([picture])[0] for picture in pictures]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)
        np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-5)


def test_one_thread_gives_what_several_give(color_bundle):
    pictures = [png(patch("red_hair", seed=n)) for n in range(20)]
    one, four = (Tagger(color_bundle, num_threads=n).tag(pictures) for n in (1, 4))
    for a, b in zip(one, four, strict=True):
        np.testing.assert_array_equal(a.probabilities, b.probabilities)


def test_a_broken_picture_is_reported_in_its_place_and_the_rest_goes_on(tagger, tmp_path):
    good, bad = tmp_path / "good.png", tmp_path / "bad.jpg"
    good.write_bytes(png(patch("red_hair")))
    bad.write_text("not a picture")
    paths = [good, bad, good]
    outcomes = list(tagger.tag_each((path, path) for path in paths))
    assert [path for path, _ in outcomes] == paths
    assert isinstance(outcomes[1][1], ImageError)
    assert outcomes[2][1].attributes[0].id == "red_hair"
    with pytest.raises(ImageError, match=r"bad\.jpg"):
        tagger.tag(paths)


def test_pictures_are_read_only_as_they_are_needed(tagger):
    read = []

    def pictures():
        for number in range(1000):
            read.append(number)
            yield number, png(patch("red_hair"))

    outcomes = tagger.tag_each(pictures())
    next(outcomes)
    assert len(read) < 200


def test_decoded_pixels_are_taken_as_they_are(tagger):
    (tagging,) = tagger.tag([patch("green_hair")])
    assert tagging.attributes[0].id == "green_hair"


def test_stored_probabilities_are_within_half_a_step(tagger):
    (tagging,) = tagger.tag([patch("green_hair")])
    stored = tagging.stored_probabilities / np.float32(255)
    assert np.abs(stored - tagging.probabilities).max() <= 0.5 / 255 + 1e-6
