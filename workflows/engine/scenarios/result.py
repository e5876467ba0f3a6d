"""What a scenario came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.engine.model.result import AuditEntry
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.desk import Notice
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as the scenario says, at its place in the file."""

    file: str
    line: int
    column: int
    crumb: str
    """The step, as a person counts them: ``step 4 › expect › state``."""
    message: str
    """What was expected and what was found; several lines where lists differ."""

    def __str__(self) -> str:
        """``file:line:col crumb``, then the message, indented."""
        lines = (f"  {line}" for line in self.message.splitlines())
        return "\n".join((f"{self.file}:{self.line}:{self.column} {self.crumb}", *lines))


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """Passed where nothing failed. The first step that fails is the last one that is played."""

    scenario: str
    file: str
    failures: tuple[Failure, ...]
    steps: int = 0
    """How many steps were played."""
    snapshot: Snapshot | None = None
    """The ticket at the end; None where it was not opened."""
    timeline: Sequence[AuditEntry] = ()
    notices: Sequence[Notice] = ()
    started: Sequence[StartedTicket] = ()
    sent: Sequence[SentEvent] = ()
    taken: frozenset[int] = field(default=frozenset(), compare=False)
    """Transitions that were taken, by their index in the chart; known of the core alone."""

    @property
    def passed(self) -> bool:
        return not self.failures
