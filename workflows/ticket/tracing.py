"""What a replay of a ticket's history shows: each event with what the core made of it.

A replay runs the workflow over its history again, so that ``step`` meets the recorded events at their recorded times.
``TracedTicket`` is the ticket's workflow with a state that hands each of them to a recorder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from temporalio import workflow
from temporalio.common import RawValue

from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.model.events import Due, Event, Migrate
from workflows.engine.model.problem import ProblemCode
from workflows.engine.model.result import Refusal, RefusalCode, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import EventEnvelope, TicketInput, TicketResult
from workflows.ticket.state import Repeated, Taken, TicketState, Verdict
from workflows.ticket.workflow import Ticket


@dataclass(frozen=True, slots=True)
class Noted:
    """No event of the core: the timeline tells that something was refused."""

    actor: str
    code: ProblemCode | RefusalCode
    text: str


@dataclass(frozen=True, slots=True)
class TracedStep:
    """A revision: the event, the ticket before it, and the step that the core made of it."""

    event: Event | Migrate | Noted
    before: Snapshot | None
    step: Step
    compiled: Compiled
    """The definition that the step ran on."""
    workflow_task: int
    """In which workflow task the ticket handled it: the id of the event WorkflowTaskStarted in the history."""


@dataclass(frozen=True, slots=True)
class TracedRefusal:
    """An event that changed nothing: it was refused, or its answer was known already (``refusal`` is None)."""

    event: Event | Migrate | EventEnvelope
    at: Instant
    revision: int
    """Of the ticket, before and after."""
    refusal: Refusal | None
    workflow_task: int


Traced = TracedStep | TracedRefusal
Recorder = Callable[[Traced], None]


class TracedState(TicketState):
    """A ticket that hands each of its steps to a recorder, and each event that makes none."""

    def __init__(self, given: TicketInput, now: Instant, record: Recorder, workflow_task: Callable[[], int]) -> None:
        self._record = record
        self._workflow_task = workflow_task
        self._made: list[tuple[Step, Event | Migrate]] = []
        """Steps of the core with their events, until they are taken; a judgement alone makes some that never are."""
        self._noted: Noted | None = None
        super().__init__(given, now)
        if self.refusal and given.opening:
            self._refused(given.opening, self.refusal, now)

    def judge(self, key: str | None, envelope: EventEnvelope, now: Instant) -> Verdict:
        """As the ticket does; an event that changes nothing is recorded here."""
        verdict = super().judge(key, envelope, now)
        if not isinstance(verdict, Taken):
            self._refused(envelope, None if isinstance(verdict, Repeated) else verdict, now)
        return verdict

    def apply(self, event: Event, now: Instant) -> Refusal | None:
        """As the ticket does; a refusal is recorded here."""
        refusal = super().apply(event, now)
        if refusal is not None:
            self._refused(event, refusal, now)
        return refusal

    def note(self, actor: str, code: ProblemCode | RefusalCode, text: str, now: Instant) -> None:
        """As the ticket does."""
        self._noted = Noted(actor, code, text)
        super().note(actor, code, text, now)
        self._noted = None

    def take(self, steps: tuple[Step, ...]) -> None:
        """As the ticket does; each step is recorded."""
        before = self._snapshot
        super().take(steps)
        for one in steps:
            event = self._noted or next((event for made, event in self._made if made is one), Due())
            compiled = self.compiled_at(one.snapshot.revision)
            self._record(TracedStep(event, before, one, compiled, self._workflow_task()))
            before = one.snapshot
        self._made.clear()

    def _own(self, before: Snapshot | None, event: Event | Migrate, after: Compiled, now: Instant) -> Step | Refusal:
        made = super()._own(before, event, after, now)
        if isinstance(made, Step):
            self._made.append((made, event))
        return made

    def _refused(self, event: Event | Migrate | EventEnvelope, refusal: Refusal | None, now: Instant) -> None:
        revision = self._snapshot.revision if self._snapshot else 0
        self._record(TracedRefusal(event, now, revision, refusal, self._workflow_task()))


_RECORDERS: dict[str, Recorder] = {}
"""By workflow id: Temporal makes the workflow itself, and hands it nothing but what is in its history."""


@contextmanager
def recording(workflow_id: str, record: Recorder) -> Iterator[None]:
    """Meanwhile, a replay of ``TracedTicket`` under this workflow id hands its steps to ``record``, in their order."""
    _RECORDERS[workflow_id] = record
    try:
        yield
    finally:
        del _RECORDERS[workflow_id]


@workflow.defn(dynamic=True)
class TracedTicket(Ticket):
    """The workflow of tickets, for replays inside ``recording``: never for a worker."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    def _begin(self, given: TicketInput) -> TicketState:
        info = workflow.info()
        record = _RECORDERS[info.workflow_id]
        return TracedState(given, self._clock.now(), record, info.get_current_history_length)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> TicketResult:
        """As the ticket does."""
        return await super().run(args)
