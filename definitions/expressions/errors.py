"""Errors of expressions, from the check and from the evaluation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class ExpressionError(Exception):
    """The expression can't be used. ``line`` and ``column`` count from 1 within its text."""

    message: str
    line: int = 1
    column: int = 1
    hint: str = ""
    code: str = "expression"

    def __str__(self) -> str:
        return self.message


class EvaluationFailed(Exception):
    """The evaluation ended neither in a value nor in null. ``reason`` is written for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
