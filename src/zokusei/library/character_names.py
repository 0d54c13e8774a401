"""The names of the characters that a work shows, of its artist and its series."""

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
    return tuple(sorted({plain for name in names or () if (plain := plain_name(name))}))


def plain_name(name: str) -> str:
    """A name as it is compared: in Unicode's composed form, without blanks around it."""
    return unicodedata.normalize("NFC", name).strip()
