"""Pieces that pages draw by the hundred: each drawn once by its macro, then only filled in.

What is kept depends on nothing that a library holds, so that nothing old is ever shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from zokusei.recommend import Reason
from zokusei.serve.answers import AttributeLine, RelatedWork, WorkCard
from zokusei.serve.pages.asking import Dials
from zokusei.serve.pages.numbers import as_percent, as_share
from zokusei.serve.pages.showing import ShownAnswers
from zokusei.serve.pages.site import Site
from zokusei.serve.pages.texts import Texts

_MOST_KEPT = 4_096  # frames of a kind; a vocabulary needs a few for each attribute
_MOST_DIALS = 64
_SHORTEST = 0.4  # part of a bar that is drawn, in % of its length: less than a pixel
_OF_A_CARD = ("work_id", "address", "pictures", "title", "artist", "width_px", "height_px")
_GAP = re.compile("\ue000(\\w+):([.\\w]+)\ue001")


class Frame:
    """A drawing with gaps, filled in one pass.

    >>> Frame(f"<b>{Frame.gap('name')}</b>").filled(name=as_html("A & B"))
    '<b>A &amp; B</b>'

    Args:
        html: With the gaps in it.
    """

    def __init__(self, html: str) -> None:
        self._pattern = _GAP.sub(r"%(\1)\2", html.replace("%", "%%"))

    @staticmethod
    def gap(name: str, form: str = "s") -> str:
        """What a macro is given in place of a value that comes later.

        Args:
            name: Of the value.
            form: As printf has it: ``.2f`` for a number of two decimals.
        """
        return f"\ue000{name}:{form}\ue001"

    def filled(self, **html: str | float) -> str:
        """The drawing with these values: numbers, or HTML, which ``as_html`` makes of any text."""
        return self._pattern % html


def _drawn(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - of frames, whose values are HTML already


# Not of markupsafe, whose every text is an object that is made slowly (2026-11-26).
as_html = escape


class Drawing:
    """Draws pieces of pages in one language.

    Args:
        environment: With the template ``macros.html``.
        site: Names and addresses.
        t: Texts.
    """

    def __init__(self, environment: Environment, site: Site, t: Texts) -> None:
        self._site, self._t = site, t
        names = {"site": site, "t": t, "draw": self}
        macros: Any = environment.get_template("macros.html").make_module(names)
        self._macros = macros
        keep = lru_cache(_MOST_KEPT)
        self.icon: Callable[..., Markup] = keep(macros.icon)
        self.swatch: Callable[[str], Markup] = keep(macros.swatch)
        self.places: Callable[[str], Markup] = keep(macros.places)
        self.ending: Callable[[], Markup] = keep(macros.ending)
        self.dials: Callable[[Dials], Markup] = lru_cache(_MOST_DIALS)(macros.dials)
        self._line_frame = keep(self._draw_line_frame)
        self._facet_frame = keep(self._draw_facet_frame)
        self._card_frame = keep(self._draw_card_frame)
        self._chip_frame = keep(self._draw_chip_frame)
        self._rest_frame = keep(self._draw_rest_frame)
        self._part_frame = keep(self._draw_part_frame)

    def __getattr__(self, name: str) -> Any:
        """A macro that is drawn anew each time."""
        return getattr(self._macros, name)

    # ------------------------------------------------------------------ lines

    def lines(
        self,
        lines: Sequence[AttributeLine],
        *,
        can_say: bool = False,
        can_look: bool = False,
        where: str = "",
    ) -> Markup:
        """Attributes of a picture.

        Args:
            lines: Which.
            can_say: Whether a person can say here whether it is so.
            can_look: Whether the model can tell where it looked.
            where: The attribute for which it tells that now.
        """
        drawn = []
        for each in lines:
            share, percent = as_share(each.probability), as_percent(each.probability)
            if each.label is not None or where == each.attribute_id:
                drawn.append(self._macros.line(each, share, percent, can_say, can_look, where))
                continue
            frame = self._line_frame(
                each.attribute_id, each.threshold, each.over_threshold, can_say, can_look
            )
            drawn.append(frame.filled(share=share, percent=as_html(percent)))
        return _drawn("".join(drawn))

    def _draw_line_frame(
        self, attribute_id: str, threshold: float, is_over: bool, can_say: bool, can_look: bool
    ) -> Frame:
        any_such = AttributeLine(attribute_id, 0.0, threshold, is_over)
        gaps = Frame.gap("share"), Frame.gap("percent")
        return Frame(self._macros.line(any_such, *gaps, can_say, can_look, ""))

    # ----------------------------------------------------------------- facets

    def facet(self, attribute_id: str, num_works: int, address: str) -> Markup:
        """An attribute to narrow by.

        Args:
            attribute_id: Which.
            num_works: How many works have it.
            address: Of the page with it, up to its id.
        """
        num = self._site.count(num_works)
        return _drawn(self._facet_frame(attribute_id).filled(num=num, address=as_html(address)))

    def _draw_facet_frame(self, attribute_id: str) -> Frame:
        return Frame(self._macros.facet(attribute_id, Frame.gap("num"), Frame.gap("address")))

    # ------------------------------------------------------------------ works

    def tile(self, card: WorkCard) -> Markup:
        """A work in the gallery."""
        frame = self._card_frame("tile", bool(card.artist), bool(card.width_px))
        return _drawn(frame.filled(**self._shown(card)))

    def answers(self, shown: ShownAnswers, num_chips: int = 4) -> Markup:
        """Related works with their bars and chips.

        Args:
            shown: Which.
            num_chips: How many reasons are told in words.
        """
        return _drawn("".join([self._answer(each, shown.full, num_chips) for each in shown.works]))

    def _answer(self, each: RelatedWork, full: float, num_chips: int) -> str:
        rest = each.because[num_chips:]
        return self._card_frame("answer", False, bool(each.card.width_px)).filled(
            **self._shown(each.card),
            score=each.score,
            parts=self._parts(each.because, full),
            chips="".join([self._chip(reason) for reason in each.because[:num_chips]]),
            rest=self._more_chips(rest) if rest else "",
            duplicates=self._macros.duplicates(len(each.duplicates)) if each.duplicates else "",
        )

    def _parts(self, because: Sequence[Reason], full: float) -> str:
        """The shares that add to a score, the largest first, from the left."""
        start, parts = 0.0, []
        for reason in because:
            length = 100 * reason.share / full
            if length < _SHORTEST:
                break
            color = "in-bookmarks" if reason.kind == "bookmarks" else self._site.color(reason.id)
            frame = self._part_frame(color)
            parts.append(frame.filled(start=start, length=length))
            start += length
        return "".join(parts)

    def _shown(self, card: WorkCard) -> dict[str, str]:
        return {
            "work_id": as_html(card.work_id),
            "address": as_html(self._site.work(card.work_id)),
            "pictures": as_html(self._site.thumbnails(card)),
            "title": as_html(self._site.title(card)),
            "artist": as_html(card.artist or ""),
            "width_px": str(card.width_px),
            "height_px": str(card.height_px),
        }

    def _draw_card_frame(self, macro: str, has_artist: bool, has_size: bool) -> Frame:
        gaps = {name: Frame.gap(name) for name in _OF_A_CARD}
        lacking = {"artist": has_artist, "width_px": has_size}
        gaps |= {name: "" for name, is_there in lacking.items() if not is_there}
        return Frame(getattr(self._macros, macro)(gaps, Frame.gap))

    def _draw_part_frame(self, color: str) -> Frame:
        return Frame(
            self._macros.part(color, Frame.gap("start", ".1f"), Frame.gap("length", ".1f"))
        )

    def _chip(self, reason: Reason) -> str:
        id_ = reason.id if reason.kind == "attribute" else None
        return self._chip_frame(id_, reason.share < 0).filled(
            name=as_html(self._name(reason)), share=reason.share
        )

    def _name(self, reason: Reason) -> str:
        if reason.kind == "attribute":
            return self._site.name(reason.id)
        if reason.num_people is None:
            return self._t("related.person")
        return self._t("related.people", num=reason.num_people)

    def _more_chips(self, reasons: Sequence[Reason]) -> str:
        names = ", ".join([self._name(reason) for reason in reasons])
        return self._rest_frame(len(reasons)).filled(names=as_html(names))

    def _draw_rest_frame(self, num: int) -> Frame:
        return Frame(self._macros.more_chips(num, Frame.gap("names")))

    def _draw_chip_frame(self, attribute_id: str | None, is_against: bool) -> Frame:
        return Frame(self._macros.chip(attribute_id, is_against, Frame.gap))
