"""What people bookmark, by the attributes of what they liked: learned from bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from zokusei.errors import LibraryError, UsageError
from zokusei.library import Library
from zokusei.recommend.bookmark_matrix import BookmarkMatrix, Floats

NAME = "taste.npz"
_VERSION = 1

# Added to second moments, of their mean diagonal. Chosen on validation people and works that were
# withheld besides those of the trial (docs/log.md, 2026-11-26).
_OF_QUERIES, _OF_WORKS = 0.01, 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """Reads from liked works' attributes which others make a work likely to be bookmarked.

    With q the mean vector of n liked works and a 1 behind it, a work x scores <w, x>,

        w = q (B + W / n)^-1 C R^-1    to the length 1 / ``longest``

    where B are the second moments of people's own means, W of a person's works around
    theirs, C the mean product of q and the sum of what the same person bookmarked besides,
    and R the second moments of all works that anybody bookmarked. So <w, x> is the best
    linear guess at how much of what a person bookmarks next is x: what one work says of
    them is shrunk towards what everybody bookmarks, what many say is not.

    Source: C. R. Henderson, "Best linear unbiased estimation and prediction under a
    selection model", Biometrics 31 (1975).

    Args:
        attribute_ids: The A attributes.
        axes: float64 (A + 1, D), in which B is the unit and W diagonal.
        spread: float64 (D,), W's diagonal; 0 or more.
        answers: float64 (D, A): C R^-1 along the axes.
        longest: Of the vectors learned from, the length of the longest; over 0.
    """

    attribute_ids: tuple[str, ...]
    axes: Floats
    spread: Floats
    answers: Floats
    longest: float

    def weighted(self, mean: Floats, num_liked: int) -> Floats:
        """What an index searches for people who liked such works: float64 (A,).

        Args:
            mean: float64 (A,), of the liked works' vectors.
            num_liked: 1 or more.
        """
        along = np.append(mean, 1.0) @ self.axes / (1 + self.spread / num_liked)
        weighted: Floats = along @ self.answers
        return weighted / ((np.linalg.norm(weighted) or 1.0) * self.longest)

    def fitted(self, attribute_ids: Sequence[str]) -> Taste:
        """The same for other attributes; those it was not learned with say nothing."""
        ids = tuple(attribute_ids)
        if ids == self.attribute_ids:
            return self
        own = {id_: row for row, id_ in enumerate(self.attribute_ids)}
        rows = np.array([own.get(id_, len(own)) for id_ in ids], np.int64)
        nothing = np.zeros((1, self.axes.shape[1]))
        return replace(
            self,
            attribute_ids=ids,
            axes=np.concatenate([np.concatenate([self.axes[:-1], nothing])[rows], self.axes[-1:]]),
            answers=np.concatenate([self.answers, nothing.T], axis=1)[:, rows],
        )

    @classmethod
    def learn(cls, matrix: BookmarkMatrix, vectors: Floats, attribute_ids: Sequence[str]) -> Taste:
        """Learns from who bookmarked what.

        Args:
            matrix: Of N works and U people.
            vectors: float (N, A), of its works.
            attribute_ids: Of the columns.

        Raises:
            UsageError: Nobody bookmarked two works.
        """
        liked = np.hstack([vectors, np.ones((len(vectors), 1))]).astype(np.float64)
        works = liked[:, :-1]
        sums = matrix.to_people(liked)
        nums = sums[:, -1]
        able = nums >= 2
        if not able.any():
            raise UsageError("nobody bookmarked two works; collect more bookmarks first")
        parts = np.divide(1, nums, out=np.zeros_like(nums), where=able)
        means = sums * parts[:, None]
        of_means = means.T @ means / able.sum()
        of_works = _weighed(liked, matrix.to_works(parts[:, None])[:, 0]) / able.sum()
        within = (of_works - of_means) / (1 - parts[able]).mean()
        between = _definite(of_means - within * parts[able].mean(), np.trace(within) / len(within))
        lower = np.linalg.cholesky(between)
        half = np.linalg.solve(lower, np.linalg.solve(lower, within).T)
        spread, turned = np.linalg.eigh((half + half.T) / 2)
        axes = np.linalg.solve(lower.T, turned)
        together = means.T @ means - _weighed(liked, matrix.to_works(parts[:, None] ** 2)[:, 0])
        squares = works.T @ works
        squares += _OF_WORKS * np.trace(squares) / len(squares) * np.eye(len(squares))
        return cls(
            tuple(attribute_ids),
            axes,
            np.maximum(spread, 0),
            axes.T @ np.linalg.solve(squares, together[:, :-1].T).T,
            float(np.linalg.norm(works, axis=1).max(initial=0)) or 1.0,
        )

    @classmethod
    def from_library(cls, library: Library) -> Taste | None:
        """The taste that was learned on a library; None where none was.

        Raises:
            LibraryError: Its file is damaged.
        """
        path = taste_path(library)
        return cls.load(path) if path is not None and path.is_file() else None

    @classmethod
    def load(cls, path: Path) -> Taste:
        """Reads a taste that ``save`` wrote.

        Raises:
            LibraryError: The file is missing, damaged, or of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as kept:
                if (version := int(kept["version"])) != _VERSION:
                    raise ValueError(f"version {version}, expected {_VERSION}")
                ids = tuple(kept["attribute_ids"].tolist())
                return cls(
                    ids, kept["axes"], kept["spread"], kept["answers"], float(kept["longest"])
                )
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise LibraryError(
                f"{path} is no taste or is damaged ({error}); remove it, or learn it again with "
                "`zokusei learn-gate LIB`"
            ) from error

    def save(self, path: Path) -> None:
        """Writes the taste, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".part")
        with fresh.open("wb") as file:
            np.savez_compressed(
                file,
                version=_VERSION,
                attribute_ids=np.array(self.attribute_ids),
                axes=self.axes,
                spread=self.spread,
                answers=self.answers,
                longest=self.longest,
            )
        fresh.replace(path)


def taste_path(library: Library) -> Path | None:
    """Where a library keeps its taste; None where it is no folder."""
    return library.folder and library.folder / "index" / NAME


def _weighed(vectors: Floats, weights: Floats) -> Floats:
    """Second moments, float64 (A, A), of vectors (N, A) with weights (N,)."""
    moments: Floats = (vectors * weights[:, None]).T @ vectors
    return moments


def _definite(moments: Floats, scale: float) -> Floats:
    """The nearest moments that vectors can have, and a little: what is estimated may have none."""
    values, turned = np.linalg.eigh((moments + moments.T) / 2)
    kept = np.maximum(values, 0) + _OF_QUERIES * (scale or 1.0)
    definite: Floats = (turned * kept) @ turned.T
    return definite
