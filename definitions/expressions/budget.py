"""The budget of an evaluation, checked before it begins: the bytes that it may handle, and the bytes of its value.

CEL counts the elements that loops look at, and nothing else: ``items.map(i, big + i)`` takes gigabytes within its
limit. An estimate follows the tree with the sizes of the bound values. It is an upper bound: every loop looks at every
element, every element is as large as the largest, and both branches of a condition are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from definitions.expressions import syntax
from definitions.expressions.errors import EvaluationFailed
from definitions.schema.model import Json

MOST_WORK: Final = 100_000_000
"""Bytes that one evaluation may read, compare and copy: about half a second at most."""
MOST_RESULT: Final = 1_000_000
"""Bytes of a value."""
MOST_LOOKS: Final = 10_000
"""Elements at which CEL itself looks before it gives up."""
_COPY: Final = 32
"""Bytes that ``map`` and ``filter`` copy for each element that they have found, again with each further one."""
_CHEAP: Final = 5_000
_CHEAP_IN_LOOPS: Final = 1_000
"""Bytes of bound values below which no expression can break its budget."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a value: its bytes, its elements, and its largest element."""

    bytes: int = 8
    count: int = 0
    element: Shape | None = None


SCALAR: Final = Shape()


def shape_of(value: Json) -> Shape:
    """The shape of a JSON value; the keys of a mapping are elements, too."""
    if isinstance(value, str):
        return Shape(len(value))
    if isinstance(value, Mapping):
        parts = [*map(shape_of, value), *map(shape_of, value.values())]
        return Shape(sum(part.bytes for part in parts), len(value), _largest(parts))
    if isinstance(value, list | tuple):
        parts = [shape_of(one) for one in value]
        return Shape(sum(part.bytes for part in parts), len(parts), _largest(parts))
    return SCALAR


def _largest(shapes: Sequence[Shape | None]) -> Shape | None:
    """The shape that none of these exceeds."""
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    if len(known) > 1 and all(shape.element is None for shape in known):
        return Shape(max(shape.bytes for shape in known), max(shape.count for shape in known))
    first, *rest = known
    for shape in rest:
        element = _largest((first.element, shape.element))
        first = Shape(max(first.bytes, shape.bytes), max(first.count, shape.count), element)
    return first


class Budget:
    """The budget of one expression, as it runs."""

    def __init__(self, expr: syntax.Expr) -> None:
        self._expr = expr
        self._loops = any(one.WhichOneof("kind") == "comprehension_expr" for one in syntax.walk(expr))
        self._tables: dict[int, tuple[object, Shape]] = {}

    def check(self, bindings: Mapping[str, Json], tables: str) -> None:
        """Raises EvaluationFailed where the evaluation could go beyond the budget.

        Names that begin with ``tables`` are bound to values that never change.
        """
        own = {name: shape_of(value) for name, value in bindings.items() if not name.startswith(tables)}
        if sum(shape.bytes for shape in own.values()) <= _CHEAP and not self._loops:
            return
        fixed = {name: self._fixed(value) for name, value in bindings.items() if name.startswith(tables)}
        shapes = own | fixed
        if sum(shape.bytes for shape in shapes.values()) <= _CHEAP_IN_LOOPS:
            return
        estimate = _Estimate()
        value = estimate.of(self._expr, shapes)
        if estimate.work > MOST_WORK:
            raise EvaluationFailed(
                f"the evaluation costs too much: it could handle {estimate.work:,} bytes, and may handle {MOST_WORK:,}"
            )
        if value.bytes > MOST_RESULT:
            raise EvaluationFailed(f"the value could have {value.bytes:,} bytes, and may have {MOST_RESULT:,}")

    def _fixed(self, table: Json) -> Shape:
        known = self._tables.get(id(table))
        if known is None or known[0] is not table:
            if len(self._tables) > 16:
                self._tables.clear()
            known = self._tables[id(table)] = (table, shape_of(table))
        return known[1]


class _Estimate:
    """The work of an expression, summed up while its value's shape is found."""

    def __init__(self) -> None:
        self.work = 0

    def of(self, expr: syntax.Expr, names: Mapping[str, Shape]) -> Shape:
        match expr.WhichOneof("kind"):
            case "const_expr":
                constant = expr.const_expr
                return Shape(len(constant.string_value)) if constant.WhichOneof("kind") == "string_value" else SCALAR
            case "ident_expr":
                return names.get(expr.ident_expr.name, SCALAR)
            case "select_expr":
                operand = self.of(expr.select_expr.operand, names)
                return operand.element or operand
            case "call_expr":
                return self._call(expr.call_expr.function, [self.of(part, names) for part in syntax.parts(expr)])
            case "list_expr":
                parts = [self.of(part, names) for part in syntax.parts(expr)]
                return self._made(len(parts), parts)
            case "struct_expr":
                parts = [self.of(part, names) for part in syntax.parts(expr)]
                return self._made(len(parts) // 2, parts)
            case "comprehension_expr":
                return self._loop(expr.comprehension_expr, names)
        return SCALAR

    def _made(self, count: int, parts: Sequence[Shape]) -> Shape:
        self.work += count
        return Shape(sum(part.bytes for part in parts), count, _largest(parts))

    def _call(self, function: str, args: Sequence[Shape]) -> Shape:
        sizes = [arg.bytes for arg in args]
        self.work += 8
        match function:
            case "_+_":
                self.work += sum(sizes)
                return Shape(sum(sizes), sum(arg.count for arg in args), _largest([arg.element for arg in args]))
            case "_?_:_":
                return _largest(args[1:]) or SCALAR
            case "_[_]":
                return args[0].element or args[0]
            case "contains":
                text, part = sizes
                self.work += text + text * part // 16
            case "matches":
                text, pattern = sizes
                self.work += 4 * text + 100 * pattern
            case "@in":
                element = args[1].element or SCALAR
                self.work += args[1].count * (8 + min(sizes[0], element.bytes))
            case "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" | "startsWith" | "endsWith" | "__same":
                self.work += min(sizes)
            case "string":
                self.work += sum(sizes)
                return Shape(max(32, *sizes))
            case _:
                self.work += sum(sizes)
        return SCALAR

    def _loop(self, loop: Any, names: Mapping[str, Shape]) -> Shape:
        """A macro, such as ``exists`` or ``map``. What it has found so far grows alike with each element."""
        over = self.of(loop.iter_range, names)
        begun = self.of(loop.accu_init, names)
        before = self.work
        element = over.element or SCALAR
        inner = {**names, loop.iter_var: element, loop.iter_var2 or loop.iter_var: element, loop.accu_var: begun}
        self.of(loop.loop_condition, inner)
        after = self.of(loop.loop_step, inner)
        looks = min(over.count, MOST_LOOKS)
        grown = max(0, after.count - begun.count)
        self.work = before + looks * (self.work - before) + looks * looks * grown * _COPY
        found = Shape(
            begun.bytes + looks * max(0, after.bytes - begun.bytes),
            begun.count + looks * grown,
            _largest((begun.element, after.element)),
        )
        return self.of(loop.result, {**inner, loop.accu_var: found})
