"""The truth about a picture: what is seen to be there, and what is seen not to be."""

from __future__ import annotations

from dataclasses import dataclass

from zokusei.draw.character import Hair
from zokusei.draw.claims import NEVER_DRAWN, claim
from zokusei.draw.hidings import COVERED_EYE, HIDINGS, SECOND_COLOR
from zokusei.draw.scene import SOLE_Y, Picture
from zokusei.draw.view import View
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Labels:
    """What a picture is known to show and known not to show; all else is unknown."""

    present: frozenset[str]
    absent: frozenset[str]


def label(picture: Picture) -> Labels:
    """The truth about a picture, closed under the implications of the vocabulary."""
    vocabulary = Vocabulary.from_package()
    seen = [_label_figure(View(placed, picture), vocabulary) for placed in picture.figures]
    present = set().union(*(labels.present for labels in seen))
    absent = set.intersection(*(set(labels.absent) for labels in seen))
    # 1girl means one girl and no more; two are neither one nor none.
    for kind, is_boy in (("1girl", False), ("1boy", True)):
        if sum(placed.figure.character.is_boy == is_boy for placed in picture.figures) > 1:
            present.discard(kind)
    _label_kind(picture, present, absent)
    there = vocabulary.implied_by(present)
    return Labels(there, vocabulary.denied_by(absent - there))


def _label_figure(view: View, vocabulary: Vocabulary) -> Labels:
    claims = claim(view.placed.figure, vocabulary)
    hidden: set[str] = set()
    for hiding in HIDINGS:
        if hiding.applies(view):
            for name in hiding.hides:
                if name == SECOND_COLOR:
                    hidden |= _second_color(view.hair, vocabulary)
                elif name == COVERED_EYE:
                    hidden |= view.covered_eye_ids
                elif name.startswith("group:"):
                    hidden |= set(vocabulary.group(name.removeprefix("group:")).attribute_ids)
                else:
                    hidden.add(name)
    present = claims.present - hidden
    denied = vocabulary.denied_by(claims.absent - hidden)
    return Labels(vocabulary.implied_by(present), frozenset(denied))


def _second_color(hair: Hair, vocabulary: Vocabulary) -> frozenset[str]:
    """What only the second colour makes present."""
    first = vocabulary.implied_by({hair.color_id})
    return vocabulary.implied_by({hair.second_id}) - first if hair.second_mode else frozenset()


def _label_kind(picture: Picture, present: set[str], absent: set[str]) -> None:
    mode = picture.style.mode
    shown = {
        "color": set[str](),
        "screentone": {"screentones", "greyscale"},
        "greyscale": {"greyscale"},
        "sketch": {"sketch", "greyscale"},
        "tinted": {"monochrome"},
    }[mode]
    present |= shown | ({"monochrome"} if shown else set())
    kinds = {"monochrome", "greyscale", "screentones", "sketch"}
    absent |= kinds - present - ({"sketch"} if mode == "screentone" else set())
    for attribute, state in _framing(picture).items():
        (present if state else absent).add(attribute)


def _framing(picture: Picture) -> dict[str, bool]:
    """Whether it is a portrait, an upper body, a full body, where that is clear."""
    views = [View(placed, picture) for placed in picture.figures]
    lowest = min(view.sees_body_to for view in views)
    if lowest >= SOLE_Y:
        return {"portrait": False, "upper_body": False, "full_body": True}
    if any(view.placed.figure.is_chibi for view in views):
        return {"full_body": False}
    states = {"full_body": False}
    if lowest < 345:
        return states | {"portrait": True, "upper_body": False}
    if lowest > 385:
        states["portrait"] = False
    if 385 < lowest < 560:
        states["upper_body"] = True
    if lowest > 650:
        states["upper_body"] = False
    return states


def drawable_ids() -> frozenset[str]:
    """The attributes that drawings show; no drawing says anything about the others."""
    return frozenset(Vocabulary.from_package().ids) - NEVER_DRAWN
