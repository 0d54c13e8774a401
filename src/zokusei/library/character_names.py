"""The names of the characters that a work shows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def distinct_characters(names: Iterable[str] | None) -> tuple[str, ...]:
    """Each character once, sorted; names that print alike are one.

    Names are compared in Unicode's composed form (NFC) and without blanks
    around them. Nothing else is folded: a site may tell ``Rin`` from ``rin``.

    >>> distinct_characters(["Rin ", "が", "が", "", "Rin"])
    ('Rin', 'が')
    """
    plain = (unicodedata.normalize("NFC", name).strip() for name in names or ())
    return tuple(sorted({name for name in plain if name}))
