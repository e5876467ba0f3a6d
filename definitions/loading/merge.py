"""The merge of files: one organization from all of its files, and ids that only one file may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.source import Source

SECTIONS = ("people", "teams", "roles", "services", "calendars", "tables", "freezes")
WHOLE = ("organization", "may")
"""Keys that only one file may have, as a whole."""


def merged(parts: Iterable[Organization]) -> Organization:
    """One organization from the parts in its files. If an id is given twice, the first stays."""
    whole: dict[str, Any] = {section: {} for section in SECTIONS}
    for part in parts:
        for section in WHOLE:
            if section in part.model_fields_set:
                whole.setdefault(section, getattr(part, section))
        for section in SECTIONS:
            for key, value in getattr(part, section).items():
                whole[section].setdefault(key, value)
    return Organization.model_validate(whole)


def given_twice(sources: Sequence[Source]) -> Iterator[Problem]:
    """Only one file may give an id of the organization."""
    first: dict[Path, Source] = {}
    for source in sources:
        for path in _ids(source):
            other = first.setdefault(path, source)
            if other is not source:
                yield _twice(source, path, f"{crumb(path)} is given twice", other, path)


def _ids(source: Source) -> Iterator[Path]:
    yield from ((section,) for section in WHOLE if section in source.data)
    for section in SECTIONS:
        content = source.data.get(section)
        if isinstance(content, dict):
            yield from ((section, key) for key in content)


def claimed_twice(sources: Sequence[Source], key: str) -> Iterator[Problem]:
    """Two process files can't share an id or a prefix of ticket keys."""
    first: dict[str, Source] = {}
    for source in sources:
        value = source.data.get(key)
        if not isinstance(value, str):
            continue
        other = first.setdefault(value, source)
        if other is not source:
            what = f"the process id '{value}'" if key == "process" else f"the prefix '{value}'"
            yield _twice(source, (key,), f"{what} is claimed twice", other, (key,))


def _twice(source: Source, path: Path, message: str, other: Source, other_path: Path) -> Problem:
    mark, first = source.key_at(path), other.key_at(other_path)
    hint = f"the first one is at {other.file}:{first.line}:{first.column}"
    here, there = PurePosixPath(source.file), PurePosixPath(other.file)
    if path == ("process",) and here.parent != there.parent:
        hint += f"; to replace that file, name this one {there.name}"
    return Problem(source.file, mark.line, mark.column, "given-twice", message, crumb(path), hint)


def with_tables(process: Process, tables: Mapping[str, Any]) -> Process:
    """The process as it will run: tables of the organization replace its own tables of the same name."""
    replaced = {name: tables.get(name, table) for name, table in process.tables.items()}
    return process.model_copy(update={"tables": replaced})
