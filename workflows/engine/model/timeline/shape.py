"""What the kinds of timeline entries have in common: a name, typed parts, and the JSON that is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar

from definitions.schema.model import Json


def key_of(part: str) -> str:
    """The JSON key of a part; a name that Python reserves has a ``_`` behind it."""
    return part.removesuffix("_")


@cache
def keys_of(shape: type[Any]) -> tuple[tuple[str, str], ...]:
    """The parts of a shape with their JSON keys, in the order of the JSON."""
    return tuple((part.name, key_of(part.name)) for part in fields(shape))


class EntryShape:
    """The base of every shape of a timeline entry.

    Entries are hashed and kept for years: once written, a part keeps its key, its type and its meaning. A shape may
    gain an optional part; any other change is a new shape.
    """

    __slots__ = ()
    kind: ClassVar[str]
    """What the timeline calls the entry; several shapes share a kind."""
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"alias_generator": key_of, "extra": "forbid"}

    def data(self) -> dict[str, Json]:
        """The JSON of the entry, without the parts that are None."""
        own: Any = type(self)
        found: dict[str, Json] = {}
        for part, key in keys_of(own):
            value = getattr(self, part)
            if value is not None:
                found[key] = list(value) if type(value) is tuple else value
        return found


@dataclass(frozen=True, slots=True)
class UnknownEntry:
    """An entry that this build cannot type: a newer build wrote it, or it was changed. It is kept verbatim."""

    kind: str
    content: Mapping[str, Json]

    def data(self) -> dict[str, Json]:
        """The JSON of the entry, as it was read."""
        return dict(self.content)
