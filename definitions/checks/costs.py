"""Costs that steps record."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.subject import Subject
from definitions.text.problems import Problem


def costs(subject: Subject) -> Iterator[Problem]:
    """A cost is a number."""
    for path, step in subject.steps():
        if step.cost is None:
            continue
        own, amount = (*path, "cost", "amount"), step.cost.amount
        if isinstance(amount, str) and amount.startswith("="):
            yield from subject.expression(own, amount, "number", each=step.each is not None)
        elif isinstance(amount, bool) or not isinstance(amount, int | float):
            yield subject.problem(own, "wrong-value", "a cost is a number", "the currency stands beside it: EUR")


CHECKS = (costs,)
