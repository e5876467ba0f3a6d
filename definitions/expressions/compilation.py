"""The compilation of a text into an expression, through every check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from definitions.expressions import cel, kinds, syntax
from definitions.expressions.budget import Budget
from definitions.expressions.checked_tree import CheckedTree, offset_of, original, place, read
from definitions.expressions.complaints import reworded
from definitions.expressions.decimals import literals_to_mend
from definitions.expressions.errors import ExpressionError
from definitions.expressions.evaluation import Expression
from definitions.expressions.failing import may_fail
from definitions.expressions.kinds import Kind
from definitions.expressions.literals import unknown_literals
from definitions.expressions.nulls import LOOSE, loosened
from definitions.expressions.scope import STATES, TAGS, Scope
from definitions.expressions.shapes import unknown_members
from definitions.expressions.translation import translate

Expect = Literal["bool", "any", "time", "person", "list", "number", "text", "duration"]
LONGEST = 4000
"""Characters of an expression at most."""
_FITS: dict[str, tuple[tuple[str, ...], str]] = {
    "bool": (("boolean",), "must be true or false"),
    "time": (("time", "date", "null"), "must be a time"),
    "person": (("text", "list", "null"), "must be a person or a list of people"),
    "list": (("list",), "must be a list"),
    "number": (("integer", "number", "null"), "must be a number"),
    "text": (("text", "null"), "must be text"),
    "duration": (("duration", "text", "null"), "must be a duration"),
}
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_HAS = re.compile(r"(?<![\w.])has\s*\(")


@dataclass(frozen=True, slots=True)
class CheckedExpression:
    """An expression without errors: its kind, and the names that it reads."""

    source: str
    kind: Kind
    names: frozenset[str]


def errors_of(source: str, scope: Scope, expect: Expect = "any") -> list[ExpressionError]:
    """Every error of ``source``, sorted by place."""
    try:
        found = compile_expression(source, scope)
    except _ExpressionErrors as several:
        return several.errors
    if expect == "any" or found.kind.name == "any":
        return []
    fitting, message = _FITS[expect]
    return [] if found.kind.name in fitting else [ExpressionError(f"the expression {message}, but is {_a(found.kind)}")]


def check(source: str, scope: Scope, expect: Expect = "any") -> CheckedExpression:
    """Check ``source``. Raises its first ``ExpressionError``; ``errors_of`` returns all of them."""
    for error in errors_of(source, scope, expect):
        raise error
    found = compile_expression(source, scope)
    return CheckedExpression(source, found.kind, found.names)


def compile_expression(source: str, scope: Scope) -> Expression:
    """The expression, ready to run. The scope remembers it. Raises ``ExpressionError``."""
    known = scope.remembered.get(source_key := ("compiled", source))
    if known is None:
        known = scope.remembered[source_key] = _compiled(source, scope)
    if isinstance(known, _ExpressionErrors):
        raise known
    assert isinstance(known, Expression)  # noqa: S101 - what _compiled returns
    return known


class _ExpressionErrors(ExpressionError):
    """Several errors, raised as the first of them."""

    def __init__(self, errors: list[ExpressionError]) -> None:
        first = errors[0]
        super().__init__(first.message, first.line, first.column, first.hint, first.code)
        self.errors = errors


def _compiled(source: str, scope: Scope) -> Expression | _ExpressionErrors:
    refused = _refused_text(source)
    if refused:
        return _ExpressionErrors(refused)
    checked = _checked(source, scope)
    if not isinstance(checked, CheckedTree):
        return _ExpressionErrors(checked)
    names = _names(checked, scope)
    kind = checked.kind(checked.tree.expr)
    fails = may_fail(checked, names, scope)
    errors = [*unknown_literals(checked, scope), *unknown_members(checked, scope.shapes), *translate(checked, scope)]
    if errors:
        return _ExpressionErrors(sorted(errors, key=lambda error: (error.line, error.column)))
    return Expression(source, kind, names, cel.program(checked.tree, scope), Budget(checked.tree.expr), may_fail=fails)


def _refused_text(source: str) -> list[ExpressionError]:
    if len(source) > LONGEST:
        return [ExpressionError(f"the expression is longer than {LONGEST} characters")]
    bare = _QUOTED.sub(lambda match: " " * len(match[0]), source)
    if match := _HAS.search(bare):
        line, column = place(source, match.start())
        return [
            ExpressionError("has(…) is not available", line, column, "an unset field is null: compare with != null")
        ]
    return []


def _checked(source: str, scope: Scope) -> CheckedTree | list[ExpressionError]:
    """The checked tree of ``source``. If types fit only then, a whole number is a decimal and null is any value."""
    text, inserted = source, tuple[int, ...]()
    loose = None
    while True:
        try:
            return read(cel.check(text, scope, loose), source, inserted)
        except cel.CompilationError as refused:
            complaint = str(refused)
        if (looser := loosened(text, complaint)) != text:
            text, loose = looser, LOOSE
            continue
        mended = literals_to_mend(text, complaint)
        if not mended:
            break
        for offset in mended:
            text = f"{text[:offset]}.0{text[offset:]}"
            inserted = (*(place_ + 2 if place_ >= offset else place_ for place_ in inserted), offset)
    errors = list(reworded(complaint, text, scope))
    for error in errors:
        offset = original(offset_of(text, error.line, error.column), inserted)
        error.line, error.column = place(source, offset)
    return errors


def _names(checked: CheckedTree, scope: Scope) -> dict[str, Kind]:
    names = {name: scope.variables[name] for name in sorted(set(checked.names.values())) if name in scope.variables}
    called = {expr.call_expr.function for expr in syntax.walk(checked.tree.expr)}
    states = {"in_state": STATES, "tag": TAGS}
    return names | {name: kinds.list_of(kinds.TEXT) for function, name in states.items() if function in called}


def _a(kind: Kind) -> str:
    word = str(kind)
    return (
        word
        if kind.name in ("text", "any", "boolean", "other", "null")
        else f"an {word}"
        if word[0] in "aeiou"
        else f"a {word}"
    )
