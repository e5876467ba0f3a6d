"""The shapes of results: the members that a saved result has, so that a misspelt member is found at loading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from definitions.expressions import syntax
from definitions.expressions.checked_tree import CheckedTree, literal
from definitions.expressions.errors import ExpressionError
from definitions.text.suggestions import closest


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a value: its members by name, or the shape of its elements; neither where it may be anything."""

    members: Mapping[str, Shape] | None = None
    item: Shape | None = None


ANYTHING = Shape()


def members(*names: str, **others: Shape) -> Shape:
    """A value with these members; the members in ``names`` may hold anything."""
    return Shape({**dict.fromkeys(names, ANYTHING), **others})


def list_of_shape(item: Shape) -> Shape:
    return Shape(item=item)


def unknown_members(checked: CheckedTree, shapes: Mapping[str, Shape]) -> Iterator[ExpressionError]:
    """An error for every member that a result of a known shape does not have. ``shapes`` are by the result's name."""
    if not shapes.keys().isdisjoint(checked.names.values()):
        yield from _Members(checked, shapes).unknown(checked.tree.expr, {})


@dataclass(frozen=True, slots=True)
class _Members:
    checked: CheckedTree
    shapes: Mapping[str, Shape]

    def unknown(self, expr: syntax.Expr, elements: Mapping[str, Shape]) -> Iterator[ExpressionError]:
        """The errors in ``expr``; ``elements`` are the shapes of the variables of comprehensions around it."""
        operand, member = _selected(expr)
        if member is not None:
            yield from self._wrong(expr, self._shape(operand, elements), member)
        if self.checked.names.get(expr.id) in self.shapes:
            return
        if expr.WhichOneof("kind") != "comprehension_expr":
            for part in syntax.parts(expr):
                yield from self.unknown(part, elements)
            return
        inner = expr.comprehension_expr
        yield from self.unknown(inner.iter_range, elements)
        bound = {**elements, inner.iter_var: self._shape(inner.iter_range, elements).item or ANYTHING}
        for part in (inner.accu_init, inner.loop_condition, inner.loop_step, inner.result):
            yield from self.unknown(part, bound)

    def _wrong(self, expr: syntax.Expr, shape: Shape, member: str) -> Iterator[ExpressionError]:
        if shape.item is not None:
            hint = "take an element, or ask with exists(…) or all(…)"
            yield self.checked.error(expr, f"a list has no member '{member}'", hint, "unknown-member")
        elif shape.members is not None and member not in shape.members:
            hint = closest(member, shape.members) or f"its members are {', '.join(sorted(shape.members))}"
            yield self.checked.error(expr, f"the result has no member '{member}'", hint, "unknown-member")

    def _shape(self, expr: syntax.Expr, elements: Mapping[str, Shape]) -> Shape:
        known = self.shapes.get(self.checked.names.get(expr.id, ""))
        if known is not None:
            return known
        if expr.WhichOneof("kind") == "ident_expr":
            return elements.get(expr.ident_expr.name, ANYTHING)
        operand, member = _selected(expr)
        if operand is None:
            return ANYTHING
        shape = self._shape(operand, elements)
        if member is None:
            return shape.item or ANYTHING
        return (shape.members or {}).get(member, ANYTHING)


def _selected(expr: syntax.Expr) -> tuple[syntax.Expr | None, str | None]:
    """The value and the member of ``value.member`` and ``value['member']``; no member for ``value[index]``."""
    if expr.WhichOneof("kind") == "select_expr":
        return expr.select_expr.operand, str(expr.select_expr.field)
    if expr.WhichOneof("kind") == "call_expr" and expr.call_expr.function == "_[_]":
        return expr.call_expr.args[0], literal(expr.call_expr.args[1])
    return None, None
