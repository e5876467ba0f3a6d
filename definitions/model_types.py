"""Which type of the language stands at a path: what a mapping there may hold, for hints and for refusals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from definitions.problems import Path
from definitions.schema.model import Duration, Identifier

Type: TypeAlias = Any
"""A type annotation."""


@cache
def keys_of(model: type[BaseModel]) -> dict[str, Type]:
    """The keys of a model as they are written (``from``, not ``from_``), with their annotations."""
    hints = get_type_hints(model, include_extras=True)
    return {info.alias or name: hints[name] for name, info in model.model_fields.items()}


def choices(annotation: Type) -> Iterator[Type]:
    """The alternatives of an annotation, without its constraints and without null."""
    if annotation in (Duration, Identifier):
        yield annotation
        return
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from choices(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from choices(one)
    elif annotation is not NoneType:
        yield annotation


def is_model(annotation: Type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def below(annotation: Type, key: str | int) -> tuple[Type, ...]:
    """The types of what stands under ``key``; of a shorthand without its list, those of the element's key."""
    found: list[Type] = []
    for one in choices(annotation):
        origin = get_origin(one)
        if is_model(one) and key in keys_of(one):
            found.append(keys_of(one)[str(key)])
        elif origin is dict and isinstance(key, str):
            found.append(get_args(one)[1])
        elif origin is tuple:
            element = get_args(one)[0]
            found.extend([element] if isinstance(key, int) else below(element, key))
    return tuple(found)


def types_at(model: type[BaseModel], path: Path) -> tuple[Type, ...]:
    """The types that may stand at ``path``; none where the language has no such place."""
    types: tuple[Type, ...] = (model,)
    for key in path:
        types = tuple(found for one in types for found in below(one, key))
    return types


def models_at(model: type[BaseModel], path: Path) -> tuple[type[BaseModel], ...]:
    """The models that a mapping at ``path`` may be."""
    found: list[type[BaseModel]] = []
    for annotation in types_at(model, path):
        for one in choices(annotation):
            element = get_args(one)[0] if get_origin(one) is tuple else one
            found.extend(inner for inner in choices(element) if is_model(inner))
    return tuple(dict.fromkeys(found))


def words_for(annotation: Type) -> list[str]:
    """What is expected, in words: ``text``, ``a whole number``, ``true or false`` …"""
    words: list[str] = []
    for one in choices(annotation):
        if one == Duration:
            words.append("a duration such as 15m, 4h or 3d")
        elif get_origin(one) is Literal:
            words.extend(f"'{value}'" for value in get_args(one))
        elif get_origin(one) is tuple:
            words.append("a list")
        elif get_origin(one) is dict or is_model(one):
            words.append("a mapping of keys and values")
        else:
            words.append(_PLAIN.get(one, "text"))
    return list(dict.fromkeys(words))


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
