"""Features of many works, in memory or in files, read block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError

# A block of float32 takes 16 MB; a quarter of it and twice as much are no faster (2026-11).
_BLOCK_NUMBERS = 1 << 22


@dataclass(frozen=True, eq=False)
class _Shard:
    """An array in memory, or where it lies in a file."""

    shape: tuple[int, int]
    dtype: np.dtype[np.floating]
    array: NDArray[np.floating] | None = None
    path: Path | None = None
    offset: int = 0

    def open(self) -> NDArray[np.floating]:
        """The array, mapped if it is in a file.

        Mapped anew each time: pages read through a mapping count as the process's memory for
        as long as the mapping lives.
        """
        if self.array is not None:
            return self.array
        assert self.path is not None  # noqa: S101 - a shard has one or the other
        return np.memmap(self.path, self.dtype, "r", self.offset, self.shape)


class Features:
    """The features of N works, in shards; as good as one array (N, F) that need not fit in memory.

    >>> features = Features.from_arrays([np.zeros((3, 2), np.float16), np.ones((4, 2), np.float16)])
    >>> len(features), features.num_features, features.dtype.name
    (7, 2, 'float32')
    >>> [(rows.start, block.sum().item()) for rows, block in features.blocks()]
    [(0, 0.0), (3, 8.0)]

    Args:
        shards: At least one, all of one width; made by the constructors ``from_...``.
    """

    def __init__(self, shards: Sequence[_Shard]) -> None:
        widths = sorted({shard.shape[1] for shard in shards})
        if len(widths) != 1:
            raise UsageError(f"shards of features must have one width, found {widths}")
        self._shards = tuple(shards)
        self._starts = np.cumsum([0, *(shard.shape[0] for shard in shards)])
        self.num_features = widths[0]
        double = any(shard.dtype == np.float64 for shard in shards)
        self.dtype: np.dtype[np.floating] = np.dtype(np.float64 if double else np.float32)

    @classmethod
    def from_arrays(cls, arrays: Iterable[NDArray[np.floating]]) -> Features:
        """Features in memory.

        Args:
            arrays: float16, float32 or float64 (N_i, F). One of float64 makes all computing
                float64.

        Raises:
            UsageError: An array has another dtype or is not a matrix, or widths differ.
        """
        shards = []
        for number, array in enumerate(arrays):
            _check(f"array {number}", array)
            shards.append(_Shard((len(array), array.shape[1]), array.dtype, array=array))
        return cls(shards)

    @classmethod
    def from_files(cls, paths: Iterable[Path | str]) -> Features:
        """Features in ``.npy`` files, which stay there.

        Args:
            paths: Files as ``from_arrays`` takes arrays.

        Raises:
            UsageError: A file is not such an array.
        """
        shards = []
        for path in map(Path, paths):
            try:
                mapped = np.load(path, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise UsageError(f"{path} is not a .npy file of features: {error}") from error
            _check(str(path), mapped)
            if not mapped.flags.c_contiguous:
                raise UsageError(f"{path} is in Fortran order; save it in C order, row after row")
            shape = len(mapped), mapped.shape[1]
            shards.append(_Shard(shape, mapped.dtype, path=path, offset=mapped.offset))
        return cls(shards)

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def spans(self) -> list[slice]:
        """Blocks of rows, in order; none crosses from one shard to the next."""
        step = max(1, _BLOCK_NUMBERS // max(1, self.num_features))
        spans = []
        for first, last in zip(self._starts[:-1], self._starts[1:], strict=True):
            spans += [slice(int(i), int(min(i + step, last))) for i in range(first, last, step)]
        return spans

    def read(
        self,
        span: slice,
        *,
        shift: NDArray[np.floating] | float = 0.0,
        out: NDArray[np.floating] | None = None,
    ) -> NDArray[np.floating]:
        """The rows of a span less a shift.

        Args:
            span: One of ``spans``.
            shift: (F,), subtracted from every row.
            out: (at least as many rows, F) of ``dtype``, to be written into.

        Returns:
            float32 or float64 (n, F): ``out`` or a new array.
        """
        shard = int(np.searchsorted(self._starts, span.start, "right")) - 1
        start = int(self._starts[shard])
        rows = self._shards[shard].open()[span.start - start : span.stop - start]
        target = np.empty(rows.shape, self.dtype) if out is None else out[: len(rows)]
        np.subtract(rows, np.asarray(shift, self.dtype), out=target, dtype=self.dtype)
        return target

    def blocks(self) -> Iterator[tuple[slice, NDArray[np.floating]]]:
        """The rows in order, block by block: which they are, and float32 or float64 (n, F)."""
        for span in self.spans:
            yield span, self.read(span)

    def sample(self, num_rows: int, *, seed: int = 0) -> Iterator[NDArray[np.floating]]:
        """Rows drawn without replacement, in order, in pieces that fit in memory.

        Args:
            num_rows: How many; all of them if there are not more.
            seed: Of the drawing.

        Yields:
            float32 or float64 (n, F).
        """
        drawn = np.random.default_rng(seed).permutation(len(self))[:num_rows]
        drawn.sort()
        for span in self.spans:
            first, last = np.searchsorted(drawn, [span.start, span.stop])
            if first < last:
                yield self.read(span)[drawn[first:last] - span.start]


def _check(name: str, array: NDArray[np.floating]) -> None:
    if array.ndim != 2 or array.dtype not in (np.float16, np.float32, np.float64):
        raise UsageError(
            f"{name} of features has shape {array.shape} and dtype {array.dtype}, expected a "
            "matrix (works, features) of float16, float32 or float64"
        )
