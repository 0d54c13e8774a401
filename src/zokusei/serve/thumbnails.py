"""Pictures of works at a few widths, made once and kept."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock

from PIL import Image

from zokusei.errors import UsageError
from zokusei.images import decode, shrink
from zokusei.library import Library
from zokusei.runner import num_cores

WIDTHS_PX = (160, 320, 640, 1280)

MOST_ON_DISK = 4_000_000_000  # bytes; of 1,280 px pictures about 20,000

_LOOK_OVER = 0.05  # the share of it after which the folder is looked over again
_HOUR_S = 3600
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
        most_bytes: How much of them is kept there; those whose use is longest ago go first.
    """

    def __init__(self, library: Library, folder: Path, most_bytes: int = MOST_ON_DISK) -> None:
        self._library, self._folder = library, folder
        self._most_bytes = most_bytes
        self._pruning = Lock()
        self._num_unseen = most_bytes  # bytes written since the folder was looked over
        self._making = BoundedSemaphore(num_cores())
        self._memory = _Memory(_MOST_IN_MEMORY)

    @classmethod
    def of(cls, library: Library, most_bytes: int = MOST_ON_DISK) -> Thumbnails:
        """Those of a library: in its folder, or in the user's cache where it has none."""
        if library.folder:
            return cls(library, library.folder / "thumbnails", most_bytes)
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        name = hashlib.sha256(library.address.encode()).hexdigest()[:32]
        return cls(library, cache / "zokusei" / "thumbnails" / name, most_bytes)

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
            self._prune(len(kept))
        self._memory.put(path.name, kept)
        return kept

    def _prune(self, num_bytes: int) -> None:
        """Looks the folder over once much was written to it, and makes room where it is full."""
        self._num_unseen += num_bytes
        if self._num_unseen < _LOOK_OVER * self._most_bytes or not self._pruning.acquire(False):
            return
        try:
            self._num_unseen = 0
            prune(self._folder, self._most_bytes)
        finally:
            self._pruning.release()

    def _make(self, work_id: str, width_px: int) -> bytes:
        (source,) = self._library.images([work_id]).take([0])
        pixels = decode(source, at_least_px=2 * width_px)
        height, width = pixels.shape[:2]
        return encoded(Image.fromarray(shrink(pixels, round(width_px * max(1, height / width)))))


def prune(folder: Path, most_bytes: int) -> None:
    """Deletes files until a tenth of what may be there is free; those used longest ago first.

    Args:
        folder: With folders of files.
        most_bytes: Nothing is deleted where they are no larger in all.
    """
    files = []
    for path in folder.glob("*/*.webp"):
        with suppress(OSError):  # another process deletes, too
            stat = path.stat()
            files.append((stat.st_mtime, stat.st_size, path))
    too_many = sum(size for _, size, _ in files) - most_bytes
    if too_many <= 0:
        return
    too_many += most_bytes // 10
    for _, size, path in sorted(files):
        if too_many <= 0:
            break
        path.unlink(missing_ok=True)
        too_many -= size


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
    """A file's content; its time tells that it was used, to the hour."""
    try:
        data = path.read_bytes() or None
    except OSError:
        return None
    with suppress(OSError):  # one may be allowed to read only
        if time.time() - path.stat().st_mtime > _HOUR_S:
            os.utime(path)
    return data


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
