"""Estimates the attributes of pictures with a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.chroma import MIN_OWN_CHROMA, own_chroma
from zokusei.errors import ImageError
from zokusei.figures import AROUND_GROUPS, FACE_GROUPS, Reading, combined, readings, rows_of
from zokusei.heads import Box, Head, HeadFinder
from zokusei.images import Picture, fit, image_size, pixels_of, reduce, shrink
from zokusei.runner import Name, run_each
from zokusei.runtime import RuntimeName
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class AttributeProbability:
    """One attribute of one picture.

    Args:
        id: The Danbooru tag.
        group: The id of its group.
        en: English display name.
        ja: Japanese display name.
        probability: Calibrated, in [0, 1].
        over_threshold: Whether it is at or over its threshold.
    """

    id: str
    group: str
    en: str
    ja: str
    probability: float
    over_threshold: bool


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure of a picture: its head, and what can be read from it.

    Args:
        box: Left, top, right and bottom of the head, as shares of the picture's width and
            height, in [0, 1].
        score: How sure it is that there is a head, in [0, 1].
        vocabulary: The A attributes.
        probabilities: float32 (A,), calibrated; only those of ``FACE_GROUPS`` and
            ``AROUND_GROUPS`` (figures.py) are the figure's own.
        thresholds: float32 (A,).
        unknown_groups: As in a Tagging, of the figure.
    """

    box: Box
    score: float
    vocabulary: Vocabulary = field(repr=False)
    probabilities: NDArray[np.float32] = field(repr=False)
    thresholds: NDArray[np.float32] = field(repr=False)
    unknown_groups: tuple[str, ...] = ()

    @cached_property
    def attributes(self) -> tuple[AttributeProbability, ...]:
        """The attributes that are read from a head, by descending probability.

        Those of unknown groups are left out.
        """
        on_head = rows_of(self.vocabulary, FACE_GROUPS | AROUND_GROUPS)
        ranked = _ranked(self.vocabulary, self.probabilities, self.thresholds, self.unknown_groups)
        return tuple(each for each in ranked if on_head[self.vocabulary.ids.index(each.id)])


@dataclass(frozen=True, eq=False)
class Tagging:
    """What a bundle estimates of one picture.

    Args:
        bundle: The bundle's fingerprint.
        converged: Whether its training converged.
        vocabulary: The A attributes.
        probabilities: float32 (A,), calibrated, in [0, 1].
        thresholds: float32 (A,); infinity where an attribute is not tagged at any probability.
        embedding: float32 (D,).
        figures: The figures found, the surest first; none where the bundle finds no heads.
        unknown_groups: Ids of the groups about which the picture can tell nothing: those of
            colours, where it is greyscale or of a single hue. Their probabilities mean nothing.
    """

    bundle: str
    converged: bool
    vocabulary: Vocabulary = field(repr=False)
    probabilities: NDArray[np.float32] = field(repr=False)
    thresholds: NDArray[np.float32] = field(repr=False)
    embedding: NDArray[np.float32] = field(repr=False)
    figures: tuple[Figure, ...] = ()
    unknown_groups: tuple[str, ...] = ()

    @cached_property
    def attributes(self) -> tuple[AttributeProbability, ...]:
        """All attributes by descending probability, less those of unknown groups."""
        return _ranked(self.vocabulary, self.probabilities, self.thresholds, self.unknown_groups)

    @property
    def stored_probabilities(self) -> NDArray[np.uint8]:
        """The probabilities as a library keeps them: uint8 (A,), times 255, rounded.

        Those of unknown groups are 0, so that they add nothing to related works.
        """
        stored: NDArray[np.uint8] = np.rint(self.probabilities * 255).astype(np.uint8)
        for group_id in self.unknown_groups:
            stored[list(self.vocabulary.group_rows(group_id))] = 0
        return stored


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept of a picture.

    Args:
        whole: uint8 (S, S, 3), for the network.
        coarse: uint8 (F, F, 3), for the finder.
        pixels: uint8 (H, W, 3), from which large heads are cut.
        picture: As it was given.
    """

    whole: NDArray[np.uint8]
    coarse: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    picture: Picture


# The longer side from which small heads are cut, at least (at most twice this): one of
# a tenth of it still has the size of the network's input.
_SIDE_PX = 1024


class Tagger:
    """Runs a bundle on pictures.

    Args:
        bundle: The model.
        num_threads: One for each core by default.
        precision: Tag only what is right with this precision, in (0, 1); the bundle's own
            thresholds by default.
        runtime: What runs the networks; by default OpenVINO where it is installed and faster.

    Raises:
        UsageError: The precision is outside (0, 1), or the runtime is not installed.
        BundleError: The bundle does not say which threshold gives which precision.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        num_threads: int | None = None,
        precision: float | None = None,
        runtime: RuntimeName = "auto",
    ) -> None:
        self.bundle = bundle.with_runtime(runtime)
        self.num_threads = num_threads
        self.precision = precision
        self.thresholds = (
            bundle.thresholds if precision is None else bundle.thresholds_for(precision)
        )
        self._color_groups = color_groups(bundle.vocabulary)
        self._monochrome_row = (
            bundle.vocabulary.row("monochrome") if "monochrome" in bundle.vocabulary else None
        )

    @classmethod
    def packaged(cls) -> Tagger:
        """A tagger with the bundle in the package."""
        return cls(Bundle.packaged())

    @classmethod
    def from_bundle(cls, path: str | Path) -> Tagger:
        """A tagger with the bundle at a path."""
        return cls(Bundle.load(path))

    def tag(self, images: Iterable[Picture]) -> list[Tagging]:
        """Tags pictures.

        Args:
            images: Encoded bytes, paths, or decoded uint8 (H, W, 3) RGB.

        Raises:
            ImageError: One of them cannot be read.
        """
        taggings = []
        for _, outcome in self.tag_each((None, image) for image in images):
            if isinstance(outcome, ImageError):
                raise outcome
            taggings.append(outcome)
        return taggings

    def tag_each(
        self, images: Iterable[tuple[Name, Picture]]
    ) -> Iterator[tuple[Name, Tagging | ImageError]]:
        """Tags any number of pictures in their order, with memory for a few.

        Args:
            images: Pairs of a name and a picture; read as needed.

        Yields:
            Pairs of the name and its Tagging, or the error that it met.
        """
        bundle = self.bundle
        finder = bundle.finder
        if finder is None:
            return run_each(
                images,
                bundle.preprocessing.canvas_of,
                lambda canvases: self.tag_canvases(np.stack(canvases)),
                num_threads=self.num_threads,
            )
        return run_each(
            images,
            partial(self._look, finder),
            partial(self._read, finder),
            num_threads=self.num_threads,
        )

    def tag_canvases(self, canvases: NDArray[np.uint8]) -> list[Tagging]:
        """Tags pictures that the preprocessing has brought to size, each as a whole.

        Args:
            canvases: uint8 (B, S, S, 3), RGB.
        """
        logits, embeddings = self.bundle.logits(canvases)
        probabilities = self.bundle.calibration.apply(logits)
        return [
            self._tagging(canvas, each, embedding, (), iter(()))
            for canvas, each, embedding in zip(canvases, probabilities, embeddings, strict=True)
        ]

    def _look(self, finder: HeadFinder, picture: Picture) -> _Look:
        preprocessing = self.bundle.preprocessing
        enough_px = max(2 * finder.size_px, preprocessing.decode_px)
        pixels = shrink(pixels_of(picture, at_least_px=enough_px), 2 * _SIDE_PX)
        # The two views are made of one smaller picture: its shrinking is most of their cost.
        near = reduce(pixels, max(finder.size_px, round(1.5 * preprocessing.size_px)))
        return _Look(preprocessing.canvas(near), fit(near, finder.size_px), pixels, picture)

    def _read(self, finder: HeadFinder, looks: list[_Look]) -> list[Tagging | ImageError]:
        """Finds the heads, then reads pictures and heads together."""
        bundle = self.bundle
        found: list[list[Reading] | ImageError] = []
        heads_of_each = finder.find(np.stack([look.coarse for look in looks]))
        for look, heads in zip(looks, heads_of_each, strict=True):
            try:
                found.append(self._readings(finder, look, heads))
            except ImageError as error:
                found.append(error)
        crops = [
            reading.canvas
            for of_picture in found
            if not isinstance(of_picture, ImageError)
            for reading in of_picture
            if reading.canvas is not None
        ]
        asked = [self._is_read_whole(of_picture) for of_picture in found] + [True] * len(crops)
        logits, embeddings = bundle.logits(
            np.stack([look.whole for look in looks] + crops), ask_second=np.array(asked)
        )
        probabilities = bundle.calibration.apply(logits)
        of_crops = iter(probabilities[len(looks) :])
        return [
            of_picture
            if isinstance(of_picture, ImageError)
            else self._tagging(look.whole, whole, embedding, of_picture, of_crops)
            for look, whole, embedding, of_picture in zip(
                looks, probabilities[: len(looks)], embeddings[: len(looks)], found, strict=True
            )
        ]

    def _readings(self, finder: HeadFinder, look: _Look, heads: list[Head]) -> list[Reading]:
        """Cuts heads; where one is small, from pixels that are decoded again, larger."""
        preprocessing = self.bundle.preprocessing
        cut = partial(readings, heads=heads, finder_px=finder.size_px, preprocessing=preprocessing)
        found = cut(look.pixels)
        is_small = any(
            reading.canvas is not None and reading.cut_px < preprocessing.size_px
            for reading in found
        )
        if not (is_small and _is_reduced(look)):
            return found
        return cut(shrink(pixels_of(look.picture, at_least_px=_SIDE_PX), 2 * _SIDE_PX))

    def _is_read_whole(self, found: list[Reading] | ImageError) -> bool:
        """Whether what the second network says of a whole picture counts."""
        second = self.bundle.second
        if isinstance(found, ImageError) or second is None:
            return False
        of_heads = bool(found) and all(reading.canvas is not None for reading in found)
        return not (of_heads and FACE_GROUPS.issuperset(second.groups))

    def _tagging(
        self,
        canvas: NDArray[np.uint8],
        whole: NDArray[np.float32],
        embedding: NDArray[np.float32],
        found: Sequence[Reading],
        of_crops: Iterator[NDArray[np.float32]],
    ) -> Tagging:
        bundle = self.bundle
        unknown = self._unknown_groups(canvas, whole)
        figures = tuple(
            self._figure(reading, whole if reading.canvas is None else next(of_crops), unknown)
            for reading in found
        )
        if figures:
            read = np.stack([figure.probabilities for figure in figures])
            for place, figure in enumerate(figures):
                for group_id in figure.unknown_groups:
                    read[place, list(bundle.vocabulary.group_rows(group_id))] = 0
            whole = combined(whole, read, bundle.vocabulary)
            unknown = tuple(
                group_id
                for group_id in self._color_groups
                if all(group_id in figure.unknown_groups for figure in figures)
            )
        return Tagging(
            bundle=bundle.fingerprint,
            converged=bundle.converged,
            vocabulary=bundle.vocabulary,
            probabilities=whole,
            thresholds=self.thresholds,
            embedding=embedding,
            figures=figures,
            unknown_groups=unknown,
        )

    def _figure(
        self, reading: Reading, probabilities: NDArray[np.float32], of_whole: tuple[str, ...]
    ) -> Figure:
        return Figure(
            box=reading.box,
            score=reading.score,
            vocabulary=self.bundle.vocabulary,
            probabilities=probabilities,
            thresholds=self.thresholds,
            unknown_groups=(
                of_whole
                if reading.canvas is None
                else self._unknown_groups(reading.canvas, probabilities)
            ),
        )

    def _unknown_groups(
        self, canvas: NDArray[np.uint8], probabilities: NDArray[np.float32]
    ) -> tuple[str, ...]:
        """The groups of colours, where a picture has none of its own.

        Tints that vary over a picture are seen by the network alone (2026-11, validation split,
        15 monochrome and 743 coloured faces: the two together find 53% of the former and 0.5%
        of the latter, the pixels alone 7% and 0%).
        """
        row = self._monochrome_row
        monochrome = row is not None and probabilities[row] >= self.bundle.thresholds[row]
        if monochrome or own_chroma(canvas) < MIN_OWN_CHROMA:
            return self._color_groups
        return ()


def _is_reduced(look: _Look) -> bool:
    """Whether decoding a picture for ``_SIDE_PX`` gives more pixels than there are."""
    height, width = look.pixels.shape[:2]
    if isinstance(look.picture, np.ndarray) or max(height, width) >= _SIDE_PX:
        return False
    return image_size(look.picture) != (width, height)


def color_groups(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The ids of the groups that say which colour something of a character has."""
    return tuple(group.id for group in vocabulary.groups if group.color and group.intrinsic)


def _ranked(
    vocabulary: Vocabulary,
    probabilities: NDArray[np.float32],
    thresholds: NDArray[np.float32],
    unknown_groups: tuple[str, ...],
) -> tuple[AttributeProbability, ...]:
    order = np.argsort(-probabilities, kind="stable")
    over = probabilities >= thresholds
    return tuple(
        AttributeProbability(
            id=attribute.id,
            group=attribute.group,
            en=attribute.en,
            ja=attribute.ja,
            probability=float(probabilities[row]),
            over_threshold=bool(over[row]),
        )
        for row in order
        for attribute in (vocabulary.attributes[row],)
        if attribute.group not in unknown_groups
    )
