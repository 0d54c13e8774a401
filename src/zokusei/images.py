"""Any picture a user has, decoded within limits to upright 8-bit RGB."""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ImageFile import ImageFile

from zokusei.errors import ImageError, UsageError

Pixels: TypeAlias = NDArray[np.uint8]
Source: TypeAlias = "bytes | str | os.PathLike[str]"
Picture: TypeAlias = "Source | Pixels"

EXTENSIONS = frozenset(
    {".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
ORIENTATION_TAG = 0x0112  # of EXIF 2.3
FORMATS = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is refused before a pixel is decoded.

    Args:
        max_bytes: Largest file, in bytes.
        max_px: Largest picture, width times height; by default Pillow's own limit.
    """

    max_bytes: int = 200_000_000
    max_px: int = 178_956_970


DEFAULT_LIMITS = ImageLimits()


def decode(
    source: Source, *, at_least_px: int | None = None, limits: ImageLimits = DEFAULT_LIMITS
) -> Pixels:
    """Decodes a picture: upright, on white where it is transparent, in sRGB.

    Of an animation the first frame is taken. Sixteen bits a channel keep their
    upper eight. The result depends on the content and ``at_least_px`` alone.

    Args:
        source: The file's content, or where it is.
        at_least_px: How long the longer side must stay, in pixels; JPEGs may
            then be decoded at a half, a quarter or an eighth of their size.
            Ask for twice what the picture is to be shrunk to, and nothing
            visible is lost. None decodes in full.
        limits: What is too large.

    Returns:
        uint8 (H, W, 3), RGB, C-contiguous, possibly read-only.

    Raises:
        ImageError: The picture is missing, damaged, incomplete, too large, or
            of a format or colour mode that cannot be read.
        UsageError: ``at_least_px`` is less than 1.
    """
    if at_least_px is not None and at_least_px < 1:
        raise UsageError(f"at_least_px is {at_least_px}, expected 1 or more")
    name, data = _read(source, limits)
    with _one_error(name):
        image = _open(name, data, limits)
        orientation = _orientation(image, data)
        pixels = _from_jpeg(image, data, at_least_px) if image.format == "JPEG" else None
        if pixels is None:
            pixels = _from_pillow(image)
        return np.ascontiguousarray(_upright(pixels, orientation))


def pixels_of(picture: Picture, *, at_least_px: int) -> Pixels:
    """A picture's pixels: decoded as by ``decode``, or as they are where it is decoded already."""
    return picture if isinstance(picture, np.ndarray) else decode(picture, at_least_px=at_least_px)


def image_size(source: Source, *, limits: ImageLimits = DEFAULT_LIMITS) -> tuple[int, int]:
    """The size of a picture as it is looked at, read from its header.

    Args:
        source: The file's content, or where it is.
        limits: What is too large.

    Returns:
        Width and height in pixels; those of ``decode``.

    Raises:
        ImageError: As for ``decode``, except for damage after the header.
    """
    name, data = _read(source, limits)
    with _one_error(name):
        image = _open(name, data, limits)
        width, height = image.size
        return (height, width) if _orientation(image, data) >= 5 else (width, height)


def has_known_format(data: bytes) -> bool:
    """Whether a file begins as one of a format that can be read."""
    return _opener(data[:16]) is not None


def fit(pixels: Pixels, size_px: int, *, fill: int = 255) -> Pixels:
    """Shrinks or enlarges a picture into the middle of a square, keeping its shape.

    Args:
        pixels: uint8 (H, W, 3).
        size_px: Side of the square, and of the picture's longer side.
        fill: Value of the border, 0 to 255.

    Returns:
        uint8 (size_px, size_px, 3).

    Raises:
        UsageError: ``size_px`` is less than 1.
    """
    _check_side(size_px)
    scale = size_px / max(pixels.shape[:2])
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    top, left = (size_px - height) // 2, (size_px - width) // 2
    square = np.full((size_px, size_px, 3), fill, np.uint8)
    square[top : top + height, left : left + width] = _resize(pixels, width, height)
    return square


def shrink(pixels: Pixels, at_most_px: int) -> Pixels:
    """Shrinks a picture whose longer side is longer than wanted; others stay as they are.

    Args:
        pixels: uint8 (H, W, 3).
        at_most_px: The longer side that it may have.

    Returns:
        uint8 (h, w, 3).

    Raises:
        UsageError: ``at_most_px`` is less than 1.
    """
    _check_side(at_most_px)
    scale = at_most_px / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return _resize(pixels, width, height)


def reduce(pixels: Pixels, at_least_px: int) -> Pixels:
    """Shrinks a picture by the largest whole factor that leaves its longer side long enough.

    Every square of so many pixels becomes its mean, several times faster than ``shrink``.

    Args:
        pixels: uint8 (H, W, 3).
        at_least_px: The longer side that it must keep.

    Returns:
        uint8 (h, w, 3); ``pixels`` where even halves would be too short.

    Raises:
        UsageError: ``at_least_px`` is less than 1.
    """
    _check_side(at_least_px)
    factor = max(pixels.shape[:2]) // at_least_px
    return pixels if factor < 2 else np.asarray(Image.fromarray(pixels).reduce(factor))


def stretch(pixels: Pixels, size_px: int) -> Pixels:
    """Resizes a picture to a square without keeping its shape, as Illustration2Vec does.

    Args:
        pixels: uint8 (H, W, 3).
        size_px: Side of the square.

    Returns:
        uint8 (size_px, size_px, 3).

    Raises:
        UsageError: ``size_px`` is less than 1.
    """
    _check_side(size_px)
    return _resize(pixels, size_px, size_px)


def perceptual_hash(pixels: Pixels) -> bytes:
    """A 256-bit difference hash, for finding near-duplicates by Hamming distance.

    The picture is shrunk to 17 x 16 grey areas; a bit says whether an area is
    lighter than the one to its left (N. Krawetz, "Kind of Like That", 2013).
    Lighter means by two of 256 levels, lest the noise of a JPEG decide in
    flat areas, of which illustrations are full.

    Args:
        pixels: uint8 (H, W, 3).

    Returns:
        32 bytes.
    """
    grey = Image.fromarray(pixels).convert("L").resize((17, 16), Image.Resampling.BOX)
    areas = np.asarray(grey, np.int16)
    return np.packbits(areas[:, 1:] - areas[:, :-1] >= 2).tobytes()


def find_images(
    paths: Iterable[Path], *, on_unlisted: Callable[[ImageError], None] | None = None
) -> Iterator[Path]:
    """Pictures by path: files as they are given, folders walked in sorted order.

    Within folders, hidden entries and files without a known extension are
    left out, and links to folders are not followed.

    Args:
        paths: Files and folders.
        on_unlisted: Told of each folder that cannot be listed, which is then
            left out. Without it such a folder ends the walk.

    Returns:
        An iterator that walks as it is asked.

    Raises:
        UsageError: A path does not exist (at once).
        ImageError: A folder cannot be listed (when it is reached).
    """
    given = [Path(path) for path in paths]
    for path in given:
        if not path.exists():
            raise UsageError(f"{path} does not exist; give a picture or a folder of pictures")
    tell = on_unlisted or _refuse
    return (found for path in given for found in (_walk(path, tell) if path.is_dir() else [path]))


def _refuse(error: ImageError) -> None:
    raise error


def _walk(folder: Path, on_unlisted: Callable[[ImageError], None]) -> Iterator[Path]:
    try:
        with os.scandir(folder) as found:
            entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in found)
    except OSError as error:
        on_unlisted(ImageError(f"{folder} cannot be listed: {error.strerror}; check its rights"))
        return
    for name, is_folder in entries:
        path = folder / name
        if name.startswith("."):
            continue
        if is_folder:
            yield from _walk(path, on_unlisted)
        elif path.suffix.lower() in EXTENSIONS and _is_file(path):
            yield path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return True  # whoever reads it will say what is wrong


def _read(source: Source, limits: ImageLimits) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name, num_bytes = "the image", len(source)
    else:
        source = Path(source)
        name = str(source) if str(source).isprintable() else repr(str(source))
        try:
            if not source.is_file():
                what = "is a folder" if source.is_dir() else "does not exist or is no file"
                raise ImageError(f"{name} {what}; give the path of a picture")
            num_bytes = source.stat().st_size
        except (OSError, ValueError) as error:
            raise ImageError(f"{name} cannot be read: {error}; check the path") from error
    if num_bytes == 0:
        raise ImageError(f"{name} is empty; copy or download it again")
    if num_bytes > limits.max_bytes:
        raise ImageError(
            f"{name} has {num_bytes:,} bytes, over the limit of {limits.max_bytes:,}; "
            "shrink it, or raise max_bytes of ImageLimits"
        )
    try:
        return name, source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise ImageError(f"{name} cannot be read: {error.strerror}; check its rights") from error


@contextmanager
def _one_error(name: str) -> Iterator[None]:
    """Turns whatever a decoder raises on hostile bytes into one line of ``ImageError``."""
    try:
        yield
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(
            f"{name} needs more memory than there is; shrink it, or lower max_px of ImageLimits"
        ) from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} has parts that are too large ({error}); shrink it") from error
    except Exception as error:
        # Decoders fail in many ways on damaged files: OSError, SyntaxError, ValueError,
        # struct.error, zlib.error, KeyError, AssertionError and more were seen.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(
            f"{name} cannot be decoded, it is damaged or incomplete ({reason}); "
            "copy or download it again"
        ) from error


def _open(name: str, data: bytes, limits: ImageLimits) -> ImageFile:
    """Reads the header, and refuses what is too large or of another kind.

    Pillow's classes are called directly: ``Image.open`` would try other formats
    too, and put its own process-wide limit in the place of ours.
    """
    opener = _opener(data[:16])
    if opener is None:
        raise ImageError(
            f"{name} is not a picture that can be read (it starts with {data[:8]!r}); "
            f"give a {FORMATS} file"
        )
    image = opener(io.BytesIO(data))
    width, height = image.size
    if width * height > limits.max_px:
        raise ImageError(
            f"{name} is {width:,} x {height:,} px, over the limit of {limits.max_px:,} px in all; "
            "shrink it, or raise max_px of ImageLimits"
        )
    if width < 1 or height < 1:
        raise ValueError(f"it says it is {width} x {height} px")
    if image.mode in ("F", "I", "LAB"):
        raise ImageError(
            f"{name} has pixels of the kind {image.mode}, expected grey, RGB or CMYK of 8 or 16 "
            "bits a channel; save it as PNG"
        )
    return image


def _opener(head: bytes) -> type[ImageFile] | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if head.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return TiffImagePlugin.TiffImageFile
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if head[4:12] in (b"ftypavif", b"ftypavis", b"ftypmif1", b"ftypmsf1"):
        return AvifImagePlugin.AvifImageFile
    return None


def _orientation(image: ImageFile, data: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or it is unreadable."""
    if image.format == "TIFF":
        return 1  # Pillow turns TIFF, and only TIFF, by itself
    if image.format == "PNG" and b"eXIf" not in data and b"Raw profile type exif" not in data:
        return 1  # Pillow would decode all pixels to look behind them
    try:
        orientation = image.getexif().get(ORIENTATION_TAG)
    except Exception:
        return 1  # EXIF in a mess says nothing about the pixels
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _from_jpeg(image: ImageFile, data: bytes, at_least_px: int | None) -> Pixels | None:
    """Decodes a JPEG by libjpeg-turbo, or sets Pillow up for it and returns None."""
    factor = _reduction(max(image.size), at_least_px)
    try:
        pixels = _from_turbojpeg(image, data, factor)
    except ValueError as error:
        # Rare subsampling and surplus bytes are left to Pillow, which takes them. It would also
        # take some damaged data, and fill the gaps with grey.
        if re.search(r"Premature|Corrupt(?!.*extraneous)", str(error)):
            raise
        pixels = None
    if pixels is None:
        width, height = image.size
        image.draft(None, (max(1, width // factor), max(1, height // factor)))
    return pixels


def _reduction(longer_px: int, at_least_px: int | None) -> int:
    """How many times smaller a JPEG may be decoded: 1, 2, 4 or 8.

    Halves only: scales of 5/8 to 7/8 take longer than the full size (1 MP, one
    core, 2026: 1/1 2.6 ms, 7/8 4.5 ms, 5/8 3.0 ms, 1/2 1.9 ms).
    """
    if at_least_px is None:
        return 1
    return next((f for f in (8, 4, 2) if math.ceil(longer_px / f) >= at_least_px), 1)


def _from_turbojpeg(image: ImageFile, data: bytes, factor: int) -> Pixels | None:
    width, height = image.size
    to_srgb = _to_srgb(image.info.get("icc_profile"), image.mode)
    if image.mode != "RGB" and (image.mode != "L" or to_srgb is not None):
        return None
    pixels: Pixels = simplejpeg.decode_jpeg(
        data, "RGB", min_height=math.ceil(height / factor), min_width=math.ceil(width / factor)
    )
    if to_srgb is None:
        return pixels
    return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), to_srgb))


def _from_pillow(image: ImageFile) -> Pixels:
    opaque = _opaque(image)
    to_srgb = _to_srgb(image.info.get("icc_profile"), opaque.mode)
    if to_srgb is not None:
        return np.asarray(ImageCms.applyTransform(opaque, to_srgb))
    return np.asarray(opaque.convert("RGB"))


def _opaque(image: Image.Image) -> Image.Image:
    """The picture on white, at 8 bits a channel, in mode L, RGB or CMYK."""
    if image.mode.startswith("I;16"):
        return _from_16_bits(image)
    if image.has_transparency_data:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    if image.mode == "1":
        return image.convert("L")
    image.load()
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    """Upper bytes of 16-bit grey, which is what Pillow keeps of 16-bit colours."""
    values = np.asarray(image)
    grey = (values >> 8).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey)


@lru_cache(maxsize=32)
def _to_srgb(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From an embedded ICC profile to sRGB; None where that changes nothing or is impossible."""
    if not profile or mode not in ("L", "RGB", "CMYK"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        if mode == "CMYK":
            return transform
        probe = _probe(mode)
        before = np.asarray(probe.convert("RGB"), np.int16)
        after = np.asarray(ImageCms.applyTransform(probe, transform), np.int16)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    return transform if np.abs(after - before).max() > 2 else None  # 2 levels: rounding


def _probe(mode: str) -> Image.Image:
    """All greys, or 6 x 6 x 6 colours spread over the cube."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    levels = np.arange(0, 256, 51, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1)
    return Image.fromarray(cube.reshape(6, 36, 3))


def _resize(pixels: Pixels, width_px: int, height_px: int) -> Pixels:
    # Bicubic rings less around ink lines than Lanczos, and Pillow antialiases it. Shrinking by
    # whole factors first (reducing_gap) is faster and differs by less than a level on average.
    image = Image.fromarray(pixels)
    resized = image.resize((width_px, height_px), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(resized)


def _check_side(size_px: int) -> None:
    if size_px < 1:
        raise UsageError(f"size_px is {size_px}, expected 1 or more")
