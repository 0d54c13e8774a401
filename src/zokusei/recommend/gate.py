"""How much attributes and people say, by how many bookmarks there are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zokusei.errors import LibraryError, UsageError
from zokusei.library import Library
from zokusei.recommend.bookmark_matrix import Floats

NAME = "gate.json"
_VERSION = 1


class Weights(NamedTuple):
    """Factors of both scores, float64 of one shape, in [0, 1]; together at most 1."""

    attributes: Floats
    bookmarks: Floats


@dataclass(frozen=True, slots=True)
class Gate:
    """What the two scores of a work x weigh when they are added.

        score(x) = attributes * score by attributes + bookmarks * score by bookmarks

        bookmarks  = g = ceiling * h * m^s / (m^s + half_answered^s),    h = n / (n + half_liked)
        attributes = (1 - g) * (1 - h * (1 - worth))

    where the liked works have n bookmarks in all and x has m, and s is the steepness.
    So a work that nobody bookmarked is ranked by attributes alone, and people count
    more with every bookmark on either side, up to the ceiling. Where nobody bookmarked
    what is liked, the score is that by attributes. Both scores are sums of terms; weighed they
    still are. Steep, because a few bookmarks say next to nothing, while beyond
    ``half_answered`` more of them should not lift a work for being popular.

    ``worth`` alone says how fresh works stand against known ones: a score by
    bookmarks is relative to the best work's and most are small, one by
    attributes is 0.9 for hundreds of works. At 1 fresh works crowd the lists;
    near 0 they come after all that people speak for.

    Args:
        ceiling: In [0, 1]: the share g of people where both have bookmarks without end.
        half_liked: 0 or more: so many bookmarks of the liked works give half of h.
        half_answered: Over 0: so many bookmarks of the answered work give half of g.
        worth: In (0, 1]: of a score by attributes beside one by bookmarks.
        steepness: In [1, 16]: how suddenly people are heard around ``half_answered``.
        learned: On what the numbers were learned, for people to read.

    Raises:
        UsageError: A number is out of its range.
    """

    ceiling: float
    half_liked: float
    half_answered: float
    worth: float = 1.0
    steepness: float = 2.0
    learned: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ranges = {
            "ceiling": (0.0, 1.0),
            "half_liked": (0.0, math.inf),
            "half_answered": (1e-9, math.inf),
            "worth": (1e-9, 1.0),
            "steepness": (1.0, 16.0),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high or not math.isfinite(value):
                raise UsageError(f"{name} of a gate is {value}, expected {low:g} to {high:g}")

    def share(self, num_liked: ArrayLike, num_answered: ArrayLike) -> Floats:
        """The share of people, in [0, ceiling]; 0 where either has no bookmark.

        Args:
            num_liked: Bookmarks of the liked works, summed; 0 or more, of any shape.
            num_answered: Bookmarks of the answered work; broadcast against the other.

        Returns:
            float64, of the shape that both have together.
        """
        of_liked = _saturated(num_liked, self.half_liked)
        raised = (np.asarray(num_answered, np.float64) / self.half_answered) ** self.steepness
        of_answered = _saturated(raised, 1.0)
        share: Floats = self.ceiling * of_liked * of_answered
        return share

    def weights(self, num_liked: ArrayLike, num_answered: ArrayLike) -> Weights:
        """What a work's score by attributes and its score by bookmarks are multiplied by.

        Args:
            num_liked: As for ``share``.
            num_answered: As for ``share``.
        """
        share = self.share(num_liked, num_answered)
        of_liked = _saturated(num_liked, self.half_liked)
        return Weights((1 - share) * (1 - of_liked * (1 - self.worth)), share)

    @classmethod
    def from_package(cls) -> Gate:
        """The gate in the package, for libraries that have not learned their own."""
        return cls._from_text(resources.files(__package__).joinpath(NAME).read_text("utf-8"))

    @classmethod
    def from_library(cls, library: Library) -> Gate:
        """The gate that was learned on a library, else the one in the package.

        Raises:
            LibraryError: Its file is damaged.
        """
        path = gate_path(library)
        return cls.load(path) if path is not None and path.is_file() else cls.from_package()

    @classmethod
    def load(cls, path: Path) -> Gate:
        """Reads a gate that ``save`` wrote.

        Raises:
            LibraryError: The file is missing, damaged, or of another version.
        """
        try:
            return cls._from_text(path.read_text("utf-8"))
        except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
            raise LibraryError(
                f"{path} is no gate or is damaged ({error}); remove it, or learn it again with "
                "`zokusei learn-gate LIB`"
            ) from error

    @classmethod
    def _from_text(cls, text: str) -> Gate:
        fields = json.loads(text)
        if (version := fields.pop("version")) != _VERSION:
            raise ValueError(f"version {version}, expected {_VERSION}")
        return cls(**fields)

    def save(self, path: Path) -> None:
        """Writes the gate as JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".part")
        text = json.dumps({"version": _VERSION, **asdict(self)}, ensure_ascii=False, indent=1)
        fresh.write_text(text + "\n", "utf-8")
        fresh.replace(path)


def gate_path(library: Library) -> Path | None:
    """Where a library keeps its gate; None where it is no folder."""
    return library.folder and library.folder / "index" / NAME


def _saturated(count: ArrayLike, half: float) -> Floats:
    """From 0 for none towards 1; float64."""
    number = np.asarray(count, np.float64)
    total = number + half
    share: Floats = np.divide(number, total, out=np.zeros_like(total), where=total > 0)
    return share
