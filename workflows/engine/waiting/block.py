"""What every waiting block does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.coming import Coming
from workflows.engine.model.snapshot import Snapshot


class Block(Protocol):
    """A module of this package: one kind of block, on every state that has one."""

    def enter(self, draft: Draft, state: str) -> None:
        """Begins the block of a state that is entered, if it has one; it may have its outcome at once."""

    def leave(self, draft: Draft, state: str) -> None:
        """Withdraws what is still open in a state that is left, or when the ticket ends."""

    def look_again(self, draft: Draft) -> None:
        """Computes deadlines that were unknown until the calendars had grown."""

    def remind(self, draft: Draft) -> None:
        """Reminds people of what is due now."""

    def fire(self, draft: Draft) -> bool:
        """Ends what has waited for too long now; True where a block may have its outcome by that."""

    def moments(self, snapshot: Snapshot) -> Sequence[Instant | None]:
        """When it wants ``remind`` or ``fire``, in UTC seconds; None among them is no moment. Asked twice a step."""

    def coming(self, view: View) -> Iterable[Coming]:
        """The same, for people."""
