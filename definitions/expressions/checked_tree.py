"""A tree that CEL has checked: the name, the kind and the position of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.expressions import kinds, syntax
from definitions.expressions.errors import ExpressionError
from definitions.expressions.kinds import Kind


@dataclass(frozen=True)
class CheckedTree:
    """A checked tree with its maps unfolded. ``inserted``: the offsets of each ``.0`` added before the check."""

    tree: syntax.Tree
    source: str
    inserted: tuple[int, ...]
    names: dict[int, str]
    """The dotted name to which a part refers, by the id of the part."""
    kinds: dict[int, Kind]
    positions: dict[int, int]

    def kind(self, expr: syntax.Expr) -> Kind:
        return self.kinds.get(expr.id, kinds.ANY)

    def error(self, expr: syntax.Expr, message: str, hint: str = "", code: str = "expression") -> ExpressionError:
        """An error at the position of ``expr``."""
        line, column = place(self.source, original(self.positions.get(expr.id, 0), self.inserted))
        return ExpressionError(message, line, column, hint, code)


def read(tree: syntax.Tree, source: str, inserted: tuple[int, ...]) -> CheckedTree:
    names = {entry.key: entry.value.name for entry in tree.reference_map if not entry.value.overload_id}
    return CheckedTree(
        tree,
        source,
        inserted,
        names,
        {entry.key: syntax.kind_of(entry.value) for entry in tree.type_map},
        {entry.key: entry.value for entry in tree.source_info.positions},
    )


def original(offset: int, inserted: tuple[int, ...]) -> int:
    """The offset before the insertions, which are offsets in the text that has all of them."""
    return offset - 2 * sum(1 for place_ in inserted if place_ < offset)


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def offset_of(source: str, line: int, column: int) -> int:
    return sum(len(text) + 1 for text in source.split("\n")[: line - 1]) + column - 1


def literal(expr: syntax.Expr) -> str | None:
    """The text of a literal; None for any other expression."""
    if expr.WhichOneof("kind") != "const_expr" or expr.const_expr.WhichOneof("kind") != "string_value":
        return None
    text: str = expr.const_expr.string_value
    return text
