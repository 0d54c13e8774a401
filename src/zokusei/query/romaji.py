"""One spelling for kana and for every usual romanisation of them."""

from __future__ import annotations

import re
import unicodedata

# Hiragana by rows of a, i, u, e, o; "." where there is none. Kunrei spelling.
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "y": "や.ゆ.よ",
    "r": "らりるれろ",
    "w": "わゐ.ゑ.",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_KANA = {
    kana: consonant + vowel
    for consonant, row in _ROWS.items()
    for vowel, kana in zip("aiueo", row, strict=True)
    if kana != "."
} | {"を": "o", "ん": "n", "ゔ": "bu", "ゎ": "wa", "ゕ": "ka", "ゖ": "ke", "っ": "", "ー": ""}
_SMALL = dict(zip("ぁぃぅぇぉゃゅょ", ["a", "i", "u", "e", "o", "ya", "yu", "yo"], strict=True))

# Hepburn and what input methods take, as kunrei; then what people leave out or in: long vowels,
# double consonants, m or n before lips. In this order.
_SAME = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        ("['’]", ""),
        ("[tc]ch", "ch"),
        ("shy?(?=i)", "s"),
        ("chy?(?=i)", "t"),
        ("jy?(?=i)", "z"),
        ("shy?", "sy"),
        ("chy?", "ty"),
        ("jy?", "zy"),
        ("cy", "ty"),
        ("ts", "t"),
        ("dz", "z"),
        ("d(?=[iu])", "z"),
        ("dy", "zy"),
        ("f", "h"),
        ("v", "b"),
        ("l", "r"),
        ("wo", "o"),
        ("m(?=[bpm])", "n"),
        (r"([b-df-hj-np-tv-z])\1+", r"\1"),
        ("ou|oo+", "o"),
        ("ei|ee+", "e"),
        (r"([aiu])\1+", r"\1"),
    ]
]


def romaji_key(text: str) -> str:
    """Kana or Latin letters in the one spelling that all romanisations of a word share.

    >>> [romaji_key(word) for word in ("ついんてーる", "tsuinteeru", "tuinteru", "tsuintēru")]
    ['tuinteru', 'tuinteru', 'tuinteru', 'tuinteru']
    >>> romaji_key("しょーとへあ") == romaji_key("shootohea") == romaji_key("syotohea")
    True

    Args:
        text: As ``fold`` gives it; other letters stay as they are.
    """
    latin = _without_accents(_from_kana(text))
    for pattern, replacement in _SAME:
        latin = pattern.sub(replacement, latin)
    return latin


def _from_kana(text: str) -> str:
    latin = ""
    for letter in text:
        small = _SMALL.get(letter)
        latin = _joined(latin, small) if small else latin + _KANA.get(letter, letter)
    return latin


def _joined(latin: str, small: str) -> str:
    """A syllable with the small kana behind it: ki and ya are kya, te and i are ti, u and e we."""
    stem, vowel = latin[:-1], latin[-1:]
    if vowel not in "aiueo":
        return latin + small
    if small[0] == "y":
        return stem + small
    if vowel == "u" and (not stem or stem[-1] in "aiueo"):
        return stem + "w" + small
    return stem + ("y" + small if vowel == "i" and small == "e" else small)


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
