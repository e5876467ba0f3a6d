"""The result of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.engine.model.result import AuditEntry
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.desk import Notice
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed expectation or step, at its place in the file."""

    file: str
    line: int
    column: int
    crumb: str
    """The step, counted from 1: ``4th step › expect › state``."""
    message: str
    """The expected and the actual value; several lines if lists differ."""

    def __str__(self) -> str:
        """``file:line:col crumb``, then the message, indented."""
        lines = (f"  {line}" for line in self.message.splitlines())
        return "\n".join((f"{self.file}:{self.line}:{self.column} {self.crumb}", *lines))


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario passes without failures. The first step that fails is the last one that is performed."""

    scenario: str
    file: str
    failures: tuple[Failure, ...]
    steps: int = 0
    """The number of steps that were performed."""
    snapshot: Snapshot | None = None
    """The ticket at the end; None if it was not opened."""
    timeline: Sequence[AuditEntry] = ()
    notices: Sequence[Notice] = ()
    started: Sequence[StartedTicket] = ()
    sent: Sequence[SentEvent] = ()
    taken: frozenset[int] = field(default=frozenset(), compare=False)
    """The transitions taken, by their index in the chart; known on the core alone."""

    @property
    def passed(self) -> bool:
        return not self.failures
