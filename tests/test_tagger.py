"""The tagger: any picture, in any company, gets its own attributes."""

import io
import math
import os
from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from tests.conftest import COLORS, patch, png
from zokusei.errors import ImageError
from zokusei.heads import HeadFinder
from zokusei.images import decode
from zokusei.second import SecondNetwork
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


@pytest.fixture
def finding(color_bundle, tmp_path):
    """Makes taggers whose finder sees one head in the middle of every picture, at 256 px."""

    def tagger_for(head_px: float) -> Tagger:
        maps = np.full((1, 4, 32, 32), -9, np.float32)
        maps[0, 0, 16, 16], maps[0, 1], maps[0, 2:] = 9, math.log(head_px / 8), 0
        graph = helper.make_graph(
            [
                helper.make_node("GlobalAveragePool", ["pictures"], ["means"]),
                helper.make_node("ReduceMean", ["means"], ["mean"], axes=[1, 2, 3]),
                helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
                helper.make_node("Add", ["zero", "fixed"], ["maps"]),
            ],
            "finder",
            [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["batch", 3, 256, 256])],
            [helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["batch", 4, 32, 32])],
            [
                numpy_helper.from_array(np.zeros(1, np.float32), "nothing"),
                numpy_helper.from_array(maps, "fixed"),
            ],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        path = tmp_path / f"finder-{head_px}.onnx"
        path.write_bytes(model.SerializeToString())
        finder = HeadFinder(path=path, size_px=256, stride=8, threshold=0.5, about={})
        return Tagger(replace(color_bundle, finder=finder))

    return tagger_for


class CountedPath(os.PathLike):
    """A path that counts how often it is asked for, and may lead elsewhere after the first."""

    def __init__(self, path, then=None):
        self.path, self.then, self.num_asked = path, then or path, 0

    def __fspath__(self):
        self.num_asked += 1
        return str(self.path if self.num_asked == 1 else self.then)


SMALL, LARGE = 4, 100  # sides of heads in 256 px; in 620 px 10 and 242, where the network has 16


@pytest.fixture
def large_jpeg(tmp_path):
    """A JPEG of 1240 px, nothing but noise, that is decoded at half its size at first."""
    noise = np.random.default_rng(0).integers(0, 256, (1240, 1240, 3), np.uint8)
    path = tmp_path / "large.jpg"
    path.write_bytes(encoded(Image.fromarray(noise), "JPEG"))
    return path


def test_a_small_head_is_cut_from_a_large_jpeg_in_full(finding, large_jpeg):
    tagger = finding(SMALL)
    twice = CountedPath(large_jpeg)
    (tagging,), (in_full,) = tagger.tag([twice]), tagger.tag([decode(large_jpeg)])
    assert twice.num_asked == 3  # the second time for its size
    (reduced,) = tagger.tag([decode(large_jpeg, at_least_px=512)])
    (figure,), (expected,), (coarse,) = (each.figures for each in (tagging, in_full, reduced))
    assert figure.box == expected.box
    np.testing.assert_array_equal(figure.probabilities, expected.probabilities)
    assert np.abs(figure.probabilities - coarse.probabilities).max() > 1e-4


def test_a_large_head_is_cut_from_what_was_decoded_first(finding, large_jpeg):
    tagger = finding(LARGE)
    once = CountedPath(large_jpeg)
    (tagging,), (reduced,) = tagger.tag([once]), tagger.tag([decode(large_jpeg, at_least_px=512)])
    assert once.num_asked == 1
    (figure,), (expected,) = tagging.figures, reduced.figures
    np.testing.assert_array_equal(figure.probabilities, expected.probabilities)
    (in_full,) = tagger.tag([decode(large_jpeg)])
    np.testing.assert_allclose(figure.probabilities, in_full.figures[0].probabilities, atol=0.01)


@pytest.fixture
def asked(monkeypatch):
    """The canvases that second networks are asked of."""
    asked, run = [], SecondNetwork.logits

    def noted(self, canvases):
        asked.extend(canvases)
        return run(self, canvases)

    monkeypatch.setattr(SecondNetwork, "logits", noted)
    return asked


FILLING = 256  # the side of a head that is the picture
PIXELS = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)


@pytest.mark.parametrize(
    ("head_px", "of_heads", "num_asked"),
    [
        (LARGE, {"hair_color"}, 1),  # the head
        (FILLING, {"hair_color"}, 1),  # the picture, which is the head
        (LARGE, {}, 2),  # if hair were read from the picture too
    ],
)
def test_a_second_network_is_asked_of_no_more_than_counts(
    finding, color_bundle, asked, monkeypatch, head_px, of_heads, num_asked
):
    monkeypatch.setattr("zokusei.tagger.FACE_GROUPS", frozenset(of_heads))
    second = replace(color_bundle.as_second(), groups=("hair_color",))
    tagger = Tagger(replace(finding(head_px).bundle, second=second))
    (tagging,) = tagger.tag([PIXELS])
    assert len(asked) == num_asked
    left, top, right, bottom = (round(256 * edge) for edge in tagging.figures[0].box)
    head = tagger.bundle.preprocessing.canvas(PIXELS[top:bottom, left:right])
    np.testing.assert_array_equal(asked[-1], head)


def test_a_second_network_is_asked_of_a_picture_without_heads(color_bundle, finding, asked):
    finder = replace(finding(LARGE).bundle.finder, threshold=1.0)
    second = replace(color_bundle.as_second(), groups=("hair_color",))
    Tagger(replace(color_bundle, finder=finder, second=second)).tag([PIXELS] * 3)
    assert len(asked) == 3


@pytest.mark.parametrize(("kind", "size_px"), [("PNG", 900), ("JPEG", 600), ("PNG", 1240)])
def test_what_was_decoded_in_full_is_not_decoded_again(finding, tmp_path, kind, size_px):
    file = tmp_path / "picture"
    file.write_bytes(encoded(Image.fromarray(patch("red_hair", size_px=size_px)), kind))
    path = CountedPath(file, then=tmp_path)  # a folder, which can be no picture
    finding(LARGE).tag([path])
    assert path.num_asked == 1
    at_most = CountedPath(file)
    finding(SMALL).tag([at_most])
    assert at_most.num_asked <= 2  # once more for its size


def test_pictures_that_are_decoded_twice_get_in_a_batch_what_they_get_alone(finding, large_jpeg):
    tagger = finding(SMALL)
    pictures = [
        large_jpeg,
        png(patch("blue_hair", size_px=300)),
        large_jpeg.read_bytes(),
        patch("green_hair", size_px=1100),
    ] * 5
    alone = [tagger.tag([picture])[0] for picture in pictures[:4]] * 5
    for one, other in zip(tagger.tag(pictures), alone, strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)
        assert [figure.box for figure in one.figures] == [figure.box for figure in other.figures]


def test_a_picture_that_breaks_before_it_is_decoded_again_is_reported_alone(
    finding, large_jpeg, tmp_path
):
    broken = tmp_path / "broken.jpg"
    data = large_jpeg.read_bytes()
    broken.write_bytes(data[: len(data) // 2])
    pictures = [large_jpeg, CountedPath(large_jpeg, then=broken), large_jpeg]
    first, error, last = (outcome for _, outcome in finding(SMALL).tag_each(enumerate(pictures)))
    assert isinstance(error, ImageError)
    assert "broken.jpg" in str(error)
    np.testing.assert_array_equal(first.probabilities, last.probabilities)
