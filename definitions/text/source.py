"""A definition file as plain data, with the position of every key and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from definitions.text.problems import Mark, Path, Problem
from definitions.text.text_places import Style, TextPlace
from definitions.text.yaml_reader import read_document

TOP = Mark(1, 1)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its data, and the position of every key and value."""

    file: str
    data: dict[str, Any]
    """Mappings, lists, text, numbers, booleans and null, and nothing else."""
    values: Mapping[Path, Mark] = field(repr=False)
    keys: Mapping[Path, Mark] = field(repr=False)
    texts: Mapping[Path, TextPlace] = field(repr=False)

    def at(self, path: Path) -> Mark:
        """The beginning of the value at ``path``, or of its nearest ancestor if the file has no such path."""
        for length in range(len(path), -1, -1):
            mark = self.values.get(path[:length])
            if mark is not None:
                return mark
        return TOP

    def key_at(self, path: Path) -> Mark:
        """The position of the last key of ``path``; for an element of a list, the beginning of the element."""
        return self.keys.get(path) or self.at(path)

    def scalar_at(self, path: Path) -> tuple[Mark, Style]:
        """The position of the first character of a text (after its quote, below its ``|``), and its style."""
        place = self.texts.get(path)
        return (place.first, place.style) if place else (self.at(path), "plain")

    def inside(self, path: Path, offset: int) -> Mark:
        """The position of the character at ``offset`` (from 0) of a text; in folded text, the beginning of the text."""
        place = self.texts.get(path)
        return place.mark_of(offset) if place else self.at(path)


def read_source(text: bytes, file: str) -> Source | tuple[Problem, ...]:
    """Read one file, or return every problem that prevents it (LANGUAGE, section 1)."""
    source, problems = scan_source(text, file)
    return source if source is not None and not problems else problems


def scan_source(text: bytes, file: str) -> tuple[Source | None, tuple[Problem, ...]]:
    """Like :func:`read_source`, but also return the source if its data is known in spite of a problem.

    A duplicate key then doesn't hide the misspelt keys below it: all problems are reported at once.
    """
    document = read_document(text, file)
    source: Source | None = None
    if document.trusted and isinstance(document.data, dict):
        source = Source(file, document.data, document.values, document.keys, document.texts)
    return source, tuple(sorted(document.problems))
