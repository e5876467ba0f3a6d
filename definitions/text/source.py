"""A definition file as plain data that knows where everything stands."""

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
    """One file: its data, and the place of every value and key in it."""

    file: str
    data: dict[str, Any]
    """Mappings, lists, text, numbers, booleans and null, and nothing else."""
    values: Mapping[Path, Mark] = field(repr=False)
    keys: Mapping[Path, Mark] = field(repr=False)
    texts: Mapping[Path, TextPlace] = field(repr=False)

    def at(self, path: Path) -> Mark:
        """Where the value at ``path`` begins; where the file has no such path, its nearest ancestor."""
        for length in range(len(path), -1, -1):
            mark = self.values.get(path[:length])
            if mark is not None:
                return mark
        return TOP

    def key_at(self, path: Path) -> Mark:
        """Where the key that ``path`` ends in stands; of a list's element, where the element begins."""
        return self.keys.get(path) or self.at(path)

    def scalar_at(self, path: Path) -> tuple[Mark, Style]:
        """Where the first character of a text stands (after its quote, below its ``|``), and how it is written."""
        place = self.texts.get(path)
        return (place.first, place.style) if place else (self.at(path), "plain")

    def inside(self, path: Path, offset: int) -> Mark:
        """Where the character at ``offset`` (from 0) of a text stands; in folded text, where the text begins."""
        place = self.texts.get(path)
        return place.mark_of(offset) if place else self.at(path)


def read_source(text: bytes, file: str) -> Source | tuple[Problem, ...]:
    """Read one file, or say everything that keeps it from being read (LANGUAGE, section 1)."""
    source, problems = scan_source(text, file)
    return source if source is not None and not problems else problems


def scan_source(text: bytes, file: str) -> tuple[Source | None, tuple[Problem, ...]]:
    """As :func:`read_source`, but a file whose data is known in spite of a problem comes back too.

    So a duplicate key doesn't hide the misspelt ones below it: all problems are reported at once.
    """
    document = read_document(text, file)
    source: Source | None = None
    if document.trusted and isinstance(document.data, dict):
        source = Source(file, document.data, document.values, document.keys, document.texts)
    return source, tuple(sorted(document.problems))
