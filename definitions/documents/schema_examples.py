"""Examples of the language, for editors and the reference: blocks of YAML in ``definitions/schema/examples``.

A file there holds a part of a definition file for each model, after a line ``--- # <model>``. A bare ``---`` begins
another block of the same model. The content of the block is the example for the keys of the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from definitions.loading.model_types import choices, is_model, keys_of, models_at
from definitions.text.problems import Path as Place
from definitions.text.source import Source, read_source

FOLDER = Path(__file__).parents[1] / "schema" / "examples"
SHOWN = 3
"""Examples of a key for editors at most."""

_BEGINNING = re.compile(r"^---(?: # (\w+))?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """A block of YAML for one model, with enough of the file around it to show its place."""

    model: str
    text: str
    data: dict[str, Any]


def examples_of(kind: str) -> tuple[Example, ...]:
    """The examples of ``process``, ``organization`` or ``scenario`` files, in the order of their file.

    Raises ValueError, with every problem, for a block that the reader refuses.
    """
    _, *parts = _BEGINNING.split((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    found: list[Example] = []
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        source = read_source(text.encode(), f"{kind}.yaml")
        if not isinstance(source, Source):
            raise ValueError("\n".join(map(str, source)))
        found.append(Example(name or found[-1].model, text, source.data))
    return tuple(found)


def models_below(model: type[BaseModel], seen: dict[type[BaseModel], None] | None = None) -> list[type[BaseModel]]:
    """A model and all models inside it, each once, in the order in which a reader meets them."""
    seen = {} if seen is None else seen
    if model not in seen:
        seen[model] = None
        for annotation in keys_of(model).values():
            for inner in _models_in(annotation):
                models_below(inner, seen)
    return list(seen)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    for one in choices(annotation):
        if is_model(one):
            yield one
        for element in get_args(one):
            yield from _models_in(element)


class ExampleIndex:
    """The examples of some kinds of files, by model and key, as they are written."""

    def __init__(self, roots: dict[str, type[BaseModel]]) -> None:
        self._models = {model.__name__: model for root in roots.values() for model in models_below(root)}
        self._written: dict[str, list[dict[str, Any]]] = {}
        for kind, root in roots.items():
            for example in examples_of(kind):
                found = [written for model, written in _within(root, (), example.data) if model == example.model]
                self._written.setdefault(example.model, []).extend(found)

    def of_model(self, name: str) -> list[dict[str, Any]]:
        return self._written.get(name, [])[:SHOWN]

    def of_key(self, name: str, key: str) -> list[Any]:
        """The values of a key in the examples of a model, or else in those of the models that it extends."""
        for model in self._models[name].__mro__:
            values = [written[key] for written in self._written.get(model.__name__, []) if key in written]
            if values:
                return [value for index, value in enumerate(values) if value not in values[:index]][:SHOWN]
        return []


def _within(root: type[BaseModel], path: Place, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping at or below ``path`` that is written for a model, with the model's name."""
    if isinstance(value, dict):
        yield from ((model.__name__, value) for model in models_at(root, path))
        for key, inner in value.items():
            yield from _within(root, (*path, key), inner)
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _within(root, (*path, index), element)
