"""Validates a source by the models of the language: every problem at once, at its place, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from definitions.loading.findings import Finding, mistyped, worded
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem, bounded
from definitions.text.source import Source

M = TypeVar("M", bound=BaseModel)

_MISTYPED = frozenset({
    "string_type", "int_type", "bool_type", "float_type", "dict_type", "tuple_type", "list_type", "model_type",
    "model_attributes_type", "literal_error", "mapping_type", "none_required", "int_from_float",
})  # fmt: skip


def validate(source: Source, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The model of a source, or all of its problems, sorted by place."""
    problems: list[Problem] = []
    found: M | None = None
    try:
        found = model.model_validate(source.data)
    except ValidationError as error:
        problems.extend(bounded(_problems(source, model, error.errors(include_url=False))))
    return (None if problems else found), sorted(set(problems))


def _problems(source: Source, model: type[BaseModel], errors: list[ErrorDetails]) -> Iterator[Problem]:
    by_place: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        by_place.setdefault(source_path(source.data, error), []).append(error)
    # If a value fits one form of several, the problems inside that form are more exact.
    inner = {path[:length] for path in by_place for length in range(len(path))}
    for path, found in by_place.items():
        if all(error["type"] in _MISTYPED for error in found):
            if path not in inner:
                yield _problem(source, path, mistyped(model, path, _value_at(source.data, path)))
            continue
        for error in found:
            if error["type"] not in _MISTYPED:
                yield _problem(source, path, worded(model, path, error, _value_at(source.data, path)))


def _problem(source: Source, path: Path, finding: Finding) -> Problem:
    at_key = finding.code == "unknown-key" or finding.about_key
    mark = source.key_at(path) if at_key else source.at(path)
    where = path[:-1] if at_key else path
    return Problem(source.file, mark.line, mark.column, finding.code, finding.message, crumb(where), finding.hint)


def source_path(data: Any, error: ErrorDetails) -> Path:
    """The path in the file for an error of the models.

    The models expand shorthand first (``by: requester`` becomes a list), so their path may have keys that the file does
    not have. These keys are left out.
    """
    path: list[str | int] = []
    for key in error["loc"]:
        if _has(data, key):
            path.append(key)
            data = data[key]
    return tuple(path)


def _has(data: Any, key: str | int) -> bool:
    if isinstance(data, dict):
        return key in data
    return isinstance(data, list) and isinstance(key, int) and key < len(data)


def _value_at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data
