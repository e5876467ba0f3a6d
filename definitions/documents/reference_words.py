"""The values that a key takes, in the words of a process owner, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
Linked: TypeAlias = Callable[[str, bool], str]
"""The name of an object, in the singular or the plural, with a link to its section."""

WORDS: dict[str, str] = {
    "id": "small letters, digits and underscores, beginning with a letter; at most 64",
    "text": "words, in quotes if YAML would read something else: `\"no: colon\"`",
    "value": "text, a number, `true` or `false`, a list or a mapping",
    "duration": "one number and one unit: `90s`, `15m`, `4h`, `3d` or `2w`. With a calendar other than `always`,"
    " seconds, minutes and hours are working time, days are working days, and weeks are refused; without one, days keep"
    " the time of day.",
    "length": "hours, minutes and seconds: `4h30m`, `3m45s`, or `225s`; `-1h` for an overdue time",
    "expression": "CEL: `ticket.impact == 'high'`. It knows `ticket`, `event`, `actor`, `now`, `tables`,"
    " `<service field>.owner`, `in_state('x')`, `tag('x')`, and the results of waiting blocks: `approval`, `run`,"
    " `child`. An unset field is null, and a guard that is null is false. In place of a literal value, write an"
    " expression with a leading `=`: `=actor.id`.",
    "principal": "a person or group: `person:alice`, `team:cab`, `role:change_manager`, a person or team field,"
    " `opener`,"
    " `assignee`, `watchers`, `<service field>.owner`, `<service field>.team`, `manager_of(<principal>)`, `everyone`,"
    " `engine` (other tickets, and the process itself), or `=<expression>` of a person or persons",
    "event": "the name of an event",
    "moment": "date, time and offset: `2026-03-14T20:00:00+01:00`",
    "date": "`2026-12-24`, a whole day",
    "day": "`mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`, or several: `mon-thu`",
    "span of hours": "`\"09:00-12:30\"`; it may cross midnight, and end at `24:00`",
    "calendar": "the id of a calendar of the organization, or `always`",
    "time zone": "a name of the IANA database: `Europe/Berlin`",
    "person": "the id of a person in the organization",
    "team": "the id of one of its teams",
    "service": "the id of one of its services",
    "threshold": "`75%`, `100%`, `-1h` or `+2h`",
}  # fmt: skip
"""The kinds of values, by their titles in the schemas, with the meaning of each."""
_ID = "^[a-z][a-z0-9_]*$"


def takes(schema: Schema, linked: Linked, *, many: bool = False) -> str:
    """The allowed values in words: ``duration``, ``principal, or a list``. ``many`` is for the elements of a list."""
    if "$ref" in schema:
        return linked(schema["$ref"].rpartition("/")[2], many)
    if "anyOf" in schema:
        return _one_of([one for one in schema["anyOf"] if one.get("type") != "null"], linked, many)
    if values := _values(schema):
        return either(values)
    # pydantic drops the titles of values in a mapping, but an id has a form of its own
    title = "id" if schema.get("pattern") == _ID else schema.get("title")
    if title in WORDS:
        return _plural(title) if many else str(title)
    match schema.get("type"):
        case "array":
            return f"list{'s' if many else ''} of {takes(schema['items'], linked, many=True)}"
        case "object":
            return _mapping(schema, linked)
        case "integer":
            return f"whole number{'s' if many else ''}{_range(schema)}"
        case "number":
            return f"number{'s' if many else ''}{_range(schema)}"
    word = "text" if schema.get("type") == "string" else "value"
    return _plural(word) if many else word


def _one_of(choices: list[Schema], linked: Linked, many: bool) -> str:
    """The words for several types. A list of elements that may stand alone is ``or a list``."""
    rest = [one for one in choices if one.get("type") != "array"]
    lists = [one for one in choices if one.get("type") == "array"]
    if lists and rest and lists[0]["items"] in (rest[0], {"anyOf": rest}):
        return f"{', '.join(takes(one, linked, many=many) for one in rest)}, or a list"
    return either([word for one in choices for word in _values(one) or [takes(one, linked, many=many)]])


def _values(schema: Schema) -> list[str]:
    """The allowed values, if they are listed one by one."""
    both = [True, False] if schema.get("type") == "boolean" else []
    values = schema.get("enum", [schema["const"]] if "const" in schema else both)
    return [f"`{value if isinstance(value, str) else json.dumps(value)}`" for value in values]


def _mapping(schema: Schema, linked: Linked) -> str:
    of = schema.get("additionalProperties", True)
    key = "text"
    if "patternProperties" in schema:
        ((_, of),) = schema["patternProperties"].items()
        key = "id"
    key = schema.get("propertyNames", {}).get("title", key)
    return f"mapping of {key} to {takes({} if of is True else of, linked)}"


def _range(schema: Schema) -> str:
    if "maximum" in schema:
        return f" from {schema.get('minimum', 0)} to {schema['maximum']}"
    return f" from {schema['minimum']}" if "minimum" in schema else ""


def _plural(word: str) -> str:
    return {"span of hours": "spans of hours", "person": "people"}.get(word, f"{word}s")


def either(words: list[str]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
