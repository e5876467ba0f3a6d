"""Whether the evaluation of an expression may fail: a cautious answer from its checked tree, for proofs.

The value null is not a failure. Comparisons, logic and membership never fail if the types of the values are known. Nor
does a table row that is known to exist. Any other computation may fail, for example by overflow, by a missing key or
element, or by its cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from definitions.expressions import syntax
from definitions.expressions.checked_tree import CheckedTree, literal
from definitions.expressions.kinds import Kind
from definitions.expressions.literals import is_known_row
from definitions.expressions.scope import Scope

LONGEST: Final = 500
"""Characters of an expression. An expression of at most this length that only compares values is within the budget."""
LONGEST_PART: Final = 100
"""Characters of a literal. A search of ``contains`` for a literal of at most this length is within the budget."""
_LOGIC = frozenset({"_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "in_state", "tag"})
_ORDERS = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_ORDERED = frozenset({"text", "integer", "number", "boolean", "time", "date", "duration"})


def may_fail(checked: CheckedTree, names: Mapping[str, Kind], scope: Scope) -> bool:
    """Whether the evaluation may fail for any values of its ``names``."""
    expr = checked.tree.expr
    # The first day of a zone may begin before the first year, and is then no time.
    is_date = checked.kind(expr).is_time and any(kind.name == "date" for kind in names.values())
    return is_date or len(checked.source) > LONGEST or _may_fail(expr, checked, scope)


def _may_fail(expr: syntax.Expr, checked: CheckedTree, scope: Scope) -> bool:
    kind = expr.WhichOneof("kind")
    if kind == "const_expr" or (expr.id in checked.names and kind in ("select_expr", "ident_expr")):
        return False
    if is_known_row(expr, checked, scope):
        return False
    if kind not in ("list_expr", "call_expr"):
        return True
    parts = list(syntax.parts(expr))
    if kind == "call_expr" and _call_may_fail(expr.call_expr.function, parts, checked):
        return True
    return any(_may_fail(part, checked, scope) for part in parts)


def _call_may_fail(function: str, parts: list[syntax.Expr], checked: CheckedTree) -> bool:
    kinds = [checked.kind(part).name for part in parts]
    if function in _LOGIC:
        return False
    if function in _ORDERS:
        return not _ORDERED.issuperset(kinds)
    match function:
        case "@in":
            return kinds[1] != "list"
        case "size":
            return kinds[0] not in ("text", "list")
        case "startsWith" | "endsWith":
            return set(kinds) != {"text"}
        case "contains":
            part = literal(parts[-1])
            return set(kinds) != {"text"} or part is None or len(part) > LONGEST_PART
        case "duration" | "timestamp":
            return literal(parts[0]) is None
    return True
