"""Whether an expression may fail. The answer is cautious: an expression that 'can't fail' never does."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from definitions.expressions import compile_expression
from definitions.expressions.scope import scope_of
from definitions.schema.process import Process

PROCESS = Process.model_validate(
    {
        "process": "demo",
        "title": "Demo",
        "practice": "demo",
        "prefix": "DEM",
        "fields": {
            "model": {"type": "choice", "options": ["a", "b"]},
            "note": {"type": "text"},
            "flag": {"type": "boolean"},
            "amount": {"type": "number"},
            "count": {"type": "integer"},
            "items": {"type": "text", "list": True},
            "due": {"type": "datetime"},
            "day": {"type": "date"},
            "span": {"type": "duration"},
        },
        "tables": {"rows": {"a": 1, "b": 2}, "deep": {"a": {"a": 1, "b": 2}, "b": {"a": 3, "b": 4}}},
        "initial": "new",
        "states": {"new": {"final": True, "tags": ["calm"]}},
    }
)
VALUES: dict[str, tuple[Any, ...]] = {
    "ticket.model": ("a", None),
    "ticket.note": ("x" * 300_000, "", None),
    "ticket.flag": (True, False, None),
    "ticket.amount": (1e308, -0.0, None),
    "ticket.count": (-(2**63), 2**63 - 1, None),
    "ticket.items": (["x"] * 60_000, [], None),
    "ticket.due": ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", None),
    "ticket.day": ("0001-01-02", "9999-12-31", None),
    "ticket.span": ("99999d", "0s", None),
    "now": (0, 253_402_300_799),
    "__states": (["new"], []),
    "__tags": (["calm"],),
    "tables.rows": (PROCESS.tables["rows"],),
    "tables.deep": (PROCESS.tables["deep"],),
}
SAFE = (
    "ticket.flag",
    "!ticket.flag || ticket.model == 'a' && ticket.count != 3",
    "ticket.model in ['a', 'b']",
    "'x' in ticket.items",
    "size(ticket.items) > 0 && size(ticket.note) < 5",
    "ticket.amount > 5.5 || ticket.count <= 7",
    "ticket.due < now || ticket.day >= now || now == ticket.due",
    "ticket.span > duration('4h') || ticket.due > timestamp('2026-03-14T19:00:00Z')",
    "ticket.note.startsWith('x') || ticket.note.contains('xyz') || ticket.note.endsWith(ticket.model)",
    "in_state('new') && tag('calm')",
    "ticket.flag ? ticket.due : now",
    "ticket.items == null || ticket.note == null",
    "ticket.flag == true ? 'a' : ticket.model",
    "[ticket.note, 'b']",
    "tables.rows[ticket.model] > 1",
    "tables.deep[ticket.model][ticket.model] == 1 || tables.deep.a[ticket.model] == 2",
)


@pytest.mark.parametrize("source", SAFE)
def test_what_can_not_fail_has_a_value_or_none(source: str) -> None:
    """Comparisons, logic and membership have a value or null, for the largest, the smallest and missing values."""
    expression = compile_expression(source, scope_of(PROCESS))
    assert not expression.may_fail
    names = sorted(expression.names)
    for values in product(*(VALUES[name] for name in names)):
        expression.evaluate(dict(zip(names, values, strict=True)))


@pytest.mark.parametrize(
    "source",
    [
        "1 / ticket.count > 2",
        "ticket.count + 1 > 2",
        "-ticket.count > 2",
        "ticket.amount * 2.0",
        "ticket.note + ticket.note",
        "ticket.items[0] == 'x'",
        "tables.rows[ticket.note] == 1",
        "tables.deep[ticket.model][ticket.note] == 1",
        "'a' in tables.rows",
        "ticket.items.exists(i, i == 'x')",
        "ticket.note.contains(ticket.model)",
        "ticket.note.matches('x')",
        "int(ticket.note) == 1",
        "timestamp(ticket.note) < now",
        "now + duration('4h') > ticket.due",
        "event.data.labels.severity == 'critical'",
        "ticket.day",
        " || ".join(["'x' in ticket.items"] * 30),
    ],
)
def test_what_computes_may_fail(source: str) -> None:
    """Arithmetic, members, elements, conversions, loops and long texts may overflow, be absent, or cost too much."""
    assert compile_expression(source, scope_of(PROCESS)).may_fail
