"""The translation of a checked tree into the tree that runs.

Times become whole seconds and durations become texts; operators between them become calls of
``definitions.expressions.spans``. ``in_state`` and ``tag`` become memberships. ``a.b`` of a value becomes ``a['b']``,
which reports an ``a`` that is null.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expressions import spans, syntax
from definitions.expressions.checked_tree import CheckedTree, literal
from definitions.expressions.errors import ExpressionError
from definitions.expressions.kinds import Kind
from definitions.expressions.nulls import LOOSE
from definitions.expressions.scope import STATES, TAGS, Scope
from definitions.times import to_instant

_ALLOWED = frozenset({
    "in_state", "tag", "duration", "timestamp", "size", "startsWith", "endsWith", "contains", "matches", "string",
    "int", "double", "bool", "_+_", "_-_", "_*_", "_/_", "_%_", "-_", "!_", "_&&_", "_||_", "_?_:_", "_[_]", "@in",
    "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@not_strictly_false",
})  # fmt: skip
_ORDERS = ("_<_", "_<=_", "_>_", "_>=_")
_JOINS = {
    ("_+_", "time", "duration"): "__plus",
    ("_+_", "duration", "time"): "__plus",
    ("_+_", "duration", "duration"): "__total",
    ("_-_", "time", "time"): "__between",
    ("_-_", "time", "duration"): "__minus",
    ("_-_", "duration", "duration"): "__difference",
}
_OF_DURATIONS = frozenset({"_?_:_", "@in", "string", "_==_", "_!=_", "_[_]", "duration"})


def translate(checked: CheckedTree, scope: Scope) -> list[ExpressionError]:
    """Translate the tree in place. If there are errors, they are returned, and the tree must not run."""
    problems = [problem for expr in list(syntax.walk(checked.tree.expr)) for problem in _refused(expr, checked)]
    if not problems:
        if scope.empty_lists:
            _compare_with_empty_lists(checked)
        _translate(checked.tree.expr, checked)
        del checked.tree.reference_map[:]
        del checked.tree.type_map[:]
    return problems


def _refused(expr: syntax.Expr, checked: CheckedTree) -> Iterator[ExpressionError]:
    match expr.WhichOneof("kind"):
        case "struct_expr" if expr.struct_expr.message_name:
            yield checked.error(expr, f"'{expr.struct_expr.message_name}' can't be created in an expression")
        case "const_expr" if expr.const_expr.WhichOneof("kind") in ("uint64_value", "bytes_value"):
            yield checked.error(expr, "unsigned numbers and bytes are not available")
        case "call_expr":
            yield from _refused_call(expr, checked)


def _refused_call(expr: syntax.Expr, checked: CheckedTree) -> Iterator[ExpressionError]:
    function = expr.call_expr.function
    args = list(expr.call_expr.args)
    if function not in _ALLOWED:
        hint = _CALENDARS if function.startswith("get") else ""
        yield checked.error(expr, f"function '{function}' is not available", hint)
        return
    if function in ("duration", "timestamp") and len(args) == 1 and (text := literal(args[0])) is not None:
        yield from _refused_literal(function, text, args[0], checked)
    yield from _refused_kinds(expr, function, [_plain(checked.kind(arg)) for arg in args], checked)


def _refused_kinds(
    expr: syntax.Expr, function: str, names: list[str], checked: CheckedTree
) -> Iterator[ExpressionError]:
    if len(names) == 2 and "any" in names and ("time" in names or "duration" in names) and function != "@in":
        wanted = "timestamp" if "time" in names else "duration"
        message = f"a {names[names[0] == 'any']} is combined with a value of unknown type"
        yield checked.error(expr, message, f"write {wanted}(…) around that value")
    elif "duration" in names and function not in _OF_DURATIONS:
        known = (function, *names) in _JOINS or (function in _ORDERS and names == ["duration", "duration"])
        if not known:
            yield checked.error(expr, f"'{function.strip('_')}' can't be used with a duration", _DURATIONS)


_CALENDARS = "times can only be compared and shifted; calendars define working time"
_UNITS = "write one number and one unit: 90s, 15m, 4h, 3d or 2w"
_DURATIONS = "a duration can be added to a time, subtracted from it, or compared with another duration"


def _refused_literal(function: str, text: str, arg: syntax.Expr, checked: CheckedTree) -> Iterator[ExpressionError]:
    try:
        spans.canonical(text) if function == "duration" else to_instant(text)
    except ValueError:
        if function == "duration":
            yield checked.error(arg, f"'{text}' is not a duration", _UNITS, "bad-duration")
        else:
            yield checked.error(arg, f"'{text}' is not a time", "write its offset: 2026-03-14T19:00:00Z")


def _plain(kind: Kind) -> str:
    return "time" if kind.is_time else kind.name


def _compare_with_empty_lists(checked: CheckedTree) -> None:
    """Turn ``list == null`` into ``list == null || list == []``."""
    for expr in list(syntax.walk(checked.tree.expr)):
        if expr.WhichOneof("kind") != "call_expr" or expr.call_expr.function not in ("_==_", "_!=_"):
            continue
        args = list(expr.call_expr.args)
        nulls = [arg for arg in args if checked.names.get(arg.id) == LOOSE]
        lists = [arg for arg in args if checked.kind(arg).name == "list"]
        if nulls and lists:
            none = _call("_||_", _call("_==_", lists[0], nulls[0]), _call("_==_", lists[0], _empty_list()))
            _replace(expr, none if expr.call_expr.function == "_==_" else _call("!_", none))


def _translate(expr: syntax.Expr, checked: CheckedTree) -> None:
    name = checked.names.get(expr.id)
    if name is not None and expr.WhichOneof("kind") in ("select_expr", "ident_expr"):
        _replace(expr, _null() if name == LOOSE else _ident(name))
        return
    for part in syntax.parts(expr):
        _translate(part, checked)
    match expr.WhichOneof("kind"):
        case "select_expr":
            _replace(expr, _call("_[_]", expr.select_expr.operand, _text(expr.select_expr.field)))
        case "call_expr":
            _translate_call(expr, checked)
        case "list_expr" if checked.kind(expr).item == Kind("any"):
            for element in expr.list_expr.elements:
                _time_as_text(element, checked)
        case "struct_expr" if checked.kind(expr).item == Kind("any"):
            for entry in expr.struct_expr.entries:
                _time_as_text(entry.value, checked)


def _translate_call(expr: syntax.Expr, checked: CheckedTree) -> None:
    function, args = expr.call_expr.function, list(expr.call_expr.args)
    names = tuple(_plain(checked.kind(arg)) for arg in args)
    if function in ("in_state", "tag"):
        _replace(expr, _call("@in", args[0], _ident(STATES if function == "in_state" else TAGS)))
    elif function in ("duration", "timestamp"):
        _translate_made(expr, function, args[0], checked)
    elif (function, *names) in _JOINS:
        in_order = args if names[0] == "time" or names[0] == names[1] else args[::-1]
        _replace(expr, _call(_JOINS[function, *names], *in_order))
    elif names == ("duration", "duration") and function in _ORDERS:
        _replace(expr, _call(function, *(_call("__seconds", arg) for arg in args)))
    elif names == ("duration", "duration") and function in ("_==_", "_!=_"):
        same = _call("__same", *args)
        _replace(expr, same if function == "_==_" else _call("!_", same))
    elif function == "string" and names == ("time",):
        _replace(expr, _call("__text_of", args[0]))
    elif function == "_?_:_" and checked.kind(expr).name == "any":
        for branch in expr.call_expr.args[1:]:
            _time_as_text(branch, checked)


def _translate_made(expr: syntax.Expr, function: str, arg: syntax.Expr, checked: CheckedTree) -> None:
    text = literal(arg)
    if text is not None:
        _replace(expr, _text(spans.canonical(text)) if function == "duration" else _whole(to_instant(text)))
    elif checked.kind(arg).name != function:
        _replace(expr, _call("__duration" if function == "duration" else "__instant", arg))


def _time_as_text(expr: syntax.Expr, checked: CheckedTree) -> None:
    """Turn a time into text. In a list of different kinds, only the tree knows which number is a time."""
    if checked.kind(expr).is_time:
        _replace(expr, _call("__text_of", expr))


def _ident(name: str) -> syntax.Expr:
    expr = syntax.new_expr()
    expr.ident_expr.name = name
    return expr


def _null() -> syntax.Expr:
    expr = syntax.new_expr()
    expr.const_expr.null_value = 0
    return expr


def _empty_list() -> syntax.Expr:
    expr = syntax.new_expr()
    expr.list_expr.SetInParent()
    return expr


def _text(text: str) -> syntax.Expr:
    expr = syntax.new_expr()
    expr.const_expr.string_value = text
    return expr


def _whole(number: int) -> syntax.Expr:
    expr = syntax.new_expr()
    expr.const_expr.int64_value = number
    return expr


def _call(function: str, *args: syntax.Expr) -> syntax.Expr:
    expr = syntax.new_expr()
    expr.call_expr.function = function
    for arg in args:
        expr.call_expr.args.add().CopyFrom(arg)
    return expr


def _replace(expr: syntax.Expr, other: syntax.Expr) -> None:
    """Replace ``expr``, but keep its id: the kind of an expression is found by its id."""
    own_id = expr.id
    expr.CopyFrom(other)
    expr.id = own_id
