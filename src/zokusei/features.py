"""The feature pass: each work's window sums by a frozen trunk, kept in the library.

With the trunk frozen, a convolution of kernel k and the mean over its outputs
are linear in k*k*C numbers a work (``head/windows.py``): the trunk runs once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import ImageError, LibraryError
from zokusei.head.windows import window_sums
from zokusei.library import Library
from zokusei.runner import run_each
from zokusei.trunk import Statistics, StatisticsMeter

# Works in one file: 19 MB at 9,216 features.
_SHARD_WORKS = 1024

# Pictures by which the trunk and its inputs are checked before the pass.
_CHECKED = 128


@dataclass(frozen=True, slots=True)
class FeatureKind:
    """Which features.

    Args:
        trunk: Fingerprint of the bundle that is the trunk.
        kernel_size: k of the head's convolution.
        padding: p of the head's convolution.
        mirrored: Whether each work has a second row, of its mirror image.
    """

    trunk: str
    kernel_size: int = 3
    padding: int = 1
    mirrored: bool = False

    @property
    def name(self) -> str:
        """Of the folder."""
        mirrored = "-mirrored" if self.mirrored else ""
        return f"{self.trunk}-k{self.kernel_size}p{self.padding}{mirrored}"


class FeatureStore:
    """Window sums of the works of a library: float16 files, a thousand works each.

    A file counts once its list of works stands beside it: a pass that was
    killed goes on after the last.

    Args:
        library: Whose works.
        kind: Which features.
    """

    def __init__(self, library: Library, kind: FeatureKind) -> None:
        if library.folder is None:
            raise LibraryError(
                f"features are memory-mapped and need a directory; {library.address} is none"
            )
        self.kind = kind
        self._folder = library.folder / "features" / kind.name

    @property
    def rows_per_work(self) -> int:
        """2 with mirrored views, else 1."""
        return 2 if self.kind.mirrored else 1

    def _lists(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"))

    def work_ids(self) -> list[str]:
        """The works that have features, in the order of the files."""
        return [work_id for path in self._lists() for work_id in json.loads(path.read_text())]

    def shards(self) -> list[NDArray[np.float16]]:
        """The features, memory-mapped: float16 (n, k*k*C) each.

        With mirrored views a work's two rows follow each other.
        """
        return [np.load(path, mmap_mode="r") for path in self.paths()]

    def paths(self) -> list[Path]:
        """The files of the features."""
        return [path.with_suffix(".npy") for path in self._lists()]

    def append(self, work_ids: Sequence[str], features: NDArray[np.float16]) -> None:
        """Adds a file.

        Args:
            work_ids: Of n works.
            features: float16 (n * rows_per_work, k*k*C).
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{len(self._lists()):05d}.npy"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.save(file, features)
            os.fsync(file.fileno())
        partial.replace(path)
        partial.write_text(json.dumps(list(work_ids)))
        partial.replace(path.with_suffix(".json"))


@dataclass(slots=True)
class FeatureReport:
    """What became of the works.

    Args:
        computed: Works that got features now.
        already: Works that had them.
        failed: Works whose picture cannot be read, and why.
    """

    computed: int
    already: int
    failed: list[tuple[str, str]]


def compute_features(
    library: Library,
    trunk: Bundle,
    kind: FeatureKind,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> FeatureReport:
    """Runs a trunk on the works that lack its features; may be stopped and repeated.

    Args:
        library: Whose works.
        trunk: A bundle; its features are those of the layer it is cut after.
        kind: Which features, of this trunk.
        on_progress: Called with the works done and those to do.

    Raises:
        BundleError: What goes into the trunk or comes out is far from what it
            is used to; the likely cause is named.
    """
    store = FeatureStore(library, kind)
    there = set(store.work_ids())
    missing = [work_id for work_id in library.work_ids() if work_id not in there]
    report = FeatureReport(0, len(there), [])
    if not missing:
        return report
    check_trunk(library, trunk, missing)
    preprocessing = trunk.preprocessing

    def run(pictures: list[NDArray[np.uint8]]) -> list[NDArray[np.float16]]:
        canvases = np.stack(pictures)
        views = [canvases, canvases[:, :, ::-1]] if kind.mirrored else [canvases]
        sums = [window_sums(trunk.features(view), kind.kernel_size, kind.padding) for view in views]
        return list(np.stack(sums, axis=1).astype(np.float16))

    images = (image for batch in library.images(missing).batches(64) for image in batch)
    pictures = zip(missing, images, strict=True)
    done = 0

    def computed() -> Iterator[tuple[str, NDArray[np.float16]]]:
        nonlocal done
        for work_id, outcome in run_each(pictures, preprocessing.canvas_of, run):
            done += 1
            if isinstance(outcome, ImageError):
                report.failed.append((work_id, str(outcome)))
            else:
                yield work_id, outcome
            if on_progress:
                on_progress(done, len(missing))

    for shard in _shards(computed()):
        store.append([work_id for work_id, _ in shard], np.concatenate([f for _, f in shard]))
        report.computed += len(shard)
    return report


def check_trunk(library: Library, trunk: Bundle, work_ids: Sequence[str]) -> None:
    """Compares a trunk's inputs and features on some works with what it is used to.

    A bundle that records no statistics passes.

    Raises:
        BundleError: They are far apart; the likely cause is named.
    """
    recorded = trunk.about.get("statistics")
    if recorded is None:
        return
    rows = np.random.default_rng(0).permutation(len(work_ids))[:_CHECKED]
    images = library.images(work_ids).take(rows.tolist())
    meter = StatisticsMeter()

    preprocessing = trunk.preprocessing

    def measure(pictures: list[NDArray[np.uint8]]) -> list[tuple[NDArray[np.float32], ...]]:
        canvases = np.stack(pictures)
        inputs = preprocessing.normalise(canvases)
        return list(zip(inputs, trunk.features(canvases), strict=True))

    found = 0
    for _, outcome in run_each(enumerate(images), preprocessing.canvas_of, measure):
        if not isinstance(outcome, ImageError):
            meter.add(outcome[0][None], outcome[1][None])
            found += 1
    if found:
        Statistics.from_json(recorded).check(meter.statistics())


def _shards(
    rows: Iterable[tuple[str, NDArray[np.float16]]],
) -> Iterator[list[tuple[str, NDArray[np.float16]]]]:
    offered = iter(rows)
    return iter(lambda: list(islice(offered, _SHARD_WORKS)), [])
