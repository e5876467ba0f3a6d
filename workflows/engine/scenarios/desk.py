"""The desk: the port between the runner of a scenario and the system that runs its ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from definitions.people.directory import Actor
from definitions.times import Instant
from workflows.engine.model.events import (
    CalledBack,
    ChildEnded,
    Claim,
    ClaimTask,
    Comment,
    CompleteRun,
    Correct,
    Delegate,
    Edit,
    Open,
    Renames,
    Send,
    UpdateTask,
    Vote,
)
from workflows.engine.model.quick_init import quick_init
from workflows.engine.model.result import AuditEntry, Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket
from workflows.engine.scenarios.setting import Setting

Sent: TypeAlias = (
    Send | Edit | Comment | Vote | Delegate | Claim | UpdateTask | ClaimTask | CompleteRun | CalledBack | Correct
)


@quick_init
@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to a person; ``to`` is None if its principals have no people."""

    to: str | None
    reason: str
    template: str | None = None

    def __str__(self) -> str:
        what = f"template {self.template}" if self.template else "message" if self.reason == "step" else self.reason
        return f"{self.to or 'nobody'}: {what}"


class Desk(Protocol):
    """One ticket in virtual time. Every method returns once all of its consequences are complete, with the answers of
    the organization; a refused event changes nothing."""

    def open(self, opening: Open) -> Refusal | None:
        """Opens the ticket: called once, before all other methods."""
        ...

    def take(self, event: Sent) -> Refusal | None:
        """Handles an external event at the present virtual time."""
        ...

    def migrate(self, actor: Actor, to: Setting, renames: Renames) -> Refusal | None:
        """Migrates the ticket to the process of another setting, with calendars of the present virtual time."""
        ...

    def child_ended(self, ended: ChildEnded) -> None:
        """Reports to the ticket that a child of a state has ended."""
        ...

    def reorganize(self, setting: Setting) -> None:
        """Replaces the organization: from here on, that of this setting answers the ticket's effects."""
        ...

    def advance_to(self, instant: Instant) -> None:
        """Advances to ``instant`` (UTC seconds); every deadline up to it, inclusive, fires at its own moment."""
        ...

    def snapshot(self) -> Snapshot:
        """The present snapshot of the ticket."""
        ...

    def notices(self) -> Sequence[Notice]:
        """All notices so far, in order, one for each person."""
        ...

    def started(self) -> Sequence[StartedTicket]:
        """All tickets and workflows that the ticket has started so far, in order."""
        ...

    def sent(self) -> Sequence[SentEvent]:
        """All events that the ticket has sent to other tickets so far, in order."""
        ...

    def timeline(self) -> Sequence[AuditEntry]:
        """All entries of the timeline so far, in order."""
        ...
