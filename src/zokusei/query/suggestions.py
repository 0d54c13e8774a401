"""Completions for a search box."""

from __future__ import annotations

from collections.abc import Sequence

from zokusei.query.lexicon import Lexicon, lexicon_of
from zokusei.query.segmentation import segment
from zokusei.query.stretches import Atom, stretches
from zokusei.vocabulary import Attribute, Vocabulary


def suggest(text: str, vocabulary: Vocabulary, *, limit: int = 8) -> list[Attribute]:
    """The attributes that the word being typed may become.

    >>> [attribute.ja for attribute in suggest("黒髪ツインテ", Vocabulary.from_package())]
    ['ツインテール']

    Args:
        text: All that has been typed; the end of it is completed, in Japanese
            without a space before it, in English across spaces.
        vocabulary: The attributes.
        limit: At most how many.

    Returns:
        Those with the shortest name that begins so first.
    """
    lexicon = lexicon_of(vocabulary)
    *_, last = [None, *stretches(text, lexicon)]
    if last is None or last.weight is not None or not text[-1:].strip():
        return []
    for start in range(len(last.atoms)):
        if _may_begin(last.atoms, start, lexicon):
            beginning = "".join(atom.folded for atom in last.atoms[start:])
            found = _completions(beginning, lexicon)
            if found:
                return [vocabulary[id_] for id_ in found[:limit]]
    return []


def _may_begin(atoms: Sequence[Atom], start: int, lexicon: Lexicon) -> bool:
    """Whether a word may begin at a place: behind a space, or behind what is understood."""
    if start == 0 or atoms[start].gap:
        return True
    return segment(atoms[:start], lexicon)[-1].kind != "unknown"


def _completions(beginning: str, lexicon: Lexicon) -> list[str]:
    """Ids, each once, by their shortest name that begins so."""
    by_length = sorted(lexicon.completions(beginning), key=lambda found: len(found[0]))
    return list(dict.fromkeys(id_ for _, id_ in by_length))
