"""What can go wrong, as one small tree: a class for each cause a caller can act on.

    ZokuseiError
    ├── UsageError              a value somebody gave cannot be used (command line: exit 2)
    │   └── UnknownNameError    a name that nothing has; the nearest known ones are offered
    ├── ImageError              a picture cannot be read, or is over the limits
    ├── LibraryError            a library is missing, of another version, or lacks a work
    ├── BundleError             a bundle is missing, altered, or does not fit
    └── TrainingError           a training run cannot start, resume or go on

Messages say what was wrong (with the value), what was expected, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

# Names that one is compared with: of a million, that took 3 to 33 s (2026-11-26).
_MOST_COMPARED = 10_000


class ZokuseiError(Exception):
    """Any error that Zokusei raises on purpose."""


class UsageError(ZokuseiError):
    """A value somebody gave cannot be used."""


class UnknownNameError(UsageError):
    """A name that nothing has.

    Args:
        kind: What was looked for, such as ``attribute``.
        name: The name as it was given.
        known: The names that exist; the nearest ones are offered.
        nearest: What is offered instead, where that is known already.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str] = (),
        *,
        nearest: Iterable[str] | None = None,
    ) -> None:
        self.name = name
        self.nearest = nearest_names(name, known) if nearest is None else list(nearest)
        offer = f"; the nearest are {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"unknown {kind} '{name}'{offer}")


class ImageError(ZokuseiError):
    """A picture cannot be read, or is over the limits."""


class LibraryError(ZokuseiError):
    """A library is missing, of another version, or lacks a work."""


class BundleError(ZokuseiError):
    """A bundle is missing, altered, or does not fit."""


class TrainingError(ZokuseiError):
    """A training run cannot start, resume or go on."""


def nearest_names(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names most like ``name``, best first, at most ``limit``.

    Of very many names only those that begin or end as it does are compared.

    >>> nearest_names("twintail", ["twintails", "ponytail", "glasses"])
    ['twintails', 'ponytail']
    """
    names = list(dict.fromkeys(known))
    if len(names) > _MOST_COMPARED:
        begins, ends = name[: len(name) // 2], name[len(name) // 2 :]
        likely = (one for one in names if one.startswith(begins) or one.endswith(ends))
        names = list(islice(likely, _MOST_COMPARED))
    return difflib.get_close_matches(name, names, n=limit, cutoff=0.55)
