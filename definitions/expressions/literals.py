"""Literals in expressions that must name an option of a choice, a row of a table, a state or a tag."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expressions import syntax
from definitions.expressions.checked_tree import CheckedTree, literal
from definitions.expressions.errors import ExpressionError
from definitions.expressions.scope import Scope
from definitions.schema.model import Json
from definitions.text.suggestions import closest

_Rows = list[tuple[str, Json]]
"""The parts of a table to which an index leads: the name of each part in messages, and its content."""


def unknown_literals(checked: CheckedTree, scope: Scope) -> Iterator[ExpressionError]:
    """An error for every literal that names nothing, and for every table that lacks a row for an option."""
    for expr in syntax.walk(checked.tree.expr):
        if expr.WhichOneof("kind") == "call_expr":
            yield from _in_call(expr, checked, scope)
        yield from _rows_missing(expr, checked, scope)


def _in_call(expr: syntax.Expr, checked: CheckedTree, scope: Scope) -> Iterator[ExpressionError]:
    args = list(expr.call_expr.args)
    match expr.call_expr.function:
        case "_==_" | "_!=_":
            yield from _not_an_option(args[0], [args[1]], checked, scope)
            yield from _not_an_option(args[1], [args[0]], checked, scope)
        case "@in":
            yield from _not_an_option(args[0], list(args[1].list_expr.elements), checked, scope)
            if literal(args[0]) is not None:
                yield from _not_an_option(args[1], [args[0]], checked, scope)
        case "in_state":
            yield from _unknown(args[0], "state", scope.states, checked)
        case "tag":
            yield from _unknown(args[0], "tag", scope.tags, checked)


def _not_an_option(
    choice: syntax.Expr, literals: list[syntax.Expr], checked: CheckedTree, scope: Scope
) -> Iterator[ExpressionError]:
    name = checked.names.get(choice.id, "")
    options = scope.options.get(name)
    if options is None:
        return
    for one in literals:
        text = literal(one)
        if text is not None and text not in options:
            hint = closest(text, options) or f"{name} is one of {', '.join(options)}"
            yield checked.error(one, f"{name} is never '{text}'", hint, "unknown-option")


def _unknown(arg: syntax.Expr, what: str, known: frozenset[str], checked: CheckedTree) -> Iterator[ExpressionError]:
    name = literal(arg)
    if name is None:
        function = "in_state" if what == "state" else "tag"
        yield checked.error(arg, f"{function}(…) takes the name of a {what} in quotes")
    elif name not in known:
        yield checked.error(arg, f"unknown {what} '{name}'", closest(name, known), f"unknown-{what}")


def _rows_missing(expr: syntax.Expr, checked: CheckedTree, scope: Scope) -> Iterator[ExpressionError]:
    table, key = _index(expr)
    if table is None:
        return
    asked = _keys(key, checked, scope)
    for part, rows in _rows(table, checked, scope):
        if isinstance(rows, dict):
            missing = [f"'{one}'" for one in asked if one not in rows]
            if missing:
                message = f"{part} has no row for {', '.join(missing)}"
                yield checked.error(expr, message, "every option needs a row", "missing-row")


def is_known_row(expr: syntax.Expr, checked: CheckedTree, scope: Scope) -> bool:
    """Whether an expression is a table, or a table row that exists according to the checks above."""
    if checked.kind(expr).name == "map" and checked.names.get(expr.id, "").startswith("tables."):
        return True
    table, key = _index(expr)
    if table is None or not _keys(key, checked, scope):
        return False
    return checked.kind(table).name == "map" and is_known_row(table, checked, scope)


def _index(expr: syntax.Expr) -> tuple[syntax.Expr | None, syntax.Expr | str]:
    """The table and the key of ``table[key]`` and ``table.key``."""
    if expr.WhichOneof("kind") == "call_expr" and expr.call_expr.function == "_[_]":
        return expr.call_expr.args[0], expr.call_expr.args[1]
    if expr.WhichOneof("kind") == "select_expr":
        return expr.select_expr.operand, str(expr.select_expr.field)
    return None, ""


def _keys(key: syntax.Expr | str, checked: CheckedTree, scope: Scope) -> tuple[str, ...]:
    if isinstance(key, str):
        return (key,)
    text = literal(key)
    return (text,) if text is not None else scope.options.get(checked.names.get(key.id, ""), ())


def _rows(expr: syntax.Expr, checked: CheckedTree, scope: Scope) -> _Rows:
    name = checked.names.get(expr.id, "")
    if name.startswith("tables."):
        return [(f"table '{name.removeprefix('tables.')}'", scope.tables[name.removeprefix("tables.")])]
    table, key = _index(expr)
    if table is None:
        return []
    asked = _keys(key, checked, scope)
    return [
        (f"{part}, row '{row}',", value)
        for part, rows in _rows(table, checked, scope)
        if isinstance(rows, dict)
        for row, value in rows.items()
        if not asked or row in asked
    ]
