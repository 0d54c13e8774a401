"""Arrays that grow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PART = 16  # where an array becomes too small, one part in so many is added for later


class Growing:
    """An array to which rows of zeros can be added; it is copied now and then.

    Args:
        array: (N, ...); kept, not copied, until it grows.
    """

    def __init__(self, array: NDArray[Any]) -> None:
        self._whole = array
        self.array = array

    @classmethod
    def with_room(cls, shape: tuple[int, ...], dtype: Any) -> Growing:
        """Zeros, with room after them for one part in ``PART`` more; room takes no memory yet."""
        growing = cls(np.zeros((_with_room(shape[0]), *shape[1:]), dtype))
        growing.array = growing.array[: shape[0]]
        return growing

    def grow(self, size: int) -> None:
        """Makes it so many rows."""
        if size > len(self._whole):
            whole = np.zeros((_with_room(size), *self._whole.shape[1:]), self._whole.dtype)
            whole[: len(self.array)] = self.array
            self._whole = whole
        self.array = self._whole[:size]


def _with_room(size: int) -> int:
    return size + size // PART
