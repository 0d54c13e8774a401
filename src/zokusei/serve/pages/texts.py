"""The texts of the pages in English and Japanese."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from zokusei.serve.settings import Language

_PLACES: Mapping[Language, int] = {"en": 0, "ja": 1}


class Texts:
    """The texts in one language.

    >>> Texts("en")("gallery.count", num=3), Texts("ja")("gallery.count", num=3)
    ('3 works', '3作品')

    Args:
        language: Which.
    """

    def __init__(self, language: Language) -> None:
        self._place = _PLACES[language]

    def __call__(self, key: str, **values: Any) -> str:
        """A text.

        Args:
            key: Its section and name, such as ``gallery.count``.
            values: What stands in its braces.

        Raises:
            KeyError: There is no such text, or a value for it is missing.
        """
        section, name = key.split(".")
        text: str = all_texts()[section][name][self._place]
        return text.format_map(values) if values else text


@cache
def all_texts() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Every text by section and name: English and Japanese."""
    text = resources.files(__package__).joinpath("texts.toml").read_text("utf-8")
    return tomllib.loads(text)
