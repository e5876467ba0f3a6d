"""Where a scenario's ticket lives: the one port between the runner and what runs the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    Send,
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import AuditEntry, Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket
from workflows.engine.scenarios.setting import Setting

Sent: TypeAlias = (
    Send | Edit | Comment | Vote | Delegate | Claim | UpdateTask | ClaimTask | CompleteRun | CalledBack | Correct
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person; None where its principals have no people."""

    to: str | None
    reason: str
    template: str | None = None

    def __str__(self) -> str:
        what = f"template {self.template}" if self.template else "message" if self.reason == "step" else self.reason
        return f"{self.to or 'nobody'}: {what}"


class Desk(Protocol):
    """One ticket in virtual time. Every method comes back when all that it set off is done, answers of the
    organization included; a refused event has changed nothing."""

    def open(self, opening: Open) -> Refusal | None:
        """Opens the ticket; once, and before anything else."""
        ...

    def take(self, event: Sent) -> Refusal | None:
        """Brings an event from outside, at the present virtual time."""
        ...

    def migrate(self, actor: Actor, to: Setting, mapping: Mapping[str, str]) -> Refusal | None:
        """Moves the ticket to the process of another setting, calendars taken anew at the present virtual time."""
        ...

    def child_ended(self, ended: ChildEnded) -> None:
        """Tells the ticket that a child of a state has ended."""
        ...

    def reorganize(self, setting: Setting) -> None:
        """Puts the ticket among other people: from here on its questions are answered by this setting's."""
        ...

    def advance_to(self, instant: Instant) -> None:
        """Lets time pass to ``instant`` (UTC seconds); what is due until then, and at it, fires at its own time."""
        ...

    def snapshot(self) -> Snapshot:
        """The ticket now."""
        ...

    def notices(self) -> Sequence[Notice]:
        """Everything that people were told so far, in order, one a person."""
        ...

    def started(self) -> Sequence[StartedTicket]:
        """Everything that the ticket has started so far, in order."""
        ...

    def sent(self) -> Sequence[SentEvent]:
        """Everything that the ticket has sent to others so far, in order."""
        ...

    def timeline(self) -> Sequence[AuditEntry]:
        """Everything that happened so far, in order."""
        ...
