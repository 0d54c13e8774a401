"""Reads tables that people write as CSV, and tells all that is wrong with them at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zokusei.errors import UsageError, nearest_names


class Problems:
    """What is wrong with files that somebody gave."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, place: object, what: object) -> None:
        """Notes a problem.

        Args:
            place: The file, and the line if there is one.
            what: What is wrong there, with the value and what was expected.
        """
        self._found.append(f"{place}: {what}")

    def raise_any(self) -> None:
        """Ends where something is wrong.

        Raises:
            UsageError: With every problem noted, one a line.
        """
        if len(self._found) == 1:
            raise UsageError(self._found[0])
        if self._found:
            raise UsageError("\n  ".join([f"{len(self._found)} problems", *self._found]))


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of a table.

    Args:
        place: File and line, for messages.
        cells: Column to value, without blanks around it; empty where it is missing.
    """

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a table may have.

    Args:
        required: Those it needs.
        one_of: Of these it needs exactly one.
        optional: Those that are read where they are there.
        ignored: Those that may be there and are not read.
    """

    required: Sequence[str]
    one_of: Sequence[str] = ()
    optional: Sequence[str] = ()
    ignored: Sequence[str] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.required, *self.one_of, *self.optional, *self.ignored)

    def faults(self, found: Sequence[str]) -> Iterator[str]:
        """What is wrong with a header."""
        needed = [*self.required, *([" or ".join(self.one_of)] if self.one_of else [])]
        chosen = [name for name in self.one_of if name in found]
        if not set(self.required) <= set(found) or (self.one_of and not chosen):
            yield (
                f"it needs the columns {' and '.join(needed)}, separated by commas; "
                f"its first line is '{','.join(found)}'"
            )
            return
        if len(chosen) > 1:
            yield f"it has the columns {' and '.join(chosen)}; keep one of them"
        for name in dict.fromkeys(found):
            if found.count(name) > 1:
                yield f"it has the column '{name}' {found.count(name)} times"
            if name not in self.known:
                nearest = nearest_names(name, self.known)
                offer = f"; the nearest are {', '.join(nearest)}" if nearest else ""
                yield f"unknown column '{name}', expected {', '.join(self.known)}{offer}"


def read_sheet(path: Path, columns: Columns, problems: Problems) -> list[SheetLine]:
    """The lines of a CSV file with a header, less those that are empty.

    It is UTF-8, with or without a byte-order mark, with any line ends. A
    header's letters may be of either case.

    Args:
        path: The file.
        columns: Which it may have.
        problems: Takes what is wrong; lines that cannot be read are left out.
    """
    text = _text(path, problems)
    if text is None:
        return []
    lines = _lines(path, text, problems)
    _, header = next(lines, ("", []))
    names = [name.strip().casefold() for name in header]
    faults = list(columns.faults(names))
    for fault in faults:
        problems.add(path, fault)
    if faults:
        return []
    sheet = []
    for place, cells in lines:
        if len(cells) > len(names):
            problems.add(
                place,
                f"{len(cells)} values for {len(names)} columns; "
                'put a value that holds commas in quotes, such as "a, b"',
            )
            continue
        filled = [cell.strip() for cell in cells] + [""] * (len(names) - len(cells))
        if any(filled):
            sheet.append(SheetLine(place, dict(zip(names, filled, strict=True))))
    return sheet


def _text(path: Path, problems: Problems) -> str | None:
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.add(path, f"it cannot be read: {error.strerror}")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        problems.add(
            f"{path} line {number}",
            f"byte 0x{content[error.start]:02x} is not UTF-8; save the table as UTF-8 "
            "(spreadsheets call it 'CSV UTF-8')",
        )
        return None


def _lines(path: Path, text: str, problems: Problems) -> Iterator[tuple[str, list[str]]]:
    """The place and the cells of each line, until one cannot be parsed."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    try:
        for cells in reader:
            yield f"{path} line {number}", cells
            number = reader.line_num + 1
    except csv.Error as error:
        problems.add(f"{path} line {number}", f"it is no CSV from here on: {error}")
