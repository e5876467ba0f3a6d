"""An evaluation has a budget of bytes, which is checked before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.expressions import EvaluationFailed, compile_expression
from definitions.expressions.budget import SCALAR, Shape, shape_of
from definitions.expressions.scope import scope_of
from definitions.schema.process import Process

PROCESS = Process.model_validate(
    {
        "process": "demo",
        "title": "Demo",
        "practice": "demo",
        "prefix": "DEM",
        "fields": {
            "items": {"type": "text", "list": True},
            "big": {"type": "markdown"},
            "other": {"type": "markdown"},
        },
        "tables": {"sites": {f"site{number}": "x" * 100 for number in range(2_000)}},
        "initial": "new",
        "states": {"new": {"final": True}},
    }
)
MANY = [f"zq{number}" for number in range(9_000)]
BIG = "ab" * 50_000


def evaluated(source: str, *, bounded: bool = True, **values: Any) -> Any:
    expression = compile_expression(source, scope_of(PROCESS))
    bound = {
        name: PROCESS.tables["sites"] if name == "tables.sites" else values.get(name.removeprefix("ticket."))
        for name in expression.names
    }
    return expression.evaluate(bound, bounded=bounded)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ticket.items.map(i, ticket.big + i)", "costs too much"),
        ("ticket.items.map(i, i + 'x')", "costs too much"),
        ("ticket.items.filter(i, i != 'x')", "costs too much"),
        ("ticket.items.exists(i, ticket.big.contains(i))", "costs too much"),
        ("ticket.items.all(i, !ticket.big.matches(i))", "costs too much"),
        ("ticket.items.exists(i, size(ticket.big) == size(i))", "costs too much"),
        ("ticket.other.contains(ticket.big)", "costs too much"),
        (" + ".join(["ticket.big"] * 11), "could have 1,100,000 bytes"),
        ("[ticket.big, ticket.big].map(i, i + i + i + i + i + i)", "could have 1,200,000 bytes"),
    ],
)
def test_what_could_cost_too_much_is_not_begun(source: str, reason: str) -> None:
    """Loops over large values, and values that become large, end in an error that states the bound."""
    with pytest.raises(EvaluationFailed, match=reason):
        evaluated(source, items=MANY, big=BIG, other="ab" * 75_000)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("ticket.items.exists(i, i == ticket.big)", False),
        ("'zq8999' in ticket.items", True),
        ("size(ticket.items) == 9000 && ticket.big.contains('b')", True),
        ("ticket.big + ticket.big", BIG + BIG),
        ("ticket.big.startsWith('ab') ? 'yes' : ticket.big", "yes"),
        ("tables.sites['site7']", "x" * 100),
        ("tables.sites.exists(s, s == 'site1999')", True),
    ],
)
def test_what_costs_little_is_evaluated(source: str, value: object) -> None:
    """Large values are read, compared and joined within the budget."""
    assert evaluated(source, items=MANY, big=BIG) == value


def test_a_list_of_usual_length_is_mapped() -> None:
    """A map and a filter over a thousand elements are within the budget."""
    thousand = MANY[:1_000]
    assert evaluated("ticket.items.map(i, i + 'x')", items=thousand)[-1] == "zq999x"
    assert evaluated("size(ticket.items.filter(i, i.endsWith('9')))", items=thousand) == 100


def test_a_replay_of_an_older_ticket_has_no_budget() -> None:
    """Without the bound an evaluation goes on as it did in older builds, whatever was evaluated before."""
    source = "size(ticket.items.filter(i, i != 'x')) + size(ticket.big)"
    with pytest.raises(EvaluationFailed):
        evaluated(source, items=MANY[:2_000], big=BIG)
    assert evaluated(source, bounded=False, items=MANY[:2_000], big=BIG) == 2_000 + len(BIG)
    with pytest.raises(EvaluationFailed):
        evaluated(source, items=MANY[:2_000], big=BIG)


def test_a_shape_holds_the_largest_element() -> None:
    """The shape of a value has its bytes, its elements, and the largest of them, at every depth."""
    assert shape_of(None) == shape_of(7) == SCALAR
    assert shape_of(["a", "bcd"]) == Shape(4, 2, Shape(3))
    assert shape_of([["a"], [], ["bc", "d"]]) == Shape(4, 3, Shape(3, 2, Shape(2)))
    assert shape_of({"key": "v"}) == Shape(4, 1, Shape(3))
