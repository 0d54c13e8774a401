"""The names of a vocabulary as queries are looked up in them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

from zokusei.errors import nearest_names
from zokusei.query.romaji import romaji_key
from zokusei.vocabulary import Vocabulary, fold

# "Long black hair" is long hair and black hair.
HEADS = frozenset("hair haired eyes eyed ears eared skin skinned 髪 目 瞳 眼 耳".split())
# Words that join others and ask for nothing themselves.
FILLERS = frozenset(
    "and with a an the in of wearing の と で な を に が は も や を着た をかけた をした".split()
)
EXCLUDE_NEXT = frozenset("no not without 除外".split())
EXCLUDE_LAST = frozenset("なし 無し 以外 抜き 除外".split())

_KANA = re.compile("[ぁ-ゖー]+")
_LATIN = re.compile("[a-z'’À-ɏ]+")
_SHORTEST_ROMAJI = 4  # shorter ones are English words too often
_SHORTEST_SINGULAR = 4
_ALIKE_IN_SOUND = 0.75  # of 1; below it, English words are near any reading
_FORMS = {
    "hair": ("haired",),
    "eyes": ("eyed",),
    "ears": ("eared",),
    "skin": ("skinned",),
    "目": ("瞳", "眼"),
}


class Lexicon:
    """Every name by which a query may call the attributes of a vocabulary.

    These are the vocabulary's own names and, where they are free, those that the
    package's vocabulary has for the same attributes (a bundle may be older than a
    name); the words of ``words.toml``; English forms, such as "cat ear" and
    "red-haired"; and romanised readings.

    Args:
        vocabulary: The attributes.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._names: dict[str, str] = {}
        package = Vocabulary.from_package()
        own = [(attribute.id, attribute.names) for attribute in vocabulary]
        newer = [(id_, package[id_].names) for id_ in vocabulary.ids if id_ in package]
        loose = [(id_, _words().get(id_, ())) for id_ in vocabulary.ids]
        given = [(id_, name) for id_, names in (*own, *newer, *loose) for name in names]
        for id_, name in given:
            self._names.setdefault(fold(name), id_)
        for id_, name in given:
            for form in _forms(name):
                self._names.setdefault(form, id_)
        self._romaji = _romaji(self._names)
        self.longest = max(map(len, (*self._names, *self._romaji)), default=0)

    def exact(self, folded: str) -> str | None:
        """The id of the attribute of a folded name."""
        return self._names.get(folded)

    def find(self, folded: str) -> str | None:
        """The id of the attribute of a folded name, or of one that sounds like it."""
        found = self._names.get(folded)
        if found is None and (_KANA.fullmatch(folded) or _LATIN.fullmatch(folded)):
            found = self._romaji.get(romaji_key(folded))
        return found

    def completions(self, folded: str) -> Iterator[tuple[str, str]]:
        """Names that begin like a folded word, with the ids of their attributes."""
        key = romaji_key(folded)
        for names, beginning in ((self._names, folded), (self._romaji, key)):
            yield from ((name, id_) for name, id_ in names.items() if name.startswith(beginning))

    @lru_cache(maxsize=4096)  # noqa: B019 (lexicons live as long as the process)
    def nearest(self, word: str, limit: int = 3) -> tuple[str, ...]:
        """Ids of the attributes with the names most like a word, best first."""
        folded, likeness = fold(word), dict[str, float]()
        by_name = (self._names, folded, 0.0)
        by_sound = (self._romaji, romaji_key(folded), _ALIKE_IN_SOUND)
        for names, spelling, least in (by_name, by_sound):
            for name in nearest_names(spelling, names, limit=2 * limit):
                alike = SequenceMatcher(None, spelling, name).ratio()
                if alike >= least:
                    likeness[names[name]] = max(alike, likeness.get(names[name], 0))
        return tuple(sorted(likeness, key=likeness.__getitem__, reverse=True)[:limit])


def _forms(name: str) -> Iterator[str]:
    """Other forms of a name: cat ear, red-haired, and of a word for eyes the other two."""
    folded = fold(name)
    for ending, others in _FORMS.items():
        if folded.endswith(ending):
            yield from (folded.removesuffix(ending) + other for other in others)
    if folded.isascii() and folded[-1:].isalpha():
        singular = folded.removesuffix("s")
        yield singular + "s"
        # "Short" is a length of hair before it is one of trousers.
        if len(singular) >= _SHORTEST_SINGULAR and singular != "short":
            yield singular


def _romaji(names: Mapping[str, str]) -> dict[str, str]:
    """The keys of the names in kana, less those that several attributes share."""
    owners: dict[str, set[str]] = {}
    for name, id_ in names.items():
        if _KANA.fullmatch(name):
            owners.setdefault(romaji_key(name), set()).add(id_)
    return {
        key: id_
        for key, (id_, *others) in owners.items()
        if not others and len(key) >= _SHORTEST_ROMAJI
    }


@cache
def _words() -> Mapping[str, Sequence[str]]:
    """By attribute id, what people type for it besides its names."""
    text = resources.files(__package__).joinpath("words.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def lexicon_of(vocabulary: Vocabulary) -> Lexicon:
    """The lexicon of a vocabulary, made once."""
    return Lexicon(vocabulary)
