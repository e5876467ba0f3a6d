"""What can be wrong with an expression: when it is checked, and when it is evaluated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class ExpressionError(Exception):
    """An expression that can't be used. ``line`` and ``column`` count from 1 within its text."""

    message: str
    line: int = 1
    column: int = 1
    hint: str = ""
    code: str = "expression"

    def __str__(self) -> str:
        return self.message


class EvaluationFailed(Exception):
    """An evaluation that ended in neither a value nor null. ``reason`` is for a person to read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
