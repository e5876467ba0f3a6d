"""Everything that is due on a ticket, and its order. No other module knows the whole order.

Held notices and clocks come first among the things that are due at one moment. ``after``, ``remind`` and ``within``
follow, then the events that people send (LANGUAGE, section 9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.coming import Coming
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels import clocks
from workflows.engine.waiting import BLOCKS, assignee, availability, held, timers


class Dated(Protocol):
    """A module with due moments: a waiting block, or one of the modules in ``FIRST``."""

    def moments(self, snapshot: Snapshot) -> Sequence[Instant | None]:
        """The due moments in UTC seconds; a None stands for no moment."""

    def coming(self, view: View) -> Iterable[Coming]:
        """The due moments, worded for people."""


class First(Dated, Protocol):
    """A module that fires before the waiting blocks."""

    def fire(self, draft: Draft) -> None:
        """Fires everything that is due now."""


FIRST: tuple[First, ...] = (held, clocks, timers)
DATED: tuple[Dated, ...] = (*FIRST, assignee, *BLOCKS)


def fire(draft: Draft, settle: Callable[[], None]) -> None:
    """Fires everything that is due now; ``settle`` brings the ticket to rest where a transition may follow."""
    for first in FIRST:
        first.fire(draft)
    settle()
    if draft.ended_at is not None:
        return
    availability.fire_absences(draft)
    for block in BLOCKS:
        block.remind(draft)
    fired = [block.fire(draft) for block in BLOCKS]
    if any(fired):
        settle()


def next_moment(snapshot: Snapshot) -> Instant | None:
    """The earliest moment at which something is due; None where nothing waits for time, and after the ticket's end."""
    global _answered  # noqa: PLW0603  (one pair, replaced as a whole: threads can't see half of it)
    if snapshot.ended_at is not None:
        return None
    known, answer = _answered
    if known is snapshot:
        return answer
    # Called for every step: one list comprehension is faster than a generator.
    moments = [moment for dated in DATED for moment in dated.moments(snapshot) if moment is not None]
    answer = min(moments) if moments else None
    _answered = (snapshot, answer)
    return answer


_answered: tuple[Snapshot | None, Instant | None] = (None, None)
"""The last snapshot asked about, with its answer: the end of a step and the next step ask about the same snapshot."""


def coming(view: View) -> Iterator[Coming]:
    """Everything that time will do, worded for people; nothing after the ticket's end."""
    for dated in DATED if view.ended_at is None else ():
        yield from dated.coming(view)
