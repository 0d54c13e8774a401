"""Reads ``tag_list.json``, the names of a tagger's outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zokusei.errors import UsageError
from zokusei.vocabulary.foreign import CATEGORIES, Category, ForeignTag

# Illustration2Vec's list states no categories; its own code slices it so (i2v/base.py).
_ORIGINAL: tuple[tuple[Category, int], ...] = (
    ("general", 512),
    ("character", 512),
    ("copyright", 512),
    ("rating", 3),
)
_NUM_ORIGINAL = sum(number for _, number in _ORIGINAL)


def read_tag_list(path: Path) -> list[ForeignTag]:
    """Reads the names of a network's outputs, in their order.

    Args:
        path: A JSON list, either of names or of pairs of a name and its
            category. 1,539 names without categories are those of
            Illustration2Vec: 512 general, 512 characters, 512 copyrights and
            3 ratings; of another number all are general.

    Raises:
        UsageError: It is no such list.
    """
    entries = _entries(path)
    if any(isinstance(entry, str) for entry in entries):
        categories = _categories(len(entries))
        pairs = list(zip(entries, categories, strict=True))
    else:
        pairs = entries
    return [_tag(path, number, pair) for number, pair in enumerate(pairs, start=1)]


def _entries(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON ({error}); expected a list of names") from error
    if not isinstance(entries, list) or not entries:
        raise UsageError(
            f"{path} holds {json.dumps(entries)[:40]}; expected a JSON list of the names of the "
            "network's outputs, such as tag_list.json of Illustration2Vec"
        )
    return entries


def _categories(num_names: int) -> list[Category]:
    if num_names != _NUM_ORIGINAL:
        return ["general"] * num_names
    return [category for category, number in _ORIGINAL for _ in range(number)]


def _tag(path: Path, number: int, pair: Any) -> ForeignTag:
    match pair:
        case [str(name), category] if name.strip() and name.isprintable():
            if category in CATEGORIES:
                return ForeignTag(name.strip(), category)
            raise UsageError(
                f"entry {number} of {path} is of category {category!r}; "
                f"expected one of {', '.join(CATEGORIES)}"
            )
    raise UsageError(
        f"entry {number} of {path} is {ascii(pair)[:60]}; expected a name, "
        "or in every entry a name and its category"
    )
