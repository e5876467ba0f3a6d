"""Templates with a budget: a template that loops without end, or fills the memory, stops with an error.

Jinja's sandbox bounds one ``range`` and nothing else. Here every rendering has a budget of bytes. Each element of a
loop, each call, filter and operator, and each text that is written takes from it. What one call could make is estimated
before it is called.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.nodes import Node
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MOST_BYTES: Final = 5_000_000
"""Bytes that one rendering may read and write."""
MOST_IN_ONE_CALL: Final = 10_000_000
"""Bytes that one call, filter or operator could make."""
MOST_DIGITS: Final = 1_000
"""Bytes of a whole number that a template computes."""
_STEP: Final = 200
"""Bytes that a step of a loop, a call or an operator counts, beside the bytes of its values."""
_FORMAT = re.compile(r"%[^%a-zA-Z]*(?:\*|\d{5})|\{[^}]*(?:\d{5}|\{)")
"""A width that a format takes from a value, or that is ten thousand at least."""
_LEFT: ContextVar[list[int] | None] = ContextVar("left", default=None)


class OverBudget(SecurityError):
    """The rendering would cost too much."""


@contextmanager
def budget(most: int = MOST_BYTES) -> Iterator[None]:
    """Meanwhile, renderings of this thread may cost ``most`` bytes. They raise OverBudget beyond that."""
    token = _LEFT.set([most])
    try:
        yield
    finally:
        _LEFT.reset(token)


def spend(number: int) -> None:
    """Takes bytes from the budget. Raises OverBudget."""
    left = _LEFT.get()
    if left is None:
        return
    left[0] -= number
    if left[0] < 0:
        raise OverBudget(f"it costs too much: a text may handle at most {MOST_BYTES:,} bytes")


def size_of(value: object) -> int:
    """The bytes that a value counts: its characters, its elements, or the bytes of a whole number."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 8
    return 8 * len(value) if isinstance(value, Sized) else 8


def _check_call(name: str, value: object, args: Sequence[object]) -> None:
    """Refuses a call that could make a huge value: ``center(10 ** 9)``, ``replace('', text)``. Raises OverBudget."""
    if name == "format" and isinstance(value, str) and _FORMAT.search(value):
        raise OverBudget("a format may have no width from a value, and none of ten thousand or more")
    if _could_make(name, value, args) > MOST_IN_ONE_CALL:
        raise OverBudget(f"{name} could make more than {MOST_IN_ONE_CALL:,} bytes")


def _could_make(name: str, value: object, args: Sequence[object]) -> int:
    """The bytes that a call could make beside those of its values."""
    numbers = sum(abs(arg) for arg in args if isinstance(arg, int))
    texts = sum(len(arg) for arg in args if isinstance(arg, str))
    text = value if isinstance(value, str) else ""
    match name, args:
        case "*", _:
            return numbers * max(1, size_of(value))
        case "replace", [str() as old, str() as new, *_]:
            return (text.count(old) if old else len(text) + 1) * len(new)
        case "join", [list() | tuple() as parts, *_] if text:
            return len(parts) * len(text)
        case (("join" | "wordwrap" | "urlize" | "xmlattr"), _):
            return numbers + size_of(value) * texts
        case (("indent" | "expandtabs" | "tojson" | "batch" | "slice"), _):
            places = text.count("\n") + text.count("\t") + 1 if text else size_of(value)
            return places * (numbers + texts)
        case _:
            return numbers


class _Charges(NodeTransformer):
    """Puts the charges into a template: into loops, macros, joined texts and comparisons."""

    def visit_For(self, node: nodes.For) -> Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_counted", [], [], None, None)
        node.body.insert(0, _charge(node))
        return node

    def visit_Macro(self, node: nodes.Macro) -> Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        node.body.insert(0, _charge(node))
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        node.body.insert(0, _charge(node))
        return node

    def visit_Concat(self, node: nodes.Concat) -> Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        return nodes.Filter(nodes.List(node.nodes), "_joined", [], [], None, None)

    def visit_Compare(self, node: nodes.Compare) -> Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        node.expr = nodes.Filter(node.expr, "_compared", [], [], None, None)
        for operand in node.ops:
            operand.expr = nodes.Filter(operand.expr, "_compared", [], [], None, None)
        return node


def _charge(node: Node) -> nodes.ExprStmt:
    """A statement that counts the plain text of a body."""
    plain = sum(len(text.data) for text in node.find_all(nodes.TemplateData))
    return nodes.ExprStmt(nodes.Filter(nodes.Const(plain), "_spent", [], [], None, None))


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        spend(_STEP)
        yield value


def _joined(values: Iterable[Any]) -> str:
    texts = [str(value) for value in values]
    spend(_STEP + sum(map(len, texts)))
    return "".join(texts)


def _compared(value: Any) -> Any:
    spend(_STEP + 10 * size_of(value))  # ``in`` looks at some characters several times
    return value


def _spent(plain: int) -> str:
    spend(_STEP + plain)
    return ""


def _charged(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter or a test that is charged for its values and its result."""
    skipped = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)
    def charged(*args: Any, **named: Any) -> Any:
        value, *others = args[skipped:] or (None,)
        _check_call(name, value, [*others, *named.values()])
        spend(_STEP + sum(map(size_of, (value, *others, *named.values()))))
        result = function(*args, **named)
        spend(size_of(result))
        return result

    return charged


class BudgetedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which every rendering has a budget."""

    intercepted_binops = frozenset({"+", "*", "%", "**", "//", "/", "-"})

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named, optimized=False)  # constants are computed with a budget, when they are needed
        filters: dict[str, Any] = self.filters
        tests: dict[str, Any] = self.tests
        self.filters = {name: _charged(name, one) for name, one in filters.items()}
        self.tests = {name: _charged(name, one) for name, one in tests.items()}
        self.filters |= {"_counted": _counted, "_joined": _joined, "_compared": _compared, "_spent": _spent}
        self.globals.pop("lipsum", None)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        changed: nodes.Template = _Charges().visit(template)
        changed.set_environment(self)
        return changed

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """``format`` of a text, whose widths are checked before it is called."""
        wrapped = super().wrap_str_format(value)
        if wrapped is not None:
            _check_call("format", value.__self__, ())
        return wrapped

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """An operator, where what it makes is within the budget."""
        if operator == "**" and isinstance(right, int | float) and abs(right) > 64:
            raise OverBudget("a power may have at most the exponent 64")
        if operator == "*" and size_of(left) + size_of(right) > MOST_DIGITS and not isinstance(left, Sized):
            raise OverBudget(f"a whole number may have at most {MOST_DIGITS} bytes")
        if operator == "*" and any(isinstance(one, Sized) for one in (left, right)):
            _check_call("*", *((left, (right,)) if isinstance(left, Sized) else (right, (left,))))
        if operator == "%":
            _check_call("format", left, ())
        spend(_STEP + size_of(left) + size_of(right))
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, /, *args: Any, **named: Any) -> Any:
        """A function or a method, where what it makes is within the budget."""
        of = getattr(obj, "__self__", None)
        if isinstance(of, str | list | tuple):
            _check_call(getattr(obj, "__name__", ""), of, (*args, *named.values()))
        spend(_STEP + sum(map(size_of, (of, *args, *named.values()))))
        result = super().call(context, obj, *args, **named)
        spend(0 if isinstance(result, range) else size_of(result))
        return result


__all__ = ["MOST_BYTES", "BudgetedEnvironment", "OverBudget", "budget", "size_of", "spend"]
