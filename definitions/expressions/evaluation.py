"""The evaluation of a compiled expression: JSON values in, a JSON value out. An unset value is null."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from definitions.expressions import cel, spans
from definitions.expressions.budget import Budget
from definitions.expressions.errors import EvaluationFailed
from definitions.expressions.kinds import Kind
from definitions.expressions.spans import Utc, Zone
from definitions.schema.model import Json
from definitions.times import to_instant

_OF_NULL = re.compile(r"null_type|No matching overloads found : (?:!_|_&&_|_\|\|_|<jump_condition>|<iter_range>|@in)$")
"""Errors that only a null operand can cause, since all other types were checked. Their value is null."""
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_UTC = Utc()
TABLES = "tables."
MOST_KNOWN = 64
"""Values that an expression remembers at most."""
LONGEST_KNOWN = 200
"""Characters of a text on which a remembered value may depend."""
_SCALARS = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class _RememberedValue:
    value: Json
    kept: tuple[object, ...]
    """Objects that the key names by identity. While they are kept, no other object has that identity."""


class Expression:
    """A compiled expression, made by ``compile_expression``."""

    def __init__(
        self,
        source: str,
        kind: Kind,
        names: Mapping[str, Kind],
        program: cel.Program,
        budget: Budget,
        *,
        may_fail: bool = True,
    ) -> None:
        self.source = source
        self.kind = kind
        self.names = frozenset(names)
        """The dotted names to bind, with ``__states`` or ``__tags`` if the expression reads active states or tags."""
        self.may_fail = may_fail
        """Whether an evaluation may fail. The answer is cautious: it may be true without need."""
        self._inputs = tuple((name, _bound(name_kind)) for name, name_kind in names.items())
        self._output = _json(kind)
        self._program = program
        self._budget = budget
        self._known: dict[tuple[object, ...], _RememberedValue] = {}

    def evaluate(self, bindings: Mapping[str, Json], zone: Zone = _UTC, *, bounded: bool = True) -> Json:
        """The value as JSON, or null. A time is RFC 3339 text in UTC, a duration is its canonical text.

        ``bindings`` are JSON values by dotted name; a missing value is null, and a time may also be epoch seconds.
        ``zone`` is the organization's. Raises ``EvaluationFailed`` if the result is neither a value nor null, and
        if it could cost more than its budget; replays of older tickets evaluate without one (``bounded``).

        Tables must not change: the expression remembers its value for the same bindings.
        """
        key = self._key(bindings, zone, bounded)
        if key is None:
            return self._evaluated(bindings, zone, bounded)
        known = self._known.get(key)
        if known is None:
            value = self._evaluated(bindings, zone, bounded)
            if value.__class__ not in _SCALARS:
                return value
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            tables = tuple(bindings.get(name) for name, _ in self._inputs if name.startswith(TABLES))
            known = self._known[key] = _RememberedValue(value, (zone, *tables))
        return known.value

    def _key(self, bindings: Mapping[str, Json], zone: Zone, bounded: bool) -> tuple[object, ...] | None:
        """The values on which the result depends: short values with their types, tables by identity."""
        parts: list[object] = [id(zone), bounded]
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

    def _evaluated(self, bindings: Mapping[str, Json], zone: Zone, bounded: bool) -> Json:
        if bounded:
            self._budget.check({name: bindings.get(name) for name, _ in self._inputs}, TABLES)
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
        """The verdict of a guard; null is false. Raises ``EvaluationFailed``, also if the value is not a boolean."""
        value = self.evaluate(bindings, zone)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise EvaluationFailed(f"the value is neither true nor false but {value!r}")


def _bound(kind: Kind) -> Callable[[Any], Any] | None:
    """The conversion of a JSON value of ``kind`` for its binding; None if it needs none."""
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
    """Sequences as lists, since CEL accepts lists only."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _json(kind: Kind) -> Callable[[Any], Json] | None:
    """The conversion of a result of ``kind`` to JSON; None if it needs none."""
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
    """Refuse numbers that JSON can't express."""
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
    if text.startswith("Index error: expected integer"):
        return "a name is looked up in a list, whose elements have numbers, from 0 on"
    if "Iteration budget exceeded" in text:
        return "the evaluation costs too much: it looks at too many elements"
    if text.startswith("No matching overloads found"):
        return f"a value has the wrong type: {text.partition(' : ')[2]}"
    return text
