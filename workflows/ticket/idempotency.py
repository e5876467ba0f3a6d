"""The idempotency keys that a ticket has answered: same key, same answer, also after continue-as-new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workflows.engine.model.bounds import cut
from workflows.ticket.messages import EventResult, HandledKey

BOUND = 256
"""How many of the newest keys are kept."""
LONGEST_KEPT = 200
"""Characters of the reason of a refusal that is kept."""


class IdempotencyKeys:
    """A bounded table of keys and their answers; a new key drops the oldest."""

    def __init__(self, known: Iterable[HandledKey] = (), *, bound: int = BOUND) -> None:
        self._bound = bound
        self._answers = {each.key: each.result for each in known}

    def answer(self, key: str) -> EventResult | None:
        """The answer under this key; None where the table does not have it."""
        return self._answers.get(key)

    def keep(self, key: str, result: EventResult) -> None:
        self._answers[key] = replace(result, reason=cut(result.reason, LONGEST_KEPT)) if result.reason else result
        while len(self._answers) > self._bound:
            del self._answers[next(iter(self._answers))]

    def all(self) -> tuple[HandledKey, ...]:
        """Every key with its answer, oldest first."""
        return tuple(HandledKey(key, result) for key, result in self._answers.items())
