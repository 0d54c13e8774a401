"""Recommending by bookmarks: the models there are, and the one for a library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType

from zokusei.errors import UnknownNameError
from zokusei.library import Library
from zokusei.recommend.als import Als
from zokusei.recommend.bookmark_matrix import BookmarkMatrix
from zokusei.recommend.bookmark_model import BookmarkModel, Parts, Scored
from zokusei.recommend.item_item import Bm25, Cosine, TfIdf
from zokusei.recommend.ridge import Ridge

__all__ = [
    "MODELS",
    "BookmarkMatrix",
    "BookmarkModel",
    "Parts",
    "Scored",
    "default_model",
    "installed_models",
    "make_model",
    "open_model",
]

MODELS: Mapping[str, Callable[[BookmarkMatrix], BookmarkModel]] = MappingProxyType(
    {model.name: model for model in (Cosine, TfIdf, Bm25, Ridge, Als)}
)

# Ridge passes over all bookmarks some twenty times a question: 20 ms for 250,000 of them, and
# seconds for 5 million (docs/log.md, 2026-11-26). Beyond so many the next best answers.
_RIDGE_UP_TO = 2_000_000


def default_model(matrix: BookmarkMatrix) -> str:
    """The name of the best model that answers so many bookmarks at once."""
    return Ridge.name if matrix.num_by_work.sum() <= _RIDGE_UP_TO else TfIdf.name


def installed_models() -> tuple[str, ...]:
    """The names of the models that what is installed can run."""
    has_implicit = find_spec("implicit") is not None
    return tuple(name for name in MODELS if has_implicit or name != Als.name)


def open_model(library: Library, name: str | None = None) -> BookmarkModel:
    """The model of this name, or the default, over a library's bookmarks as they are now.

    Raises:
        UnknownNameError: There is no such model.
        ZokuseiError: It needs a package that is not installed.
    """
    return make_model(BookmarkMatrix.from_library(library), name)


def make_model(matrix: BookmarkMatrix, name: str | None = None) -> BookmarkModel:
    """The model of this name, or the default, over bookmarks that other models may share.

    Raises:
        UnknownNameError: There is no such model.
        ZokuseiError: It needs a package that is not installed.
    """
    name = name or default_model(matrix)
    if name not in MODELS:
        raise UnknownNameError("bookmark model", name, MODELS)
    return MODELS[name](matrix)
