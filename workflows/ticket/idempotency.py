"""The idempotency keys that a ticket has answered: same key, same answer, also after continue-as-new.

The table is bounded. The records hold every key with its answer, and the edge looks there before it sends an event: the
table answers for the keys whose records no later workflow task has confirmed yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workflows.engine.model.bounds import cut
from workflows.ticket.messages import EventResult, HandledKey

BOUND = 256
"""How many of the newest keys of senders are kept."""
GENERATED_BOUND = 16
"""How many of the newest keys are kept that the edge has made for requests without one."""
LONGEST_KEPT = 200
"""Characters of the reason of a refusal that is kept."""


class IdempotencyKeys:
    """A bounded table of keys and their answers; a new key drops the oldest of its kind."""

    def __init__(
        self, known: Iterable[HandledKey] = (), *, bound: int = BOUND, generated_bound: int = GENERATED_BOUND
    ) -> None:
        self._bounds = {False: bound, True: generated_bound}
        self._answers: dict[bool, dict[str, EventResult]] = {False: {}, True: {}}
        for each in known:
            self._answers[each.generated][each.key] = each.result

    def answer(self, key: str) -> EventResult | None:
        """The answer under this key; None where the table does not have it."""
        return self._answers[False].get(key) or self._answers[True].get(key)

    def keep(self, key: str, result: EventResult, *, generated: bool = False) -> None:
        answers = self._answers[generated]
        answers[key] = replace(result, reason=cut(result.reason, LONGEST_KEPT)) if result.reason else result
        while len(answers) > self._bounds[generated]:
            del answers[next(iter(answers))]

    def all(self) -> tuple[HandledKey, ...]:
        """Every key with its answer: those of senders before those of the edge, each oldest first."""
        return tuple(
            HandledKey(key, result, generated)
            for generated, answers in self._answers.items()
            for key, result in answers.items()
        )
