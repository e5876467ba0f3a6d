"""The expressions of processes: CEL with our types and durations (LANGUAGE, section 3).

A scope holds the names of a process with their kinds. Compilation checks a text against a scope and reports every
error at its place. Evaluation takes JSON values and returns a JSON value; an unset value is null.
"""

from __future__ import annotations

from definitions.expressions.compilation import CheckedExpression, Expect, check, compile_expression, errors_of
from definitions.expressions.errors import EvaluationFailed, ExpressionError
from definitions.expressions.evaluation import Expression
from definitions.expressions.kinds import Kind
from definitions.expressions.scope import STATES, TAGS, Scope, scope_of
from definitions.expressions.spans import Utc, Zone

__all__ = [
    "STATES",
    "TAGS",
    "CheckedExpression",
    "EvaluationFailed",
    "Expect",
    "Expression",
    "ExpressionError",
    "Kind",
    "Scope",
    "Utc",
    "Zone",
    "check",
    "compile_expression",
    "errors_of",
    "scope_of",
]
