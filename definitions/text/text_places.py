"""The positions of parser events and of the characters of texts in a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import yaml

from definitions.text.problems import Mark

Style: TypeAlias = Literal["plain", "single", "double", "literal", "folded"]
_STYLES: dict[str, Style] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_BREAKS = re.compile("[\n\x85\u2028\u2029]")
"""Characters that the parser counts as the end of a line."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """The position of a text in its file, precise enough to point at one of its characters."""

    first: Mark
    style: Style
    line_starts: tuple[int, ...] = ()
    """For a literal block: the offset in the text of the beginning of each line."""
    one_line: bool = True

    def mark_of(self, offset: int) -> Mark:
        """The position of the character at ``offset``; the start of the text if it has escapes or folded lines."""
        if self.line_starts:
            row = sum(1 for start in self.line_starts if start <= offset) - 1
            return Mark(self.first.line + row, self.first.column + offset - self.line_starts[row])
        if not self.one_line:
            return self.first
        return Mark(self.first.line, self.first.column + offset)


def lines_of(text: str) -> list[str]:
    """The lines of a file, as the parser counts them."""
    return _BREAKS.split(text)


def text_place(event: yaml.ScalarEvent, lines: Sequence[str]) -> TextPlace:
    """The position of the text of a scalar in the ``lines`` of its file."""
    style = _STYLES.get(event.style or "", "plain")
    start = mark_of(event)
    if style in ("literal", "folded"):
        return _block_place(event, lines, start, style)
    end = _read(event.end_mark)
    one_line = start.line == end.line
    if style == "plain":
        return TextPlace(start, style, one_line=one_line)
    written = lines[start.line - 1][start.column : end.column - 2]
    return TextPlace(Mark(start.line, start.column + 1), style, one_line=one_line and written == event.value)


def _block_place(event: yaml.ScalarEvent, lines: Sequence[str], start: Mark, style: Style) -> TextPlace:
    """A block's text begins on the line below its ``|``, at the indentation of its first line."""
    rows = event.value.split("\n")
    below = range(start.line, len(lines))
    line = next((index for index in below if lines[index].strip()), None)
    if line is None or not event.value.strip():
        return TextPlace(start, style, one_line=False)
    first_row = next(row for row in rows if row.strip())
    indentation = _leading(lines[line]) - _leading(first_row)
    if style == "folded":
        return TextPlace(Mark(line + 1, indentation + 1), style, one_line=False)
    starts = [0]
    for row in rows[:-1]:
        starts.append(starts[-1] + len(row) + 1)
    return TextPlace(Mark(start.line + 1, indentation + 1), style, tuple(starts))


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip())


def mark_of(event: yaml.Event) -> Mark:
    """The position at which an event begins."""
    return _read(event.start_mark)


def _read(mark: Any) -> Mark:
    """A mark of the parser, counted from 1. Every event of the parser has its marks."""
    if mark is None:
        raise ValueError("the event has no mark")
    return Mark(mark.line + 1, mark.column + 1)
