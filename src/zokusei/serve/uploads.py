"""Uploaded pictures: refused before they are decoded where they are too large, and queued."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import monotonic
from typing import TypeVar

from zokusei.images import FORMATS, ImageLimits, has_known_format, image_size
from zokusei.serve.errors import BusyError, NoPictureError, TooLargeError, TooSlowError
from zokusei.serve.settings import UploadLimits

Result = TypeVar("Result")

_LATELY = 0.2  # of a mean, the part of its last value
_FIRST_GUESS_S = 0.5  # how long a picture takes, before any was tagged


def check_picture(data: bytes, limits: UploadLimits) -> tuple[int, int]:
    """Reads an upload's header, and refuses what cannot or may not be decoded.

    Returns:
        Width and height in pixels, as it is looked at.

    Raises:
        TooLargeError: It has more bytes or pixels than the limit.
        NoPictureError: It is of no known format.
        ImageError: It is damaged.
    """
    if len(data) > limits.max_bytes:
        raise too_many_bytes(limits.max_bytes)
    if not has_known_format(data):
        raise NoPictureError(
            f"this is no picture that can be read (it starts with {data[:8]!r}); "
            f"send a {FORMATS} file"
        )
    width, height = image_size(data, limits=ImageLimits(limits.max_bytes, 2**62))
    if width * height > limits.max_px:
        raise TooLargeError(
            f"the picture is {width:,} x {height:,} px, over the limit of {limits.max_px:,} px in "
            "all; shrink it"
        )
    return width, height


def too_many_bytes(limit: int) -> TooLargeError:
    """The error for what has more bytes than the limit."""
    return TooLargeError(f"the picture has more than {limit:,} bytes, the limit; shrink it")


async def read_body(stream: AsyncIterator[bytes], limits: UploadLimits) -> bytes:
    """What a request sends, as far as the limits go.

    Raises:
        TooLargeError: It is larger than the limit.
        TooSlowError: It did not arrive in time.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(limits.timeout_s):
            async for chunk in stream:
                data += chunk
                if len(data) > limits.max_bytes:
                    raise too_many_bytes(limits.max_bytes)
    except TimeoutError:
        raise TooSlowError(
            f"the picture did not arrive within {limits.timeout_s:g} s; send it again"
        ) from None
    return bytes(data)


class UploadQueue:
    """A few pictures are tagged at a time, some wait, and the others are sent away.

    Args:
        limits: How many.
    """

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._num_admitted = 0
        self._seconds = _FIRST_GUESS_S  # a picture takes, lately
        self._pool: ThreadPoolExecutor | None = None  # from the first picture on
        self.num_refused = 0

    @property
    def num_admitted(self) -> int:
        """Pictures that are arriving, waiting or tagged now."""
        return self._num_admitted

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in the queue; taken before a picture is read, so that few are in memory.

        Raises:
            BusyError: There is none.
        """
        most = self._limits.num_taggers + self._limits.num_waiting
        if self._num_admitted >= most:
            self.num_refused += 1
            wait_s = self._num_admitted * self._seconds / self._limits.num_taggers
            raise BusyError(
                f"{self._num_admitted} pictures are waiting, the limit; try again in a while",
                retry_after_s=max(1, math.ceil(wait_s)),
            )
        self._num_admitted += 1
        try:
            yield
        finally:
            self._num_admitted -= 1

    async def run(self, work: Callable[[], Result]) -> Result:
        """Does something when a tagger is free; to be called in a place."""

        def timed() -> tuple[Result, float]:
            began = monotonic()
            return work(), monotonic() - began

        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._limits.num_taggers, thread_name_prefix="uploads")
        result, seconds = await asyncio.get_running_loop().run_in_executor(self._pool, timed)
        self._seconds += _LATELY * (seconds - self._seconds)
        return result

    def close(self) -> None:
        """Lets the pictures that are tagged now finish, and drops those that wait."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
