"""Parts of a bundle: a network in a file of its own, with another that tells about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zokusei.errors import BundleError


@contextmanager
def opening(what: str, folder: Path, about: str) -> Iterator[None]:
    """Turns whatever is wrong with a part into one line.

    Args:
        what: The part, as an error names it.
        folder: Where it is looked for.
        about: The file that tells about it.

    Raises:
        BundleError: There is none, or it cannot be read.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise BundleError(f"there is no {what} at {folder} ({about} is missing)") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"the {what} at {folder} cannot be read: {error!r}") from error
