"""Imports faiss, told what CPU it runs on."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any


@cache
def load_faiss() -> Any:
    """Imports faiss; first tells its OpenBLAS the CPU, which it misjudges if it is a newer one.

    Batched search went from 34 to 357 queries a second by this (2026, AVX-512).
    """
    core = blas_core(_cpu_flags())
    if core:
        os.environ.setdefault("OPENBLAS_CORETYPE", core)
    import faiss

    return faiss


def blas_core(flags: Collection[str]) -> str | None:
    """OpenBLAS's name for the newest kind of CPU that has these flags; None leaves it to judge."""
    if "avx512f" in flags:
        return "SKYLAKEX"
    return "HASWELL" if "avx2" in flags else None


def _cpu_flags() -> frozenset[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.split() for line in lines if line.startswith("flags")), ()))
