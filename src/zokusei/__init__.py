"""Zokusei: attributes of illustrations, and related works that share them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zokusei.bundle import Bundle as Bundle
    from zokusei.errors import ZokuseiError as ZokuseiError
    from zokusei.index import AttributeIndex as AttributeIndex
    from zokusei.library import Library as Library
    from zokusei.recommend import Filters as Filters
    from zokusei.recommend import Recommender as Recommender
    from zokusei.recommend import Request as Request
    from zokusei.tagger import Tagger as Tagger
    from zokusei.tagger import Tagging as Tagging
    from zokusei.vocabulary import Vocabulary as Vocabulary

# Loaded when first asked for: `import zokusei` alone costs nothing.
_HOMES = {
    "AttributeIndex": "zokusei.index",
    "Bundle": "zokusei.bundle",
    "Filters": "zokusei.recommend",
    "Library": "zokusei.library",
    "Recommender": "zokusei.recommend",
    "Request": "zokusei.recommend",
    "Tagger": "zokusei.tagger",
    "Tagging": "zokusei.tagger",
    "Vocabulary": "zokusei.vocabulary",
    "ZokuseiError": "zokusei.errors",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'zokusei' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
