"""Pictures of every kind are decoded alike, and whatever is wrong is one error of one line."""

import io
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from zokusei.errors import ImageError, UsageError
from zokusei.images import (
    ImageLimits,
    decode,
    find_images,
    fit,
    image_size,
    perceptual_hash,
    reduce,
    stretch,
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


def picture(width=60, height=40, seed=0):
    """Soft blobs of colour with a dark and a white disc: smooth parts, edges and flat parts."""
    generator = np.random.default_rng(seed)
    blobs = Image.fromarray(generator.integers(0, 256, (7, 9, 3), np.uint8))
    pixels = np.array(blobs.resize((width, height), Image.Resampling.BICUBIC))
    y, x = np.mgrid[:height, :width] / max(width, height)
    for value in (30, 255):
        cx, cy = generator.uniform(0.1, 0.6, 2)
        pixels[(x - cx) ** 2 + (y - cy) ** 2 < 0.02] = value
    return Image.fromarray(pixels)


def encoded(image, file_format, **options):
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def difference(one, other):
    return np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))


SAMPLES = {
    **{name: encoded(picture(), name) for name in FORMATS},
    "progressive": encoded(picture(), "JPEG", progressive=True),
    "CMYK": encoded(picture().convert("CMYK"), "JPEG"),
    "palette": encoded(picture().quantize(16), "PNG"),
    "alpha": encoded(picture().convert("RGBA"), "WEBP", lossless=True),
    "16 bits": encoded(Image.fromarray(np.full((40, 60), 40_000, np.uint16)), "PNG"),
    "packed TIFF": encoded(picture(), "TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_shows_the_same_picture(file_format):
    pixels = decode(SAMPLES[file_format])
    assert pixels.shape == (40, 60, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert difference(pixels, picture()).mean() < 8


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
def test_what_is_lossless_stays_so(file_format):
    assert (decode(SAMPLES[file_format]) == np.asarray(picture())).all()


def test_the_result_depends_on_the_bytes_alone(tmp_path):
    for name, data in SAMPLES.items():
        path = tmp_path / "misleading.txt"
        path.write_bytes(data)
        assert (decode(data) == decode(path)).all(), name


def test_a_progressive_jpeg_is_the_baseline_jpeg():
    assert (decode(SAMPLES["progressive"]) == decode(SAMPLES["JPEG"])).all()


def test_grey_pictures_have_three_equal_channels():
    grey = picture().convert("L")
    for file_format in ("JPEG", "PNG", "TIFF"):
        pixels = decode(encoded(grey, file_format))
        assert (pixels == pixels[..., :1]).all()
        assert difference(pixels[..., 0], grey).mean() < 3


def test_inverted_cmyk_of_adobe_is_not_a_negative():
    pixels = decode(SAMPLES["CMYK"])
    assert difference(pixels, picture()).mean() < 8


@pytest.mark.parametrize(("colors", "bits"), [(2, 1), (4, 2), (16, 4), (256, 8)])
def test_palettes_of_any_depth(colors, bits):
    quantized = picture().quantize(colors)
    data = encoded(quantized, "PNG")
    assert data[24] == bits
    assert (decode(data) == np.asarray(quantized.convert("RGB"))).all()


def test_black_and_white_of_one_bit():
    bilevel = picture().convert("1")
    assert (decode(encoded(bilevel, "PNG")) == np.asarray(bilevel.convert("RGB"))).all()


def test_alpha_is_laid_on_white():
    clear_red = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    clear_red.putpixel((1, 0), (255, 0, 0, 128))
    for file_format in ("PNG", "TIFF"):
        assert decode(encoded(clear_red, file_format)).tolist() == [
            [[255, 255, 255], [255, 127, 127]]
        ]


def test_grey_with_alpha_is_laid_on_white():
    assert decode(encoded(Image.new("LA", (1, 1), (0, 0)), "PNG")).tolist() == [[[255] * 3]]


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_a_transparent_palette_entry_is_white(file_format):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    data = encoded(image, file_format, transparency=0)
    assert decode(data).tolist() == [[[255, 255, 255], [200, 100, 50]]]


def test_sixteen_bits_of_grey_keep_the_upper_eight():
    values = np.array([[0, 255, 256, 40_000, 65_535]], np.uint16)
    data = encoded(Image.fromarray(values), "PNG")
    assert decode(data)[0, :, 0].tolist() == [0, 0, 1, 156, 255]


def test_sixteen_bits_of_grey_can_be_transparent():
    values = np.array([[0, 40_000]], np.uint16)
    data = encoded(Image.fromarray(values), "PNG", transparency=0)
    assert decode(data)[0, :, 0].tolist() == [255, 156]


def png(width, height, bit_depth, color_type, rows):
    """A PNG put together by hand: Pillow writes neither 16-bit colours nor false sizes."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, bit_depth, color_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_sixteen_bits_of_colour_keep_the_upper_eight():
    data = png(2, 1, 16, 2, [struct.pack(">6H", 0, 40_000, 65_535, 255, 256, 32_768)])
    assert decode(data).tolist() == [[[0, 156, 255], [0, 1, 128]]]


def test_of_an_animation_the_first_frame_is_taken():
    frames = [picture(seed=seed) for seed in (1, 2, 3)]
    for file_format in ("GIF", "WEBP", "PNG"):
        moving = encoded(frames[0], file_format, save_all=True, append_images=frames[1:])
        assert difference(decode(moving), frames[0]).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_rotation_is_applied(file_format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(picture(), file_format, exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    pixels = decode(data)
    assert pixels.shape == upright.shape
    assert (pixels == upright).all()
    assert pixels.flags.c_contiguous
    assert image_size(data) == (pixels.shape[1], pixels.shape[0])


def test_exif_behind_the_pixels_of_a_png_is_found():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(picture(), "PNG", exif=exif)
    start = data.index(b"eXIf") - 4
    end = start + 12 + struct.unpack(">I", data[start : start + 4])[0]
    moved = data[:start] + data[end:-12] + data[start:end] + data[-12:]  # before IEND
    assert image_size(moved) == (40, 60)
    assert (decode(moved) == decode(data)).all()


def test_unreadable_exif_leaves_a_picture_as_it_is():
    assert decode(encoded(picture(), "JPEG", exif=b"Exif\0\0nonsense")).shape == (40, 60, 3)


def wide_gamut_profile():
    """A profile that shows: that of sRGB with the columns of red and green swapped."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(132, 132 + 12 * struct.unpack(">I", content[128:132])[0], 12):
        name = bytes(content[entry : entry + 4])
        if name in (b"rXYZ", b"gXYZ"):
            content[entry : entry + 4] = b"gXYZ" if name == b"rXYZ" else b"rXYZ"
    return bytes(content)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_embedded_profile_is_converted_to_srgb(file_format):
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    pixels = decode(encoded(red, file_format, icc_profile=wide_gamut_profile()))
    assert difference(pixels, np.array([0, 255, 0])).max() < 10


def linear_grey_profile():
    """The smallest ICC profile of grey whose values are proportional to light."""
    white = struct.pack(">4s4x3i", b"XYZ ", 63_190, 65_536, 54_061)  # D50, in 1/65536
    curve = struct.pack(">4s4xI", b"curv", 0)  # no points: the identity
    start = 128 + 4 + 2 * 12
    tags = struct.pack(
        ">I4sII4sII", 2, b"wtpt", start, len(white), b"kTRC", start + len(white), len(curve)
    )
    size = start + len(white) + len(curve)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i", size, 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp",
        63_190, 65_536, 54_061,
    )  # fmt: skip
    return header.ljust(128, b"\0") + tags + white + curve


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_profile_of_grey_is_converted_too(file_format):
    grey = Image.new("L", (16, 16), 55)
    pixels = decode(encoded(grey, file_format, icc_profile=linear_grey_profile()))
    assert difference(pixels, np.full(3, 128)).max() <= 2  # 55/255 of the light is 128 in sRGB


def test_a_profile_that_is_srgb_changes_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for file_format in ("JPEG", "PNG"):
        with_profile = decode(encoded(picture(), file_format, icc_profile=srgb))
        assert (with_profile == decode(SAMPLES[file_format])).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_profile_that_fails_is_ignored(mode):
    image = picture().convert(mode)
    with_profile = decode(encoded(image, "JPEG", icc_profile=b"nonsense" * 40))
    assert (with_profile == decode(encoded(image, "JPEG"))).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("at_least_px", [1, 100, 130, 200, 201, 400, 799, 801, 5000])
def test_a_reduced_jpeg_keeps_its_longer_side_as_asked(mode, at_least_px):
    for size in ((801, 533), (533, 801), (801, 9)):
        data = encoded(picture(*size).convert(mode), "JPEG")
        height, width, _ = decode(data, at_least_px=at_least_px).shape
        assert max(height, width) >= min(at_least_px, 801)
        assert max(height, width) < max(2 * at_least_px, 102)
        factor = next(f for f in (1, 2, 4, 8) if math.ceil(801 / f) == max(height, width))
        assert (width, height) == tuple(math.ceil(side / factor) for side in size)


def test_a_reduced_jpeg_loses_nothing_visible():
    data = encoded(picture(1000, 800), "JPEG", quality=90)
    full, reduced = fit(decode(data), 224), fit(decode(data, at_least_px=448), 224)
    assert difference(full, reduced).mean() < 1


def test_less_than_a_pixel_cannot_be_asked_for():
    with pytest.raises(UsageError, match="at_least_px is 0"):
        decode(SAMPLES["JPEG"], at_least_px=0)


def one_line(caught, *parts):
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_text_that_is_named_like_a_picture(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_text("this is no cat")
    with pytest.raises(ImageError) as caught:
        decode(path)
    one_line(caught, str(path), "not a picture", "b'this is '", "JPEG, PNG")


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    for source, name in ((path, str(path)), (b"", "the image")):
        with pytest.raises(ImageError) as caught:
            decode(source)
        one_line(caught, name, "is empty", "download it again")


@pytest.mark.parametrize("name", ["missing.png", ".", "with\0null", "two\nlines", "x" * 5000])
def test_a_path_that_is_no_file(tmp_path, name):
    for function in (decode, image_size):
        for path in (tmp_path / name, str(tmp_path / name)):
            with pytest.raises(ImageError) as caught:
                function(path)
            one_line(caught, "path")


def test_a_path_may_be_a_string(tmp_path):
    Image.new("RGB", (5, 3), "red").save(tmp_path / "a.png")
    assert image_size(str(tmp_path / "a.png")) == (5, 3)
    assert (decode(str(tmp_path / "a.png")) == decode(tmp_path / "a.png")).all()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("name", SAMPLES)
def test_half_a_file_is_refused_rather_than_filled(name):
    data = SAMPLES[name]
    with pytest.raises(ImageError) as caught:
        decode(data[: len(data) // 2])
    one_line(caught, "the image", "damaged or incomplete", "download it again")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_short_is_refused_at_reduced_size_too(mode, progressive):
    data = encoded(picture(600, 400).convert(mode), "JPEG", progressive=progressive)
    for part in (0.5, 0.9, 0.98):
        with pytest.raises(ImageError, match="damaged or incomplete"):
            decode(data[: int(len(data) * part)], at_least_px=100)


@pytest.mark.parametrize("rest", [bytes(1000), b"\xff\xd9"], ids=["zeros", "end marker"])
def test_a_jpeg_whose_rest_was_never_written_is_refused(rest):
    data = encoded(picture(600, 400), "JPEG")
    with pytest.raises(ImageError, match="damaged or incomplete"):
        decode(data[: len(data) // 2] + rest)


def test_a_jpeg_with_more_behind_its_end_is_whole():
    data = SAMPLES["JPEG"]
    assert (decode(data + b"trailing notes") == decode(data)).all()


def test_a_jpeg_with_surplus_bytes_inside_is_still_read():
    data = SAMPLES["JPEG"]
    surplus = data[:-2] + bytes(9) + data[-2:]
    assert (decode(surplus) == decode(data)).all()


def test_too_many_pixels_are_refused_before_decoding():
    bomb = png(30_000, 30_000, 8, 2, [b""])
    for function in (decode, image_size):
        with pytest.raises(ImageError) as caught:
            function(bomb)
        one_line(caught, "30,000 x 30,000 px", "178,956,970 px", "shrink it")


def test_own_limits_of_pixels_and_bytes(tmp_path):
    path = tmp_path / "small.png"
    path.write_bytes(SAMPLES["PNG"])
    assert decode(path, limits=ImageLimits(max_px=2400)).shape == (40, 60, 3)
    with pytest.raises(ImageError, match=r"60 x 40 px, over the limit of 2,399 px"):
        decode(path, limits=ImageLimits(max_px=2399))
    with pytest.raises(ImageError, match=r"bytes, over the limit of 100; shrink it"):
        decode(path, limits=ImageLimits(max_bytes=100))


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_pixels_of_other_kinds_are_refused_with_their_reason(mode):
    data = encoded(Image.new(mode, (4, 4)), "TIFF")
    for function in (decode, image_size):
        with pytest.raises(ImageError) as caught:
            function(data)
        one_line(caught, f"pixels of the kind {mode}, expected grey, RGB or CMYK", "save it as PNG")


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.sampled_from([None, 10]),
)
def test_damaged_bytes_are_a_picture_or_an_image_error(name, end, flips, at_least_px):
    data = bytearray(SAMPLES[name])
    for place, value in flips:
        # Half of the damage goes to the header, where most fields are.
        reach = 200 if value % 2 else len(data)
        data[int(place * min(reach, len(data)))] = value
    data = bytes(data[: len(data) if end > 0.5 else int(end * 2 * len(data))])
    small = ImageLimits(max_px=1_000_000)
    try:
        width, height = image_size(data, limits=small)
        pixels = decode(data, at_least_px=at_least_px, limits=small)
    except ImageError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape == (height, width, 3) or at_least_px


def test_fit_keeps_the_shape_and_centres_it():
    black = np.zeros((10, 40, 3), np.uint8)
    square = fit(black, 80, fill=200)
    assert square.shape == (80, 80, 3)
    assert (square[30:50] == 0).all()
    assert (square[:30] == 200).all()
    assert (square[50:] == 200).all()


@given(st.integers(1, 5000), st.integers(1, 40), st.booleans(), st.integers(1, 64))
def test_fit_keeps_at_least_a_line_of_any_picture(longer, shorter, upright, size_px):
    shape = (longer, shorter, 3) if upright else (shorter, longer, 3)
    square = fit(np.zeros(shape, np.uint8), size_px)
    assert square.shape == (size_px, size_px, 3)
    dark = np.argwhere(square[..., 0] == 0)
    assert max(dark.max(0) - dark.min(0) + 1) == size_px


def test_shrinking_averages_instead_of_skipping():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    for shrunk in (fit(stripes, 50), stretch(stripes, 50)):
        assert difference(shrunk, np.full(3, 127)).max() <= 2


@given(st.integers(1, 300), st.integers(1, 40), st.integers(1, 64))
def test_reducing_takes_the_mean_of_squares_as_large_as_may_be(longer, shorter, at_least_px):
    pixels = np.random.default_rng(longer).integers(0, 256, (longer, shorter, 3), np.uint8)
    small = reduce(pixels, at_least_px)
    factor = max(1, max(longer, shorter) // at_least_px)
    assert small.shape == (-(-longer // factor), -(-shorter // factor), 3)
    assert max(small.shape[:2]) >= min(at_least_px, longer)
    whole = pixels[: longer // factor * factor, : shorter // factor * factor]
    squares = whole.reshape(longer // factor, factor, shorter // factor, factor, 3)
    inner = small[: longer // factor, : shorter // factor]
    assert difference(inner, squares.mean(axis=(1, 3))).max(initial=0) <= 1


def test_stretch_fills_the_square():
    assert (stretch(np.zeros((10, 40, 3), np.uint8), 16) == 0).all()


@pytest.mark.parametrize("function", [fit, stretch])
def test_a_square_has_a_side(function):
    with pytest.raises(UsageError, match="size_px is 0"):
        function(np.zeros((4, 4, 3), np.uint8), 0)


def distance(one, other):
    """Hamming distance of two hashes as a share of their bits."""
    bits = np.unpackbits(np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8))
    assert bits.size == 256
    return bits.mean()


@pytest.mark.parametrize("seed", range(8))
def test_the_hash_survives_recompression_and_shrinking(seed):
    original = picture(480, 360, seed)
    copy = encoded(original.resize((240, 180)), "JPEG", quality=60)
    kept = perceptual_hash(np.asarray(original))
    assert distance(kept, perceptual_hash(decode(copy))) < 0.1


def test_different_pictures_have_distant_hashes():
    hashes = [perceptual_hash(np.asarray(picture(480, 360, seed))) for seed in range(12)]
    distances = [distance(one, other) for one in hashes for other in hashes if one is not other]
    assert np.quantile(distances, 0.1) > 0.25


def test_the_hash_of_a_flat_or_tiny_picture():
    assert perceptual_hash(np.full((300, 300, 3), 128, np.uint8)) == bytes(32)
    assert len(perceptual_hash(np.zeros((1, 1, 3), np.uint8))) == 32


def folder_with(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_folders_are_walked_in_sorted_order(tmp_path):
    names = ["a/2.PNG", "a/b/3.webp", "a/c.jpg", "z.gif"]
    folder_with(tmp_path, *reversed(names), "notes.txt", ".hidden.png", ".thumbs/x.png")
    assert [path.relative_to(tmp_path).as_posix() for path in find_images([tmp_path])] == names


def test_files_are_taken_as_given(tmp_path):
    folder_with(tmp_path, "no_extension", ".hidden.png", "b.png")
    given_paths = [tmp_path / "no_extension", tmp_path / ".hidden.png", tmp_path]
    assert list(find_images(given_paths)) == [*given_paths[:2], tmp_path / "b.png"]


def test_links_that_lead_in_a_circle_end(tmp_path):
    folder_with(tmp_path, "a/1.png")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "broken.png").symlink_to(tmp_path / "gone.png")
    assert [path.name for path in find_images([tmp_path])] == ["1.png"]


def make_too_deep(folder):
    """Folders in folders until their path is longer than the system takes."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_is_walked(tmp_path):
    folder_with(tmp_path, "a.png", "z.png")
    make_too_deep(tmp_path)
    told = []
    names = [path.name for path in find_images([tmp_path], on_unlisted=told.append)]
    assert names == ["a.png", "z.png"]
    (error,) = told
    assert "cannot be listed" in str(error)


def test_a_folder_that_cannot_be_listed_ends_the_walk_of_who_does_not_ask(tmp_path):
    make_too_deep(tmp_path)
    with pytest.raises(ImageError, match="cannot be listed"):
        list(find_images([tmp_path]))


def test_a_missing_path_is_named_at_once(tmp_path):
    with pytest.raises(UsageError, match=r"gone\.png does not exist"):
        find_images([tmp_path, Path(tmp_path / "gone.png")])
