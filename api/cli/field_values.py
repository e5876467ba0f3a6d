"""Values of ``--field``, read by the type that the process declares for the field."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from api.cli.client import Api, parse_fields, parse_json
from api.cli.output import REFUSED, USAGE, CommandError, fail

_OF_IDS = ("choice", "person", "team", "service", "ticket")
"""Types whose values hold no comma, so that a list of them can be written with commas."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


def fields_of_process(api: Api, process: str, given: list[str] | None) -> dict[str, Any]:
    """The fields that are given for a new ticket of a process. Raises CommandError (usage) for a wrong value."""
    return read_fields(given, lambda: _specs(api, process))


def fields_of_ticket(api: Api, ticket: str, given: list[str] | None) -> dict[str, Any]:
    """The fields that are given for a ticket, by its process. Raises CommandError (usage) for a wrong value."""
    return read_fields(given, lambda: _specs(api, str(api.get(("tickets", ticket))["process"])))


def _specs(api: Api, process: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = api.get(("processes", process))["definition"].get("fields", {})
    return found


def read_fields(given: list[str] | None, ask: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """``name=text`` by the type of the field, and ``name:=JSON`` as it is; ``ask`` gives the fields of the process.

    A field that the process does not declare stays text. Raises CommandError (usage) for a wrong value.
    """
    texts: dict[str, list[str]] = {}
    for one in given or []:
        name, _, text = one.partition("=")
        if not name.endswith(":"):
            texts.setdefault(name, []).append(text)
    if not texts:
        return parse_fields(given)
    try:
        specs = ask()
    except CommandError as refused:
        if refused.code != REFUSED:
            raise
        return parse_fields(given)  # the command itself is refused for the same reason, in better words
    fields = parse_fields(given, [name for name, spec in specs.items() if spec.get("list")])
    for name, several in texts.items():
        if name in specs and isinstance(fields[name], str):  # a value that is given as JSON as well has no text
            fields[name] = _value(name, specs[name], several)
    return fields


def _value(name: str, spec: Mapping[str, Any], texts: list[str]) -> Any:
    """The value of a field of which ``texts`` are given: the last of them, or all of them for a list."""
    kind = str(spec.get("type", "text"))
    if not spec.get("list"):
        return _single(name, kind, texts[-1])
    if len(texts) == 1 and texts[0].startswith("["):
        try:
            return parse_json(texts[0])
        except ValueError:
            hint = f'write a list as ["a", "b"], or give --field {name}=… several times'
            fail(USAGE, f"--field {name}={texts[0]}: {hint}")
    parts = [part for text in texts for part in (text.split(",") if kind in _OF_IDS else [text])]
    return [_single(name, kind, part.strip()) for part in parts if part.strip()]


def _single(name: str, kind: str, text: str) -> Any:
    written = text.strip()
    if kind not in ("integer", "number", "boolean"):
        return text
    if not written:
        return None  # an empty text clears a field of any type
    if kind == "integer" and _WHOLE.fullmatch(written):
        return int(written)
    if kind == "boolean" and written in ("true", "false"):
        return written == "true"
    if kind == "number" and (number := _number(written)) is not None:
        return number
    wanted = {"integer": "a whole number, such as 40", "number": "a number, such as 12.5", "boolean": "true or false"}
    return fail(USAGE, f"--field {name}={text}: {name} takes {wanted[kind]}")


def _number(text: str) -> int | float | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
