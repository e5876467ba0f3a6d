"""The kinds of values in expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal[
    "text", "integer", "number", "boolean", "time", "date", "duration", "any", "null", "list", "map", "other"
]


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a value. ``item`` is the kind of the elements of a list or of a mapping (by text)."""

    name: Name
    item: Kind | None = None

    def __str__(self) -> str:
        if self.name == "list":
            return f"list of {self.item}" if self.item and self.item.name != "any" else "list"
        if self.name == "map":
            return f"table of {self.item}" if self.item and self.item.name != "any" else "table"
        return {"boolean": "true or false", "any": "any value", "other": "another value"}.get(self.name, self.name)

    @property
    def is_time(self) -> bool:
        return self.name in ("time", "date")


TEXT = Kind("text")
INTEGER = Kind("integer")
NUMBER = Kind("number")
BOOLEAN = Kind("boolean")
TIME = Kind("time")
DATE = Kind("date")
DURATION = Kind("duration")
ANY = Kind("any")
NULL = Kind("null")
OTHER = Kind("other")


def list_of(item: Kind) -> Kind:
    return Kind("list", item)


def map_of(item: Kind) -> Kind:
    return Kind("map", item)


OF_FIELD: dict[str, Kind] = {
    "text": TEXT, "markdown": TEXT, "integer": INTEGER, "number": NUMBER, "boolean": BOOLEAN, "date": DATE,
    "datetime": TIME, "duration": DURATION, "choice": TEXT, "person": TEXT, "team": TEXT, "service": TEXT,
    "ticket": TEXT,
}  # fmt: skip
"""The kind of a field's value, by the field's type."""
