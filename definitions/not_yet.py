"""Keys of the language that this version reads and checks, but does not run yet.

One table. A key that is taken out of it is run from then on, and nothing else needs to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from definitions.breadcrumb import crumb
from definitions.model_types import keys_of, models_at
from definitions.problems import Path, Problem
from definitions.source import Source

Table: TypeAlias = Mapping[tuple[type[BaseModel], str], str]

NOT_YET: Table = {}
"""Model and key → what to do instead. Empty: all of the language is run."""


def not_yet(source: Source, model: type[BaseModel], table: Table = NOT_YET) -> list[Problem]:
    """One problem, code ``not-yet``, for each such key; what stands below it is not named again."""
    return list(_refusals(source, model, table, (), source.data))


def _refusals(source: Source, model: type[BaseModel], table: Table, path: Path, value: Any) -> Iterator[Problem]:
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _refusals(source, model, table, (*path, index), element)
    if not isinstance(value, dict):
        return
    models = models_at(model, path)
    for key, inner in value.items():
        hint = _hint(table, models, key)
        if hint is None:
            yield from _refusals(source, model, table, (*path, key), inner)
            continue
        mark = source.key_at((*path, key))
        message = f"'{key}' is not yet supported by this version of Stanchion"
        yield Problem(source.file, mark.line, mark.column, "not-yet", message, crumb((*path, key)), hint)


def _hint(table: Table, models: tuple[type[BaseModel], ...], key: str) -> str | None:
    for model in models:
        for (refused, name), hint in table.items():
            if name == key and issubclass(model, refused) and key in keys_of(model):
                return hint
    return None
