"""Batches of pictures and targets, in an order that a seed decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zokusei.bundle import Bundle
from zokusei.errors import ImageError, TrainingError
from zokusei.images import decode
from zokusei.library import ABSENT, PRESENT, UNKNOWN, LabelMatrix, Library
from zokusei.library.splits import Fold, Split, SplitBy
from zokusei.preprocessing import Preprocessing
from zokusei.training.settings import Settings
from zokusei.training.teacher import ask, base_rates, is_certain, may_speak, taught_targets
from zokusei.vocabulary import Vocabulary

# Batches decoded ahead of the one in use.
_AHEAD = 3

# Canvases of a split are kept in memory, so that each is decoded once, if all
# of them take no more than so many bytes.
_KEPT_BYTES = 4 * 2**30

# Pictures that a teacher is asked about at a time.
_ASKED = 64


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's input.

    Args:
        canvases: uint8 (B, S, S, 3), RGB.
        targets: float32 (B, A), the probability that the attribute is present.
        weights: float32 (B, A), 0 where nothing is known.
    """

    canvases: NDArray[np.uint8]
    targets: Tensor
    weights: Tensor


class LabelledWorks:
    """The works of one split about which something is known.

    Args:
        library: Where they are.
        vocabulary: The A attributes to learn.
        split: Which works.
        preprocessing: Brings pictures to the network's size.
        settings: Decide targets and weights.
        teachers: Say of every picture that nobody is certain of what they see;
            with them works without a label are learned from too.

    Raises:
        TrainingError: There are none.
    """

    def __init__(
        self,
        library: Library,
        vocabulary: Vocabulary,
        split: Split,
        preprocessing: Preprocessing,
        settings: Settings,
        teachers: Sequence[Bundle] = (),
    ) -> None:
        self.work_ids, self.labels = labelled_works(
            library,
            vocabulary,
            split,
            split_by=settings.split_by,
            unlabelled=bool(teachers),
        )
        if settings.leave_out and split == "train":
            fold = Fold.parse(settings.leave_out)
            described = self.labels.human.any(axis=1)
            rows = np.flatnonzero(~(described & library.in_fold(fold, self.work_ids)))
            self.work_ids = [self.work_ids[row] for row in rows]
            self.labels = self.labels.select(rows)
        if not self.work_ids:
            works = sum(of == split for of in library.splits(settings.split_by).values())
            raise TrainingError(
                f"none of the {works} works in the {split} split of {library.address} has a label "
                "to learn; about a tenth of all works are in the validation and test splits each: "
                "import more works with labels"
            )
        self._images = library.images(self.work_ids)
        self._preprocessing = preprocessing
        side = preprocessing.size_px
        keeps = len(self) * side * side * 3 <= _KEPT_BYTES
        self._kept = np.empty((len(self) if keeps else 0, side, side, 3), np.uint8)
        self._is_kept = np.zeros(len(self), bool)
        targets, weights = targets_and_weights(
            self.labels, smoothing=settings.smoothing, human_weight=settings.human_weight
        )
        if teachers:
            self._ask(library, teachers, vocabulary, settings, targets, weights)
        repeats = np.where(self.labels.human.any(axis=1), settings.human_repeats, 1)
        self._shown = np.repeat(np.arange(len(self)), repeats)
        self._targets, self._weights = torch.from_numpy(targets), torch.from_numpy(weights)

    def __len__(self) -> int:
        return len(self.work_ids)

    def _ask(
        self,
        library: Library,
        teachers: Sequence[Bundle],
        vocabulary: Vocabulary,
        settings: Settings,
        targets: NDArray[np.float32],
        weights: NDArray[np.float32],
    ) -> None:
        """Changes targets and weights to what teachers make of them."""
        rows = np.flatnonzero(~is_certain(self.labels))
        if not len(rows):
            return
        rates, smoothing = base_rates(self.labels), settings.smoothing
        canvases = (self._canvases(rows[i : i + _ASKED]) for i in range(0, len(rows), _ASKED))
        speaks = may_speak(teachers, library, [self.work_ids[row] for row in rows])
        odds = ask(teachers, canvases, rates, vocabulary, speaks, smoothing=smoothing)
        labels = self.labels.select(rows)
        taught, replace = taught_targets(
            odds, labels, rates, smoothing=smoothing, share=settings.teacher_share
        )
        targets[rows] = np.where(replace, taught, targets[rows])
        weights[rows] = np.where(replace & ~labels.human, 1, weights[rows])

    @property
    def fingerprint(self) -> str:
        """8 hexadecimal digits of which works these are and what is known of them."""
        digest = hashlib.sha256("\n".join(self.work_ids).encode())
        digest.update(self._targets.numpy().tobytes())
        digest.update(self._weights.numpy().tobytes())
        return digest.hexdigest()[:8]

    def num_batches(self, batch_size: int) -> int:
        """Full batches in a pass; what is left over comes in another pass's order."""
        return max(1, len(self._shown) // batch_size)

    def shuffled(
        self, seed: int, epoch: int, batch_size: int, *, start: int = 0
    ) -> Iterator[Batch]:
        """The batches of one pass in the order of (seed, epoch), from batch ``start`` on."""
        order = np.random.default_rng((seed, epoch)).permutation(self._shown)
        pieces = [
            order[i * batch_size : (i + 1) * batch_size]
            for i in range(self.num_batches(batch_size))
        ]
        return self._batches(pieces[start:])

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Every work once."""
        rows = np.arange(len(self))
        return self._batches([rows[i : i + batch_size] for i in range(0, len(self), batch_size)])

    def _batches(self, pieces: Sequence[NDArray[np.int64]]) -> Iterator[Batch]:
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
            waiting: list[Future[Batch]] = [pool.submit(self._load, p) for p in pieces[:_AHEAD]]
            for place in range(len(pieces)):
                batch = waiting.pop(0).result()
                if place + _AHEAD < len(pieces):
                    waiting.append(pool.submit(self._load, pieces[place + _AHEAD]))
                yield batch

    def _load(self, rows: NDArray[np.int64]) -> Batch:
        index = torch.from_numpy(rows)
        return Batch(self._canvases(rows), self._targets[index], self._weights[index])

    def _canvases(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        if not len(self._kept):
            return self._decoded(rows)
        new = rows[~self._is_kept[rows]]
        if len(new):
            self._kept[new] = self._decoded(new)
            self._is_kept[new] = True
        return self._kept[rows]

    def _decoded(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        canvases = []
        for row, image in zip(rows, self._images.take(rows.tolist()), strict=True):
            try:
                pixels = decode(image, at_least_px=self._preprocessing.decode_px)
            except ImageError as error:
                raise TrainingError(
                    f"the picture of work '{self.work_ids[row]}' cannot be read any more: {error}"
                ) from error
            canvases.append(self._preprocessing.canvas(pixels))
        return np.stack(canvases)


def targets_and_weights(
    labels: LabelMatrix, *, smoothing: float, human_weight: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What labels ask of a network.

    Args:
        labels: Of N works and A attributes.
        smoothing: Targets are kept this far from 0 and 1.
        human_weight: Of what a person stated; all else that is known has 1.

    Returns:
        Targets float32 (N, A) in [0, 1], the confidence that the attribute is
        present; weights float32 (N, A), 0 where nothing is known.
    """
    confidence = np.clip(labels.confidences, 0.5, 1 - smoothing)
    targets = np.where(labels.states == PRESENT, confidence, 1 - confidence)
    weights = np.where(labels.human, human_weight, 1.0) * (labels.states != UNKNOWN)
    return targets.astype(np.float32), weights.astype(np.float32)


def labelled_works(
    library: Library,
    vocabulary: Vocabulary,
    split: Split,
    *,
    split_by: SplitBy = "content",
    unlabelled: bool = False,
) -> tuple[list[str], LabelMatrix]:
    """The works of a split about which something is known, and what.

    Args:
        library: Where they are.
        vocabulary: The A attributes.
        split: Which works.
        split_by: How the works were split.
        unlabelled: Gives the works of which nothing is known, too.

    Returns:
        Their N work_ids, sorted, and the labels (N, A).
    """
    in_split = [work_id for work_id, of in library.splits(split_by).items() if of == split]
    labels = library.label_matrix(vocabulary, in_split)
    rows = np.flatnonzero((labels.states != UNKNOWN).any(axis=1) | unlabelled)
    return [in_split[row] for row in rows], labels.select(rows)


def trainable(
    library: Library, vocabulary: Vocabulary, *, min_support: int, split_by: SplitBy = "content"
) -> Vocabulary:
    """The attributes with enough examples either way in the training split.

    Raises:
        TrainingError: There are none.
    """
    _, labels = labelled_works(library, vocabulary, "train", split_by=split_by)
    present = (labels.states == PRESENT).sum(axis=0)
    absent = (labels.states == ABSENT).sum(axis=0)
    rows = np.flatnonzero((present >= min_support) & (absent >= min_support))
    if not len(rows):
        raise TrainingError(
            f"no attribute is present in {min_support} works of the training split of "
            f"{library.address} and absent in as many; import labels or lower min_support"
        )
    return vocabulary.subset(vocabulary.ids[row] for row in rows)
