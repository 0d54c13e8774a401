"""What one row of a source says of a work, read strictly: nothing is guessed or lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from zokusei.errors import UnknownNameError, UsageError

TEXTS = ("title", "artist", "rating")
LISTS = ("characters", "series", "tags")

# What a row of a labels file may hold; `head_boxes` is what drawn libraries add.
KEYS = (
    *("file", "file_name", "work_id", "present", "absent", *TEXTS, *LISTS),
    *("created_at", "split_key", "page", "head_boxes"),
)

_MOST_PAGES = 2**31 - 1  # what the works table holds


def check_keys(row: Mapping[str, Any]) -> None:
    """Sees to it that a row holds nothing unknown, lest a misspelt ``present`` be lost.

    Raises:
        UnknownNameError: It does; the nearest known keys are offered.
    """
    for key in row:
        if key not in KEYS:
            raise UnknownNameError("key", printable(key), KEYS)


def work_id_of(value: object) -> str | None:
    """A work's id, or None where the row gives none; 0 is one.

    Raises:
        UsageError: It is neither a text nor a whole number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UsageError(f"its id is {value!r}, expected a text or a whole number")
    return encodable("id", str(value))


def described(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the works table that a row gives a value for.

    Raises:
        UsageError: A value is of the wrong kind.
    """
    found: dict[str, Any] = {}
    for key in (*TEXTS, "split_key"):
        if row.get(key) is not None:
            found[key] = _text(key, row[key]) or None
    for key in LISTS:
        if row.get(key) is not None:
            value = row[key]
            items = value if isinstance(value, list) else [value]
            found[key] = [_text(key, item) for item in items]
    if row.get("created_at") is not None:
        found["created_at"] = instant("created_at", row["created_at"])
    if row.get("page") is not None:
        found["page"] = _page(row["page"])
    return found


def instant(key: str, value: object) -> datetime | None:
    """A time of ISO 8601, in UTC where it names no zone; None where it is empty.

    Raises:
        UsageError: It is none.
    """
    if value is None or value == "":
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise UsageError(
            f"'{key}' is {value!r}, expected a time such as 2026-01-31T12:00:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def encodable(key: str, text: str) -> str:
    """The text, if it can be stored.

    Raises:
        UsageError: It is not valid Unicode, as names of files need not be.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"its {key} '{printable(text)}' is not valid UTF-8 and cannot be stored; rename it"
        ) from None
    return text


def printable(text: str) -> str:
    """A text that any terminal takes, with what is not valid Unicode escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _text(key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        kind = "a list of texts" if key in LISTS else "a text"
        raise UsageError(f"'{key}' holds {value!r}, expected {kind}")
    return encodable(key, str(value))


def _page(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_PAGES:
        raise UsageError(f"'page' is {value!r}, expected a whole number from 0")
    return value
