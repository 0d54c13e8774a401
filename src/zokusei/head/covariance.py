"""The covariance of the features, which tells in which directions the loss is steep."""

from __future__ import annotations

import itertools
import time

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from zokusei.errors import UsageError
from zokusei.head.features import Features

# The covariance only guides the steps, so a sample will do: on 20,000 works x 1,008 features
# five rows a feature took 38 passes where all rows took 40 (2026-11).
_ROWS_A_FEATURE = 4
# A factor serves all ridges within the square root of this; 6 took as many passes as 2 (2026-11).
_RIDGE_STEP = 6.0
# Factors of 9,216 features take 340 MB each. Attributes cross from ridge to ridge and back.
_MAX_FACTORS = 6
_FLOAT64_FEATURES = 1500  # up to here double precision costs nothing that is noticed


class Covariance:
    """Mean and covariance of the features, and the inverse of the covariance plus a ridge.

    Where there are few works it is held as the works themselves (the Woodbury identity), and
    costs no F x F matrix.

    Args:
        features: Of N works.
        num_rows: Rows to be drawn for it; four times F by default.

    Raises:
        UsageError: Features are not finite.

    Attributes:
        mean: float64 (F,), rounded to the features' dtype; exact where a feature is constant.
        seconds: Spent on the covariance and on factors, under ``covariance`` and ``factors``.
    """

    def __init__(self, features: Features, *, num_rows: int | None = None) -> None:
        began = time.perf_counter()
        wanted = num_rows or max(1000, _ROWS_A_FEATURE * features.num_features)
        self._num_rows = min(len(features), wanted)
        double = features.num_features <= _FLOAT64_FEATURES or features.dtype == np.float64
        self._dual = self._num_rows < features.num_features / 2
        self._dtype = np.dtype(np.float64 if double or self._dual else np.float32)
        self._rounding = 2.0**-52 if self._dtype == np.float64 else 2.0**-23
        self._factors: dict[int, NDArray[np.floating]] = {}
        self.mean: NDArray[np.float64]
        if self._dual:
            self._take_works(features)
        else:
            self._take_products(features)
        if not np.isfinite(self._scale()):
            raise UsageError("features hold values that are not finite; make them anew")
        # As blocks are shifted by it.
        self.mean = self.mean.astype(features.dtype).astype(np.float64)
        self.seconds = {"covariance": time.perf_counter() - began, "factors": 0.0}

    def _take_works(self, features: Features) -> None:
        works = np.concatenate(list(features.sample(self._num_rows))).astype(self._dtype)
        self.mean = _exact_mean(works)
        self._works = (works - self.mean) / np.sqrt(self._num_rows)
        self._matrix = self._works @ self._works.T

    def _take_products(self, features: Features) -> None:
        rows = features.sample(self._num_rows)
        first = next(rows)
        shift = _exact_mean(first)
        width = features.num_features
        products = np.zeros((width, width), self._dtype, order="F")
        total = np.zeros(width)
        syrk = linalg.blas.get_blas_funcs("syrk", dtype=self._dtype)
        for block in itertools.chain([first], rows):
            centred = np.subtract(block, shift, dtype=self._dtype)
            total += centred.sum(axis=0, dtype=np.float64)
            # The lower half is written in place; the transpose costs no copy.
            products = syrk(1.0, centred.T, 1.0, products, lower=1, overwrite_c=1)
        moved = total / self._num_rows
        self.mean = shift + moved
        products /= self._num_rows
        self._matrix = linalg.blas.get_blas_funcs("syr", dtype=self._dtype)(
            -1.0, moved.astype(self._dtype), lower=1, a=products, overwrite_a=1
        )

    def solve(
        self, vectors: NDArray[np.floating], ridges: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Each vector times the inverse of (covariance + about its ridge).

        The factors used last are kept.

        Args:
            vectors: (A, F).
            ridges: (A,), above 0; rounded to powers of 6.

        Returns:
            float64 (A, F).
        """
        steps = np.round(np.log(ridges) / np.log(_RIDGE_STEP)).astype(int)
        solved = np.empty(vectors.shape)
        for step in sorted(set(steps.tolist())):
            rows = steps == step
            solved[rows] = self._solve_one(vectors[rows], step)
        return solved

    def _solve_one(self, vectors: NDArray[np.floating], step: int) -> NDArray[np.floating]:
        lower = self._factor(step), True
        right = vectors.T.astype(self._dtype)
        if not self._dual:
            solved = linalg.cho_solve(lower, right, check_finite=False, overwrite_b=True)
        else:
            inner = linalg.cho_solve(lower, self._works @ right, check_finite=False)
            solved = (right - self._works.T @ inner) / _RIDGE_STEP**step
        return np.asarray(solved).T

    def _factor(self, step: int) -> NDArray[np.floating]:
        if step in self._factors:
            self._factors[step] = self._factors.pop(step)  # now the one used last
            return self._factors[step]
        began = time.perf_counter()
        while len(self._factors) >= _MAX_FACTORS:
            del self._factors[next(iter(self._factors))]
        self._factors[step] = self._factorise(_RIDGE_STEP**step)
        self.seconds["factors"] += time.perf_counter() - began
        return self._factors[step]

    def _factorise(self, ridge: float) -> NDArray[np.floating]:
        """The lower Cholesky factor; the ridge is raised where rounding makes it fail."""
        while True:
            matrix = self._matrix.copy(order="F")
            np.einsum("ii->i", matrix)[:] += ridge
            try:
                factor, _ = linalg.cho_factor(
                    matrix, lower=True, overwrite_a=True, check_finite=False
                )
                return np.asarray(factor)
            except linalg.LinAlgError:
                ridge = max(ridge, self._rounding * self._scale()) * 4

    def _scale(self) -> float:
        return float(np.trace(self._matrix))


def _exact_mean(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """The mean over rows, without rounding where all are the same."""
    first = rows[0].astype(np.float64)
    mean: NDArray[np.float64] = first + np.subtract(rows, first).mean(axis=0)
    return mean
