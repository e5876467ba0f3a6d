"""The types of the language that a path may hold, for hints and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator

from definitions.schema.model import Duration, Identifier, as_tuple
from definitions.schema.states import Alternatives
from definitions.text.problems import Path

Type: TypeAlias = Any
"""A type annotation."""


@cache
def keys_of(model: type[BaseModel]) -> dict[str, Type]:
    """The keys of a model as files write them (``from``, not ``from_``), with their annotations."""
    hints = get_type_hints(model, include_extras=True)
    return {info.alias or name: hints[name] for name, info in model.model_fields.items()}


def choices(annotation: Type) -> Iterator[Type]:
    """The alternatives of an annotation, without its constraints and without null."""
    if annotation in (Duration, Identifier):
        yield annotation
        return
    origin = _origin(annotation)
    if origin is Annotated:
        yield from choices(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from choices(one)
    elif annotation is not NoneType:
        yield annotation


def _origin(annotation: Type) -> Any:
    """``typing.get_origin``, which declares a narrower result than it returns."""
    return get_origin(annotation)


def is_model(annotation: Type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def below(annotation: Type, key: str | int) -> tuple[Type, ...]:
    """The types under ``key``; for an element that is written without its list, the types under the element's key."""
    found: list[Type] = []
    for one in choices(annotation):
        origin = _origin(one)
        if is_model(one) and key in keys_of(one):
            found.append(keys_of(one)[str(key)])
        elif origin is dict and isinstance(key, str):
            found.append(get_args(one)[1])
        elif origin is tuple:
            element = get_args(one)[0]
            found.extend([element] if isinstance(key, int) else below(element, key))
    return tuple(found)


def types_at(model: type[BaseModel], path: Path) -> tuple[Type, ...]:
    """The types that ``path`` may hold; none if the language has no such path."""
    types: tuple[Type, ...] = (model,)
    for key in path:
        types = tuple(found for one in types for found in below(one, key))
    return types


def models_at(model: type[BaseModel], path: Path) -> tuple[type[BaseModel], ...]:
    """The models that a mapping at ``path`` may be."""
    found: list[type[BaseModel]] = []
    for annotation in types_at(model, path):
        for one in choices(annotation):
            element = get_args(one)[0] if _origin(one) is tuple else one
            found.extend(inner for inner in choices(element) if is_model(inner))
    return tuple(dict.fromkeys(found))


def words_for(annotation: Type) -> list[str]:
    """The expected values in words: ``text``, ``a whole number``, ``true or false`` …"""
    if annotation == Alternatives:
        return ["a state id", "a transition", "a list of them"]
    words = words_for(element) if (element := _element_of_shorthand(annotation)) is not None else []
    for one in choices(annotation):
        if one == Duration:
            words.append("a duration such as 15m, 4h or 3d")
        elif _origin(one) is Literal:
            words.extend(f"'{value}'" for value in get_args(one))
        elif _origin(one) is tuple:
            words.append("a list")
        elif _origin(one) is dict or is_model(one):
            words.append("a mapping of keys and values")
        else:
            words.append(_PLAIN.get(one, "text"))
    return list(dict.fromkeys(words))


def _element_of_shorthand(annotation: Type) -> Type | None:
    """The element type of a list whose element may stand alone (``Some``)."""
    for one in get_args(annotation) if _origin(annotation) in (Union, UnionType) else (annotation,):
        constraints = get_args(one)[1:] if _origin(one) is Annotated else ()
        if any(isinstance(given, BeforeValidator) and given.func is as_tuple for given in constraints):
            return get_args(get_args(one)[0])[0]
    return None


_PLAIN: dict[Type, str] = {
    str: "text",
    Identifier: "an id",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def either(words: list[str]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
