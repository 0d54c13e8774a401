"""Estimates the attributes of pictures with a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import ImageError
from zokusei.runner import Name, Picture, run_each
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
        over_threshold: Whether it is at or over the bundle's threshold for it.
    """

    id: str
    group: str
    en: str
    ja: str
    probability: float
    over_threshold: bool


@dataclass(frozen=True, eq=False)
class Tagging:
    """What a bundle estimates of one picture.

    Args:
        bundle: The bundle's fingerprint.
        converged: Whether its training converged.
        vocabulary: The A attributes.
        probabilities: float32 (A,), calibrated, in [0, 1].
        thresholds: float32 (A,).
        embedding: float32 (D,).
    """

    bundle: str
    converged: bool
    vocabulary: Vocabulary = field(repr=False)
    probabilities: NDArray[np.float32] = field(repr=False)
    thresholds: NDArray[np.float32] = field(repr=False)
    embedding: NDArray[np.float32] = field(repr=False)

    @cached_property
    def attributes(self) -> tuple[AttributeProbability, ...]:
        """All attributes by descending probability."""
        order = np.argsort(-self.probabilities, kind="stable")
        over = self.probabilities >= self.thresholds
        return tuple(
            AttributeProbability(
                id=attribute.id,
                group=attribute.group,
                en=attribute.en,
                ja=attribute.ja,
                probability=float(self.probabilities[row]),
                over_threshold=bool(over[row]),
            )
            for row in order
            for attribute in (self.vocabulary.attributes[row],)
        )

    @property
    def stored_probabilities(self) -> NDArray[np.uint8]:
        """The probabilities as a library keeps them: uint8 (A,), times 255, rounded."""
        stored: NDArray[np.uint8] = np.rint(self.probabilities * 255).astype(np.uint8)
        return stored


class Tagger:
    """Runs a bundle on pictures.

    Args:
        bundle: The model.
        num_threads: One for each core by default.
    """

    def __init__(self, bundle: Bundle, *, num_threads: int | None = None) -> None:
        self.bundle = bundle
        self.num_threads = num_threads

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
        return run_each(
            images, self.tag_canvases, self.bundle.preprocessing, num_threads=self.num_threads
        )

    def tag_canvases(self, canvases: NDArray[np.uint8]) -> list[Tagging]:
        """Tags pictures that the preprocessing has brought to size.

        Args:
            canvases: uint8 (B, S, S, 3), RGB.
        """
        bundle = self.bundle
        logits, embeddings = bundle.logits(canvases)
        return [
            Tagging(
                bundle=bundle.fingerprint,
                converged=bundle.converged,
                vocabulary=bundle.vocabulary,
                probabilities=probabilities,
                thresholds=bundle.thresholds,
                embedding=embedding,
            )
            for probabilities, embedding in zip(
                bundle.calibration.apply(logits), embeddings, strict=True
            )
        ]
