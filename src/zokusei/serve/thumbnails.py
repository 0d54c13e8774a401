"""Pictures of works at a few widths, made once and kept."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections import OrderedDict
from pathlib import Path
from threading import BoundedSemaphore, Lock

from PIL import Image

from zokusei.errors import UsageError
from zokusei.images import decode, shrink
from zokusei.library import Library
from zokusei.runner import num_cores

WIDTHS_PX = (160, 320, 640, 1280)

_QUALITY = 82  # of WebP
_MOST_IN_MEMORY = 64_000_000  # bytes


class Thumbnails:
    """Pictures of a library's works at a few widths.

    A file is named by a hash of the work's picture and the width, so nothing
    that a request says becomes a part of a path. They are always encoded anew:
    whatever else a picture's bytes may be never reaches a browser.

    Args:
        library: Whose works.
        folder: Where they are kept; made when needed.
    """

    def __init__(self, library: Library, folder: Path) -> None:
        self._library, self._folder = library, folder
        self._making = BoundedSemaphore(num_cores())
        self._memory = _Memory(_MOST_IN_MEMORY)

    @classmethod
    def of(cls, library: Library) -> Thumbnails:
        """Those of a library: in its folder, or in the user's cache where it has none."""
        if "://" not in library.address:
            return cls(library, Path(library.address) / "thumbnails")
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        name = hashlib.sha256(library.address.encode()).hexdigest()[:32]
        return cls(library, cache / "zokusei" / "thumbnails" / name)

    def get(self, work_id: str, version: str, width_px: int) -> bytes:
        """A picture as WebP, at most so wide; never enlarged.

        Args:
            work_id: Of a work that is there.
            version: Of its picture; another one makes another file.
            width_px: One of ``WIDTHS_PX``.

        Raises:
            UsageError: The width is none of these.
            ImageError: The work's picture is missing or cannot be read.
        """
        if width_px not in WIDTHS_PX:
            known = ", ".join(map(str, WIDTHS_PX))
            raise UsageError(f"width is {width_px}, expected one of {known}")
        name = hashlib.sha256(f"{work_id}\0{version}".encode()).hexdigest()
        path = self._folder / name[:2] / f"{name[2:]}-{width_px}.webp"
        kept = self._memory.get(path.name) or _read(path)
        if kept is None:
            with self._making:
                kept = _read(path) or self._make(work_id, width_px)
            _write(path, kept)
        self._memory.put(path.name, kept)
        return kept

    def _make(self, work_id: str, width_px: int) -> bytes:
        (source,) = self._library.images([work_id]).take([0])
        pixels = decode(source, at_least_px=2 * width_px)
        height, width = pixels.shape[:2]
        return encoded(Image.fromarray(shrink(pixels, round(width_px * max(1, height / width)))))


def encoded(image: Image.Image) -> bytes:
    """A picture as WebP."""
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=2)
    return out.getvalue()


class _Memory:
    """The bytes that were used last, up to a number of them in all."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._num_bytes = most_bytes, 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def put(self, name: str, data: bytes) -> None:
        with self._lock:
            self._num_bytes += len(data) - len(self._kept.get(name, b""))
            self._kept[name] = data
            while self._num_bytes > self._most_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._num_bytes -= len(oldest)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() or None
    except OSError:
        return None


def _write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; a library that cannot be written to is none the worse."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(draft).replace(path)
    except OSError:
        return
