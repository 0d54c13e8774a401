"""The version of a table on this machine's disk, told by the names of its manifests alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

_SUFFIX = "manifest"
_LARGEST = 2**64 - 1
# Lance names a manifest by its version, or by how far that is from the largest of 64 bits in
# 20 digits, so that the newest comes first (its table format, "manifest naming schemes").
_DIGITS_FROM_LARGEST = 20


# A directory that changed longer ago than this before its names were read had none left to come:
# twice the coarsest clock of a file system in use, FAT's.
_SETTLED_NS = 4_000_000_000
_settled: dict[str, tuple[tuple[int, int], int | None]] = {}  # by directory: its state, its newest


def newest_version(table: str | Path) -> int | None:
    """The newest version of a table, without opening it.

    Opening one takes a millisecond; a server asks at every request. So names are read only
    where their directory may have changed since.

    Args:
        table: Its directory.

    Returns:
        None where there is no table, or none whose manifests have names known here.
    """
    folder = f"{table}/_versions"
    now = time.time_ns()
    try:
        about = os.stat(folder)  # noqa: PTH116 - a Path takes as long as this
        state = about.st_ino, about.st_mtime_ns
        known = _settled.get(folder)
        if known is not None and known[0] == state:
            return known[1]
        with os.scandir(folder) as entries:
            newest = max((_version(entry.name) for entry in entries), default=0) or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    if now - about.st_mtime_ns > _SETTLED_NS:
        _settled[folder] = state, newest
    return newest


def _version(manifest: str) -> int:
    """The version in a manifest's name, or 0 for another file's."""
    number, _, suffix = manifest.partition(".")
    if suffix != _SUFFIX or not (number.isascii() and number.isdigit()):
        return 0
    return _LARGEST - int(number) if len(number) == _DIGITS_FROM_LARGEST else int(number)
