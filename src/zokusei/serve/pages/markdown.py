"""A model's card as HTML: the part of Markdown that cards are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from markupsafe import Markup, escape

_HEADING = re.compile(r"(#{1,4}) (.+)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)$")
_RULE = re.compile(r"\|(\s*:?-+:?\s*\|)+$")
# Code, strong, links: the only things inside a line.
_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?://[^)\s]+)\)")

_HEAD = Markup("<th>{}</th>"), Markup('<th class="number">{}</th>')
_CELL = Markup("<td>{}</td>"), Markup('<td class="number">{}</td>')


def as_html(text: str, figures: Mapping[str, str]) -> Markup:
    r"""A card as HTML; everything else that Markdown knows stays as it is written.

    >>> as_html("# A card\n\n- `x < 1`\n- **two**", {})
    Markup('<h3>A card</h3>\n<ul><li><code>x &lt; 1</code></li><li><strong>two</strong></li></ul>')

    Args:
        text: Markdown: headings, lists, tables, paragraphs, figures, code, strong, links.
        figures: The address of each figure by the name the card gives it; others are left out.
    """
    blocks = (_block(block, figures) for block in _blocks(text))
    return Markup("\n").join(block for block in blocks if block)


def _blocks(text: str) -> Iterator[list[str]]:
    """Runs of lines that belong together."""
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        starts = _HEADING.match(line) or (block and _kind(line) != _kind(block[0]))
        if block and (not line.strip() or (starts and not line.startswith("  "))):
            yield block
            block = []
        if line.strip():
            block.append(line)


def _kind(line: str) -> str:
    return line[0] if line[:2] in ("- ", "| ") or line[:1] == "#" else ""


def _block(lines: list[str], figures: Mapping[str, str]) -> Markup:
    first = lines[0]
    if heading := _HEADING.match(first):
        level = min(6, len(heading[1]) + 2)
        return Markup("<h{0}>{1}</h{0}>").format(level, _inline(heading[2]))
    if image := _IMAGE.match(first):
        name = image[2]
        if name not in figures:
            return Markup()
        return Markup('<p><img src="{}" alt="{}" loading="lazy"></p>').format(
            figures[name], image[1]
        )
    if first.startswith("- "):
        return _list(lines)
    if len(lines) > 1 and _RULE.match(lines[1]):
        return _table(lines)
    return Markup("<p>{}</p>").format(_inline(" ".join(lines)))


def _list(lines: list[str]) -> Markup:
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        else:
            items[-1] += " " + line.strip()
    return Markup("<ul>{}</ul>").format(
        Markup().join(Markup("<li>{}</li>").format(_inline(item)) for item in items)
    )


def _table(lines: list[str]) -> Markup:
    head, rule, *rows = (_cells(line) for line in lines)
    numeric = [mark.endswith(":") for mark in rule]

    def row(cells: list[str], plain: Markup, numbered: Markup) -> Markup:
        drawn = (
            (numbered if is_number else plain).format(_inline(cell))
            for cell, is_number in zip(cells, numeric, strict=False)
        )
        return Markup("<tr>{}</tr>").format(Markup().join(drawn))

    return Markup(
        '<div class="scroll" tabindex="0"><table data-sortable><thead>{}</thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(row(head, *_HEAD), Markup().join(row(cells, *_CELL) for cells in rows))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> Markup:
    drawn, end = Markup(), 0
    for found in _INLINE.finditer(text):
        code, strong, words, address = found.groups()
        drawn += escape(text[end : found.start()])
        if code:
            drawn += Markup("<code>{}</code>").format(code)
        elif strong:
            drawn += Markup("<strong>{}</strong>").format(strong)
        else:
            drawn += Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, words)
        end = found.end()
    return drawn + escape(text[end:])
