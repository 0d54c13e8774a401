"""Cuts a stretch of a query into known names and unknown words, by the least that is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from zokusei.query.lexicon import EXCLUDE_LAST, EXCLUDE_NEXT, FILLERS, HEADS, Lexicon
from zokusei.query.stretches import Atom, Script
from zokusei.vocabulary import fold

Kind = Literal["known", "unknown", "filler", "not"]
Nature = Literal["closed", "open", "unknown"]

_LONGEST_LIST = 10  # atoms of "very long light blue hair", of 長い水色の髪
_LONGEST_JOINED = 40  # letters of names written as one word
_SHORTEST_JOINED = 4  # letters of each of them; "bobtail" is no bob with a tail
_SHORT: Mapping[Script, int] = MappingProxyType({"kanji": 1, "hiragana": 2, "katakana": 2})


@dataclass(frozen=True, slots=True)
class Piece:
    """Some atoms of a stretch, and what they mean.

    Args:
        kind: ``not`` excludes the piece behind it or before it.
        text: As typed.
        ids: The attributes; of an unknown piece none.
        gap: What parts it from the piece before, as of an atom.
    """

    kind: Kind
    text: str
    ids: tuple[str, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """The best way to a place: less unknown, then fewer pieces.

    Args:
        cost: Unknown letters, then pieces.
        nature: Whether its last piece may have an unknown rest (``closed``), may
            not (``open``) or is unknown itself.
        edge: Its last piece; None at the start.
        before: The way to where that piece begins.
    """

    cost: tuple[int, int]
    nature: Nature
    edge: _Edge | None = None
    before: _Step | None = None


@dataclass(frozen=True, slots=True)
class _Edge:
    start: int
    end: int
    kind: Kind
    ids: tuple[str, ...] = ()
    nature: Nature = "closed"
    is_short: bool = False


def segment(atoms: Sequence[Atom], lexicon: Lexicon) -> list[Piece]:
    """The pieces of a stretch, in order; together they hold all of its atoms.

    Of all ways to cut the stretch that one is taken which leaves the fewest
    letters unknown, and of these one with the fewest pieces: 黒髪ロング is 黒髪 and
    ロング, while ツインテール is not ツインテ and a rest. What would be cut out of an unknown
    word is left in it where the name is short, as 帯 (obi) in 包帯 (a bandage), or where
    a longer word begins with it, as ロングコート (a long coat) does with ロング (long hair).

    Args:
        atoms: One or more.
        lexicon: The names.
    """
    if atoms[0].script == "name":
        id_ = lexicon.exact(atoms[0].folded)
        return [Piece("known" if id_ else "unknown", atoms[0].text, (id_,) if id_ else ())]
    edges = _best(atoms, _Edges(atoms, lexicon))
    return _merged([_piece(atoms, edge) for edge in edges])


def _best(atoms: Sequence[Atom], edges: _Edges) -> list[_Edge]:
    ways: list[dict[Nature, _Step]] = [{} for _ in range(len(atoms) + 1)]
    ways[0]["closed"] = _Step((0, 0), "closed")
    for place in range(len(atoms)):
        for edge in edges.starting(place):
            for step in ways[place].values():
                if _may_follow(atoms, step, edge):
                    _keep_better(ways[edge.end], _after(atoms, step, edge))
    best: _Step | None = min(ways[-1].values(), key=lambda way: way.cost)
    taken = []
    while best and best.edge:
        taken.append(best.edge)
        best = best.before
    return taken[::-1]


def _may_follow(atoms: Sequence[Atom], step: _Step, edge: _Edge) -> bool:
    is_particle = edge.kind == "filler" and atoms[edge.start].script != "word"
    if is_particle and (step.edge is None or step.nature == "unknown"):
        return False
    if not _is_joined(atoms, edge.start):
        return True
    if step.nature == "unknown":
        return not edge.is_short
    return step.nature != "open" or edge.kind != "unknown"


def _is_joined(atoms: Sequence[Atom], place: int) -> bool:
    """Whether a word may go on at a place: no space is there, nor another script."""
    here = atoms[place]
    return place > 0 and not here.gap and atoms[place - 1].script == here.script


def _after(atoms: Sequence[Atom], step: _Step, edge: _Edge) -> _Step:
    unknown, pieces = step.cost
    if edge.kind == "unknown":
        unknown += len(atoms[edge.start].text)
    return _Step((unknown, pieces + 1), edge.nature, edge, step)


def _keep_better(ways: dict[Nature, _Step], step: _Step) -> None:
    other = ways.get(step.nature)
    if other is None or step.cost < other.cost:
        ways[step.nature] = step


def _piece(atoms: Sequence[Atom], edge: _Edge) -> Piece:
    taken = atoms[edge.start : edge.end]
    text = taken[0].text + "".join(atom.gap + atom.text for atom in taken[1:])
    return Piece(edge.kind, text, edge.ids, taken[0].gap)


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """The same with what is unknown as whole words: letters that stand together, "blak hair"."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        belongs = piece.gap != " " or fold(piece.text) in HEADS
        if last and last.kind == piece.kind == "unknown" and belongs:
            merged[-1] = Piece("unknown", last.text + piece.gap + piece.text, gap=last.gap)
        else:
            merged.append(piece)
    return merged


class _Edges:
    """The pieces that may begin at each place, longest first."""

    def __init__(self, atoms: Sequence[Atom], lexicon: Lexicon) -> None:
        self._atoms, self._lexicon = atoms, lexicon

    def starting(self, place: int) -> Iterator[_Edge]:
        yield from self._named(place)
        yield from self._listed(place)
        yield from self._joined(place)
        yield _Edge(place, place + 1, "unknown", nature="unknown")

    def _named(self, place: int) -> Iterator[_Edge]:
        for end, text in reversed(list(self._texts(place))):
            id_ = self._lexicon.find(text)
            if id_:
                yield self._edge(place, end, "known", (id_,))
            elif text in EXCLUDE_NEXT or text in EXCLUDE_LAST:
                yield self._edge(place, end, "not")
            elif text in FILLERS:
                yield self._edge(place, end, "filler")

    def _texts(self, place: int) -> Iterator[tuple[int, str]]:
        text = ""
        for end, atom in enumerate(self._atoms[place:], start=place + 1):
            text += atom.folded
            if len(text) > self._lexicon.longest:
                return
            yield end, text

    def _edge(self, start: int, end: int, kind: Kind, ids: tuple[str, ...] = ()) -> _Edge:
        scripts = {atom.script for atom in self._atoms[start:end]}
        script = scripts.pop() if len(scripts) == 1 else "word"
        is_short = end - start <= _SHORT.get(script, 0)
        nature: Nature = "open" if is_short or script == "katakana" else "closed"
        return _Edge(start, end, kind, ids, nature, is_short)

    def _listed(self, place: int) -> Iterator[_Edge]:
        """What shares its last word, as "long black hair" does."""
        for end in range(min(len(self._atoms), place + _LONGEST_LIST), place + 2, -1):
            head = self._atoms[end - 1].folded
            ids = self._sharing(place, end - 1, head) if head in HEADS else None
            if ids and len(ids) > 1:
                yield _Edge(place, end, "known", ids)

    def _sharing(self, place: int, end: int, head: str) -> tuple[str, ...] | None:
        """The attributes that atoms name, each together with the head; None if some name none."""
        if place == end:
            return ()
        for cut in range(end, place, -1):
            word = "".join(atom.folded for atom in self._atoms[place:cut])
            id_ = self._lexicon.exact(word + head)
            rest = self._sharing(cut, end, head) if id_ or word in FILLERS else None
            if rest is not None:
                return ((id_,) if id_ else ()) + rest
        return None

    def _joined(self, place: int) -> Iterator[_Edge]:
        """Names written as one word, as kurokamirongu is."""
        atom = self._atoms[place]
        is_short = atom.script == "word" and len(atom.folded) <= _LONGEST_JOINED
        ids = self._parts(atom.folded) if is_short else None
        if ids and len(ids) > 1:
            yield _Edge(place, place + 1, "known", ids)

    def _parts(self, word: str) -> tuple[str, ...] | None:
        if not word:
            return ()
        for cut in range(min(len(word), self._lexicon.longest), _SHORTEST_JOINED - 1, -1):
            id_ = self._lexicon.find(word[:cut])
            rest = self._parts(word[cut:]) if id_ else None
            if id_ and rest is not None:
                return (id_, *rest)
        return None
