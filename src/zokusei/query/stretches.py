"""Cuts the text of a query where signs cut it: quotes, commas, minus and weight."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zokusei.query.lexicon import Lexicon
from zokusei.vocabulary import fold

Script = Literal["kanji", "hiragana", "katakana", "word", "name"]

# All behind NFKC, which makes full-width signs narrow.
_DASHES = "-‐−–—"
_DASH = re.escape(_DASHES)
# In Japanese the key of the minus gives the sign of a long vowel, with which no word begins.
_MINUS = re.compile(rf"(?:[{_DASH}ー]+|除外 *:)(?=[^\s{_DASH}ー])")
_MINUS_BETWEEN = re.compile(r"[-−]+(?=[^\s-])")  # in Japanese, which no hyphen joins
# A number, or what is none.
_WEIGHT = re.compile(r":(?P<weight>\d+(?:\.\d+)?(?![A-Za-z0-9.:_])|[^\s,、。;\"“”「」]+)")
_QUOTED = re.compile(r'["“”「](?P<body>(?:\\.|[^"“”」\\])*)["“”」]', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPACE = re.compile(rf"[\s_・{_DASH}]")
_BETWEEN = re.compile(r"[\s,、。;]")
_CHUNK = re.compile(r"[^\s,、。;]+")
_SIGN = re.compile(r"[^\w-]|^[\W_]+$")
_SIGNED = [
    re.compile(rf"(?P<minus>{minus})(?P<name>.+?){weight}", re.DOTALL)
    for minus in (f"[{_DASH}]", "")
    for weight in ("", ":[^:]+")
]
_APOSTROPHES = ("'", "’")


@dataclass(frozen=True, slots=True)
class Atom:
    """What is never cut: one Japanese letter, one word in other letters, or a name in quotes.

    Args:
        text: As typed.
        folded: As it is compared.
        script: In what it is written; ``name`` is looked up as a whole.
        gap: What parts it from the atom before: nothing, a space (also where there are
            joiners with it), or a joiner such as ``_``.
    """

    text: str
    folded: str
    script: Script
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Atoms between two cuts.

    Args:
        atoms: One or more.
        excluded: Whether a minus stands before it.
        weight: What stands behind the colon at its end.
    """

    atoms: tuple[Atom, ...]
    excluded: bool = False
    weight: str | None = None


def stretches(text: str, lexicon: Lexicon) -> Iterator[Stretch]:
    """The stretches of a text, in order; no letter of it is lost.

    Args:
        text: Any.
        lexicon: Knows which names are made of signs, such as ``:3``.
    """
    return _Scanner(unicodedata.normalize("NFKC", text), lexicon).run()


def quoted(text: str) -> str:
    """A text as one name, whatever is in it."""
    escaped = re.sub(r'(["“”「」\\])', r"\\\1", unicodedata.normalize("NFKC", text))
    return f'"{escaped}"'


def without_signs(word: str) -> str:
    """A word without its minus and its weight."""
    return re.sub(r"(?<=.):[^:]*$", "", word.lstrip(_DASHES))


def script_of(letter: str) -> Script | None:
    """In what a letter is written; None for a sign that is no letter."""
    if not letter:
        return None
    if "ぁ" <= letter <= "ゟ":
        return "hiragana"
    if "ァ" <= letter <= "ヿ" and letter != "・":
        return "katakana"
    if (
        "一" <= letter <= "鿿"
        or "㐀" <= letter <= "䶿"
        or letter in "々〇"
        or "\U00020000" <= letter <= "\U0003ffff"
    ):
        return "kanji"
    kind = unicodedata.category(letter)
    return "word" if kind[0] in "LMN" or kind in ("So", "Sc", "Cn", "Co", "Cs") else None


class _Scanner:
    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self._text, self._lexicon = text, lexicon
        self._place = 0
        self._atoms: list[Atom] = []
        self._excluded, self._gap = False, ""

    def run(self) -> Iterator[Stretch]:
        rules = (self._quotes, self._signs, self._minus, self._weight, self._space, self._letters)
        while self._place < len(self._text):
            ended = next((found for rule in rules if (found := rule()) is not None), None)
            yield from self._other() if ended is None else ended
        yield from self._cut()

    def _quotes(self) -> list[Stretch] | None:
        found = self._taken(_QUOTED)
        return found and self._whole(_ESCAPED.sub(r"\1", found["body"]).strip())

    def _signs(self) -> list[Stretch] | None:
        """A name made of signs, alone between spaces or with its minus and weight."""
        if self._place and not _BETWEEN.match(self._text, self._place - 1):
            return None
        chunk = _CHUNK.match(self._text, self._place)
        if chunk is None or not _SIGN.search(chunk[0]):
            return None
        for pattern in _SIGNED:
            found = pattern.fullmatch(self._text, self._place, chunk.end())
            if found and _SIGN.search(found["name"]) and self._lexicon.exact(fold(found["name"])):
                self._place = found.end("name")
                return self._whole(found["name"], excluded=bool(found["minus"]))
        return None

    def _minus(self) -> list[Stretch] | None:
        if not self._atoms or self._gap:
            found = self._taken(_MINUS)
        else:
            found = None if self._atoms[-1].script == "word" else self._taken(_MINUS_BETWEEN)
        if not found:
            return None
        ended = self._cut()
        self._excluded = True
        return ended

    def _weight(self) -> list[Stretch] | None:
        found = self._taken(_WEIGHT) if self._atoms and not self._gap else None
        return found and self._cut(found["weight"])

    def _space(self) -> list[Stretch] | None:
        found = self._taken(_SPACE)
        if found is None:
            return None
        self._gap = " " if found[0].isspace() or self._gap == " " else found[0]
        return []

    def _letters(self) -> list[Stretch] | None:
        start, script = self._place, script_of(self._text[self._place])
        if script is None:
            return None
        self._place += 1
        while script == "word" and self._inside_word():
            self._place += 1
        text = self._text[start : self._place]
        if text == "ー" and self._atoms and not self._gap:
            script = self._atoms[-1].script  # it lengthens hiragana too
        self._atoms.append(Atom(text, fold(text), script, self._gap))
        self._gap = ""
        return []

    def _other(self) -> list[Stretch]:
        """A sign that is no letter and means nothing here: it parts like a comma."""
        ended = self._cut()
        if _BETWEEN.match(self._text, self._place):
            self._excluded = False
        self._place += 1
        return ended

    def _inside_word(self) -> bool:
        rest = self._text[self._place : self._place + 2]
        apostrophe = rest[:1] in _APOSTROPHES and script_of(rest[1:]) == "word"
        return apostrophe or script_of(rest[:1]) == "word"

    def _whole(self, name: str, *, excluded: bool = False) -> list[Stretch]:
        ended = self._cut()
        if name:
            self._excluded = self._excluded or excluded
            self._atoms = [Atom(name, fold(name), "name")]
            weight = self._taken(_WEIGHT)
            ended += self._cut(weight["weight"] if weight else None)
        return ended

    def _cut(self, weight: str | None = None) -> list[Stretch]:
        """Ends the stretch; where it is empty a minus before it is kept."""
        self._gap = ""
        if not self._atoms:
            return []
        ended = Stretch(tuple(self._atoms), self._excluded, weight)
        self._atoms, self._excluded = [], False
        return [ended]

    def _taken(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._place)
        if found:
            self._place = found.end()
        return found
