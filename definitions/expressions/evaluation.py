"""An expression that is ready to run: values in, a value out, null for what nobody knows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from definitions.expressions import cel, spans
from definitions.expressions.errors import EvaluationFailed
from definitions.expressions.kinds import Kind
from definitions.expressions.spans import Utc, Zone
from definitions.schema.model import Json
from definitions.times import to_instant

_OF_NULL = re.compile(r"null_type|No matching overloads found : (?:!_|_&&_|_\|\|_|<jump_condition>|<iter_range>|@in)$")
"""Errors that come of a null operand alone, since all other types were checked: their value is null."""
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_UTC = Utc()
TABLES = "tables."
MOST_KNOWN = 64
"""Values of one expression that are remembered."""
LONGEST_KNOWN = 200
"""Characters of a text that a remembered value depends on."""
_SCALARS = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class _Known:
    value: Json
    kept: tuple[object, ...]
    """What the key names by identity: while it is kept, nothing else has that identity."""


class Expression:
    """One compiled expression; get it from ``compile_expression``."""

    def __init__(self, source: str, kind: Kind, names: Mapping[str, Kind], program: cel.Program) -> None:
        self.source = source
        self.kind = kind
        self.names = frozenset(names)
        """The dotted names to bind, with ``__states`` and ``__tags`` where it asks for active states and their tags."""
        self._inputs = tuple((name, _bound(name_kind)) for name, name_kind in names.items())
        self._output = _json(kind)
        self._program = program
        self._known: dict[tuple[object, ...], _Known] = {}

    def evaluate(self, bindings: Mapping[str, Json], zone: Zone = _UTC) -> Json:
        """The value as JSON, null included; a time as RFC 3339 text in UTC, a duration in its canonical text.

        ``bindings`` are JSON values by dotted name (a missing one is null); times may also be epoch seconds. ``zone``
        is the organization's. Raises ``EvaluationFailed`` for what is neither a value nor null.

        Tables must not change: an expression says the same of the same values, so that it is asked once.
        """
        key = self._key(bindings, zone)
        if key is None:
            return self._evaluated(bindings, zone)
        known = self._known.get(key)
        if known is None:
            value = self._evaluated(bindings, zone)
            if value.__class__ not in _SCALARS:
                return value
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            tables = tuple(bindings.get(name) for name, _ in self._inputs if name.startswith(TABLES))
            known = self._known[key] = _Known(value, (zone, *tables))
        return known.value

    def _key(self, bindings: Mapping[str, Json], zone: Zone) -> tuple[object, ...] | None:
        """What the value depends on: short values with their types, tables as the objects that they are."""
        parts: list[object] = [id(zone)]
        for name, _ in self._inputs:
            value = bindings.get(name)
            kind = value.__class__
            if kind in _SCALARS:
                if isinstance(value, str) and len(value) > LONGEST_KNOWN:
                    return None
                parts += (kind, value)
            elif name.startswith(TABLES):
                parts.append(id(value))
            else:
                return None
        return tuple(parts)

    def _evaluated(self, bindings: Mapping[str, Json], zone: Zone) -> Json:
        token = spans.ZONE.set(zone)
        try:
            bound = {}
            for name, convert in self._inputs:
                value = bindings.get(name)
                bound[name] = value if convert is None or value is None else convert(value)
            value = self._program.run(bound)
            return value if self._output is None or value is None else self._output(value)
        except cel.Failed as failure:
            if _OF_NULL.search(str(failure)):
                return None
            raise EvaluationFailed(_reason(str(failure))) from failure
        except (ValueError, TypeError, ArithmeticError) as failure:
            raise EvaluationFailed(str(failure)) from failure
        finally:
            spans.ZONE.reset(token)

    def holds(self, bindings: Mapping[str, Json], zone: Zone = _UTC) -> bool:
        """The verdict of a guard: null is false. Raises ``EvaluationFailed``, also for a value that is no verdict."""
        value = self.evaluate(bindings, zone)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise EvaluationFailed(f"neither true nor false but {value!r}")


def _bound(kind: Kind) -> Callable[[Any], Any] | None:
    """How a JSON value of ``kind`` is bound; None where it is bound as it stands."""
    match kind.name:
        case "number":
            return float
        case "time":
            return _instant
        case "date":
            return lambda value: spans.ZONE.get().midnight(value) if isinstance(value, str) else value
        case "duration":
            return spans.canonical
        case "any":
            return _plain
        case "list" if kind.item is not None:
            inner = _bound(kind.item)
            return (
                list if inner is None else lambda values: [value if value is None else inner(value) for value in values]
            )
        case "map" if kind.item is not None:
            of_row = _bound(kind.item)
            if of_row is not None:
                return lambda rows: {key: value if value is None else of_row(value) for key, value in rows.items()}
    return None


def _instant(value: str | int) -> int:
    return to_instant(value) if isinstance(value, str) else value


def _plain(value: Json) -> Json:
    """Sequences as lists, which is what CEL takes."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _json(kind: Kind) -> Callable[[Any], Json] | None:
    """How a result of ``kind`` becomes JSON; None where it is JSON already."""
    if kind.is_time:
        return spans.text_of
    match kind.name:
        case "text" | "integer" | "boolean" | "null" | "duration":
            return None
        case "list" if kind.item is not None:
            inner = _json(kind.item)
            return (
                None if inner is None else lambda values: [value if value is None else inner(value) for value in values]
            )
        case "map" if kind.item is not None:
            of_row = _json(kind.item)
            if of_row is not None:
                return lambda rows: {key: value if value is None else of_row(value) for key, value in rows.items()}
            return None
    return _finite


def _finite(value: Any) -> Json:
    """Refuses what JSON has no word for."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ArithmeticError("divide by zero")
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    return value


def _reason(complaint: str) -> str:
    text = _STATUS.sub("", _STATUS.sub("", complaint))
    if text.startswith("Key not found in map"):
        return f"there is no {text.partition(': ')[2]} in the table"
    if "Iteration budget exceeded" in text:
        return "it costs too much: too many elements were looked at"
    if text.startswith("No matching overloads found"):
        return f"a value has the wrong type: {text.partition(' : ')[2]}"
    return text
