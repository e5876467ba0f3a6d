"""CEL, as processes use it (LANGUAGE, section 3): checked among typed names, evaluated with null for the unknown."""

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
