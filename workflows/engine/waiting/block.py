"""The protocol of every waiting block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.coming import Coming
from workflows.engine.model.snapshot import Snapshot


class Block(Protocol):
    """A module of this package, which handles one kind of block on every state with such a block."""

    def enter(self, draft: Draft, state: str) -> None:
        """Begins the block of an entered state, if it has one. The block may have its outcome at once."""

    def leave(self, draft: Draft, state: str) -> None:
        """Withdraws everything that is still open when the ticket leaves the state or ends."""

    def look_again(self, draft: Draft) -> None:
        """Computes deadlines that were unknown until the calendars had grown."""

    def remind(self, draft: Draft) -> None:
        """Sends the reminders that are due now."""

    def fire(self, draft: Draft) -> bool:
        """Ends waits whose time is over; True where a block may have got its outcome."""

    def moments(self, snapshot: Snapshot) -> Sequence[Instant | None]:
        """When ``remind`` or ``fire`` is due, in UTC seconds; a None stands for no moment. Called twice a step."""

    def coming(self, view: View) -> Iterable[Coming]:
        """The same moments, worded for people."""
